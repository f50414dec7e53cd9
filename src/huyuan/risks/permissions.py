"""Who warns schools of risks, who signs for it, who sees how far it came; who keeps risk lists and reads the
warnings."""

from huyuan.orgs.grants import BUREAU, HEADS, PARTNERS, TOWNS
from huyuan.orgs.permissions import ANY_POST, Grant, register

POLICE = ("police-leader", "police-liaison", "traffic-officer")
#: posts of a school that sign for a risk notice and see to what it asks
ANSWERING = (*HEADS, "safety-officer", "duty-leader")
#: posts of the police bureau that keep the regional list together with the education bureau
LISTING = ("police-leader", "police-liaison")
#: kinds of organisation whose risk points are the regional list (S0-P4-036: 教育局、公安局)
REGIONAL = ("education-bureau", "police-bureau")
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
    (
        "risk-point.see",
        "查看风险台账",
        (
            Grant(ANY_POST, "own"),
            *(Grant(post, "below") for post in (*HEADS, "safety-officer", *BUREAU, "county-leader")),
            *(Grant(post, "linked") for post in PARTNERS),
            *(Grant(post, "region") for post in TOWNS),
        ),
    ),
    (
        "risk-point.keep",
        "登记风险点",
        tuple(Grant(post, "own") for post in (*HEADS, "safety-officer", *BUREAU, *LISTING)),
    ),
    (
        "risk-warning.see",
        "查看隐患预警",
        (
            *(Grant(post, "below") for post in (*BUREAU, "county-leader")),
            *(Grant(post, "linked") for post in POLICE),
            *(Grant(post, "region") for post in TOWNS),
        ),
    ),
    (
        "risk-warning.analyse",
        "记下安全风险研判",
        tuple(Grant(post, "own") for post in (*BUREAU, *LISTING)),
    ),
)


def register_actions() -> None:
    """Called once, when the program starts."""
    for action, zh, grants in GRANTS:
        register(action, zh, grants)
