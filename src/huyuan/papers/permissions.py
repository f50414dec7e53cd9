"""Who keeps policies, hands papers in, and receives them."""

from huyuan.orgs.grants import BUREAU, HEADS, PARTNERS, TOWNS
from huyuan.orgs.permissions import ANY_POST, Grant, register

#: posts that answer for their organisation's papers
KEEPERS = (*HEADS, "safety-officer", *BUREAU, *PARTNERS, *TOWNS)

GRANTS: tuple[tuple[str, str, tuple[Grant, ...]], ...] = (
    (
        "paper.view",
        "查看制度和报送材料",
        (
            Grant(ANY_POST, "own"),
            *(Grant(post, "below") for post in (*HEADS, "safety-officer", *BUREAU)),
            *(Grant(post, "linked") for post in PARTNERS),
            *(Grant(post, "region") for post in TOWNS),
        ),
    ),
    ("paper.keep", "上传或停用制度文件", tuple(Grant(post, "own") for post in KEEPERS)),
    ("paper.submit", "报送材料", tuple(Grant(post, "own") for post in KEEPERS)),
    (
        "paper.receive",
        "签收或退回报送的材料",
        tuple(Grant(post, "own") for post in (*HEADS, *BUREAU, *PARTNERS, *TOWNS)),
    ),
    (
        "notice.issue",
        "以单位名义发通知",
        tuple(Grant(post, "own") for post in (*HEADS, *BUREAU, *PARTNERS, *TOWNS)),
    ),
    (
        "notice.send",
        "给这个单位发通知",
        (
            *(Grant(post, "below") for post in (*HEADS, *BUREAU)),
            *(Grant(post, "linked") for post in PARTNERS),
            *(Grant(post, "region") for post in TOWNS),
        ),
    ),
    (
        "notice.answer",
        "签收和填报通知",
        (*(Grant(post, "own") for post in KEEPERS), *(Grant(post, "below") for post in HEADS)),
    ),
)


def register_actions() -> None:
    """Called once, when the program starts."""
    for action, zh, grants in GRANTS:
        register(action, zh, grants)
