"""A matter goes from hand to hand: taken up, given to others, accepted, handed on, sent back, done.

Equals can't order each other: what is given may be sent back with a reason, and then it stands on the joint
meeting's list. The deadline is the matter's, whoever has it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from huyuan.cases.actions.raising import drop_part_clock, start_part_clock
from huyuan.cases.actions.stepping import (
    Move,
    Uploads,
    finish,
    moving,
    named,
    ready,
    set_deadline,
    settle,
    share,
    with_case,
    with_part,
)
from huyuan.cases.models import Case, Part
from huyuan.cases.rules import OPEN_PART
from huyuan.duties.models import Event
from huyuan.kernel.days import day_of, last_day, zh_date
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation

RECTIFY, SETTLE = "整改", "调解"


def take(
    *,
    actor: Actor,
    case_id: UUID,
    client_id: UUID,
    due: date | None = None,
    working_days: int | None = None,
    responsible: str = "",
    what: str = "",
    now: datetime,
) -> Case:
    """The organisation itself puts it right, by the day `due` or in so many working days. Raises Refused:
    `invalid-due`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            with_case(move, "take")
            reassign(move)
            set_deadline(move, due, working_days)
            give(move, move.case.org_id, lead=True, what=what, responsible=responsible, accepted=True)
            settle(move, desk=move.case.org_id)
            assigned(move)
            finish(move, "take", text=what, detail=[("责任人", responsible), ("整改期限", due_text(move))])
        return move.case


def assign(
    *,
    actor: Actor,
    case_id: UUID,
    client_id: UUID,
    lead: UUID,
    support: Sequence[UUID] = (),
    what: str = "",
    due: date | None = None,
    working_days: int | None = None,
    meeting: str = "",
    now: datetime,
) -> Case:
    """Give it to an organisation, and parts of it to others that support it; each accepts or sends back.

    The deadline stays where one was set. `meeting`: what a joint meeting decided, of a disputed matter.
    Raises Refused: `already-assigned`, `closed-organisation`, `unknown-organisation`, `invalid-due`.
    """
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if move.repeated:
            return move.case
        to = list(dict.fromkeys([lead, *support]))
        orgs = ready(move.case.county_id, to, day_of(now))
        if move.case.confidential:
            said(what, "请写明为什么移交、请对方做什么。")
            settlers(move, orgs)
        with_case(move, "assign", to)
        busy = [
            orgs[part.org_id].name for part in move.parts if part.state in OPEN_PART and part.org_id in orgs
        ]
        if busy:
            raise Refused("already-assigned", f"{'、'.join(busy)}正在办理这件事，不必再交办。")
        reassign(move)
        set_deadline(move, due, working_days)
        leading = any(part.lead for part in move.parts if part.state in OPEN_PART)
        for org_id in to:
            part = give(move, org_id, lead=org_id == lead and not leading, what=what)
            if org_id != move.case.org_id:
                share(move, org_id, SETTLE if move.case.confidential else RECTIFY)
                start_part_clock(move.case, part, now, now)
        settle(move, desk=move.by)
        assigned(move)
        names = [orgs[org_id].name for org_id in to]
        finish(
            move,
            "assign",
            to=lead,
            text=what,
            detail=[
                ("牵头" if len(to) > 1 else "交给", names[0]),
                ("配合", "、".join(names[1:])),
                ("会商意见", meeting),
                ("整改期限", due_text(move)),
            ],
            tell={org_id: f"交办给本单位：{named(move.case)}，请接办或说明理由退回。" for org_id in to},
        )
        return move.case


def pass_up(*, actor: Actor, case_id: UUID, client_id: UUID, reason: str, now: datetime) -> Case:
    """The organisation can't put it right by itself: the one above decides who does. Raises Refused
    `missing-reason`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(reason, "请写明为什么本单位解决不了、需要谁来解决。")
            with_case(move, "pass-up")
            for part in move.parts:
                if part.state in OPEN_PART:
                    part.state, part.left_at = "withdrawn", now
            settle(move, desk=move.top)
            finish(move, "pass-up", text=text, to=move.top, tell={move.top: f"请交办：{named(move.case)}"})
        return move.case


def accept(
    *,
    actor: Actor,
    case_id: UUID,
    client_id: UUID,
    part_id: UUID,
    responsible: str = "",
    proxy: Uploads | None = None,
    now: datetime,
) -> Case:
    """The organisation takes it on. `proxy`: the signed sheet, where it is recorded on its behalf."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            part = with_part(move, "accept", part_id, proxy=bool(proxy))
            part.accepted_at, part.responsible = now, responsible
            move.files = {"sheet": proxy or {}}
            settle(move)
            finish(
                move,
                "accept",
                detail=[("责任岗位", responsible)],
                tell={part.giver_id: f"已接办：{named(move.case)}"},
            )
        return move.case


