"""Walls: what is one, how far a place is outside, what is asked about."""

from math import cos, pi, radians, sin
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from huyuan.kernel.datum import AXIS, Point, gcj02
from huyuan.kernel.errors import Refused
from huyuan.perimeter.rules import (
    ASKED_ABOUT,
    REACH,
    Box,
    Ring,
    Shape,
    around,
    bands,
    broken,
    check_wall,
    corners_of,
    crossing,
    off,
    points_in,
)

MIDDLE = Point(42.9, 119.1)
DEGREE = AXIS * pi / 180


def at(east: float, north: float) -> Point:
    """So many metres from the middle."""
    return Point(MIDDLE.lat + north / DEGREE, MIDDLE.lng + east / DEGREE / cos(radians(MIDDLE.lat)))


def wall(*corners: tuple[float, float]) -> list[Point]:
    return [at(*corner) for corner in corners]


SQUARE = wall((0, 0), (100, 0), (100, 100), (0, 100))
# An L: the notch at the north-east is outside.
BENT = wall((0, 0), (100, 0), (100, 50), (50, 50), (50, 100), (0, 100))

DISTANCES = [
    (SQUARE, (50, 50), 0),
    (SQUARE, (100, 50), 0),
    (SQUARE, (300, 50), 200),
    (SQUARE, (50, -300), 300),
    (SQUARE, (103, 104), 5),
    (SQUARE, (-30, 140), 50),
    (BENT, (75, 75), 25),
    (BENT, (60, 55), 5),
    (BENT, (25, 75), 0),
    (BENT, (60, 90), 10),
]


@pytest.mark.parametrize("corners, point, metres", DISTANCES)
def test_metres_are_measured_outwards_from_the_wall(
    corners: list[Point], point: tuple[float, float], metres: float
) -> None:
    assert Shape(corners, closed=True).metres(at(*point)) == pytest.approx(metres, abs=0.05)


def test_without_a_wall_the_nearest_gate_counts() -> None:
    gates = Shape(wall((0, 0), (100, 0)), closed=False)
    assert gates.metres(at(50, 0)) == pytest.approx(50, abs=0.05)
    assert gates.metres(at(130, 40)) == pytest.approx(50, abs=0.05)


CROSSED = [
    (wall((0, 0), (100, 100), (100, 0), (0, 100)), (1, 3)),
    # Back over its own side.
    (wall((0, 0), (100, 0), (50, 0), (50, 80)), (1, 2)),
    # A corner that lies on another side.
    (wall((0, 0), (100, 0), (100, 100), (50, 0), (0, 100)), (1, 3)),
    # A figure of eight through one corner.
    (wall((0, 0), (50, 50), (100, 0), (100, 100), (50, 50), (0, 100)), (1, 4)),
    (SQUARE, None),
    (BENT, None),
    (wall((0, 0), (100, 0), (50, 80)), None),
]


@pytest.mark.parametrize("corners, sides", CROSSED)
def test_sides_that_cross_are_found(corners: list[Point], sides: tuple[int, int] | None) -> None:
    # On whole metres, so that what touches touches exactly.
    squeeze = cos(radians(MIDDLE.lat))
    flat = [
        (float(round((p.lng - MIDDLE.lng) * DEGREE * squeeze)), float(round((p.lat - MIDDLE.lat) * DEGREE)))
        for p in corners
    ]
    assert crossing(list(zip(flat, [*flat[1:], flat[0]], strict=True))) == sides


COUNTY = Box(42.5, 118.6, 43.4, 119.6)


def test_a_wall_is_kept_in_wgs84_with_each_corner_once() -> None:
    kept = check_wall([*SQUARE, SQUARE[-1], SQUARE[0]], "WGS84", [at(50, 0)], COUNTY, confirmed=False)
    assert [(round(a.lat, 6), round(a.lng, 6)) for a in kept] == [
        (round(b.lat, 6), round(b.lng, 6)) for b in SQUARE
    ]
    shifted = check_wall([gcj02(*point) for point in SQUARE], "GCJ02", [at(50, 0)], COUNTY, confirmed=False)
    assert off(shifted, SQUARE) <= 1


