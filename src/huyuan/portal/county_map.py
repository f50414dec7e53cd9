"""The county drawn from its schools' positions: where each stands on the drawing. No database, no clock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians

from huyuan.kernel.datum import Point, metres

WIDTH, LEAST_HEIGHT, MOST_HEIGHT = 1000, 600, 1000
"""Units of the drawing; its height follows the county's shape within bounds."""
EDGE = 70
LEAST_SPAN = 0.01
"""Degrees that are drawn at least, so that a single school does not fill the paper."""
RADIUS, LETTER = 17, 22
"""How large a mark is drawn, and a character of its name."""
SCALES = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


@dataclass(frozen=True)
class Mark:
    """Something at a point of the drawing."""

    key: str
    x: float
    y: float


@dataclass(frozen=True)
class Name:
    """Where a name stands beside its mark; `anchor`: which end of it is at the point."""

    x: float
    y: float
    anchor: str


@dataclass(frozen=True)
class Plan:
    """The drawing: marks of the places, in their order; names of towns above theirs; how long the bar of the
    scale is, and what it stands for."""

    width: int
    height: int
    marks: Sequence[Mark]
    towns: Sequence[Mark]
    bar: float
    bar_metres: int


def drawn(places: Iterable[tuple[str, str, Point]]) -> Plan | None:
    """(key, town, point) of each place on a plane with north up; None where there is none."""
    given = list(places)
    if not given:
        return None
    lats = [point.lat for _, _, point in given]
    lngs = [point.lng for _, _, point in given]
    middle = Point((min(lats) + max(lats)) / 2, (min(lngs) + max(lngs)) / 2)
    squeeze = cos(radians(middle.lat))
    wide = max((max(lngs) - min(lngs)) * squeeze, LEAST_SPAN)
    high = max(max(lats) - min(lats), LEAST_SPAN)
    height = round(min(max((WIDTH - 2 * EDGE) * high / wide + 2 * EDGE, LEAST_HEIGHT), MOST_HEIGHT))
    unit = min((WIDTH - 2 * EDGE) / wide, (height - 2 * EDGE) / high)

    def at(key: str, point: Point) -> Mark:
        return Mark(
            key,
            round(WIDTH / 2 + (point.lng - middle.lng) * squeeze * unit, 1),
            round(height / 2 - (point.lat - middle.lat) * unit, 1),
        )

    marks = [at(key, point) for key, _, point in given]
    in_town: dict[str, list[Mark]] = defaultdict(list)
    for mark, (_, town, _) in zip(marks, given, strict=True):
        in_town[town].append(mark)
    per_metre = unit / metres(middle, Point(middle.lat + 1, middle.lng))
    longest = next((long for long in reversed(SCALES) if long * per_metre <= WIDTH / 4), SCALES[0])
    return Plan(
        WIDTH,
        height,
        marks,
        [above(town, there) for town, there in in_town.items()],
        round(longest * per_metre, 1),
        longest,
    )


def above(town: str, marks: Sequence[Mark]) -> Mark:
    """The name of a town, over the northernmost of its marks."""
    middle = sum(mark.x for mark in marks) / len(marks)
    return Mark(town, round(middle, 1), min(mark.y for mark in marks) - 2 * RADIUS)


Box = tuple[float, float, float, float]


def names(marks: Sequence[Mark], said: Mapping[str, str], height: int) -> dict[str, Name]:
    """Where each name stands: right of its mark, left, above or below, where it covers nothing; a name for
    which there is no room is left out."""
    taken: list[Box] = [
        (mark.x - RADIUS, mark.y - RADIUS, mark.x + RADIUS, mark.y + RADIUS) for mark in marks
    ]
    found: dict[str, Name] = {}
    for mark in marks:
        long, away = len(said[mark.key]) * LETTER, RADIUS + 6
        places = (
            (Name(mark.x + away, mark.y, "start"), mark.x + away),
            (Name(mark.x - away, mark.y, "end"), mark.x - away - long),
            (Name(mark.x, mark.y - away - LETTER / 2, "middle"), mark.x - long / 2),
            (Name(mark.x, mark.y + away + LETTER / 2, "middle"), mark.x - long / 2),
        )
        for name, left in places:
            box = (left, name.y - LETTER / 2, left + long, name.y + LETTER / 2)
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= WIDTH and box[3] <= height
            if inside and not any(overlap(box, other) for other in taken):
                taken.append(box)
                found[mark.key] = name
                break
    return found


def overlap(one: Box, other: Box) -> bool:
    """Do two rectangles (left, top, right, bottom) cover each other somewhere?"""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def say_length(length: int) -> str:
    """500米, 2公里"""
    return f"{length}米" if length < 1000 else f"{length // 1000}公里"
