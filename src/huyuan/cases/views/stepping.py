"""Reporting something, and taking a step: one form a page, what was typed is never lost."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from huyuan.cases import actions, forms, queries
from huyuan.cases.forms import Asked, Offered
from huyuan.cases.models import Case, Part
from huyuan.cases.queries import DISPUTE, HAZARD
from huyuan.cases.rules import OPEN_PART, WAYS
from huyuan.cases.views.words import PAGES
from huyuan.kernel.days import day_of, last_day, zh_date
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, parse
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import not_found, reached, require
from huyuan.orgs.request import SignedInRequest
from huyuan.registers.forms import Posted, posted, values_of, with_file_names
from huyuan.registers.views.filling import uuid_given

ACTIONS: Mapping[str, Callable[..., Case]] = {
    verb: getattr(actions, "return_" if verb == "return" else verb.replace("-", "_"))
    for way in WAYS.values()
    for verb in {**way.case.verbs, **way.part.verbs}
}
RECEIVED = "cases-received"
"""Files of a form that could not be taken yet, by id, as the session remembers them."""
GIVING = ("assign", "pass-on", "bring-in")


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: SignedInRequest) -> HttpResponse:
    """Report a hazard: photo, kind, place."""
    return reporting(request, HAZARD, "case.report")


@require_http_methods(["GET", "HEAD", "POST"])
def report_dispute(request: SignedInRequest) -> HttpResponse:
    """Report a dispute: who with whom, where, what about; no persons."""
    return reporting(request, DISPUTE, "dispute.report")


def reporting(request: SignedInRequest, kind: str, action: str) -> HttpResponse:
    """Report a matter. `?org=`: where it lies, one's own organisation unless told."""
    org = organisation_of(request, action)
    spec = queries.spec_of(kind)
    fields = forms.disputing(spec) if kind == DISPUTE else forms.reporting(spec, queries.places_of(org.id))
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    client_id = uuid4()
    if request.method == "POST":
        client_id = uuid_given(request.POST.get("client_uuid", ""))
        sent = taken(request, fields)
        body, errors = parse(fields, sent.answers)
        errors |= sent.errors
        if not errors:
            try:
                case = actions.found(
                    actor=request.actor,
                    org_id=org.id,
                    client_id=client_id,
                    kind=kind,
                    now=request.now,
                    **told(body, sent.uploads),
                )
            except Refused as refused:
                if refused.http_status in (403, 404):
                    raise
                errors = {"": refused.message}
            else:
                return to_case(case, client_id)
        values = redrawn(request, fields, sent)
    able = reached(request.actor, action) - {org.id}
    others = [holding for holding in request.actor.holdings if holding.org_id in able]
    context = {
        "kind": kind,
        "words": PAGES[kind],
        "org": org,
        "others": {holding.org_id: holding.org_name for holding in others},
        "fields": fields,
        "values": values,
        "errors": errors,
        "client_id": client_id,
        "alike": [
            {"id": one.id, "what": f"{one.spot}，{one.description}".rstrip("，"), "number": one.number}
            for one in queries.alike(request.actor, org.id, spec, request.now)
        ],
    }
    return render(request, "cases/report.html", context, status=422 if errors else 200)


def to_case(case: Case, client_id: UUID) -> HttpResponse:
    """The page of the case, with the receipt."""
    return HttpResponseRedirect(f"{reverse('cases:case', args=[case.id])}?received={client_id}")


def told(body: Mapping[str, Any], uploads: Mapping[UUID, str]) -> dict[str, Any]:
    """The answers of the report as its action takes them."""
    values = forms.given("found", body, uploads)
    values["place_id"] = UUID(values["place_id"]) if values.get("place_id") else None
    return values


