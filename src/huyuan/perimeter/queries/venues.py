"""Venues in the actor's sight: near a school that it sees, or looked after by an organisation that it
sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from huyuan.kernel.datum import Point
from huyuan.kernel.days import day_of, start_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Region
from huyuan.orgs.permissions import allowed, not_found, scope
from huyuan.perimeter.models import CheckFile, CheckParty, Near, Venue, VenueCheck, Wall
from huyuan.perimeter.queries.ground import points_of
from huyuan.perimeter.queries.rings import rings
from huyuan.perimeter.rules import Ring

SEE = "venue.see"


def seen(actor: Actor) -> QuerySet[Venue, Any]:
    """Every venue that the actor may see, closed ones too."""
    near = Near.objects.filter(venue=OuterRef("pk"), org__in=scope(actor, SEE))
    return Venue.objects.filter(Q(agency__in=scope(actor, SEE)) | Q(Exists(near)), county_id=actor.county_id)


def venue_seen(actor: Actor, venue_id: UUID) -> Venue:
    """One of them, with its agency and region; `not-found` otherwise."""
    rows = seen(actor).select_related("agency", "region__parent")
    venue: Venue | None = rows.filter(id=venue_id).first()
    if venue is None:
        raise not_found()
    return venue


def last_check(venue: str) -> dict[str, Any]:
    """Annotations: when the venue that `venue` points to was last looked at, and what came of it."""
    checks = VenueCheck.objects.filter(venue=OuterRef(venue), voided_at=None).order_by("-at")
    return {
        "checked_at": Subquery(checks.values("at")[:1]),
        "checked_good": Subquery(checks.values("good")[:1]),
        "checked_action": Subquery(checks.values("action")[:1]),
    }


# ---- the county's list -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Filters:
    """How the list is narrowed. `near`: only those that break a ban; `since`: not looked at since that
    instant."""

    kind: str = ""
    region_id: UUID | None = None
    text: str = ""
    near: bool = False
    since: datetime | None = None


def listed(actor: Actor, filters: Filters, day: date) -> QuerySet[Venue, Any]:
    """The open venues of the list, each with the school nearest to it (of those that the actor sees:
    `metres`, `school`) and its last check; those never looked at first, then the longest ago."""
    rows = seen(actor).filter(closed=None)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.region_id:
        rows = rows.filter(Q(region=filters.region_id) | Q(region__parent=filters.region_id))
    if filters.text:
        rows = rows.filter(Q(name__icontains=filters.text) | Q(address__icontains=filters.text))
    if filters.near:
        rows = rows.filter(too_near(actor, day))
    nearest = Near.objects.filter(venue=OuterRef("pk"), until=None, org__in=scope(actor, SEE)).order_by(
        "metres"
    )
    rows = rows.select_related("agency", "region").annotate(
        metres=Subquery(nearest.values("metres")[:1]),
        school=Subquery(nearest.values("org__short_name")[:1]),
        **last_check("pk"),
    )
    if filters.since:
        rows = rows.filter(Q(checked_at=None) | Q(checked_at__lt=filters.since))
    return rows.order_by(F("checked_at").asc(nulls_first=True), "name", "id")


def too_near(actor: Actor, day: date) -> Q:
    """The condition that a venue breaks a ban of a rule in force at a school that the actor sees."""
    found = Q(pk__in=())
    for ring in (one for one in rings(actor.county_id, day) if one.forbids):
        near = Near.objects.filter(
            venue=OuterRef("pk"),
            until=None,
            metres__lt=ring.metres,
            org__in=scope(actor, SEE),
            org__kind__in=ring.schools,
        )
        if ring.orgs is not None:
            near = near.filter(org__in=ring.orgs)
        found |= Q(Exists(near), kind__in=ring.kinds)
    return found


def towns(county_id: int) -> list[tuple[UUID, str]]:
    """The county's towns."""
    rows = Region.objects.filter(county_id=county_id, kind="town").order_by("name")
    return list(rows.values_list("id", "name"))


def regions(county_id: int) -> list[tuple[UUID, str]]:
    """Every town and village, villages after their town."""
    rows = Region.objects.filter(county_id=county_id).exclude(kind="county").select_related("parent")
    labelled = [
        ((row.parent.name, row.name) if row.kind == "village" and row.parent else (row.name, ""), row.id)
        for row in rows
    ]
    return [(key, "".join(names)) for names, key in sorted(labelled)]


def overseers(county_id: int, kinds: Sequence[str]) -> list[Organisation]:
    """The open organisations of these kinds, by name: who may look after a venue."""
    rows = Organisation.objects.filter(county_id=county_id, kind__in=kinds, closed=None)
    return list(rows.order_by("name"))


# ---- round one school ------------------------------------------------------------------------------------
class Around(NamedTuple):
    """What surrounds a school. `points`: its wall's corners, else its gates; `venues`: what is near, the
    nearest first, each with its venue and last check."""

    org: Organisation
    wall: Wall | None
    points: Sequence[Point]
    rings: Sequence[Ring]
    venues: Sequence[Any]


def around(actor: Actor, org_id: UUID, now: datetime) -> Around:
    """The surroundings of a school that the actor may see; `not-found` otherwise."""
    if not allowed(actor, SEE, org_id):
        raise not_found()
    org = Organisation.objects.select_related("region").get(id=org_id)
    wall = Wall.objects.filter(org_id=org_id, until=None).first()
    points = [Point(*corner) for corner in wall.corners] if wall else points_of(org_id)
    drawn = [one for one in rings(actor.county_id, day_of(now)) if one.counts_for(org_id, org.kind)]
    rows = Near.objects.filter(org_id=org_id, until=None).select_related("venue")
    found = rows.annotate(**last_check("venue")).order_by("metres", "venue__name")
    return Around(org, wall, points, drawn, list(found))


# ---- one venue -------------------------------------------------------------------------------------------
def checks_of(venue_id: UUID) -> list[Any]:
    """The checks of a venue, the latest first, each with its agency, those that took part (`others`) and its
    files (`kept`); one query."""
    parties = CheckParty.objects.filter(venue_check=OuterRef("pk"))
    files = CheckFile.objects.filter(venue_check=OuterRef("pk")).order_by("kind", "id")
    rows = VenueCheck.objects.filter(venue_id=venue_id).select_related("org", "recorded_by_org")
    return list(
        rows.annotate(
            others=ArraySubquery(
                parties.order_by("org__name").values(json=JSONObject(name="org__short_name", signed="signed"))
            ),
            kept=ArraySubquery(files.values(json=JSONObject(id="id", kind="kind", name="name"))),
        ).order_by("-at", "-id")
    )


def file_seen(actor: Actor, file_id: UUID) -> CheckFile:
    """A file of a check of a venue that the actor may see; `not-found` otherwise."""
    kept = CheckFile.objects.select_related("file", "venue_check").filter(id=file_id).first()
    if kept is None or not seen(actor).filter(id=kept.venue_check.venue_id).exists():
        raise not_found()
    return kept


def months_before(day: date, months: int) -> datetime:
    """The first instant of the day so many months ago."""
    count = day.year * 12 + day.month - 1 - months
    return start_of(date(count // 12, count % 12 + 1, min(day.day, 28)))


def check_seen(actor: Actor, check_id: UUID) -> VenueCheck:
    """A check of a venue that the actor may see; `not-found` otherwise."""
    check = VenueCheck.objects.filter(id=check_id, county_id=actor.county_id).first()
    if check is None or not seen(actor).filter(id=check.venue_id).exists():
        raise not_found()
    return check
