"""Pages of registers."""

from huyuan.registers.views.filling import blank, correct, edit, fill, for_others, forms
from huyuan.registers.views.importing import decide_table, import_, imported, template
from huyuan.registers.views.links import ask, confirm
from huyuan.registers.views.reading import decide, entry, excel, file, ledger, ledgers

__all__ = [
    "ask",
    "blank",
    "confirm",
    "correct",
    "decide",
    "decide_table",
    "edit",
    "entry",
    "excel",
    "file",
    "fill",
    "for_others",
    "forms",
    "import_",
    "imported",
    "ledger",
    "ledgers",
    "template",
]
