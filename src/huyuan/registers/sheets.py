"""A ledger as a table: one row for each entry, the same cells on the page and in the Excel file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import BinaryIO
from uuid import UUID

import xlsxwriter
from django.db.models import QuerySet

from huyuan.kernel.days import SHANGHAI, zh_date
from huyuan.kernel.fields import Cell, Field, cell, display, safe_text
from huyuan.registers import queries
from huyuan.registers.models import Entry
from huyuan.registers.schema import FormSpec

CHUNK = 500
DAY, MOMENT, CLOCK = 'yyyy"年"m"月"d"日"', 'yyyy"年"m"月"d"日" hh:mm', "hh:mm"


@dataclass(frozen=True)
class Row:
    """One row: `texts` as people read them on the page, `cells` as a worksheet takes them, in the same
    order."""

    entry_id: UUID
    texts: tuple[str, ...]
    cells: tuple[Cell, ...]


def shown_fields(spec: FormSpec) -> list[Field]:
    """The fields in lists: those that the form names, else all."""
    return [field for field in spec.fields if not spec.columns or field.id in spec.columns]


def headings(spec: FormSpec) -> list[str]:
    """Titles of the columns. A unit stands here, so that the cells below are plain numbers."""
    units = {"people_count": "人"}
    fields = [(field.label, field.unit or units.get(field.type, "")) for field in shown_fields(spec)]
    asked = [f"{label}（{unit}）" if unit else label for label, unit in fields]
    return ["编号", "单位", "发生时间", *asked, "登记人", "状态", "收到时间"]


def rows(spec: FormSpec, entries: Iterable[Entry]) -> Iterator[Row]:
    """The rows of these entries in their order; names are looked up for a few hundred entries at a time.

    An answer is read with the field of the form's version that it was given to (an id never changes its
    meaning).
    """
    current = shown_fields(spec)
    versions: dict[UUID, dict[str, Field]] = {}
    source = iter(entries)
    while chunk := list(islice(source, CHUNK)):
        for entry in chunk:
            if entry.form_id not in versions:
                versions[entry.form_id] = {field.id: field for field in queries.spec_of(entry.form).fields}
        names = names_shown(spec, chunk)
        marks = queries.marks_of(chunk)
        for entry in chunk:
            state = queries.state_name(entry, *marks[entry.id])
            fields = [(versions[entry.form_id].get(field.id, field), field.id) for field in current]
            answers = [(field, entry.body.get(key)) for field, key in fields]
            yield Row(
                entry.id,
                (
                    entry.number,
                    entry.org.name,
                    moment_text(entry.occurred_at),
                    *(answer_text(field, value, names) for field, value in answers),
                    entry.filler_name,
                    state,
                    moment_text(entry.submitted_at),
                ),
                (
                    safe_text(entry.number),
                    safe_text(entry.org.name),
                    moment(entry.occurred_at),
                    *(cell(field, value, names) for field, value in answers),
                    safe_text(entry.filler_name),
                    safe_text(state),
                    moment(entry.submitted_at),
                ),
            )


def names_shown(spec: FormSpec, entries: Sequence[Entry]) -> Mapping[str, str]:
    """Names behind the ids; whom the reader may not see is a dash, never an id."""
    bodies = [entry.body for entry in entries]
    hidden = {
        key: "—" for body in bodies for kind, _, key in queries.references(spec, body) if kind != "file"
    }
    return hidden | queries.names_behind(spec, bodies)


def answer_text(field: Field, value: object, names: Mapping[str, str]) -> str:
    """The answer as the page shows it; numbers without their unit, which the heading has."""
    if field.type in ("number", "people_count") and isinstance(value, (int, float)):
        return f"{value:.{field.decimals}f}"
    return display(field, value, names)


def moment(instant: datetime | None) -> datetime | None:
    """An instant as a worksheet takes it: Shanghai's clock, to the minute."""
    if instant is None:
        return None
    return instant.astimezone(SHANGHAI).replace(tzinfo=None, second=0, microsecond=0)


def moment_text(instant: datetime | None) -> str:
    """2026年10月16日 10:32"""
    local = moment(instant)
    return f"{zh_date(local.date())} {local:%H:%M}" if local else ""


def write_excel(
    out: BinaryIO, spec: FormSpec, entries: QuerySet[Entry], *, heading: str, printed_by: str, now: datetime
) -> int:
    """The whole ledger as a worksheet, row by row in constant memory; returns the number of entries.

    Above the table stand the title, whose ledger it is, who made it and when. Texts that a worksheet would
    run as a formula are written as texts with an apostrophe.
    """
    titles = headings(spec)
    book = xlsxwriter.Workbook(
        out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True})
    title = book.add_format({"bold": True, "font_size": 16})
    formats = {
        datetime: book.add_format({"num_format": MOMENT}),
        date: book.add_format({"num_format": DAY}),
        time: book.add_format({"num_format": CLOCK}),
    }
    decimals = {
        column: book.add_format({"num_format": f"0.{'0' * field.decimals}"})
        for column, field in enumerate(shown_fields(spec), start=3)
        if field.decimals
    }
    sheet = book.add_worksheet("台账")
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, 1)
    sheet.set_column(0, len(titles) - 1, 18)
    sheet.write_string(0, 0, safe_text(f"{spec.title}台账"), title)
    sheet.write_string(1, 0, safe_text(f"{heading}　制表人：{printed_by}　制表时间：{moment_text(now)}"))
    for column, text in enumerate(titles):
        sheet.write_string(2, column, safe_text(text), bold)
    number = 0
    for number, row in enumerate(rows(spec, entries.iterator(chunk_size=CHUNK)), start=1):
        for column, value in enumerate(row.cells):
            match value:
                case None | "":
                    continue
                case str():
                    sheet.write_string(number + 2, column, value)
                case datetime() | date() | time():
                    sheet.write_datetime(number + 2, column, value, formats[type(value)])
                case _:
                    sheet.write_number(number + 2, column, value, decimals.get(column))
    book.close()
    return number
