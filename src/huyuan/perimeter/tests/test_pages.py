"""The pages as people use them: a school's surroundings, a wall, a check on a phone, the list, the table."""

import io
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from huyuan.duties.queries.adopted import bindings_of, evaluation
from huyuan.duties.queries.facts import needs_of, stream
from huyuan.kernel.datum import Point, gcj02
from huyuan.kernel.sheets import write_template
from huyuan.orgs.actions import bring_in_table, receive_table
from huyuan.orgs.actions.tables import look_through
from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.orgs.tables import TABLES, Scene
from huyuan.orgs.tests.county import COUNTY, DAY, NOW
from huyuan.perimeter.actions import close_venue, draw_wall
from huyuan.perimeter.measures import NEAREST_VENUES
from huyuan.perimeter.models import Near, Venue, VenueCheck, Wall
from huyuan.perimeter.queries.rings import rings
from huyuan.perimeter.tests.conftest import Ground
from huyuan.perimeter.tests.test_walls import SQUARE, at, wall


def client(county: Ground, person: str) -> Client:
    found = Client()
    with acting(county.system):
        account = Account.objects.get(person=county.people[person])
    found.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return found


def page(county: Ground, person: str, address: str) -> str:
    answer = client(county, person).get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def picture() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(content, "PNG")
    return SimpleUploadedFile("摊.png", content.getvalue(), "image/png")


# ---- a school
def test_a_schools_page_says_what_is_too_near_and_by_which_sentence(county: Ground) -> None:
    county.adopt("national-norms")
    county.venue(0, -150.5, kind="internet-cafe", name="蓝湾网吧")
    county.venue(0, -260.5, kind="internet-cafe", name="远处网吧")
    address = f"/perimeter/schools/{county.orgs['central'].id}/"
    text = page(county, "safety", address)
    assert "还没有画围墙，距离从校门量" in text
    assert "有 1 个场所离学校太近" in text
    assert '<a href="/directives/national-norms/#d-1.52">《中小学幼儿园安全管理办法》第五十二条' in text
    draw_wall(
        actor=county.actors["safety"], org_id=county.orgs["central"].id,
        corners=wall((-50, -100), (50, -100), (50, 0), (-50, 0)), datum="WGS84", now=NOW,
    )  # fmt: skip
    text = page(county, "safety", address)
    assert "距离从围墙往外量" in text
    assert "有 2 个场所离学校太近" in text
    assert "50米" in text


def test_a_ring_counts_only_where_its_pack_is_adopted(county: Ground) -> None:
    with acting(county.system):
        assert rings(COUNTY, DAY) == []
    county.adopt("national-norms", **{"sales-metres": 100})
    county.adopt("town-school-safety-opinion")
    with acting(county.system):
        found = {(ring.rule, ring.metres, ring.forbids) for ring in rings(COUNTY, DAY)}
    # The text leaves open how far 周边 is: of entertainment nobody has said it.
    assert found == {
        ("no-internet-cafe-within-200m", 200, True),
        ("no-sales-around", 100, True),
        ("venues-within-300m", 300, False),
        ("venues-within-300m-together", 300, False),
    }


def test_another_schools_surroundings_do_not_exist(county: Ground) -> None:
    for address in ("", "wall/"):
        answer = client(county, "head").get(f"/perimeter/schools/{county.orgs['other'].id}/{address}")
        assert answer.status_code == 404


def verdict(county: Ground) -> str:
    """How the central school stands in the ban of internet cafés in the month after its adoption."""
    day = DAY + timedelta(days=31)
    with acting(county.system):
        bindings = [
            one for one in bindings_of(COUNTY, day, day) if one.rule.key == "no-internet-cafe-within-200m"
        ]
        judged = evaluation(COUNTY, bindings, day, day, NOW + timedelta(days=31))
        (org,) = stream(COUNTY, [county.orgs["central"].id], needs_of(bindings, judged.reach()), bindings)
        return next(cell.verdict for cell in judged.cells(org))


def test_the_verdict_follows_what_is_on_file(county: Ground) -> None:
    county.adopt("national-norms")
    assert verdict(county) == "unknown"
    county.venue(0, -300)
    assert verdict(county) == "owed"
    cafe = county.venue(0, -150, kind="internet-cafe", name="蓝湾网吧")
    assert verdict(county) == "overdue"
    close_venue(
        actor=county.actors["market"], org_id=county.orgs["market"].id, venue_id=cafe.id,
        closed=DAY + timedelta(days=1), reason="搬走", now=NOW + timedelta(days=1),
    )  # fmt: skip
    assert verdict(county) == "owed"


def test_nothing_on_file_is_no_step() -> None:
    assert list(NEAREST_VENUES.steps([])) == []
    assert list(NEAREST_VENUES.steps([None, None])) == []


