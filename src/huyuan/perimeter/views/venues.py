"""One venue: what is on file of it, adding, correcting, closing."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.kernel.days import SHANGHAI, day_of, zh_date
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, parse
from huyuan.orgs.permissions import not_found, reached, require
from huyuan.orgs.request import SignedInRequest
from huyuan.perimeter import actions
from huyuan.perimeter.forms import particulars, venue_fields, venue_values
from huyuan.perimeter.models import VenueCheck
from huyuan.perimeter.queries import venues as queries
from huyuan.perimeter.queries.kinds import name_of
from huyuan.perimeter.queries.rings import neighbours, rings
from huyuan.perimeter.rules import broken
from huyuan.perimeter.views.lists import licence_of, ring_row
from huyuan.registers.forms import values_of

DATUMS = {"WGS84": "手机定位", "GCJ02": "国内网络地图", "CGCS2000": "测绘坐标"}
ACTIONS = dict(VenueCheck.ACTIONS)


def acting_org(request: SignedInRequest, action: str) -> UUID:
    """The organisation of the actor that does it: the one asked for by `?org=`, else the first that may."""
    able = reached(request.actor, action)
    mine = [holding.org_id for holding in request.actor.holdings if holding.org_id in able]
    wanted = [org_id for org_id in mine if str(org_id) == request.GET.get("org")]
    if not mine:
        if not request.actor.holdings:
            raise not_found()
        require(request.actor, action, request.actor.holdings[0].org_id)
    return (wanted or mine)[0]


@require_safe
def venue(request: SignedInRequest, venue_id: UUID) -> HttpResponse:
    """What is on file of a venue, how near to which schools, and what was found there."""
    return venue_page(request, venue_id)


def venue_page(request: SignedInRequest, venue_id: UUID, refused: Refused | None = None) -> HttpResponse:
    found = queries.venue_seen(request.actor, venue_id)
    today = day_of(request.now)
    drawn = rings(request.actor.county_id, today)
    able = reached(request.actor, "venue.see")
    mine = {holding.org_id for holding in request.actor.holdings}
    may_check = bool(reached(request.actor, "venue.check") & mine)
    context = {
        "venue": found,
        "kind": name_of(found.kind),
        "closed": zh_date(found.closed) if found.closed else "",
        "facts": facts_of(found, today),
        "schools": [
            {
                "name": one.name,
                "url": reverse("perimeter:school", args=[one.org_id]) if one.org_id in able else "",
                "metres": one.metres,
                "by_wall": one.by_wall,
                "breaks": [
                    ring_row(ring)
                    for ring in broken(
                        [each for each in drawn if each.counts_for(one.org_id, one.kind)],
                        found.kind,
                        one.metres,
                    )
                ],
            }
            for one in neighbours(venue_id)
        ],
        "checks": [check_row(check, may_check and mine) for check in queries.checks_of(venue_id)],
        "may_check": may_check and not found.closed,
        "may_alter": bool(reached(request.actor, "venue.record") & mine) and not found.closed,
        "received": request.GET.get("received", "")[:40],
        "today": today.isoformat(),
        "refused": refused,
    }
    return render(request, "perimeter/venue.html", context, status=refused.http_status if refused else 200)


def facts_of(venue: Any, today: date) -> list[dict[str, Any]]:
    """What is on file, as a list of facts."""
    region = venue.region
    town = region.parent.name if region.kind == "village" and region.parent else ""
    rows = [
        ("地址", "，".join(filter(None, [f"{town}{region.name}", venue.address]))),
        ("监管部门", venue.agency.name),
        ("许可证", licence_of(venue, today)),
        ("许可证编号", " ".join(filter(None, [venue.licence_kind, venue.licence_number]))),
        ("开业", zh_date(venue.opened) if venue.opened else ""),
        ("位置", f"北纬{venue.lat:.6f}，东经{venue.lng:.6f}（来自{DATUMS.get(venue.datum, venue.datum)}）"),
        ("信息来源", venue.source),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def check_row(check: Any, mine: set[UUID] | bool) -> dict[str, Any]:
    """A check in the venue's story."""
    at = check.at.astimezone(SHANGHAI)
    signed = [one["name"] for one in check.others if one["signed"]]
    unsigned = [one["name"] for one in check.others if not one["signed"]]
    who = [check.org.short_name, *signed]
    notes = [
        f"{check.people}人" if check.people else "",
        f"没有签字、不算参加：{'、'.join(unsigned)}" if unsigned else "",
        f"{check.recorded_by_org.short_name}代录" if check.recorded_by_org else "",
        f"登记人：{check.recorded_by_name}",
    ]
    own = check.recorded_by_org_id or check.org_id
    return {
        "id": check.id,
        "at": f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
        "who": "、".join(who),
        "done": ACTIONS[check.action],
        "good": check.good,
        "what": check.what,
        "note": "，".join(filter(None, notes)),
        "files": [
            {
                "url": reverse("perimeter:check-file", args=[one["id"]]),
                "name": one["name"],
                "kind": one["kind"],
            }
            for one in check.kept
        ],
        "voided": check.void_reason if check.voided_at else "",
        "may_void": check.voided_at is None and isinstance(mine, set) and own in mine,
    }


