"""What entries say was done about a matter moves it on, as if it had been said on its own page; what is said
no more is undone. Paper ledgers and the matter's page tell the same story."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from huyuan.cases import queries
from huyuan.cases.actions.raising import Finding, of_finding
from huyuan.cases.models import Case, Part, Step
from huyuan.cases.rules import OPEN_PART, UNDONE, standing
from huyuan.kernel.copying import insert_rows
from huyuan.kernel.ids import uuid7
from huyuan.orgs.session import current
from huyuan.registers.effects import ActDone, Header, Source, act_id
from huyuan.registers.models import Entry
from huyuan.trace import actions as trace

CORRECTED = (
    "source_id",
    "event_id",
    "area",
    "spot",
    "description",
    "category",
    "severity",
    "cannot_fix_now",
    "multi_department",
    "occurred_at",
)


@dataclass(frozen=True)
class Doing:
    """An act of an entry that answers a matter."""

    header: Header
    act: ActDone
    event_id: UUID


def follow(sources: Sequence[Source], now: datetime) -> None:
    """Move on the cases that acts of these sources answer. Four statements, none where nothing is
    answered."""
    doings = [one for source in sources for one in answers(source)]
    cases = {case.event_id: case for case in locked({one.event_id for one in doings})} if doings else {}
    doings = [one for one in doings if one.event_id in cases]
    if not doings:
        return
    parts: dict[UUID, list[Part]] = defaultdict(list)
    for part in Part.objects.filter(case__in=cases.values()).order_by("offered_at", "id"):
        parts[part.case_id].append(part)
    fillers = {
        entry.id: entry
        for entry in Entry.objects.filter(id__in={one.header.source_id for one in doings}).only(
            "id", "filler_id", "filler_name"
        )
    }
    steps: list[Step] = []
    for one in sorted(doings, key=lambda one: (one.act.occurred_at, one.act.index)):
        case = cases[one.event_id]
        step = move_on(case, parts[case.id], one, fillers.get(one.header.source_id))
        if step:
            steps.append(step)
    write(cases.values(), [part for some in parts.values() for part in some], steps, now)


def answers(source: Source) -> list[Doing]:
    """The acts of a source that answer an event, with it."""
    found = []
    for act in source.effects:
        if isinstance(act, ActDone) and (act.answers or act.event is not None):
            try:
                event_id = (
                    UUID(act.answers) if act.answers else act_id(source.header.source_id, act.event or 0)
                )
            except ValueError:
                continue
            found.append(Doing(source.header, act, event_id))
    return found


def locked(event_ids: Collection[UUID]) -> QuerySet[Case]:
    """The cases that are these events, under row locks in the order of their ids."""
    return Case.objects.select_for_update(of=("self",)).filter(event_id__in=event_ids).order_by("id")


def move_on(case: Case, parts: list[Part], doing: Doing, entry: Entry | None) -> Step | None:
    """Take the step that the act stands for; None where the matter's own beginning says so already."""
    spec = queries.spec_of(case.kind)
    verb = next(
        (
            proof.verb
            for proof in spec.proofs
            for one in proof.acts
            if one.act == doing.act.act and proof.verb not in ("assign", "supervise", "report")
        ),
        "note",
    )
    if case.state in ("closed", "void"):
        return None
    header, at = doing.header, doing.header.confirmed_at or doing.header.recorded_at
    own = header.source_id == case.source_id
    if own and verb in ("take", "note"):
        return None
    filler_id = entry.filler_id if entry else None
    open_parts = [part for part in parts if part.state in OPEN_PART]
    if verb == "take" and not open_parts:
        parts.append(new_part(case, case.org_id, header.org_id, at))
    if verb == "fix":
        mine = [part for part in open_parts if part.org_id == header.org_id] or open_parts
        if not mine:
            mine = [new_part(case, header.org_id, header.org_id, at)]
            parts += mine
        for part in mine:
            part.state, part.done_at, part.fixer_id = "done", at, filler_id
    by_another = all(part.fixer_id != filler_id for part in parts if part.state == "done")
    if verb == "verify" and case.state == "fixed" and by_another:
        case.state, case.closed_at, case.desk_id = "closed", at, None
    if case.state != "closed":
        case.state = standing([part.state for part in parts])
        if case.state == "fixed":
            case.fixed_at = at
            above = spec.severity(case.severity).verified_by == "overseer"
            case.desk_id = queries.overseer_of(case.county_id, case.org_id, spec) if above else case.org_id
    return Step(
        id=uuid7(),
        county_id=case.county_id,
        case=case,
        verb=verb,
        by_id=header.org_id,
        recorded_by_id=header.recorder_id if header.recorder_id != header.org_id else None,
        person_name=entry.filler_name if entry else "",
        state=case.state,
        source_id=header.source_id,
        occurred_at=doing.act.occurred_at,
        recorded_at=at,
    )


