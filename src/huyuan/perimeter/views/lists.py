"""The county's premises, and what surrounds one school."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from huyuan.kernel.datum import Point
from huyuan.kernel.days import day_of, zh_date
from huyuan.orgs.permissions import allowed, reached
from huyuan.orgs.request import SignedInRequest
from huyuan.perimeter.drawing import Plan, planned
from huyuan.perimeter.queries import venues as queries
from huyuan.perimeter.queries.kinds import kinds, name_of
from huyuan.perimeter.rules import Ring, broken

AT_ONCE = 50
UNCHECKED = ("1", "3", "6", "12")
"""Months for which one may ask what nobody has looked at."""
MOST_DRAWN = 300


@require_safe
def listing(request: SignedInRequest) -> HttpResponse:
    """The premises in my sight: `?kind=`, `?town=`, `?near=1` (too near a school), `?unchecked=` months,
    `?q=`."""
    given, today = request.GET, day_of(request.now)
    asked = {name: given.get(name, "").replace("\0", "")[:80] for name in FILTERS}
    towns = queries.towns(request.actor.county_id)
    filters = queries.Filters(
        kind=asked["kind"],
        region_id=next((key for key, name in towns if name == asked["town"]), None),
        text=asked["q"].strip(),
        near=asked["near"] == "1",
        since=queries.months_before(today, int(asked["unchecked"]))
        if asked["unchecked"] in UNCHECKED
        else None,
    )
    found = queries.listed(request.actor, filters, today)
    count = found.count()
    pages = max(1, -(-count // AT_ONCE))
    page = min(pages, int(given["page"])) if given.get("page", "").isdecimal() else 1
    page = max(page, 1)
    chosen = {name: value for name, value in asked.items() if value}
    context = {
        "filters": [
            select("kind", "类别", {kind.key: kind.zh for kind in kinds().values()}, asked["kind"]),
            select("town", "乡镇", {name: name for _, name in towns}, asked["town"]),
            select("near", "距离", {"1": "离学校太近的"}, asked["near"]),
            select("unchecked", "检查", {n: f"{n}个月没有检查的" for n in UNCHECKED}, asked["unchecked"]),
            {"name": "q", "label": "名称、地址", "type": "search", "value": asked["q"]},
        ],
        "filtered": bool(chosen),
        "count": count,
        "rows": [row_of(venue, today) for venue in found[(page - 1) * AT_ONCE : page * AT_ONCE]],
        "page": page,
        "pages": pages,
        "prefix": f"?{urlencode(chosen)}&page=" if chosen else "?page=",
        "may_record": bool(reached(request.actor, "venue.record")),
    }
    return render(request, "perimeter/venues.html", context)


FILTERS = ("kind", "town", "near", "unchecked", "q")


def select(name: str, label: str, options: Mapping[str, str], value: str) -> dict[str, Any]:
    """A filter with its choices."""
    offered = [{"value": key, "label": zh} for key, zh in options.items()]
    return {"name": name, "label": label, "type": "select", "value": value, "options": offered}


def row_of(venue: Any, today: date) -> dict[str, Any]:
    """A venue in the county's list."""
    return {
        "url": reverse("perimeter:venue", args=[venue.id]),
        "name": {"text": venue.name, "hint": f"{name_of(venue.kind)} · {venue.region.name}"},
        "school": f"{venue.school} {venue.metres}米" if venue.school else None,
        "licence": licence_of(venue, today),
        "checked": checked_of(venue),
        "agency": venue.agency.short_name,
    }


def licence_of(venue: Any, today: date) -> dict[str, Any] | str | None:
    """How its licence stands; a kind that needs none says nothing."""
    kind = kinds().get(venue.kind)
    if venue.licence_until and venue.licence_until < today:
        return {"status": "overdue", "word": "已过期", "text": zh_date(venue.licence_until)}
    if venue.licence_number:
        return f"有证，至{zh_date(venue.licence_until)}" if venue.licence_until else "有证"
    return {"status": "unknown", "word": "没有登记"} if kind and kind.licence else None


def checked_of(one: Any) -> dict[str, Any]:
    """When somebody last looked, and what came of it (`queries.last_check`)."""
    if one.checked_at is None:
        return {"status": "owed", "word": "没有检查过"}
    said = {"text": zh_date(day_of(one.checked_at))}
    if one.checked_good:
        return {"status": "met", "word": "没有问题", **said}
    return {"status": "overdue", "word": "有问题", **said}


# ---- one school ------------------------------------------------------------------------------------------
@require_safe
def school(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """A school's wall with its rings and what lies round it, drawn and as a list."""
    found = queries.around(request.actor, org_id, request.now)
    plan = planned(found.points, closed=found.wall is not None, rings=found.rings) if found.points else None
    rows = [near_row(near, found.rings, day_of(request.now)) for near in found.venues]
    context = {
        "org": found.org,
        "wall": found.wall,
        "wall_since": zh_date(found.wall.from_day) if found.wall else "",
        "plan": plan,
        "marks": marks_of(plan, found.venues, rows) if plan else [],
        "rings": [ring_row(ring) for ring in found.rings],
        "rows": rows,
        "too_near": sum(bool(row["breaks"]) for row in rows),
        "may_draw": allowed(request.actor, "wall.draw", org_id),
        "may_locate": allowed(request.actor, "org.alter", org_id),
        "may_record": bool(reached(request.actor, "venue.record")),
    }
    return render(request, "perimeter/school.html", context)


def near_row(near: Any, rings: Sequence[Ring], today: date) -> dict[str, Any]:
    """A venue near the school."""
    venue = near.venue
    broke = broken(rings, venue.kind, near.metres)
    return {
        "url": reverse("perimeter:venue", args=[venue.id]),
        "name": {"text": venue.name, "hint": name_of(venue.kind)},
        "metres": "围墙内" if near.metres == 0 and near.by_wall else f"{near.metres}",
        "licence": licence_of(venue, today),
        "checked": checked_of(near),
        "breaks": [ring_row(ring) for ring in broke],
        "state": "missed" if broke else checked_of(near)["status"],
        "point": Point(venue.lat, venue.lng),
    }


def ring_row(ring: Ring) -> dict[str, Any]:
    """A ring as people read it, with the way to its sentence."""
    return {
        "metres": ring.metres,
        "forbids": ring.forbids,
        "title": ring.title,
        "kinds": "、".join(name_of(kind) for kind in sorted(ring.kinds)) or "各类场所",
        "cite": ring.cite,
        "url": f"{reverse('portal:directive', args=[ring.pack])}#d-{ring.clause}",
    }


def marks_of(plan: Plan, venues: Sequence[Any], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The venues that the paper shows, numbered as in the list."""
    found: list[dict[str, Any]] = []
    for number, (near, row) in enumerate(zip(venues, rows, strict=True), start=1):
        if plan.shows(row["point"]) and len(found) < MOST_DRAWN:
            x, y = plan.at(row["point"])
            said = f"{number}号，{near.venue.name}，{name_of(near.venue.kind)}，{near.metres}米"
            found.append(
                {"x": x, "y": y, "number": number, "url": row["url"], "said": said, "state": row["state"]}
            )
    return found
