"""Finding entries in Chinese under both locks; floor: the rows that were found, read by their ids."""

import argparse
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
from django.utils import timezone
from psycopg import sql

from benchmarks import county
from benchmarks.house import Database, House
from benchmarks.measuring import percentile, statements, timed
from benchmarks.report import Report
from huyuan.kernel.days import day_of, start_of
from huyuan.kernel.finding import terms
from huyuan.orgs.actor import Actor, actor_for
from huyuan.orgs.models import Account
from huyuan.orgs.permissions import scope
from huyuan.orgs.search import containing
from huyuan.orgs.session import acting
from huyuan.registers.models import Entry
from huyuan.registers.search import Entries
from sample.load import ACCOUNTS, first_day

ENTRIES, FULL = 100_000, 1_000_000
MOST = 20
# Who asks: one school, the schools of a town, all of them.
POSTS = ("safety-officer", "police-liaison", "bureau-officer")
# How often a thing is written, and what is typed to find it.
ASKED = {
    "1 in 10,000": "承重墙裂缝",
    "1 in 20": "灭火器",
    "1 in 2": "整改",
    "two words": "北楼 灭火器",
    "a number": "000042",
    "nowhere": "灭火器裂缝",
}
PLACES = "北楼三层走廊、南楼楼梯、东侧围墙、食堂后厨、学生宿舍、实验室、操场看台、校门口、配电间、图书室"
FOUND = (
    "灭火器压力不足、应急灯不亮、消防通道堆放杂物、插座松动、围栏松脱、地面湿滑、监控画面模糊、"
    "护栏螺丝缺失、疏散标志脱落、门锁损坏、窗户玻璃破损、排水沟盖板缺失、食品过期、煤气阀门老化、井盖松动、"
    "电线裸露、树枝压线、台阶破损、体育器材锈蚀、门卫登记不全"
)
DONE = "已当场整改、限期三天整改、已上报、正在联系维修"

# A school's entries are copied with other words, numbers and days, so that every column is a real one. As in
# life, what happened later stands further behind.
GROW = """
INSERT INTO registers_entry ({columns})
SELECT {values}
FROM (
    SELECT entry.*, org.name AS org_name, row_number() OVER (ORDER BY entry.id) AS nth
    FROM (SELECT DISTINCT ON (org_id, form_id) * FROM registers_entry ORDER BY org_id, form_id, id) AS entry
    JOIN orgs_organisation AS org ON org.id = entry.org_id
    WHERE org.kind IN ('school', 'kindergarten', 'teaching-point', 'campus')
) AS row
CROSS JOIN generate_series(1, %(each)s) AS copy
CROSS JOIN LATERAL (SELECT row.nth * 7919 + copy * 104729 AS draw) AS drawn
ORDER BY copy
LIMIT %(entries)s
"""
VALUES = {
    "id": "gen_random_uuid()",
    "client_id": "gen_random_uuid()",
    "number": "row.number || '-' || lpad(copy::text, 6, '0')",
    "occurred_at": "row.occurred_at - make_interval(mins => 500 * (%(each)s - copy) + (draw %% 3000)::int)",
    "said": """
        row.org_name || ' ' || row.number || '-' || lpad(copy::text, 6, '0') || '，'
        || (%(places)s::text[])[1 + draw %% 10] || (%(found)s::text[])[1 + draw / 10 %% 20] || '，'
        || (%(done)s::text[])[1 + draw / 200 %% 4]
        || CASE WHEN draw %% 10000 = 0 THEN '，承重墙裂缝' ELSE '' END
    """,
}
BARE = "SELECT id, number, said, state, occurred_at, form_id, org_id FROM registers_entry WHERE id = ANY (%s)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--full`, or `--entries 100000`; `--schools 300 --times 20`."""
    parser.add_argument("--full", action="store_true", help=f"{FULL:,} entries")
    parser.add_argument("--entries", type=int, default=ENTRIES, help=f"(default {ENTRIES:,})")
    parser.add_argument("--schools", type=int, default=300, help="(default 300)")
    parser.add_argument("--times", type=int, default=20, help="how often each is asked (default 20)")


