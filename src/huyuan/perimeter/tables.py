"""Premises as a table, in and out (`orgs.tables`)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, get_args
from uuid import UUID

from huyuan.kernel.datum import Datum, wgs84
from huyuan.kernel.fields import Cell, Field, Option
from huyuan.kernel.sheets import Layout, Record
from huyuan.orgs.tables import Plan, Scene, Table
from huyuan.orgs.vocabulary import kinds_on
from huyuan.perimeter.actions.near import refresh
from huyuan.perimeter.actions.venues import OUTSIDE, OVERSEERS
from huyuan.perimeter.models import Venue
from huyuan.perimeter.queries.ground import county_box
from huyuan.perimeter.queries.kinds import kinds, name_of
from huyuan.perimeter.queries.venues import regions, seen

TEXTS = ("licence_kind", "licence_number", "source")
DAYS = ("licence_until", "opened")
ALSO = {
    "name": ("名称", "场所名称", "店名"),
    "kind": ("类型", "场所类别"),
    "address": ("详细地址", "门牌"),
    "agency": ("主管部门",),
    "region": ("乡镇", "乡镇、村", "所在地"),
}


def layout(scene: Scene) -> Layout:
    """The columns of the table."""
    agencies = [
        (str(key), scene.labels[key]) for key in scene.open() if scene.orgs[key].kind in kinds_on(*OVERSEERS)
    ]
    fields = (
        Field(
            id="kind", label="类别", type="choice", required=True,
            options=tuple(Option(value=kind.key, label=kind.zh) for kind in kinds().values()),
        ),
        Field(id="name", label="招牌名称", type="text", required=True, max_length=80),
        Field(id="address", label="地址", type="text", max_length=120),
        Field(id="lat", label="纬度", type="number", decimals=6, min=-90, max=90, required=True),
        Field(id="lng", label="经度", type="number", decimals=6, min=-180, max=180, required=True),
        Field(
            id="datum", label="坐标系", type="choice",
            options=tuple(Option(value=datum, label=datum) for datum in get_args(Datum)),
            hint="不填就是WGS84（卫星定位）；网页地图上查到的选GCJ02",
        ),
        Field(id="agency", label="监管部门", type="organisation", required=True),
        Field(
            id="region", label="所在乡镇、村", type="choice", required=True,
            options=tuple(
                Option(value=str(key), label=name) for key, name in regions(scene.actor.county_id)
            ),
        ),
        Field(id="licence_kind", label="许可证种类", type="text", max_length=60),
        Field(id="licence_number", label="许可证编号", type="text", max_length=60),
        Field(id="licence_until", label="许可证有效期至", type="date"),
        Field(id="opened", label="开业日期", type="date"),
        Field(id="source", label="信息来源", type="text", max_length=60),
    )  # fmt: skip
    return Layout("周边场所", fields, {"agency": agencies}, ALSO)


def plan(scene: Scene, records: Sequence[Record]) -> Plan:
    """New venues, and what is another on those that are there: the same kind, name and address."""
    found, county_id = Plan(), scene.actor.county_id
    known = {
        (venue.kind, venue.name, venue.address): venue
        for venue in Venue.objects.filter(county_id=county_id, closed=None)
    }
    visible = set(seen(scene.actor).values_list("id", flat=True))
    box = county_box(county_id)
    org_id = next((key for key in scene.open("venue.record")), None)
    for record in records:
        key = tuple(str(record.body.get(name, "")) for name in ("kind", "name", "address"))
        if not found.is_first(key, record):
            continue
        datum = record.body.get("datum", "WGS84")
        point = wgs84(_degrees(record, "lat"), _degrees(record, "lng"), _datum(datum))
        if box is not None and not box.holds(point):
            found.stop(record, "lat", OUTSIDE)
            continue
        opened = record.body.get("opened")
        if opened and str(opened) > scene.day.isoformat():
            found.stop(record, "opened", "开业日期不能晚于今天。")
            continue
        said: dict[str, Any] = {
            "lat": round(point.lat, 6),
            "lng": round(point.lng, 6),
            "datum": datum,
            "agency_id": UUID(str(record.body["agency"])),
            "region_id": UUID(str(record.body["region"])),
            **{name: str(record.body[name]) for name in TEXTS if name in record.body},
            **{name: date.fromisoformat(str(record.body[name])) for name in DAYS if name in record.body},
        }
        venue = known.get((key[0], key[1], key[2]))
        if venue is None:
            row = Venue(county_id=county_id, recorded_on=scene.day, kind=key[0], name=key[1], address=key[2])
            for name, value in said.items():
                setattr(row, name, value)
            found.add(row, org_id)
        elif venue.id not in visible:
            found.stop(record, "name", "这个场所已经由别的部门登记，不在您的范围里。请联系监管部门修改。")
        else:
            if _same_place(venue, said):
                # Written out and read in again, a point is in another datum than it once came in.
                del said["datum"]
            found.want(venue, org_id, **said)
    return found


def _degrees(record: Record, name: str) -> float:
    return float(str(record.body[name]))


def _datum(text: object) -> Datum:
    return next(datum for datum in get_args(Datum) if datum == text)


def _same_place(venue: Venue, said: Mapping[str, Any]) -> bool:
    return (venue.lat, venue.lng) == (said["lat"], said["lng"])


def rows(scene: Scene) -> Iterator[Mapping[str, Cell]]:
    """The open venues in sight, in the same columns."""
    labels = dict(regions(scene.actor.county_id))
    for venue in seen(scene.actor).filter(closed=None).order_by("name", "id"):
        yield {
            "kind": name_of(venue.kind),
            "name": venue.name,
            "address": venue.address,
            "lat": venue.lat,
            "lng": venue.lng,
            "datum": "WGS84",
            "agency": scene.labels[venue.agency_id],
            "region": labels.get(venue.region_id, ""),
            **{name: getattr(venue, name) for name in (*TEXTS, *DAYS)},
        }


VENUES = Table(
    "venues",
    "周边场所",
    "学校周边的营业场所：类别、位置、由谁监管、许可证。只登记场所，不登记经营人",
    "venue.record",
    layout,
    plan,
    rows,
    after=refresh,
)
