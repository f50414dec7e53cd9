"""Every write of papers: policies and submissions (`filing`), ad-hoc notices (`notices`)."""

from huyuan.papers.actions.filing import (
    Upload,
    acknowledge,
    policy_put,
    policy_withdraw,
    send_back,
    submit_collected,
    submit_file,
)
from huyuan.papers.actions.notices import (
    notice_answer,
    notice_close,
    notice_draft,
    notice_extend,
    notice_issue,
    notice_read,
    notice_remind,
    notice_return,
    remind_due,
)

__all__ = [
    "Upload",
    "acknowledge",
    "notice_answer",
    "notice_close",
    "notice_draft",
    "notice_extend",
    "notice_issue",
    "notice_read",
    "notice_remind",
    "notice_return",
    "policy_put",
    "policy_withdraw",
    "remind_due",
    "send_back",
    "submit_collected",
    "submit_file",
]
