"""A county of any size: the sample county as a newcomer gets it, its schools copied in SQL as needed.

A copy has everything its original has: posts, people, classes, entries, proofs, sign-ins, closed verdicts.
Its ids follow from the original's and the number of the copy, so tables are copied one after the other, each
in one statement. Only ids inside the JSON bodies of entries still point to the original's people; nothing
that is measured reads them.
"""

import argparse
import sys
from datetime import date, datetime

import psycopg
from psycopg import sql

from benchmarks.house import Database
from sample.county import SCHOOLS as ORIGINALS

# Table → how a row's school is found from it ("row").
TABLES: dict[str, str] = {
    "orgs_organisation": "row.id",
    "orgs_attribute": "row.org_id",
    "orgs_place": "row.org_id",
    "orgs_schoolclass": "row.org_id",
    "orgs_person": "row.home_id",
    "orgs_certificate": "(SELECT home_id FROM orgs_person WHERE id = row.person_id)",
    "orgs_post": "row.org_id",
    "orgs_appointment": "(SELECT org_id FROM orgs_post WHERE id = row.post_id)",
    "orgs_liaison": "row.school_id",
    "orgs_bell": "row.org_id",
    "papers_policy": "row.org_id",
    "registers_entry": "row.org_id",
    "registers_signature": "(SELECT org_id FROM registers_entry WHERE id = row.entry_id)",
    "registers_entryfile": "row.org_id",
    "registers_numbering": "row.org_id",
    # A joint act is its recorder's, whoever else took part.
    "duties_proof": "row.recorder_id",
    "duties_measurement": "row.org_id",
    "duties_presence": "row.org_id",
    "duties_event": "row.org_id",
    "duties_verdict": "row.org_id",
    "duties_correction": "(SELECT org_id FROM duties_verdict WHERE id = row.verdict_id)",
}
# What must differ between copies though it is no id.
TEXTS = {
    ("orgs_organisation", "key"): "row.key || '-' || copy",
    ("orgs_organisation", "name"): "row.name || copy",
    ("orgs_organisation", "short_name"): "row.short_name || copy",
}
# What copies share with their originals: agencies and their people, what is installed and adopted, files.
SHARED = """
CREATE TEMP TABLE shared AS
SELECT id FROM orgs_organisation WHERE id NOT IN (SELECT id FROM school)
UNION ALL SELECT id FROM orgs_person WHERE home_id NOT IN (SELECT id FROM school)
UNION ALL SELECT id FROM orgs_region
UNION ALL SELECT id FROM registers_form
UNION ALL SELECT id FROM duties_rule
UNION ALL SELECT id FROM duties_adoption
UNION ALL SELECT id FROM trace_file
"""
# The originals in the order in which they were made, each with how many copies of it are wanted.
SCHOOLS = """
CREATE TEMP TABLE school AS
SELECT id, (%(schools)s - row_number() OVER (ORDER BY id)) / (count(*) OVER ()) AS copies
FROM orgs_organisation WHERE kind IN ('school', 'kindergarten', 'teaching-point', 'campus')
"""


def numbers(text: str) -> list[int]:
    """300,3000"""
    return [int(part) for part in text.split(",")]


def arguments(parser: argparse.ArgumentParser, schools: str, until: date | None) -> None:
    """`--schools 300,3000 --until 2026-10-01`: how many schools, and up to which day the term has data."""
    parser.add_argument(
        "--schools",
        type=numbers,
        default=schools,
        help=f"numbers of schools, at least the sample county's {len(ORIGINALS)} (default {schools})",
    )
    parser.add_argument(
        "--until",
        type=date.fromisoformat,
        default=until,
        help=f"first day without data (default {until or 'now'})",
    )


def make(database: Database, *, schools: int, now: datetime) -> None:
    """The sample county as of `now`, grown to `schools` schools; fewer than the sample has is an error."""
    print(f"  {database.name}: {schools} schools", file=sys.stderr, flush=True)
    database.run(load, now=now.isoformat())
    with psycopg.connect(database.superuser_url) as admin:
        grow(admin, schools)
    database.run(reach, now=now.isoformat())
    with psycopg.connect(database.superuser_url, autocommit=True) as admin:
        admin.execute("VACUUM ANALYZE")


def load(now: str) -> None:
    """The sample county, as `./huyuan run` makes it."""
    from sample.load import create

    for line in create(datetime.fromisoformat(now)):
        print(f"    {line}", file=sys.stderr, flush=True)


def reach(now: str) -> None:
    """Who reaches the copies."""
    from huyuan.kernel.days import day_of
    from huyuan.orgs.actions import rebuild_reach
    from huyuan.orgs.actor import system_actor
    from huyuan.orgs.session import acting
    from sample.county import CODE

    with acting(system_actor("测速", CODE)):
        rebuild_reach(CODE, day_of(datetime.fromisoformat(now)))


def grow(admin: psycopg.Connection, schools: int) -> None:
    """Copy schools until there are `schools` of them; triggers and foreign keys rest meanwhile."""
    admin.execute("SET LOCAL session_replication_role = replica")
    admin.execute(sql.SQL(SCHOOLS.replace("%(schools)s", str(int(schools)))))
    (originals,) = admin.execute("SELECT count(*) FROM school").fetchone() or (0,)
    if schools < originals:
        raise ValueError(f"the sample county has {originals} schools; {schools} would be fewer")
    admin.execute(SHARED)
    for table, school in TABLES.items():
        columns = admin.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = %s AND is_identity = 'NO' ORDER BY ordinal_position",
            [table],
        ).fetchall()
        admin.execute(
            sql.SQL(
                "INSERT INTO {table} ({names}) SELECT {values} FROM {table} AS row"
                " JOIN school ON school.id = {school} CROSS JOIN generate_series(1, school.copies) AS copy"
            ).format(
                table=sql.Identifier(table),
                names=sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
                values=sql.SQL(", ").join(value(table, name, kind) for name, kind in columns),
                school=sql.SQL(school),
            )
        )


def value(table: str, column: str, kind: str) -> sql.Composable:
    """A copied row's value in one column."""
    if (table, column) in TEXTS:
        return sql.SQL(TEXTS[table, column])
    original = sql.Identifier("row", column)
    if kind != "uuid":
        return original
    return sql.SQL(
        "CASE WHEN {0} IN (SELECT id FROM shared) THEN {0} ELSE md5({0}::text || copy)::uuid END"
    ).format(original)
