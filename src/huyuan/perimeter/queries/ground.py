"""Where a county's ground lies, and where its schools are on file."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Max, Min

from huyuan.kernel.datum import Point
from huyuan.orgs.models import Place
from huyuan.perimeter.rules import COUNTY_EDGE, Box


def county_box(county_id: int) -> Box | None:
    """The box round every place on file in the county, somewhat wider; None where nothing is on file yet.
    One query."""
    found = Place.objects.filter(county_id=county_id, lat__isnull=False).aggregate(
        south=Min("lat"), west=Min("lng"), north=Max("lat"), east=Max("lng")
    )
    if found["south"] is None:
        return None
    return Box(
        found["south"] - COUNTY_EDGE,
        found["west"] - COUNTY_EDGE,
        found["north"] + COUNTY_EDGE,
        found["east"] + COUNTY_EDGE,
    )


def points_of(org_id: UUID) -> Sequence[Point]:
    """Where a school is on file: its gates, else any of its open places."""
    found = [
        (kind, Point(lat, lng))
        for kind, lat, lng in Place.objects.filter(org_id=org_id, closed=None).values_list(
            "kind", "lat", "lng"
        )
        if lat is not None and lng is not None
    ]
    return [point for kind, point in found if kind == "gate"] or [point for _, point in found]
