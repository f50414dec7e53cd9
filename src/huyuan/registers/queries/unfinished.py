"""Entries that somebody, or an organisation, leaves unfinished (`orgs.unfinished`)."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q
from django.urls import reverse

from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import scope
from huyuan.orgs.unfinished import Unfinished
from huyuan.registers.models import Entry

MOST = 50
# State → what people read, and what becomes of it when the organisation closes.
WORDS = {
    "draft": ("草稿", "不报送就不算数"),
    "returned": ("被退回、还没有更正", "不更正就不算数"),
    "submitted": ("等待确认", "由上级单位确认或退回"),
}


def of_person(actor: Actor, person_id: UUID, now: datetime) -> list[Unfinished]:
    """Drafts, and what was returned to the person, the newest first."""
    entries = (
        Entry.objects.filter(
            filler_id=person_id, org__in=scope(actor, "entry.view"), state__in=("draft", "returned")
        )
        .exclude(form__spec__personal=True)
        .order_by("-created_at")
        .values("id", "state", title=F("form__title"), org_name=F("org__short_name"))
    )
    return [
        Unfinished(
            f"{row['org_name']}：{row['title']}（{WORDS[row['state']][0]}）",
            url=reverse("registers:entry", args=[row["id"]]) if row["state"] == "returned" else "",
        )
        for row in entries[:MOST]
    ]


def of_organisation(actor: Actor, org_id: UUID, now: datetime) -> list[Unfinished]:
    """How many entries wait for what."""
    confirmed = Q(state="submitted", form__spec__confirmed_by__0__isnull=False)
    counts = (
        Entry.objects.filter(
            Q(state__in=("draft", "returned")) | confirmed,
            org__in=scope(actor, "entry.view").filter(org_id=org_id),
        )
        .order_by("state")
        .values_list("state")
        .annotate(count=Count("id"))
    )
    return [
        Unfinished(f"登记{WORDS[state][0]}：{count} 条", WORDS[state][1])
        for state, count in counts.values_list("state", "count")
    ]
