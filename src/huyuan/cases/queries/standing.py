"""Who somebody is to a case, and what may be done with it now."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from huyuan.cases.models import Case, Part, Share
from huyuan.cases.queries.words import overseer_of
from huyuan.cases.rules import OPEN_PART, PARTIES, WAYS, Facts, chain
from huyuan.cases.schema import CaseSpec
from huyuan.kernel.transitions import Transition
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import reached, scope


def seen(actor: Actor) -> QuerySet[Case]:
    """The cases that the actor may see: of organisations in reach, reported by one's own, or shared. What is
    confidential: where the actor's own post handles such matters, or reported by nobody but the actor."""
    shared = Share.objects.filter(case=OuterRef("pk"), org__in=actor.viewers)
    mine = Q(reporter_org__in=actor.viewers)
    everyday = Q(org__in=scope(actor, "case.see")) | mine | Exists(shared)
    handling = scope(actor, "dispute.see")
    trusted = (
        Q(org__in=handling)
        | mine & Q(reporter=actor.person_id, reporter__isnull=False)
        | Exists(shared.filter(org__in=handling))
    )
    return Case.objects.filter(Q(confidential=False) & everyday | Q(confidential=True) & trusted)


@dataclass(frozen=True)
class Roles:
    """As what the actor stands to a case. `overseer`: through which organisation of the actor's."""

    owner: bool
    overseer: bool
    holds: frozenset[UUID]
    gave: frozenset[UUID]

    def of_case(self) -> list[str]:
        """The parties, in the order in which a step is taken."""
        is_party = {
            "holder": bool(self.holds),
            "owner": self.owner,
            "overseer": self.overseer,
            "giver": False,
        }
        return [party for party in PARTIES if is_party[party]]

    def of_part(self, part: Part) -> list[str]:
        """The parties to one part."""
        is_party = {"holder": part.id in self.holds, "giver": part.id in self.gave}
        return [party for party in PARTIES if is_party.get(party)]


def roles(actor: Actor, case: Case, parts: Iterable[Part]) -> Roles:
    """As what the actor stands to the case; no statement."""
    handles, works = reached(actor, "case.handle"), reached(actor, "case.work")
    owner, overseer = case.org_id in handles, case.org_id in reached(actor, "case.oversee")
    if case.confidential:
        handles = reached(actor, "dispute.see")
        reported = actor.person_id is not None and case.reporter_id == actor.person_id
        owner, overseer = case.org_id in handles or reported, False
    open_parts = [part for part in parts if part.state in OPEN_PART]
    return Roles(
        owner,
        overseer,
        frozenset(part.id for part in open_parts if part.org_id in works),
        frozenset(part.id for part in open_parts if overseer or part.giver_id in handles),
    )


def facts_of(
    actor: Actor,
    case: Case,
    parts: Sequence[Part],
    spec: CaseSpec,
    part: Part | None = None,
    to: Collection[UUID] = (),
) -> Facts:
    """What the guards look at; `part`: the part that the step is about, `to`: who gets it."""
    came_from = {one.id: one.from_part_id for one in parts}
    held_by = {one.id: one.org_id for one in parts}
    top = overseer_of(case.county_id, case.org_id, spec)
    return Facts(
        mine_fixed=actor.person_id is not None
        and any(one.fixer_id == actor.person_id for one in parts if one.state == "done"),
        verified_by=spec.severity(case.severity).verified_by,
        grave=case.cannot_fix_now and case.severity == spec.severities[-1].key,
        from_entry=case.source not in ("", "voice"),
        undated=case.due_at is None,
        above=case.desk_id == top != case.org_id,
        only_own=all(one.org_id == case.org_id for one in parts if one.state in OPEN_PART),
        own=part is not None and part.org_id == case.org_id,
        been=chain(part.id, came_from, held_by) if part else frozenset(),
        to=frozenset(to),
    )


@dataclass(frozen=True)
class Choice:
    """A step that can be taken now: with the case, or with one part of it."""

    verb: str
    zh: str
    part: Part | None = None


def choices(
    actor: Actor, case: Case, parts: Sequence[Part], spec: CaseSpec, may: Roles | None = None
) -> list[Choice]:
    """Every step that the actor can take now, those with the own part first; each button stands for one."""
    may = may or roles(actor, case, parts)
    way = WAYS[case.kind]
    found: list[Choice] = []
    if case.state not in ("closed", "void"):
        for part in parts:
            facts = facts_of(actor, case, parts, spec, part)
            steps = _steps(way.part.allowed(part.state, party, facts) for party in may.of_part(part))
            found += [Choice(verb, way.part.verbs[verb], part) for verb in steps]
    facts = facts_of(actor, case, parts, spec)
    verbs = _steps(way.case.allowed(case.state, party, facts) for party in may.of_case())
    return found + [Choice(verb, way.case.verbs[verb]) for verb in verbs]


def _steps(found: Iterable[list[Transition[Facts]]]) -> list[str]:
    return list(dict.fromkeys(step.verb for steps in found for step in steps))
