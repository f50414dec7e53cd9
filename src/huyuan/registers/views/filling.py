"""Choosing a form, filling it in, going on with a draft, correcting an entry."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from huyuan.kernel.days import SHANGHAI, day_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import STORED
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import allowed, not_found
from huyuan.orgs.request import SignedInRequest
from huyuan.packs.queries import words
from huyuan.registers import actions, after, prefill, queries, sheets
from huyuan.registers.forms import (
    Posted,
    file_names,
    handed,
    in_form_order,
    options_of,
    posted,
    values_of,
    with_file_names,
)
from huyuan.registers.models import Entry, EntryFile, Form
from huyuan.registers.rules import STATES, with_sheet
from huyuan.registers.schema import FormSpec


@dataclass
class Page:
    """What a form page is about, and what stands in it. `recorded_by`: the organisation that records it for
    `org_id`, `named`: which must stand in the entry."""

    form: Form
    spec: FormSpec
    org_id: UUID
    client_id: UUID
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    corrects: Entry | None = None
    recorded_by: UUID | None = None
    reason: str = ""
    errors: dict[str, str] = dataclasses.field(default_factory=dict)
    notice: tuple[str, str] | None = None
    copied: Entry | None = None
    about: str = ""
    named: bool = False


MOST_USED = 6


@require_safe
def forms(request: SignedInRequest) -> HttpResponse:
    """Every form that I may fill in, my usual ones first, then by theme; what I began, and what waits for my
    confirmation. `?q=` looks for words in titles and themes."""
    actor = request.actor
    themes = {key: capability["zh"] for key, capability in words("capabilities").items()}
    order = {theme: number for number, theme in enumerate(themes)}
    text = request.GET.get("q", "").strip()[:40]
    found = [
        one
        for one in queries.fillable(actor, day_of(request.now))
        if text in one.spec.title or text in themes.get(one.spec.theme, "")
    ]
    used = queries.used_recently(actor, request.now)
    usual = [one for key in used for one in found if (one.org_id, one.spec.key) == key][:MOST_USED]
    orgs = list(dict.fromkeys(holding.org_id for holding in actor.holdings))
    found.sort(key=lambda one: (orgs.index(one.org_id), order.get(one.spec.theme, len(order))))
    groups = [
        {"org": org, "theme": themes.get(theme, "其他"), "forms": [tile(one, used) for one in some]}
        for (org, theme), some in groupby(found, lambda one: (one.org_name, one.spec.theme))
    ]
    context = {
        "text": text,
        "usual": [] if text else [tile(one, used) for one in usual],
        "groups": groups,
        "several": len(orgs) > 1,
        "for_others": bool(queries.keepers(actor)),
        "drafts": queries.my_drafts(actor),
        "waiting": queries.piles_of(queries.waiting_for_confirmation(actor, day_of(request.now))),
        "tables": queries.tables_waiting(actor, day_of(request.now)),
        "states": STATES,
        "moment": sheets.moment_text,
    }
    return render(request, "registers/forms.html", context)


def tile(one: queries.Fillable, used: Mapping[tuple[UUID, str], datetime]) -> dict[str, Any]:
    """A form as the list draws it, with when I last filled it in."""
    last = used.get((one.org_id, one.spec.key))
    return {
        "title": one.spec.title,
        "org": one.org_name,
        "url": f"{reverse('registers:fill', args=[one.spec.key])}?org={one.org_id}",
        "last": day_of(last) if last else None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def fill(request: SignedInRequest, key: str) -> HttpResponse:
    """A new entry with what is known filled in. `?org=` where the actor belongs to several; `?event=` fills
    in what it answers; `?copy=` takes over an earlier entry's answers; `?field=value` fills in a field."""
    form = queries.current_form(key)
    spec = queries.spec_of(form)
    page = on_behalf(request, form) or Page(form, spec, organisation_of(request, spec), client_id=uuid4())
    if request.method == "POST":
        return take(request, page)
    if "copy" in request.GET:
        page.copied, _ = queries.entry_seen(request.actor, uuid_given(request.GET["copy"]))
        asked = copied_values(spec, page.copied)
    elif page.recorded_by:
        named = next((field for field in spec.fields if page.named and field.type == "organisation"), None)
        own = str(page.recorded_by)
        asked = prefill.given(spec, dict(request.GET.lists()))
        asked |= {named.id: [own] if named.many else own} if named else {}
    elif "event" in request.GET:
        page.about = str(uuid_given(request.GET["event"]))
        asked = {field.id: page.about for field in spec.fields if field.type == "event"}
    else:
        page.copied = queries.last_entry(request.actor, spec, page.org_id)
        asked = prefill.given(spec, dict(request.GET.lists()))
    month = str(asked.get(str(spec.for_month), ""))
    page.values = prefill.known(page.spec, request.actor, page.org_id, request.now, month) | asked
    return show(request, page)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, entry_id: UUID) -> HttpResponse:
    """Go on with one's draft, or with what was sent back, in the version of the form it was begun with."""
    entry, spec = queries.entry_seen(request.actor, entry_id)
    if entry.state not in ("draft", "returned"):
        return HttpResponseRedirect(reverse("registers:entry", args=[entry.id]))
    page = Page(
        entry.form,
        with_sheet(spec) if entry.recorded_by_org_id else spec,
        entry.org_id,
        entry.client_id,
        entry.body,
        corrects=entry.corrects,
        recorded_by=entry.recorded_by_org_id,
    )
    if request.method == "POST":
        return take(request, page)
    if entry.state == "returned":
        page.notice = ("warning", f"被退回：{entry.return_reason}")
    return show(request, page)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: SignedInRequest, entry_id: UUID) -> HttpResponse:
    """The form with the entry's answers; handing it in makes a new entry and voids this one."""
    old, _ = queries.entry_seen(request.actor, entry_id)
    form = queries.current_form(old.form.key)
    spec = queries.spec_of(form)
    page = Page(
        form,
        with_sheet(spec) if old.recorded_by_org_id else spec,
        old.org_id,
        uuid4(),
        old.body,
        corrects=old,
        recorded_by=old.recorded_by_org_id,
    )
    return take(request, page) if request.method == "POST" else show(request, page)


