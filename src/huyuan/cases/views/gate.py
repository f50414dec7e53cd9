"""Pages for parents and the public, who do not sign in: report something, read the answer."""

from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from huyuan.cases import actions, forms
from huyuan.cases.models import GateCode
from huyuan.cases.voices import KINDS, PUBLIC_STATES
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import parse
from huyuan.orgs.middleware import refused
from huyuan.orgs.request import address_of
from huyuan.orgs.rules import grouped
from huyuan.orgs.views.codes import picture
from huyuan.registers.forms import posted, values_of
from huyuan.registers.sheets import moment_text
from huyuan.registers.views.filling import uuid_given

SIGNS = {"received": "owed", "taken": "owed", "answered": "met", "aside": "met"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def gate(request: HttpRequest, token: str) -> HttpResponse:
    """What somebody sees who scanned the code at a school's gate; nothing of the school but its name."""
    now, address = timezone.now(), address_of(request)
    try:
        if request.method == "POST":
            actions.count(token, address=address, now=now)
        with actions.opened_gate(token, address=address, now=now) as code:
            if request.method == "POST":
                return reported(request, code, now)
            return gate_page(request, code, uuid4())
    except Refused as error:
        return refused(request, error)


def reported(request: HttpRequest, code: GateCode, now: datetime) -> HttpResponse:
    """Keep it and lead to the page of its answer, or show the form again with what is to be mended."""
    client_id = uuid_given(request.POST.get("client_uuid", ""))
    sent = posted(request, forms.GATE, code.county_id, now)
    body, errors = parse(forms.GATE, sent.answers)
    errors |= sent.errors
    if not errors:
        told: dict[str, Any] = forms.given("voice", body, sent.uploads)
        try:
            _, token = actions.receive(code=code, client_id=client_id, now=now, **told)
        except Refused as error:
            errors = {"phone" if error.code == "invalid-phone" else "": error.message}
        else:
            return HttpResponseRedirect(f"{reverse('cases:gate-answer', args=[token])}?new=1")
    values = values_of(forms.GATE, sent.answers)
    values.pop("photos", None)
    return gate_page(request, code, client_id, values, errors)


def gate_page(
    request: HttpRequest,
    code: GateCode,
    client_id: UUID,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    """The form. Photos are chosen again where something else was wrong: none is kept without its report."""
    context = {
        "org": code.org,
        "county_id": code.county_id,
        "fields": forms.GATE,
        "values": values or {},
        "errors": errors or {},
        "again": bool(errors) and bool(request.FILES),
        "client_id": client_id,
    }
    return render(request, "cases/gate.html", context, status=422 if errors else 200)


@never_cache
@require_safe
def find_answer(request: HttpRequest) -> HttpResponse:
    """The page of the answer, by the code that somebody wrote down."""
    typed = "".join(one for one in request.GET.get("code", "").upper() if one.isalnum())[:40]
    county = request.GET.get("county", "")[:6]
    return HttpResponseRedirect(reverse("cases:gate-answer", args=[f"{quote(county)}-{typed}"]))


@never_cache
@require_safe
def gate_answer(request: HttpRequest, token: str) -> HttpResponse:
    """How what was reported stands, and the answer; nothing of what happens inside."""
    try:
        with actions.opened_answer(token, address=address_of(request), now=timezone.now()) as voice:
            address = request.build_absolute_uri(request.path)
            context = {
                "org": voice.org,
                "sign": SIGNS[voice.state],
                "word": PUBLIC_STATES[voice.state],
                "facts": [
                    {"key": "反映的", "value": f"{KINDS[voice.kind]}（{voice.spot}）"},
                    {"key": "收到", "value": moment_text(voice.received_at)},
                ],
                "answer": voice.answer,
                "answered": moment_text(voice.answered_at) if voice.answered_at else "",
                "new": "new" in request.GET,
                "address": address,
                "picture": picture(address),
                "code": grouped(token.partition("-")[2]),
            }
            return render(request, "cases/gate_answer.html", context)
    except Refused as error:
        return refused(request, error)
