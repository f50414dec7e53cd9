"""Measures that code counts, as step functions over days; other packages register theirs."""

from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import F

from huyuan.orgs.models import Appointment, Liaison
from huyuan.papers.queries import policies_in_force


class Counted(NamedTuple):
    """From `from_day` on, so many; until the next step of the same organisation and measure."""

    org_id: UUID
    measure: str
    from_day: date
    value: Decimal


Provider = Callable[[Collection[UUID]], Iterator[Counted]]
# Measure, or the beginning of the keys of several ("policies."), → who counts them in one query. What has no
# step was never there: none, not missing.
PROVIDERS: dict[str, Provider] = {}
# The beginning of a count: before anybody was appointed there was nobody.
BEGINNING = date(2000, 1, 1)
GUARDS, PAIRS, POLICIES = "guards.certified", "liaison.pairs", "policies."
STATION = "police-station"
GUARD_POST, GUARD_CERTIFICATE = "guard", "security-guard"


def counted_as(measure: str) -> str | None:
    """Under which key of `PROVIDERS` the measure is counted; None: by nobody."""
    return next(
        (key for key in PROVIDERS if measure == key or (key[-1] == "." and measure.startswith(key))), None
    )


def register(measure: str, provider: Provider) -> None:
    """Count `measure` by code, or all whose keys begin with it where it ends with a dot. The provider yields
    steps ordered by organisation and, within a measure, by day."""
    if counted_as(measure):
        raise ValueError(f"measure {measure!r} is counted twice")
    PROVIDERS[measure] = provider


def certified_guards(org_ids: Collection[UUID]) -> Iterator[Counted]:
    """People who hold the post of a guard with a guard's certificate valid that day; each person once.

    One query; who left counts to the last day, a certificate through its `until`.
    """
    spans = (
        Appointment.objects.filter(
            post__org_id__in=org_ids,
            post__kind=GUARD_POST,
            person__certificates__kind=GUARD_CERTIFICATE,
        )
        .order_by("post__org_id")
        .values_list(
            "post__org_id",
            "person_id",
            "from_day",
            "until",
            "person__left",
            F("person__certificates__from_day"),
            F("person__certificates__until"),
        )
    )
    valid: dict[UUID, list[tuple[UUID, date, date | None]]] = {org_id: [] for org_id in sorted(org_ids)}
    for org_id, person, since, until, left, valid_from, valid_until in spans.iterator(chunk_size=2000):
        valid[org_id].append((person, max(since, valid_from), earliest(until, left, valid_until)))
    for org_id, mine in valid.items():
        yield from (Counted(org_id, GUARDS, day, Decimal(count)) for day, count in heads(mine))


def earliest(*days: date | None) -> date | None:
    return min((day for day in days if day), default=None)


def heads(spans: Collection[tuple[UUID, date, date | None]]) -> Iterator[tuple[date, int]]:
    """(day, how many different people from then on) of (person, first day, last day)."""
    changes = {BEGINNING}
    for _, first, last in spans:
        changes.add(first)
        if last:
            changes.add(last + timedelta(days=1))
    for day in sorted(changes):
        yield day, len({who for who, first, last in spans if first <= day and (last is None or day <= last)})


def liaison_pairs(org_ids: Collection[UUID]) -> Iterator[Counted]:
    """Police stations paired with a school that day; one query."""
    rows = (
        Liaison.objects.filter(school_id__in=org_ids, agency__kind=STATION)
        .order_by("school_id")
        .values_list("school_id", "agency_id", "from_day", "until")
    )
    paired: dict[UUID, list[tuple[UUID, date, date | None]]] = {org_id: [] for org_id in sorted(org_ids)}
    for school_id, agency_id, since, until in rows:
        paired[school_id].append((agency_id, since, until))
    for org_id, mine in paired.items():
        yield from (Counted(org_id, PAIRS, day, Decimal(count)) for day, count in heads(mine))


def policies(org_ids: Collection[UUID]) -> Iterator[Counted]:
    """Policy files in force, one measure for each kind; one query."""
    for row in policies_in_force(org_ids):
        yield Counted(row.org_id, f"{POLICIES}{row.kind}", row.from_day, Decimal(row.value))
