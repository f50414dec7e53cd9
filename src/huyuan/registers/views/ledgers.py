"""Ledgers on the page, on paper and in Excel; confirming what waits in one; the filters that people keep."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.models import Place
from huyuan.orgs.permissions import reached, scope
from huyuan.orgs.queries import organisations
from huyuan.orgs.request import SignedInRequest
from huyuan.packs.queries import words
from huyuan.registers import actions, queries, sheets
from huyuan.registers.models import Entry
from huyuan.registers.queries import Filters
from huyuan.registers.rules import ASKED, ENTRY, state_zh
from huyuan.registers.schema import FormSpec
from huyuan.registers.views.filling import uuid_given

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WAITING = {"state": "submitted"}


@require_safe
def ledgers(request: SignedInRequest) -> HttpResponse:
    """Every ledger that has entries I may see, by theme."""
    recorded = queries.ledgers(request.actor, by_proxy=True) if queries.keepers(request.actor) else []
    context = {"groups": by_theme(queries.ledgers(request.actor)), "recorded": recorded}
    return render(request, "registers/ledgers.html", context)


def by_theme(found: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The ledgers under the names of their themes, in the order in which forms are offered."""
    themes = {key: capability["zh"] for key, capability in words("capabilities").items()}
    order = {theme: number for number, theme in enumerate(themes)}
    found = sorted(found, key=lambda one: order.get(one["theme"], len(order)))
    return [
        (theme, list(some)) for theme, some in groupby(found, lambda one: themes.get(one["theme"], "其他"))
    ]


@require_safe
def ledger(request: SignedInRequest, key: str) -> HttpResponse:
    """The ledger of a form, a page at a time; `?print=1` gives everything found for printing. `?confirmed=`
    and `?earlier=` say what became of entries that I have just confirmed together."""
    return ledger_page(request, key, request.GET)


def ledger_page(
    request: SignedInRequest, key: str, given: QueryDict, refused: Refused | None = None
) -> HttpResponse:
    """The ledger with the filters that were `given`, and what was `refused` on it."""
    spec = queries.spec_of(queries.current_form(key))
    query = query_of(given)
    filters = queries.filters_of(query, day_of(request.now))
    found = queries.ledger(request.actor, spec, filters)
    address = reverse("registers:ledger", args=[key])
    printing, after = "print" in given, given.get("after", "")
    entries, following = ([], "") if printing else queries.page_of(found, after)
    waiting = {entry.id for entry in confirmable(request, entries)} if filters.state == "submitted" else set()
    all_rows = sheets.rows(spec, found.iterator(chunk_size=sheets.CHUNK) if printing else entries)
    here = query | ({"after": after} if after else {})
    context = {
        "spec": spec,
        "columns": columns(spec),
        "rows": [
            {
                **dict(enumerate(row.texts)),
                "url": reverse("registers:entry", args=[row.entry_id]),
                "key": row.entry_id if row.entry_id in waiting else "",
                "picked": "picked" in given,
            }
            for row in all_rows
        ],
        "waiting": len(waiting),
        "count": found.count(),
        "filters": filter_fields(request, spec, filters, query),
        "address": address,
        "query": query,
        "chips": [] if printing else chips(request, spec, query),
        "pick_url": f"{address}?{urlencode({**here, 'picked': 'all'})}",
        "next_url": f"{address}?{urlencode({**query, 'after': following})}" if following else "",
        "print_url": f"{address}?{urlencode({**query, 'print': '1'})}",
        "excel_url": f"{reverse('registers:excel', args=[key])}?{urlencode(query)}",
        "printing": printing,
        "may_export": bool(reached(request.actor, "entry.export")),
        "import_url": reverse("registers:import", args=[key])
        if queries.may_import(request.actor, spec)
        else "",
        "refused": refused,
        "confirmed": given.get("confirmed", "") if given.get("confirmed", "").isdecimal() else "",
        "earlier": earlier(request, spec, filters, given.getlist("earlier")),
    }
    return render(request, "registers/ledger.html", context, status=refused.http_status if refused else 200)


def columns(spec: FormSpec) -> list[dict[str, Any]]:
    """The columns by number: a form may call a question of its own 单位, too."""
    numeric = {
        number
        for number, field in enumerate(sheets.shown_fields(spec), start=3)
        if field.type in ("number", "people_count")
    }
    return [
        {"key": number, "label": title, "numeric": number in numeric}
        for number, title in enumerate(sheets.headings(spec))
    ]


@require_safe
def excel(request: SignedInRequest, key: str) -> FileResponse:
    """The ledger with the same filters as a worksheet: those entries that the actor may also export."""
    spec = queries.spec_of(queries.current_form(key))
    if not reached(request.actor, "entry.export"):
        raise Refused("forbidden", "您现在的职务不能导出台账。如确需导出，请联系本单位管理员。")
    filters = queries.filters_of(query_of(request.GET), day_of(request.now))
    whose = "recorded_by_org__in" if filters.by_proxy else "org__in"
    found = queries.ledger(request.actor, spec, filters)
    found = found.filter(**{whose: scope(request.actor, "entry.export")})
    out = BytesIO()
    orgs = "、".join(dict.fromkeys(holding.org_name for holding in request.actor.holdings))
    sheets.write_excel(out, spec, found, heading=orgs, printed_by=request.actor.name, now=request.now)
    out.seek(0)
    name = f"{spec.title}台账-{day_of(request.now):%Y%m%d}.xlsx"
    return FileResponse(out, as_attachment=True, filename=name, content_type=XLSX)


