"""Hazards that an organisation leaves open when it closes (`orgs.unfinished`)."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count

from huyuan.cases.models import Part
from huyuan.cases.queries.standing import seen
from huyuan.cases.rules import OPEN, OPEN_PART, STATES
from huyuan.orgs.actor import Actor
from huyuan.orgs.unfinished import Unfinished


def of_organisation(actor: Actor, org_id: UUID, now: datetime) -> list[Unfinished]:
    """How many of its hazards are open, by state, and how many parts of others' it has; two statements."""
    mine = seen(actor).filter(org_id=org_id, state__in=OPEN, confidential=False)
    counts = mine.order_by("state").values_list("state").annotate(count=Count("id"))
    parts = Part.objects.filter(
        case__in=seen(actor).filter(confidential=False), org_id=org_id, state__in=OPEN_PART
    ).exclude(case__org_id=org_id)
    found = [
        Unfinished(f"{count}处隐患{STATES[state]}", "由上级单位交办给接收单位") for state, count in counts
    ]
    others = parts.count()
    return found + (
        [Unfinished(f"{others}件别的单位交来的整改没有办完", "由交办单位撤回后另行交办")] if others else []
    )
