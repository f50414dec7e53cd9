"""How the record names what this package does."""

from huyuan.trace.verbs import register

VERBS = {
    "risk-notice.issue": "发布风险提示",
    "risk-notice.sign": "签收风险提示",
    "risk-notice.measures": "记下防范措施",
    "risk-notice.withdraw": "撤回风险提示",
    "risk-notice.chase": "催签风险提示",
    "risk-point.add": "登记风险点",
    "risk-point.adopt": "采用区域清单的风险点",
    "risk-point.correct": "更正风险点",
    "risk-point.review": "复查风险点",
    "risk-point.remove": "销去风险点",
    "risk-list.review": "梳理风险清单",
    "risk-warning.analyse": "记下安全风险研判",
}
OBJECTS = {
    "risk_notice": "风险提示",
    "risk_point": "风险点",
    "risk_round": "风险清单梳理",
    "risk_analysis": "安全风险研判",
}


def register_verbs() -> None:
    """Called once, when the program starts."""
    register("risk", "风险提示、风险清单", VERBS, OBJECTS)
