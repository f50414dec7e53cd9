"""What the XML of an xlsx file says beside its values, which the reader of values leaves out."""

import posixpath
import re
import zipfile
from collections.abc import Collection
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

CELLS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINKS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
LINK_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# Formats that every program knows by number and that show hours or minutes.
CLOCKS = {*map(str, range(18, 23)), *map(str, range(45, 48))}
NO_CODE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
"""What a format shows as it stands, and its colours."""

Spot = tuple[int, int]
"""A cell: its row and its column, both from 0."""


@dataclass
class Marks:
    """Of a worksheet: its `hidden` rows; cells whose formula `failed`; columns with computed cells, and how
    many; instants at `midnights`, which the reader of values takes for days; how far it reaches."""

    hidden: set[int] = field(default_factory=set)
    failed: set[Spot] = field(default_factory=set)
    formulas: dict[int, int] = field(default_factory=dict)
    midnights: set[Spot] = field(default_factory=set)
    height: int = 0
    width: int = 0


def marks_of(parts: zipfile.ZipFile) -> dict[str, Marks]:
    """The marks of every worksheet, by its name. Raises KeyError, ParseError and ExpatError for a broken
    file."""
    clocked = _clocked(parts)
    return {name: _Reader(clocked).read(parts, path) for name, path in _paths(parts).items()}


def _paths(parts: zipfile.ZipFile) -> dict[str, str]:
    """Worksheet → the part that holds it."""
    links = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
    targets = {link.attrib["Id"]: link.attrib["Target"] for link in links.iter(f"{LINKS}Relationship")}
    book = ElementTree.fromstring(parts.read("xl/workbook.xml"))
    found = {
        sheet.attrib["name"]: posixpath.normpath(posixpath.join("/xl", targets[sheet.attrib[LINK_ID]]))[1:]
        for sheet in book.iter(f"{CELLS}sheet")
        if sheet.attrib.get(LINK_ID) in targets
    }
    names = set(parts.namelist())
    return {name: path for name, path in found.items() if path in names}


def _clocked(parts: zipfile.ZipFile) -> set[str]:
    """The styles that show a time of day, by the index that cells give."""
    if "xl/styles.xml" not in parts.namelist():
        return set()
    styles = ElementTree.fromstring(parts.read("xl/styles.xml"))
    codes = {one.attrib["numFmtId"]: one.attrib["formatCode"] for one in styles.iter(f"{CELLS}numFmt")}
    clocks = CLOCKS | {key for key, code in codes.items() if "h" in NO_CODE.sub("", code).lower()}
    formats = styles.find(f"{CELLS}cellXfs")
    return {
        str(index)
        for index, one in enumerate(formats if formats is not None else ())
        if one.attrib.get("numFmtId") in clocks
    }


class _Reader:
    """One pass over the XML of a worksheet."""

    def __init__(self, clocked: Collection[str]) -> None:
        self.clocked = clocked
        self.marks = Marks()
        self.at: Spot = (-1, -1)
        self.kind, self.style, self.text, self.computed = "", "", "", False

    def read(self, parts: zipfile.ZipFile, path: str) -> Marks:
        reader = expat.ParserCreate()
        reader.StartElementHandler, reader.EndElementHandler = self.start, self.end
        reader.CharacterDataHandler = self.characters
        reader.buffer_text = True
        with parts.open(path) as part:
            reader.ParseFile(part)
        return self.marks

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self.at = (int(attributes["r"]) - 1 if "r" in attributes else self.at[0] + 1, -1)
            if attributes.get("hidden") in ("1", "true"):
                self.marks.hidden.add(self.at[0])
        elif name == "c":
            column = _column(attributes["r"]) if "r" in attributes else self.at[1] + 1
            self.at = (self.at[0], column)
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "")
            self.text, self.computed = "", False
        elif name == "f":
            self.computed = True
        elif name == "v":
            self.text = ""

    def characters(self, data: str) -> None:
        self.text += data

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "f":
            self.text = ""
        elif name == "c":
            self.cell()

    def cell(self) -> None:
        """What the cell that ends here says."""
        marks, (row, column) = self.marks, self.at
        if self.computed or self.text:
            marks.height, marks.width = max(marks.height, row + 1), max(marks.width, column + 1)
        if self.computed:
            marks.formulas[column] = marks.formulas.get(column, 0) + 1
        if self.kind == "e" or (self.computed and not self.text.strip() and self.kind != "str"):
            marks.failed.add(self.at)
        if self.kind == "n" and self.style in self.clocked and _is_day(self.text):
            marks.midnights.add(self.at)


def _is_day(text: str) -> bool:
    """Is this the number of a whole day?"""
    whole, _, rest = text.partition(".")
    return whole.isdigit() and int(whole) > 0 and not rest.strip("0")


def _column(reference: str) -> int:
    """AB12 → 27"""
    number = 0
    for letter in reference:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number - 1