@require_safe
def blank(request: SignedInRequest, key: str) -> HttpResponse:
    """The empty form for printing: paper survives."""
    form = queries.current_form(key)
    spec = queries.spec_of(form)
    organisation_of(request, spec)
    return render(request, "registers/blank.html", {"spec": spec})


def take(request: SignedInRequest, page: Page) -> HttpResponse:
    """A posted form: one row more or less, keep as draft, or hand in. Whatever happens, what was typed is
    kept."""
    sent = posted(request, page.spec.fields, request.actor.county_id, request.now)
    page.client_id = uuid_given(request.POST.get("client_uuid", ""))
    page.reason = request.POST.get("_reason", "")
    page.errors = sent.errors
    corrects = page.corrects.id if page.corrects else None
    given: dict[str, Any] = {
        "actor": request.actor,
        "form_id": uuid_given(request.POST.get("form_id", "")),
        "org_id": page.org_id,
        "client_id": page.client_id,
        "answers": sent.answers,
        "uploads": sent.uploads,
        "corrects": corrects,
        "recorded_by": page.recorded_by,
        "now": request.now,
    }
    aside = any(button in request.POST for button in ("_add", "_remove", "_draft"))
    try:
        if not aside and not sent.errors:
            entry = actions.submit(**given, reason=page.reason, handed=handed(request, request.now))
            return HttpResponseRedirect(f"{reverse('registers:entry', args=[entry.id])}?received=1")
    except Refused as refused:
        if refused.code in ("not-found", "forbidden", "forbidden-form"):
            raise
        errors = refused.facts.get("errors", {})
        page.errors |= errors if isinstance(errors, dict) else {}
        page.notice = None if page.errors else ("stop", refused.message)
    if "_draft" in request.POST or sent.uploads:
        page.notice = keep(given) or page.notice
        if "_draft" in request.POST and not page.errors:
            at = request.now.astimezone(SHANGHAI)
            page.notice = page.notice or ("done", f"{at:%H:%M} 已存为草稿，可在“登记”里继续填写。")
    redraw(request, page, sent)
    return show(
        request, page, status=422 if page.errors or (page.notice and page.notice[0] == "stop") else 200
    )


def keep(given: dict[str, Any]) -> tuple[str, str] | None:
    """Save the draft, so that files already received need not be sent again."""
    try:
        actions.draft_save(**given)
    except Refused as refused:
        return ("stop", refused.message)
    return None


def redraw(request: SignedInRequest, page: Page, sent: Posted) -> None:
    """The answers as they were sent, with one row more where that was asked."""
    values = values_of(page.spec.fields, sent.answers)
    added = request.POST.get("_add", "")
    if isinstance(values.get(added), list):
        values[added] = [*(values[added] or [{}]), {}]
    page.values = values


