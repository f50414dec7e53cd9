"""Signing on with one tap: a button for each window, who is there, leaving early."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.request import SignedInRequest
from huyuan.portal import actions
from huyuan.portal.actions.signing_on import clock
from huyuan.portal.queries import sign_on as queries
from huyuan.portal.queries.library import library
from huyuan.portal.queries.sign_on import There
from huyuan.portal.windows import Offer
from huyuan.registers.forms import handed
from huyuan.registers.models import Entry
from huyuan.registers.views.filling import uuid_given


@require_http_methods(["GET", "HEAD", "POST"])
def sign_on(request: SignedInRequest) -> HttpResponse:
    """The buttons; posting one of them signs on and leads to the receipt."""
    if request.method != "POST":
        return page(request)
    given = request.POST
    try:
        entry = actions.sign_on(
            actor=request.actor,
            org_id=uuid_given(given.get("org", "")),
            point=given.get("point", ""),
            period=given.get("period", ""),
            client_id=uuid_given(given.get("client_uuid", "")),
            handed=handed(request, request.now),
            now=request.now,
        )
    except Refused as refused:
        return answered(request, refused)
    return receipt(entry)


@require_POST
def leave(request: SignedInRequest) -> HttpResponse:
    """End one's own sign-in now."""
    try:
        entry = actions.leave(
            actor=request.actor,
            entry_id=uuid_given(request.POST.get("entry", "")),
            client_id=uuid_given(request.POST.get("client_uuid", "")),
            handed=handed(request, request.now),
            now=request.now,
        )
    except Refused as refused:
        return answered(request, refused)
    return receipt(entry)


def receipt(entry: Entry) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('registers:entry', args=[entry.id])}?received=1")


def answered(request: SignedInRequest, refused: Refused) -> HttpResponse:
    """What was refused, on the page itself."""
    if refused.http_status in (403, 404):
        raise refused
    return page(request, refused)


def page(request: SignedInRequest, refused: Refused | None = None) -> HttpResponse:
    offers = queries.offers_of(request.actor, queries.windows_now(request.actor, request.now), request.now)
    context = {
        **shown(request, offers),
        "refused": refused.message if refused else "",
        "today": day_of(request.now),
        "form_url": reverse("registers:fill", args=[queries.SIGN_IN]),
    }
    return render(
        request, "portal/sign_on/page.html", context, status=refused.http_status if refused else 200
    )


def shown(request: SignedInRequest, offers: Sequence[Offer]) -> dict[str, Any]:
    """`buttons`, `for_others`, `later`, `here` (my own sign-ins), `there` (everybody's, by point) as
    `sign_on/parts.html` draws them."""
    actor, now = request.actor, request.now
    orgs = {holding.org_id: holding.org_name for holding in actor.holdings}
    words = library().words
    present = queries.present(actor, list(orgs), now)
    mine = [one for one in present if one.person == str(actor.person_id)]
    near = [one for one in offers if one.is_near(now)]
    points = dict.fromkeys((one.org_id, one.point) for one in present)

    def named(org_id: UUID, point: str) -> str:
        name = words.get(f"point:{point}", point)
        return f"{orgs[org_id]} {name}" if len(orgs) > 1 else name

    def as_what(keys: Sequence[str]) -> str:
        return "、".join(words.get(f"qualified:{key}", key) for key in keys)

    def person(one: There) -> dict[str, Any]:
        return {
            "name": one.name,
            "qualified": as_what(one.qualified),
            "since": said(one.since, now),
            "until": said(one.until, now),
            "where": named(one.org_id, one.point),
            "url": reverse("registers:entry", args=[one.entry_id]),
            "entry": one.entry_id,
            "own": one.own,
            "client_uuid": uuid4(),
        }

    return {
        "buttons": [
            {
                "org": one.org_id,
                "point": one.point,
                "period": one.period,
                "where": named(one.org_id, one.point),
                "start": said(one.start_at, now),
                "end": said(one.end_at, now),
                "when": one.anchor_zh,
                "qualified": as_what(one.qualified),
                "begun": one.start_at <= now,
                "instead_of": elsewhere(one, mine, named),
                "client_uuid": uuid4(),
            }
            for one in near
            if not covered(one, mine)
        ],
        "for_others": for_others(near[0], now) if near else "",
        "later": [
            {"where": named(one.org_id, one.point), "start": said(one.start_at, now),
             "end": said(one.end_at, now), "when": one.anchor_zh}
            for one in offers
            if not one.is_near(now)
        ],
        "here": [person(one) for one in mine],
        "there": [
            {
                "where": named(org_id, point),
                "people": [person(one) for one in present if (one.org_id, one.point) == (org_id, point)],
            }
            for org_id, point in points
        ],
    }  # fmt: skip


def covered(offer: Offer, mine: Collection[There]) -> bool:
    """Did I sign in there until the window's end?"""
    return any(
        (one.org_id, one.point) == (offer.org_id, offer.point) and one.until >= offer.end_at for one in mine
    )


def elsewhere(offer: Offer, mine: Collection[There], named: Callable[[UUID, str], str]) -> str:
    """Where I am counted until I sign in here: a person counts at one post at a time."""
    others = [one for one in mine if (one.org_id, one.point) != (offer.org_id, offer.point)]
    return "、".join(named(one.org_id, one.point) for one in others)


def for_others(offer: Offer, now: datetime) -> str:
    """The full form for a colleague at the same point."""
    sheet = queries.sign_in_form()
    known = {
        "org": str(offer.org_id),
        sheet.point: offer.point,
        f"{sheet.people}.0.{sheet.arrived}": clock(max(now, offer.start_at)),
        f"{sheet.people}.0.{sheet.left}": clock(offer.end_at),
    }
    return f"{reverse('registers:fill', args=[queries.SIGN_IN])}?{urlencode(known)}"


def said(instant: datetime, now: datetime) -> str:
    """07:05, 明日07:05."""
    ahead = (day_of(instant) - day_of(now)).days
    return {-1: "昨日", 0: "", 1: "明日", 2: "后日"}.get(ahead, "") + clock(instant)
