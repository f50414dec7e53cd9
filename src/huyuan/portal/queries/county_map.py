"""The schools that the actor may see, with where they are and how this month stands; three statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, OuterRef, Q, Subquery, Value, When

from huyuan.duties.rules.aggregate import Share
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Place
from huyuan.orgs.permissions import scope
from huyuan.orgs.vocabulary import school_kinds
from huyuan.portal.queries.organisations import Filters, listed, shares

GATE_FIRST = Case(When(kind="gate", then=Value(0)), default=Value(1))
"""A school is where its gate is; without one, where any of its places is."""


@dataclass(frozen=True)
class Page:
    """Rows of schools (id, name, short_name, kind, town, lat, lng; None: nowhere on file), how they stand,
    and those whose position the actor may set."""

    rows: Sequence[Mapping[str, Any]]
    shares: Mapping[UUID, Share]
    may_locate: frozenset[UUID]


def page(actor: Actor, filters: Filters, now: datetime) -> Page:
    """The schools narrowed by kind and town, by town and name."""
    day = day_of(now)
    point = Place.objects.filter(
        Q(closed=None) | Q(closed__gt=day), org_id=OuterRef("pk"), lat__isnull=False
    ).order_by(GATE_FIRST, "name")
    schools = listed(actor, filters, day).filter(kind__in=school_kinds())
    located = schools.annotate(lat=Subquery(point.values("lat")[:1]), lng=Subquery(point.values("lng")[:1]))
    rows = sorted(
        located.values("id", "name", "short_name", "kind", "town", "lat", "lng"),
        key=lambda row: (row["town"], row["name"]),
    )
    may = scope(actor, "org.alter").filter(org_id__in=[row["id"] for row in rows if row["lat"] is None])
    return Page(
        rows,
        shares(actor, [row["id"] for row in rows], f"{day:%Y-%m}"),
        frozenset(may.values_list("org_id", flat=True)),
    )


def places(org_id: UUID) -> list[Place]:
    """The open places of an organisation, gates first."""
    return list(Place.objects.filter(org_id=org_id, closed=None).order_by(GATE_FIRST, "name"))
