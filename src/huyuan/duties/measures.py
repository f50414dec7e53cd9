"""Measures that code counts, as step functions over days; other packages register theirs."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from huyuan.orgs.predicates import Source
from huyuan.papers.queries.filing import steps_of


class Counted(NamedTuple):
    """From `from_day` on, so many; until the measure's next step."""

    measure: str
    from_day: date
    value: Decimal


# Measure, or the beginning of the keys of several ("policies."), → where its steps come from.
PROVIDERS: dict[str, Source[Counted]] = {}
# What a measure of a provider is before its first step: mostly none of something, which is known. Where it is
# missing here, that is not known.
BEFORE: dict[str, Decimal] = {}
# The beginning of a count: before anybody was appointed there was nobody.
BEGINNING = date(2000, 1, 1)
NONE = Decimal(0)
GUARDS, PAIRS, POLICIES = "guards.certified", "liaison.pairs", "policies."
STATION = "police-station"
GUARD_POST, GUARD_CERTIFICATE = "guard", "security-guard"


def counted_as(measure: str) -> str | None:
    """Under which key of `PROVIDERS` the measure is counted; None: by nobody."""
    return next(
        (key for key in PROVIDERS if measure == key or (key[-1] == "." and measure.startswith(key))), None
    )


def register(measure: str, source: Source[Counted], *, none: Decimal | None = NONE) -> None:
    """Count `measure` by code, or all whose keys begin with it where it ends with a dot. The source gives
    the steps of a measure by day; `none`: what it is before the first (None: not known)."""
    if counted_as(measure):
        raise ValueError(f"measure {measure!r} is counted twice")
    PROVIDERS[measure] = source
    if none is not None:
        BEFORE[measure] = none


Spans = Sequence[tuple[str, str, str | None]]
"""(who, first day, last day), days as JSON has them."""


def heads(spans: Collection[tuple[str, date, date | None]]) -> Iterator[tuple[date, int]]:
    """(day, how many different people from then on) of (person, first day, last day)."""
    changes = {BEGINNING}
    for _, first, last in spans:
        changes.add(first)
        if last:
            changes.add(last + timedelta(days=1))
    for day in sorted(changes):
        yield day, len({who for who, first, last in spans if first <= day and (last is None or day <= last)})


def headcount(measure: str, spans: Spans) -> Iterator[Counted]:
    """How many different ones there are, each counted once however often it is named."""
    days = [
        (who, date.fromisoformat(first), date.fromisoformat(last) if last else None)
        for who, first, last in spans
    ]
    return (Counted(measure, day, Decimal(count)) for day, count in heads(days))


def policies(versions: Sequence[Sequence[Any]]) -> Iterator[Counted]:
    """Policy files in force, one measure for each kind."""
    kinds: dict[str, list[tuple[date, date | None]]] = {}
    for kind, first, withdrawn in versions:
        kinds.setdefault(kind, []).append(
            (date.fromisoformat(first), date.fromisoformat(withdrawn) if withdrawn else None)
        )
    for kind, mine in kinds.items():
        yield from (Counted(f"{POLICIES}{kind}", day, Decimal(value)) for day, value in steps_of(mine))


# People who hold the post of a guard with a guard's certificate valid that day. Who left counts to the last
# day, a certificate through its `until`.
CERTIFIED_GUARDS = Source(
    f"""
    SELECT json_agg(json_build_array(held.person_id, greatest(held.from_day, held.valid_from),
                                     least(held.until, held.person_left, held.valid_until)))
      FROM duties_fact_certificate AS held
     WHERE held.org_id = org.id AND held.post_kind = '{GUARD_POST}' AND held.kind = '{GUARD_CERTIFICATE}'
    """,
    lambda spans: headcount(GUARDS, spans),
)
# Police stations paired with a school that day.
LIAISON_PAIRS = Source(
    f"""
    SELECT json_agg(json_build_array(pair.agency_id, pair.from_day, pair.until))
      FROM orgs_liaison AS pair JOIN orgs_organisation AS agency ON agency.id = pair.agency_id
     WHERE pair.school_id = org.id AND agency.kind = '{STATION}'
    """,
    lambda spans: headcount(PAIRS, spans),
)
POLICIES_IN_FORCE = Source(
    """
    SELECT json_agg(json_build_array(policy.kind, policy.from_day, policy.withdrawn_on)
                    ORDER BY policy.kind, policy.version)
      FROM duties_fact_policy AS policy WHERE policy.org_id = org.id
    """,
    policies,
)
