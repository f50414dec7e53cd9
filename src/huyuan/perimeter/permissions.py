"""Who may do what with premises and walls: rows of the permission table."""

from collections.abc import Mapping

from huyuan.orgs.grants import BUREAU, HEADS, PARTNERS, TOWNS
from huyuan.orgs.permissions import ANY_POST, Grant, Relation, register

ANSWERABLE = (*HEADS, "safety-officer")
WATCHERS = (*PARTNERS, "police-leader", "agency-officer")
# Posts that go to premises; what a place has to do with their own organisation follows from the law, not from
# the tree, so each acts in the name of its own.
CHECKERS = (*PARTNERS, "agency-officer", "bureau-officer", "town-officer", "village-officer", "area-director")

# action → what it is called, and who may in which relation
ROWS: Mapping[str, tuple[str, Mapping[Relation, tuple[str, ...]]]] = {
    # Of a school: what lies round it. Of an agency: what it looks after.
    "venue.see": (
        "查看学校周边场所",
        {"own": (ANY_POST,), "below": (ANY_POST,), "linked": WATCHERS, "region": (*TOWNS, "area-director")},
    ),
    "venue.record": ("登记周边场所", {"own": (*CHECKERS, *ANSWERABLE)}),
    "venue.check": ("登记对周边场所的检查", {"own": CHECKERS}),
    "wall.draw": (
        "画学校的围墙",
        {
            "own": ("admin", *ANSWERABLE),
            "below": ("admin", "head", *BUREAU),
            "linked": ("police-liaison",),
            "region": ("town-officer",),
        },
    ),
}


def register_actions() -> None:
    """Called once, when the program starts."""
    for action, (zh, relations) in ROWS.items():
        register(
            action, zh, [Grant(post, relation) for relation, posts in relations.items() for post in posts]
        )
