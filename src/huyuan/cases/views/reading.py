"""One case, whole; its files."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from huyuan.cases import after, queries
from huyuan.cases.models import Case, CaseFile, Part, Step
from huyuan.cases.queries import Detail
from huyuan.cases.rules import AREAS, OPEN, OPEN_PART, SIGNS, WAYS, Way
from huyuan.cases.views import papers
from huyuan.cases.views.words import PAGES
from huyuan.kernel.days import SHANGHAI, day_of, last_day, zh_deadline, zh_distance
from huyuan.orgs.request import SignedInRequest
from huyuan.registers.sheets import moment_text
from huyuan.trace import files

#: verbs whose button is the main one of the page, the first that can be taken
MAIN = ("accept", "mediate", "visit", "fix", "take", "assign", "verify")
PART_SIGNS = {
    "offered": "owed",
    "accepted": "owed",
    "done": "met",
    "returned": "unknown",
    "passed": "not_applicable",
    "reassigned": "not_applicable",
    "withdrawn": "not_applicable",
}


@require_safe
def case(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """What it is, whose turn it is, what I can do, everything that happened."""
    found = queries.detail(request.actor, case_id)
    return render(request, "cases/case.html", context_of(request, found))


def context_of(request: SignedInRequest, found: Detail) -> dict[str, Any]:
    """The page of a case."""
    case, spec, way = found.case, found.spec, WAYS[found.case.kind]
    about = spec.category(case.category)
    branch = next((one.zh for one in about.branches if one.key == case.branch), "") if about else ""
    overdue = case.state in OPEN and case.judged_at is not None and case.judged_at <= request.now
    level = next((one.zh for one in spec.levels[1:] if one.key == case.level), "")
    buttons = [button(case, choice.verb, choice.zh, choice.part, found) for choice in found.choices]
    # While others work on it, to give it to more is not what is asked.
    asked = [verb for verb in MAIN if verb != "assign" or case.state != "working"]
    main = next((one for verb in asked for one in buttons if one["verb"] == verb), None)
    proxied = [
        {
            "part": part,
            "steps": proxy_steps(case, part, way),
            "link": not case.confidential,
            "link_until": link_until(part, request.now),
        }
        for part in found.parts
        if part.state in OPEN_PART
        and part.id not in found.may.holds
        and (found.may.owner or found.may.overseer)
        and case.state in OPEN
    ]
    return {
        "case": case,
        "received": received(request, found),
        "sign": "overdue" if overdue else SIGNS[case.state],
        "word": "超期" if overdue else way.case.states[case.state],
        "words": PAGES[case.kind],
        "facts": facts(request, found, about.zh if about else "", branch, level),
        "before": [one for step in found.steps for one in pictures(step, "before")],
        "after": [one for step in found.steps for one in pictures(step, "after")],
        "parts_of": [part_row(part, way) for part in found.parts],
        "events": [event(step, way) for step in reversed(found.steps)],
        "shares": [
            {"name": share.org.name, "purpose": share.purpose, "until": share.until} for share in found.shares
        ],
        "main": main,
        "buttons": [one for one in buttons if one is not main],
        "proxied": proxied,
        "turn": turn(found),
        "papers": papers.offered(found),
        "counted": after.counted(request.actor, case, request.now),
    }


def received(request: SignedInRequest, found: Detail) -> dict[str, str] | None:
    """The receipt for the step that led here."""
    client = request.GET.get("received", "")
    step = next((one for one in found.steps if client and str(one.client_id) == client), None)
    at = step.recorded_at if step else None
    if client and str(found.case.client_id) == client:
        at = found.case.recorded_at
    if at is None:
        return None
    return {"client": client, "at": f"{at.astimezone(SHANGHAI):%H:%M}", "text": f"{found.case.number}。"}


def facts(
    request: SignedInRequest, found: Detail, category: str, branch: str, level: str
) -> list[dict[str, Any]]:
    """What it is, as a list of pairs."""
    case = found.case
    due = case.due_at and zh_deadline(case.due_at, request.now) if case.state in OPEN else None
    if case.due_at and not due:
        due = f"{last_day(case.due_at):%Y-%m-%d}"
    took = case.closed_at and max((case.closed_at - case.recorded_at) // timedelta(days=1), 0)
    reporter = f"{case.reporter_org.name} {case.reporter_name}".strip()
    where = "，".join(filter(None, (case.place.name if case.place else "", AREAS[case.area])))
    special = (("一时难以整改到位", case.cannot_fix_now), ("需要多部门联合解决", case.multi_department))
    entry = reverse("registers:entry", args=[case.source_id]) if case.source == "entry" else ""
    pairs = (
        ("单位", {"text": case.org.name, "url": reverse("portal:organisation", args=[case.org_id])}),
        ("位置", case.spot if case.confidential else f"{case.spot}（{where}）"),
        ("类别", f"{category}（{branch}）" if branch else category),
        ("程度", found.spec.severity(case.severity).zh),
        ("督办", level),
        ("特殊情况", "、".join(word for word, holds in special if holds)),
        ("发现", f"{moment_text(case.occurred_at)} {reporter}"),
        ("来自登记", {"text": "查看登记", "url": entry} if entry else ""),
        ("来源", "家长和群众反映" if case.source == "voice" else ""),
        ("整改期限", due or ("" if case.state not in OPEN or case.confidential else "还没有定")),
        ("整改费用", f"{case.cost}元" if case.cost is not None else ""),
        (PAGES[case.kind]["over"], f"{moment_text(case.closed_at)}，历时{took}天" if case.closed_at else ""),
        ("重新打开", f"{case.reopened}次" if case.reopened else ""),
    )  # fmt: skip
    return [{"key": key, "value": value} for key, value in pairs if value]


def turn(found: Detail) -> str:
    """Whose turn it is, in a sentence."""
    case = found.case
    working = [part.org.name for part in found.parts if part.state in OPEN_PART]
    desk = case.desk.name if case.desk else ""
    match case.state:
        case "found" if case.confidential:
            return f"等{desk}调解：一般的本校调解，调解不了的移交有关部门。"
        case "working" if case.confidential:
            return f"{'、'.join(working)}正在调解。每谈一次记一次，谈好了点“已化解”。"
        case "disputed" if case.confidential:
            return f"有单位退回，等{desk}继续调解或者另行移交。"
        case "fixed" if case.confidential:
            return "已经化解，请回访；稳定的办结，又有反复的继续调解。"
        case "found" if case.desk_id != case.org_id:
            return f"等{desk}交办。"
        case "found":
            return f"等{desk}处理：本单位整改，或者交办、报上级。"
        case "working":
            return f"等{'、'.join(working)}整改。"
        case "disputed":
            return f"有单位退回，已列入联席会议议题；等{desk}会商后交办。"
        case "fixed":
            return f"等{desk}复查。整改的人不能自己复查。"
        case _:
            return ""


def button(case: Case, verb: str, zh: str, part: Part | None, found: Detail) -> dict[str, Any]:
    """A step as a button; with several parts of mine the organisation is named."""
    mine = [one for one in found.parts if one.id in found.may.holds or one.id in found.may.gave]
    address = reverse("cases:step", args=[case.id, verb])
    return {
        "verb": verb,
        "label": f"{zh}（{part.org.short_name}）" if part and len(mine) > 1 else zh,
        "url": f"{address}?part={part.id}" if part else address,
    }


def proxy_steps(case: Case, part: Part, way: Way) -> list[dict[str, str]]:
    """What can be recorded for an organisation that does not sign in."""
    verbs = {"offered": ("accept", "fix", "return"), "accepted": ("fix", "return")}[part.state]
    return [
        {
            "label": way.verbs[verb],
            "url": f"{reverse('cases:step', args=[case.id, verb])}?part={part.id}&proxy=1",
        }
        for verb in verbs
        if not (verb == "return" and part.org_id == case.org_id)
    ]


def link_until(part: Part, now: datetime) -> str:
    """Until when the link is good that was sent for the part; empty: there is none."""
    standing = (one for one in part.links.all() if not one.withdrawn_at and not one.used_at)
    return next((moment_text(one.expires_at) for one in standing if now < one.expires_at), "")


def part_row(part: Part, way: Way) -> dict[str, Any]:
    """An organisation's part in the table."""
    return {
        "org": part.org.name,
        "role": "牵头" if part.lead else "配合",
        "what": part.what or "—",
        "responsible": part.responsible,
        "giver": part.giver.short_name,
        "state": {"status": PART_SIGNS[part.state], "word": way.part.states[part.state]},
    }


