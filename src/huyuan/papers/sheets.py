"""The lists of a collected paper: tables made from entries, shown before they are sent and written as one
workbook."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import xlsxwriter

from huyuan.kernel.fields import Field, display, safe_text
from huyuan.papers.schema import PaperSpec, Sheet
from huyuan.registers import queries as registers
from huyuan.registers.models import Entry
from huyuan.registers.schema import FormSpec
from huyuan.registers.sheets import moment_text, names_shown

WIDTH = 20


@dataclass(frozen=True)
class Table:
    """One list: its title, the titles of its columns, its rows as texts."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(spec: PaperSpec, entries: Sequence[Entry]) -> list[Table]:
    """The lists of the paper from these entries. Without hazards they are empty, and handed in all the
    same."""
    assert spec.collects
    versions: dict[UUID, FormSpec] = {}
    for entry in entries:
        if entry.form_id not in versions:
            versions[entry.form_id] = registers.spec_of(entry.form)
    names: dict[str, str] = {}
    for form_id, form in versions.items():
        names |= names_shown(form, [entry for entry in entries if entry.form_id == form_id])
    return [
        Table(
            sheet.title,
            tuple(column.title for column in sheet.columns),
            tuple(row for entry in entries for row in rows(sheet, entry, versions[entry.form_id], names)),
        )
        for sheet in spec.collects.sheets
    ]


def rows(sheet: Sheet, entry: Entry, form: FormSpec, names: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """The rows that one entry gives to a list: itself, or one for each row of its group."""
    fields = {field.id: field for field in form.fields}
    lines: Sequence[Mapping[str, Any]] = [{}]
    if sheet.rows:
        lines = entry.body.get(sheet.rows) or ()
        fields |= {field.id: field for field in fields[sheet.rows].fields}
    for line in lines:
        values = {**entry.body, **line}
        if sheet.field and not chosen(values.get(sheet.field)) & set(sheet.values):
            continue
        yield tuple(text(column.field, entry, fields, values, names) for column in sheet.columns)


def chosen(value: Any) -> set[str]:
    """An answer as the words a pack uses."""
    if isinstance(value, bool):
        return {"yes" if value else "no"}
    return set(value) if isinstance(value, list) else {str(value)}


def text(
    name: str,
    entry: Entry,
    fields: Mapping[str, Field],
    values: Mapping[str, Any],
    names: Mapping[str, str],
) -> str:
    """One cell: a field of the form or of its header."""
    if name in fields:
        return display(fields[name], values.get(name), names)
    header = {
        "number": entry.number,
        "at": moment_text(entry.occurred_at),
        "org": entry.org.name,
        "place": entry.place.name if entry.place else "",
        "filler": entry.filler_name,
    }
    return header.get(name, "")


def workbook(lists: Sequence[Table], *, title: str, org: str, sent_by: str, now: datetime) -> bytes:
    """The lists as an Excel file, a sheet each, with title, organisation, who sent it and when above the
    table."""
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True, "border": 1, "text_wrap": True})
    head = book.add_format({"bold": True, "font_size": 16})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    for table in lists:
        sheet = book.add_worksheet(table.title[:31])
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, len(table.columns) - 1, WIDTH)
        sheet.write_string(0, 0, safe_text(f"{title}　{table.title}"), head)
        sheet.write_string(1, 0, safe_text(f"{org}　报送人：{sent_by}　报送时间：{moment_text(now)}"))
        for column, name in enumerate(table.columns):
            sheet.write_string(2, column, safe_text(name), bold)
        for number, row in enumerate(table.rows, start=3):
            for column, value in enumerate(row):
                sheet.write_string(number, column, safe_text(value), cell)
        if not table.rows:
            sheet.write_string(3, 0, "本月无（零报告）")
    book.close()
    return out.getvalue()