def organisation_of(request: SignedInRequest, action: str) -> Organisation:
    """Where it lies: what the address says, else the first organisation where the actor may report. Raises
    Refused `not-found`."""
    asked = request.POST.get("org_id") or request.GET.get("org")
    able = reached(request.actor, action)
    own = next((holding.org_id for holding in request.actor.holdings if holding.org_id in able), None)
    org_id = uuid_given(asked) if asked else own
    if org_id is None:
        raise not_found()
    require(request.actor, action, org_id)
    return Organisation.objects.get(id=org_id)


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: SignedInRequest, case_id: UUID, verb: str) -> HttpResponse:
    """A step of a case: what is asked for it, then done. `?part=`: with which part; `?proxy=1`: on behalf of
    the organisation that has it (代录)."""
    if verb not in ACTIONS:
        raise not_found()
    case = queries.case_seen(request.actor, case_id)
    if verb not in WAYS[case.kind].verbs:
        raise not_found()
    part = part_of(request, case, verb)
    proxy = part is not None and request.GET.get("proxy") == "1"
    asked = asked_for(request, case, verb, part, proxy)
    values = dict(asked.values)
    errors: dict[str, str] = {}
    client_id = uuid4()
    offered = support(request, case) if verb == "assign" and not case.confidential else {}
    if request.method == "POST":
        client_id = uuid_given(request.POST.get("client_uuid", ""))
        sent = taken(request, asked.fields)
        body, errors = parse(asked.fields, sent.answers)
        errors |= sent.errors
        if not errors:
            try:
                ACTIONS[verb](
                    actor=request.actor,
                    case_id=case.id,
                    client_id=client_id,
                    now=request.now,
                    **({"part_id": part.id} if part else {}),
                    **forms.given(verb, body, sent.uploads),
                )
            except Refused as refused:
                if refused.http_status == 404 and refused.code == "not-found":
                    raise
                errors = {"": refused.message}
            else:
                return to_case(case, client_id)
        values = redrawn(request, asked.fields, sent)
    context = {
        "case": case,
        "part": part,
        "proxy": proxy,
        "verb": verb,
        "label": WAYS[case.kind].verbs[verb],
        "words": PAGES[case.kind],
        "asked": asked,
        "options": offered,
        "values": values,
        "errors": errors,
        "client_id": client_id,
        "due": zh_date(last_day(case.due_at)) if case.due_at else "",
    }
    return render(request, "cases/step.html", context, status=422 if errors else 200)


def part_of(request: SignedInRequest, case: Case, verb: str) -> Part | None:
    """The part that the step is about. Raises Refused `not-found` where the verb needs one."""
    if verb not in WAYS[case.kind].part.verbs:
        return None
    part = (
        Part.objects.select_related("org")
        .filter(case=case, id=uuid_given(request.GET.get("part", "")))
        .first()
    )
    if part is None:
        raise not_found()
    return part


def asked_for(request: SignedInRequest, case: Case, verb: str, part: Part | None, proxy: bool) -> Asked:
    """The form of the step."""
    spec = queries.spec_of(case.kind)
    offered = Offered()
    if verb in GIVING:
        likely, others = queries.receivers(request.actor, case, spec)
        own = str(part.org_id) if part else ""
        offered = Offered([one for one in likely if one[0] != own], [one for one in others if one[0] != own])
    days = spec.severity(case.severity).days
    if case.kind == DISPUTE:
        return forms.settling(verb, offered, proxy=proxy)
    proposed = (day_of(request.now) + timedelta(days=days)).isoformat() if days is not None else ""
    return forms.asked(verb, case, spec, offered, proposed, proxy=proxy)


def support(request: SignedInRequest, case: Case) -> dict[str, list[dict[str, str]]]:
    """Who can support: whoever can be given it, and has no open part."""
    busy = {str(one) for one in case.parts.filter(state__in=OPEN_PART).values_list("org_id", flat=True)}
    likely, others = queries.receivers(request.actor, case, queries.spec_of(case.kind))
    return {"support": [{"value": key, "label": name} for key, name in (*likely, *others) if key not in busy]}


def taken(request: SignedInRequest, fields: tuple[Field, ...]) -> Posted:
    """The posted form; files that came with an earlier try count as long as the session remembers them."""
    sent = posted(request, fields, request.actor.county_id, request.now)
    remembered = {UUID(key): name for key, name in request.session.get(RECEIVED, {}).items()}
    sent.uploads = remembered | sent.uploads
    return sent


def redrawn(request: SignedInRequest, fields: tuple[Field, ...], sent: Posted) -> dict[str, Any]:
    """What was sent, as the form shows it again; its files are kept."""
    if sent.uploads:
        request.session[RECEIVED] = {str(key): name for key, name in list(sent.uploads.items())[-20:]}
    known = {str(key): {"id": str(key), "name": name, "url": ""} for key, name in sent.uploads.items()}
    return with_file_names(fields, values_of(fields, sent.answers), known)
