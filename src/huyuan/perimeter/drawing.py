"""A school's surroundings as a drawing: what lies where on it. No database, no clock.

The ring of so many metres round a wall is the wall itself, drawn with a pen twice as wide: its round joints
are the corners of the ring.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

from huyuan.kernel.datum import Point
from huyuan.perimeter.rules import DEGREE, Ring

WIDTH = 1000
"""Units of the drawing, which is square."""
EDGE = 40
LEAST_SHOWN = 200
"""Metres round the school that are drawn at least."""
SCALES = (20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Circle:
    """A ring: how wide the pen is that draws it, and where its name stands."""

    metres: int
    forbids: bool
    pen: float
    name_x: float
    name_y: float


@dataclass(frozen=True)
class Plan:
    """The drawing. `outline`: the wall, or the gates, as an SVG path; `unit`: units for each metre,
    `middle`: the place in its middle, by which a script finds what lies behind a point; `bar`: how long the
    scale is."""

    outline: str
    closed: bool
    circles: Sequence[Circle]
    unit: float
    middle: Point
    bar: float
    bar_metres: int

    def at(self, point: Point) -> tuple[float, float]:
        """Where a place is on the drawing, north up."""
        squeeze = cos(radians(self.middle.lat))
        return (
            round(WIDTH / 2 + (point.lng - self.middle.lng) * DEGREE * squeeze * self.unit, 1),
            round(WIDTH / 2 - (point.lat - self.middle.lat) * DEGREE * self.unit, 1),
        )

    def shows(self, point: Point) -> bool:
        """Is the place on the paper?"""
        return all(0 <= each <= WIDTH for each in self.at(point))


def planned(points: Sequence[Point], *, closed: bool, rings: Sequence[Ring], shown: int = 0) -> Plan:
    """The drawing of a wall (`closed`) or of single gates, with its rings, out to `shown` metres at least."""
    lats, lngs = [point.lat for point in points], [point.lng for point in points]
    middle = Point((min(lats) + max(lats)) / 2, (min(lngs) + max(lngs)) / 2)
    radii = sorted({(ring.metres, ring.forbids) for ring in rings}, reverse=True)
    far = max([LEAST_SHOWN, shown, *(metres for metres, _ in radii)])
    high = (max(lats) - min(lats)) * DEGREE
    wide = (max(lngs) - min(lngs)) * DEGREE * cos(radians(middle.lat))
    unit = (WIDTH - 2 * EDGE) / (max(high, wide) + 2 * far)
    blank = Plan("", closed, (), unit, middle, 0, 0)
    places = [blank.at(point) for point in points]
    if closed:
        outline = "M" + "L".join(f"{x} {y}" for x, y in places) + "Z"
    else:
        outline = "".join(f"M{x} {y}h0" for x, y in places)
    name_x, top = min(places, key=lambda place: place[1])
    longest = next((long for long in reversed(SCALES) if long * unit <= WIDTH / 4), SCALES[0])
    return Plan(
        outline,
        closed,
        [
            Circle(metres, forbids, round(2 * metres * unit, 1), name_x, round(top - metres * unit, 1))
            for metres, forbids in radii
        ],
        unit,
        middle,
        round(longest * unit, 1),
        longest,
    )
