"""Who sees matters, reports them, answers for them, watches over them; who acts for the organisation that got
a part follows from the part (`queries.standing`)."""

from huyuan.orgs.grants import BUREAU, HEADS, PARTNERS, TOWNS
from huyuan.orgs.permissions import ANY_POST, Grant, register

#: posts that answer for their organisation's matters
OFFICES = ("agency-officer", "agency-leader", "area-director")
ANSWERABLE = (*HEADS, "safety-officer", "logistics-officer", *BUREAU, *PARTNERS, *TOWNS, *OFFICES)

#: posts of a school that handle disputes, and of the offices to which it hands them on
CONFIDANTS = (
    *HEADS, "safety-officer", "moral-education-officer", "department-head",
    *PARTNERS, "police-leader", "agency-officer", "agency-leader", "town-officer",
)  # fmt: skip
NOTICING = (
    *HEADS, "safety-officer", "moral-education-officer", "department-head",
    "class-teacher", "counsellor", "mental-health-teacher", "duty-teacher", "staff",
)  # fmt: skip
#: posts that answer what parents and the public report to their school
VOICE_POSTS = (*HEADS, "safety-officer")
#: posts that begin to care for a child; who reads what is noted follows from grants to persons
CARING = (*HEADS, "moral-education-officer", "class-teacher", "counsellor", "mental-health-teacher")

SEEING = (
    *(Grant(post, "below") for post in (*HEADS, "safety-officer", *BUREAU, "county-leader")),
    *(Grant(post, "linked") for post in PARTNERS),
    *(Grant(post, "region") for post in TOWNS),
)

GRANTS: tuple[tuple[str, str, tuple[Grant, ...]], ...] = (
    ("case.see", "查看这些隐患", (Grant(ANY_POST, "own"), *SEEING)),
    ("case.report", "上报这里的隐患", (Grant(ANY_POST, "own"), *SEEING)),
    ("case.handle", "处理本单位的隐患", tuple(Grant(post, "own") for post in ANSWERABLE)),
    ("case.work", "办理交给本单位的整改", (Grant(ANY_POST, "own"),)),
    ("dispute.see", "查看矛盾纠纷", tuple(Grant(post, "own") for post in CONFIDANTS)),
    ("dispute.report", "登记矛盾纠纷", tuple(Grant(post, "own") for post in NOTICING)),
    (
        "dispute.count",
        "查看矛盾纠纷的数量",
        (
            *(Grant(post, "own") for post in CONFIDANTS[:5]),
            *(Grant(post, "below") for post in (*BUREAU, *HEADS, "county-leader")),
            *(Grant(post, "region") for post in TOWNS),
        ),
    ),
    ("care.open", "登记关爱帮教", tuple(Grant(post, "own") for post in CARING)),
    ("care.count", "查看关爱帮教的数量", tuple(Grant(post, "below") for post in BUREAU)),
    ("case.oversee", "交办、督办和复查隐患", tuple(Grant(post, "below") for post in (*BUREAU, *HEADS))),
    (
        "voice.answer",
        "答复家长和群众反映",
        (*(Grant(post, "own") for post in VOICE_POSTS), *(Grant(post, "below") for post in HEADS)),
    ),
    (
        "voice.count",
        "查看家长和群众反映的数量",
        tuple(Grant(post, "below") for post in (*BUREAU, *HEADS, "county-leader")),
    ),
)


def register_actions() -> None:
    """Called once, when the program starts."""
    for action, zh, grants in GRANTS:
        register(action, zh, grants)
