"""What the pages ask: fields as `kernel.fields` has them, and what was sent as the actions take it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from huyuan.kernel.days import SHANGHAI
from huyuan.kernel.fields import Field, Option, ShowIf
from huyuan.orgs.vocabulary import kinds_on
from huyuan.perimeter.actions import Found, Particulars
from huyuan.perimeter.models import Venue, VenueCheck
from huyuan.perimeter.queries.kinds import kinds
from huyuan.perimeter.queries.venues import overseers, regions

OVERSEEING = ("agency", "government")
DATUM_KEPT = "WGS84"
OUTCOMES = (Option(value="good", label="没有问题"), Option(value="bad", label="有问题"))


def venue_fields(county_id: int) -> list[Field]:
    """What is asked of a venue."""
    agencies = overseers(county_id, list(kinds_on(*OVERSEEING)))
    return [
        Field(
            id="kind", label="类别", type="choice", required=True,
            options=tuple(Option(value=kind.key, label=kind.zh) for kind in kinds().values()),
        ),
        Field(
            id="name", label="招牌名称", type="text", required=True, max_length=80,
            hint="只写招牌，不写经营人。",
        ),
        Field(
            id="point", label="位置", type="location", required=True,
            hint="站在门口用手机定位；或者填写地图上查到的经纬度，并选择坐标来源。地点名称写门牌。",
        ),
        Field(
            id="agency", label="监管部门", type="choice", required=True,
            options=tuple(Option(value=str(org.id), label=org.name) for org in agencies),
        ),
        Field(
            id="region", label="所在乡镇、村", type="choice", required=True,
            options=tuple(Option(value=str(key), label=name) for key, name in regions(county_id)),
        ),
        Field(id="licence_kind", label="许可证种类", type="text", max_length=60, folded=True),
        Field(id="licence_number", label="许可证编号", type="text", max_length=60, folded=True),
        Field(id="licence_until", label="许可证有效期至", type="date", folded=True),
        Field(id="opened", label="开业日期", type="date", folded=True),
        Field(id="source", label="信息来源", type="text", max_length=60, folded=True),
    ]  # fmt: skip


def venue_values(venue: Venue) -> dict[str, Any]:
    """A venue as its form shows it."""
    kept = ("kind", "name", "licence_kind", "licence_number", "licence_until", "opened", "source")
    return {name: getattr(venue, name) for name in kept} | {
        "point": {"lat": venue.lat, "lng": venue.lng, "datum": DATUM_KEPT, "name": venue.address},
        "agency": str(venue.agency_id),
        "region": str(venue.region_id),
    }


def particulars(body: Mapping[str, Any]) -> Particulars:
    """What a parsed form says of a venue; its point is there."""
    point = body["point"]
    return Particulars(
        kind=body["kind"],
        name=body["name"],
        lat=point["lat"],
        lng=point["lng"],
        datum=point["datum"],
        agency_id=UUID(body["agency"]),
        region_id=UUID(body["region"]),
        address=point.get("name", ""),
        licence_kind=body.get("licence_kind", ""),
        licence_number=body.get("licence_number", ""),
        licence_until=_day(body.get("licence_until")),
        opened=_day(body.get("opened")),
        source=body.get("source", ""),
    )


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def check_fields(others: Sequence[Option], names: Sequence[Option]) -> list[Field]:
    """What is asked of a check: what most people give first, the rest folded away. `others`: organisations
    that may have taken part; `names`: in whose name it may be recorded, the actor's own first."""
    fields = [
        Field(
            id="action", label="做了什么", type="choice", required=True,
            options=tuple(Option(value=key, label=zh) for key, zh in VenueCheck.ACTIONS),
        ),
        Field(id="outcome", label="结果", type="choice", required=True, options=OUTCOMES),
        Field(
            id="what", label="什么问题", type="long_text", required=True, max_length=500,
            hint="只写场所的情形，不写个人。", show_if=ShowIf(field="outcome", equals="bad"),
        ),
        Field(id="photos", label="照片", type="photo"),
        Field(id="people", label="参加人数", type="people_count"),
        Field(id="at", label="检查时间", type="datetime", hint="不填就是现在。", folded=True),
        Field(id="partner", label="一起检查的单位", type="choices", options=tuple(others), folded=True),
        Field(
            id="sheet", label="签字的检查记录", type="signature", folded=True,
            hint="拍一张各单位签了字的记录；没有签字的，一起检查的单位不算参加。",
        ),
    ]  # fmt: skip
    if len(names) > 1:
        fields.append(
            Field(
                id="org", label="以哪个单位的名义登记", type="choice", options=tuple(names), folded=True,
                hint="替别的单位登记（代录），要有对方签字的记录。",
            )
        )  # fmt: skip
    return fields


def found_of(body: Mapping[str, Any], uploads: Mapping[UUID, str], now: datetime) -> Found:
    """What a parsed form says of a check. `uploads`: the names of files that came with it."""

    def named(field: str) -> dict[UUID, str]:
        given = body.get(field) or []
        ids = [UUID(key) for key in ([given] if isinstance(given, str) else given)]
        return {key: uploads.get(key, "照片") for key in ids}

    return Found(
        action=body["action"],
        at=_instant(body.get("at")) or now,
        good=body["outcome"] == "good",
        what=body.get("what", ""),
        people=body.get("people"),
        parties=[UUID(key) for key in body.get("partner", [])],
        photos=named("photos"),
        sheet=named("sheet"),
    )


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI) if text else None