# ---- adding and correcting -------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Put a venue on file."""
    org_id = acting_org(request, "venue.record")
    fields = venue_fields(request.actor.county_id)
    values: Mapping[str, Any] = {"agency": str(org_id)}
    errors: dict[str, str] = {}
    client_id = uuid_given(request.POST.get("client_uuid")) or uuid4()
    if request.method == "POST":
        values, body, errors = sent(request, fields)
        try:
            if not errors:
                kept = actions.add_venue(
                    actor=request.actor,
                    org_id=org_id,
                    client_id=client_id,
                    said=particulars(body),
                    now=request.now,
                )
                received = f"?received={client_id}"
                return HttpResponseRedirect(reverse("perimeter:venue", args=[kept.id]) + received)
        except Refused as refused:
            errors = errors_of(refused)
    return form_page(request, fields, values, errors, client_id, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, venue_id: UUID) -> HttpResponse:
    """Correct what is on file of a venue."""
    found = queries.venue_seen(request.actor, venue_id)
    org_id = acting_org(request, "venue.record")
    fields = venue_fields(request.actor.county_id)
    values: Mapping[str, Any] = venue_values(found)
    errors: dict[str, str] = {}
    if request.method == "POST":
        values, body, errors = sent(request, fields)
        try:
            if not errors:
                actions.alter_venue(
                    actor=request.actor,
                    org_id=org_id,
                    venue_id=venue_id,
                    said=particulars(body),
                    now=request.now,
                )
                return HttpResponseRedirect(reverse("perimeter:venue", args=[venue_id]))
        except Refused as refused:
            errors = errors_of(refused)
    return form_page(request, fields, values, errors, uuid4(), found)


def form_page(
    request: SignedInRequest,
    fields: list[Field],
    values: Mapping[str, Any],
    errors: dict[str, str],
    client_id: UUID,
    venue: Any,
) -> HttpResponse:
    context = {"fields": fields, "values": values, "errors": errors, "client_id": client_id, "venue": venue}
    return render(request, "perimeter/venue_form.html", context, status=422 if errors else 200)


@require_POST
def close(request: SignedInRequest, venue_id: UUID) -> HttpResponse:
    """The venue does no business any more."""
    queries.venue_seen(request.actor, venue_id)
    try:
        actions.close_venue(
            actor=request.actor,
            org_id=acting_org(request, "venue.check"),
            venue_id=venue_id,
            closed=day_given(request.POST.get("closed", "")) or day_of(request.now),
            reason=request.POST.get("reason", ""),
            now=request.now,
        )
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        return venue_page(request, venue_id, refused)
    return HttpResponseRedirect(reverse("perimeter:venue", args=[venue_id]))


def sent(
    request: SignedInRequest, fields: list[Field]
) -> tuple[Mapping[str, Any], dict[str, Any], dict[str, str]]:
    """What was posted: as the page draws it again, as it was read, and what could not be."""
    raw = {name: [str(value) for value in request.POST.getlist(name)] for name in request.POST}
    body, errors = parse(fields, raw)
    point = body.get("point")
    if isinstance(point, dict) and "lat" not in point:
        errors["point"] = "位置：还没有经纬度，请用手机定位，或者手工填写。"
    return values_of(fields, raw), body, errors


def errors_of(refused: Refused) -> dict[str, str]:
    """What was wrong by field, else the one sentence; what people may not see or do goes on."""
    if refused.http_status in (403, 404):
        raise refused
    found = refused.facts.get("errors")
    return dict(found) if isinstance(found, dict) else {"": refused.message}


def uuid_given(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise not_found() from None


def day_given(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
