"""Walls, how far a place is outside one, and the rings that adopted rules draw: no database, no clock.

Distances are whole metres, cut, on a plane laid through the school: over a few kilometres the earth's
curvature is centimetres.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, hypot, pi, radians
from typing import Any, NamedTuple, get_args
from uuid import UUID

from huyuan.duties.rules.binding import Binding
from huyuan.duties.schema import DoRule, HaveRule
from huyuan.kernel.datum import AXIS, Datum, Point, wgs84
from huyuan.kernel.errors import Refused

REACH = 1000
"""Metres round a school within which places are looked at; what lies further counts as this far."""
LEAST_CORNERS, MOST_CORNERS = 3, 200
LEAST_AREA = 20.0
"""Square metres: less is a line, not a piece of ground."""
ASKED_ABOUT = 200
"""Metres between a wall and where its school is on file from which on the drawer is asked: a map read in the
wrong datum is further off than that."""
COUNTY_EDGE = 0.2
"""Degrees by which a county's ground may go beyond the places on file in it."""
DEGREE = AXIS * pi / 180
NEAREST = "venues.nearest."
"""Measures: metres to the nearest place of the kind whose key follows."""
CHECK = "venue-check"
"""The act that is a check of one place."""
WITHIN = "within"
"""Its qualifier that says within how many metres of a school the place lies."""
Corners = Sequence[Point]


