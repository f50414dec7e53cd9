"""Children who are cared for: nothing is shown before it was said what for; what is shown is kept nowhere."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from huyuan.cases import forms
from huyuan.cases.actions import caring
from huyuan.cases.models import Care
from huyuan.cases.queries.caring import care_counts, care_seen, cares, plain, spec, staff
from huyuan.cases.rules import CARE_KINDS, CARE_VERBS
from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, parse
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import not_found, reached
from huyuan.orgs.request import SignedInRequest
from huyuan.registers.forms import posted, values_of
from huyuan.registers.sheets import moment_text
from huyuan.registers.views.filling import uuid_given

PURPOSES = "care-purposes"
"""What for the session's person reads which of them today: id → [purpose, day]."""
PURPOSE = (Field(id="purpose", label="查阅为了什么", type="text", required=True, max_length=60),)
STEPS = ("talk", "pair", "review", "end")


@never_cache
@require_safe
def care_list(request: SignedInRequest) -> HttpResponse:
    """Those that were granted to me, by number; for the bureau, how many there are."""
    actor = request.actor
    opens, counts = bool(reached(actor, "care.open")), bool(reached(actor, "care.count"))
    mine = list(cares(actor, request.now)) if actor.person_id else []
    if not (opens or counts or mine):
        raise not_found()
    today = day_of(request.now)
    context = {
        "may_open": opens,
        "rows": [
            {
                "url": reverse("cases:care", args=[care.id]),
                "title": care.number,
                "note": CARE_KINDS[care.kind],
                "sign": "met" if care.ended_at else "overdue" if care.review_on < today else "owed",
                "word": "已结束" if care.ended_at else "该复核了" if care.review_on < today else "帮教中",
            }
            for care in mine
        ],
        "listed": opens or bool(mine),
        "counted": counts,
        "counts": [
            {"kind": CARE_KINDS[one.kind], "number": str(one)}
            for one in (care_counts(actor) if counts else ())
        ],
        "least": spec().counted_from,
    }
    return render(request, "cases/care_list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def care_open(request: SignedInRequest) -> HttpResponse:
    """Begin to care for a child of my school."""
    able = reached(request.actor, "care.open")
    org_id = next((one.org_id for one in request.actor.holdings if one.org_id in able), None)
    if org_id is None:
        raise not_found()
    fields = forms.caring("open")

    def write(body: Mapping[str, Any], client_id: UUID) -> Care:
        care = caring.open_care(
            actor=request.actor,
            org_id=org_id,
            client_id=client_id,
            kind=body["kind"],
            child=body["child"],
            situation=body["situation"],
            review_on=date.fromisoformat(body["review_on"]),
            now=request.now,
        )
        keep_purpose(request, care.id, "登记和帮教")
        return care

    values = {"review_on": (day_of(request.now) + timedelta(days=90)).isoformat()}
    org = Organisation.objects.get(id=org_id)
    return asked(
        request, fields, values, write, {"label": CARE_VERBS["open"], "org": org, "care": None, "ends": False}
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def care(request: SignedInRequest, care_id: UUID) -> HttpResponse:
    """All that is held of a child, for a purpose that is on record. `?paper=1`: as the guardian's copy."""
    found = care_seen(request.actor, care_id, request.now)
    if request.method == "POST":
        purpose = request.POST.get("purpose", "").strip()
        if purpose:
            keep_purpose(request, care_id, purpose[:60])
            return HttpResponseRedirect(request.get_full_path())
        return render(
            request, "cases/care_purpose.html", {"care": found, "fields": PURPOSE, "error": True}, status=422
        )
    purpose = kept_purpose(request, care_id)
    if not purpose:
        return render(request, "cases/care_purpose.html", {"care": found, "fields": PURPOSE, "error": False})
    caring.read(actor=request.actor, care_id=care_id, purpose=purpose, now=request.now)
    grants = list(found.grants.order_by("given_at", "person_name"))
    mine = next(one for one in grants if one.person_id == request.actor.person_id)
    steps = () if found.ended_at else STEPS if mine.role != "paired" else STEPS[:1]
    context = {
        "care": found,
        "kind": CARE_KINDS[found.kind],
        "child": plain(found, found.child),
        "situation": plain(found, found.situation),
        "plan": plain(found, found.plan),
        "talks": [
            {"on": one.on, "by": one.by_name, "text": plain(found, one.summary)}
            for one in found.talks.order_by("-on", "-recorded_at")
        ],
        "grants": grants,
        "readings": [
            {"at": moment_text(one.at), "who": one.person_name, "purpose": one.purpose}
            for one in found.readings.order_by("-at")[:50]
        ],
        "steps": [
            {"label": CARE_VERBS[verb], "url": reverse("cases:care-step", args=[found.id, verb])}
            for verb in steps
        ],
        "keep_months": spec().keep_months,
    }
    paper = request.GET.get("paper") == "1"
    return render(request, "cases/care_paper.html" if paper else "cases/care.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def care_step(request: SignedInRequest, care_id: UUID, verb: str) -> HttpResponse:
    """A step: what is asked for it, then done."""
    if verb not in STEPS:
        raise not_found()
    found = care_seen(request.actor, care_id, request.now)
    fields = forms.caring(verb, staff(found.org_id, request.now) if verb == "pair" else ())

    def write(body: Mapping[str, Any], client_id: UUID) -> Care:
        common: dict[str, Any] = {"actor": request.actor, "care_id": care_id, "now": request.now}
        match verb:
            case "talk":
                on = date.fromisoformat(body["on"])
                return caring.talk(**common, client_id=client_id, on=on, summary=body["summary"])
            case "pair":
                return caring.pair(**common, person_id=UUID(body["person"]), purpose=body["purpose"])
            case "review":
                on = date.fromisoformat(body["review_on"])
                return caring.review(**common, plan=body["plan"], review_on=on)
            case _:
                return caring.end_care(**common)

    days = {"on": 0, "review_on": 90}
    values = {name: (day_of(request.now) + timedelta(days=ahead)).isoformat() for name, ahead in days.items()}
    context = {"label": CARE_VERBS[verb], "org": found.org, "care": found, "keep_months": spec().keep_months}
    return asked(request, fields, values, write, context | {"ends": verb == "end"})


def asked(
    request: SignedInRequest,
    fields: tuple[Field, ...],
    values: Mapping[str, Any],
    write: Any,
    context: Mapping[str, Any],
) -> HttpResponse:
    """A form, and what is written when it comes back; what was typed is never lost."""
    errors: dict[str, str] = {}
    client_id = uuid4()
    if request.method == "POST":
        client_id = uuid_given(request.POST.get("client_uuid", ""))
        sent = posted(request, fields, request.actor.county_id, request.now)
        body, errors = parse(fields, sent.answers)
        if not errors:
            try:
                done = write(body, client_id)
            except Refused as refused:
                if refused.http_status == 404:
                    raise
                errors = {"": refused.message}
            else:
                return HttpResponseRedirect(reverse("cases:care", args=[done.id]))
        values = values_of(fields, sent.answers)
    shown = {**context, "fields": fields, "values": values, "errors": errors, "client_id": client_id}
    return render(request, "cases/care_step.html", shown, status=422 if errors else 200)


def keep_purpose(request: SignedInRequest, care_id: UUID, purpose: str) -> None:
    """Remember for today what for this one is read."""
    today = day_of(request.now).isoformat()
    kept = {key: said for key, said in request.session.get(PURPOSES, {}).items() if said[1] == today}
    request.session[PURPOSES] = kept | {str(care_id): [purpose, today]}


def kept_purpose(request: SignedInRequest, care_id: UUID) -> str:
    """What for this one is read today; empty: not said yet."""
    purpose, day = request.session.get(PURPOSES, {}).get(str(care_id), ("", ""))
    return purpose if day == day_of(request.now).isoformat() else ""
