"""Who may look at figures, by post and relation: rows of the permission table."""

from collections.abc import Mapping

from huyuan.orgs.permissions import Grant, Relation, register

BUREAU = ("bureau-officer", "bureau-leader")
ANSWERABLE = ("head", "vice-principal-safety", "safety-officer")
PARTNERS = (
    "police-liaison",
    "police-leader",
    "traffic-officer",
    "market-officer",
    "fire-officer",
    "health-officer",
)

# action → what it is called, and who may in which relation
ROWS: Mapping[str, tuple[str, Mapping[Relation, tuple[str, ...]]]] = {
    "compliance.see": (
        "查看这个单位的落实情况",
        {
            # A school's own page, and a central school's teaching points.
            "own": (*ANSWERABLE, *BUREAU, *PARTNERS, "county-leader", "town-officer", "town-leader"),
            "below": (*ANSWERABLE, *BUREAU, "county-leader"),
            "linked": PARTNERS,
            "region": ("town-officer", "town-leader"),
        },
    ),
}


def register_actions() -> None:
    """Called once, when the program starts."""
    for action, (zh, relations) in ROWS.items():
        register(
            action, zh, [Grant(post, relation) for relation, posts in relations.items() for post in posts]
        )
