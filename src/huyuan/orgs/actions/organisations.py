"""Regions, organisations, what belongs to them, and who is whose liaison."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from huyuan.kernel.datum import Datum, wgs84
from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs import rules
from huyuan.orgs.actions.reach import rebuild_reach
from huyuan.orgs.actions.rows import change, insert, locked, remove
from huyuan.orgs.actor import ROOT_KIND, Actor
from huyuan.orgs.models import Attribute, Bell, Liaison, Organisation, Place, Region, SchoolClass
from huyuan.orgs.permissions import not_found, require, scope
from huyuan.orgs.session import acting

# What only the superior may change, for it moves the organisation to another's reach or name.
STANDING = {"name", "short_name", "kind", "parent_id", "region_id", "opened", "closed"}


def add_region(*, actor: Actor, kind: str, name: str, parent_id: UUID | None, now: datetime) -> Region:
    """A town or village under its parent. The county itself is made by the system when the county is set
    up."""
    with acting(actor):
        if not actor.system:
            _require_root(actor, "org.create")
        region = Region(county_id=actor.county_id, kind=kind, name=name, parent_id=parent_id)
        insert(region, actor=actor, org_id=None, now=now)
        return region


def create_organisation(
    *,
    actor: Actor,
    key: str,
    kind: str,
    name: str,
    short_name: str,
    parent_id: UUID | None,
    region_id: UUID,
    opened: date | None = None,
    now: datetime,
) -> Organisation:
    """A new organisation below `parent_id`; without a parent only the system may, for the root and
    companies."""
    with acting(actor):
        if parent_id is not None:
            require(actor, "org.create", parent_id)
        elif not actor.system:
            raise Refused("forbidden", "新单位要有上级单位。请先选择上级单位。", action="org.create")
        org = Organisation(
            county_id=actor.county_id,
            key=key,
            kind=kind,
            name=name,
            short_name=short_name,
            parent_id=parent_id,
            region_id=region_id,
            opened=opened,
        )
        insert(org, actor=actor, org_id=org.id, now=now)
        rebuild_reach(actor.county_id, day_of(now))
        return org


def alter_organisation(*, actor: Actor, org_id: UUID, now: datetime, **new: Any) -> Organisation:
    """Change some of name, short_name, kind, parent_id, region_id, opened, closed.

    Closing ends nothing else: posts of a closed organisation give their holders nothing from that day on.
    """
    unknown = new.keys() - STANDING
    if unknown:
        raise TypeError(f"an organisation has no {', '.join(sorted(unknown))} to alter")
    with acting(actor):
        require(actor, "org.rename", org_id)
        org = locked(Organisation.objects.filter(county_id=actor.county_id), org_id)
        parent_id = new.get("parent_id")
        if parent_id is not None and parent_id != org.parent_id:
            require(actor, "org.create", parent_id)
            refuse_circle(org, parent_id)
        change(org, actor=actor, org_id=org.id, now=now, **new)
        rebuild_reach(actor.county_id, day_of(now))
        return org


def set_attribute(
    *,
    actor: Actor,
    org_id: UUID,
    key: str,
    from_day: date,
    text: str,
    number: Decimal | int | None = None,
    now: datetime,
) -> Attribute:
    """The attribute `key` is `text` (and `number`) from `from_day` until the next step; the same day is
    corrected."""
    with acting(actor):
        require(actor, "org.alter", org_id)
        step = Attribute.objects.select_for_update().filter(org_id=org_id, key=key, from_day=from_day).first()
        number = None if number is None else Decimal(number)
        if step is None:
            step = Attribute(
                county_id=actor.county_id, org_id=org_id, key=key, from_day=from_day, text=text, number=number
            )
            insert(step, actor=actor, org_id=org_id, now=now)
        else:
            change(step, actor=actor, org_id=org_id, now=now, text=text, number=number)
        return step


DUTY_PHONE = "duty-phone"


def set_duty_phone(*, actor: Actor, org_id: UUID, phone: str, now: datetime) -> Attribute:
    """By which telephone an organisation is reached day and night, from today on. Whoever arranges the
    liaisons of a school may say it of its liaison agencies, too.

    Raises Refused `invalid-phone`: it is none, or a person's mobile number."""
    with acting(actor):
        arranged = Liaison.objects.filter(agency_id=org_id, school__in=scope(actor, "liaison.alter"))
        if not arranged.exists():
            require(actor, "phone.alter", org_id)
        plain = rules.duty_phone(phone)
        if not plain:
            raise Refused(
                "invalid-phone", "请填写单位的值班（固定）电话，如 0564-1234567；个人的手机号不登记在这里。"
            )
        day = day_of(now)
        step = (
            Attribute.objects.select_for_update().filter(org_id=org_id, key=DUTY_PHONE, from_day=day).first()
        )
        if step:
            change(step, actor=actor, org_id=org_id, now=now, text=plain)
        else:
            step = Attribute(
                county_id=actor.county_id, org_id=org_id, key=DUTY_PHONE, from_day=day, text=plain
            )
            insert(step, actor=actor, org_id=org_id, now=now)
        return step


