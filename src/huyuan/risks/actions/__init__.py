"""Every write of this package."""

from huyuan.risks.actions.notices import (
    risk_notice_chase,
    risk_notice_issue,
    risk_notice_measures,
    risk_notice_sign,
    risk_notice_withdraw,
)
from huyuan.risks.actions.points import (
    risk_list_review,
    risk_point_add,
    risk_point_adopt,
    risk_point_correct,
    risk_point_remove,
    risk_point_review,
)
from huyuan.risks.actions.warnings import risk_analyse

__all__ = [
    "risk_analyse",
    "risk_list_review",
    "risk_notice_chase",
    "risk_notice_issue",
    "risk_notice_measures",
    "risk_notice_sign",
    "risk_notice_withdraw",
    "risk_point_add",
    "risk_point_adopt",
    "risk_point_correct",
    "risk_point_remove",
    "risk_point_review",
]
