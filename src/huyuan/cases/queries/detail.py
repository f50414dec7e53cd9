"""One case, whole."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q

from huyuan.cases.models import Case, CaseFile, Part, Share, Step
from huyuan.cases.queries.standing import Choice, Roles, choices, roles, seen
from huyuan.cases.queries.words import spec_of
from huyuan.cases.rules import OPEN, WAYS
from huyuan.cases.schema import CaseSpec
from huyuan.orgs import vocabulary
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Liaison, Organisation, Place
from huyuan.orgs.permissions import not_found

WITH = ("org__region", "place", "desk", "reporter_org")
TOP = 6


@dataclass(frozen=True)
class Detail:
    """A case with everything that happened to it, and what the actor can do with it now."""

    case: Case
    spec: CaseSpec
    parts: list[Part]
    steps: list[Step]
    shares: list[Share]
    may: Roles
    choices: list[Choice]


def case_seen(actor: Actor, case_id: UUID) -> Case:
    """The case, if the actor may see it. Raises Refused `not-found`."""
    case = seen(actor).select_related(*WITH).filter(id=case_id).first()
    if case is None:
        raise not_found()
    return case


def detail(actor: Actor, case_id: UUID) -> Detail:
    """Six statements."""
    case = case_seen(actor, case_id)
    spec = spec_of(case.kind)
    parts = list(
        case.parts.select_related("org", "giver").prefetch_related("links").order_by("offered_at", "id")
    )
    steps = list(
        case.steps.select_related("by", "recorded_by", "to")
        .prefetch_related(Prefetch("files", CaseFile.objects.select_related("file").order_by("id")))
        .order_by("recorded_at", "id")
    )
    shares = list(case.shares.select_related("org").order_by("given_at"))
    may = roles(actor, case, parts)
    return Detail(case, spec, parts, steps, shares, may, choices(actor, case, parts, spec, may))


def file_seen(actor: Actor, file_id: UUID) -> CaseFile:
    """A file of a case that the actor may see. Raises Refused `not-found`."""
    one = CaseFile.objects.select_related("file").filter(id=file_id).first()
    if one is None or not seen(actor).filter(id=one.case_id).exists():
        raise not_found()
    return one


def receivers(
    actor: Actor, case: Case, spec: CaseSpec
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Organisations that a matter can be given to, (id, name): those likely to remove it, then the others:
    offices of the county and of its own town. Two statements."""
    about = spec.category(case.category)
    likely = about.to if about else ()
    linked = set(Liaison.objects.filter(school=case.org_id, until=None).values_list("agency_id", flat=True))
    town = case.org.region.parent_id if case.org.region.kind == "village" else case.org.region_id
    rows = list(
        Organisation.objects.filter(county_id=actor.county_id, closed=None)
        .filter(
            Q(id=case.org_id)
            | Q(kind__in=vocabulary.kinds_on("agency", "government", "company") - {"village-committee"})
            & (
                Q(region__kind="county")
                | Q(region_id=town)
                | Q(region__kind="village", region__parent_id=town)
            )
        )
        .order_by("name")
        .values_list("id", "name", "kind", "region__kind")
    )
    order = {kind: number for number, kind in enumerate(likely)}
    first = sorted(
        (row for row in rows if row[2] in order or row[0] == case.org_id),
        key=lambda row: (row[0] == case.org_id, order.get(row[2], len(order)), row[0] not in linked),
    )
    if WAYS[spec.key].confidential:
        first = [row for row in first if row[0] != case.org_id]
        rows = first
    chosen = {row[0] for row in first}
    return (
        [(str(row[0]), row[1]) for row in first],
        [(str(row[0]), row[1]) for row in rows if row[0] not in chosen],
    )


def alike(actor: Actor, org_id: UUID, spec: CaseSpec, now: datetime) -> list[Case]:
    """Open matters of the organisation that a new one may be the same as, the newest first."""
    since = now - timedelta(days=spec.same_days)
    rows = seen(actor).filter(org_id=org_id, kind=spec.key, state__in=OPEN, recorded_at__gte=since)
    return list(rows.order_by("-recorded_at")[:TOP])


def places_of(org_id: UUID) -> list[tuple[str, str]]:
    """Buildings and gates, (id, name)."""
    rows = Place.objects.filter(org_id=org_id, closed=None).order_by("kind", "name")
    return [(str(key), name) for key, name in rows.values_list("id", "name")]
