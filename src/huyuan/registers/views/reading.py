"""Reading an entry and deciding on it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from huyuan.kernel.days import day_of, zh_duration
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, display
from huyuan.orgs import outside, vocabulary
from huyuan.orgs.permissions import allowed, allowed_actions, not_found
from huyuan.orgs.request import SignedInRequest
from huyuan.registers import actions, after, queries, sheets
from huyuan.registers.forms import file_names
from huyuan.registers.models import Entry, EntryFile
from huyuan.registers.queries import Detail
from huyuan.registers.rules import ENTRY, Facts, clock_is_off
from huyuan.registers.views.filling import uuid_given
from huyuan.trace import files

ONE_MINUTE = timedelta(minutes=1)


@require_safe
def entry(request: SignedInRequest, entry_id: UUID) -> HttpResponse:
    """An entry with what it counts for and what I can do with it."""
    return entry_page(request, entry_id)


def entry_page(request: SignedInRequest, entry_id: UUID, refused: Refused | None = None) -> HttpResponse:
    detail = queries.entry_detail(request.actor, entry_id)
    if detail.entry.state == "draft":
        return HttpResponseRedirect(reverse("registers:edit", args=[entry_id]))
    context = {
        "entry": detail.entry,
        "spec": detail.spec,
        "answers": answers(detail),
        "detail": detail,
        "sheets": {one.file_id: reverse("registers:file", args=[one.id]) for one in detail.files},
        "buttons": buttons(request, detail),
        "state": queries.state_name(detail.entry, for_others=[one.said for one in detail.proxied]),
        "device": device_line(detail.entry),
        "received": "received" in request.GET and sheets.moment(detail.entry.submitted_at),
        "confirmers": confirmers(detail),
        "refused": refused,
        "signing": signing(request, detail),
        "asking": asking(request, detail),
        "counted": after.counted(request.actor, detail.spec, detail.entry.org_id, detail.entry, request.now),
        "moment": sheets.moment_text,
    }
    return render(request, "registers/entry.html", context, status=refused.http_status if refused else 200)


def device_line(entry: Entry) -> str:
    """What the device's clock showed when the button was pressed, where the server's showed something else:
    the device had no network for a while, or its clock is wrong."""
    at, ahead = entry.device_at, entry.device_ahead
    if at is None or ahead is None or entry.submitted_at is None:
        return ""
    if not clock_is_off(ahead):
        waited = entry.submitted_at - (at - ahead)
        return f"{sheets.moment_text(at)} 按下提交，联网后收到" if waited >= ONE_MINUTE else ""
    wrong = f"本机时钟{'快' if ahead > timedelta(0) else '慢'}{zh_duration(abs(ahead))}"
    return f"{sheets.moment_text(at)} 按下提交。{wrong}，按服务器时间是{sheets.moment_text(at - ahead)}"


def confirmers(detail: Detail) -> str:
    """Who has to confirm it yet: 分管安全副校（园）长或校（园）长; empty: nobody."""
    if detail.entry.state != "submitted" or not detail.spec.confirmed_by:
        return ""
    named = vocabulary.names("post")
    return "或".join(named.get(post, post) for post in detail.spec.confirmed_by)


def answers(detail: Detail) -> list[dict[str, Any]]:
    """The answers in the order of the form: a text, files, or a table of rows; unanswered ones are left
    out."""
    names = sheets.names_shown(detail.spec, [detail.entry])
    known = file_names(detail.files)
    return [
        answer(field, detail.entry.body[field.id], names, known)
        for field in detail.spec.fields
        if field.id in detail.entry.body
    ]


def answer(field: Field, value: Any, names: Any, known: dict[str, dict[str, str]]) -> dict[str, Any]:
    if field.type == "group":
        columns = [{"key": part.id, "label": part.label} for part in field.fields]
        rows = [[answer(part, row.get(part.id), names, known) for part in field.fields] for row in value]
        return {"label": field.label, "columns": columns, "rows": rows}
    if field.type in ("photo", "file", "signature") and value:
        ids = [value] if isinstance(value, str) else value
        return {"label": field.label, "files": [known[key] for key in ids if key in known]}
    return {"label": field.label, "text": display(field, value, names)}


def buttons(request: SignedInRequest, detail: Detail) -> set[str]:
    """The verbs that the transition table gives this actor now."""
    entry, actor = detail.entry, request.actor
    may = ("entry.fill", "entry.proxy", "entry.void", "entry.confirm")
    can = allowed_actions(actor, entry.keeper_id, may)
    verbs: set[str] = set()
    confirmable = ENTRY.allowed(entry.state, "confirmer", Facts())
    asked = [entry] if confirmable else []
    facts = queries.confirmation_facts(actor, asked, day_of(request.now)).get(entry.id)
    if facts is not None:
        verbs |= {step.verb for step in ENTRY.allowed(entry.state, "confirmer", facts)}
    overseer = "entry.void" in can
    if overseer:
        verbs |= {step.verb for step in ENTRY.allowed(entry.state, "overseer", Facts())}
    if "entry.fill" in can and (overseer or entry.filler_id == actor.person_id):
        filling = {step.verb for step in ENTRY.allowed(entry.state, "filler", Facts())}
        by_proxy = entry.recorded_by_org_id is not None
        able = "entry.proxy" in can if by_proxy else queries.filling_post(actor, detail.spec, entry.org_id)
        verbs |= filling if able else filling - {"submit", "correct"}
    return verbs


def signing(request: SignedInRequest, detail: Detail) -> list[dict[str, Any]]:
    """Partners that have not signed, with how this actor can record it: itself, or with the signed sheet."""
    if detail.entry.state not in ("submitted", "confirmed"):
        return []
    own = {holding.org_id for holding in request.actor.holdings}
    proxy = allowed(request.actor, "entry.fill", detail.entry.keeper_id)
    return [
        {"org": signature.org, "own": signature.org_id in own, "proxy": proxy}
        for signature in detail.signatures
        if signature.signed_at is None and (signature.org_id in own or proxy)
    ]


def asking(request: SignedInRequest, detail: Detail) -> list[dict[str, Any]]:
    """In whose name something was recorded here, what they say of it, and how this actor can ask them."""
    entry = detail.entry
    may = entry.state in ("submitted", "confirmed") and allowed(request.actor, "entry.fill", entry.keeper_id)
    orgs = [one.org.id for one in detail.proxied]
    phones = queries.phones_of(orgs, day_of(request.now)) if orgs and may and outside.gateway() else {}
    return [
        {
            "org": one.org,
            "link": one.link,
            "open": one.link is not None and not actions.shut(one.link, entry, request.now),
            "may": may and not (one.link and one.link.answered_at),
            "phones": phones.get(one.org.id, []),
        }
        for one in detail.proxied
    ]


@require_POST
def decide(request: SignedInRequest, entry_id: UUID, verb: str) -> HttpResponse:
    """One step of an entry. What is refused is said on the entry's own page."""
    given: dict[str, Any] = {"actor": request.actor, "entry_id": entry_id, "now": request.now}
    reason = request.POST.get("reason", "")
    try:
        match verb:
            case "confirm":
                actions.confirm(**given)
            case "return":
                actions.return_(**given, reason=reason)
            case "void":
                actions.void(**given, reason=reason)
            case "sign":
                actions.sign(**given, org_id=uuid_given(request.POST.get("org_id", "")), sheet=sheet(request))
            case "discard":
                actions.discard(**given)
                return HttpResponseRedirect(reverse("registers:forms"))
            case _:
                raise not_found()
    except Refused as refused:
        if refused.http_status == 404:
            raise
        return entry_page(request, entry_id, refused)
    return HttpResponseRedirect(reverse("registers:entry", args=[entry_id]))


def sheet(request: SignedInRequest) -> UUID | None:
    """The photo of the signed sheet, stored; None where the partner signs by itself."""
    if request.POST.get("by_proxy") != "1":
        return None
    upload = request.FILES.get("sheet")
    if upload is None:
        raise Refused("missing-sheet", "请拍下双方签字的纸质表再提交。")
    return files.store(upload.read(files.LIMIT + 1), county_id=request.actor.county_id, now=request.now).id


@require_safe
def file(request: SignedInRequest, file_id: UUID) -> FileResponse:
    """A file of an entry that the actor may see. Photos open in the page, all else is downloaded."""
    one = EntryFile.objects.select_related("file").filter(id=file_id).first()
    if one is None:
        raise not_found()
    queries.entry_seen(request.actor, one.entry_id)
    return files.served(one.file, one.name)
