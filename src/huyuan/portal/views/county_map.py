"""全县地图: the schools where they lie, drawn from their own positions, with the same as a list; and where a
school says where it is."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from huyuan.duties.rules.aggregate import Share
from huyuan.duties.rules.verdicts import ZH, Verdict
from huyuan.kernel.datum import Point
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, Option, parse
from huyuan.orgs import actions
from huyuan.orgs.permissions import require
from huyuan.orgs.queries import organisation
from huyuan.orgs.request import SignedInRequest
from huyuan.portal.county_map import drawn, names, say_length
from huyuan.portal.queries import county_map as queries
from huyuan.portal.queries.organisations import Filters, towns, words
from huyuan.portal.views.adoptions import errors_of, raw_of
from huyuan.portal.views.organisations import picker
from huyuan.reports.queries import ATTENTION

NAMED = 30
"""Up to so many schools their names stand on the drawing; of more, each town is drawn for itself."""
STANDING: tuple[Verdict, ...] = ("overdue", "unknown", "owed", "met")
"""How a school's mark looks: what needs somebody first."""
NEW_GATE = "new"


@require_safe
def county_map(request: SignedInRequest) -> HttpResponse:
    """The schools in my sight on one drawing, `?town=` and `?kind=` narrow it."""
    given = request.GET
    filters = Filters("", given.get("kind", ""), given.get("town", ""))
    page = queries.page(request.actor, filters, request.now)
    kinds = words().kinds
    present = {row["kind"] for row in page.rows} | {filters.kind}
    rows = {str(row["id"]): row_of(row, page, kinds) for row in page.rows}
    picture = drawn(
        (str(row["id"]), row["town"], Point(row["lat"], row["lng"]))
        for row in page.rows
        if row["lat"] is not None
    )
    few = picture is not None and len(picture.marks) <= NAMED
    labels = (
        names(picture.marks, {key: row["short"] for key, row in rows.items()}, picture.height)
        if picture and few
        else {}
    )
    context = {
        "rows": list(rows.values()),
        "picture": picture,
        "marks": [
            {**rows[mark.key], "x": mark.x, "y": mark.y, "label": labels.get(mark.key)}
            for mark in (picture.marks if picture else ())
        ],
        "towns": []
        if filters.town or picture is None
        else [
            {"name": mark.key, "x": mark.x, "y": mark.y, "url": f"?{urlencode({'town': mark.key})}"}
            for mark in picture.towns
        ],
        "scale": say_length(picture.bar_metres) if picture else "",
        "filters": [
            picker(
                "kind", "类别", {key: name for key, name in kinds.items() if key in present}, filters.kind
            ),
            picker("town", "乡镇", {town: town for town in towns(request.actor.county_id)}, filters.town),
        ],
        "filtered": bool(filters.kind or filters.town),
        "used": [verdict for verdict in STANDING if any(row["verdict"] == verdict for row in rows.values())],
        "nowhere": [
            {
                "name": row["name"],
                "url": reverse("portal:position", args=[row["id"]]) if row["id"] in page.may_locate else "",
            }
            for row in page.rows
            if row["lat"] is None
        ],
    }
    return render(request, "portal/county_map.html", context)


def row_of(row: Mapping[str, Any], page: queries.Page, kinds: Mapping[str, str]) -> dict[str, Any]:
    """A school in the list and on the drawing."""
    share = page.shares.get(row["id"])
    verdict = standing(share) if share else None
    state = f"{ZH[verdict]}{share.counts[verdict]}项" if share and verdict and verdict in ATTENTION else ""
    return {
        "key": str(row["id"]),
        "url": reverse("portal:organisation", args=[row["id"]]),
        "name": {"text": row["name"], "hint": f"{kinds.get(row['kind'], row['kind'])} · {row['town']}"},
        "whole": row["name"],
        "short": row["short_name"],
        "verdict": verdict,
        "said": state or (ZH[verdict] if verdict else ""),
        "count": share.counts[verdict] if share and state and verdict else 0,
        "state": {"status": verdict, "word": state} if verdict else None,
        "share": {"text": share.text} if share else None,
    }


def standing(share: Share) -> Verdict | None:
    """What of a school needs somebody first."""
    return next((verdict for verdict in STANDING if share.counts[verdict]), None)


@require_http_methods(["GET", "HEAD", "POST"])
def position(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """Say where a place of the organisation is: by the device, or as a map says it."""
    org = organisation(request.actor, org_id)
    require(request.actor, "org.alter", org_id)
    known = queries.places(org_id)
    options = [Option(value=str(place.id), label=place.name) for place in known]
    fields = [
        Field(
            id="place", label="哪个地点", type="choice", required=True,
            options=(*options, Option(value=NEW_GATE, label="新登记一个校门")),
        ),
        Field(
            id="point", label="位置", type="location", required=True,
            hint="站在那里用手机定位；或者填写地图上查到的经纬度，并选择坐标系。",
        ),
    ]  # fmt: skip
    errors: dict[str, str] = {}
    body: dict[str, Any] = {"place": options[0].value if options else NEW_GATE}
    if request.method == "POST":
        body, errors = parse(fields, raw_of(request))
        point = body.get("point")
        if isinstance(point, dict) and "lat" not in point:
            errors["point"] = "还没有位置，请用手机定位，或者手工填写经纬度。"
        try:
            if not errors:
                locate(request, org_id, body)
                return HttpResponseRedirect(reverse("portal:organisation", args=[org_id]))
        except Refused as refused:
            if refused.http_status in (403, 404):
                raise
            errors = errors_of(refused)
    context = {"org": org, "fields": fields, "values": body, "errors": errors}
    return render(request, "portal/position.html", context, status=422 if errors else 200)


def locate(request: SignedInRequest, org_id: UUID, body: Mapping[str, Any]) -> None:
    """Keep the position; a gate that is not on file yet is put there first."""
    given: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if body["place"] == NEW_GATE:
        name = "校门"
        place_id = actions.add_place(**given, org_id=org_id, kind="gate", name=name).id
    else:
        place_id = UUID(body["place"])
    point = body["point"]
    actions.locate_place(**given, place_id=place_id, lat=point["lat"], lng=point["lng"], datum=point["datum"])


PAGES = [
    path("map/", county_map, name="map"),
    path("orgs/<uuid:org_id>/position/", position, name="position"),
]
