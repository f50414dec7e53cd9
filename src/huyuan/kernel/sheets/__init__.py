"""Tables in and out: what people send as Excel or CSV, read against a layout; and the empty table to fill
in."""

from huyuan.kernel.sheets.book import LIMIT
from huyuan.kernel.sheets.layout import Column, Layout, titled
from huyuan.kernel.sheets.reading import Finding, Reading, Record, named, read
from huyuan.kernel.sheets.template import write_template

__all__ = [
    "LIMIT",
    "Column",
    "Finding",
    "Layout",
    "Reading",
    "Record",
    "named",
    "read",
    "titled",
    "write_template",
]
