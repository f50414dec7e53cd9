"""Putting venues on file, correcting them, closing them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from huyuan.kernel.datum import Datum, Point, wgs84
from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actions.rows import change, insert, locked
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Region
from huyuan.orgs.permissions import require
from huyuan.orgs.session import acting
from huyuan.orgs.vocabulary import kinds_on
from huyuan.perimeter.actions.near import close_venues, refresh
from huyuan.perimeter.models import Venue
from huyuan.perimeter.queries.ground import county_box
from huyuan.perimeter.queries.kinds import kinds
from huyuan.perimeter.queries.venues import seen
from huyuan.trace import actions as trace

OVERSEERS = ("agency", "government")
"""Sides of organisations that may look after a venue."""


@dataclass(frozen=True)
class Particulars:
    """What is said of a venue."""

    kind: str
    name: str
    lat: float
    lng: float
    datum: Datum
    agency_id: UUID
    region_id: UUID
    address: str = ""
    licence_kind: str = ""
    licence_number: str = ""
    licence_until: date | None = None
    opened: date | None = None
    source: str = ""


def add_venue(*, actor: Actor, org_id: UUID, client_id: UUID, said: Particulars, now: datetime) -> Venue:
    """Put a venue on file in the name of the actor's organisation `org_id`. A repeat with the same
    `client_id` gives the first one.

    Raises Refused: `invalid-venue` (`errors`: field → sentence), `conflict-exists` where it is there already.
    """
    with acting(actor):
        require(actor, "venue.record", org_id)
        first = Venue.objects.filter(county_id=actor.county_id, client_id=client_id).first()
        if first:
            return first
        venue = Venue(county_id=actor.county_id, client_id=client_id, recorded_on=day_of(now))
        for name, value in checked(actor, said, now).items():
            setattr(venue, name, value)
        insert(venue, actor=actor, org_id=org_id, now=now)
        refresh(actor.county_id, day_of(now), venues=[venue.id])
        return venue


def alter_venue(*, actor: Actor, org_id: UUID, venue_id: UUID, said: Particulars, now: datetime) -> Venue:
    """Correct what is on file of a venue that the actor may see. Raises what `add_venue` raises, and
    `closed-venue`."""
    with acting(actor):
        require(actor, "venue.record", org_id)
        venue = open_venue(actor, venue_id)
        change(venue, actor=actor, org_id=org_id, now=now, **checked(actor, said, now))
        refresh(actor.county_id, day_of(now), venues=[venue.id])
        return venue


def close_venue(
    *, actor: Actor, org_id: UUID, venue_id: UUID, closed: date, reason: str, now: datetime
) -> Venue:
    """The venue does no business from `closed` on; its checks stay readable. Raises Refused `closed-venue`,
    `missing-reason`, `invalid-day`."""
    with acting(actor):
        require(actor, "venue.check", org_id)
        venue = open_venue(actor, venue_id)
        if not reason.strip():
            raise Refused("missing-reason", "请写明为什么关停，方便日后核对。")
        if closed > day_of(now) or (venue.opened and closed <= venue.opened):
            raise Refused("invalid-day", "关停日期应在开业以后、不晚于今天。请改正日期。")
        venue.closed = closed
        venue.save(update_fields=["closed"])
        close_venues([venue.id], closed)
        kept = {"closed": closed, "reason": reason.strip()[:200]}
        trace.record(
            actor.snapshot(), "venue.close", "perimeter_venue", venue.id, org_id, None, kept, now=now
        )
        return venue


def open_venue(actor: Actor, venue_id: UUID) -> Venue:
    """A venue that the actor may see and that is open, under a row lock."""
    venue: Venue = locked(seen(actor), venue_id)
    if venue.closed:
        raise Refused("closed-venue", "这个场所已经登记关停。重新开业的，请新登记一个场所。")
    return venue


def checked(actor: Actor, said: Particulars, now: datetime) -> dict[str, Any]:
    """The particulars as columns, the point in WGS-84."""
    point = wgs84(said.lat, said.lng, said.datum)
    box = county_box(actor.county_id)
    agency = Organisation.objects.filter(
        id=said.agency_id, county_id=actor.county_id, kind__in=kinds_on(*OVERSEERS), closed=None
    )
    region = Region.objects.filter(id=said.region_id, county_id=actor.county_id)
    today = day_of(now)
    errors = {
        name: sentence
        for name, wrong, sentence in (
            ("kind", said.kind not in kinds(), "请选择场所的类别。"),
            ("name", not said.name.strip() or len(said.name) > 80, "请写场所的招牌名称，最多80字。"),
            ("point", box is not None and not box.holds(point), OUTSIDE),
            ("agency", not agency.exists(), "请选择由哪个部门监管。"),
            ("region", not region.exists(), "请选择所在的乡镇、村。"),
            ("opened", bool(said.opened and said.opened > today), "开业日期不能晚于今天。"),
        )
        if wrong
    }
    if errors:
        raise Refused("invalid-venue", "还有内容需要改，已填的都还在。", errors=errors)
    return {
        "kind": said.kind,
        "name": said.name.strip(),
        "address": said.address.strip()[:120],
        **_where(point),
        "datum": said.datum,
        "agency_id": said.agency_id,
        "region_id": said.region_id,
        "licence_kind": said.licence_kind.strip()[:60],
        "licence_number": said.licence_number.strip()[:60],
        "licence_until": said.licence_until,
        "opened": said.opened,
        "source": said.source.strip()[:60],
    }


OUTSIDE = "这个位置在县外。请核对经纬度有没有填反、坐标来源选得对不对。"


def _where(point: Point) -> Mapping[str, float]:
    return {"lat": round(point.lat, 6), "lng": round(point.lng, 6)}
