"""Every write of a case: one function for each verb, keyword-only, all or nothing."""

from huyuan.cases.actions.deciding import (
    ask_extension,
    classify,
    dispute,
    extend,
    interim,
    note,
    reject,
    reopen,
    report,
    supervise,
    verify,
    void,
)
from huyuan.cases.actions.moving import (
    accept,
    assign,
    bring_in,
    fix,
    pass_on,
    pass_up,
    return_,
    take,
    withdraw,
)
from huyuan.cases.actions.raising import found
from huyuan.cases.actions.settling import mediate, visit

__all__ = [
    "accept",
    "ask_extension",
    "assign",
    "bring_in",
    "classify",
    "dispute",
    "extend",
    "fix",
    "found",
    "interim",
    "mediate",
    "note",
    "pass_on",
    "pass_up",
    "reject",
    "reopen",
    "report",
    "return_",
    "supervise",
    "take",
    "verify",
    "visit",
    "void",
    "withdraw",
]
