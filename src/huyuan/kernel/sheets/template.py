"""The empty table of a layout: headings, drop-downs and formats, and beside it how each column is filled
in."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from huyuan.kernel.fields import REFERENCES, Cell, Field, safe_text
from huyuan.kernel.sheets.layout import Column, Layout
from huyuan.kernel.sheets.reading import MOST_LINES

FORMATS = {
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
    "time": "hh:mm",
    "month": "@",
    "text": "@",
    "long_text": "@",
}
EXAMPLES = {
    "date": "日期，如 2026-09-01",
    "datetime": "日期和时刻，如 2026-09-01 07:30",
    "time": "时刻，如 07:30",
    "month": "年月，如 2026-09",
    "yes_no": "是 或 否",
    "location": "地点名称",
    "people_count": "人数，只填数字",
}
GUIDE, LISTS = "填写说明", "选项"
YES_NO = ("是", "否")


def write_template(out: BinaryIO, layout: Layout, rows: Iterable[Mapping[str, Cell]] = ()) -> None:
    """Write the table: a sheet to fill in, one that explains it, and a hidden one with what the drop-downs
    offer. `rows`: what stands in it already, by field id; a choice by its value or its label."""
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet, guide, lists = (book.add_worksheet(name) for name in (_sheet_name(layout.title), GUIDE, LISTS))
    lists.hide()
    head = book.add_format(
        {"bold": True, "bg_color": "#E3E7EB", "border": 1, "text_wrap": True, "valign": "vcenter"}
    )
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(layout.template):
        sheet.write_string(0, index, safe_text(column.heading + (" *" if column.required else "")), head)
        pattern = FORMATS.get(column.field.type)
        sheet.set_column(
            index,
            index,
            max(14, len(column.heading) * 2 + 4),
            book.add_format({"num_format": pattern} if pattern else {}),
        )
        offered = (
            list(YES_NO) if column.field.type == "yes_no" else column.choices.names if column.choices else []
        )
        if offered:
            lists.write_column(0, index, [safe_text(name) for name in offered])
            sheet.data_validation(1, index, MOST_LINES, index, _drop_down(column, index, len(offered)))
    days = {kind: book.add_format({"num_format": pattern}) for kind, pattern in FORMATS.items()}
    for line, said in enumerate(rows, start=1):
        for index, column in enumerate(layout.template):
            _write(sheet, line, index, column, said.get(column.field.id), days)
    _explain(guide, layout, head, book.add_format({"text_wrap": True, "valign": "top"}))
    book.close()


def _write(sheet: Any, line: int, index: int, column: Column, value: Cell, formats: dict[str, Any]) -> None:
    """One cell, as `reading.read` reads it again."""
    if value is None or value == "":
        return
    if isinstance(value, date | time):
        sheet.write_datetime(line, index, value, formats[column.field.type])
    elif isinstance(value, str):
        labels = {option.value: option.label for option in column.field.options}
        sheet.write_string(line, index, safe_text(labels.get(value, value)))
    else:
        sheet.write_number(line, index, value)


def _drop_down(column: Column, index: int, count: int) -> dict[str, Any]:
    """The list of a column. Where several may be chosen the list cannot say so, and nothing else is
    refused."""
    name = xl_col_to_name(index, col_abs=True)
    return {
        "validate": "list",
        "source": f"={LISTS}!{name}$1:{name}${count}",
        "show_error": not _several(column.field),
        "error_title": "请从列表中选",
        "error_message": "点格子右边的箭头，从列出的里面选一项。",
    }


def _several(field: Field) -> bool:
    return field.type == "choices" or field.many


def _explain(guide: Any, layout: Layout, head: Any, wrapped: Any) -> None:
    guide.set_column(0, 0, 28, wrapped)
    guide.set_column(1, 1, 10, wrapped)
    guide.set_column(2, 2, 80, wrapped)
    for index, text in enumerate(("列", "必填", "怎么填")):
        guide.write_string(0, index, text, head)
    for row, column in enumerate(layout.template, start=1):
        guide.write_string(row, 0, safe_text(column.heading))
        guide.write_string(row, 1, _needed(column))
        guide.write_string(row, 2, safe_text(_how(column, layout)))
    for row, text in enumerate(_general(layout), start=len(layout.template) + 2):
        guide.merge_range(row, 0, row, 2, text, wrapped)


def _needed(column: Column) -> str:
    if not column.field.required:
        return "选填"
    return "必填" if column.required else "看情况"


def _how(column: Column, layout: Layout) -> str:
    """How the column is filled in, in one line."""
    field = column.field
    parts = [EXAMPLES.get(field.type, "")]
    if field.type == "number":
        parts.append("只填数字" if field.decimals == 0 else f"只填数字，最多{field.decimals}位小数")
    if column.choices and column.choices.names and field.type not in REFERENCES:
        parts.append(f"从这些里选：{'、'.join(column.choices.names)}")
    elif field.type in REFERENCES:
        parts.append("从下拉列表里选，名称要一致")
    if _several(field):
        parts.append("可以填几项，中间用顿号隔开")
    if field.show_if:
        parts.append(f"只在{_condition(field, layout)}时填")
    parts.append(field.hint)
    return "；".join(part.rstrip("。") for part in parts if part) or "文字"


def _condition(field: Field, layout: Layout) -> str:
    """When a column is asked: “是否联合排查”是“是”"""
    assert field.show_if
    before = next(column for column in layout.columns if column.field.id == field.show_if.field)
    wanted = field.show_if.equals
    if isinstance(wanted, bool):
        said = YES_NO[0] if wanted else YES_NO[1]
    else:
        said = next((option.label for option in before.field.options if option.value == wanted), str(wanted))
    return f"“{before.field.label}”是“{said}”"


def _general(layout: Layout) -> list[str]:
    notes = [
        "表头不要改动；列的先后可以换，不用的列可以删去。一行一条，中间不要合并单元格。",
        f"一次最多{MOST_LINES}行。",
    ]
    groups = [field.label for field in layout.asked if field.type == "group"]
    if groups:
        notes.append(
            f"一份有几行“{'”“'.join(groups)}”的：第一行填全，下面几行只填“{'”“'.join(groups)}”的各列，其余留空。"
        )
    return notes


def _sheet_name(title: str) -> str:
    """A name that a worksheet can have, and that is no other sheet's."""
    name = "".join("　" if letter in r"[]:*?/\'" else letter for letter in title)[:28]
    return name if name not in (GUIDE, LISTS) else f"{name}表"
