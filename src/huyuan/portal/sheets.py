"""Tables of a page as a workbook: the same cells, nothing that a worksheet would run."""

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO, NamedTuple

import xlsxwriter

from huyuan.kernel.days import SHANGHAI, zh_date
from huyuan.kernel.fields import safe_text


class Sheet(NamedTuple):
    """One worksheet: its tab, the title above the table, headings, and rows of texts, numbers or nothing."""

    tab: str
    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str | int | None]]


def write_excel(out: BinaryIO, sheets: Sequence[Sheet], *, heading: str, made_by: str, now: datetime) -> None:
    """Write the worksheets. Above each table stand its title, whose it is, who made it and when."""
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    title = book.add_format({"bold": True, "font_size": 16})
    local = now.astimezone(SHANGHAI)
    below = f"{heading}　制表人：{made_by}　制表时间：{zh_date(local.date())} {local:%H:%M}"
    for one in sheets:
        sheet = book.add_worksheet(one.tab)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
        sheet.freeze_panes(3, 1)
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, max(1, len(one.headings) - 1), 14)
        sheet.write_string(0, 0, safe_text(one.title), title)
        sheet.write_string(1, 0, safe_text(below))
        for column, text in enumerate(one.headings):
            sheet.write_string(2, column, safe_text(text), bold)
        for number, row in enumerate(one.rows, start=3):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(number, column, value)
                elif value:
                    sheet.write_string(number, column, safe_text(value))
    book.close()
