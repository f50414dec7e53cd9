"""Notices that an organisation has not answered (`orgs.unfinished`)."""

from datetime import datetime
from uuid import UUID

from huyuan.kernel.days import zh_deadline
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import allowed
from huyuan.orgs.unfinished import Unfinished
from huyuan.papers.models import NoticeRecipient

MOST = 50


def of_organisation(actor: Actor, org_id: UUID, now: datetime) -> list[Unfinished]:
    """Each that still waits, the most urgent first."""
    if not allowed(actor, "paper.view", org_id):
        return []
    waiting = (
        NoticeRecipient.objects.filter(org_id=org_id, answered_at=None, notice__state="issued")
        .select_related("notice")
        .order_by("notice__due_at")[:MOST]
    )
    return [
        Unfinished(
            f"通知“{one.notice.title}”还没有答复（{zh_deadline(one.notice.due_at, now)}）",
            "由发通知的单位办结，或重新发给接收的单位",
        )
        for one in waiting
    ]
