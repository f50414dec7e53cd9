"""Hazards in figures: how many, of what, whose, how fast, and which way they went between organisations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, When
from django.db.models import Case as Which
from django.db.models.functions import TruncMonth

from huyuan.cases.models import Case, Part
from huyuan.cases.queries.standing import seen
from huyuan.cases.rules import OPEN
from huyuan.kernel.days import SHANGHAI
from huyuan.orgs.actor import Actor

MOST = 30
TOOK = ExpressionWrapper(F("closed_at") - F("recorded_at"), output_field=DurationField())
TOWN = Which(When(org__region__kind="village", then="org__region__parent__name"), default="org__region__name")


@dataclass(frozen=True)
class Figures:
    """Some cases counted. `days`: from being known to being closed, on average, of the closed ones."""

    found: int
    closed: int
    open: int
    overdue: int
    reopened: int
    days: float | None

    @property
    def rate(self) -> str:
        """The share that is closed, cut to whole percents, so that 100% means all."""
        return f"{self.closed * 100 // self.found}%" if self.found else "—"


def counts(now: datetime) -> dict[str, Any]:
    """What is counted of a group of cases."""
    return {
        "found": Count("id"),
        "closed": Count("id", filter=Q(state="closed")),
        "open": Count("id", filter=Q(state__in=OPEN)),
        "overdue": Count("id", filter=Q(state__in=OPEN, judged_at__lte=now)),
        "reopened": Count("id", filter=Q(reopened__gt=0)),
        "took": Avg(TOOK, filter=Q(state="closed")),
    }


def figures(row: Mapping[str, Any]) -> Figures:
    """The counts of a row."""
    took: timedelta | None = row["took"]
    return Figures(
        row["found"],
        row["closed"],
        row["open"],
        row["overdue"],
        row["reopened"],
        round(took / timedelta(days=1), 1) if took is not None else None,
    )


def rows_of(
    actor: Actor, kind: str, first: datetime | None = None, until: datetime | None = None
) -> QuerySet[Case, Any]:
    """The cases that figures speak of: those that became known in the span, without voided ones."""
    rows = seen(actor).filter(kind=kind).exclude(state="void")
    if first:
        rows = rows.filter(recorded_at__gte=first)
    return rows.filter(recorded_at__lt=until) if until else rows


def whole(rows: QuerySet[Case, Any], now: datetime) -> Figures:
    """All of them together; one statement."""
    return figures(rows.order_by().aggregate(**counts(now)))


def grouped(rows: QuerySet[Case, Any], by: str, now: datetime) -> list[tuple[Any, Figures]]:
    """By category, severity, town, school (`org`: (id, name)) or month (a date), the most first; one
    statement."""
    keys: Mapping[str, Sequence[str]] = {
        "org": ("org_id", "org__short_name"),
        "town": ("town",),
        "month": ("month",),
    }
    named = keys.get(by, (by,))
    rows = rows.annotate(town=TOWN, month=TruncMonth("recorded_at", tzinfo=SHANGHAI))
    found = rows.order_by().values(*named).annotate(**counts(now)).order_by("-found", *named)[:MOST]
    return [
        (tuple(row[name] for name in named) if len(named) > 1 else row[named[0]], figures(row))
        for row in found
    ]


@dataclass(frozen=True)
class Flow:
    """How many parts went from one organisation to another, and what became of them."""

    giver: str
    receiver: str
    receiver_id: UUID
    given: int
    done: int
    returned: int
    open: int


def flows(rows: QuerySet[Case, Any]) -> list[Flow]:
    """Between organisations, the busiest first; what an organisation keeps for itself is no flow. Kinds of
    organisation stand for givers, of which there are many. One statement."""
    found = (
        Part.objects.filter(case__in=rows.order_by().values("id"))
        .exclude(org=F("giver"))
        .order_by()
        .values("giver__short_name", "org__short_name", "org_id")
        .annotate(
            given=Count("id"),
            done=Count("id", filter=Q(state="done")),
            returned=Count("id", filter=Q(state__in=("returned", "reassigned", "passed"))),
            open=Count("id", filter=Q(state__in=("offered", "accepted"))),
        )
        .order_by("-given", "giver__short_name", "org__short_name")[:MOST]
    )
    return [
        Flow(
            row["giver__short_name"], row["org__short_name"], row["org_id"],
            row["given"], row["done"], row["returned"], row["open"],
        )
        for row in found
    ]  # fmt: skip
