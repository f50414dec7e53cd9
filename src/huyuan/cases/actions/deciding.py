"""What is decided about a matter: how grave it is, what keeps people safe until then, who watches it, until
when, whether it is gone."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from huyuan.cases.actions.moving import due_text, said
from huyuan.cases.actions.raising import drop_part_clock
from huyuan.cases.actions.stepping import Move, Uploads, finish, moving, named, settle, with_case
from huyuan.cases.models import Case
from huyuan.cases.rules import AREAS, OPEN_PART, moved_due
from huyuan.duties.models import Learned
from huyuan.kernel.days import day_of, end_of, last_day, zh_date
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.session import widened
from huyuan.registers import effects

GOVERNMENT = {"party-committee": "当地党委", "government": "当地政府"}


def dispute(*, actor: Actor, case_id: UUID, client_id: UUID, reason: str, now: datetime) -> Case:
    """Put it on the joint meeting's list. Raises Refused `missing-reason`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(reason, "请写明要会议商定什么。")
            with_case(move, "dispute")
            move.case.desk_id = move.top
            finish(move, "dispute", text=text)
        return move.case


def verify(
    *,
    actor: Actor,
    case_id: UUID,
    client_id: UUID,
    what: str = "",
    photos: Uploads | None = None,
    on: date | None = None,
    now: datetime,
) -> Case:
    """It is gone, says somebody who did not fix it."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(what, "请写明回访的情况。") if move.case.confidential else what.strip()
            with_case(move, "verify")
            move.case.closed_at = now
            move.files = {"after": photos or {}}
            settle(move)
            tell = {
                part.org_id: f"{move.way.verbs['verify']}：{named(move.case)}"
                for part in move.parts
                if part.state == "done"
            }
            finish(move, "verify", text=text, on=on, tell=tell)
        return move.case


def reject(
    *,
    actor: Actor,
    case_id: UUID,
    client_id: UUID,
    reason: str,
    photos: Uploads | None = None,
    now: datetime,
) -> Case:
    """It is not gone yet: whoever did it goes on, the clock with it. Raises Refused `missing-reason`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(reason, "请写明哪里还没有整改到位。")
            with_case(move, "reject")
            again = resume(move)
            move.files = {"before": photos or {}}
            finish(
                move,
                "reject",
                text=text,
                tell=dict.fromkeys(again, f"{move.way.verbs['reject']}，请继续办理：{named(move.case)}"),
            )
        return move.case


def reopen(*, actor: Actor, case_id: UUID, client_id: UUID, reason: str, now: datetime) -> Case:
    """It is there again: history and clock go on. Raises Refused `missing-reason`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(reason, "请写明为什么重新打开。")
            with_case(move, "reopen")
            move.case.closed_at, move.case.reopened = None, move.case.reopened + 1
            again = resume(move)
            finish(
                move,
                "reopen",
                text=text,
                tell=dict.fromkeys(again, f"重新打开，请继续办理：{named(move.case)}"),
            )
        return move.case


def interim(
    *,
    actor: Actor,
    case_id: UUID,
    client_id: UUID,
    what: str,
    photos: Uploads | None = None,
    on: date | None = None,
    now: datetime,
) -> Case:
    """What keeps people safe until it is gone. Raises Refused `missing-reason`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(what, "请写明采取了什么临时防范措施。")
            with_case(move, "interim")
            move.files = {"paper": photos or {}}
            finish(move, "interim", text=text, on=on)
        return move.case


def report(
    *,
    actor: Actor,
    case_id: UUID,
    client_id: UUID,
    to: Sequence[str],
    what: str,
    papers: Uploads | None = None,
    on: date | None = None,
    now: datetime,
) -> Case:
    """Report it to party committee or government, with the paper. Only of what is major and can't be put
    right at once. Raises Refused: `missing-reason`, `unknown-receiver`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            if not to or set(to) - GOVERNMENT.keys():
                raise Refused("unknown-receiver", "请选择报告给谁：当地党委、当地政府，可以都选。")
            text = said(what, "请写明报告了什么：情况、临时防范措施、请求解决的问题。")
            with_case(move, "report")
            move.files = {"paper": papers or {}}
            names = "、".join(GOVERNMENT[one] for one in to)
            finish(move, "report", text=text, on=on, detail=[("报告给", names)], values={"to": tuple(to)})
        return move.case


def supervise(
    *, actor: Actor, case_id: UUID, client_id: UUID, level: str, reason: str = "", now: datetime
) -> Case:
    """Watch it more closely, or no longer. Raises Refused: `unknown-level`, `missing-reason`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            found = next((one for one in move.spec.levels if one.key == level), None)
            if found is None or found.key == move.case.level:
                raise Refused("unknown-level", "请选择与现在不同的督办级别。")
            text = said(reason, "请写明督办（解除督办）的理由和要求。")
            with_case(move, "supervise")
            move.case.level = level
            tell = {
                part.org_id: f"{found.zh}：{named(move.case)}"
                for part in move.parts
                if part.state in OPEN_PART
            }
            finish(move, "supervise", text=text, detail=[("级别", found.zh)], tell=tell)
        return move.case


