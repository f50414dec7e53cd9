"""Premises round four schools of the sample county, two walls, and what was found. None is a real place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from uuid import NAMESPACE_URL, UUID, uuid5

from huyuan.kernel.datum import Point
from huyuan.orgs.actor import Actor, actor_for
from huyuan.orgs.models import Account, Organisation, Place
from huyuan.orgs.session import acting
from huyuan.perimeter.actions import Found, Particulars, add_venue, draw_wall, record_check
from huyuan.perimeter.models import VenueCheck
from huyuan.perimeter.rules import DEGREE

LICENCE = ("营业执照", "示例{:06}")


@dataclass(frozen=True)
class Shop:
    """A venue so many metres east and north of a school's gate. `licence`: days that it still runs, 0: none;
    `checks`: (days ago, action, what was wrong)."""

    school: str
    kind: str
    name: str
    east: int
    north: int
    agency: str
    licence: int = 400
    checks: tuple[tuple[int, str, str], ...] = ()


MARKET, STATION, CULTURE = "market-临河镇", "station-临河镇", "culture-office"
SHOPS: tuple[Shop, ...] = (
    Shop("linhe-central", "restaurant", "河沿面馆", -140, 45, MARKET, 300, ((20, "check", ""),)),
    Shop("linhe-central", "street-stall", "校门口烤肠摊", 25, -18, MARKET, 0,
         ((40, "check", "无证经营，占道"), (12, "clean-up", ""))),
    Shop("linhe-central", "shop", "满仓超市", 110, -60, MARKET, 120, ((20, "check", ""),)),
    Shop("linhe-central", "hotel", "临河旅馆", 210, 40, STATION, 90),
    Shop("linhe-central", "internet-cafe", "蓝湾网吧", -250, -120, CULTURE, -15),
    Shop("linhe-central", "publication", "晨光书店", 60, 130, CULTURE, 500),
    Shop("linhe-junior", "small-dining", "张记小饭桌", 40, 60, MARKET, 0, ((33, "check", "没有食品留样"),)),
    Shop("no1-high", "internet-cafe", "极速网吧", 170, -90, CULTURE, 60),
    Shop("no1-high", "tobacco", "东门烟酒店", 60, -40, "market-城关镇", 200),
    Shop("no1-high", "restaurant", "一品饺子馆", -120, -50, "market-城关镇", 365),
    Shop("county-kindergarten", "entertainment", "金嗓歌厅", 150, 60, CULTURE, 250),
)  # fmt: skip
# Corners in metres from the gate.
WALLS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "linhe-central": ((-80, 0), (70, 0), (70, 95), (10, 95), (10, 140), (-80, 140)),
    "no1-high": ((-150, 5), (140, 5), (165, 190), (-40, 230), (-150, 170)),
}


def moved(gate: Point, east: int, north: int) -> Point:
    """So many metres from a gate."""
    return Point(gate.lat + north / DEGREE, gate.lng + east / DEGREE / cos(radians(gate.lat)))


def around(orgs: Mapping[str, Organisation], begun: datetime, now: datetime) -> Iterator[str]:
    """Walls first, then the premises, then the checks in their order."""
    market, officer = actor("shichang", now), actor("jiaoyuju", now)
    gates = gates_of(officer, orgs)
    for key, corners in WALLS.items():
        points = [moved(gates[key], *corner) for corner in corners]
        draw_wall(actor=officer, org_id=orgs[key].id, corners=points, datum="WGS84", now=begun)
    venues = {}
    for number, shop in enumerate(SHOPS, start=1):
        point = moved(gates[shop.school], shop.east, shop.north)
        kind, pattern = LICENCE
        venues[shop.name] = add_venue(
            actor=market,
            org_id=orgs[MARKET].id,
            client_id=known_id(shop.name),
            said=Particulars(
                kind=shop.kind,
                name=shop.name,
                lat=point.lat,
                lng=point.lng,
                datum="WGS84",
                agency_id=orgs[shop.agency].id,
                region_id=orgs[shop.school].region_id,
                licence_kind=kind if shop.licence else "",
                licence_number=pattern.format(number) if shop.licence else "",
                licence_until=(now + timedelta(days=shop.licence)).date() if shop.licence else None,
            ),
            now=begun,
        )
    checks = sorted(
        ((days, action, what, shop) for shop in SHOPS for days, action, what in shop.checks),
        key=lambda one: -one[0],
    )
    for days, action, what, shop in checks:
        at = now - timedelta(days=days)
        if at > begun:
            record_check(
                actor=market,
                org_id=orgs[MARKET].id,
                venue_id=venues[shop.name].id,
                client_id=known_id(f"{shop.name}/{days}"),
                found=Found(action, at, good=not what, what=what, people=2),
                now=at,
            )
    with acting(officer):
        yield f"周边场所 {len(venues)} 个，检查 {VenueCheck.objects.count()} 次"


def actor(username: str, now: datetime) -> Actor:
    """Whoever this account belongs to."""
    return actor_for(Account.objects.get(username=username), now.date())


def gates_of(officer: Actor, orgs: Mapping[str, Organisation]) -> dict[str, Point]:
    """Where the schools concerned have their gate on file."""
    keys = {shop.school for shop in SHOPS}
    with acting(officer):
        rows = Place.objects.filter(org__key__in=keys, lat__isnull=False)
        return {
            key: Point(lat, lng)
            for key, lat, lng in rows.values_list("org__key", "lat", "lng")
            if lat is not None and lng is not None
        }


def known_id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"sample/venue/{name}")
