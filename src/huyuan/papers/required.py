"""Which kinds of policy an organisation must keep, beside those that a kind of paper asks of a kind of
organisation. Filled in from above (duties)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import date
from uuid import UUID

Source = Callable[[int, Collection[UUID], date], Mapping[UUID, set[str]]]
"""(county, its organisations, day) → the kinds of policy that each must have in force that day."""

SOURCES: list[Source] = []


def required(county_id: int, org_ids: Collection[UUID], day: date) -> Mapping[UUID, set[str]]:
    """The kinds asked for on the day, by organisation; one of which nothing is asked is left out."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for source in SOURCES:
        for org_id, kinds in source(county_id, org_ids, day).items():
            found[org_id] |= kinds
    return found
