"""Venues on file: who may, how far they are from schools, what changes when walls do."""

from datetime import date, timedelta
from typing import Any

import pytest

from huyuan.kernel.datum import gcj02
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.models import Place
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, NOW
from huyuan.perimeter.actions import Particulars, add_venue, alter_venue, close_venue, draw_wall, refresh
from huyuan.perimeter.models import Near, Venue, Wall
from huyuan.perimeter.queries.venues import seen
from huyuan.perimeter.tasks import refresh_all
from huyuan.perimeter.tests.conftest import Ground
from huyuan.perimeter.tests.test_walls import BENT, SQUARE, at, wall
from huyuan.trace.models import Record

TOMORROW = NOW + timedelta(days=1)


def near(county: Ground) -> list[tuple[str, str, int, bool]]:
    """What is near what now."""
    with acting(county.system):
        rows = Near.objects.filter(until=None).order_by("org__key", "metres")
        return [(one.venue.name, one.org.key, one.metres, one.by_wall) for one in rows]


def said(county: Ground, **more: object) -> Particulars:
    point = at(100, 0)
    given: dict[str, Any] = {
        "kind": "hotel", "name": "旅馆", "lat": point.lat, "lng": point.lng, "datum": "WGS84",
        "agency_id": county.orgs["station"].id, "region_id": county.orgs["central"].region_id,
    } | more  # fmt: skip
    return Particulars(**given)


def test_a_venue_knows_its_schools_and_a_wall_changes_how_far_they_are(county: Ground) -> None:
    county.venue(50, -250.5)
    county.venue(0, 1200)
    county.venue(5100.5, 0)
    assert near(county) == [
        ("饭店50--250.5", "central", 255, False),
        ("饭店5100.5-0", "other", 100, False),
    ]
    drawn = draw_wall(
        actor=county.actors["safety"],
        org_id=county.orgs["central"].id,
        corners=SQUARE,
        datum="WGS84",
        now=NOW,
    )
    assert near(county)[0] == ("饭店50--250.5", "central", 250, True)
    with acting(county.system):
        assert Near.objects.filter(until__isnull=False).count() == 0
    # The day after it is another wall: what held until then stays on file.
    draw_wall(
        actor=county.actors["officer"], org_id=county.orgs["central"].id,
        corners=wall((0, -50), (100, -50), (100, 100), (0, 100)), datum="WGS84", now=TOMORROW,
    )  # fmt: skip
    with acting(county.system):
        steps = Near.objects.filter(org=county.orgs["central"]).order_by("from_day")
        assert [(step.metres, step.from_day, step.until) for step in steps] == [
            (250, DAY, DAY + timedelta(days=1)),
            (200, DAY + timedelta(days=1), None),
        ]
        assert Wall.objects.get(id=drawn.id).until == DAY + timedelta(days=1)


def test_drawing_the_same_wall_again_changes_nothing(county: Ground) -> None:
    given: dict[str, Any] = {
        "actor": county.actors["head"],
        "org_id": county.orgs["central"].id,
        "datum": "WGS84",
    }
    first = draw_wall(corners=BENT, now=NOW, **given)
    again = draw_wall(corners=[*BENT, BENT[0]], now=TOMORROW, **given)
    assert again.id == first.id
    with acting(county.system):
        assert Record.objects.filter(verb="wall.draw").count() == 1


def test_refreshing_everything_finds_nothing_that_was_not_known(county: Ground) -> None:
    for east in range(0, 1000, 150):
        county.venue(east, 40)
    draw_wall(
        actor=county.actors["safety"], org_id=county.orgs["central"].id, corners=BENT, datum="WGS84", now=NOW
    )
    before = near(county)
    assert len(before) == 7
    with acting(county.system):
        assert refresh(COUNTY, DAY) == 0
        Near.objects.all().delete()
        assert refresh(COUNTY, DAY) == 7
    assert near(county) == before


def test_a_map_point_is_kept_as_a_satellite_gives_it(county: Ground) -> None:
    as_map = gcj02(*at(120, 0))
    venue = add_venue(
        actor=county.actors["police"], org_id=county.orgs["station"].id, client_id=uuid7(),
        said=said(county, lat=as_map.lat, lng=as_map.lng, datum="GCJ02"), now=NOW,
    )  # fmt: skip
    assert (venue.lat, venue.lng) == pytest.approx(tuple(at(120, 0)), abs=2e-6)
    assert venue.datum == "GCJ02"


