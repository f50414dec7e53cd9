"""Kinds of paper, what an organisation keeps of them, what was handed in; every read begins with the
scope."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from huyuan.kernel.days import ONE_DAY, end_of, start_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.kept import per_library
from huyuan.orgs.models import Organisation, Reach
from huyuan.orgs.permissions import allowed, not_found, require, scope
from huyuan.orgs.queries import kinds_of
from huyuan.papers.models import PaperKind, Policy, Submission
from huyuan.papers.required import required
from huyuan.papers.schema import PaperSpec
from huyuan.registers.models import Entry

KEPT = ("policy", "letter")
NEAREST = ("below", "region", "linked", "own")


# ---- kinds
# ---------------------------------------------------------------------------------------------------------
@per_library
def kinds() -> Mapping[str, PaperSpec]:
    """Every kind of paper of the installed packs, by key, in the order of their titles."""
    rows = PaperKind.objects.filter(current=True).order_by("title").values_list("key", "spec")
    return {key: PaperSpec.model_validate(spec) for key, spec in rows}


def kind(key: str) -> PaperSpec:
    """One kind. Raises Refused `unknown-paper`."""
    spec = kinds().get(key)
    if spec is None:
        raise Refused("unknown-paper", "没有这种材料，可能已经停用。请从“制度与报送”里重新选择。", kind=key)
    return spec


# ---- policies
# ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Kept:
    """A kind of policy in an organisation: what is in force today, and older versions. None in force:
    missing."""

    spec: PaperSpec
    required: bool
    in_force: Policy | None
    older: tuple[Policy, ...]
    review_due: bool


def policies(actor: Actor, org_id: UUID, day: date) -> list[Kept]:
    """Every kind that the organisation must keep or keeps, the missing ones first."""
    require(actor, "paper.view", org_id)
    org_kind = kinds_of(actor.county_id)[org_id]
    versions: dict[str, list[Policy]] = defaultdict(list)
    rows = Policy.objects.filter(org_id=org_id).select_related("file").order_by("-version")
    for policy in rows:
        versions[policy.kind].append(policy)
    asked = required(actor.county_id, [org_id], day).get(org_id, set())
    found = []
    for spec in kinds().values():
        must = spec.key in asked or org_kind in spec.required_by
        if spec.nature not in KEPT or not (must or versions[spec.key]):
            continue
        current = in_force(versions[spec.key], day)
        found.append(
            Kept(
                spec,
                must,
                current,
                tuple(policy for policy in versions[spec.key] if policy != current),
                bool(current and current.review_on and current.review_on <= day),
            )
        )
    return sorted(found, key=lambda kept: (kept.in_force is not None, not kept.review_due))


def in_force(versions: list[Policy], day: date) -> Policy | None:
    """Of the versions of one kind, newest first, the one that holds on `day`."""
    for policy in versions:
        if policy.from_day <= day:
            return None if policy.withdrawn_on and policy.withdrawn_on <= day else policy
    return None


def keepable(actor: Actor, org_id: UUID) -> list[PaperSpec]:
    """The kinds of file that may be uploaded for the organisation."""
    require(actor, "paper.keep", org_id)
    return [spec for spec in kinds().values() if spec.nature in KEPT]


def policy_seen(actor: Actor, policy_id: UUID) -> Policy:
    """A policy that the actor may see; a foreign one answers like one that does not exist."""
    policy = Policy.objects.select_related("file", "org").filter(id=policy_id).first()
    if policy is None or not allowed(actor, "paper.view", policy.org_id):
        raise not_found()
    return policy


@dataclass(frozen=True)
class Completeness:
    """How many kinds of policy an organisation must keep, which of them are missing, and how many files in
    force are due for review."""

    org_id: UUID
    name: str
    required: int
    missing: tuple[str, ...]
    review_due: int


def completeness(actor: Actor, day: date) -> list[Completeness]:
    """For every organisation in sight that must keep policies, by name; a constant number of queries."""
    kept = [spec for spec in kinds().values() if spec.nature in KEPT]
    seen = Organisation.objects.filter(id__in=scope(actor, "paper.view"), closed=None).order_by("name", "id")
    orgs = list(seen.values_list("id", "kind", "name"))
    ids = [org_id for org_id, _, _ in orgs]
    asked = required(actor.county_id, ids, day)
    held: dict[UUID, set[str]] = defaultdict(set)
    for step in policies_in_force(ids):
        if step.from_day <= day:
            (held[step.org_id].add if step.value else held[step.org_id].discard)(step.kind)
    due = review_due(ids, day)
    found = []
    for org_id, org_kind, name in orgs:
        mine = asked.get(org_id, set())
        wanted = [spec for spec in kept if spec.key in mine or org_kind in spec.required_by]
        missing = tuple(spec.title for spec in wanted if spec.key not in held[org_id])
        if wanted:
            found.append(Completeness(org_id, name, len(wanted), missing, due[org_id]))
    return found


def review_due(org_ids: Collection[UUID], day: date) -> Counter[UUID]:
    """How many of each organisation's files in force were to be looked at again by the day; one query."""
    newest = (
        Policy.objects.filter(org_id__in=org_ids, from_day__lte=day)
        .order_by("org_id", "kind", "-version")
        .distinct("org_id", "kind")
        .values_list("org_id", "review_on", "withdrawn_on")
    )
    return Counter(
        org_id
        for org_id, review_on, withdrawn_on in newest
        if review_on and review_on <= day and not (withdrawn_on and withdrawn_on <= day)
    )


