"""Whose turn it is: what waits for somebody's organisations, and what they wait for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case as Lane
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from huyuan.cases.models import Case, Part
from huyuan.cases.queries.standing import seen
from huyuan.cases.rules import OPEN, OPEN_PART
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import scope

MOST = 30
LANES = {
    "accept": "待接办",
    "work": "待整改",
    "decide": "待交办",
    "meet": "待会商",
    "check": "待复查",
    "others": "等别的单位",
}
"""In the order of the board: what is asked of me first, what I only wait for last."""


@dataclass(frozen=True)
class Card:
    """A case as lists show it. `whose`: the organisations that work on it."""

    id: UUID
    number: str
    kind: str
    org_name: str
    spot: str
    description: str
    category: str
    severity: str
    level: str
    state: str
    due_at: datetime | None
    judged_at: datetime | None
    recorded_at: datetime
    closed_at: datetime | None
    whose: tuple[str, ...]
    lane: str = ""

    def overdue(self, now: datetime) -> bool:
        """Has its deadline passed, with nobody having closed it?"""
        return self.state in OPEN and self.judged_at is not None and self.judged_at <= now


def cards(rows: QuerySet[Case, Any], most: int = MOST) -> list[Card]:
    """The first of these cases, one statement; rows may carry `lane`."""
    names = (
        Part.objects.filter(case=OuterRef("pk"), state__in=OPEN_PART)
        .order_by("-lead", "offered_at")
        .values("org__short_name")
    )
    fields = [one for one in Card.__dataclass_fields__ if one not in ("org_name", "whose", "lane")]
    found = rows.values(
        *fields,
        *(["lane"] if "lane" in rows.query.annotations else []),
        org_name=F("org__short_name"),
        whose=ArraySubquery(names),
    )[:most]
    return [Card(**{**row, "whose": tuple(row["whose"])}) for row in found]


def in_lanes(actor: Actor) -> QuerySet[Any, Any]:
    """The open cases that concern the actor's organisations, each in the lane in which it waits (`LANES`)."""
    handle, oversee = scope(actor, "case.handle"), scope(actor, "case.oversee")
    trusted = scope(actor, "dispute.see")
    mine = Part.objects.filter(case=OuterRef("pk"), org__in=handle)
    given = Part.objects.filter(case=OuterRef("pk"), giver__in=handle, state__in=OPEN_PART)
    my_desk = Q(desk__in=handle, confidential=False) | Q(desk__in=trusted, confidential=True)
    lanes = (
        (Q(Exists(mine.filter(state="offered"))), "accept"),
        (Q(Exists(mine.filter(state="accepted"))), "work"),
        (Q(state="found") & my_desk, "decide"),
        (Q(state="disputed") & my_desk, "meet"),
        (Q(state="fixed") & (my_desk | Q(org__in=oversee, desk__in=handle)), "check"),
        (Q(org__in=handle) | Q(Exists(given)) | Q(reporter_org__in=handle), "others"),
    )
    whichever = Lane(*(When(condition, then=Value(lane)) for condition, lane in lanes), default=Value(""))
    return seen(actor).filter(state__in=OPEN).annotate(lane=whichever).exclude(lane="")


def board(actor: Actor, kind: str) -> tuple[dict[str, list[Card]], Mapping[str, int]]:
    """The first cards of each lane, what is due first, and how many each lane has; two statements."""
    rows = in_lanes(actor).filter(kind=kind)
    counts = dict(rows.order_by().values_list("lane").annotate(count=Count("id")))
    found: dict[str, list[Card]] = {lane: [] for lane in LANES if counts.get(lane)}
    if counts:
        ordered = rows.order_by(F("judged_at").asc(nulls_last=True), "recorded_at", "id")
        for card in cards(ordered, MOST * len(LANES)):
            found[card.lane].append(card)
    return {lane: some[:MOST] for lane, some in found.items()}, counts


def turns(actor: Actor, most: int) -> QuerySet[Any, Any]:
    """The cases of which one of the actor's organisations has the turn, what is due first."""
    rows = in_lanes(actor).exclude(lane="others")
    return rows.order_by(F("judged_at").asc(nulls_last=True), "recorded_at", "id")[:most]