def test_the_same_press_twice_is_one_venue(county: Ground) -> None:
    key = uuid7()
    given: dict[str, Any] = {
        "actor": county.actors["police"],
        "org_id": county.orgs["station"].id,
        "client_id": key,
    }
    first = add_venue(said=said(county), now=NOW, **given)
    assert add_venue(said=said(county), now=TOMORROW, **given).id == first.id
    with pytest.raises(Refused, match="conflict-exists"):
        add_venue(
            actor=county.actors["police"], org_id=county.orgs["station"].id, client_id=uuid7(),
            said=said(county), now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(
    "field, wrong",
    [
        ("kind", {"kind": "bank"}),
        ("name", {"name": "  "}),
        ("point", {"lat": 31.2, "lng": 121.5}),
        ("agency", {"agency_id": None}),
        ("region", {"region_id": uuid7()}),
        ("opened", {"opened": date(2026, 12, 1)}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(county: Ground, field: str, wrong: dict[str, object]) -> None:
    # A school does not look after a venue.
    given: dict[str, Any] = {"agency_id": county.orgs["central"].id} if "agency_id" in wrong else wrong
    with pytest.raises(Refused, match="invalid-venue") as refused:
        add_venue(
            actor=county.actors["police"], org_id=county.orgs["station"].id, client_id=uuid7(),
            said=said(county, **given), now=NOW,
        )  # fmt: skip
    errors: Any = refused.value.facts["errors"]
    assert list(errors) == [field]
    with acting(county.system):
        assert not Venue.objects.exists()


def test_a_closed_venue_is_near_nothing_and_stays_as_it_was(county: Ground) -> None:
    venue = county.venue(100, 0)
    given: dict[str, Any] = {
        "actor": county.actors["market"],
        "org_id": county.orgs["market"].id,
        "venue_id": venue.id,
    }
    with pytest.raises(Refused, match="missing-reason"):
        close_venue(closed=DAY, reason=" ", now=NOW, **given)
    with pytest.raises(Refused, match="invalid-day"):
        close_venue(closed=DAY + timedelta(days=1), reason="搬走", now=NOW, **given)
    close_venue(closed=DAY + timedelta(days=1), reason="搬走", now=TOMORROW, **given)
    assert near(county) == []
    with acting(county.system):
        step = Near.objects.get()
        assert (step.from_day, step.until) == (DAY, DAY + timedelta(days=1))
    with pytest.raises(Refused, match="closed-venue"):
        alter_venue(said=said(county), now=TOMORROW, **given)


def test_a_venue_that_moves_is_measured_again(county: Ground) -> None:
    venue = county.venue(100, 0, kind="hotel", name="旅馆")
    point = at(4899.5, 0)
    alter_venue(
        actor=county.actors["market"], org_id=county.orgs["market"].id, venue_id=venue.id,
        said=said(county, lat=point.lat, lng=point.lng, agency_id=county.orgs["market"].id), now=NOW,
    )  # fmt: skip
    assert near(county) == [("旅馆", "other", 100, False)]


# The bureau sees no place that is near no school of its own; the county's government looks over all.
SIGHT = {
    "officer": {"近", "远"},
    "governor": {"近", "远", "无"},
    "police": {"近"},
    "safety": {"近"},
    "town-officer": {"近"},
    "market": {"近", "远", "无"},
    "guard": {"远"},
    "villager": set(),
}


def test_who_sees_which_venue(county: Ground) -> None:
    for name, east in (("近", 100), ("远", 4900), ("无", 2500)):
        county.venue(east, 0, name=name)
    found = {}
    for person in SIGHT:
        with acting(county.actors[person]):
            found[person] = set(seen(county.actors[person]).values_list("name", flat=True))
    assert found == SIGHT


@pytest.mark.parametrize("person", ["guard", "teacher", "governor"])
def test_who_may_not_record_changes_nothing(county: Ground, person: str) -> None:
    actor = county.actors[person]
    with pytest.raises(Refused, match="forbidden"):
        add_venue(actor=actor, org_id=actor.holdings[0].org_id, client_id=uuid7(), said=said(county), now=NOW)
    with acting(county.system):
        assert not Venue.objects.exists()


def test_nobody_draws_a_strangers_wall(county: Ground) -> None:
    for person, code in (("head", "not-found"), ("guard", "forbidden"), ("market", "not-found")):
        with pytest.raises(Refused, match=code):
            draw_wall(
                actor=county.actors[person], org_id=county.orgs["other"].id,
                corners=wall((5000, 0), (5100, 0), (5100, 100)), datum="WGS84", now=NOW,
            )  # fmt: skip
    with acting(county.system):
        assert not Wall.objects.exists()


def test_a_gate_that_moves_is_heard_of_within_the_hour(county: Ground) -> None:
    county.venue(100.5, 0)
    with acting(county.system):
        gate = Place.objects.get(org=county.orgs["central"])
        gate.lng = at(60, 0).lng
        gate.save()
    refresh_all(0)
    assert [metres for _, _, metres, _ in near(county)] == [40]