class Box(NamedTuple):
    """Degrees: everything between them."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, point: Point) -> bool:
        return self.south <= point.lat <= self.north and self.west <= point.lng <= self.east


def box_of(points: Iterable[Point], lat: float, lng: float) -> Box:
    """The box round some points, wider by so many degrees."""
    given = list(points)
    lats, lngs = [point.lat for point in given], [point.lng for point in given]
    return Box(min(lats) - lat, min(lngs) - lng, max(lats) + lat, max(lngs) + lng)


def around(points: Corners, metres: int = REACH) -> Box:
    """The box that holds everything within so many metres of the points (or of what they enclose)."""
    return box_of(points, metres / DEGREE, metres / DEGREE / cos(radians(points[0].lat)))


# ---- shapes ----------------------------------------------------------------------------------------------
Flat = tuple[float, float]


class Shape:
    """What distances are measured from: a wall, or single points where there is none (`closed` false)."""

    __slots__ = ("closed", "edges", "middle", "points", "squeeze")

    def __init__(self, points: Corners, *, closed: bool) -> None:
        self.middle = Point(
            sum(one.lat for one in points) / len(points), sum(one.lng for one in points) / len(points)
        )
        self.squeeze = cos(radians(self.middle.lat))
        self.closed = closed
        self.points = [self.flat(point) for point in points]
        self.edges = list(zip(self.points, [*self.points[1:], self.points[0]], strict=True)) if closed else []

    def flat(self, point: Point) -> Flat:
        """Metres east and north of the middle."""
        return (
            (point.lng - self.middle.lng) * DEGREE * self.squeeze,
            (point.lat - self.middle.lat) * DEGREE,
        )

    def metres(self, point: Point) -> float:
        """How far the point is outside; 0 within the wall or on it."""
        x, y = self.flat(point)
        if not self.closed:
            return min(hypot(x - px, y - py) for px, py in self.points)
        inside, least = False, float("inf")
        for (ax, ay), (bx, by) in self.edges:
            dx, dy = bx - ax, by - ay
            if (ay > y) != (by > y) and x < ax + (y - ay) / dy * dx:
                inside = not inside
            along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)
            along = 0.0 if along < 0 else 1.0 if along > 1 else along
            away = (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2
            if away < least:
                least = away
        return 0.0 if inside else least**0.5

    def area(self) -> float:
        """Square metres within the wall."""
        return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in self.edges)) / 2


def crossing(edges: Sequence[tuple[Flat, Flat]]) -> tuple[int, int] | None:
    """The first two sides that meet elsewhere than at the corner between them, counted from 1."""
    for first, one in enumerate(edges):
        for second in range(first + 1, len(edges)):
            other = edges[second]
            if second == first + 1 or (first == 0 and second == len(edges) - 1):
                if _folds_back(one, other) or _folds_back(other, one):
                    return first + 1, second + 1
            elif _meet(one, other):
                return first + 1, second + 1
    return None


def _turn(a: Flat, b: Flat, c: Flat) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _between(a: Flat, b: Flat, c: Flat) -> bool:
    """Is c, which lies on the line through a and b, between them?"""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _meet(one: tuple[Flat, Flat], other: tuple[Flat, Flat]) -> bool:
    (a, b), (c, d) = one, other
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(turn == 0 and _between(*end) for turn, end in zip(turns, ends, strict=True))


def _folds_back(one: tuple[Flat, Flat], other: tuple[Flat, Flat]) -> bool:
    """Does the next side run back over this one?"""
    (a, b), (c, d) = one, other
    if b != c:
        return False
    return _turn(a, b, d) == 0 and (b[0] - a[0]) * (d[0] - c[0]) + (b[1] - a[1]) * (d[1] - c[1]) < 0


# ---- points as people write them ------------------------------------------------------------------------
NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
LINES = re.compile(r"[\n;；]")


def points_in(text: str) -> list[Point]:
    """The points of a text: GeoJSON (the first polygon in it), or one point in a line, latitude and longitude
    in either order: no latitude goes beyond 90 degrees, and east of the 90th meridian the two can't be
    mistaken. Raises Refused `invalid-points` with the line."""
    if text.lstrip().startswith(("{", "[")):
        return _of_geojson(text)
    found: list[Point] = []
    for number, line in enumerate(LINES.split(text), start=1):
        if not line.strip():
            continue
        numbers = [float(each) for each in NUMBERS.findall(line)]
        if len(numbers) != 2 or not _on_earth(*numbers):
            if not found and not numbers:
                continue  # a line of headings
            raise Refused(
                "invalid-points",
                f"第{number}行读不懂：“{line.strip()[:40]}”。每行写一个角的纬度、经度，如 42.90, 119.10。",
                line=number,
            )
        first, second = numbers
        found.append(Point(second, first) if abs(first) > 90 else Point(first, second))
    return found


def _on_earth(one: float, other: float) -> bool:
    return min(abs(one), abs(other)) <= 90 and max(abs(one), abs(other)) <= 180


def _of_geojson(text: str) -> list[Point]:
    try:
        ring = _first_ring(json.loads(text))
        found = [Point(float(lat), float(lng)) for lng, lat, *_ in ring or ()]
    except (ValueError, TypeError, RecursionError):
        found = []
    if not found or not all(_on_earth(*point) for point in found):
        raise Refused("invalid-points", "这份 GeoJSON 里没有找到围墙。请导出一个面（Polygon），再重新上传。")
    return found


def _first_ring(value: object) -> list[Any] | None:
    """The outer ring of the first polygon in a GeoJSON value."""
    if not isinstance(value, dict):
        return None
    coordinates = value.get("coordinates")
    match value.get("type"):
        case "Polygon" if isinstance(coordinates, list) and coordinates:
            return list(coordinates[0])
        case "MultiPolygon" if isinstance(coordinates, list) and coordinates:
            return list(coordinates[0][0])
    parts = value.get("features") or value.get("geometries") or [value.get("geometry")]
    return next((ring for part in parts if (ring := _first_ring(part))), None)


# ---- a wall as it is drawn -------------------------------------------------------------------------------
def corners_of(points: Sequence[Point]) -> list[Point]:
    """The corners, each once: the same point twice in a row is one, and so is the last that closes the
    ring."""
    found: list[Point] = []
    for point in points:
        if not found or point != found[-1]:
            found.append(point)
    if len(found) > 1 and found[0] == found[-1]:
        found.pop()
    return found


def check_wall(
    given: Sequence[Point], datum: Datum, known: Corners, county: Box | None, *, confirmed: bool
) -> list[Point]:
    """The wall in WGS-84, from corners as they were given in `datum`.

    `known`: where the school is on file; `county`: the box of the county's ground (None: nothing is on file
    in it). Raises Refused `invalid-wall` (too few corners, no area, a side that crosses another, outside the
    county) and, unless `confirmed`, `unconfirmed-wall` where it is more than `ASKED_ABOUT` metres from the
    school's place (`metres`, and `better`: the datum in which it would fit).
    """
    corners = corners_of([wgs84(point.lat, point.lng, datum) for point in given])
    corners = [Point(round(point.lat, 7), round(point.lng, 7)) for point in corners]
    if len(corners) < LEAST_CORNERS:
        raise Refused("invalid-wall", "围墙至少要有3个不同的角。请沿着围墙把每个拐角都点上。")
    if len(corners) > MOST_CORNERS:
        raise Refused("invalid-wall", f"围墙最多记{MOST_CORNERS}个角。请只点拐弯的地方。")
    if county is not None and not all(county.holds(point) for point in corners):
        raise Refused(
            "invalid-wall", "围墙画到县外去了。请核对经纬度有没有填反、坐标来源选得对不对，再重新填写。"
        )
    shape = Shape(corners, closed=True)
    crossed = crossing(shape.edges)
    if crossed:
        raise Refused(
            "invalid-wall",
            f"围墙的第{crossed[0]}条边和第{crossed[1]}条边交叉了。请沿着围墙走一圈，按顺序点每个角。",
            sides=list(crossed),
        )
    if shape.area() < LEAST_AREA:
        raise Refused("invalid-wall", "这些角几乎在一条线上，围不成校园。请把每个拐角都点上。")
    away = off(corners, known)
    if away > ASKED_ABOUT and not confirmed:
        better = [
            other
            for other in get_args(Datum)
            if off([wgs84(point.lat, point.lng, other) for point in given], known) <= ASKED_ABOUT
        ]
        raise Refused(
            "unconfirmed-wall",
            f"画的围墙离学校登记的位置约{away}米，没有保存。"
            + ("坐标来源多半选错了，请换一个再保存。" if better else "请核对坐标来源和经纬度。")
            + "确实没错的，勾选“位置核对过了”再保存。",
            metres=away,
            better=better[0] if better else "",
        )
    return corners


def off(corners: Corners, known: Corners) -> int:
    """How many metres the wall is from where the school is on file, by the nearest point; 0 where it is
    nowhere."""
    shape = Shape(corners, closed=True)
    return min((int(shape.metres(point)) for point in known), default=0)


# ---- rings -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ring:
    """What an adopted rule says of places round schools: none of these `kinds` (empty: of any kind) nearer
    than `metres` (`forbids`), or those within them are to be checked. It counts for the kinds of school in
    `schools` (empty: every one), among `orgs` (None: everybody)."""

    kinds: frozenset[str]
    metres: int
    forbids: bool
    schools: frozenset[str]
    orgs: frozenset[UUID] | None
    pack: str
    rule: str
    title: str
    cite: str
    clause: str

    def counts_for(self, org_id: UUID, org_kind: str) -> bool:
        """Is it in force for this school?"""
        return (not self.schools or org_kind in self.schools) and (self.orgs is None or org_id in self.orgs)

    def takes(self, kind: str, metres: int) -> bool:
        """Is a place of this kind, so far away, one that the ring is about? A ban of 200 m ends at 200 m."""
        if self.kinds and kind not in self.kinds:
            return False
        return metres < self.metres if self.forbids else metres <= self.metres


def rings_of(bindings: Iterable[Binding], day: date) -> list[Ring]:
    """The rings in force on the day, the wider first. A radius that the text leaves to the adopter and nobody
    has given yet draws none."""
    found: list[Ring] = []
    for binding in bindings:
        if not in_force(binding, day):
            continue
        rule = binding.rule
        if isinstance(rule, HaveRule):
            kinds: dict[int, set[str]] = {}
            for threshold in rule.all_of:
                if threshold.measure.startswith(NEAREST) and isinstance(threshold.at_least, int):
                    kind = threshold.measure.removeprefix(NEAREST)
                    kinds.setdefault(threshold.at_least, set()).add(kind)
            schools = frozenset(rule.who.org)
            found += [_ring(binding, frozenset(some), metres, schools) for metres, some in kinds.items()]
        elif isinstance(rule, DoRule) and rule.proof.act == CHECK and WITHIN in rule.proof.where:
            asked = frozenset(rule.proof.each.get("venues", ()))
            found.append(_ring(binding, asked, int(str(rule.proof.where[WITHIN])), None))
    return sorted(found, key=lambda ring: (-ring.metres, ring.pack, ring.rule, sorted(ring.kinds)))


def _ring(binding: Binding, kinds: frozenset[str], metres: int, schools: frozenset[str] | None) -> Ring:
    return Ring(
        kinds,
        metres,
        forbids=schools is not None,
        schools=schools or frozenset(),
        orgs=binding.subjects,
        pack=binding.pack,
        rule=binding.rule.key,
        title=binding.rule.title,
        cite=binding.cite,
        clause=binding.rule.clauses[0],
    )


def in_force(binding: Binding, day: date) -> bool:
    """Does this version of the rule judge the day?"""
    begins = (binding.first, binding.starts_from, binding.ends_from)
    ends = (binding.starts_before, binding.ends_before)
    return (
        all(start is None or start <= day for start in begins)
        and (binding.last is None or day <= binding.last)
        and all(end is None or day < end for end in ends)
    )


def broken(rings: Iterable[Ring], kind: str, metres: int) -> list[Ring]:
    """The bans that a place of this kind breaks, so far from the school whose rings these are."""
    return [ring for ring in rings if ring.forbids and ring.takes(kind, metres)]


def bands(metres: int | None, known: Collection[str]) -> list[str]:
    """Of the distances that the vocabulary names, those within which a place lies (None: near no school)."""
    return [band for band in known if metres is not None and metres <= int(band)]


# ---- the nearest of each kind, day by day ----------------------------------------------------------------
class Stretch(NamedTuple):
    """From `from_day` to before `until` a place of `kind` was so far away."""

    kind: str
    metres: int
    from_day: date
    until: date | None


def nearest(
    stretches: Sequence[Stretch], since: date, kinds: Iterable[str]
) -> Iterator[tuple[str, date, int]]:
    """(kind, day, metres of the nearest from then on) for each of `kinds`, in order of days; `since`: the day
    from which on the school's surroundings are on file. Where there is none it is `REACH`."""
    by_kind: Mapping[str, list[Stretch]] = {kind: [] for kind in kinds}
    for stretch in stretches:
        if stretch.kind in by_kind:
            by_kind[stretch.kind].append(stretch)
    for kind, mine in by_kind.items():
        days = {since}
        for stretch in mine:
            days |= {day for day in (stretch.from_day, stretch.until) if day and day > since}
        for day in sorted(days):
            there = [
                one.metres for one in mine if one.from_day <= day and (one.until is None or day < one.until)
            ]
            yield kind, day, min(there, default=REACH)
