"""What every step of a case does: lock, ask who may, ask the table, write, trace, prove, tell."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from huyuan.cases import queries
from huyuan.cases.models import Case, CaseFile, Part, Share, Step
from huyuan.cases.permissions import ANSWERABLE, CONFIDANTS
from huyuan.cases.queries.standing import Roles, facts_of, roles, seen
from huyuan.cases.rules import WAYS, Way, names_somebody, standing
from huyuan.cases.schema import CaseSpec
from huyuan.duties.models import Event
from huyuan.kernel.days import day_of, end_of, start_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.notify.actions import Line, send_all
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Post
from huyuan.orgs.permissions import holding_for, not_found
from huyuan.orgs.queries import calendar_of
from huyuan.orgs.session import widened
from huyuan.registers import effects
from huyuan.trace import actions as trace

Uploads = Mapping[UUID, str]
"""Files stored for this request: id → the name under which they were sent."""


@dataclass
class Move:
    """A case under its lock, and who is about to take a step with it. `by` is the organisation that acts;
    `recorded_by` another one that writes it down on its behalf (代录)."""

    actor: Actor
    case: Case
    spec: CaseSpec
    parts: list[Part]
    may: Roles
    client_id: UUID
    now: datetime
    repeated: bool = False
    part: Part | None = None
    by: UUID = field(default_factory=uuid7)
    recorded_by: UUID | None = None
    files: dict[str, Uploads] = field(default_factory=dict)

    @property
    def way(self) -> Way:
        """The tables by which its kind goes."""
        return WAYS[self.case.kind]

    @property
    def top(self) -> UUID:
        """To whom the matter goes up."""
        return queries.overseer_of(self.case.county_id, self.case.org_id, self.spec)

    @property
    def verifier(self) -> UUID:
        """Whose turn it is once it is fixed."""
        above = self.spec.severity(self.case.severity).verified_by == "overseer"
        return self.top if above else self.case.org_id


@contextmanager
def moving(*, actor: Actor, case_id: UUID, client_id: UUID, now: datetime) -> Iterator[Move]:
    """The case under a row lock, as the actor stands to it. Raises Refused `not-found`. `repeated`: this very
    step was taken before, and nothing is left to do."""
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).filter(id=case_id).first()
        if case is None or not seen(actor).filter(id=case_id).exists():
            raise not_found()
        parts = list(case.parts.order_by("offered_at", "id"))
        before = Step.objects.filter(county_id=case.county_id, client_id=client_id).first()
        if before and before.case_id != case.id:
            raise Refused("conflict-client-id", "这一步已经用同一个编号记在别处，没有改动。请刷新页面再试。")
        yield Move(
            actor,
            case,
            queries.spec_of(case.kind),
            parts,
            roles(actor, case, parts),
            client_id,
            now,
            repeated=before is not None,
        )


def with_case(move: Move, verb: str, to: Collection[UUID] = ()) -> None:
    """Take this step with the case as a whole: its state becomes what the table says. Raises what
    `Table.apply` raises; where several parties of the actor's are refused, the last one's sentence."""
    facts = facts_of(move.actor, move.case, move.parts, move.spec, to=to)
    party, state = _apply(move.way.case, move.case.state, verb, move.may.of_case(), facts)
    move.case.state = state
    move.by = acting_org(move, party)


def with_part(
    move: Move, verb: str, part_id: UUID, to: Collection[UUID] = (), *, proxy: bool = False
) -> Part:
    """Take this step with one part. `proxy`: for the organisation that holds it, by somebody who handles or
    oversees the matter and has its signature (代录). Raises Refused `not-found`, and what `Table.apply`
    raises."""
    part = next((one for one in move.parts if one.id == part_id), None)
    if part is None:
        raise not_found()
    if move.case.state in ("closed", "void"):
        raise Refused("closed-case", "这件事已经办结，没有改动。需要再办的，请先“重新打开”。")
    parties = move.may.of_part(part)
    if proxy and "holder" not in parties and (move.may.owner or move.may.overseer):
        parties = ["holder", *parties]
        move.recorded_by = acting_org(move, "overseer" if move.may.overseer else "owner")
    facts = facts_of(move.actor, move.case, move.parts, move.spec, part, to)
    party, part.state = _apply(move.way.part, part.state, verb, parties, facts)
    move.part = part
    move.by = part.org_id if party == "holder" else acting_org(move, "giver")
    if part.state in ("returned", "passed", "withdrawn"):
        part.left_at = move.now
    return part


def _apply(table: Any, state: str, verb: str, parties: Sequence[str], facts: Any) -> tuple[str, str]:
    """The party that may take the step, and where it leads."""
    refusal: Refused | None = None
    for party in parties or ("",):
        try:
            return party, table.apply(state, verb, party, facts)
        except Refused as refused:
            # A guard's own sentence says more than "somebody else's".
            if refusal is None or refused.code == "conflict-guard":
                refusal = refused
    assert refusal is not None
    raise refusal


def acting_org(move: Move, party: str) -> UUID:
    """Through which of the actor's organisations the step is taken."""
    if party == "owner":
        return move.case.org_id
    if party == "holder":
        return next(part.org_id for part in move.parts if part.id in move.may.holds)
    holding = holding_for(move.actor, "case.oversee", move.case.org_id)
    if holding:
        return holding.org_id
    return move.part.giver_id if move.part else move.case.org_id


