"""Children who are cared for: for those who were granted it, and how many there are for those above."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from huyuan.cases.models import Care
from huyuan.cases.schema import CareSpec
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.kept import per_library
from huyuan.orgs.models import Appointment
from huyuan.orgs.permissions import not_found, reached
from huyuan.packs.queries import words
from huyuan.trace import keys

GONE = "（已删除）"


@per_library
def specs() -> list[CareSpec]:
    """What the packs of the library say of care: one of them does."""
    return [CareSpec.model_validate(value) for value in words("care").values()]


def spec() -> CareSpec:
    """How long things are kept, as the pack says."""
    return specs()[0]


def cares(actor: Actor, now: datetime) -> QuerySet[Care]:
    """Those that the actor was granted, for as long as that lasts."""
    granted = Q(grants__person=actor.person_id, grants__until__gte=day_of(now))
    return Care.objects.filter(granted, erased_at=None).order_by("ended_at", "review_on", "number")


def care_seen(actor: Actor, care_id: UUID, now: datetime) -> Care:
    """One of them. Raises Refused `not-found`."""
    care = cares(actor, now).select_related("org").filter(id=care_id).first() if actor.person_id else None
    if care is None:
        raise not_found()
    return care


def plain(care: Care, text: str) -> str:
    """What was noted, readable; what is gone says so."""
    try:
        return keys.decrypt(care.id, text) if text else ""
    except keys.KeyGone:
        return GONE


def staff(org_id: UUID, now: datetime) -> list[tuple[str, str]]:
    """Who could be paired with a child: (person id, name and post) of everybody with a post at the school."""
    today = day_of(now)
    rows = Appointment.objects.filter(
        Q(until=None) | Q(until__gte=today), post__org=org_id, from_day__lte=today
    ).order_by("person__name")
    found = {
        str(key): f"{name}（{post}）"
        for key, name, post in rows.values_list("person_id", "person__name", "post__title")
    }
    return list(found.items())


COUNTED = """
SELECT kind, sum(number)::int FROM cases_care_count WHERE running AND org_id = ANY (%s) GROUP BY 1
"""


@dataclass(frozen=True)
class Some:
    """How many of a kind: a number, or that there are fewer than one may tell."""

    kind: str
    number: int
    least: int

    def __str__(self) -> str:
        return str(self.number) if self.number >= self.least else f"不足{self.least}"


def care_counts(actor: Actor) -> list[Some]:
    """Running ones by kind, of all schools below together; one statement. Small numbers are not told."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [list(reached(actor, "care.count"))])
        return [Some(kind, number, spec().counted_from) for kind, number in cursor.fetchall()]
