"""What the list of organisations and the page of one of them show, each in a constant number of queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When

from huyuan.duties import tallies
from huyuan.duties.models import Tally
from huyuan.duties.rules.aggregate import Share
from huyuan.kernel.days import day_of
from huyuan.orgs import queries as orgs
from huyuan.orgs.actor import Actor
from huyuan.orgs.kept import per_county, per_library
from huyuan.orgs.models import Attribute, Bell, Organisation, Place, Region, Word
from huyuan.orgs.permissions import allowed_actions, scope
from huyuan.papers.models import Submission
from huyuan.papers.queries import Kept, policies
from huyuan.registers.queries import ledgers
from huyuan.reports.queries import SEE

ENROLLED = "students.enrolled"
SENT = 6
"""So many of the papers that an organisation handed in stand on its page."""


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed by; empty means all."""

    text: str = ""
    kind: str = ""
    town: str = ""


def listed(actor: Actor, filters: Filters, day: date) -> QuerySet[Organisation, Any]:
    """The organisations that the actor may see and that are open on `day`, by kind, town and name: id, name,
    kind, town, pupils."""
    steps = Attribute.objects.filter(org_id=OuterRef("pk"), key=ENROLLED, from_day__lte=day)
    in_town = When(region__kind="village", then=F("region__parent__name"))
    found = (
        orgs.organisations(actor)
        .filter(Q(closed=None) | Q(closed__gt=day))
        .annotate(
            town=Case(in_town, default=F("region__name")),
            pupils=Subquery(steps.order_by("-from_day").values("number")[:1]),
        )
    )
    if filters.text:
        found = found.filter(Q(name__icontains=filters.text) | Q(short_name__icontains=filters.text))
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.town:
        found = found.filter(town=filters.town)
    return found.order_by("kind", "town", "name").values("id", "name", "kind", "town", "pupils")


@per_county
def towns(county_id: int) -> list[str]:
    """The county's towns, for the filter."""
    rows = Region.objects.filter(county_id=county_id, kind="town")
    return list(rows.order_by("name").values_list("name", flat=True))


def shares(actor: Actor, org_ids: list[UUID], month: str) -> dict[UUID, Share]:
    """How each organisation stands in the month, by the figures of the last minute; one query."""
    rows = Tally.objects.filter(
        county_id=actor.county_id, org_id__in=org_ids, org__in=scope(actor, SEE), month=month
    )
    return by_key(rows.values_list("org_id", "verdict", "cells"))


def by_key(rows: Iterable[tuple[Any, Any, int]]) -> dict[Any, Share]:
    """(key, verdict, count) rows as one share for each key."""
    counts: dict[Any, Counter[Any]] = defaultdict(Counter)
    for key, verdict, count in rows:
        counts[key][verdict] += count
    return {key: Share(found) for key, found in counts.items()}


@dataclass(frozen=True)
class Words:
    """Names of kinds, posts and facts, with the facts' own values."""

    kinds: Mapping[str, str]
    posts: Mapping[str, str]
    facts: Mapping[str, tuple[str, Mapping[str, str]]]


@per_library
def words() -> Words:
    """The three lists in their order."""
    lists: dict[str, dict[str, Any]] = {"orgkind": {}, "post": {}, "fact": {}}
    for row in Word.objects.order_by("list", "place", "key").values("list", "key", "zh", "detail"):
        values = row["detail"].get("values", {})
        lists[row["list"]][row["key"]] = (row["zh"], values) if row["list"] == "fact" else row["zh"]
    return Words(lists["orgkind"], lists["post"], lists["fact"])


@dataclass(frozen=True)
class Page:
    """Everything on the page of one organisation. `posts` is None for whoever may not see people, `kept` and
    `sent` (policies and the newest submissions) for whoever may not see papers."""

    org: Organisation
    facts: Sequence[Mapping[str, Any]]
    posts: list[orgs.HeldPost] | None
    agencies: list[tuple[str, str]]
    places: list[tuple[str, str]]
    bells: Sequence[Mapping[str, Any]]
    themes: dict[str, Share]
    ledgers: list[dict[str, Any]]
    kept: list[Kept] | None
    sees_duties: bool
    may_alter: bool
    sent: Sequence[Submission] | None


def page(actor: Actor, org_id: UUID, now: datetime) -> Page:
    """One organisation; raises Refused `not-found` when it is out of reach."""
    day = day_of(now)
    org = orgs.organisation(actor, org_id)
    may = allowed_actions(actor, org_id, ("people.see", "paper.view", "duty.see", "org.alter"))
    month = f"{day:%Y-%m}"
    mine = scope(actor, SEE).filter(org_id=org_id)
    tallies.refresh(actor.county_id, mine, [month], now)
    figures = Tally.objects.filter(org__in=mine, month=month)
    return Page(
        org=org,
        facts=list(
            Attribute.objects.filter(org_id=org_id, from_day__lte=day)
            .order_by("key", "-from_day")
            .distinct("key")
            .values("key", "text", "number", "from_day")
        ),
        posts=orgs.posts_of(actor, org_id, day) if "people.see" in may else None,
        agencies=list(orgs.liaisons_of(org_id, day).values_list("agency__kind", "agency__name")),
        places=list(
            Place.objects.filter(Q(closed=None) | Q(closed__gt=day), org_id=org_id)
            .order_by("kind", "name")
            .values_list("kind", "name")
        ),
        bells=list(
            Bell.objects.filter(org_id=org_id, from_day__lte=day)
            .order_by("kind", "number", "-from_day")
            .distinct("kind", "number")
            .values("kind", "number", "starts", "ends")
        ),
        themes=by_key(figures.values_list("theme", "verdict", "cells")),
        ledgers=ledgers(actor, org_id),
        sees_duties="duty.see" in may,
        may_alter="org.alter" in may,
        kept=policies(actor, org_id, day) if "paper.view" in may else None,
        sent=list(
            Submission.objects.filter(org_id=org_id).select_related("to").order_by("-received_at")[:SENT]
        )
        if "paper.view" in may
        else None,
    )