@pytest.mark.parametrize(
    "corners, said",
    [
        ([], "至少要有3个"),
        (wall((0, 0), (100, 0)), "至少要有3个"),
        (wall((0, 0), (100, 0), (100, 0), (0, 0)), "至少要有3个"),
        (wall(*((100 * cos(n), 100 * sin(n)) for n in range(201))), "最多记200个角"),
        (wall((0, 0), (100, 100), (100, 0), (0, 100)), "第1条边和第3条边交叉"),
        (wall((0, 0), (100, 0), (200, 0.05)), "几乎在一条线上"),
        # Latitude and longitude the wrong way round; in the sea.
        ([Point(point.lng, point.lat) for point in SQUARE], "县外"),
        ([Point(point.lat - 10, point.lng + 10) for point in SQUARE], "县外"),
    ],
)
def test_what_is_no_wall_is_refused(corners: list[Point], said: str) -> None:
    with pytest.raises(Refused) as refused:
        check_wall(corners, "WGS84", [at(50, 0)], COUNTY, confirmed=True)
    assert refused.value.code == "invalid-wall"
    assert said in refused.value.message


def test_the_wrong_datum_is_asked_about() -> None:
    as_map = [gcj02(*point) for point in SQUARE]
    with pytest.raises(Refused) as refused:
        check_wall(as_map, "WGS84", [at(50, 0)], COUNTY, confirmed=False)
    assert refused.value.code == "unconfirmed-wall"
    assert refused.value.facts["better"] == "GCJ02"
    assert "坐标来源多半选错了" in refused.value.message
    # Whoever has looked says so; and where the school is nowhere on file there is nothing to compare.
    assert check_wall(as_map, "WGS84", [at(50, 0)], COUNTY, confirmed=True)
    assert check_wall(as_map, "WGS84", [], COUNTY, confirmed=False)


@pytest.mark.parametrize("away, asked", [(ASKED_ABOUT - 1, False), (ASKED_ABOUT + 2, True)])
def test_from_which_distance_on_it_is_asked(away: float, asked: bool) -> None:
    moved = wall((away, 0), (away + 100, 0), (away + 100, 100), (away, 100))
    if asked:
        with pytest.raises(Refused, match="unconfirmed-wall") as refused:
            check_wall(moved, "WGS84", [at(0, 0)], COUNTY, confirmed=False)
        assert refused.value.facts["better"] == ""
    else:
        assert len(check_wall(moved, "WGS84", [at(0, 0)], COUNTY, confirmed=False)) == 4


metres_of = some.floats(-900, 900, allow_nan=False)


@some.composite
def stars(draw: some.DrawFn) -> list[Point]:
    """A wall round the middle: corners at growing angles never cross."""
    count = draw(some.integers(3, 12))
    reach = [draw(some.floats(20, 200)) for _ in range(count)]
    return wall(
        *((far * cos(2 * pi * n / count), far * sin(2 * pi * n / count)) for n, far in enumerate(reach))
    )


@given(stars(), metres_of, metres_of)
def test_no_way_to_the_wall_is_shorter_than_the_distance(
    corners: list[Point], east: float, north: float
) -> None:
    shape, point = Shape(corners, closed=True), at(east, north)
    away = shape.metres(point)
    nearest_corner = Shape(corners, closed=False).metres(point)
    assert 0 <= away <= nearest_corner + 0.01
    # From the place straight to the middle of the wall the way leads through the wall.
    assert away <= Shape([MIDDLE], closed=False).metres(point) + 0.01


@given(stars(), metres_of, metres_of, some.integers(0, 11), some.booleans())
def test_where_one_begins_and_which_way_round_changes_nothing(
    corners: list[Point], east: float, north: float, turn: int, back: bool
) -> None:
    turn %= len(corners)
    other = [*corners[turn:], *corners[:turn]]
    other = other[::-1] if back else other
    point = at(east, north)
    assert Shape(other, closed=True).metres(point) == pytest.approx(
        Shape(corners, closed=True).metres(point), abs=0.01
    )


