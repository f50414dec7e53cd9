"""Reading an entry and deciding on it; ledgers on the page, on paper and in Excel."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from huyuan.kernel.days import day_of, zh_duration
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, display
from huyuan.orgs import outside, vocabulary
from huyuan.orgs.models import Place
from huyuan.orgs.permissions import allowed, allowed_actions, not_found, scope
from huyuan.orgs.queries import organisations
from huyuan.orgs.request import SignedInRequest
from huyuan.registers import actions, after, queries, sheets
from huyuan.registers.forms import file_names
from huyuan.registers.models import Entry, EntryFile
from huyuan.registers.queries import Detail, Filters
from huyuan.registers.rules import ENTRY, STATES, Facts, clock_is_off
from huyuan.registers.schema import FormSpec
from huyuan.registers.views.filling import uuid_given
from huyuan.trace import files

ONE_MINUTE = timedelta(minutes=1)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# ---- one entry
# -----------------------------------------------------------------------------------------------------
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
        "state": queries.state_name(detail.entry),
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
    facts = queries.confirmation_facts(actor, entry, detail.spec, day_of(request.now))
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
    recorded = queries.proxied(detail.entry, detail.signatures)
    if not recorded:
        return []
    entry = detail.entry
    may = entry.state in ("submitted", "confirmed") and allowed(request.actor, "entry.fill", entry.keeper_id)
    gateway = may and outside.gateway() is not None
    return [
        {
            "org": one.org,
            "link": one.link,
            "open": one.link is not None and not actions.shut(one.link, entry, request.now),
            "may": may and not (one.link and one.link.answered_at),
            "phones": queries.phones_of(one.org.id, day_of(request.now)) if gateway else [],
        }
        for one in recorded
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
    picture = one.file.media_type.startswith("image/")
    response = FileResponse(
        files.open_file(one.file),
        as_attachment=not picture,
        filename=one.name,
        content_type=one.file.media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=86400"
    return response


# ---- ledgers
# -------------------------------------------------------------------------------------------------------
@require_safe
def ledgers(request: SignedInRequest) -> HttpResponse:
    """Every ledger that has entries I may see."""
    recorded = queries.ledgers(request.actor, by_proxy=True) if queries.keepers(request.actor) else []
    context = {"ledgers": queries.ledgers(request.actor), "recorded": recorded}
    return render(request, "registers/ledgers.html", context)


@require_safe
def ledger(request: SignedInRequest, key: str) -> HttpResponse:
    """The ledger of a form, a page at a time; `?print=1` gives everything found for printing."""
    spec = queries.spec_of(queries.current_form(key))
    filters = filters_of(request)
    found = queries.ledger(request.actor, spec, filters)
    printing = "print" in request.GET
    entries, following = (
        (found.iterator(chunk_size=sheets.CHUNK), "")
        if printing
        else queries.page_of(found, request.GET.get("after", ""))
    )
    titles = sheets.headings(spec)
    query: dict[str, str] = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    address = reverse("registers:ledger", args=[key])
    numeric = {
        number
        for number, field in enumerate(sheets.shown_fields(spec), start=3)
        if field.type in ("number", "people_count")
    }
    context = {
        "spec": spec,
        # By number: a form may call a question of its own 单位, too.
        "columns": [
            {"key": number, "label": title, "numeric": number in numeric}
            for number, title in enumerate(titles)
        ],
        "rows": [
            {
                **dict(enumerate(row.texts)),
                "url": reverse("registers:entry", args=[row.entry_id]),
            }
            for row in sheets.rows(spec, entries)
        ],
        "count": found.count(),
        "filters": filter_fields(request, spec, filters),
        "address": address,
        "filtered": bool(query),
        "next_url": f"{address}?{urlencode({**query, 'after': following})}" if following else "",
        "print_url": f"{address}?{urlencode({**query, 'print': '1'})}",
        "excel_url": f"{reverse('registers:excel', args=[key])}?{urlencode(query)}",
        "printing": printing,
        "may_export": scope(request.actor, "entry.export").exists(),
        "import_url": reverse("registers:import", args=[key])
        if queries.importing_orgs(request.actor, spec)
        else "",
    }
    return render(request, "registers/ledger.html", context)


@require_safe
def excel(request: SignedInRequest, key: str) -> FileResponse:
    """The ledger with the same filters as a worksheet: those entries that the actor may also export."""
    spec = queries.spec_of(queries.current_form(key))
    if not scope(request.actor, "entry.export").exists():
        raise Refused("forbidden", "您现在的职务不能导出台账。如确需导出，请联系本单位管理员。")
    found = queries.ledger(request.actor, spec, filters_of(request))
    whose = "recorded_by_org__in" if request.GET.get("by_proxy") else "org__in"
    found = found.filter(**{whose: scope(request.actor, "entry.export")})
    out = BytesIO()
    orgs = "、".join(dict.fromkeys(holding.org_name for holding in request.actor.holdings))
    sheets.write_excel(out, spec, found, heading=orgs, printed_by=request.actor.name, now=request.now)
    out.seek(0)
    name = f"{spec.title}台账-{day_of(request.now):%Y%m%d}.xlsx"
    return FileResponse(out, as_attachment=True, filename=name, content_type=XLSX)


FILTERS = ("by_proxy", "org", "first", "last", "state", "place", "text")


def filters_of(request: SignedInRequest) -> Filters:
    """The filters in the address; what can't be read is left out."""
    given = request.GET
    return Filters(
        org_id=UUID(given["org"]) if queries.is_uuid(given.get("org", "")) else None,
        first=day_given(given.get("first", "")),
        last=day_given(given.get("last", "")),
        state=given.get("state", "") if given.get("state", "") in queries.SHOWN else "",
        place_id=UUID(given["place"]) if queries.is_uuid(given.get("place", "")) else None,
        text=given.get("text", "").strip()[:60].replace("\0", ""),
        by_proxy=bool(given.get("by_proxy")),
    )


def day_given(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def filter_fields(request: SignedInRequest, spec: FormSpec, filters: Filters) -> list[dict[str, Any]]:
    """The row of filters; organisations and places only where there is a choice."""
    orgs = list(
        organisations(request.actor, queries.view_action(spec)).order_by("name").values_list("id", "name")
    )
    fields: list[dict[str, Any]] = []
    if filters.by_proxy or queries.keepers(request.actor):
        fields.append(picker("by_proxy", "代录", [("1", "本单位代录的")], "1" if filters.by_proxy else ""))
    if len(orgs) > 1:
        fields.append(picker("org", "单位", orgs, filters.org_id))
    one_org = filters.org_id or (orgs[0][0] if len(orgs) == 1 else None)
    if one_org and any(field.type == "place" for field in spec.fields):
        places = Place.objects.filter(org_id=one_org).order_by("name").values_list("id", "name")
        fields.append(picker("place", "地点", list(places), filters.place_id))
    return [
        *fields,
        {"name": "first", "label": "从", "type": "date", "value": filters.first or ""},
        {"name": "last", "label": "到", "type": "date", "value": filters.last or ""},
        picker("state", "状态", [(state, STATES[state]) for state in queries.SHOWN], filters.state),
        {"name": "text", "label": "内容", "type": "search", "value": filters.text},
    ]


def picker(name: str, label: str, options: list[tuple[Any, str]], value: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "type": "select",
        "options": [{"value": str(key), "label": text} for key, text in options],
        "value": str(value or ""),
    }
