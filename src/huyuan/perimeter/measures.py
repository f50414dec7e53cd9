"""How far the nearest place of each kind is from a school, as rules read it."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from huyuan.duties.measures import Counted
from huyuan.orgs.predicates import Source
from huyuan.perimeter.queries.kinds import kinds
from huyuan.perimeter.rules import NEAREST, Stretch, nearest


def steps(found: Sequence[Any]) -> Iterator[Counted]:
    """The steps of every kind. A school whose wall nobody drew and round which nobody found anything has
    none: what surrounds it is not known."""
    if not found:
        return
    wall_since, rows = found
    stretches = [
        Stretch(kind, metres, date.fromisoformat(first), date.fromisoformat(until) if until else None)
        for kind, metres, first, until in rows or ()
    ]
    days = [stretch.from_day for stretch in stretches]
    days += [date.fromisoformat(wall_since)] if wall_since else []
    if days:
        for kind, day, metres in nearest(stretches, min(days), kinds()):
            yield Counted(f"{NEAREST}{kind}", day, Decimal(metres))


NEAREST_VENUES = Source(
    """
    SELECT json_build_array(
        (SELECT min(wall.from_day) FROM perimeter_wall AS wall WHERE wall.org_id = org.id),
        (SELECT json_agg(json_build_array(venue.kind, near.metres, near.from_day, near.until))
           FROM perimeter_near AS near JOIN perimeter_venue AS venue ON venue.id = near.venue_id
          WHERE near.org_id = org.id))
    """,
    steps,
)
