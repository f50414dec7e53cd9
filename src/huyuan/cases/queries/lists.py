"""Cases as a list that can be narrowed, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL

from huyuan.cases.models import Case, Share
from huyuan.cases.queries.board import Card, cards
from huyuan.cases.queries.standing import seen
from huyuan.cases.rules import OPEN
from huyuan.kernel.days import start_of
from huyuan.kernel.finding import terms
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import scope

PAGE = 50
FOUND = 1000
"""So many of the newest a search in the list looks at."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; empty: everything. `state`: one of them, "open" or "overdue"; `org`: the
    organisation where it lies; `agency`: one that has or had a part; `month`: "2026-10", when it was
    recorded."""

    text: str = ""
    state: str = ""
    category: str = ""
    severity: str = ""
    area: str = ""
    org: UUID | None = None
    town: str = ""
    agency: UUID | None = None
    month: str = ""


def filtered(actor: Actor, kind: str, wanted: Filters, now: datetime) -> QuerySet[Case, Any]:
    """The cases that the actor may see and that fit."""
    rows = seen(actor).filter(kind=kind)
    if wanted.state == "open":
        rows = rows.filter(state__in=OPEN)
    elif wanted.state == "overdue":
        rows = rows.filter(state__in=OPEN, judged_at__lte=now)
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    for name in ("category", "severity", "area"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.org:
        rows = rows.filter(org_id=wanted.org)
    if wanted.town:
        rows = rows.filter(Q(org__region__name=wanted.town) | Q(org__region__parent__name=wanted.town))
    if wanted.agency:
        rows = rows.filter(parts__org_id=wanted.agency).distinct()
    if wanted.month:
        first, after = month_of(wanted.month)
        rows = rows.filter(recorded_at__gte=first, recorded_at__lt=after)
    if asked := terms(wanted.text):
        rows = rows.filter(id__in=found(actor, asked, FOUND).values("id"))
    return rows


def found(actor: Actor, asked: Sequence[str], most: int) -> QuerySet[Case, Any]:
    """The newest `most` cases that the actor may see and in which every term stands; none that is
    confidential."""
    view = scope(actor, "case.see")
    shared = Share.objects.filter(org__in=actor.viewers).values("case_id")
    mine = Case.objects.filter(reporter_org__in=actor.viewers).values("id")
    try:
        arrays = [rows.query.sql_with_params() for rows in (view, shared, mine)]
    except EmptyResultSet:  # whoever holds no post sees nothing
        return Case.objects.none()
    view_sql, shared_sql, mine_sql = (sql for sql, _ in arrays)
    given = [value for _, params in arrays for value in params]
    # An array between, so that the function runs once, whatever the planner thinks of the rest.
    ids = RawSQL(
        f"SELECT unnest(ARRAY(SELECT cases_found(%s, %s, ARRAY({view_sql}),"
        f" ARRAY({shared_sql}) || ARRAY({mine_sql}), %s)))",
        [list(asked), actor.county_id, *given, most],
    )
    return seen(actor).filter(id__in=ids)


def page(actor: Actor, kind: str, wanted: Filters, number: int, now: datetime) -> tuple[list[Card], int]:
    """One page of the list, the newest first, and how many there are; two statements."""
    rows = filtered(actor, kind, wanted, now)
    count = rows.order_by().count()
    first = (number - 1) * PAGE
    return cards(rows.order_by(F("recorded_at").desc(), "-id")[first : first + PAGE], PAGE), count


def month_of(month: str) -> tuple[datetime, datetime]:
    """The first instant of a month, and of the next."""
    first = date.fromisoformat(f"{month}-01")
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return start_of(first), start_of(after)
