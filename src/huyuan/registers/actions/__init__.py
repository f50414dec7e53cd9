"""Every write of an entry, one function per verb. Order inside: transaction, lock, require, rule, write,
trace, effects."""

from huyuan.registers.actions.deciding import Confirmed, confirm, confirm_all, return_, sign, void
from huyuan.registers.actions.filling import correct, discard, draft_save, submit
from huyuan.registers.actions.importing import (
    confirm_table,
    discard_table,
    import_table,
    receive_table,
    void_table,
)
from huyuan.registers.actions.keeping import drop_filter, save_filter
from huyuan.registers.actions.links import answer_link, make_link, opened_link, shut, withdraw_link
from huyuan.registers.actions.opening import Answers, Uploads

__all__ = [
    "Answers",
    "Confirmed",
    "Uploads",
    "answer_link",
    "confirm",
    "confirm_all",
    "confirm_table",
    "correct",
    "discard",
    "discard_table",
    "draft_save",
    "drop_filter",
    "import_table",
    "make_link",
    "opened_link",
    "receive_table",
    "return_",
    "save_filter",
    "shut",
    "sign",
    "submit",
    "void",
    "void_table",
    "withdraw_link",
]