def new_part(case: Case, org_id: UUID, giver_id: UUID, at: datetime) -> Part:
    """A part that an entry says somebody has."""
    return Part(
        id=uuid7(),
        county_id=case.county_id,
        case=case,
        org_id=org_id,
        giver_id=giver_id,
        state="accepted",
        offered_at=at,
        accepted_at=at,
    )


def drop(source_ids: Collection[UUID], now: datetime) -> None:
    """Entries were voided: the matters that they raised are none, unless another entry stands for them; the
    steps that they told are taken back."""
    replaced = set(
        Entry.objects.filter(corrects_id__in=source_ids)
        .exclude(state__in=("draft", "void"))
        .values_list("corrects_id", flat=True)
    )
    raised = set(source_ids) - replaced
    told = Step.objects.filter(source_id__in=source_ids).values("case_id")
    cases = list(
        (Case.objects.filter(source_id__in=raised) | Case.objects.filter(id__in=told))
        .exclude(state="void")
        .order_by("id")
    )
    if cases:
        take_back(cases, raised, set(source_ids), now)


def adopt(kind: str, corrected: Mapping[UUID, Sequence[Finding]], now: datetime) -> None:
    """What a corrected entry raised goes on as the finding at its place in the new one; what the new one
    finds no more is no matter. `corrected`: entry that was corrected → the findings of the new one."""
    raised = Case.objects.filter(kind=kind, source_id__in=list(corrected))
    cases = list(raised.exclude(state="void").order_by("id"))
    gone = []
    for case in cases:
        assert case.source_id is not None
        finding = next((one for one in corrected[case.source_id] if one.place == case.place_in_source), None)
        if finding is None:
            gone.append(case)
            continue
        fresh = of_finding(finding, act_id(finding.header.source_id, finding.event.index))
        for name in CORRECTED:
            setattr(case, name, getattr(fresh, name))
    Case.objects.bulk_update([case for case in cases if case not in gone], CORRECTED)
    if gone:
        take_back(gone, {case.source_id for case in gone if case.source_id}, (), now)


def take_back(cases: Sequence[Case], raised: Collection[UUID], gone: Collection[UUID], now: datetime) -> None:
    """Void what was raised by a source that is gone, and undo what such sources told of the others."""
    told: dict[UUID, set[str]] = defaultdict(set)
    for step in Step.objects.filter(case__in=cases, source_id__in=gone):
        told[step.case_id].add(step.verb)
    parts = list(Part.objects.filter(case__in=cases))
    steps = []
    for case in cases:
        own = [part for part in parts if part.case_id == case.id]
        if case.source_id in raised:
            for part in own:
                if part.state in OPEN_PART:
                    part.state, part.left_at = "withdrawn", now
            case.state, case.desk_id = "void", None
        else:
            if "verify" in told[case.id] and case.state == "closed":
                case.state, case.closed_at = "fixed", None
            if "fix" in told[case.id]:
                for part in own:
                    if part.state == "done":
                        part.state, part.done_at, part.fixer_id = "accepted", None, None
            if case.state != "closed":
                case.state = standing([part.state for part in own])
                case.desk_id = case.desk_id or case.org_id
        steps.append(undone(case, now))
    write(cases, parts, steps, now)


def undone(case: Case, now: datetime) -> Step:
    """What the history says of an entry that was voided."""
    actor = current()
    return Step(
        id=uuid7(),
        county_id=case.county_id,
        case=case,
        verb=UNDONE,
        by_id=case.reporter_org_id,
        person_name=actor.name,
        state=case.state,
        text="登记作废或更正，由它记下的内容不再算数。",
        occurred_at=now,
        recorded_at=now,
    )


def write(cases: Iterable[Case], parts: Sequence[Part], steps: Sequence[Step], now: datetime) -> None:
    """The rows as they are now, with their trace."""
    cases = list(cases)
    Case.objects.bulk_update(cases, ["state", "desk", "fixed_at", "closed_at"])
    new = [part for part in parts if part._state.adding]
    Part.objects.bulk_update(
        [part for part in parts if not part._state.adding], ["state", "done_at", "fixer", "left_at"]
    )
    insert_rows(new)
    insert_rows(steps)
    trace.record_all(
        current().snapshot(),
        [
            trace.Act(f"case.{step.verb}", "case", step.case_id, step.by_id, None, {"state": step.state})
            for step in steps
        ],
        now=now,
    )
