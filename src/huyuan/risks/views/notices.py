"""Risk notices as they are received and followed: the list, one of them from both ends, what is done."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from huyuan.kernel.days import SHANGHAI, day_of, last_day, zh_day, zh_deadline
from huyuan.kernel.errors import Refused
from huyuan.orgs.permissions import not_found, reached
from huyuan.orgs.request import SignedInRequest
from huyuan.papers.views.filing import uuid_given
from huyuan.registers.sheets import moment_text
from huyuan.risks import actions, queries
from huyuan.risks.actions.notices import writes
from huyuan.risks.models import RiskNotice
from huyuan.risks.queries import Standing
from huyuan.risks.rules import notices as rules
from huyuan.trace import files

PAGE = 50
#: how a notice and a recipient are drawn, in the marks of the house
MARKS = {
    "in-force": "owed",
    "expired": "not_applicable",
    "withdrawn": "waived",
    "overdue": "overdue",
    "waiting": "owed",
    "unsigned": "missed",
    "signed": "met",
}


def kind_zh(key: str) -> str:
    """The name of a kind of risk; one that the packs no longer have goes by its key."""
    kinds = queries.kinds()
    return kinds[key].zh if key in kinds else key


def span_text(starts: datetime, ends: datetime) -> str:
    """10月28日（周三）07:00—11月2日（周一）18:00; a single day is named once."""
    first, last = starts.astimezone(SHANGHAI), ends.astimezone(SHANGHAI)
    until = "" if first.date() == last.date() else zh_day(last.date())
    return f"{zh_day(first.date())}{first:%H:%M}—{until}{last:%H:%M}"


@require_safe
def notices(request: SignedInRequest) -> HttpResponse:
    """Those in force first asked for; the others by choice."""
    state = request.GET.get("state", "in-force")
    kind = request.GET.get("kind", "")
    kinds = queries.kinds()
    found = queries.notices(
        request.actor, state if state in rules.STATES else "", kind if kind in kinds else "", request.now
    )
    pages = Paginator(found, PAGE)
    shown = pages.get_page(request.GET.get("page"))
    writable = bool(queries.issuers(request.actor))
    context = {
        "rows": [row(one, request.now) for one in shown.object_list],
        "states": [
            {"label": label, "url": f"?{urlencode({'state': key})}", "here": key == state}
            for key, label in (*rules.STATES.items(), ("all", "全部"))
        ],
        "filters": [
            {
                "name": "kind",
                "label": "风险",
                "type": "select",
                "value": kind,
                "options": [{"value": key, "label": one.zh} for key, one in kinds.items()],
            },
        ],
        "state": state,
        "page": shown.number,
        "pages": pages.num_pages,
        "prefix": f"?{urlencode({'state': state, 'kind': kind, 'page': ''})}",
        "writable": writable,
        "records": not writable and bool(queries.recorders(request.actor)),
    }
    return render(request, "risks/notices.html", context)


def row(one: RiskNotice, now: datetime) -> dict[str, Any]:
    """A notice as a row, with how many of the schools in sight have signed."""
    state = rules.state_of(one.expires_at, one.withdrawn_at, now)
    total, signed = getattr(one, "total", 0), getattr(one, "signed", 0)
    late = state == "in-force" and signed < total and now >= one.sign_by
    return {
        "url": reverse("risks:notice", args=[one.id]),
        "place": {
            "text": one.place,
            "hint": f"{kind_zh(one.kind)} · {span_text(one.starts_at, one.ends_at)}",
        },
        "issuer": {"text": one.org.short_name, "hint": one.number},
        "signed": {"text": f"{signed} / {total}", "hint": "有超时未签收" if late else ""},
        "state": {"status": MARKS[state], "word": rules.STATES[state]},
    }


@require_safe
def notice(request: SignedInRequest, risk_id: UUID) -> HttpResponse:
    """One notice: for schools what to do, for those who sent it and the bureau who has signed."""
    return notice_page(request, risk_id)


def notice_page(
    request: SignedInRequest, risk_id: UUID, refused: Refused | None = None, text: str = ""
) -> HttpResponse:
    """The notice as this person sees it."""
    found = queries.notice_seen(request.actor, risk_id)
    now = request.now
    state = rules.state_of(found.expires_at, found.withdrawn_at, now)
    mine = queries.my_receipts(request.actor, found)
    own = {one.org_id for one in mine}
    standing = queries.standings(request.actor, found, now)
    by_org = {one.org_id: one for one in standing}
    others = [one for one in standing if one.org_id not in own]
    counted = [one for one in standing if not one.closed]
    wrote = writes(request.actor, found)
    waiting = [one for one in counted if one.state in ("waiting", "overdue")]
    counts = {name: sum(one.state == name for one in counted) for name in rules.RECEIPTS}
    may_chase = wrote or bool(reached(request.actor, "risk-notice.chase"))
    context = {
        "notice": found,
        "kind": kind_zh(found.kind),
        "span": span_text(found.starts_at, found.ends_at),
        "state": {"status": MARKS[state], "word": rules.STATES[state]},
        "in_force": state == "in-force",
        "until": zh_deadline(found.expires_at, now)
        if state == "in-force"
        else zh_day(last_day(found.expires_at)),
        "sign_by": moment_text(found.sign_by),
        "mine": [
            {
                "org": one.org,
                "signed": moment_text(one.signed_at),
                "by": one.signed_by_name,
                "told": told(by_org[one.org_id]) if one.org_id in by_org else [],
                "receipt": by_org[one.org_id].state if one.org_id in by_org else "waiting",
            }
            for one in mine
        ],
        "words": rules.RECEIPTS,
        "marks": MARKS,
        "client_id": uuid4(),
        "wrote": wrote,
        "chases": state == "in-force" and bool(waiting) and may_chase,
        "waiting": len(waiting),
        "total": len(counted),
        "counts": [(MARKS[name], zh, counts[name]) for name, zh in rules.RECEIPTS.items() if counts[name]],
        "rows": [receipt_row(one) for one in others],
        "received": request.GET.get("received") == str(found.client_id),
        "refused": refused,
        "text": text,
        "moment": moment_text,
    }
    return render(request, "risks/notice.html", context, status=refused.http_status if refused else 200)


def told(one: Standing) -> list[dict[str, str]]:
    """What a school did, as the page lists it."""
    return [
        {"text": said["text"], "note": f"{said['by']} {moment_text(datetime.fromisoformat(said['at']))}"}
        for said in one.measures
    ]


def receipt_row(one: Standing) -> dict[str, Any]:
    """A recipient as a row."""
    steps = (("签收", one.signed_at), ("催签", one.chased_at))
    story = " · ".join(f"{what} {moment_text(at)}" for what, at in steps if at)
    return {
        "org": {"text": one.name, "hint": "已撤并" if one.closed else ""},
        "state": {"status": MARKS[one.state], "word": rules.RECEIPTS[one.state], "hint": story},
        "measures": "；".join(said["text"] for said in one.measures) or None,
    }


@require_POST
def decide(request: SignedInRequest, risk_id: UUID, verb: str) -> HttpResponse:
    """Sign for it, say what was done, withdraw, chase."""
    given: dict[str, Any] = {"actor": request.actor, "risk_id": risk_id, "now": request.now}
    text = request.POST.get("text", "")
    try:
        match verb:
            case "sign":
                actions.risk_notice_sign(**given, org_id=uuid_given(request.POST.get("org_id", "")))
            case "measures":
                actions.risk_notice_measures(
                    **given,
                    org_id=uuid_given(request.POST.get("org_id", "")),
                    client_id=uuid_given(request.POST.get("client_uuid", "")),
                    text=text,
                )
            case "withdraw":
                actions.risk_notice_withdraw(**given, reason=request.POST.get("reason", ""))
            case "chase":
                actions.risk_notice_chase(**given)
            case _:
                raise not_found()
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        return notice_page(request, risk_id, refused, text)
    return HttpResponseRedirect(reverse("risks:notice", args=[risk_id]))


@require_safe
def sheet(request: SignedInRequest, risk_id: UUID) -> FileResponse:
    """The paper that the police signed, where somebody else recorded the notice."""
    found = queries.notice_seen(request.actor, risk_id)
    if found.sheet is None:
        raise not_found()
    return files.served(found.sheet, f"风险提示{found.number}（{day_of(found.issued_at)}）", download=True)
