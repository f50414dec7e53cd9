"""A month's verdicts of a county, beside the SQL count over the same proofs; closing them, beside COPY; the
hours after it, by what happened in them."""

import argparse
import tempfile
from collections import Counter
from datetime import date, datetime, timedelta
from functools import partial
from typing import IO, Any

import psycopg
from django.db import connection, connections

from benchmarks import county
from benchmarks.house import House
from benchmarks.measuring import peak_memory, statements, timed
from benchmarks.report import Report
from huyuan.duties.actions import close_due
from huyuan.duties.models import Event, Measurement, Presence, Proof
from huyuan.duties.queries.adopted import bindings_of
from huyuan.duties.queries.board import computed
from huyuan.kernel.days import day_of, end_of, start_of
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import system_actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.session import acting
from sample.county import CODE

# The month that is judged: the first of the sample county's term.
FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)
GRACE = timedelta(days=8)

# As little as can be done with the same proofs: read each once and count.
COUNT = """
SELECT org_id, act, count(*) FROM duties_proof
WHERE county_id = %s AND occurred_at >= %s AND occurred_at < %s GROUP BY org_id, act
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Those of `county.arguments`, and `--closing 300`."""
    county.arguments(parser, "300,3000", LAST + timedelta(days=1))
    parser.add_argument(
        "--closing",
        type=county.numbers,
        default=[],
        help="sizes at which closing is measured too (default the first)",
    )


def run(house: House, options: argparse.Namespace) -> Report:
    """One database for each number of schools; judged when the grace of the last entries has run out too."""
    report = Report("verdicts", {"month": f"{FIRST:%Y-%m}"})
    now = (start_of(options.until) + GRACE).isoformat()
    judged, closed, hours = [], [], []
    for schools in options.schools:
        database = house.database(f"schools_{schools}")
        county.make(database, schools=schools, now=start_of(options.until))
        report.about |= database.run(binding_rules)
        judged.append({"schools": schools, **database.run(judge, now=now)})
        if schools in (options.closing or options.schools[:1]):
            with psycopg.connect(database.superuser_url, autocommit=True) as admin:
                admin.execute("TRUNCATE duties_verdict, duties_closing CASCADE")
            closed.append({"schools": schools, **database.run(close, now=now)})
            hours += [{"schools": schools, **row} for row in database.run(hourly, now=now)]
    for row in judged:
        # Against the first size: 1 is linear, below 1 better.
        row["growth"] = row["us_per_cell"] / judged[0]["us_per_cell"]
    report.tables["judging the month; floor: SQL count over the same proofs"] = judged
    report.tables[
        "closing all that is due; floor: COPY of the same rows into a table with the same indexes"
    ] = closed
    report.tables["the hours after it; floor: the run that finds nothing"] = hours
    return report


def binding_rules() -> dict[str, Any]:
    """The packs that bind, with how many rules of each are judged."""
    with acting(system_actor("测速", CODE)):
        rules = Counter(
            pack for pack, _ in {(each.pack, each.rule.key) for each in bindings_of(CODE, FIRST, LAST)}
        )
    return {
        "packs": [f"{pack} ({count} rules)" for pack, count in sorted(rules.items())],
        "rules": rules.total(),
    }


def judge(now: str) -> dict[str, Any]:
    """Every cell of the month as it follows from the records, counted and let go."""
    with acting(system_actor("测速", CODE)):
        known = {
            "proofs": Proof.objects.filter(county_id=CODE).count(),
            "other_facts": sum(model.objects.count() for model in (Presence, Measurement, Event)),
        }
        floor = min(timed(count_proofs)[1] for _ in range(3))
        before = peak_memory()
        cells, seconds = timed(lambda: count_cells(datetime.fromisoformat(now)))
    return {
        **known,
        "cells": cells,
        "seconds": seconds,
        "cells_per_s": cells / seconds,
        "us_per_cell": seconds / cells * 1e6,
        "peak_mb": peak_memory(),
        "of_it_judging_mb": peak_memory() - before,
        "floor_s": floor,
        "ratio": seconds / floor,
    }


def count_cells(now: datetime) -> int:
    bindings = bindings_of(CODE, FIRST, LAST)
    return sum(1 for _ in computed(CODE, None, bindings, FIRST, LAST, now))


def count_proofs() -> int:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [CODE, start_of(FIRST), end_of(LAST)])
        return len(cursor.fetchall())


def close(now: str) -> dict[str, Any]:
    """Close everything that is due."""
    closed, seconds = timed(lambda: close_due(CODE, datetime.fromisoformat(now)))
    peak, floor = peak_memory(), copy_seconds()
    return {
        "closed": closed.verdicts,
        "seconds": seconds,
        "us_per_cell": seconds / max(1, closed.verdicts) * 1e6,
        "peak_mb": peak,
        "floor_s": floor,
        "ratio": seconds / floor,
    }


def hourly(now: str) -> list[dict[str, Any]]:
    """The runs of the day that begins at `now`, each with what has happened since the one before."""
    begin = start_of(day_of(datetime.fromisoformat(now)))
    rows: list[dict[str, Any]] = []
    for what, minutes, schools, late in (
        ("nothing", 70, 0, 0),
        ("an entry of one school, two weeks late", 130, 1, 14),
        ("an entry of every school, of the same night", 190, None, 0),
        ("the windows of the morning closed", 550, 0, 0),
        ("the day closed", 1450, 0, 0),
    ):
        at = begin + timedelta(minutes=minutes)
        enter(schools, at, timedelta(days=late))
        with statements() as sent:
            closed, seconds = timed(partial(close_due, CODE, at))
        found = {"what": what, "verdicts": closed.verdicts, "corrections": closed.corrections}
        rows.append(found | {"statements": len(sent), "seconds": seconds, "peak_mb": peak_memory()})
    floor = rows[0]["seconds"]
    return [row | {"floor_s": floor, "ratio": row["seconds"] / floor} for row in rows]


def enter(schools: int | None, now: datetime, late: timedelta) -> None:
    """The last act of so many schools (None: of all) once more, recorded now and so late."""
    with acting(system_actor("测速", CODE)):
        org_ids = Organisation.objects.filter(county_id=CODE, kind="school").order_by("id").values("id")
        last = Proof.objects.filter(org__in=org_ids[:schools]).order_by("org", "-occurred_at").distinct("org")
        found = list(last)
        for proof in found:
            proof.id, proof.act_id = uuid7(), uuid7()
            proof.occurred_at, proof.recorded_at, proof.confirmed_at = now - late, now, None
        Proof.objects.bulk_create(found)


def copy_seconds() -> float:
    """The same rows once more by COPY and commit, into a table with the same columns and indexes."""
    with tempfile.TemporaryFile() as rows, connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE bench_verdict (LIKE duties_verdict INCLUDING ALL)")
        with acting(system_actor("测速", CODE)):
            copy_out(rows)
        rows.seek(0)
        return timed(lambda: copy_in(cursor, rows))[1]


def copy_out(rows: IO[bytes]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY (SELECT * FROM duties_verdict) TO STDOUT") as out,
    ):
        for part in out:
            rows.write(part)


def copy_in(cursor: Any, rows: IO[bytes]) -> None:
    with cursor.copy("COPY bench_verdict FROM STDIN") as into:
        while part := rows.read(1 << 20):
            into.write(part)