def show(request: SignedInRequest, page: Page, status: int = 200) -> HttpResponse:
    """The form page."""
    entry_files = EntryFile.objects.select_related("file").filter(entry__client_id=page.client_id)
    known = file_names([*entry_files, *(page.corrects.files.select_related("file") if page.corrects else ())])
    names = {holding.org_id: holding.org_name for holding in request.actor.holdings}
    context = {
        "form": page.form,
        "spec": page.spec,
        "org_id": page.org_id,
        "org_name": names.get(page.org_id, ""),
        "recorded_by": page.recorded_by,
        "recorded_for": Organisation.objects.get(id=page.org_id) if page.recorded_by else None,
        "recorder": names.get(page.recorded_by) if page.recorded_by else "",
        "client_id": page.client_id,
        "values": with_file_names(page.spec.fields, page.values, known),
        "errors": in_form_order(page.spec, page.errors),
        "options": options_of(page.spec, page.org_id, page.values, request.now),
        "about": page.about,
        "notice": page.notice,
        "corrects": page.corrects,
        "reason": page.reason,
        "copied": page.copied,
        "may_import": not (page.corrects or page.spec.for_month)
        and allowed(request.actor, "entry.import", page.org_id),
        "copying": "copy" in request.GET,
        "counted": after.counted(request.actor, page.spec, page.org_id, None, request.now),
        "moment": sheets.moment_text,
    }
    return render(request, "registers/form.html", context, status=status)


def organisation_of(request: SignedInRequest, spec: FormSpec) -> UUID:
    """For which of the actor's organisations this form is filled in. Raises Refused `forbidden-form`."""
    asked = request.POST.get("org_id") or request.GET.get("org")
    mine = dict.fromkeys(holding.org_id for holding in request.actor.holdings)
    able = [org_id for org_id in mine if queries.filling_post(request.actor, spec, org_id)]
    if asked and uuid_given(asked) in able:
        return uuid_given(asked)
    if asked or not able:
        raise Refused(
            "forbidden-form", f"“{spec.title}”由其他岗位登记。请联系负责的同事，或请管理员调整任职。"
        )
    return able[0]


def on_behalf(request: SignedInRequest, form: Form) -> Page | None:
    """The page for an entry recorded for another organisation: `by`, the actor's own one, is then given
    beside `org`. Raises Refused `not-found`."""
    if request.method == "POST":
        by, whom = (request.POST.get(name, "") for name in ("_recorded_by", "org_id"))
    else:
        by, whom = (request.GET.get(name, "") for name in ("by", "org"))
    if not by:
        return None
    keeper, agency = chosen(request.actor, uuid_given(by), uuid_given(whom))
    spec = queries.spec_of(form)
    named = keeper.school and not spec.by_school
    return Page(form, with_sheet(spec), agency.id, uuid4(), recorded_by=keeper.org_id, named=named)


def chosen(actor: Actor, keeper_id: UUID, agency_id: UUID) -> tuple[queries.Keeper, Organisation]:
    """Who records for whom. Raises Refused `not-found` for an organisation that the actor does not record
    for."""
    keeper = next((one for one in queries.keepers(actor) if one.org_id == keeper_id), None)
    agency = next((one for one in queries.agencies_of(actor, keeper_id) if one.id == agency_id), None)
    if keeper is None or agency is None:
        raise not_found()
    return keeper, agency


@require_safe
def for_others(request: SignedInRequest) -> HttpResponse:
    """Choosing for which organisation something is recorded that does not sign in, then the form."""
    actor = request.actor
    offered = [(keeper, queries.agencies_of(actor, keeper.org_id)) for keeper in queries.keepers(actor)]
    if not offered:
        raise Refused("forbidden", "您现在的职务不能代其他单位登记。需要代录的，请找本单位的安全员。")
    of = request.GET.get("of", "").partition("~")
    forms: list[dict[str, Any]] = []
    agency = None
    if of[1]:
        keeper, agency = chosen(actor, uuid_given(of[0]), uuid_given(of[2]))
        asked = urlencode({"org": str(agency.id), "by": str(keeper.org_id)})
        forms = [
            {"title": spec.title, "url": f"{reverse('registers:fill', args=[spec.key])}?{asked}"}
            for _, spec in queries.recordable(keeper, agency.kind)
        ]
    context = {
        "choices": [
            {"value": f"{keeper.org_id}~{one.id}", "label": one.name, "keeper": keeper.name}
            for keeper, agencies in offered
            for one in agencies
        ],
        "several": len(offered) > 1,
        "of": request.GET.get("of", ""),
        "agency": agency,
        "forms": forms,
    }
    return render(request, "registers/for_others.html", context)


def copied_values(spec: FormSpec, entry: Entry) -> dict[str, Any]:
    """An earlier entry's answers without what belongs to that day alone: when, what it answered, photos,
    signatures."""
    left = {field.id for field in spec.fields if field.type in ("event", *STORED)} | {spec.happened}
    kept = {key: value for key, value in entry.body.items() if key not in left}
    for group in (field for field in spec.fields if field.type == "group" and field.id in kept):
        stored = {part.id for part in group.fields if part.type in STORED}
        kept[group.id] = [
            {key: value for key, value in row.items() if key not in stored} for row in kept[group.id]
        ]
    return kept


def uuid_given(text: str) -> UUID:
    """An id from an address or a form; anything else is something that does not exist."""
    try:
        return UUID(text)
    except ValueError:
        raise not_found() from None
