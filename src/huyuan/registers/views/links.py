"""Asking whoever something was recorded for whether it is right, and the page that answers without signing
in."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import REFERENCES, STORED, display
from huyuan.orgs import outside
from huyuan.orgs.middleware import refused
from huyuan.orgs.request import SignedInRequest, address_of
from huyuan.orgs.views.codes import picture
from huyuan.registers import actions, queries, sheets, tasks
from huyuan.registers.models import ConfirmationLink
from huyuan.registers.views.filling import uuid_given

#: answers that the page of a link does not show: files and places on the map may hold more than was recorded
UNSHOWN = (*STORED, *(kind for kind in REFERENCES if kind in ("person", "event")), "location", "group")


@never_cache
@require_POST
def ask(request: SignedInRequest, entry_id: UUID) -> HttpResponse:
    """Make a link and show it, once; send it where somebody was chosen who has a number on file."""
    org_id = uuid_given(request.POST.get("org_id", ""))
    if "withdraw" in request.POST:
        actions.withdraw_link(actor=request.actor, entry_id=entry_id, org_id=org_id, now=request.now)
        context = {"entry_id": entry_id, "address": ""}
        return render(request, "registers/link.html", context)
    link, token = actions.make_link(actor=request.actor, entry_id=entry_id, org_id=org_id, now=request.now)
    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    address = base + reverse("registers:confirm", args=[token])
    phones = dict(queries.phones_of([org_id], day_of(request.now))[org_id]) if outside.gateway() else {}
    chosen = request.POST.get("text_to", "")
    texted = phones.get(uuid_given(chosen), "") if chosen else ""
    if texted:
        tasks.send_link(uuid_given(chosen), link.keeper.name, address)
    context = {
        "entry_id": entry_id,
        "org": link.org,
        "address": address,
        "picture": picture(address),
        "until": sheets.moment_text(link.expires_at),
        "texted": texted,
    }
    return render(request, "registers/link.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What was recorded in the name of whoever opens the link, and nothing else; GET changes nothing."""
    now, address = timezone.now(), address_of(request)
    failed = None
    try:
        with actions.opened_link(token, address, now) as link:
            if request.method == "POST":
                given = {name: request.POST.get(name, "") for name in ("answer", "reason")}
                try:
                    link = actions.answer_link(link=link, **given, address=address, now=now)
                except Refused as error:
                    failed = error
            return confirm_page(request, link, failed, now)
    except Refused as error:
        return refused(request, error)


def confirm_page(
    request: HttpRequest, link: ConfirmationLink, failed: Refused | None, now: datetime
) -> HttpResponse:
    """The page of a link, answered or not."""
    entry = link.entry
    spec = queries.spec_of(entry.form)
    whole = entry.recorded_by_org_id is not None and entry.org_id == link.org_id
    names = sheets.names_shown(spec, [entry])
    shown = [field for field in spec.fields if not field.personal and field.type not in UNSHOWN]
    closed = actions.shut(link, entry, now)
    just = request.method == "POST" and not failed
    context = {
        "link": link,
        "entry": entry,
        "spec": spec,
        "whole": whole,
        "answers": [
            (field.label, display(field, entry.body[field.id], names))
            for field in shown
            if whole and field.id in entry.body
        ],
        "shut": "" if just else closed,
        "just": just,
        "refused": failed if not closed else None,
        "moment": sheets.moment_text,
    }
    status = failed.http_status if failed else 200
    return render(request, "registers/confirm.html", context, status=status)