def settle(move: Move, *, desk: UUID | None = None) -> None:
    """The case's state after its parts, and whose turn it is."""
    case = move.case
    if case.state in ("working", "found", "fixed", "disputed"):
        case.state = standing([part.state for part in move.parts])
    if case.state == "fixed":
        case.fixed_at = max(part.done_at for part in move.parts if part.done_at and part.state == "done")
    turns = {"fixed": move.verifier, "disputed": move.top, "closed": None, "void": None}
    case.desk_id = turns.get(case.state, desk or case.desk_id or case.org_id)


def finish(
    move: Move,
    verb: str,
    *,
    text: str = "",
    detail: Sequence[tuple[str, str]] = (),
    to: UUID | None = None,
    values: Mapping[str, tuple[str, ...]] | None = None,
    on: date | None = None,
    tell: Mapping[UUID, str] | None = None,
) -> Step:
    """Write what the step changed, its history, its trace, its proofs, its messages.

    `detail`: (label, text) pairs; `to`: the organisation that got it; `values`: what "$to" stands for in what
    it proves; `on`: the day on which it happened, where that lies before today; `tell`: organisation → what
    its people are told.
    """
    case, now = move.case, move.now
    if case.confidential:
        unnamed(text, *(said for _, said in detail), *(part.what for part in move.parts))
    case.save()
    for part in move.parts:
        part.save()
    occurred = now if on is None or on >= day_of(now) else max(start_of(on), case.occurred_at)
    step = Step.objects.create(
        id=uuid7(),
        county_id=case.county_id,
        case=case,
        part=move.part,
        client_id=move.client_id,
        verb=verb,
        by_id=move.by,
        recorded_by_id=move.recorded_by,
        person_name=move.actor.name,
        to_id=to,
        state=case.state,
        text=text[:1000],
        detail=[[label, said] for label, said in detail if said],
        occurred_at=occurred,
        recorded_at=now,
    )
    keep_files(step, move.files)
    said: dict[str, Any] = {"state": case.state, "step": str(step.id)}
    if not case.confidential:
        said |= {"text": text, "detail": step.detail}
    by = move.recorded_by or move.by
    trace.record(move.actor.snapshot(), f"case.{verb}", "case", case.id, by, None, said, now=now)
    prove(move, step, values or {})
    tell_all(case, verb, tell or {}, now)
    return step


def unnamed(*texts: str) -> None:
    """A confidential matter is told without persons. Raises Refused `names-somebody`."""
    if any(names_somebody(text) for text in texts):
        raise Refused(
            "names-somebody",
            "这里不登记个人信息。请删去身份证号码、手机号码和姓名，只写事情本身。",
        )


def keep_files(step: Step, files: Mapping[str, Uploads]) -> None:
    """The files of a step, by what they show."""
    CaseFile.objects.bulk_create(
        CaseFile(
            county_id=step.county_id,
            case_id=step.case_id,
            step=step,
            kind=kind,
            file_id=file_id,
            name=name[:120],
        )
        for kind, uploads in files.items()
        for file_id, name in uploads.items()
    )


