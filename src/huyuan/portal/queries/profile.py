"""What stands in a school's file (一校一档) beside its page: guards with their certificates, classes, the
directives in force, the figures of this month and the one before. A constant number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from huyuan.duties.measures import GUARD_CERTIFICATE
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Appointment, Certificate
from huyuan.packs.models import PackVersion
from huyuan.packs.queries import words
from huyuan.portal.queries import organisations
from huyuan.portal.queries.adoptions import COUNTY_WIDE, listed

GUARDS = "guard"
"""The qualification whose posts are those of guards."""


@dataclass(frozen=True)
class Profile:
    """A school's file. `page`: with the month before and the running one; `guards` is None for whoever may
    not see people."""

    page: organisations.Page
    guards: Sequence[Mapping[str, Any]] | None
    directives: Sequence[PackVersion]


def profile(actor: Actor, org_id: UUID, now: datetime) -> Profile:
    """The file of one organisation; raises Refused `not-found` when it is out of reach."""
    day = day_of(now)
    before = day.replace(day=1) - timedelta(days=1)
    page = organisations.page(actor, org_id, [f"{one:%Y-%m}" for one in (before, day)], now)
    return Profile(page, None if page.posts is None else guards(org_id, day), in_force(actor, org_id, day))


def guards(org_id: UUID, day: date) -> Sequence[Mapping[str, Any]]:
    """Who holds a guard's post today: name, title, since, certificate number and its last day (`certified`
    False: none on file); one query."""
    certificate = Certificate.objects.filter(
        person=OuterRef("person"), kind=GUARD_CERTIFICATE, from_day__lte=day
    ).order_by("-from_day")
    rows = (
        Appointment.objects.filter(
            Q(until=None) | Q(until__gte=day),
            Q(person__left=None) | Q(person__left__gte=day),
            post__org_id=org_id,
            post__kind__in=words("qualified")[GUARDS]["posts"],
            from_day__lte=day,
        )
        .annotate(
            certificate=Subquery(certificate.values("id")[:1]),
            number=Subquery(certificate.values("number")[:1]),
            valid_until=Subquery(certificate.values("until")[:1]),
        )
        .order_by("from_day", "person__name", "id")
    )
    return list(
        rows.values("person__name", "post__title", "from_day", "certificate", "number", "valid_until")
    )


def in_force(actor: Actor, org_id: UUID, day: date) -> list[PackVersion]:
    """The directives that the organisation's duties come from today: adopted for the county, or by itself."""
    return [
        version
        for adoption, version in listed(actor)
        if adoption.go_live <= day and (adoption.until is None or adoption.until >= day)
        if adoption.org_id == org_id or adoption.org.kind in COUNTY_WIDE
    ]
