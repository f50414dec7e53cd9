"""The map: positions on a plane, names that cover nothing, whom it shows; how a school says where it is."""

from math import hypot
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from huyuan.duties.tests.adopted import World, build
from huyuan.kernel.datum import Point, gcj02, metres
from huyuan.orgs.models import Place
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.portal.county_map import LETTER, RADIUS, WIDTH, Mark, drawn, names, overlap, say_length
from huyuan.portal.tests.adopted import client_of, more_schools, text_of

HERE = Point(40.3, 90.5)
POINTS = st.builds(Point, st.floats(40.0, 40.6), st.floats(90.2, 90.8))


def test_north_is_up_and_distances_are_kept() -> None:
    north, east = Point(HERE.lat + 0.1, HERE.lng), Point(HERE.lat, HERE.lng + 0.2)
    plan = drawn([("here", "a", HERE), ("north", "a", north), ("east", "b", east)])
    assert plan
    here, up, right = plan.marks
    assert up.y < here.y and up.x == pytest.approx(here.x, abs=0.2)
    assert right.x > here.x and right.y == pytest.approx(here.y, abs=0.2)
    scale = plan.bar / plan.bar_metres
    for mark, point in ((up, north), (right, east)):
        assert hypot(mark.x - here.x, mark.y - here.y) == pytest.approx(metres(HERE, point) * scale, rel=0.01)
    assert [town.key for town in plan.towns] == ["a", "b"] and plan.towns[0].y < up.y


@given(st.lists(POINTS, min_size=1, max_size=40))
def test_everything_stands_on_the_paper(points: list[Point]) -> None:
    plan = drawn((str(number), "t", point) for number, point in enumerate(points))
    assert plan and plan.bar <= WIDTH
    assert all(RADIUS <= mark.x <= plan.width - RADIUS for mark in plan.marks)
    assert all(RADIUS <= mark.y <= plan.height - RADIUS for mark in plan.marks)


@given(st.lists(st.tuples(st.integers(50, 950), st.integers(50, 650), st.text("校", min_size=2, max_size=6))))
def test_names_cover_neither_marks_nor_each_other(given: list[tuple[int, int, str]]) -> None:
    marks = [Mark(str(number), x, y) for number, (x, y, _) in enumerate(given)]
    said = {str(number): name for number, (_, _, name) in enumerate(given)}
    shift = {"start": 0.0, "middle": 0.5, "end": 1.0}
    boxes = []
    for key, name in names(marks, said, 700).items():
        long = len(said[key]) * LETTER
        left = name.x - shift[name.anchor] * long
        boxes.append((left, name.y - LETTER / 2, left + long, name.y + LETTER / 2))
    circles = [(mark.x - RADIUS, mark.y - RADIUS, mark.x + RADIUS, mark.y + RADIUS) for mark in marks]
    for number, box in enumerate(boxes):
        assert not any(overlap(box, other) for other in (*boxes[number + 1 :], *circles))


def test_nowhere_is_no_drawing_and_lengths_are_said() -> None:
    assert drawn([]) is None
    assert (say_length(500), say_length(2000)) == ("500米", "2公里")


@pytest.fixture
def world(db: None) -> World:
    world = build()
    with acting(world.county.system):
        for key, kind, name, lat in (
            ("central", "building", "北楼", 40.5), ("central", "gate", "正门", 40.3),
            ("other", "gate", "正门", 40.4),
        ):  # fmt: skip
            Place.objects.create(
                county_id=COUNTY, org=world.county.orgs[key], kind=kind, name=name, lat=lat, lng=90.5
            )
    return world


def page(world: World, person: str, which: str = "") -> str:
    answer = client_of(world, person).get(f"/map/{which}")
    assert answer.status_code == 200
    return text_of(answer)


def marks(page: str) -> int:
    return page.count('<a class="map-mark')


def test_each_sees_the_schools_within_reach(world: World) -> None:
    bureau = page(world, "officer")
    assert marks(bureau) == 2 and "central单位" in bureau and "other单位" in bureau
    assert marks(page(world, "safety")) == 1 and "other单位" not in page(world, "safety")
    assert marks(page(world, "officer", "?town=west")) == 1
    assert marks(page(world, "officer", "?town=nowhere")) == 0
    assert ">bureau单位<" not in bureau, "agencies are no schools"


def test_the_list_says_the_same_and_names_those_without_a_place(world: World) -> None:
    more_schools(world, 1)
    shown = page(world, "officer")
    new = "新建00小学"
    assert f"{new}：设定位置" in shown and "还没有位置的学校 1 所" in shown
    assert shown.count(new) == 2 and "共 3 所" in shown
    assert "设定位置" not in page(world, "town-officer")


def test_a_school_says_where_it_is(world: World) -> None:
    school, place = world.county.orgs["central"], Place.objects
    client = client_of(world, "safety")
    address = f"/orgs/{school.id}/position/"
    assert "正门" in text_of(client.get(address))
    with acting(world.county.system):
        gate = place.get(org=school, name="正门")
    shifted = gcj02(40.31, 90.52)
    given: dict[str, Any] = {"place": str(gate.id), "point.datum": "GCJ02"}
    assert client.post(address, given).status_code == 422
    assert client.post(address, given | {"point.name": "门口"}).status_code == 422, "a name is no position"
    assert client.post(address, given | {"point.lat": "95", "point.lng": "90"}).status_code == 422
    answer = client.post(
        address, given | {"point.lat": f"{shifted.lat:.6f}", "point.lng": f"{shifted.lng:.6f}"}
    )
    assert answer.status_code == 302
    with acting(world.county.system):
        gate.refresh_from_db()
        assert (gate.lat, gate.lng) == pytest.approx((40.31, 90.52), abs=2e-5)
    answer = client.post(
        address, {"place": "new", "point.lat": "40.32", "point.lng": "90.5", "point.datum": "WGS84"}
    )
    assert answer.status_code == 302
    with acting(world.county.system):
        assert place.get(org=school, name="校门").lat == 40.32


def test_only_whoever_answers_for_the_school_may(world: World) -> None:
    address = f"/orgs/{world.county.orgs['central'].id}/position/"
    for person, status in (
        ("guard", 404),
        ("police", 403),
        ("town-officer", 403),
        ("officer", 200),
        ("head", 200),
    ):
        assert client_of(world, person).get(address).status_code == status, person


@pytest.mark.parametrize("point", [{"lat": 40.0}, {"lng": 90.0}, {"lat": 91.0, "lng": 90.0}])
def test_half_a_position_is_none(world: World, point: dict[str, float]) -> None:
    with acting(world.county.system), pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.create(
            county_id=COUNTY, org=world.county.orgs["central"], kind="gate", name="侧门", **point
        )
