"""A table as people send it, opened cell by cell: Excel (xlsx, xls) or text (CSV), told apart by content,
never by name. Beside the values it says what they do not: merged, hidden, computed, or failed to compute."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from huyuan.kernel.errors import Refused
from huyuan.kernel.sheets.marks import Marks, Spot, marks_of

Value = str | int | float | bool | date | datetime | time | timedelta

MEGABYTE = 1024 * 1024
LIMIT = 10 * MEGABYTE
MOST_UNPACKED = 200 * MEGABYTE
MOST_COLUMNS = 300
MOST_CELLS = 5_000_000

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MARKUP = (b"<html", b"<table", b"<!doctype", b"<?xml", b"<head", b"<meta")
UTF_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Line:
    """A row of a page. `number`: from 1, as the program shows it in which the table was written. `below`:
    columns whose value stands in a merged cell that began further up."""

    number: int
    cells: tuple[Value, ...]
    hidden: bool = False
    below: frozenset[int] = frozenset()

    @property
    def blank(self) -> bool:
        return all(value == "" for value in self.cells)


@dataclass(frozen=True)
class Page:
    """A worksheet, or a CSV file. `failed`: cells whose formula gave no value; `across`: cells merged with
    one beside them; `formulas`: columns → how many cells were computed."""

    name: str
    lines: Sequence[Line]
    failed: frozenset[Spot] = frozenset()
    across: frozenset[Spot] = frozenset()
    formulas: Mapping[int, int] = field(default_factory=dict)


def pages(content: bytes) -> list[Page]:
    """The visible worksheets that hold anything, in their order.

    Raises Refused: `sheet-empty`, `sheet-too-large`, `sheet-password`, `sheet-damaged`, `sheet-type`,
    `sheet-encoding`.
    """
    if not content.strip():
        raise Refused("sheet-empty", "这个文件是空的。请重新选择。")
    if len(content) > LIMIT:
        raise Refused(
            "sheet-too-large",
            f"文件超过 {LIMIT // MEGABYTE} MB，没有收下。请删去图片和空白行列，或分成几个文件。",
        )
    if content.startswith(ZIP):
        found = list(_xlsx(content))
    elif content.startswith(OLE):
        found = list(_xls(content))
    else:
        found = [_text(content)]
    if not found:
        raise Refused("sheet-empty", "表里没有内容。请填好再上传。")
    return found


# ---- xlsx and xls
# ---------------------------------------------------------------------------------------------------------
def _xlsx(content: bytes) -> Iterator[Page]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if "xl/workbook.xml" not in parts.namelist():
                raise _not_a_table()
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
                raise Refused(
                    "sheet-too-large", "表格展开后太大，没有收下。请删去图片和空白行列，或分成几个文件。"
                )
            # A part that unpacks to more than it says fails here.
            if parts.testzip() is not None:
                raise _damaged()
            marks = marks_of(parts)
        for name, mark in marks.items():
            _bounded(name, mark.height, mark.width)
        yield from _read(content, marks)
    except (zipfile.BadZipFile, ElementTree.ParseError, expat.ExpatError, KeyError, NotImplementedError):
        raise _damaged() from None


def _xls(content: bytes) -> Iterator[Page]:
    if ENCRYPTED in content:
        raise _locked()
    return _read(content, {})


def _read(content: bytes, marks: Mapping[str, Marks]) -> Iterator[Page]:
    """The pages as the reader of values sees them, with their marks."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for sheet in book.sheets_metadata:
            if (sheet.visible, sheet.typ) != (SheetVisibleEnum.Visible, SheetTypeEnum.WorkSheet):
                continue
            opened = book.get_sheet_by_name(sheet.name)
            _bounded(sheet.name, opened.total_height, opened.total_width)
            page = _page(opened, marks.get(sheet.name, Marks()))
            if page.lines:
                yield page
    except PasswordError:
        raise _locked() from None
    except CalamineError:
        raise _damaged() from None


def _page(sheet: CalamineSheet, marks: Marks) -> Page:
    """A worksheet with merged cells told apart: down a column the value holds for every row; across it
    belongs to nobody knows which column."""
    rows: list[list[Any]] = [row[:MOST_COLUMNS] for row in sheet.to_python(skip_empty_area=False)]
    for row, column in marks.midnights:
        if column < MOST_COLUMNS and type(rows[row][column]) is date:
            rows[row][column] = datetime.combine(rows[row][column], time.min)
    below: dict[int, set[int]] = {}
    across: set[Spot] = set()
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left != right:
            # Only the first cell of a merged range holds anything.
            across.add((top, left))
            continue
        for row in range(top + 1, min(bottom + 1, len(rows))):
            if left < len(rows[row]):
                rows[row][left] = rows[top][left]
                below.setdefault(row, set()).add(left)
    lines = [
        Line(number + 1, tuple(cells), number in marks.hidden, frozenset(below.get(number, ())))
        for number, cells in enumerate(rows)
    ]
    failed_rows = {row for row, _ in marks.failed}
    return Page(
        sheet.name,
        [line for line in lines if not line.blank or line.number - 1 in failed_rows],
        frozenset(marks.failed),
        frozenset(across),
        marks.formulas,
    )


def _bounded(name: str, height: int, width: int) -> None:
    """A value in a far corner makes a table of everything before it. Raises `sheet-too-large`."""
    if height * width > MOST_CELLS:
        raise Refused(
            "sheet-too-large",
            f"“{name}”的第{height}行、第{width}列那么远还有内容，表格太大，没有收下。请删去多余的行和列再上传。",
        )


# ---- CSV
# ---------------------------------------------------------------------------------------------------------
def _text(content: bytes) -> Page:
    """A CSV file, in the encodings that Chinese offices save: UTF-8, GB18030 (GBK), UTF-16."""
    if content.lstrip().lower().startswith(MARKUP):
        raise Refused(
            "sheet-type",
            "这个文件里是网页，不是真正的 Excel 文件。请用 Excel 或 WPS 打开，另存为 xlsx 再上传。",
        )
    text = _decoded(content)
    first = text.split("\n", 1)[0]
    separator = max(",\t;，", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        lines = [
            Line(number, tuple(cell.strip() for cell in cells[:MOST_COLUMNS]))
            for number, cells in enumerate(rows, start=1)
        ]
    except csv.Error:
        raise _not_a_table() from None
    return Page("CSV", [line for line in lines if not line.blank])


def _decoded(content: bytes) -> str:
    for mark, encoding in UTF_MARKS:
        if content.startswith(mark):
            return _strictly(content, encoding)
    if b"\0" in content:
        raise _not_a_table()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _strictly(content, "gb18030")


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise Refused(
            "sheet-encoding", "看不懂这个文件的文字编码。请用 Excel 或 WPS 打开，另存为 xlsx 再上传。"
        ) from None


# ---- refusals
# ---------------------------------------------------------------------------------------------------------
def _not_a_table() -> Refused:
    return Refused(
        "sheet-type", "这个文件不是能读的表格（只看内容，不看文件名）。请上传 Excel（xlsx、xls）或 CSV 文件。"
    )


def _damaged() -> Refused:
    return Refused(
        "sheet-damaged", "这个表格打不开，可能没有传完整。请用 Excel 或 WPS 打开检查，另存为 xlsx 再上传。"
    )


def _locked() -> Refused:
    return Refused("sheet-password", "这个表格加了密码。请用 Excel 或 WPS 去掉密码后再上传。")
