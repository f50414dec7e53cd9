"""What may be done to duties, by which posts: rows of the permission table."""

from collections.abc import Mapping

from huyuan.orgs.permissions import ANY_POST, Grant, Relation, register

BUREAU = ("bureau-officer", "bureau-leader")
TOWN = ("town-officer", "town-leader")
WATCHERS = (
    "police-liaison",
    "police-leader",
    "traffic-officer",
    "market-officer",
    "fire-officer",
    "health-officer",
)

# action → what it is called, and who may in which relation
ROWS: Mapping[str, tuple[str, Mapping[Relation, tuple[str, ...]]]] = {
    "duty.see": (
        "查看应做的工作和结论",
        {
            "own": (ANY_POST,),
            "below": (ANY_POST,),
            "linked": WATCHERS,
            "region": (*TOWN, "village-officer"),
        },
    ),
    # Whom an adopter binds: its own reach (`actions.adopting`).
    "duty.adopt": (
        "采用方案并约定本地要求",
        {"own": (*BUREAU, "head", *TOWN), "below": ("bureau-officer",)},
    ),
    # Never own: who owes a duty does not excuse it.
    "duty.waive": ("免除应做的工作", {"below": BUREAU}),
    "duty.decide": ("在互相冲突的要求中作出决定", {"own": BUREAU}),
    "duty.extend": ("延长办理期限", {"own": BUREAU, "below": BUREAU}),
    "duty.close": ("结账", {"own": (), "below": ()}),
}


def register_actions() -> None:
    """Called once, when the program starts."""
    for action, (zh, relations) in ROWS.items():
        register(
            action, zh, [Grant(post, relation) for relation, posts in relations.items() for post in posts]
        )