# ---- a wall
def typed(points: list[Point]) -> str:
    return "\n".join(f"{point.lat:.6f}, {point.lng:.6f}" for point in points)


def test_a_wall_typed_in_the_wrong_datum_is_asked_about_then_kept(county: Ground) -> None:
    person, org = client(county, "safety"), county.orgs["central"]
    address = f"/perimeter/schools/{org.id}/wall/"
    as_map = typed([gcj02(*point) for point in SQUARE])
    answer = person.post(address, {"corners": as_map, "datum": "WGS84"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "坐标来源多半选错了" in text
    assert '<option value="GCJ02" selected>' in text
    assert 'name="confirmed"' in text
    with acting(county.system):
        assert not Wall.objects.exists()
    answer = person.post(address, {"corners": as_map, "datum": "GCJ02"})
    assert answer.status_code == 302
    with acting(county.system):
        kept = Wall.objects.get(until=None)
    assert [tuple(corner) for corner in kept.corners] == [
        pytest.approx((point.lat, point.lng), abs=3e-6) for point in SQUARE
    ]
    # Whoever has looked may insist.
    answer = person.post(address, {"corners": as_map, "datum": "WGS84", "confirmed": "yes"})
    assert answer.status_code == 302


def test_a_wall_comes_as_a_file(county: Ground) -> None:
    ring = [[point.lng, point.lat] for point in [*SQUARE, SQUARE[0]]]
    content = json.dumps({"type": "Polygon", "coordinates": [ring]}).encode()
    address = f"/perimeter/schools/{county.orgs['central'].id}/wall/"
    given = {"datum": "WGS84", "file": SimpleUploadedFile("围墙.geojson", content)}
    assert client(county, "officer").post(address, given).status_code == 302
    with acting(county.system):
        kept = Wall.objects.get()
    assert (kept.source, len(kept.corners)) == ("imported", 4)


@pytest.mark.parametrize(
    "given, said",
    [
        ({"corners": "42.9", "datum": "WGS84"}, "第1行读不懂"),
        ({"corners": "", "datum": "WGS84"}, "至少要有3个"),
        ({"corners": typed(SQUARE), "datum": "moon"}, "请选择坐标来源"),
        ({"datum": "WGS84", "file": SimpleUploadedFile("a.csv", b"\xff\xfe\x00")}, "UTF-8"),
    ],
)
def test_what_is_no_wall_is_said_and_what_was_typed_stays(
    county: Ground, given: dict[str, Any], said: str
) -> None:
    address = f"/perimeter/schools/{county.orgs['central'].id}/wall/"
    answer = client(county, "safety").post(address, given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert given.get("corners", "") in answer.content.decode()
    with acting(county.system):
        assert not Wall.objects.exists()


# ---- a check
def test_a_check_is_two_taps_a_photo_and_a_sentence(county: Ground) -> None:
    county.adopt("national-norms")
    venue = county.venue(0, -100, kind="internet-cafe", name="蓝湾网吧")
    person, key = client(county, "market"), uuid4()
    given = {
        "client_uuid": str(key), "action": "check", "outcome": "bad", "what": "接纳未成年人", "people": "2",
        "photos": picture(),
    }  # fmt: skip
    answer = person.post(f"/perimeter/venues/{venue.id}/check/", given)
    assert answer["Location"] == f"/perimeter/venues/{venue.id}/?received={key}"
    text = person.get(answer["Location"]).content.decode()
    assert f'data-received="{key}"' in text
    assert "接纳未成年人" in text
    with acting(county.system):
        check = VenueCheck.objects.get()
        photo = check.files.get()
    assert (check.good, check.people) == (False, 2)
    assert person.get(f"/perimeter/files/{photo.id}/").status_code == 200
    assert client(county, "guard").get(f"/perimeter/files/{photo.id}/").status_code == 404
    # Taken back with a reason; without one nothing happens.
    assert person.post(f"/perimeter/checks/{check.id}/void/").status_code == 400
    assert person.post(f"/perimeter/checks/{check.id}/void/", {"reason": "看错了"}).status_code == 302
    assert "已作废" in person.get(f"/perimeter/venues/{venue.id}/").content.decode()


def test_a_check_without_its_problem_keeps_what_was_given(county: Ground) -> None:
    venue = county.venue(0, -100)
    given = {"client_uuid": str(uuid4()), "action": "clean-up", "outcome": "bad", "people": "7"}
    answer = client(county, "market").post(f"/perimeter/venues/{venue.id}/check/", given)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "什么问题：请填写" in text
    assert 'value="7"' in text
    with acting(county.system):
        assert not VenueCheck.objects.exists()


# ---- the list and the form
def test_the_list_is_narrowed(county: Ground) -> None:
    county.adopt("national-norms")
    county.venue(0, -100, kind="internet-cafe", name="近网吧")
    county.venue(0, -400, kind="internet-cafe", name="远网吧")
    county.venue(0, -90, name="饭店甲")
    everything = page(county, "officer", "/perimeter/")
    assert all(name in everything for name in ("近网吧", "远网吧", "饭店甲"))
    for query, shown in (
        ("near=1", {"近网吧"}),
        ("kind=restaurant", {"饭店甲"}),
        ("q=远", {"远网吧"}),
        ("unchecked=3", {"近网吧", "远网吧", "饭店甲"}),
        ("town=west", set()),
    ):
        text = page(county, "officer", f"/perimeter/?{query}")
        assert {name for name in ("近网吧", "远网吧", "饭店甲") if name in text} == shown, query


def test_a_venue_is_put_on_file_corrected_and_closed(county: Ground) -> None:
    person, point = client(county, "market"), at(30, -40)
    given = {
        "client_uuid": str(uuid4()), "kind": "street-stall", "name": "烤肠摊",
        "point.lat": f"{point.lat:.6f}", "point.lng": f"{point.lng:.6f}", "point.datum": "WGS84",
        "point.name": "北街1号",
        "agency": str(county.orgs["market"].id), "region": str(county.orgs["central"].region_id),
    }  # fmt: skip
    missing = person.post("/perimeter/new/", given | {"point.lat": "", "point.lng": ""})
    assert "还没有经纬度" in missing.content.decode()
    answer = person.post("/perimeter/new/", given)
    assert answer.status_code == 302
    with acting(county.system):
        venue = Venue.objects.get()
    assert (venue.name, venue.address) == ("烤肠摊", "北街1号")
    assert person.post(f"/perimeter/venues/{venue.id}/edit/", given | {"name": "烤肠车"}).status_code == 302
    assert "烤肠车" in page(county, "safety", f"/perimeter/venues/{venue.id}/")
    assert person.post(f"/perimeter/venues/{venue.id}/close/", {"reason": "搬走"}).status_code == 302
    with acting(county.system):
        assert Venue.objects.get().closed is not None
        assert not Near.objects.filter(until=None).exists()


# ---- the table
def sheet(county: Ground, *lines: tuple[Any, ...]) -> bytes:
    head = ("类别", "招牌名称", "地址", "纬度", "经度", "坐标系", "监管部门", "所在乡镇、村")
    return "\n".join(",".join(str(cell) for cell in line) for line in (head, *lines)).encode()


def test_venues_come_as_a_table_and_go_out_the_same(county: Ground) -> None:
    near, far = (Point(*(round(each, 6) for each in point)) for point in (gcj02(*at(120, 0)), at(0, -400)))
    content = sheet(
        county,
        ("网吧", "蓝湾网吧", "北街1号", near.lat, near.lng, "GCJ02", "market单位", "east"),
        ("饭店", "河沿面馆", "", far.lat, far.lng, "", "station单位", "eastbirch"),
    )
    actor = county.actors["market"]
    upload = receive_table(actor=actor, key="venues", name="场所.csv", content=content, now=NOW)
    assert upload.findings == []
    bring_in_table(actor=actor, upload_id=upload.id, now=NOW)
    with acting(county.system):
        found = [(one.venue.name, one.metres) for one in Near.objects.order_by("metres")]
    assert [name for name, _ in found] == ["蓝湾网吧", "河沿面馆"]
    assert [metres for _, metres in found] == pytest.approx([120, 400], abs=1)
    with acting(county.system):
        scene = Scene(county.system, DAY)
        out = io.BytesIO()
        write_template(out, TABLES["venues"].layout(scene), TABLES["venues"].rows(scene))
        plan = look_through(county.system, "venues", out.getvalue(), NOW)
    assert (plan.new, plan.changed, plan.same, plan.stopped) == ([], [], 2, False)


@pytest.mark.parametrize(
    "change, said",
    [
        ({3: 31.2, 4: 121.5}, "县外"),
        ({6: "central单位"}, "监管部门"),
        ({0: "银行"}, "类别"),
        ({3: ""}, "纬度"),
    ],
)
def test_a_row_that_cannot_be_stops_the_table(county: Ground, change: dict[int, Any], said: str) -> None:
    point = at(100, 0)
    row: list[Any] = ["网吧", "蓝湾", "", round(point.lat, 6), round(point.lng, 6), "", "market单位", "east"]
    for place, value in change.items():
        row[place] = value
    upload = receive_table(
        actor=county.actors["market"],
        key="venues",
        name="场所.csv",
        content=sheet(county, tuple(row)),
        now=NOW,
    )
    assert upload.stopped
    assert any(said in f"{column}{text}" for _, column, text, _ in upload.findings), upload.findings
