"""The board of whose turn it is, and the list that can be narrowed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from huyuan.cases import queries
from huyuan.cases.queries import HAZARD, LANES, Card, Filters
from huyuan.cases.rules import AREAS, OPEN, SIGNS, STATES, WAYS
from huyuan.cases.schema import CaseSpec
from huyuan.cases.views.words import PAGES
from huyuan.kernel.days import day_of, last_day, zh_deadline
from huyuan.orgs.permissions import reached
from huyuan.orgs.request import SignedInRequest

MINE = ("accept", "work", "decide", "meet", "check")
CHOICES = {"open": "未销号", "overdue": "超期未销号"} | STATES


@require_safe
def board(request: SignedInRequest) -> HttpResponse:
    """What waits for my organisations, what I wait for."""
    spec = queries.spec_of(HAZARD)
    lanes, counts = queries.board(request.actor, HAZARD)
    shown = [
        {
            "key": lane,
            "label": label,
            "count": counts[lane],
            "mine": lane in MINE,
            "rows": [row(card, spec, request) for card in lanes[lane]],
            "more": counts[lane] - len(lanes[lane]),
        }
        for lane, label in LANES.items()
        if counts.get(lane)
    ]
    context = {
        "lanes": shown,
        "nothing": not any(lane["mine"] for lane in shown),
        "disputes": any(reached(request.actor, f"dispute.{may}") for may in ("report", "see", "count")),
        "care": any(reached(request.actor, f"care.{may}") for may in ("open", "count")),
        "may_report": bool(reached(request.actor, "case.report")),
        "voices": bool(reached(request.actor, "voice.answer") or reached(request.actor, "voice.count")),
    }
    return render(request, "cases/board.html", context)


def row(card: Card, spec: CaseSpec, request: SignedInRequest) -> dict[str, Any]:
    """A case as lists draw it."""
    about = spec.category(card.category)
    overdue = card.overdue(request.now)
    states = WAYS[card.kind].case.states
    what = f"{card.spot}，{card.description}" if card.description else card.spot
    level = next((one.zh for one in spec.levels[1:] if one.key == card.level), "")
    severity = spec.severity(card.severity)
    notes = [
        card.org_name,
        about.zh if about else "",
        severity.zh if severity.key != spec.severities[0].key else "",
        level,
        f"由{'、'.join(card.whose)}{PAGES[card.kind]['working']}"
        if card.whose and card.state in OPEN
        else "",
        zh_deadline(card.due_at, request.now) if card.due_at and card.state in OPEN else "",
    ]
    return {
        "url": reverse("cases:case", args=[card.id]),
        "number": card.number,
        "title": what,
        "note": " · ".join(note for note in notes if note),
        "sign": "overdue" if overdue else SIGNS[card.state],
        "word": "超期" if overdue else states[card.state],
        "org": card.org_name,
        "category": about.zh if about else "",
        "whose": "、".join(card.whose) or None,
        "due": last_day(card.due_at) if card.due_at else None,
        "found": day_of(card.recorded_at),
    }


@require_safe
def listing(request: SignedInRequest) -> HttpResponse:
    """All cases that I may see, narrowed by what stands above the table."""
    spec = queries.spec_of(HAZARD)
    wanted = filters_of(request.GET)
    number = number_given(request.GET.get("page", ""))
    cards, count = queries.page(request.actor, HAZARD, wanted, number, request.now)
    asked = {name: str(value) for name, value in request.GET.items() if value and name != "page"}
    context = {
        "rows": [row(card, spec, request) for card in cards],
        "count": count,
        "page": number,
        "pages": -(-count // queries.PAGE),
        "prefix": f"?{urlencode(asked | {'page': ''})}",
        "fields": [
            {"name": "q", "label": "找", "type": "search", "value": wanted.text},
            select("state", "状态", CHOICES, wanted.state),
            select("category", "类别", {one.key: one.zh for one in spec.categories}, wanted.category),
            select("severity", "程度", {one.key: one.zh for one in spec.severities}, wanted.severity),
            select("area", "位置", AREAS, wanted.area),
            {"name": "month", "label": "发现月份", "type": "month", "value": wanted.month},
        ],
        "clear": reverse("cases:list") if asked else "",
        "kept": {name: asked[name] for name in ("org", "agency", "town") if name in asked},
    }
    return render(request, "cases/list.html", context)


def select(name: str, label: str, words: Mapping[str, str], value: str) -> dict[str, Any]:
    """One choice above the table."""
    options = [{"value": key, "label": zh} for key, zh in words.items()]
    return {"name": name, "label": label, "type": "select", "options": options, "value": value}


def filters_of(given: Mapping[str, str]) -> Filters:
    """What an address says; what can't be read narrows nothing."""
    return Filters(
        text=given.get("q", "").strip()[:40],
        state=known(given.get("state", ""), [*CHOICES]),
        category=given.get("category", "")[:40],
        severity=given.get("severity", "")[:20],
        area=known(given.get("area", ""), [*AREAS]),
        org=uuid_of(given.get("org", "")),
        town=given.get("town", "")[:60],
        agency=uuid_of(given.get("agency", "")),
        month=month_of(given.get("month", "")),
    )


def known(value: str, words: Sequence[str]) -> str:
    return value if value in words else ""


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def month_of(text: str) -> str:
    """2026-10, or nothing."""
    year, _, month = text.partition("-")
    fits = len(year) == 4 and year.isdecimal() and len(month) == 2 and month.isdecimal()
    return text if fits and 2000 <= int(year) <= 2100 and 1 <= int(month) <= 12 else ""


def number_given(text: str) -> int:
    """The page asked for, the first where none is."""
    return min(int(text), 10_000) if text.isdecimal() and len(text) < 6 and int(text) else 1