@given(stars(), metres_of, metres_of)
def test_everything_within_reach_lies_in_the_box(corners: list[Point], east: float, north: float) -> None:
    point = at(east * 1.5, north * 1.5)
    if Shape(corners, closed=True).metres(point) <= REACH - 5:
        assert around(corners).holds(point)


@given(some.lists(some.tuples(metres_of, metres_of), min_size=0, max_size=9))
def test_whatever_is_drawn_is_a_wall_or_refused(given_corners: list[tuple[float, float]]) -> None:
    corners = wall(*given_corners)
    try:
        kept = check_wall(corners, "WGS84", [], COUNTY, confirmed=False)
    except Refused as refused:
        assert refused.code == "invalid-wall"
    else:
        assert 3 <= len(kept) <= len(corners_of(corners))
        assert crossing(Shape(kept, closed=True).edges) is None


def ring(metres: int, forbids: bool, *kinds: str) -> Ring:
    return Ring(
        frozenset(kinds), metres, forbids, frozenset({"school"}), None, "pack", "rule", "题", "条", "1"
    )


def test_a_ban_ends_at_its_metres_and_a_check_takes_them_in() -> None:
    ban, check = ring(200, True, "internet-cafe"), ring(300, False)
    assert [broken([ban], "internet-cafe", metres) == [ban] for metres in (0, 199, 200)] == [
        True,
        True,
        False,
    ]
    assert broken([ban], "hotel", 10) == []
    assert [check.takes("hotel", metres) for metres in (300, 301)] == [True, False]
    assert [ban.counts_for(uuid4(), kind) for kind in ("school", "kindergarten")] == [True, False]


def test_the_bands_within_which_a_place_lies() -> None:
    known = ("50", "200", "300")
    assert [bands(metres, known) for metres in (0, 50, 51, 300, 301, None)] == [
        ["50", "200", "300"], ["50", "200", "300"], ["200", "300"], ["300"], [], [],
    ]  # fmt: skip


READ = [
    ("42.9, 119.1\n42.91，119.1\n42.91 119.2", [(42.9, 119.1), (42.91, 119.1), (42.91, 119.2)]),
    ("纬度,经度\n119.1,42.9\n\n119.2,42.9", [(42.9, 119.1), (42.9, 119.2)]),
    (
        '{"type": "Feature", "geometry": {"type": "Polygon",'
        ' "coordinates": [[[119.1, 42.9], [119.2, 42.9]]]}}',
        [(42.9, 119.1), (42.9, 119.2)],
    ),
    (
        '{"type": "FeatureCollection", "features": [{"geometry": {"type": "Point", "coordinates": [1, 2]}},'
        ' {"geometry": {"type": "MultiPolygon", "coordinates": [[[[119.1, 42.9, 5]]]]}}]}',
        [(42.9, 119.1)],
    ),
]


@pytest.mark.parametrize("text, points", READ)
def test_points_are_read_as_people_write_them(text: str, points: list[tuple[float, float]]) -> None:
    assert points_in(text) == points


@pytest.mark.parametrize(
    "text, said",
    [
        ("42.9, 119.1\n42.9", "第2行"),
        ("42.9, 119.1\n北门", "第2行"),
        ("42.9, 219.1", "第1行"),
        ("119.1, 118.2", "第1行"),
        ("42.9, 119.1, 3", "第1行"),
        ('{"type": "Point", "coordinates": [119, 42]}', "GeoJSON"),
        ('{"type": "Polygon", "coordinates": [[["a", 42]]]}', "GeoJSON"),
        ('{"type": "Polygon"', "GeoJSON"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(Refused, match="invalid-points") as refused:
        points_in(text)
    assert said in refused.value.message


@given(some.text(max_size=200))
def test_any_text_is_points_or_refused(text: str) -> None:
    try:
        assert all(abs(point.lat) <= 90 and abs(point.lng) <= 180 for point in points_in(text))
    except Refused as refused:
        assert refused.code == "invalid-points"
