"""Recording a check in under a minute, taking one back, its photos."""

from typing import Any
from uuid import UUID, uuid4

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Option, parse
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.vocabulary import kinds_on
from huyuan.perimeter import actions
from huyuan.perimeter.forms import OVERSEEING, check_fields, found_of
from huyuan.perimeter.queries import venues as queries
from huyuan.perimeter.queries.kinds import name_of
from huyuan.perimeter.queries.venues import overseers
from huyuan.perimeter.views.venues import acting_org, errors_of, uuid_given, venue_page
from huyuan.registers.forms import handed, posted, values_of, with_file_names
from huyuan.registers.queries.proxies import agencies_of
from huyuan.trace import files


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: SignedInRequest, venue_id: UUID) -> HttpResponse:
    """What was done at a venue and found: two taps, a photo, one button."""
    venue = queries.venue_seen(request.actor, venue_id)
    org_id = acting_org(request, "venue.check")
    others = overseers(request.actor.county_id, list(kinds_on(*OVERSEEING)))
    names = in_whose_name(request, org_id)
    fields = check_fields(
        [Option(value=str(one.id), label=one.short_name) for one in others if one.id != org_id], names
    )
    values: Any = {"action": "check", "org": str(org_id)}
    errors: dict[str, str] = {}
    client_id = uuid_given(request.POST.get("client_uuid")) or uuid4()
    if request.method == "POST":
        sent = posted(request, fields, request.actor.county_id, request.now)
        body, errors = parse(fields, sent.answers)
        errors |= sent.errors
        values = values_of(fields, sent.answers)
        try:
            if not errors:
                given: Any = body
                acted = UUID(given.get("org") or str(org_id))
                actions.record_check(
                    actor=request.actor,
                    org_id=acted,
                    recorded_by=None if acted == org_id else org_id,
                    venue_id=venue_id,
                    client_id=client_id,
                    found=found_of(given, sent.uploads, handed(request, request.now).at),
                    now=request.now,
                )
                received = f"?received={client_id}"
                return HttpResponseRedirect(reverse("perimeter:venue", args=[venue_id]) + received)
        except Refused as refused:
            errors = errors_of(refused)
    context = {
        "venue": venue,
        "kind": name_of(venue.kind),
        "fields": fields,
        "values": with_file_names(fields, values, {}),
        "errors": errors,
        "client_id": client_id,
    }
    return render(request, "perimeter/check.html", context, status=422 if errors else 200)


def in_whose_name(request: SignedInRequest, org_id: UUID) -> list[Option]:
    """The actor's own organisation, then those for which it may record."""
    own = next(one for one in request.actor.holdings if one.org_id == org_id)
    proxied = agencies_of(request.actor, org_id)
    return [
        Option(value=str(org_id), label=own.org_name),
        *(Option(value=str(one.id), label=one.name) for one in proxied),
    ]


@require_POST
def void(request: SignedInRequest, check_id: UUID) -> HttpResponse:
    """Take a check back: it was recorded by mistake."""
    kept = queries.check_seen(request.actor, check_id)
    try:
        actions.void_check(
            actor=request.actor, check_id=check_id, reason=request.POST.get("reason", ""), now=request.now
        )
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        return venue_page(request, kept.venue_id, refused)
    return HttpResponseRedirect(reverse("perimeter:venue", args=[kept.venue_id]))


@require_safe
def file(request: SignedInRequest, checkfile_id: UUID) -> FileResponse:
    """A photo of a check, or its signed sheet."""
    kept = queries.file_seen(request.actor, checkfile_id)
    return files.served(kept.file, kept.name)
