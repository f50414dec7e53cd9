"""Points of shifted maps come back to where they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huyuan.kernel.datum import Point, gcj02, metres, wgs84

INSIDE = st.builds(Point, st.floats(18, 53), st.floats(74, 135))


@given(INSIDE)
def test_there_and_back_is_the_same_place(here: Point) -> None:
    assert metres(wgs84(*gcj02(*here), "GCJ02"), here) < 1


@given(INSIDE)
def test_maps_are_off_by_some_hundred_metres(here: Point) -> None:
    assert 50 < metres(gcj02(*here), here) < 1500


@pytest.mark.parametrize("abroad", [Point(48.85, 2.35), Point(-33.9, 151.2)])
def test_abroad_maps_agree(abroad: Point) -> None:
    assert gcj02(*abroad) == abroad == wgs84(*abroad, "GCJ02")


def test_what_was_measured_by_satellite_stays() -> None:
    assert wgs84(31.2, 121.4, "WGS84") == (31.2, 121.4)


def test_a_known_pair() -> None:
    """The Gate of Heavenly Peace by satellite, and on a map."""
    assert gcj02(39.907333, 116.391083) == pytest.approx((39.908734, 116.397324), abs=1e-5)


def test_a_degree_is_as_long_as_it_is() -> None:
    assert metres(Point(0, 0), Point(1, 0)) == pytest.approx(111_320, rel=0.002)
    assert metres(Point(60, 0), Point(60, 1)) == pytest.approx(55_660, rel=0.002)
