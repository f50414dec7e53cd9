"""The rows of the permission table that this package adds; other packages add theirs the same way."""

from collections.abc import Mapping

from huyuan.orgs.permissions import ANY_POST, Grant, Relation, register

BUREAU = ("bureau-officer", "bureau-leader")
HEADS = ("head", "vice-principal-safety")
PARTNERS = ("police-liaison", "traffic-officer", "market-officer", "fire-officer", "health-officer")
LEADERS = ("police-leader", "agency-leader", "agency-officer")
TOWNS = ("town-officer", "town-leader", "village-officer")

# action → what it is called, and who may in which relation
ROWS: Mapping[str, tuple[str, Mapping[Relation, tuple[str, ...]]]] = {
    "org.see": (
        "查看这个单位",
        {"own": (ANY_POST,), "below": (ANY_POST,), "linked": (ANY_POST,), "region": (ANY_POST,)},
    ),
    "org.create": (
        "新建下级单位",
        {"own": ("admin", "bureau-officer"), "below": ("admin", "bureau-officer")},
    ),
    "org.rename": ("修改单位名称和归属", {"own": ("bureau-officer",), "below": ("admin", "bureau-officer")}),
    "org.alter": (
        "修改单位情况",
        {"own": ("admin", *HEADS, "safety-officer"), "below": ("admin", "bureau-officer", "head")},
    ),
    "people.see": (
        "查看人员",
        {
            "own": (ANY_POST,),
            "below": ("admin", *BUREAU, *HEADS, "safety-officer", "county-leader"),
            "linked": PARTNERS,
            "region": TOWNS,
        },
    ),
    "people.alter": (
        "管理人员和任职",
        {"own": ("admin", *HEADS), "below": ("admin", "bureau-officer", "head")},
    ),
    "account.alter": ("管理账号", {"own": ("admin",), "below": ("admin",)}),
    "trace.see": ("查看操作记录", {"own": ("admin", *HEADS, "bureau-leader"), "below": ("admin",)}),
    "liaison.alter": ("安排联系单位", {"below": ("admin", "bureau-officer")}),
    "phone.alter": (
        "登记单位的值班电话",
        {
            "own": ("admin", *HEADS, "safety-officer", *BUREAU, *PARTNERS, *LEADERS, *TOWNS),
            "below": ("admin", "bureau-officer", "head"),
        },
    ),
    "calendar.alter": ("修改校历", {"own": ("bureau-officer", "bureau-leader")}),
}


def register_grants() -> None:
    """Called once, when the program starts."""
    for action, (zh, relations) in ROWS.items():
        register(
            action, zh, [Grant(post, relation) for relation, posts in relations.items() for post in posts]
        )
