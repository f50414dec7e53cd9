"""Points on the ground: what Chinese web maps call a place and what a satellite receiver calls it.

Maps published in China are shifted (GCJ-02) by some hundred metres against WGS-84, differently from place to
place; outside the country they agree.
"""

from math import cos, pi, sin, sqrt
from typing import Literal, NamedTuple

Datum = Literal["WGS84", "GCJ02", "CGCS2000"]

# The ellipsoid on which the shift is defined (Krasovsky 1940).
AXIS, ECCENTRICITY = 6378245.0, 0.00669342162296594323
LAT, LNG = (0.8293, 55.8271), (72.004, 137.8347)
"""Between these the maps are shifted."""


class Point(NamedTuple):
    """Degrees north and east."""

    lat: float
    lng: float


def wgs84(lat: float, lng: float, datum: Datum) -> Point:
    """The point as a satellite receiver gives it, to less than a metre; CGCS2000 differs by centimetres."""
    if datum != "GCJ02":
        return Point(lat, lng)
    found = Point(lat, lng)
    for _ in range(5):
        shifted = gcj02(*found)
        found = Point(found.lat + lat - shifted.lat, found.lng + lng - shifted.lng)
    return found


def gcj02(lat: float, lng: float) -> Point:
    """The point as Chinese web maps show it."""
    if not (LAT[0] <= lat <= LAT[1] and LNG[0] <= lng <= LNG[1]):
        return Point(lat, lng)
    x, y = lng - 105, lat - 35
    common = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    radians = lat / 180 * pi
    flattened = 1 - ECCENTRICITY * sin(radians) ** 2
    return Point(
        lat + north * 180 / (AXIS * (1 - ECCENTRICITY) / (flattened * sqrt(flattened)) * pi),
        lng + east * 180 / (AXIS / sqrt(flattened) * cos(radians) * pi),
    )


def metres(one: Point, other: Point) -> float:
    """How far apart two points of a county are, on a plane."""
    degree = AXIS * pi / 180
    east = (one.lng - other.lng) * cos((one.lat + other.lat) / 360 * pi)
    return sqrt((one.lat - other.lat) ** 2 + east**2) * degree
