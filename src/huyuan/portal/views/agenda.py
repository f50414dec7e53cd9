"""工作日历: what is owed by when, month by month and week by week."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from huyuan.duties.rules.aggregate import all_of
from huyuan.duties.rules.because import Words
from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.schema import PostRule
from huyuan.kernel.calendar import monday_of
from huyuan.kernel.days import ONE_DAY, SHANGHAI, day_of, zh_span
from huyuan.orgs.permissions import not_found
from huyuan.orgs.request import SignedInRequest
from huyuan.portal import rules
from huyuan.portal.addresses import cell_url
from huyuan.portal.agenda import WEEK, Day, month_of, teaching_week, whole_weeks
from huyuan.portal.queries import agenda as queries
from huyuan.portal.queries.library import library

FIRST_YEAR, LAST_YEAR = 2000, 2100
DAILY = ("met", "late", "missed", "overdue", "owed", "unknown", "waived")
"""In this order a day's daily duties are counted."""


@require_safe
def month(request: SignedInRequest) -> HttpResponse:
    """`?month=2026-11&org=&post=`: a month in whole weeks, each thing on the day by which it is due."""
    today = day_of(request.now)
    asked = day_given(f"{request.GET.get('month', '')}-01", today)
    first, last = month_of(asked)
    page = page_of(request, *whole_weeks(first, last))
    words = library().words
    link = linked(page, "portal:agenda-week")
    context = common(request, page, "portal:agenda") | {
        "title": f"{first.year}年{first.month}月",
        "before": linked(page, "portal:agenda")(month=f"{first - ONE_DAY:%Y-%m}"),
        "after": linked(page, "portal:agenda")(month=f"{last + ONE_DAY:%Y-%m}"),
        "other_url": link(day=(today if first <= today <= last else first).isoformat()),
        "now_url": linked(page, "portal:agenda")(month=f"{today:%Y-%m}"),
        "when": {"name": "month", "value": f"{first:%Y-%m}"},
        "weeks": [
            {
                "number": teaching_week(page.calendar, week[0].day),
                "url": link(day=week[0].day.isoformat()),
                "days": [day_row(day, words, today, first <= day.day <= last) for day in week],
            }
            for week in page.agenda.weeks
        ],
        "unpublished": page.calendar.unpublished(first, last),
    }
    return render(request, "portal/agenda/month.html", context)


@require_safe
def week(request: SignedInRequest) -> HttpResponse:
    """`?day=2026-11-18&org=&post=`: the week of a day, the daily duties and the hours of each day with it."""
    today = day_of(request.now)
    first = monday_of(day_given(request.GET.get("day", ""), today))
    page = page_of(request, first, first + WEEK)
    words = library().words
    number = teaching_week(page.calendar, first)
    link = linked(page, "portal:agenda-week")
    context = common(request, page, "portal:agenda-week") | {
        "title": f"{first.year}年{zh_span(first, first + WEEK)}"
        + (f"（第{number}教学周）" if number else ""),
        "before": link(day=(first - ONE_DAY).isoformat()),
        "after": link(day=(first + WEEK + ONE_DAY).isoformat()),
        "other_url": linked(page, "portal:agenda")(month=f"{first:%Y-%m}"),
        "now_url": link(day=today.isoformat()),
        "when": {"name": "day", "value": first.isoformat()},
        "days": [
            day_row(day, words, today, True) | {"daily": [line(cells, words) for cells in day.daily]}
            for day in page.agenda.days
        ],
        "unpublished": page.calendar.unpublished(first, first + WEEK),
    }
    return render(request, "portal/agenda/week.html", context)


PAGES = [
    path("agenda/", month, name="agenda"),
    path("agenda/week/", week, name="agenda-week"),
]


def page_of(request: SignedInRequest, first: date, last: date) -> queries.Page:
    """The calendar that the address asks for: of the actor's first organisation where it names none."""
    asked = request.GET.get("org", "")
    try:
        org_id = UUID(asked) if asked else request.actor.holdings[0].org_id
    except (ValueError, IndexError):
        raise not_found() from None
    return queries.page(request.actor, org_id, request.GET.get("post", ""), first, last, request.now)


def common(request: SignedInRequest, page: queries.Page, name: str) -> dict[str, Any]:
    """What month and week have in common: whose it is, whose it may be, what has no day."""
    words = library().words
    orgs = {holding.org_id: holding.org_name for holding in request.actor.holdings} | {
        page.org.id: page.org.name
    }
    posts = ([(queries.MINE, "我的岗位")] if page.own else []) + [
        (queries.ALL, "全部岗位"),
        *page.posts.items(),
    ]
    return {
        "org": page.org,
        "today": day_of(request.now),
        "whose": dict(posts)[page.post],
        "action": reverse(name),
        "filters": [
            {
                "name": "org",
                "label": "单位",
                "options": [{"value": str(key), "label": name} for key, name in orgs.items()],
                "value": str(page.org.id),
            },
            {
                "name": "post",
                "label": "岗位",
                "options": [{"value": key, "label": title} for key, title in posts],
                "value": page.post,
            },
        ],
        "endless": [line(cells, words) for cells in page.agenda.endless],
        "standards": page.standards,
        "verdicts": DAILY,
    }


def linked(page: queries.Page, name: str) -> Callable[..., str]:
    """Makes addresses of this calendar: the same organisation and post, another day."""

    def link(**when: str) -> str:
        return f"{reverse(name)}?{urlencode({'org': str(page.org.id), 'post': page.post, **when})}"

    return link


def day_row(day: Day, words: Words, today: date, inside: bool) -> dict[str, Any]:
    """A day as the page draws it."""
    counts = {verdict: 0 for verdict in DAILY}
    for cells in day.daily:
        counts[cells[0].verdict] += len(cells)
    return {
        "day": day.day,
        "inside": inside,
        "today": day.day == today,
        "free": not day.at_school,
        "notes": day.notes,
        "dated": [line(cells, words) for cells in day.dated],
        "counts": {verdict: count for verdict, count in counts.items() if count},
    }


def line(cells: Sequence[Cell], words: Words) -> dict[str, Any]:
    """One line: cells of one rule that are told together. Of a window its hours."""
    cell = cells[0]
    window = isinstance(cell.binding.rule, PostRule)
    return {
        "title": rules.title(cell, words),
        "hours": "、".join(dict.fromkeys(map(hours, cells))) if window else "",
        "verdict": all_of(one.verdict for one in cells),
        "url": cell_url(cell),
        "many": 1 if window else len(cells),
    }


def hours(cell: Cell) -> str:
    """07:10—08:10, 全天"""
    assert cell.due_at
    if cell.due_at - cell.start_at == ONE_DAY:
        return "全天"
    return "—".join(f"{instant.astimezone(SHANGHAI):%H:%M}" for instant in (cell.start_at, cell.due_at))


def day_given(text: str, today: date) -> date:
    """The day that an address names; today where it names none, or one that no calendar is kept for."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if FIRST_YEAR <= day.year < LAST_YEAR else today
