"""What stands in a school's file (一校一档) beside its page: guards with their certificates, classes, the
directives in force, the figures of this month and the one before. A constant number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from huyuan.duties import tallies
from huyuan.duties.measures import GUARD_CERTIFICATE
from huyuan.duties.models import Tally
from huyuan.duties.rules.aggregate import Share
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Appointment, Certificate, SchoolClass
from huyuan.orgs.permissions import scope
from huyuan.orgs.queries import calendar_of
from huyuan.packs.models import PackVersion
from huyuan.packs.queries import words
from huyuan.portal.queries import organisations
from huyuan.portal.queries.adoptions import COUNTY_WIDE, listed
from huyuan.portal.queries.organisations import by_key
from huyuan.reports.queries import SEE

GUARDS = "guard"
"""The qualification whose posts are those of guards."""


@dataclass(frozen=True)
class Profile:
    """A school's file. `guards` is None for whoever may not see people; `months`: month → theme → share, the
    running month last."""

    page: organisations.Page
    guards: Sequence[Mapping[str, Any]] | None
    classes: Sequence[SchoolClass]
    directives: Sequence[PackVersion]
    months: Mapping[str, Mapping[str, Share]]


def profile(actor: Actor, org_id: UUID, now: datetime) -> Profile:
    """The file of one organisation; raises Refused `not-found` when it is out of reach."""
    page = organisations.page(actor, org_id, now)
    day = day_of(now)
    year = calendar_of(actor.county_id).school_year_of(day)
    return Profile(
        page,
        None if page.posts is None else guards(org_id, day),
        list(SchoolClass.objects.filter(org_id=org_id, school_year=year).order_by("name")),
        in_force(actor, org_id, day),
        _months(actor, org_id, day, now),
    )


def guards(org_id: UUID, day: date) -> Sequence[Mapping[str, Any]]:
    """Who holds a guard's post today: name, title, since, certificate number and its last day (`certified`
    False: none on file); two queries."""
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


def _months(actor: Actor, org_id: UUID, day: date, now: datetime) -> dict[str, dict[str, Share]]:
    """The figures of the month before and of the running one; nothing for whoever may not see them."""
    before = day.replace(day=1) - timedelta(days=1)
    months = [f"{one:%Y-%m}" for one in (before, day)]
    mine = scope(actor, SEE).filter(org_id=org_id)
    tallies.refresh(actor.county_id, mine, months, now)
    rows = Tally.objects.filter(org__in=mine, month__in=months)
    found: dict[str, dict[str, Share]] = {month: {} for month in months}
    shares = by_key(
        ((month, theme), verdict, cells)
        for month, theme, verdict, cells in rows.values_list("month", "theme", "verdict", "cells")
    )
    for (month, theme), share in shares.items():
        found[month][theme] = share
    return found
