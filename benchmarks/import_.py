"""Bringing in a table of 20,000 past entries: looking through it, writing it, beside COPY of its rows."""

import argparse
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import xlsxwriter
from psycopg import sql

from benchmarks import county
from benchmarks.bare import Written, make_tables, written_by
from benchmarks.house import House
from benchmarks.measuring import peak_memory, statements, timed
from benchmarks.proof import officer
from benchmarks.report import Report
from huyuan.kernel.days import start_of
from huyuan.orgs.actor import system_actor
from huyuan.orgs.session import acting
from huyuan.registers.actions import import_table, receive_table
from huyuan.registers.models import Import
from sample.county import CODE, SCHOOLS

# One act for each row, with two qualifiers.
FORM = "patrol"
HEADINGS = ("巡查时间", "巡查区域", "时段", "到过的地点", "发现情况", "登记人")
FIRST = datetime(2026, 3, 2, 8, 0)


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--rows 20000`"""
    parser.add_argument("--rows", type=int, default=20_000, help="rows of the table (default 20000)")
    parser.add_argument("--until", type=date.fromisoformat, default=date(2026, 10, 1), help="data up to then")


def run(house: House, options: argparse.Namespace) -> Report:
    """One table into a county with a month of data, then the same rows bare."""
    database = house.database("import")
    county.make(database, schools=len(SCHOOLS), now=start_of(options.until))
    urls = {"superuser_url": database.superuser_url, "owner_url": database.owner_url}
    measured = database.run(measure, rows=options.rows, **urls)
    report = Report(
        "import", {"form": FORM, "rows": measured.pop("written"), "file_kb": measured.pop("file_kb")}
    )
    report.tables[
        "bringing in an xlsx; floor: COPY of all the rows it made into tables with the same indexes"
    ] = [measured]
    return report


def measure(rows: int, superuser_url: str, owner_url: str) -> dict[str, Any]:
    """Seconds of looking through and of writing, each with its commit, and of the floor."""
    with acting(system_actor("测速", CODE)):
        actor, org_id = officer(0)
    content = workbook(rows)
    now = datetime.now(UTC)
    given: dict[str, Any] = {"form_key": FORM, "org_id": org_id, "name": "台账.xlsx"}
    writing: list[float] = []
    sent: list[str] = []

    def receive() -> Import:
        with acting(actor):
            return receive_table(actor=actor, content=content, now=now, **given)

    def bring_in() -> None:
        with statements() as all_sent:
            writing.append(timed(write)[1])
        sent.extend(all_sent)

    def write() -> None:
        with acting(actor):
            import_table(actor=actor, import_id=table.id, now=now)

    table, looking_s = timed(receive)
    assert (table.rows, table.stopped) == (rows, False), table.findings
    written = written_by(bring_in, superuser_url)
    (writing_s,) = writing
    peak = peak_memory()
    floor_s = copy_seconds(written, superuser_url, owner_url)
    return {
        "entries": rows,
        "looking_s": looking_s,
        "writing_s": writing_s,
        "statements": len(sent),
        "entries_per_s": rows / writing_s,
        "peak_mb": peak,
        "floor_s": floor_s,
        "ratio": writing_s / floor_s,
        "written": {name: len(made) for name, _, made in written},
        "file_kb": len(content) / 1000,
    }


def workbook(rows: int) -> bytes:
    """A ledger with a row for every quarter of an hour, no two alike."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADINGS)
    for number in range(rows):
        sheet.write_datetime(number + 1, 0, FIRST + timedelta(minutes=10 * number), moment)
        said = (
            "校园各部位、校门口",
            "上课",
            f"教学楼{number % 7}层、操场",
            "秩序正常，没有发现隐患",
            "值班老师",
        )
        sheet.write_row(number + 1, 1, said)
    book.close()
    return out.getvalue()


def copy_seconds(written: Written, superuser_url: str, owner_url: str) -> float:
    """The same rows once more, from their text by COPY and one commit."""
    make_tables(owner_url, written)
    with psycopg.connect(superuser_url) as admin, psycopg.connect(owner_url) as owner:
        texts = [
            (table, columns, text_of(admin, table, columns, len(rows))) for table, columns, rows in written
        ]
        return timed(lambda: copy_in(owner, texts))[1]


def text_of(admin: psycopg.Connection, table: str, columns: list[str], rows: int) -> bytes:
    """The rows written last, as COPY writes them."""
    last = sql.SQL("COPY (SELECT {} FROM {} ORDER BY ctid DESC LIMIT {}) TO STDOUT").format(
        names(columns), sql.Identifier(table), rows
    )
    with admin.cursor().copy(last) as out:
        return b"".join(bytes(part) for part in out)


def copy_in(owner: psycopg.Connection, texts: list[tuple[str, list[str], bytes]]) -> None:
    for table, columns, text in texts:
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(f"bench_{table}"), names(columns))
        with owner.cursor().copy(into) as copy:
            copy.write(text)
    owner.commit()


def names(columns: list[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