def ask_extension(
    *, actor: Actor, case_id: UUID, client_id: UUID, until: date, reason: str, now: datetime
) -> Case:
    """Whoever has it asks for more time; nothing moves by that. Raises Refused: `missing-reason`,
    `invalid-due`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(reason, "请写明为什么要延期。")
            later(move, until)
            with_case(move, "ask-extension")
            asked = f"{named(move.case)}申请延期到{zh_date(until)}"
            finish(
                move,
                "ask-extension",
                text=text,
                detail=[("申请延期到", zh_date(until))],
                tell={move.top: asked},
            )
        return move.case


def extend(*, actor: Actor, case_id: UUID, client_id: UUID, until: date, reason: str, now: datetime) -> Case:
    """Give more time. Given after the deadline, the first one stays judged. Raises Refused:
    `missing-reason`, `invalid-due`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(reason, "请写明同意延期的理由。")
            later(move, until)
            with_case(move, "extend")
            case, to = move.case, end_of(until)
            before = due_text(move)
            case.judged_at = moved_due(case.due_at, case.judged_at, to, now)
            case.due_at = to
            tell = {
                part.org_id: f"同意延期到{zh_date(until)}：{named(case)}"
                for part in move.parts
                if part.state in OPEN_PART
            }
            finish(
                move, "extend", text=text, detail=[("原期限", before), ("新期限", zh_date(until))], tell=tell
            )
        return move.case


def classify(
    *,
    actor: Actor,
    case_id: UUID,
    client_id: UUID,
    category: str,
    branch: str = "",
    severity: str,
    area: str,
    cannot_fix_now: bool,
    multi_department: bool,
    now: datetime,
) -> Case:
    """What it is about and how grave it is, as it turns out to be; what is learned starts clocks and stops
    none. Raises Refused `unknown-category`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if move.repeated:
            return move.case
        case, spec = move.case, move.spec
        about = spec.category(category)
        if about is None or severity not in {one.key for one in spec.severities} or area not in AREAS:
            raise Refused("unknown-category", "请从列表里选择类别、程度和位置。")
        with_case(move, "classify")
        case.category, case.severity, case.area = category, severity, area
        case.branch = branch if branch in {one.key for one in about.branches} else ""
        case.cannot_fix_now, case.multi_department = cannot_fix_now, multi_department
        learn(case, now)
        if case.state == "fixed":
            case.desk_id = move.verifier
        finish(
            move,
            "classify",
            detail=[
                ("类别", about.zh),
                ("程度", spec.severity(severity).zh),
                ("位置", AREAS[area]),
                ("一时难以整改到位", "是" if cannot_fix_now else "否"),
                ("需要多部门解决", "是" if multi_department else "否"),
            ],
        )
        return case


def learn(case: Case, now: datetime) -> None:
    """Tell the clocks what became known; nothing is ever unlearned."""
    if case.event_id is None:
        return
    quals = [
        f"category={case.category}",
        f"severity={case.severity}",
        f"area={case.area}",
        *(["cannot-fix-now=yes"] if case.cannot_fix_now else []),
        *(["multi-department=yes"] if case.multi_department else []),
    ]
    Learned.objects.bulk_create(
        [Learned(county_id=case.county_id, event_id=case.event_id, qual=qual, at=now) for qual in quals],
        ignore_conflicts=True,
    )


def note(
    *, actor: Actor, case_id: UUID, client_id: UUID, what: str, photos: Uploads | None = None, now: datetime
) -> Case:
    """How things stand. Raises Refused `missing-reason`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(what, "请写明情况。")
            with_case(move, "note")
            move.files = {"paper": photos or {}}
            finish(move, "note", text=text)
        return move.case


def void(*, actor: Actor, case_id: UUID, client_id: UUID, reason: str, now: datetime) -> Case:
    """It was no hazard, or is on record already. What stands in an entry is voided there. Raises Refused
    `missing-reason`."""
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            text = said(reason, "请写明作废的理由。重复登记的，写明是哪一件。")
            with_case(move, "void")
            for part in move.parts:
                if part.state in OPEN_PART:
                    part.state, part.left_at = "withdrawn", now
                    if move.case.confidential:
                        drop_part_clock(part, now)
            settle(move)
            finish(move, "void", text=text)
            with widened({*actor.viewers, move.case.org_id}):
                for sink in effects.SINKS:
                    sink.void(move.case.id, now)
        return move.case


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def resume(move: Move) -> list[UUID]:
    """Whoever said that it is done goes on; nobody did: it is found again. Gives their organisations."""
    again = []
    for part in move.parts:
        if part.state == "done":
            part.state, part.done_at, part.fixer_id = "accepted", None, None
            again.append(part.org_id)
    move.case.fixed_at = None
    settle(move, desk=move.by)
    return again


def later(move: Move, until: date) -> None:
    """An extension leads to a later day. Raises Refused `invalid-due`."""
    due = last_day(move.case.due_at) if move.case.due_at else None
    if until < day_of(move.now) or (due is not None and until <= due):
        raise Refused("invalid-due", "延期要延到今天以后、比原来的期限晚的日期。请改一个日期。")