# ---- confirming several at once
# ------------------------------------------------------------------------------------
@require_POST
def confirm_several(request: SignedInRequest, key: str) -> HttpResponse:
    """Confirm the entries that were ticked; back to the ledger, which says what became of them."""
    queries.current_form(key)
    query = query_of(request.POST)
    try:
        if "entry" not in request.POST:
            raise Refused("missing-entries", "还没有勾选，什么也没有确认。请先勾选要确认的登记。")
        ticked = [uuid_given(text) for text in request.POST.getlist("entry")]
        became = actions.confirm_all(actor=request.actor, entry_ids=ticked, now=request.now)
    except Refused as refused:
        if refused.http_status == 404:
            raise
        return ledger_page(request, key, request.POST, refused)
    said = {"confirmed": str(len(became.done)), "earlier": [str(entry.id) for entry in became.earlier]}
    return HttpResponseRedirect(
        f"{reverse('registers:ledger', args=[key])}?{urlencode({**query, **said}, doseq=True)}"
    )


def confirmable(request: SignedInRequest, entries: Sequence[Entry]) -> list[Entry]:
    """Those of the entries that the transition table lets this actor confirm now."""
    facts = queries.confirmation_facts(request.actor, entries, day_of(request.now))
    return [
        entry
        for entry in entries
        if entry.id in facts
        and any(step.verb == "confirm" for step in ENTRY.allowed(entry.state, "confirmer", facts[entry.id]))
    ]


def earlier(
    request: SignedInRequest, spec: FormSpec, filters: Filters, ids: Sequence[str]
) -> list[dict[str, str]]:
    """Who was faster with entries that I wanted to confirm: number, and what became of it."""
    wanted = [UUID(text) for text in ids[: queries.PAGE] if queries.is_uuid(text)]
    if not wanted:
        return []
    found = queries.ledger(request.actor, spec, Filters(by_proxy=filters.by_proxy)).filter(id__in=wanted)
    return [
        {
            "number": entry.number,
            "url": reverse("registers:entry", args=[entry.id]),
            "said": f"{entry.confirmer_name}于{sheets.moment_text(entry.confirmed_at)}确认"
            if entry.state == "confirmed"
            else state_zh(entry.state, spec),
        }
        for entry in found
    ]


# ---- filters
# -------------------------------------------------------------------------------------------------------
@require_POST
def save_filter(request: SignedInRequest, key: str) -> HttpResponse:
    """Keep the filters in sight under a name; they stay in sight."""
    name = request.POST.get("name", "")
    query = {
        field: str(text)
        for field, text in request.POST.items()
        if text and field not in ("name", "csrfmiddlewaretoken")
    }
    try:
        saved = actions.save_filter(actor=request.actor, form_key=key, name=name, query=query)
    except Refused as refused:
        if refused.http_status == 404:
            raise
        return ledger_page(request, key, request.POST, refused)
    return HttpResponseRedirect(f"{reverse('registers:ledger', args=[key])}?{urlencode(saved.query)}")


@require_POST
def drop_filter(request: SignedInRequest, key: str, filter_id: UUID) -> HttpResponse:
    """Keep a filter no longer; what is in sight stays."""
    actions.drop_filter(actor=request.actor, filter_id=filter_id)
    query = urlencode(query_of(request.POST))
    return HttpResponseRedirect(reverse("registers:ledger", args=[key]) + (f"?{query}" if query else ""))


def query_of(given: QueryDict) -> dict[str, str]:
    """Of what was given the fields of a filter."""
    return {name: text for name in queries.FIELDS if (text := given.get(name, ""))}


def chips(request: SignedInRequest, spec: FormSpec, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """The filters that are one tap away: what waits, where the form asks for a confirmation, and my own."""
    address = reverse("registers:ledger", args=[spec.key])
    ready = [("待确认", WAITING, "")] if spec.confirmed_by else []
    mine = [
        (one.name, one.query, reverse("registers:drop-filter", args=[spec.key, one.id]))
        for one in queries.saved_filters(request.actor, spec.key)
    ]
    return [
        {"name": name, "url": f"{address}?{urlencode(of)}", "current": of == query, "drop_url": drop_url}
        for name, of, drop_url in (*ready, *mine)
    ]


def filter_fields(
    request: SignedInRequest, spec: FormSpec, filters: Filters, query: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The row of filters; organisations and places only where there is a choice."""
    orgs = list(
        organisations(request.actor, queries.view_action(spec)).order_by("name").values_list("id", "name")
    )
    offered: dict[str, tuple[str, list[tuple[Any, str]]]] = {}
    keeper = bool(queries.keepers(request.actor))
    if filters.by_proxy or keeper:
        offered["by_proxy"] = ("代录", [("1", "本单位代录的")])
    if filters.asked or keeper or queries.recorded_by_others(request.actor):
        offered["asked"] = ("对方答复", list(ASKED.items()))
    if len(orgs) > 1:
        offered["org"] = ("单位", orgs)
    one_org = filters.org_id or (orgs[0][0] if len(orgs) == 1 else None)
    if one_org and any(field.type == "place" for field in spec.fields):
        places = Place.objects.filter(org_id=one_org).order_by("name").values_list("id", "name")
        offered["place"] = ("地点", list(places))
    offered["period"] = ("时段", list(queries.PERIODS.items()))
    states = [(state, state_zh(state, spec)) for state in queries.SHOWN]
    return [
        *(picker(name, label, options, query) for name, (label, options) in offered.items()),
        {"name": "first", "label": "从", "type": "date", "value": query.get("first", "")},
        {"name": "last", "label": "到", "type": "date", "value": query.get("last", "")},
        picker("state", "状态", states, query),
        {"name": "text", "label": "内容", "type": "search", "value": query.get("text", "")},
    ]


def picker(name: str, label: str, options: list[tuple[Any, str]], query: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "type": "select",
        "options": [{"value": str(key), "label": text} for key, text in options],
        "value": query.get(name, ""),
    }