def prove(move: Move, step: Step, values: Mapping[str, tuple[str, ...]]) -> None:
    """The acts that the step realises: of whoever took it, of the organisation where the matter lies, and of
    the one whose clock it stops."""
    case = move.case
    realised = [one for proof in move.spec.proofs if proof.verb == step.verb for one in proof.acts]
    if not realised or case.event_id is None:
        return
    own_clock = move.part is not None and move.spec.given is not None and move.part.org_id != case.org_id
    referred = effects.act_id(move.part.id, 0) if move.part and own_clock else case.event_id
    event_org = Event.objects.filter(id=case.event_id).values_list("org_id", flat=True).first()
    for org_id in dict.fromkeys(filter(None, (event_org, case.org_id, step.by_id))):
        answers = case.event_id if org_id in (event_org, case.org_id) else referred
        done: list[effects.Effect] = [
            effects.ActDone(
                act=one.act,
                quals=qualifiers(one.where, values),
                occurred_at=step.occurred_at,
                index=index,
                answers=str(answers),
            )
            for index, one in enumerate(realised)
        ]
        header = effects.Header(
            "case",
            step.id,
            case.county_id,
            org_id,
            step.recorded_at,
            recorder_id=step.recorded_by_id or step.by_id,
        )
        # The clock may run at an organisation that is out of the sight of whoever stops it.
        with widened({*move.actor.viewers, org_id}):
            for sink in effects.SINKS:
                sink.record(header, done, frozenset({org_id}), step.recorded_at)


def qualifiers(where: Mapping[str, Any], values: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Sorted "key=value" tokens, "$to" and the like filled in."""
    tokens = set()
    for key, given in where.items():
        for one in (given,) if isinstance(given, str) else given:
            for value in values.get(one[1:], ()) if one.startswith("$") else (one,):
                tokens.add(f"{key}={value}")
    return tuple(sorted(tokens))


def share(move: Move, org_id: UUID, purpose: str) -> None:
    """The organisation sees the case from now on, until some time after its deadline; never for a shorter
    time than before."""
    due = move.case.due_at or move.now
    until = day_of(max(due, move.now)) + timedelta(days=move.spec.share_days)
    row, made = Share.objects.get_or_create(
        case=move.case,
        org_id=org_id,
        defaults={
            "county_id": move.case.county_id,
            "purpose": purpose,
            "until": until,
            "given_by_id": move.by,
            "given_at": move.now,
        },
    )
    if not made and row.until < until:
        row.until = until
        row.save(update_fields=["until"])


def set_deadline(move: Move, due: date | None, working_days: int | None) -> None:
    """The deadline, the first time that somebody says one: a day, or so many working days, make-up days among
    them; handing on and splitting don't move it."""
    case = move.case
    if case.due_at is not None:
        return
    if working_days is not None:
        due = calendar_of(case.county_id).add_working_days(day_of(move.now), working_days)
    if due is None:
        return
    if due < day_of(move.now):
        raise Refused("invalid-due", "整改期限不能早于今天。请改为今天或以后的日期。")
    case.due_at = case.judged_at = end_of(due)


def ready(county_id: int, org_ids: Collection[UUID], today: date) -> dict[UUID, Organisation]:
    """The organisations to which something can be given. Raises Refused: `unknown-organisation`,
    `closed-organisation` naming the one that is in business no more, and what it became."""
    found = {
        org.id: org
        for org in Organisation.objects.select_related("merged_into").filter(
            county_id=county_id, id__in=list(org_ids)
        )
    }
    if len(found) < len(set(org_ids)):
        raise Refused("unknown-organisation", "没有找到要交给的单位。请从列表里重新选择。")
    for org in found.values():
        if org.closed and org.closed <= today:
            instead = f"，已并入{org.merged_into.name}，请改选" if org.merged_into else "，请改选别的单位"
            raise Refused("closed-organisation", f"{org.name}已经撤销{instead}。")
    return found


def tell_all(case: Case, verb: str, lines: Mapping[UUID, str], now: datetime) -> None:
    """One message for each post that answers for these organisations' matters; a repeat changes nothing."""
    if not lines:
        return
    kinds = CONFIDANTS if case.confidential else ANSWERABLE
    posts = Post.objects.filter(org_id__in=list(lines), kind__in=kinds)
    url = reverse("cases:case", args=[case.id])
    send_all(
        (
            Line(org_id, kind, f"case-{verb}:{case.id}:{now:%Y%m%d%H%M%S}", lines[org_id][:300], url)
            for org_id, kind in posts.values_list("org_id", "kind").distinct()
        ),
        now=now,
    )


def named(case: Case) -> str:
    """How a message names it: 隐患〔2026〕12号（东楼梯扶手松动）; what is confidential by its number."""
    if case.confidential:
        return case.number
    what = f"{case.spot}{case.description}"
    return f"{case.number}（{what[:24]}{'…' if len(what) > 24 else ''}）"
