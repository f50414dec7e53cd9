"""Every write of an entry, one function per verb. Order inside: transaction, lock, require, rule, write,
trace, effects."""

from huyuan.registers.actions.deciding import confirm, return_, sign, void
from huyuan.registers.actions.filling import Answers, Uploads, correct, discard, draft_save, submit

__all__ = [
    "Answers",
    "Uploads",
    "confirm",
    "correct",
    "discard",
    "draft_save",
    "return_",
    "sign",
    "submit",
    "void",
]