def event(step: Step, way: Way) -> dict[str, Any]:
    """A step in the timeline."""
    who = f"{step.by.name} {step.person_name}".strip()
    if step.recorded_by:
        who = f"{step.by.name}（{step.recorded_by.name} {step.person_name}代录）"
    lag = day_of(step.recorded_at) - day_of(step.occurred_at)
    return {
        "at": moment_text(step.recorded_at),
        "who": who,
        "what": way.verbs[step.verb] + (f"：{step.to.name}" if step.to else ""),
        "text": step.text,
        "detail": [pair for pair in step.detail if not (step.to and pair[1] == step.to.name)],
        "happened": f"{zh_distance(day_of(step.occurred_at), day_of(step.recorded_at))}办理"
        if lag.days
        else "",
        "files": [shown(one) for one in step.files.all()],
    }


def pictures(step: Step, kind: str) -> list[Mapping[str, Any]]:
    """The photos of a step that show it before, or afterwards."""
    return [
        shown(one)
        for one in step.files.all()
        if one.kind == kind and one.file.media_type.startswith("image/")
    ]


def shown(one: CaseFile) -> dict[str, Any]:
    """A file as the page links to it."""
    return {
        "url": reverse("cases:file", args=[one.id]),
        "name": one.name,
        "kind": one.get_kind_display(),
        "picture": one.file.media_type.startswith("image/"),
    }


@require_safe
def file(request: SignedInRequest, casefile_id: UUID) -> FileResponse:
    """A file of a case that the actor may see. Photos open in the page, all else is downloaded."""
    one = queries.file_seen(request.actor, casefile_id)
    return files.served(one.file, one.name)
