"""Pages of registers."""

from huyuan.registers.views.filling import blank, correct, edit, fill, for_others, forms
from huyuan.registers.views.importing import decide_table, import_, imported, template
from huyuan.registers.views.ledgers import confirm_several, drop_filter, excel, ledger, ledgers, save_filter
from huyuan.registers.views.links import ask, confirm
from huyuan.registers.views.reading import decide, entry, file

__all__ = [
    "ask",
    "blank",
    "confirm",
    "confirm_several",
    "correct",
    "decide",
    "decide_table",
    "drop_filter",
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
    "save_filter",
    "template",
]
