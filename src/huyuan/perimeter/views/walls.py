"""Drawing a school's wall: tapped on the drawing, walked with a phone, typed, or brought in as a file."""

from typing import Any, get_args
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from huyuan.kernel.datum import Datum, Point
from huyuan.kernel.errors import Refused
from huyuan.orgs.permissions import require
from huyuan.orgs.request import SignedInRequest
from huyuan.perimeter import actions
from huyuan.perimeter.drawing import planned
from huyuan.perimeter.queries.ground import points_of
from huyuan.perimeter.queries.venues import around
from huyuan.perimeter.rules import points_in
from huyuan.perimeter.views.venues import DATUMS as DATUM_NAMES
from huyuan.perimeter.views.venues import errors_of

MOST_BYTES = 200_000
SHOWN = 250
"""Metres round the school's place that the paper shows for drawing."""


@require_http_methods(["GET", "HEAD", "POST"])
def wall(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """The corners of a school's wall."""
    found = around(request.actor, org_id, request.now)
    require(request.actor, "wall.draw", org_id)
    corners = found.points if found.wall else []
    values: dict[str, Any] = {"corners": text_of(corners), "datum": "WGS84"}
    errors: dict[str, str] = {}
    asked: dict[str, Any] = {}
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in ("corners", "datum")}
        try:
            imported, text = corners_given(request)
            values["corners"] = text
            actions.draw_wall(
                actor=request.actor,
                org_id=org_id,
                corners=points_in(text),
                datum=datum_given(values["datum"]),
                confirmed=request.POST.get("confirmed") == "yes",
                imported=imported,
                now=request.now,
            )
            return HttpResponseRedirect(reverse("perimeter:school", args=[org_id]))
        except Refused as refused:
            errors = {"corners" if key == "" else key: said for key, said in errors_of(refused).items()}
            asked = dict(refused.facts) if refused.code == "unconfirmed-wall" else {}
    places = points_of(org_id)
    shown = [*places, *corners]
    plan = planned(shown, closed=False, rings=(), shown=SHOWN) if shown else None
    context = {
        "org": found.org,
        "values": values,
        "errors": errors,
        "asked": asked,
        "datums": DATUM_NAMES,
        "plan": plan,
        "gates": [plan.at(point) for point in places] if plan else [],
        "venues": [
            (*plan.at(point), near.venue.name)
            for near in found.venues
            if plan and plan.shows(point := Point(near.venue.lat, near.venue.lng))
        ],
    }
    return render(request, "perimeter/wall.html", context, status=422 if errors else 200)


def corners_given(request: SignedInRequest) -> tuple[bool, str]:
    """Whether a file came, and the corners as text: the file's, else those typed."""
    upload = request.FILES.get("file")
    if upload is None:
        return False, request.POST.get("corners", "").replace("\0", "")[:MOST_BYTES]
    content = upload.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Refused("invalid-points", "文件太大，一所学校的围墙用不了这么多。请只导出这一个面。")
    try:
        return True, content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        raise Refused(
            "invalid-points", "这个文件读不懂。请用 UTF-8 的 GeoJSON 或 CSV，每行一个角的纬度、经度。"
        ) from None


def datum_given(text: str) -> Datum:
    """The datum that was chosen."""
    known: tuple[Datum, ...] = get_args(Datum)
    for datum in known:
        if text == datum:
            return datum
    raise Refused("invalid-points", "请选择坐标来源。")


def text_of(corners: Any) -> str:
    """Corners as they are typed: one in a line."""
    return "\n".join(f"{point.lat:.6f}, {point.lng:.6f}" for point in corners)
