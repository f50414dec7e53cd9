"""A table of people brought in; floor: the same rows by COPY into the bare table."""

import argparse
import io
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import xlsxwriter
from django.utils import timezone

from benchmarks import county
from benchmarks.house import House
from benchmarks.measuring import peak_memory, statements, timed
from benchmarks.report import Report
from huyuan.kernel.days import day_of, start_of
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actions import bring_in_table, receive_table
from huyuan.orgs.actor import actor_for
from huyuan.orgs.models import Account, Organisation, Person
from huyuan.orgs.session import acting
from sample.load import ACCOUNTS, first_day

ROWS = 20_000
POST = "bureau-officer"
COPY = "COPY orgs_person (id, county_id, name, home_id) FROM STDIN"


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--rows 20000 --schools 300`"""
    parser.add_argument("--rows", type=int, default=ROWS, help=f"rows of the table (default {ROWS:,})")
    parser.add_argument("--schools", type=int, default=300, help="(default 300)")


def run(house: House, options: argparse.Namespace) -> Report:
    """One table with new people of all schools: looked through, brought in, and the same table again."""
    database = house.database("people")
    now = start_of(first_day(day_of(timezone.now()))) + timedelta(days=1)
    county.make(database, schools=options.schools, now=now)
    rows = database.run(measure, count=options.rows, superuser_url=database.superuser_url)
    report = Report("people", {"rows": options.rows, "schools": options.schools})
    report.tables["a table of new people; floor: COPY of the same rows, with the table's own indexes"] = rows
    return report


def measure(count: int, superuser_url: str) -> list[dict[str, Any]]:
    """Each step of the first time, and of the second."""
    now = timezone.now()
    actor = actor_for(Account.objects.get(username=username()), day_of(now))
    with acting(actor):
        schools = dict(Organisation.objects.filter(kind="school").values_list("id", "name"))
        county_id = actor.county_id
    keys = list(schools)
    people = [(keys[number % len(keys)], f"新人{number:05}") for number in range(count)]
    content = table([(schools[key], name) for key, name in people])
    floor = timed(lambda: copy(superuser_url, county_id, people))[1]
    rows = []
    for turn in ("new", "again"):
        with statements() as looked:
            upload, looking = timed(
                lambda: receive_table(actor=actor, key="people", name="t.xlsx", content=content, now=now)
            )
        assert not upload.stopped, upload.findings[:3]
        with statements() as brought:
            done, bringing = timed(partial(bring_in_table, actor=actor, upload_id=upload.id, now=now))
        with acting(actor):
            there = Person.objects.filter(name__startswith="新人").count()
        rows.append(
            {
                "turn": turn, "new": done.counts["new"], "same": done.counts["same"], "people": there,
                "look_through_s": looking, "bring_in_s": bringing, "floor_s": floor,
                "ratio": bringing / floor, "statements": len(looked) + len(brought),
                "peak_mb": peak_memory(),
            }
        )  # fmt: skip
    return rows


def username() -> str:
    """The account of the sample county whose post may bring in people of every school."""
    return next(username for username, _, kind, _ in ACCOUNTS if kind == POST)


def table(rows: list[tuple[str, str]]) -> bytes:
    """A worksheet of people."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    page = book.add_worksheet()
    for line, row in enumerate([("单位", "姓名"), *rows]):
        page.write_row(line, 0, row)
    book.close()
    return out.getvalue()


def copy(superuser_url: str, county_id: int, people: list[tuple[Any, str]]) -> None:
    """The same rows without anything of ours, undone afterwards."""
    with psycopg.connect(superuser_url) as admin:
        with admin.cursor() as cursor, cursor.copy(COPY) as rows:
            for home_id, name in people:
                rows.write_row((uuid7(), county_id, name, home_id))
        admin.rollback()
