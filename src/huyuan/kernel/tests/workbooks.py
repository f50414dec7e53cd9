"""Tables for the tests, as people send them."""

import io
from collections.abc import Sequence
from datetime import date, datetime, time

import xlsxwriter

Rows = Sequence[Sequence[object]]
"""What a test gives for one page: rows of cells."""


def workbook(rows: Rows, *, hidden: Sequence[int] = (), merged: Sequence[str] = (), **pages: Rows) -> bytes:
    """An xlsx file of one page, with further pages beside it; a pair is a formula with its result."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False})
    formats = {
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        date: book.add_format({"num_format": "yyyy/m/d"}),
        time: book.add_format({"num_format": "hh:mm"}),
    }
    for name, cells in {"台账": rows, **pages}.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(cells):
            for column, value in enumerate(row):
                if isinstance(value, tuple):
                    formula, result = value
                    sheet.write_formula(number, column, formula, None, result)
                elif isinstance(value, date | time):
                    sheet.write_datetime(number, column, value, formats[type(value)])
                else:
                    sheet.write(number, column, value)
        for number in hidden:
            sheet.set_row(number, None, None, {"hidden": True})
        for place in merged:
            sheet.merge_range(place, "")
    book.close()
    return out.getvalue()


def csv(rows: Rows, encoding: str = "utf-8", separator: str = ",") -> bytes:
    return "\r\n".join(separator.join(str(value) for value in row) for row in rows).encode(encoding)
