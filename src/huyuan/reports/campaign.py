"""What a campaign came to, counted from what stands on record: schools surveyed, hazards found and closed,
checks and the people who went. What was voided is not counted; each figure is read anew at every asking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncMonth

from huyuan.cases.models import Part
from huyuan.cases.queries import HAZARD, spec_of
from huyuan.cases.queries.figures import rows_of
from huyuan.duties.models import Adoption, Proof
from huyuan.kernel.days import SHANGHAI, end_of, start_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import scope
from huyuan.packs.models import PackVersion
from huyuan.registers.models import Entry

SEE = "compliance.see"
SURVEY = "perimeter-survey"
CHECKS = ("inspection", "rectification-action")
"""The acts that a report of a campaign counts together as 检查整治."""


@dataclass(frozen=True)
class Hazards:
    """How many became known, and how many of them are gone."""

    found: int
    closed: int

    @property
    def rate(self) -> int | None:
        """The share that is closed in whole percents, cut, so that 100 means all; None: there are none."""
        return self.closed * 100 // self.found if self.found else None


@dataclass(frozen=True)
class Checks:
    """How many checks, and how many people went on them, each time counted (人次)."""

    times: int
    people: int


@dataclass(frozen=True)
class Agency:
    """What one organisation did: checks that it recorded, hazards of which it put right its part."""

    name: str
    checks: Checks
    fixed: int


@dataclass(frozen=True)
class Campaign:
    """The figures of a campaign from its first day up to and including `until`."""

    title: str
    adopter: str
    first: date
    until: date
    schools: int
    hazards: Hazards
    categories: Sequence[tuple[str, str, Hazards]]
    checks: Checks
    months: Sequence[tuple[str, Checks]]
    agencies: Sequence[Agency]


def campaign(actor: Actor, pack_key: str, until: date) -> Campaign:
    """The campaign that the county runs by its newest adoption of this pack: what the actor may see of what
    its organisations recorded on days up to `until`. A hazard belongs to the day on which it became known, a
    check to the day on which it took place. Seven statements. Raises Refused `not-adopted`."""
    adoption = (
        Adoption.objects.filter(county_id=actor.county_id, pack_key=pack_key, from_day__lte=until)
        .select_related("org")
        .order_by("-from_day")
        .first()
    )
    if adoption is None:
        raise Refused(
            "not-adopted",
            f"到{until}还没有单位采用方案 {pack_key}。请核对方案编号和截止日期。",
            pack=pack_key,
        )
    first, end = start_of(adoption.from_day), end_of(min(until, adoption.until or until))
    checks = acts(actor, CHECKS, first, end)
    categories = hazards(actor, first, end)
    whole = checks.aggregate(times=Count("id"), went=Sum("people"))
    return Campaign(
        title=PackVersion.objects.filter(pack__key=pack_key).latest("id").title,
        adopter=adoption.org.name,
        first=adoption.from_day,
        until=until,
        schools=surveyed(acts(actor, (SURVEY,), first, end)),
        hazards=Hazards(sum(one.found for *_, one in categories), sum(one.closed for *_, one in categories)),
        categories=categories,
        checks=Checks(whole["times"], whole["went"] or 0),
        months=by_month(checks),
        agencies=by_agency(actor, checks, first, end),
    )


def acts(actor: Actor, keys: Sequence[str], first: datetime, end: datetime) -> QuerySet[Proof]:
    """The acts of entries that stand, each once: a joint one as that of whose entry it is."""
    keeper = Entry.objects.filter(id=OuterRef("source_id")).values("org_id")
    return (
        Proof.objects.filter(
            county_id=actor.county_id,
            act__in=keys,
            source="entry",
            voided_at=None,
            occurred_at__gte=first,
            occurred_at__lt=end,
            org__in=scope(actor, SEE),
        )
        .annotate(keeper=Subquery(keeper))
        .filter(org_id=F("keeper"))
        .order_by()
    )


def surveyed(surveys: QuerySet[Proof]) -> int:
    """How many schools the surveys name. Only the entry says which school it was about."""
    entries = Entry.objects.filter(id__in=surveys.values("source_id"))
    found = entries.aggregate(schools=Count("body__school", distinct=True))
    schools: int = found["schools"]
    return schools


def hazards(actor: Actor, first: datetime, end: datetime) -> list[tuple[str, str, Hazards]]:
    """(key, words, counts) of each category of which there are any, in the order of the vocabulary."""
    rows = (
        rows_of(actor, HAZARD, first, end)
        .order_by()
        .values_list("category")
        .annotate(found=Count("id"), gone=Count("id", filter=Q(state="closed", closed_at__lt=end)))
    )
    counted = {category: Hazards(found, gone) for category, found, gone in rows}
    return [
        (category.key, category.zh, counted[category.key])
        for category in spec_of(HAZARD).categories
        if category.key in counted
    ]


def by_month(checks: QuerySet[Proof]) -> list[tuple[str, Checks]]:
    """2019-04 → its checks, in the order of time."""
    rows = (
        checks.annotate(month=TruncMonth("occurred_at", tzinfo=SHANGHAI))
        .values_list("month")
        .annotate(times=Count("id"), went=Sum("people"))
        .order_by("month")
    )
    return [(f"{month:%Y-%m}", Checks(times, went or 0)) for month, times, went in rows]


def by_agency(actor: Actor, checks: QuerySet[Proof], first: datetime, end: datetime) -> list[Agency]:
    """The organisations that checked or put something right, those that checked most first."""
    went: dict[UUID, Checks] = {
        org_id: Checks(times, people or 0)
        for org_id, times, people in checks.values_list("org_id").annotate(Count("id"), Sum("people"))
    }
    fixed: dict[UUID, int] = dict(
        Part.objects.filter(
            case__in=rows_of(actor, HAZARD, first, end).order_by().values("id"),
            state="done",
            done_at__lt=end,
        )
        .order_by()
        .values_list("org_id")
        .annotate(Count("case", distinct=True))
    )
    names = Organisation.objects.filter(id__in=[*went, *fixed]).values_list("id", "name")
    lines = [Agency(name, went.get(org_id, Checks(0, 0)), fixed.get(org_id, 0)) for org_id, name in names]
    return sorted(lines, key=lambda one: (-one.checks.times, -one.fixed, one.name))
