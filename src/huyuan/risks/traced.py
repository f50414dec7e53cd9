"""How the record names what this package does."""

from huyuan.trace.verbs import register

VERBS = {
    "risk-notice.issue": "发布风险提示",
    "risk-notice.sign": "签收风险提示",
    "risk-notice.measures": "记下防范措施",
    "risk-notice.withdraw": "撤回风险提示",
    "risk-notice.chase": "催签风险提示",
}
OBJECTS = {"risk_notice": "风险提示"}


def register_verbs() -> None:
    """Called once, when the program starts."""
    register("risk", "风险提示、风险清单", VERBS, OBJECTS)
