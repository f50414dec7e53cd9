"""From a table to records as forms store them, with everything that has to be said row by row.

The one contract of every importer: headings in any order and under any name that is known, types as the
fields say, dates and numbers as text, merged and hidden rows, formulas, names in the place of ids. Nothing is
guessed: what can't be read is a `Finding` that says what to do, and a reading with one that `stops` is not to
be imported, not even in part.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from huyuan.kernel.fields import is_shown, parse
from huyuan.kernel.fields.parsing import Body
from huyuan.kernel.fields.reading import Unreadable
from huyuan.kernel.sheets.book import Line, Page, Value, pages
from huyuan.kernel.sheets.layout import Column, Layout, plain_heading
from huyuan.kernel.sheets.values import texts

MOST_LINES = 20_000
LINES_BEFORE_HEADINGS = 20
NAMED_LINES = 10
"""So many rows are named in a sentence."""


@dataclass(frozen=True)
class Finding:
    """Something to be said of a row (`line` 0: of the whole table) and of a column (empty: of the whole row).
    `stops`: nothing is imported until it is put right."""

    line: int
    column: str
    text: str
    stops: bool = True


@dataclass(frozen=True)
class Record:
    """What one row says, or several that belong together; `line`: the first of them. `body` is as
    `kernel.fields.parse` gives it; of a row with findings it holds what could be read."""

    line: int
    body: Body


@dataclass
class Reading:
    """What a table says."""

    records: list[Record] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def stopped(self) -> bool:
        return any(one.stops for one in self.findings)


def named(lines: Sequence[int]) -> str:
    """2行（第3、5行）"""
    some = "、".join(map(str, lines[:NAMED_LINES]))
    return f"{len(lines)}行（第{some}{'等' if len(lines) > NAMED_LINES else ''}行）"


def read(content: bytes, layout: Layout) -> Reading:
    """Read a file. Raises Refused where it is no table at all (see `book.pages`)."""
    page, headings = _headed(pages(content), layout)
    reading = Reading()
    if headings is None:
        reading.findings.append(Finding(0, "", _no_headings(layout)))
        return reading
    places = _places(headings, layout, reading.findings)
    lines = [line for line in page.lines if line.number > headings.number]
    if len(lines) > MOST_LINES:
        reading.findings.append(
            Finding(0, "", f"一次最多读{MOST_LINES}行，这个表有{len(lines)}行。请分成几个文件，分几次上传。")
        )
    if reading.stopped:
        return reading
    table = _Table(page, layout, places)
    for group in table.grouped(lines):
        reading.records.append(table.record(group, reading.findings))
    if not reading.records:
        reading.findings.append(Finding(0, "", "表头下面没有内容。请填好再上传。"))
    reading.findings += table.notes(lines)
    reading.findings.sort(key=lambda one: one.line)
    return reading


def _no_headings(layout: Layout) -> str:
    known = "、".join(column.heading for column in layout.columns if column.required)
    return (
        f"没有找到表头。请用下载的模板，或把第一行写成列名，至少要有：{known}。"
        "列名成了乱码的，请用 Excel 或 WPS 打开，另存为 xlsx。"
    )


# ---- headings
# ---------------------------------------------------------------------------------------------------------
def _headed(found: Sequence[Page], layout: Layout) -> tuple[Page, Line | None]:
    """The page whose headings fit best, and the line in which they stand; None where nothing fits."""
    best: tuple[int, Page, Line | None] = (min(2, len(layout.columns)) - 1, found[0], None)
    for page in found:
        for line in page.lines[:LINES_BEFORE_HEADINGS]:
            fits = {layout.headings.get(plain_heading(str(value))) for value in line.cells if value != ""}
            if len(fits - {None}) > best[0]:
                best = (len(fits - {None}), page, line)
    return best[1], best[2]


def _places(headings: Line, layout: Layout, findings: list[Finding]) -> dict[int, Column]:
    """Where each column stands; what is missing, twice there or unknown is found."""
    places: dict[int, Column] = {}
    unknown: list[str] = []
    for index, value in enumerate(headings.cells):
        text = str(value).strip()
        column = layout.headings.get(plain_heading(text)) if text else None
        if column is None:
            unknown += [text] if text else []
        elif column in places.values():
            findings.append(Finding(headings.number, column.heading, "这一列有两个，请去掉一个再上传。"))
        else:
            places[index] = column
    there = list(places.values())
    missing = [column.heading for column in layout.columns if column.required and column not in there]
    for group in (one for one in layout.asked if one.type == "group"):
        parts = [column for column in layout.columns if column.group == group.id]
        if (group.required and not group.show_if) or any(part in there for part in parts):
            missing += [
                part.heading
                for part in parts
                if part.field.required and not part.field.show_if and part not in there
            ]
    if missing:
        findings.append(
            Finding(headings.number, "", f"缺少这些列：{'、'.join(missing)}。请补上，或用下载的模板。")
        )
    if unknown:
        findings.append(
            Finding(
                headings.number,
                "",
                f"没有读取这些列：{'、'.join(unknown)}。里面有要用的，请放到模板有的列里。",
                stops=False,
            )
        )
    return places


# ---- rows
# ---------------------------------------------------------------------------------------------------------
@dataclass
class _Table:
    """The rows of a page under its headings."""

    page: Page
    layout: Layout
    places: dict[int, Column]
    spread: set[str] = field(default_factory=set)

    def grouped(self, lines: Sequence[Line]) -> Iterator[list[Line]]:
        """The lines of each record: one, and in a table with rows of a group those after it that leave
        everything else empty, or have it from a merged cell above. Lines that say nothing in any known column
        are left out."""
        of_rows = {index for index, column in self.places.items() if column.group}
        together: list[Line] = []
        for line in lines:
            said = {
                index for index in self.places if self.value(line, index) != "" or self.failed(line, index)
            }
            if not said - line.below:
                continue
            if of_rows and together and not said - of_rows - line.below:
                together.append(line)
                continue
            if together:
                yield together
            self.spread |= {self.places[index].heading for index in said & line.below}
            together = [line]
        if together:
            yield together

    def record(self, lines: Sequence[Line], findings: list[Finding]) -> Record:
        """What the lines say, read by the rules of the form."""
        raw: dict[str, list[str]] = {}
        wrong: dict[str, str] = {}
        for number, line in enumerate(lines):
            for index, column in self.places.items():
                if number and not column.group:
                    continue
                name = f"{column.group}.{number}.{column.field.id}" if column.group else column.field.id
                try:
                    said = self.said(line, index, column)
                except Unreadable as unreadable:
                    wrong[name] = f"{unreadable}。"
                    continue
                raw[f"{name}.name" if column.field.type == "location" else name] = said
        body, errors = parse(self.layout.asked, raw)
        shown = {one.id for one in self.layout.asked if is_shown(one, body)}
        for name, text in (errors | wrong).items():
            if name.partition(".")[0] in shown:
                findings.append(self.finding(lines, name, text))
        return Record(lines[0].number, body)

    def said(self, line: Line, index: int, column: Column) -> list[str]:
        """The cell as texts. Raises Unreadable."""
        value = self.value(line, index)
        if self.failed(line, index):
            raise Unreadable("这一格是公式，没有算出结果，请改成填好的内容")
        if value != "" and (line.number - 1, index) in self.page.across:
            raise Unreadable("这一格和旁边的合并了，分不清是哪一列的，请取消合并后填好")
        return texts(column, value)

    def value(self, line: Line, index: int) -> Value:
        return line.cells[index] if index < len(line.cells) else ""

    def failed(self, line: Line, index: int) -> bool:
        return (line.number - 1, index) in self.page.failed

    def finding(self, lines: Sequence[Line], name: str, text: str) -> Finding:
        """An error of a form at the row and column from which it comes."""
        group, _, rest = name.partition(".")
        number, _, part = rest.partition(".")
        line = lines[int(number)].number if part else lines[0].number
        key, of = (part, group) if part else (name, "")
        column = next((one for one in self.layout.columns if (one.field.id, one.group) == (key, of)), None)
        heading = column.heading if column else ""
        # The form begins its sentences with the question; here that is the column.
        label = column.field.label if column else ""
        return Finding(line, heading, text.removeprefix(f"{label}："))

    def notes(self, lines: Sequence[Line]) -> Iterator[Finding]:
        """What was done with merged cells, formulas and hidden rows."""
        if self.spread:
            names = "、".join(
                column.heading for column in self.places.values() if column.heading in self.spread
            )
            yield Finding(
                0, "", f"“{names}”有上下合并的单元格，合并的各行都按同一内容读取，请核对。", stops=False
            )
        computed = [
            f"“{column.heading}”{self.page.formulas[index]}格"
            for index, column in self.places.items()
            if self.page.formulas.get(index)
        ]
        if computed:
            yield Finding(0, "", f"有公式：{'、'.join(computed)}，按算出的结果读取。", stops=False)
        hidden = [line.number for line in lines if line.hidden]
        if hidden:
            text = f"有{named(hidden)}在表里是隐藏的，也读取了；不要的请删去后重新上传。"
            yield Finding(0, "", text, stops=False)
