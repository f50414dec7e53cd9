"""How the record names what this package does."""

from huyuan.trace.verbs import register

VERBS = {
    "policy.put": "存入制度文件",
    "policy.withdraw": "停用制度文件",
    "paper.submit": "报送材料",
    "paper.acknowledge": "签收材料",
    "paper.return": "退回材料",
    "notice.issue": "发通知",
    "notice.answer": "填报通知",
    "notice.return": "退回填报",
    "notice.remind": "催办",
    "notice.extend": "通知延期",
    "notice.close": "办结通知",
}
OBJECTS = {"policy": "制度文件", "submission": "报送", "notice": "通知", "notice_answer": "通知的填报"}


def register_verbs() -> None:
    """Called once, when the program starts."""
    register("paper", "制度、报送、通知", VERBS, OBJECTS)
