"""What the list of organisations and the page of one of them show, each in a constant number of queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import JSONObject

from huyuan.duties import tallies
from huyuan.duties.models import Tally
from huyuan.duties.rules.aggregate import Share
from huyuan.kernel.days import day_of
from huyuan.orgs import queries as orgs
from huyuan.orgs.actor import Actor
from huyuan.orgs.kept import per_county, per_library
from huyuan.orgs.models import Attribute, Bell, Organisation, Place, Region, SchoolClass, Word
from huyuan.orgs.permissions import allowed, allowed_actions, not_found, scope
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
    """What is known of one organisation. `posts` is None for whoever may not see people, `kept` (policies)
    for whoever may not see papers; `months`: month → theme → share."""

    org: Organisation
    facts: Sequence[Mapping[str, Any]]
    posts: list[orgs.HeldPost] | None
    agencies: list[tuple[str, str]]
    places: list[tuple[str, str]]
    bells: Sequence[Mapping[str, Any]]
    classes: Sequence[Mapping[str, Any]]
    months: Mapping[str, Mapping[str, Share]]
    ledgers: list[dict[str, Any]]
    kept: list[Kept] | None
    sees_duties: bool
    may_alter: bool


def page(actor: Actor, org_id: UUID, months: Sequence[str], now: datetime) -> Page:
    """One organisation with its figures of these months; raises Refused `not-found` when it is out of
    reach."""
    day = day_of(now)
    org = _on_file(actor, org_id, day)
    may = allowed_actions(actor, org_id, ("people.see", "paper.view", "duty.see", "org.alter"))
    return Page(
        org=org,
        facts=[{**row, "from_day": date.fromisoformat(row["from_day"])} for row in org.facts],
        posts=orgs.posts_of(actor, org_id, day) if "people.see" in may else None,
        agencies=[(row["kind"], row["name"]) for row in org.agencies],
        places=[(row["kind"], row["name"]) for row in org.standing],
        bells=[
            {
                **row,
                "starts": time.fromisoformat(row["starts"]),
                "ends": row["ends"] and time.fromisoformat(row["ends"]),
            }
            for row in org.times
        ],
        classes=org.taught,
        months=_figures(actor, org_id, months, now),
        ledgers=ledgers(actor, org_id),
        sees_duties="duty.see" in may,
        may_alter="org.alter" in may,
        kept=policies(actor, org_id, day) if "paper.view" in may else None,
    )


def _on_file(actor: Actor, org_id: UUID, day: date) -> Any:
    """The organisation with what holds of it on the day: facts, agencies, places, times, classes; one
    query."""
    if not allowed(actor, "org.see", org_id):
        raise not_found()
    mine = {"org": OuterRef("pk")}
    year = orgs.calendar_of(actor.county_id).school_year_of(day)
    facts = Attribute.objects.filter(from_day__lte=day, **mine).order_by("key", "-from_day").distinct("key")
    bells = Bell.objects.filter(from_day__lte=day, **mine).order_by("kind", "number", "-from_day")
    places = Place.objects.filter(Q(closed=None) | Q(closed__gt=day), **mine).order_by("kind", "name")
    classes = SchoolClass.objects.filter(school_year=year, **mine).order_by("name")
    agencies = orgs.liaisons_of(OuterRef("pk"), day)
    asked = {
        "facts": facts.values(json=JSONObject(key="key", text="text", from_day="from_day")),
        "agencies": agencies.values(json=JSONObject(kind="agency__kind", name="agency__name")),
        "standing": places.values(json=JSONObject(kind="kind", name="name")),
        "times": bells.distinct("kind", "number").values(
            json=JSONObject(kind="kind", starts="starts", ends="ends")
        ),
        "taught": classes.values(json=JSONObject(name="name", pupils="pupils")),
    }
    rows = Organisation.objects.select_related("region", "parent")
    return rows.annotate(**{name: ArraySubquery(rows) for name, rows in asked.items()}).get(id=org_id)


def _figures(
    actor: Actor, org_id: UUID, months: Sequence[str], now: datetime
) -> Mapping[str, Mapping[str, Share]]:
    """Month → theme → share; nothing for whoever may not see duties."""
    mine = scope(actor, SEE).filter(org_id=org_id)
    tallies.refresh(actor.county_id, mine, months, now)
    rows = Tally.objects.filter(org__in=mine, month__in=months)
    shares = by_key(
        ((month, theme), verdict, cells)
        for month, theme, verdict, cells in rows.values_list("month", "theme", "verdict", "cells")
    )
    return {
        month: {theme: share for (found, theme), share in shares.items() if found == month}
        for month in months
    }


def sent(actor: Actor, org_id: UUID) -> Sequence[Submission]:
    """The newest of the papers that an organisation handed in; none for whoever may not see papers."""
    rows = Submission.objects.filter(org_id=org_id, org__in=scope(actor, "paper.view"))
    return list(rows.select_related("to").order_by("-received_at")[:SENT])
