"""The lists of a collected paper: tables made from entries, shown before they are sent and written as one
workbook; and what many answered to a notice, collated into one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from huyuan.kernel.fields import Cell, Field, cell, display, safe_text
from huyuan.papers import rules
from huyuan.papers.models import Notice, NoticeAnswer
from huyuan.papers.schema import PaperSpec, Sheet
from huyuan.registers import queries as registers
from huyuan.registers.models import Entry
from huyuan.registers.schema import FormSpec
from huyuan.registers.sheets import DAY, MOMENT, moment, moment_text, names_shown

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
    boxed = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
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
                sheet.write_string(number, column, safe_text(value), boxed)
        if not table.rows:
            sheet.write_string(3, 0, "本月无（零报告）")
    book.close()
    return out.getvalue()


# ---- what many answered to a notice
# ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Collated:
    """Every row that was answered, with its organisation; `sums` by column, for columns of numbers."""

    columns: tuple[Field, ...]
    rows: tuple[tuple[NoticeAnswer, Mapping[str, Any]], ...]
    sums: Mapping[str, float]


def collate(asked: Sequence[Field], answers: Sequence[NoticeAnswer]) -> Collated:
    """The standing answers as one table, in the order given."""
    columns = tuple(rules.columns_of(asked))
    rows = tuple((answer, line) for answer in answers for line in rules.lines(asked, answer.body))
    numbers = [field.id for field in columns if field.type == "number"]
    sums = {name: round(sum(line.get(name, 0) for _, line in rows), 2) for name in numbers}
    return Collated(columns, rows, sums)


def collation(
    notice: Notice, table: Collated, missing: Sequence[str], *, made_by: str, now: datetime
) -> bytes:
    """One workbook: 汇总 with a row for each answered row and the totals below, 未报 with who is missing.

    The totals are formulas over the column, written with the figure that the answers add up to, so that the
    sheet goes on adding up when somebody edits it.
    """
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    head = book.add_format({"bold": True, "font_size": 16})
    bold = book.add_format({"bold": True, "border": 1, "text_wrap": True})
    plain = {"border": 1, "text_wrap": True, "valign": "top"}
    cells = {
        None: book.add_format(plain),
        date: book.add_format({**plain, "num_format": DAY}),
        datetime: book.add_format({**plain, "num_format": MOMENT}),
    }
    decimals = {
        field.id: book.add_format({**plain, "num_format": f"0.{'0' * field.decimals}"})
        for field in table.columns
        if field.decimals
    }
    sheet = book.add_worksheet("汇总")
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, 1)
    titles = ["单位", *(field.label for field in table.columns), "报送人", "报送时间", "是否迟报"]
    sheet.set_column(0, len(titles) - 1, WIDTH)
    sheet.write_string(0, 0, safe_text(notice.title), head)
    sheet.write_string(
        1, 0, safe_text(f"{notice.org.name}{notice.number}　制表人：{made_by}　制表时间：{moment_text(now)}")
    )
    for column, title in enumerate(titles):
        sheet.write_string(2, column, safe_text(title), bold)
    for number, (answer, line) in enumerate(table.rows, start=3):
        values: list[Cell] = [
            safe_text(answer.org.name),
            *(cell(field, line.get(field.id)) for field in table.columns),
            safe_text(answer.answered_by_name),
            moment(answer.answered_at),
            "迟报" if answer.answered_at > notice.due_at else "",
        ]
        for column, value in enumerate(values):
            name = table.columns[column - 1].id if 0 < column <= len(table.columns) else ""
            match value:
                case str() | None:
                    sheet.write_string(number, column, value or "", cells[None])
                case date():
                    sheet.write_datetime(number, column, value, cells[type(value)])
                case _:
                    sheet.write(number, column, value, decimals.get(name, cells[None]))
    below = 3 + len(table.rows)
    if table.rows and table.sums:
        sheet.write_string(below, 0, "合计", bold)
        for column, field in enumerate(table.columns, start=1):
            if field.id in table.sums:
                span = f"{xl_rowcol_to_cell(3, column)}:{xl_rowcol_to_cell(below - 1, column)}"
                sheet.write_formula(below, column, f"=SUM({span})", bold, table.sums[field.id])
    late = book.add_worksheet("未报")
    late.set_column(0, 0, 2 * WIDTH)
    late.write_string(0, 0, f"未报单位 {len(missing)} 个", bold)
    for number, name in enumerate(missing, start=1):
        late.write_string(number, 0, safe_text(name), cells[None])
    book.close()
    return out.getvalue()