def add_place(*, actor: Actor, org_id: UUID, kind: str, name: str, now: datetime) -> Place:
    """A gate, building or other place."""
    with acting(actor):
        require(actor, "org.alter", org_id)
        place = Place(county_id=actor.county_id, org_id=org_id, kind=kind, name=name)
        insert(place, actor=actor, org_id=org_id, now=now)
        return place


def alter_place(*, actor: Actor, place_id: UUID, name: str, closed: date | None, now: datetime) -> Place:
    """Rename a place, or close it from a day on (None: open again)."""
    with acting(actor):
        place = locked(Place.objects.filter(county_id=actor.county_id), place_id)
        require(actor, "org.alter", place.org_id)
        change(place, actor=actor, org_id=place.org_id, now=now, name=name, closed=closed)
        return place


def locate_place(
    *, actor: Actor, place_id: UUID, lat: float, lng: float, datum: Datum, now: datetime
) -> Place:
    """Say where a place is, as it was measured; kept in WGS-84."""
    with acting(actor):
        place = locked(Place.objects.filter(county_id=actor.county_id), place_id)
        require(actor, "org.alter", place.org_id)
        point = wgs84(lat, lng, datum)
        change(
            place,
            actor=actor,
            org_id=place.org_id,
            now=now,
            lat=round(point.lat, 6),
            lng=round(point.lng, 6),
        )
        return place


def add_class(
    *, actor: Actor, org_id: UUID, school_year: str, name: str, pupils: int | None = None, now: datetime
) -> SchoolClass:
    """A class of a school year ("2026-2027")."""
    with acting(actor):
        require(actor, "org.alter", org_id)
        row = SchoolClass(
            county_id=actor.county_id, org_id=org_id, school_year=school_year, name=name, pupils=pupils
        )
        insert(row, actor=actor, org_id=org_id, now=now)
        return row


def alter_class(*, actor: Actor, class_id: UUID, name: str, pupils: int | None, now: datetime) -> SchoolClass:
    """Rename a class or correct its number of pupils."""
    with acting(actor):
        row = locked(SchoolClass.objects.filter(county_id=actor.county_id), class_id)
        require(actor, "org.alter", row.org_id)
        change(row, actor=actor, org_id=row.org_id, now=now, name=name, pupils=pupils)
        return row


def set_bell(
    *,
    actor: Actor,
    org_id: UUID,
    kind: str,
    number: int = 1,
    from_day: date,
    starts: time,
    ends: time | None = None,
    now: datetime,
) -> Bell:
    """The `number`-th time of this kind from `from_day` on, until the next step; the same day is
    corrected."""
    with acting(actor):
        require(actor, "org.alter", org_id)
        steps = Bell.objects.select_for_update().filter(org_id=org_id, kind=kind, number=number)
        bell = steps.filter(from_day=from_day).first()
        if bell is None:
            bell = Bell(
                county_id=actor.county_id,
                org_id=org_id,
                kind=kind,
                number=number,
                from_day=from_day,
                starts=starts,
                ends=ends,
            )
            insert(bell, actor=actor, org_id=org_id, now=now)
        else:
            change(bell, actor=actor, org_id=org_id, now=now, starts=starts, ends=ends)
        return bell


def remove_bell(*, actor: Actor, bell_id: UUID, now: datetime) -> None:
    """Take away a step that was entered by mistake."""
    with acting(actor):
        bell = locked(Bell.objects.filter(county_id=actor.county_id), bell_id)
        require(actor, "org.alter", bell.org_id)
        remove(bell, actor=actor, org_id=bell.org_id, now=now)


def link(
    *,
    actor: Actor,
    school_id: UUID,
    agency_id: UUID,
    from_day: date,
    until: date | None = None,
    now: datetime,
) -> Liaison:
    """Make the agency the school's liaison; from then on the agency reaches the school, not the other way
    round."""
    with acting(actor):
        require(actor, "liaison.alter", school_id)
        if not Organisation.objects.filter(county_id=actor.county_id, id=agency_id).exists():
            raise not_found()
        pair = Liaison(
            county_id=actor.county_id,
            school_id=school_id,
            agency_id=agency_id,
            from_day=from_day,
            until=until,
        )
        insert(pair, actor=actor, org_id=school_id, now=now)
        rebuild_reach(actor.county_id, day_of(now))
        return pair


def unlink(*, actor: Actor, liaison_id: UUID, last_day: date, now: datetime) -> Liaison:
    """End a liaison with `last_day`."""
    with acting(actor):
        pair = locked(Liaison.objects.filter(county_id=actor.county_id), liaison_id)
        require(actor, "liaison.alter", pair.school_id)
        change(pair, actor=actor, org_id=pair.school_id, now=now, until=last_day)
        rebuild_reach(actor.county_id, day_of(now))
        return pair


def _require_root(actor: Actor, action: str) -> None:
    root = Organisation.objects.filter(county_id=actor.county_id, kind=ROOT_KIND).first()
    if root is None:
        raise not_found()
    require(actor, action, root.id)


def refuse_circle(org: Organisation, parent_id: UUID) -> None:
    """The new parent must not be the organisation itself or lie below it."""
    parents = dict(Organisation.objects.filter(county_id=org.county_id).values_list("id", "parent_id"))
    above: UUID | None = parent_id
    while above is not None:
        if above == org.id:
            raise Refused("invalid-parent", "上级单位不能是本单位或它的下级。请另选上级单位。")
        above = parents[above]
