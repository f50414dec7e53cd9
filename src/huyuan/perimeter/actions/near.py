"""Which venues lie how far from which schools: found anew for what changed, by bounding boxes in the database
and exact distances here."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from huyuan.kernel.copying import insert_rows
from huyuan.kernel.datum import Point
from huyuan.orgs.vocabulary import school_kinds
from huyuan.perimeter.models import Near
from huyuan.perimeter.rules import REACH, Box, Shape, around

# Where every school of the county is measured from: its wall, else its gates, else any of its places.
SHAPES = """
SELECT org.id, wall.corners, points.found
  FROM orgs_organisation AS org
  LEFT JOIN perimeter_wall AS wall ON wall.org_id = org.id AND wall.until IS NULL
  LEFT JOIN LATERAL (
      SELECT coalesce(
          json_agg(json_build_array(place.lat, place.lng)) FILTER (WHERE place.kind = 'gate'),
          json_agg(json_build_array(place.lat, place.lng))) AS found
        FROM orgs_place AS place
       WHERE place.org_id = org.id AND place.lat IS NOT NULL AND place.closed IS NULL
  ) AS points ON wall.id IS NULL
 WHERE org.county_id = %(county)s AND org.closed IS NULL AND org.kind = ANY (%(kinds)s)
   AND (%(orgs)s::uuid[] IS NULL OR org.id = ANY (%(orgs)s::uuid[]))
   AND (wall.id IS NOT NULL OR points.found IS NOT NULL)
"""
# The venues in the box round each school. The order lets every school be done with before the next.
CANDIDATES = """
SELECT box.nth, venue.id, venue.lat, venue.lng
  FROM unnest(%(south)s::float8[], %(west)s::float8[], %(north)s::float8[], %(east)s::float8[])
       WITH ORDINALITY AS box (south, west, north, east, nth)
  JOIN perimeter_venue AS venue
    ON venue.county_id = %(county)s AND venue.closed IS NULL
   AND venue.lat BETWEEN box.south AND box.north AND venue.lng BETWEEN box.west AND box.east
   AND (%(venues)s::uuid[] IS NULL OR venue.id = ANY (%(venues)s::uuid[]))
"""
ROWS_AT_ONCE = 5000
Pair = tuple[UUID, UUID]
"""A venue and a school."""


class Measured(NamedTuple):
    """Metres, and whether they are measured from a wall."""

    metres: int
    by_wall: bool


def refresh(
    county_id: int,
    day: date,
    *,
    venues: Collection[UUID] | None = None,
    orgs: Collection[UUID] | None = None,
) -> int:
    """Bring `Near` up to what is on file, of these venues and schools (None: all); how many steps were
    written. Of two at once the second waits, and sees what the first one wrote. Repeating it changes
    nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('perimeter_near'), %s)", [county_id])
    wanted = dict(measured(county_id, venues, orgs))
    known = Near.objects.filter(county_id=county_id, until=None)
    if venues is not None:
        known = known.filter(venue_id__in=venues)
    if orgs is not None:
        known = known.filter(org_id__in=orgs)
    gone: list[UUID] = []
    for near_id, venue_id, org_id, metres, by_wall in known.values_list(
        "id", "venue_id", "org_id", "metres", "by_wall"
    ).iterator(ROWS_AT_ONCE):
        if wanted.get((venue_id, org_id)) == (metres, by_wall):
            del wanted[venue_id, org_id]
        else:
            gone.append(near_id)
    # A step that has not held for a whole day leaves no trace.
    Near.objects.filter(id__in=gone, from_day__gte=day).delete()
    Near.objects.filter(id__in=gone).update(until=day)
    insert_rows(
        [
            Near(
                county_id=county_id,
                venue_id=venue_id,
                org_id=org_id,
                metres=found.metres,
                by_wall=found.by_wall,
                from_day=day,
            )
            for (venue_id, org_id), found in wanted.items()
        ]
    )
    return len(gone) + len(wanted)


def measured(
    county_id: int, venues: Collection[UUID] | None, orgs: Collection[UUID] | None
) -> Iterator[tuple[Pair, Measured]]:
    """(venue, school) → how far, of everything within `REACH`; two statements, the second streamed."""
    schools = list(shapes(county_id, orgs))
    if not schools:
        return
    boxes = [box for _, _, box in schools]
    asked: dict[str, Any] = {name: [getattr(box, name) for box in boxes] for name in Box._fields}
    asked |= {"county": county_id, "venues": None if venues is None else list(venues)}
    with connection.chunked_cursor() as cursor:
        cursor.execute(CANDIDATES, asked)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            for nth, venue_id, lat, lng in rows:
                org_id, shape, _ = schools[nth - 1]
                metres = shape.metres(Point(lat, lng))
                if metres <= REACH:
                    yield (venue_id, org_id), Measured(int(metres), shape.closed)


def shapes(county_id: int, orgs: Collection[UUID] | None) -> Iterator[tuple[UUID, Shape, Box]]:
    """Every school that is somewhere on file, what it is measured from, and the box within which places are
    looked at."""
    kinds = list(school_kinds().values_list("key", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            SHAPES, {"county": county_id, "kinds": kinds, "orgs": None if orgs is None else list(orgs)}
        )
        rows: Sequence[tuple[UUID, Any, Any]] = cursor.fetchall()
    for org_id, corners, points in rows:
        found = [Point(*one) for one in corners or points]
        yield org_id, Shape(found, closed=corners is not None), around(found)


def close_venues(venue_ids: Collection[UUID], day: date) -> None:
    """These venues are no longer near anything from `day` on."""
    rows = Near.objects.filter(venue_id__in=venue_ids, until=None)
    rows.filter(from_day__gte=day).delete()
    rows.update(until=day)
