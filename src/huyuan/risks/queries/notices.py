"""Risk notices: who may get one, what was issued and received, how each school stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Reach, Region
from huyuan.orgs.permissions import not_found, reached, scope
from huyuan.orgs.vocabulary import kinds_on
from huyuan.registers.queries import agencies_of, keepers
from huyuan.risks.models import RiskMeasure, RiskNotice, RiskReceipt
from huyuan.risks.permissions import ISSUERS
from huyuan.risks.rules import notices as rules


# ---- who issues, who receives
# ---------------------------------------------------------------------------------------------------------
def issuers(actor: Actor) -> dict[UUID, str]:
    """The actor's organisations in whose name a risk notice may be issued, by id."""
    own = reached(actor, "risk-notice.issue")
    return {
        holding.org_id: holding.org_name
        for holding in actor.holdings
        if holding.org_id in own and holding.org_kind in ISSUERS
    }


def recorders(actor: Actor) -> dict[UUID, dict[UUID, str]]:
    """For whom the actor may record a notice that came on paper (代录): its organisation → stations and
    squads by id; one statement for each of its organisations that records."""
    found = {
        keeper.org_id: {org.id: org.name for org in agencies_of(actor, keeper.org_id) if org.kind in ISSUERS}
        for keeper in keepers(actor)
    }
    return {keeper: agencies for keeper, agencies in found.items() if agencies}


@dataclass(frozen=True)
class Audience:
    """The schools that a notice may go to, by id, and those of each town."""

    schools: dict[UUID, str]
    towns: dict[UUID, str]
    of_town: dict[UUID, set[UUID]]


def audience(org_id: UUID, recorded_by: UUID | None) -> Audience:
    """The schools that `org_id` may warn: those whose liaison it, or an organisation below it, is. Where
    another one records the notice: that one's own school, or those below it. One statement.

    The caller has seen to it that the actor may write for them (`issuers`, `recorders`)."""
    if recorded_by:
        near = Reach.objects.filter(viewer_id=recorded_by, relation__in=("own", "below"))
    else:
        mine = Reach.objects.filter(viewer_id=org_id, relation__in=("own", "below")).values("org_id")
        near = Reach.objects.filter(viewer__in=mine, relation="linked")
    rows = (
        Organisation.objects.filter(id__in=near.values("org_id"), kind__in=kinds_on("school"), closed=None)
        .select_related("region__parent")
        .order_by("region__name", "name")
    )
    found = Audience({}, {}, {})
    for school in rows:
        town = town_of(school.region)
        found.schools[school.id] = school.name
        found.towns[town.id] = town.name
        found.of_town.setdefault(town.id, set()).add(school.id)
    return found


def town_of(region: Region) -> Region:
    """The town that a region, perhaps a village, lies in; the county where it is that."""
    return region.parent if region.kind == "village" and region.parent else region


# ---- lists
# ---------------------------------------------------------------------------------------------------------
def seen(actor: Actor) -> Q:
    """The notices that the actor may see: written by, recorded by or sent to an organisation in sight."""
    mine = scope(actor, "risk-notice.see")
    received = RiskReceipt.objects.filter(notice=OuterRef("pk"), org__in=mine)
    return Q(org__in=mine) | Q(recorded_by_org__in=mine) | Q(Exists(received))


def notices(actor: Actor, state: str, kind: str, now: datetime) -> QuerySet[RiskNotice]:
    """Those that the actor may see, the newest first, in this state (empty: all) and of this kind, each with
    `total`, `signed` and `late` recipients, as far as the actor may see these."""
    found = RiskNotice.objects.filter(seen(actor))
    match state:
        case "in-force":
            found = found.filter(withdrawn_at=None, expires_at__gt=now)
        case "expired":
            found = found.filter(withdrawn_at=None, expires_at__lte=now)
        case "withdrawn":
            found = found.filter(withdrawn_at__isnull=False)
    if kind:
        found = found.filter(kind=kind)
    received = RiskReceipt.objects.filter(notice=OuterRef("pk"), org__closed=None).order_by()

    def many(rows: QuerySet[RiskReceipt]) -> Any:
        counted = rows.values("notice").annotate(many=Count("pk")).values("many")
        return Coalesce(Subquery(counted), 0)

    return (
        found.select_related("org", "recorded_by_org")
        .annotate(total=many(received), signed=many(received.filter(signed_at__isnull=False)))
        .order_by("-issued_at", "id")
    )


def waiting(actor: Actor, now: datetime) -> QuerySet[RiskReceipt, Any]:
    """Notices in force for which one of the actor's organisations has not signed, what should have been
    signed first on top: notice, kind, place, measure, ends, sign_by, issuer, org_name, withdrawn."""
    return (
        RiskReceipt.objects.filter(
            org__in=scope(actor, "risk-notice.sign"),
            signed_at=None,
            notice__withdrawn_at=None,
            notice__expires_at__gt=now,
        )
        .order_by("notice__sign_by", "notice_id", "org_id")
        .values(
            "notice_id",
            kind=F("notice__kind"),
            place=F("notice__place"),
            ends=F("notice__ends_at"),
            sign_by=F("notice__sign_by"),
            issued_by=F("issuer__short_name"),
            org_name=F("org__short_name"),
        )
    )


# ---- one
# ---------------------------------------------------------------------------------------------------------
def notice_seen(actor: Actor, risk_id: UUID) -> RiskNotice:
    """A notice that the actor may see; a foreign one answers like one that does not exist."""
    found = (
        RiskNotice.objects.select_related("org", "recorded_by_org", "sheet", "replaces", "replaced_by")
        .filter(seen(actor), id=risk_id)
        .first()
    )
    if found is None:
        raise not_found()
    return found


class Standing(NamedTuple):
    """A recipient in the list of receipts; `closed`: the school is no more."""

    org_id: UUID
    name: str
    state: rules.Receipt
    signed_at: datetime | None
    signed_by: str
    chased_at: datetime | None
    closed: bool
    measures: list[dict[str, str]]


def standings(actor: Actor, notice: RiskNotice, now: datetime) -> list[Standing]:
    """The recipients of a notice that was seen first, as far as the actor may see them: all for whoever wrote
    it, else those in sight. What waits longest is on top; one statement."""
    mine = scope(actor, "risk-notice.see")
    wrote = Q(issuer__in=mine) | Q(keeper__in=mine)
    told = RiskMeasure.objects.filter(receipt=OuterRef("pk")).order_by("at")
    rows = (
        RiskReceipt.objects.filter(wrote | Q(org__in=mine), notice=notice)
        .select_related("org")
        .annotate(told=ArraySubquery(told.values(json=JSONObject(text="text", at="at", by="by_name"))))
    )
    state = rules.state_of(notice.expires_at, notice.withdrawn_at, now)
    found = [
        Standing(
            row.org_id,
            row.org.name,
            rules.receipt_of(row.signed_at, notice.sign_by, state, now),
            row.signed_at,
            row.signed_by_name,
            row.chased_at,
            row.org.closed is not None,
            row.told,
        )
        for row in rows
    ]
    order = list(rules.RECEIPTS)
    return sorted(found, key=lambda one: (one.closed, order.index(one.state), one.name))


def my_receipts(actor: Actor, notice: RiskNotice) -> list[RiskReceipt]:
    """The recipients for which the actor signs."""
    rows = RiskReceipt.objects.filter(notice=notice, org__in=scope(actor, "risk-notice.sign"))
    return list(rows.select_related("org").order_by("org__name"))
