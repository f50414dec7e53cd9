"""Who warns schools of risks, who signs for it, who sees how far it came."""

from huyuan.orgs.grants import BUREAU, HEADS, TOWNS
from huyuan.orgs.permissions import ANY_POST, Grant, register

POLICE = ("police-leader", "police-liaison", "traffic-officer")
#: posts of a school that sign for a risk notice and see to what it asks
ANSWERING = (*HEADS, "safety-officer", "duty-leader")
#: kinds of organisation that warn schools
ISSUERS = ("police-bureau", "police-station", "traffic-police")

GRANTS: tuple[tuple[str, str, tuple[Grant, ...]], ...] = (
    (
        "risk-notice.see",
        "查看风险提示",
        (
            Grant(ANY_POST, "own"),
            *(Grant(post, "below") for post in (*HEADS, "safety-officer", *BUREAU, "county-leader")),
            *(Grant(post, "below") for post in POLICE),
            *(Grant(post, "linked") for post in POLICE),
            *(Grant(post, "region") for post in TOWNS),
        ),
    ),
    ("risk-notice.issue", "发布风险提示", tuple(Grant(post, "own") for post in POLICE)),
    (
        "risk-notice.sign",
        "签收风险提示",
        (*(Grant(post, "own") for post in ANSWERING), *(Grant(post, "below") for post in HEADS)),
    ),
    ("risk-notice.chase", "催签风险提示", tuple(Grant(post, "below") for post in (*HEADS, *BUREAU))),
)


def register_actions() -> None:
    """Called once, when the program starts."""
    for action, zh, grants in GRANTS:
        register(action, zh, grants)