def return_(
    *,
    actor: Actor,
    case_id: UUID,
    client_id: UUID,
    part_id: UUID,
    reason: str,
    proxy: Uploads | None = None,
    now: datetime,
) -> Case:
    """Not ours: it goes back, and with nobody else working on it onto the joint meeting's list. Raises
    Refused `missing-reason`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(reason, "请写明退回的理由：为什么不归本单位办，您认为归谁办。")
            part = with_part(move, "return", part_id, proxy=bool(proxy))
            drop_part_clock(part, now)
            move.files = {"sheet": proxy or {}}
            settle(move)
            line = f"被退回：{named(move.case)}"
            finish(move, "return", text=text, tell={part.giver_id: line, move.top: line})
        return move.case


def pass_on(
    *, actor: Actor, case_id: UUID, client_id: UUID, part_id: UUID, to: UUID, reason: str, now: datetime
) -> Case:
    """It is another organisation's: hand it on. The clock runs on; it can't come back by the same way.

    Raises Refused: `missing-reason`, `conflict-guard`, `already-assigned`, `closed-organisation`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(reason, "请写明转办的理由。")
            orgs = ready(move.case.county_id, [to], day_of(now))
            part = with_part(move, "pass-on", part_id, [to])
            free(move, to, orgs[to].name)
            drop_part_clock(part, now)
            given = give(move, to, lead=part.lead, what=part.what, from_part=part)
            share(move, to, RECTIFY)
            start_part_clock(move.case, given, part.offered_at, now)
            settle(move)
            line = f"转办给本单位：{named(move.case)}，请接办或说明理由退回。"
            finish(
                move, "pass-on", text=text, to=to, detail=[("转给", orgs[to].name)],
                tell={to: line, part.giver_id: f"已转给{orgs[to].name}：{named(move.case)}"},
            )  # fmt: skip
        return move.case


def bring_in(
    *, actor: Actor, case_id: UUID, client_id: UUID, part_id: UUID, to: UUID, what: str, now: datetime
) -> Case:
    """Whoever has it asks another organisation to help; it accepts or sends back like any other."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(what, "请写明请对方做什么。")
            orgs = ready(move.case.county_id, [to], day_of(now))
            with_part(move, "bring-in", part_id, [to])
            free(move, to, orgs[to].name)
            given = give(move, to, lead=False, what=text)
            share(move, to, "协办")
            start_part_clock(move.case, given, now, now)
            settle(move)
            finish(
                move, "bring-in", text=text, to=to, detail=[("请", orgs[to].name)],
                tell={to: f"请本单位协办：{named(move.case)}"},
            )  # fmt: skip
        return move.case


def withdraw(
    *, actor: Actor, case_id: UUID, client_id: UUID, part_id: UUID, reason: str, now: datetime
) -> Case:
    """Take back what was given, before it is done. Raises Refused `missing-reason`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(reason, "请写明撤回的理由。")
            part = with_part(move, "withdraw", part_id)
            drop_part_clock(part, now)
            settle(move, desk=move.by)
            finish(move, "withdraw", text=text, tell={part.org_id: f"交办已撤回：{named(move.case)}"})
        return move.case


def fix(
    *,
    actor: Actor,
    case_id: UUID,
    client_id: UUID,
    part_id: UUID,
    what: str,
    photos: Uploads | None = None,
    cost: Decimal | None = None,
    on: date | None = None,
    proxy: Uploads | None = None,
    now: datetime,
) -> Case:
    """It is put right: what was done, how it looks now, what it cost (yuan, added to what was said before).
    Another one checks. Raises Refused `missing-reason`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(what, "请写明做了什么。")
            part = with_part(move, "fix", part_id, proxy=bool(proxy))
            part.done_at, part.accepted_at = now, part.accepted_at or now
            part.fixer_id = actor.person_id
            if cost is not None:
                move.case.cost = (move.case.cost or 0) + cost
            move.files = {"after": photos or {}, "sheet": proxy or {}}
            settle(move)
            done = "已化解，请回访" if move.case.confidential else "已整改，请复查"
            ready_to_check = move.case.state == "fixed"
            finish(
                move, "fix", text=text, on=on,
                detail=[("费用", f"{cost}元" if cost is not None else "")],
                tell={move.verifier: f"{done}：{named(move.case)}"} if ready_to_check else {},
            )  # fmt: skip
        return move.case


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def give(
    move: Move,
    org_id: UUID,
    *,
    lead: bool,
    what: str = "",
    responsible: str = "",
    from_part: Part | None = None,
    accepted: bool = False,
) -> Part:
    """A part for an organisation; of its own matters it has accepted from the start."""
    part = Part(
        id=uuid7(),
        county_id=move.case.county_id,
        case=move.case,
        org_id=org_id,
        giver_id=move.by,
        lead=lead,
        state="accepted" if accepted else "offered",
        what=what[:300],
        responsible=responsible[:60],
        from_part=from_part,
        offered_at=move.now,
        accepted_at=move.now if accepted else None,
    )
    move.parts.append(part)
    return part


def free(move: Move, org_id: UUID, name: str) -> None:
    """Nobody gets a second part while the first is open. Raises Refused `already-assigned`."""
    if any(part.org_id == org_id and part.state in OPEN_PART for part in move.parts):
        raise Refused("already-assigned", f"{name}正在办理这件事，不必再交给它。")


def reassign(move: Move) -> None:
    """What came back is given to others from now on."""
    for part in move.parts:
        if part.state == "returned":
            part.state = "reassigned"


def assigned(move: Move) -> None:
    """The clocks that start when somebody is charged with it."""
    if move.case.event_id:
        Event.objects.filter(id=move.case.event_id, assigned_at=None).update(assigned_at=move.now)


def settlers(move: Move, orgs: Mapping[UUID, Organisation]) -> None:
    """A dispute goes to offices that settle such ones, and to nobody else. Raises Refused
    `unknown-organisation`."""
    about = move.spec.category(move.case.category)
    able = about.to if about else ()
    for org in orgs.values():
        if org.kind not in able:
            raise Refused(
                "unknown-organisation",
                f"矛盾纠纷不能移交给{org.name}。请从列表里选择能调处的部门，如平安办、司法所、派出所。",
            )


def due_text(move: Move) -> str:
    """2026年10月28日"""
    return zh_date(last_day(move.case.due_at)) if move.case.due_at else ""


def said(text: str, asked: str) -> str:
    """What somebody wrote; nothing is refused with what is asked for."""
    if not text.strip():
        raise Refused("missing-reason", asked)
    return text.strip()
