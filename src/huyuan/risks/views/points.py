"""The regional risk list, a school's ledger, one risk point with its history."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.kernel.days import day_of, zh_date, zh_day, zh_distance
from huyuan.kernel.errors import Refused
from huyuan.orgs.permissions import not_found, reached
from huyuan.orgs.request import SignedInRequest
from huyuan.papers.views.filing import day_given, uuid_given
from huyuan.papers.views.trying import Tried, handed_in
from huyuan.registers.sheets import moment_text
from huyuan.risks import actions, queries
from huyuan.risks.actions.points import asking
from huyuan.risks.models import RiskPoint, RiskVersion
from huyuan.risks.permissions import REGIONAL
from huyuan.risks.rules import points as rules
from huyuan.risks.views.warnings import warning_lines


@require_safe
def regional(request: SignedInRequest) -> HttpResponse:
    """The regional list: schools take items over, the bureaus keep it and see who has what."""
    today = day_of(request.now)
    mine = queries.keepers_lists(request.actor)
    kinds = {holding.org_id: holding.org_kind for holding in request.actor.holdings}
    schools = {org_id: name for org_id, name in mine.items() if kinds[org_id] not in REGIONAL}
    lists = {org_id: name for org_id, name in mine.items() if kinds[org_id] in REGIONAL}
    school = next(iter(schools), None)
    taken = queries.taken_by(school) if school else set()
    watching = bool(reached(request.actor, "risk-warning.see"))
    kept = queries.ledgers(request.actor, today) if watching else []
    context = {
        "rows": [
            {
                **row(one, today, {}),
                "id": one.point_id,
                "taken": one.point_id in taken,
                "schools": getattr(one, "taken", 0),
            }
            for one in queries.regional(request.actor)
        ],
        "school": school,
        "lists": lists,
        "watching": watching,
        "kept": [
            {
                "url": reverse("risks:ledger", args=[one.org_id]),
                "name": one.name,
                "points": one.points,
                "major": one.major,
                "overdue": {"status": "overdue", "word": f"{one.overdue}处"} if one.overdue else 0,
            }
            for one in kept
            if one.points
        ],
        "without": [one.name for one in kept if not one.points],
    }
    return render(request, "risks/regional.html", context)


def row(one: RiskVersion, today: date, titles: dict[tuple[UUID, str], str]) -> dict[str, Any]:
    """A risk point as a row of a list."""
    point = one.point
    late = rules.overdue(point.review_on, point.removed_on, today)
    spot = f"{one.place.name}，{one.spot}" if one.place else one.spot
    review = {"text": zh_day(point.review_on), "hint": zh_distance(point.review_on, today)}
    return {
        "url": reverse("risks:point", args=[point.id]),
        "what": {"text": one.what, "hint": f"{'重大危险源 · ' if one.major_source else ''}{spot}"},
        "category": queries.hazard_words("category").get(one.category, one.category),
        "level": queries.hazard_words("severity").get(one.level, one.level),
        "watch": titles.get((point.org_id, one.watch_post), ""),
        "review": review | {"status": "overdue", "word": "到期没有复查"} if late else review,
        "controls": one.controls,
        "removed": f"{zh_date(point.removed_on)}销去：{point.remove_reason}" if point.removed_on else "",
    }


@require_safe
def ledger(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """The list of one organisation."""
    return ledger_page(request, org_id)


def ledger_page(request: SignedInRequest, org_id: UUID, refused: Refused | None = None) -> HttpResponse:
    """A ledger, what was removed behind it, and the warnings of its town."""
    org = queries.listing(request.actor, org_id)
    today = day_of(request.now)
    removed = request.GET.get("state") == "removed"
    titles = dict(queries.post_titles({org_id}))
    rows = [row(one, today, titles) for one in queries.ledger(org, removed)]
    school = org.kind not in REGIONAL
    last = queries.last_round(org)
    context = {
        "org": org,
        "school": school,
        "rows": rows,
        "removed": removed,
        "overdue": sum("status" in one["review"] for one in rows),
        "keeps": org_id in queries.keepers_lists(request.actor),
        "last": last and f"{last.by_name} {moment_text(last.at)}，{last.points}处",
        "warned": warning_lines(queries.board_near(org, request.now)) if school else [],
        "client_id": uuid4(),
        "refused": refused,
    }
    return render(request, "risks/ledger.html", context, status=refused.http_status if refused else 200)


@require_POST
def reviewed(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """The whole list was gone through."""
    client_id = uuid_given(request.POST.get("client_uuid", ""))
    try:
        actions.risk_list_review(actor=request.actor, org_id=org_id, client_id=client_id, now=request.now)
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        return ledger_page(request, org_id, refused)
    return HttpResponseRedirect(reverse("risks:ledger", args=[org_id]))


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """Write a risk point down."""
    if org_id not in queries.keepers_lists(request.actor):
        raise not_found()
    org = queries.listing(request.actor, org_id)
    fields = asking(org)
    tried, client_id = Tried({"major_source": False}), uuid4()
    if request.method == "POST":
        client_id = uuid_given(request.POST.get("client_uuid", ""))

        def save(answers: dict[str, list[str]], uploads: dict[UUID, str]) -> HttpResponse:
            point = actions.risk_point_add(
                actor=request.actor, org_id=org_id, client_id=client_id, answers=answers, now=request.now
            )
            page = reverse("risks:point", args=[point.id])
            return HttpResponseRedirect(f"{page}?received={client_id}")

        answer = handed_in(request, fields, save)
        if isinstance(answer, HttpResponse):
            return answer
        tried = answer
    context = {
        "org": org, "point": None, "fields": fields, "values": tried.values, "client_id": client_id,
        "school": org.kind not in REGIONAL, **tried.context,
    }  # fmt: skip
    return render(request, "risks/point_write.html", context, status=tried.status)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: SignedInRequest, point_id: UUID) -> HttpResponse:
    """Say it anew; the old version stays."""
    point = queries.point_seen(request.actor, point_id)
    if point.org_id not in queries.keepers_lists(request.actor):
        raise not_found()
    fields = asking(point.org)
    text = queries.versions_of(point)[0]
    tried, client_id, number = Tried(values_of(point, text)), uuid4(), text.number
    if request.method == "POST":
        client_id = uuid_given(request.POST.get("client_uuid", ""))
        number = number_given(request)

        def save(answers: dict[str, list[str]], uploads: dict[UUID, str]) -> HttpResponse:
            actions.risk_point_correct(
                actor=request.actor, point_id=point_id, number=number, answers=answers, now=request.now
            )
            page = reverse("risks:point", args=[point_id])
            return HttpResponseRedirect(f"{page}?received={client_id}")

        answer = handed_in(request, fields, save)
        if isinstance(answer, HttpResponse):
            return answer
        tried = answer
    context = {
        "org": point.org, "point": point, "fields": fields, "values": tried.values, "client_id": client_id,
        "number": number, "school": not point.regional, **tried.context,
    }  # fmt: skip
    return render(request, "risks/point_write.html", context, status=tried.status)


def number_given(request: HttpRequest) -> int:
    """The version that the page was drawn from; nonsense is none."""
    text = request.POST.get("number", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def values_of(point: RiskPoint, text: RiskVersion) -> dict[str, Any]:
    """What stands in a version, as the form shows it."""
    named = ("what", "category", "level", "spot", "controls", "major_source", "watch_post")
    return {
        **{name: getattr(text, name) for name in named},
        "place": str(text.place_id) if text.place_id else "",
        "review_on": point.review_on.isoformat(),
    }


@require_safe
def point(request: SignedInRequest, point_id: UUID) -> HttpResponse:
    """One risk point: what it says, its reviews and versions, what can be done."""
    return point_page(request, point_id)


def point_page(request: SignedInRequest, point_id: UUID, refused: Refused | None = None) -> HttpResponse:
    """The point as this person sees it."""
    found = queries.point_seen(request.actor, point_id)
    today = day_of(request.now)
    versions = queries.versions_of(found)
    titles = dict(queries.post_titles({found.org_id}))
    mine = queries.keepers_lists(request.actor)
    kinds = {holding.org_id: holding.org_kind for holding in request.actor.holdings}
    schools = [org_id for org_id in mine if kinds[org_id] not in REGIONAL]
    given = request.POST if refused else {}
    context = {
        "point": found,
        "text": versions[0],
        "row": row(versions[0], today, titles),
        "late": rules.overdue(found.review_on, found.removed_on, today),
        "story": story(found, versions),
        "keeps": found.org_id in mine and not found.removed_on,
        "school": schools[0] if schools and found.regional and not found.removed_on else None,
        "taken": bool(schools and found.regional and found.id in queries.taken_by(schools[0])),
        "client_id": uuid4(),
        "received": request.GET.get("received", ""),
        "refused": refused,
        "given": given,
        "moment": moment_text,
    }
    return render(request, "risks/point.html", context, status=refused.http_status if refused else 200)


def story(found: RiskPoint, versions: list[RiskVersion]) -> list[dict[str, Any]]:
    """What happened to a point, the oldest first."""
    written = "采用区域清单" if found.origin_id else "登记"
    events: list[tuple[datetime, dict[str, Any]]] = [
        (
            one.written_at,
            {
                "at": moment_text(one.written_at),
                "who": one.written_by_name,
                "what": f"{written if one.number == 1 else f'更正（第{one.number}版）'}：{one.what}",
                "note": f"{one.spot}；{one.controls}",
            },
        )
        for one in versions
    ]
    events += [
        (
            one.at,
            {
                "at": moment_text(one.at),
                "who": one.by_name,
                "what": f"复查：{one.found}",
                "note": f"下次{zh_day(one.next_on)}前",
            },
        )
        for one in queries.reviews_of(found)
    ]
    return [event for _, event in sorted(events, key=lambda event: event[0])]


@require_POST
def decide(request: SignedInRequest, point_id: UUID, verb: str) -> HttpResponse:
    """Take it over, review it, remove it."""
    given: dict[str, Any] = {"actor": request.actor, "point_id": point_id, "now": request.now}
    try:
        match verb:
            case "adopt":
                org_id = uuid_given(request.POST.get("org_id", ""))
                taken = actions.risk_point_adopt(**given, org_id=org_id)
                if "back" in request.POST:
                    return HttpResponseRedirect(f"{reverse('risks:regional')}#p-{point_id}")
                return HttpResponseRedirect(reverse("risks:point", args=[taken.id]))
            case "review":
                actions.risk_point_review(
                    **given,
                    client_id=uuid_given(request.POST.get("client_uuid", "")),
                    found=request.POST.get("found", ""),
                    next_on=day_given(request.POST.get("next_on", "")),
                )
            case "remove":
                actions.risk_point_remove(**given, reason=request.POST.get("reason", ""))
            case _:
                raise not_found()
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        return point_page(request, point_id, refused)
    return HttpResponseRedirect(reverse("risks:point", args=[point_id]))
