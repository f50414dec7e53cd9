"""The rings that the county's adopted rules draw round its schools."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from huyuan.duties.queries.adopted import bindings_of
from huyuan.perimeter.models import Near
from huyuan.perimeter.rules import Ring, rings_of


def rings(county_id: int, day: date) -> list[Ring]:
    """Every ring in force in the county on the day, the wider first; kept as the adoptions are."""
    return rings_of(bindings_of(county_id, day, day), day)


class Neighbour(NamedTuple):
    """A school near a venue."""

    org_id: UUID
    name: str
    kind: str
    metres: int
    by_wall: bool


def neighbours(venue_id: UUID) -> Sequence[Neighbour]:
    """The schools round a venue, the nearest first; one query."""
    rows = Near.objects.filter(venue_id=venue_id, until=None).order_by("metres", "org__name")
    return [
        Neighbour(*row) for row in rows.values_list("org_id", "org__name", "org__kind", "metres", "by_wall")
    ]


def concerned(found: Sequence[Neighbour], kind: str, drawn: Sequence[Ring]) -> list[Neighbour]:
    """Those of the schools for which a venue of this kind lies within a ring in force."""
    return [
        one
        for one in found
        if any(ring.counts_for(one.org_id, one.kind) and ring.takes(kind, one.metres) for ring in drawn)
    ]
