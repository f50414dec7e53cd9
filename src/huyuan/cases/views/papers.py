"""The papers of a hazard, to be printed, signed and sent: notice of rectification, notice of supervision,
reply, closure slip. Each says what the record says when it is opened; layout after GB/T 9704."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from huyuan.cases import queries
from huyuan.cases.models import Part, Step
from huyuan.cases.queries import Detail
from huyuan.cases.rules import AREAS, OPEN_PART
from huyuan.kernel.days import day_of, last_day, zh_date
from huyuan.orgs.permissions import not_found
from huyuan.orgs.request import SignedInRequest


@dataclass(frozen=True)
class Paper:
    """A paper as it is printed: who sends it to whom, what it says, on which day."""

    title: str
    sender: str
    to: str
    paragraphs: list[str]
    rows: list[tuple[str, str]]
    day: str


def what(found: Detail) -> str:
    """The hazard in a sentence."""
    case = found.case
    about = found.spec.category(case.category)
    kind = f"属{about.zh}类" if about else ""
    grave = found.spec.severity(case.severity).zh
    described = f"{case.spot}{case.description}".rstrip("。，")
    return f"{case.org.name}{AREAS[case.area]}存在隐患：{described}（{kind}，{grave}）"


def last(found: Detail, *verbs: str) -> Step | None:
    """The newest step of these verbs."""
    return next((step for step in reversed(found.steps) if step.verb in verbs), None)


def lead(found: Detail, states: tuple[str, ...]) -> Part | None:
    """The part that answers for the whole, in one of the states."""
    parts = [part for part in found.parts if part.state in states]
    return next((part for part in reversed(parts) if part.lead), parts[-1] if parts else None)


def due(found: Detail) -> str:
    """于2026年10月28日前"""
    return f"于{zh_date(last_day(found.case.due_at))}前" if found.case.due_at else "尽快"


def rectification(found: Detail) -> Paper | None:
    """整改通知书: whoever gave it asks whoever got it to put it right by the deadline."""
    part, step = lead(found, (*OPEN_PART, "done")), last(found, "assign", "take")
    if part is None or step is None:
        return None
    helpers = [one.org.name for one in found.parts if one.state in (*OPEN_PART, "done") and one.id != part.id]
    asked = f"请你单位{due(found)}完成整改，并将整改情况（附整改前后照片）书面回复。"
    return Paper(
        "安全隐患整改通知书",
        part.giver.name,
        part.org.name,
        [
            f"经查，{what(found)}。",
            *([f"要求：{part.what}"] if part.what else []),
            *([f"由你单位牵头，{'、'.join(helpers)}配合。"] if helpers else []),
            asked,
            "整改完成前，请落实临时防范措施，确保师生安全。不属于你单位职责的，请说明理由退回。",
        ],
        [],
        zh_date(day_of(step.recorded_at)),
    )


def supervision(found: Detail) -> Paper | None:
    """督办通知书: it is watched more closely."""
    step, part = last(found, "supervise"), lead(found, (*OPEN_PART, "done"))
    level = next((one.zh for one in found.spec.levels[1:] if one.key == found.case.level), "")
    if step is None or part is None or not level:
        return None
    return Paper(
        f"安全隐患{level}通知书",
        step.by.name,
        part.org.name,
        [
            f"{what(found)}，已交你单位整改，现予以{level}。",
            f"督办要求：{step.text}",
            f"请你单位{due(found)}完成整改，逾期未完成的书面说明原因。",
        ],
        [],
        zh_date(day_of(step.recorded_at)),
    )


def reply(found: Detail) -> Paper | None:
    """整改情况回复: whoever put it right says what was done."""
    part, step = lead(found, ("done",)), last(found, "fix")
    if part is None or step is None:
        return None
    return Paper(
        "安全隐患整改情况的回复",
        part.org.name,
        part.giver.name,
        [f"{what(found)}，你单位交办后，我单位已完成整改。", f"整改情况：{step.text}", "请予复查。"],
        [(label, said) for label, said in step.detail],
        zh_date(day_of(step.occurred_at)),
    )


def closure(found: Detail) -> Paper | None:
    """销号单: who fixed it, who checked, when it was closed."""
    step, case = last(found, "verify", "settle"), found.case
    if step is None or case.closed_at is None:
        return None
    fixing = {step.by.name: step.text for step in found.steps if step.verb == "fix"}
    told = "；".join(f"{name}：{text}" for name, text in fixing.items())
    done = "、".join(part.org.name for part in found.parts if part.state == "done") or case.org.name
    return Paper(
        "安全隐患销号单",
        step.by.name,
        case.org.name,
        [],
        [
            ("编号", case.number),
            ("单位", case.org.name),
            ("隐患", f"{case.spot}{case.description}"),
            ("发现", zh_date(day_of(case.occurred_at))),
            ("整改期限", zh_date(last_day(case.due_at)) if case.due_at else "当场整改"),
            ("整改单位", done),
            ("整改情况", (next(iter(fixing.values())) if len(fixing) == 1 else told) or "当场整改"),
            ("整改费用", f"{case.cost}元" if case.cost is not None else "—"),
            ("复查人", f"{step.by.name} {step.person_name}"),
            ("复查情况", step.text or "整改到位"),
            ("销号日期", zh_date(day_of(case.closed_at))),
        ],
        zh_date(day_of(case.closed_at)),
    )


PAPERS: Mapping[str, tuple[str, Callable[[Detail], Paper | None]]] = {
    "notice": ("整改通知书", rectification),
    "supervision": ("督办通知书", supervision),
    "reply": ("整改回复", reply),
    "closure": ("销号单", closure),
}


def offered(found: Detail) -> list[tuple[str, str]]:
    """(kind, name) of the papers that can be printed now."""
    if found.case.confidential:
        return []
    return [(kind, zh) for kind, (zh, make) in PAPERS.items() if make(found)]


@require_safe
def paper(request: SignedInRequest, case_id: UUID, paper: str) -> HttpResponse:
    """A paper of the case. Raises Refused `not-found` where there is none yet."""
    found = queries.detail(request.actor, case_id)
    _, make = PAPERS.get(paper, ("", None))
    made = make(found) if make and not found.case.confidential else None
    if made is None:
        raise not_found()
    return render(request, "cases/paper.html", {"case": found.case, "paper": made})
