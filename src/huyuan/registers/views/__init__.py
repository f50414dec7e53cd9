"""Pages of registers."""

from huyuan.registers.views.filling import blank, correct, edit, fill, forms
from huyuan.registers.views.reading import decide, entry, excel, file, ledger, ledgers

__all__ = [
    "blank",
    "correct",
    "decide",
    "edit",
    "entry",
    "excel",
    "file",
    "fill",
    "forms",
    "ledger",
    "ledgers",
]