def run(house: House, options: argparse.Namespace) -> Report:
    """One county, its schools' entries copied until there are enough."""
    entries = FULL if options.full else options.entries
    database = house.database("search")
    now = start_of(first_day(day_of(timezone.now()))) + timedelta(days=1)
    county.make(database, schools=options.schools, now=now)
    made = grow(database, entries)
    rows = database.run(measure, times=options.times, superuser_url=database.superuser_url)
    report = Report("search", {"entries": made, "schools": options.schools})
    title = f"the newest {MOST} entries; floor: the rows found, read bare by their ids"
    report.tables[title] = rows
    return report


def grow(database: Database, entries: int) -> int:
    """Copy entries until there are about so many; the index of words is made afterwards, in one go."""
    print(f"  {database.name}: {entries:,} entries", file=sys.stderr, flush=True)
    with psycopg.connect(database.superuser_url, autocommit=True) as admin:
        (index,) = one(admin, "SELECT pg_get_indexdef('registers_entry_said'::regclass)")
        (kinds,) = one(admin, "SELECT count(*) FROM (SELECT DISTINCT org_id, form_id FROM registers_entry)")
        admin.execute("DROP INDEX registers_entry_said")
        admin.execute("SET session_replication_role = replica")
        columns = [
            name
            for (name,) in admin.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'registers_entry'"
                " AND is_identity = 'NO' ORDER BY ordinal_position"
            )
        ]
        copied = sql.SQL(GROW).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(
                sql.SQL(VALUES[name]) if name in VALUES else sql.Identifier("row", name) for name in columns
            ),
        )
        words = {"places": PLACES.split("、"), "found": FOUND.split("、"), "done": DONE.split("、")}
        admin.execute(copied, {"each": entries // kinds + 1, "entries": entries, **words})
        admin.execute(index)
        admin.execute("VACUUM ANALYZE registers_entry")
        (made,) = one(admin, "SELECT count(*) FROM registers_entry")
    return int(made)


def one(admin: psycopg.Connection, query: str) -> tuple[Any, ...]:
    """The only row of a query."""
    row = admin.execute(query).fetchone()
    assert row is not None
    return row


def measure(times: int, superuser_url: str) -> list[dict[str, Any]]:
    """Every question as every post asks it."""
    rows = []
    with psycopg.connect(superuser_url, autocommit=True, prepare_threshold=None) as admin:
        for post in POSTS:
            username = next(username for username, _, kind, _ in ACCOUNTS if kind == post)
            now = timezone.now()
            actor = actor_for(Account.objects.get(username=username), day_of(now))
            for often, text in ASKED.items():
                rows.append({"post": post, "written": often, **ask(actor, terms(text), times, admin)})
    return rows


def ask(actor: Actor, asked: tuple[str, ...], times: int, admin: psycopg.Connection) -> dict[str, Any]:
    """One question of one person, each time in a transaction of its own."""
    now = timezone.now()

    def find() -> list[str]:
        with acting(actor):
            return [hit.key for hit in Entries().find(actor, asked, MOST, now)]

    def without_index() -> int:
        with acting(actor):
            seen = Entry.objects.filter(org__in=scope(actor, "entry.view")).order_by("-occurred_at", "-id")
            return len(containing(seen, asked, "said")[:MOST])

    with statements() as sent:
        hits = find()
    seconds = seconds_of(find, times)
    floor = seconds_of(lambda: admin.execute(BARE, [hits]).fetchall(), times)
    return {
        "hits": len(hits),
        "statements": len(sent),
        "p50_ms": percentile(seconds, 50) * 1000,
        "p99_ms": percentile(seconds, 99) * 1000,
        "floor_ms": percentile(floor, 50) * 1000,
        "ratio": percentile(seconds, 50) / percentile(floor, 50),
        "without_index_ms": timed(without_index)[1] * 1000,
    }


def seconds_of(work: Callable[[], object], times: int) -> list[float]:
    """How long it took, each time."""
    return [timed(work)[1] for _ in range(times)]
