"""The fields of register forms: their specification, reading what was sent, showing what is stored."""

from huyuan.kernel.fields.parsing import DATUMS, is_shown, parse
from huyuan.kernel.fields.showing import Cell, cell, display, safe_text
from huyuan.kernel.fields.spec import REFERENCES, STORED, Field, FieldType, Option, ShowIf, faults

__all__ = [
    "DATUMS",
    "REFERENCES",
    "STORED",
    "Cell",
    "Field",
    "FieldType",
    "Option",
    "ShowIf",
    "cell",
    "display",
    "faults",
    "is_shown",
    "parse",
    "safe_text",
]