class InForce(NamedTuple):
    """From `from_day` on, so many files of this kind are in force (0 or 1), until the kind's next step."""

    org_id: UUID
    kind: str
    from_day: date
    value: int


def policies_in_force(org_ids: Collection[UUID]) -> Iterator[InForce]:
    """Steps of every kind of policy of these organisations, ordered by (org_id, kind, from_day); one query.

    A measure `policies.<kind>` counts them. A newer version takes over from its first day; a withdrawn one
    no longer holds from `withdrawn_on`. A kind that was never kept has no step.
    """
    rows = (
        Policy.objects.filter(org_id__in=org_ids)
        .order_by("org_id", "kind", "version")
        .values_list("org_id", "kind", "from_day", "withdrawn_on")
    )
    for (org_id, policy_kind), versions in groupby(rows.iterator(chunk_size=2000), key=itemgetter(0, 1)):
        for day, value in steps_of((from_day, withdrawn_on) for _, _, from_day, withdrawn_on in versions):
            yield InForce(org_id, policy_kind, day, value)


def steps_of(versions: Iterable[tuple[date, date | None]]) -> list[tuple[date, int]]:
    """(day, 1 or 0 from then on) of one kind's (from_day, withdrawn_on), oldest version first."""
    steps: dict[date, int] = {}
    for from_day, withdrawn_on in versions:
        # What an older version said about later days is overruled from this version's first day on.
        steps = {day: value for day, value in steps.items() if day < from_day} | {from_day: 1}
        if withdrawn_on:
            steps[withdrawn_on] = 0
    return sorted(steps.items())


# ---- submissions
# ---------------------------------------------------------------------------------------------------
def to_hand_in(actor: Actor, org_id: UUID) -> list[PaperSpec]:
    """The kinds of paper that the organisation hands in."""
    org_kind = kinds_of(actor.county_id)[org_id]
    return [spec for spec in kinds().values() if spec.nature == "submission" and org_kind in spec.required_by]


def receiver(org_id: UUID, spec: PaperSpec) -> Organisation:
    """Who receives it: the nearest organisation of a kind in `to` that looks after this one.

    Raises Refused `missing-receiver`.
    """
    reach = Reach.objects.filter(org_id=org_id, viewer__kind__in=spec.to).select_related("viewer")
    found = sorted(reach, key=lambda row: (NEAREST.index(row.relation), str(row.viewer_id)))
    if not found:
        raise Refused("missing-receiver", f"没有可以接收“{spec.title}”的上级单位，请联系管理员核对单位归属。")
    return found[0].viewer


def collected(org_id: UUID, spec: PaperSpec, period: str) -> list[Entry]:
    """The standing entries of the paper's form that happened in the month, oldest first."""
    first, last = month_days(period)
    assert spec.collects
    return list(
        Entry.objects.filter(
            org_id=org_id,
            form__key=spec.collects.form,
            state__in=("submitted", "confirmed"),
            occurred_at__gte=start_of(first),
            occurred_at__lt=end_of(last),
        )
        .select_related("form", "org", "place")
        .order_by("occurred_at", "id")
    )


def month_days(period: str) -> tuple[date, date]:
    """First and last day of a month like "2026-10". Raises Refused `invalid-period`."""
    try:
        first = date.fromisoformat(f"{period}-01")
    except ValueError:
        raise Refused("invalid-period", "请选择要报送的月份，如 2026-10。", period=period) from None
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, following - ONE_DAY


def sent(actor: Actor, org_id: UUID) -> QuerySet[Submission]:
    """What the organisation handed in, newest first."""
    require(actor, "paper.view", org_id)
    return Submission.objects.filter(org_id=org_id).select_related("org", "to").order_by("-received_at")


@dataclass(frozen=True)
class InboxFilters:
    """What an inbox is narrowed by; empty means all. `state`: received, acknowledged, returned."""

    kind: str = ""
    period: str = ""
    state: str = ""


def inbox(actor: Actor, filters: InboxFilters) -> QuerySet[Submission]:
    """What was handed to the actor's organisations, what waits first, then newest first."""
    found = Submission.objects.filter(to__in=scope(actor, "paper.receive")).select_related("org", "to")
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.period:
        found = found.filter(period=filters.period)
    match filters.state:
        case "received":
            found = found.filter(acknowledged_at=None, returned_at=None)
        case "acknowledged":
            found = found.filter(acknowledged_at__isnull=False)
        case "returned":
            found = found.filter(returned_at__isnull=False)
    return found.order_by("-received_at")


def submission_seen(actor: Actor, submission_id: UUID) -> Submission:
    """A submission that the actor sent, received or looks after."""
    found = (
        Submission.objects.select_related("org", "to", "file")
        .filter(Q(org__in=scope(actor, "paper.view")) | Q(to__in=scope(actor, "paper.receive")))
        .filter(id=submission_id)
        .first()
    )
    if found is None:
        raise not_found()
    return found
