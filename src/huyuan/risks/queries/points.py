"""Risk points: a school's ledger, the regional list, one point with its history."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Place, Post
from huyuan.orgs.permissions import allowed, not_found, reached, scope
from huyuan.orgs.vocabulary import kinds_on
from huyuan.risks.models import RiskPoint, RiskReview, RiskRound, RiskVersion
from huyuan.risks.permissions import REGIONAL


def keeps_list(kind: str) -> bool:
    """Does an organisation of this kind keep a list: a school its ledger, a bureau the regional one?"""
    return kind in REGIONAL or kind in kinds_on("school")


def listing(actor: Actor, org_id: UUID) -> Organisation:
    """An organisation whose list the actor may see; the regional list is everybody's."""
    org = Organisation.objects.filter(id=org_id, county_id=actor.county_id).first()
    if org is None or not keeps_list(org.kind):
        raise not_found()
    if org.kind not in REGIONAL and not allowed(actor, "risk-point.see", org_id):
        raise not_found()
    return org


def standing(points: Q) -> QuerySet[RiskVersion]:
    """What these points say now, what is to be reviewed first on top."""
    return (
        RiskVersion.objects.filter(points, standing=True)
        .select_related("point", "place")
        .order_by("point__removed_on", "point__review_on", "what")
    )


def ledger(org: Organisation, removed: bool) -> QuerySet[RiskVersion]:
    """The list of an organisation that was seen first (`listing`): what is in force, or what was removed."""
    return standing(Q(point__org=org, point__removed_on__isnull=not removed))


def regional(actor: Actor) -> QuerySet[RiskVersion]:
    """The items of the regional list in force, each with `taken`: how many schools in the actor's sight have
    it in their ledgers."""
    having = Q(point__adopted__removed_on=None, point__adopted__org__in=scope(actor, "risk-point.see"))
    return standing(
        Q(point__regional=True, point__removed_on=None, point__county_id=actor.county_id)
    ).annotate(taken=Count("point__adopted", filter=having))


def taken_by(org_id: UUID) -> set[UUID]:
    """The items of the regional list that stand in this ledger."""
    rows = RiskPoint.objects.filter(org_id=org_id, origin__isnull=False, removed_on=None)
    return set(rows.values_list("origin_id", flat=True))


class Kept(NamedTuple):
    """How a school's ledger stands."""

    org_id: UUID
    name: str
    points: int
    major: int
    overdue: int


def ledgers(actor: Actor, today: date) -> list[Kept]:
    """The ledgers of the schools below or near, those without any first; one statement."""
    mine = Q(risk_points__removed_on=None, risk_points__isnull=False)
    late = Q(risk_points__review_on__lt=today)
    major = RiskVersion.objects.filter(point=OuterRef("risk_points"), standing=True, major_source=True)
    rows = (
        Organisation.objects.filter(
            id__in=reached(actor, "risk-point.see"), kind__in=kinds_on("school"), closed=None
        )
        .exclude(id__in=actor.viewers)
        .annotate(
            points=Count("risk_points", filter=mine),
            major=Count("risk_points", filter=mine & Q(Exists(major))),
            late=Count("risk_points", filter=mine & late),
        )
        .order_by("name")
    )
    found = [Kept(row.id, row.name, row.points, row.major, row.late) for row in rows]
    return sorted(found, key=lambda one: (one.points > 0, -one.overdue, one.name))


def point_seen(actor: Actor, point_id: UUID) -> RiskPoint:
    """A point that the actor may see: of the regional list, or of a school in sight."""
    found = (
        RiskPoint.objects.filter(Q(regional=True) | Q(org__in=scope(actor, "risk-point.see")))
        .select_related("org", "origin__org")
        .filter(county_id=actor.county_id, id=point_id)
        .first()
    )
    if found is None:
        raise not_found()
    return found


def versions_of(point: RiskPoint) -> list[RiskVersion]:
    """Every version of a point that was seen first, the newest first."""
    return list(RiskVersion.objects.filter(point=point).select_related("place").order_by("-number"))


def reviews_of(point: RiskPoint) -> list[RiskReview]:
    """Every review of a point that was seen first, the oldest first."""
    return list(RiskReview.objects.filter(point=point).order_by("at"))


def last_round(org: Organisation) -> RiskRound | None:
    """When the list of an organisation, seen first, was last gone through."""
    return RiskRound.objects.filter(org=org).order_by("-at").first()


def keepers_lists(actor: Actor) -> dict[UUID, str]:
    """The actor's organisations whose list it keeps, by id."""
    own = reached(actor, "risk-point.keep")
    return {
        one.org_id: one.org_name for one in actor.holdings if one.org_id in own and keeps_list(one.org_kind)
    }


def places_of(org_id: UUID) -> dict[str, str]:
    """The places of a school, by id as text."""
    rows = Place.objects.filter(org_id=org_id, closed=None).order_by("kind", "name")
    return {str(key): name for key, name in rows.values_list("id", "name")}


def posts_of(org_id: UUID) -> dict[str, str]:
    """The kinds of post at an organisation, each with a title that is used there."""
    rows = Post.objects.filter(org_id=org_id, school_class=None).order_by("kind", "-title")
    return dict(rows.values_list("kind", "title"))


def post_titles(org_ids: set[UUID]) -> Mapping[tuple[UUID, str], str]:
    """(organisation, kind of post) → its title there; one statement."""
    rows = Post.objects.filter(org_id__in=org_ids).order_by("kind", "-title")
    return {(org_id, kind): title for org_id, kind, title in rows.values_list("org_id", "kind", "title")}
