"""Every write of this package."""

from huyuan.risks.actions.notices import (
    risk_notice_chase,
    risk_notice_issue,
    risk_notice_measures,
    risk_notice_sign,
    risk_notice_withdraw,
)

__all__ = [
    "risk_notice_chase",
    "risk_notice_issue",
    "risk_notice_measures",
    "risk_notice_sign",
    "risk_notice_withdraw",
]
