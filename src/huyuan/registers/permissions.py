"""Who may do what with entries. Which posts fill in or confirm a form is the form's own matter, besides
this table."""

from collections.abc import Mapping

from huyuan.orgs.grants import BUREAU, HEADS, PARTNERS, TOWNS
from huyuan.orgs.permissions import ANY_POST, Grant, register

#: a school's posts that answer for its registers; a central school answers for its teaching points too
ANSWERABLE = (*HEADS, "safety-officer")

SEEING = (
    *(Grant(post, relation) for post in ANSWERABLE for relation in ("own", "below")),
    *(Grant(post, "below") for post in BUREAU),
    *(Grant(post, "linked") for post in PARTNERS),
    *(Grant(post, "region") for post in TOWNS),
)

GRANTS: tuple[tuple[str, str, tuple[Grant, ...]], ...] = (
    ("entry.fill", "登记这张表", (Grant(ANY_POST, "own"),)),
    ("entry.view", "查看这些登记", (Grant(ANY_POST, "own"), *SEEING)),
    ("entry.view-personal", "查看涉及个人信息的登记", (Grant(ANY_POST, "own"),)),
    (
        "entry.confirm",
        "确认或退回登记",
        (Grant(ANY_POST, "own"), Grant("head", "below"), Grant("bureau-officer", "below")),
    ),
    (
        "entry.void",
        "作废他人的登记",
        (*(Grant(post, "own") for post in ANSWERABLE), Grant("bureau-officer", "below")),
    ),
    (
        "entry.import",
        "导入台账",
        tuple(Grant(post, "own") for post in (*ANSWERABLE, *BUREAU, *PARTNERS, *TOWNS)),
    ),
    (
        "entry.proxy",
        "代其他单位登记",
        tuple(Grant(post, "own") for post in (*ANSWERABLE, "bureau-officer", "town-officer")),
    ),
    ("entry.sign", "代表本单位签字", (Grant(ANY_POST, "own"),)),
    ("entry.export", "导出台账", (*SEEING, *(Grant(post, "own") for post in (*BUREAU, *PARTNERS, *TOWNS)))),
)

COUNTY = "county"
VILLAGES = "villages"
#: 代录: post of whoever records → how the agency stands to the recording organisation: its liaison, the
#: government of its town or village, a village of its town, or any one of the county
PROXY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(ANSWERABLE, ("linked", "region")),
    "bureau-officer": ("linked", "region", COUNTY),
    "town-officer": (VILLAGES,),
}
#: sides of organisations that others may record for; a school signs in itself
VILLAGE_KIND = "village-committee"
PROXIED = ("agency", "government", "company", "society")


def register_actions() -> None:
    """Called once, when the program starts."""
    for action, zh, grants in GRANTS:
        register(action, zh, grants)
