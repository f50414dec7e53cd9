"""Terms and holidays of the county: what periods are counted by. The education bureau edits them."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from huyuan.kernel.calendar import SEMESTER_ZH
from huyuan.kernel.days import day_of, zh_date, zh_day
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, parse
from huyuan.orgs import actions
from huyuan.orgs.models import CalendarDay
from huyuan.orgs.permissions import not_found, reached
from huyuan.orgs.queries import calendar_of
from huyuan.orgs.request import SignedInRequest
from huyuan.portal.views.adoptions import errors_of, raw_of
from huyuan.portal.wizard import options_of

TERM = [
    Field(id="year", label="学年", type="text", required=True, hint="例如 2026-2027。"),
    Field(
        id="semester", label="学期", type="choice", required=True,
        options=options_of((str(number), zh) for number, zh in SEMESTER_ZH.items()),
    ),
    Field(id="first", label="第一天", type="date", required=True),
    Field(id="last", label="最后一个上课日", type="date", required=True),
]  # fmt: skip
DAY = [
    Field(id="day", label="日期", type="date", required=True),
    Field(
        id="kind", label="这一天", type="choice", required=True,
        options=options_of(CalendarDay.KINDS),
    ),
    Field(id="name", label="名称", type="text", max_length=40, hint="例如国庆节；可以不填。"),
]  # fmt: skip
YEAR = [Field(id="holiday_year", label="年份", type="number", required=True, min=2000, max=2100)]


@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: SignedInRequest) -> HttpResponse:
    """The county's terms, and the days that differ from their weekday, year by year."""
    errors: dict[str, str] = {}
    verb = request.POST.get("verb", "") if request.method == "POST" else ""
    if verb or request.method == "POST":
        try:
            VERBS[verb](request)
            return HttpResponseRedirect(reverse("portal:calendar"))
        except KeyError:
            raise not_found() from None
        except Refused as refused:
            if refused.http_status in (403, 404):
                raise
            errors = errors_of(refused)
    county = calendar_of(request.actor.county_id)
    today = day_of(request.now)
    years = sorted({day.year for day in county.days} | set(county.published) | {today.year, today.year + 1})
    context = {
        "terms": [
            {
                "name": term.name,
                "span": f"{zh_date(term.first)}—{zh_date(term.last)}",
                "running": term.first <= today <= term.last,
                "year": term.year,
                "semester": term.semester,
            }
            for term in reversed(county.terms)
        ],
        "years": [
            {
                "year": year,
                "published": year in county.published,
                "days": [
                    {
                        "day": zh_day(day),
                        "iso": day.isoformat(),
                        "kind": dict(CalendarDay.KINDS)[kind],
                        "name": county.names.get(day, ""),
                    }
                    for day, kind in sorted(county.days.items())
                    if day.year == year
                ],
                "now": year == today.year,
            }
            for year in reversed(years)
        ],
        "may_alter": bool(reached(request.actor, "calendar.alter")),
        "term_fields": TERM,
        "day_fields": DAY,
        "year_fields": YEAR,
        "errors": errors,
        "values": {name: request.POST.get(name) for name in request.POST} if errors else {},
        "verb": verb,
    }
    return render(request, "portal/adoptions/calendar.html", context, status=422 if errors else 200)


def body_of(request: SignedInRequest, fields: list[Field]) -> dict[str, Any]:
    """What was posted; raises Refused with the errors by field."""
    body, errors = parse(fields, raw_of(request))
    if errors:
        raise Refused("invalid", "请改正后再保存。", errors=errors)
    return body


def set_term(request: SignedInRequest) -> None:
    body = body_of(request, TERM)
    actions.set_term(
        actor=request.actor,
        year=str(body["year"]),
        semester=int(body["semester"]),
        first=date.fromisoformat(str(body["first"])),
        last=date.fromisoformat(str(body["last"])),
        now=request.now,
    )


def remove_term(request: SignedInRequest) -> None:
    body = body_of(request, TERM[:2])
    actions.remove_term(
        actor=request.actor, year=str(body["year"]), semester=int(body["semester"]), now=request.now
    )


def set_day(request: SignedInRequest) -> None:
    body = body_of(request, DAY)
    actions.set_day(
        actor=request.actor,
        day=date.fromisoformat(str(body["day"])),
        kind=str(body["kind"]),
        name=str(body.get("name", "")),
        now=request.now,
    )


def clear_day(request: SignedInRequest) -> None:
    body = body_of(request, DAY[:1])
    actions.clear_day(actor=request.actor, day=date.fromisoformat(str(body["day"])), now=request.now)


def seed_year(request: SignedInRequest) -> None:
    body = body_of(request, YEAR)
    actions.seed_holidays(actor=request.actor, year=int(body["holiday_year"]), now=request.now)


VERBS: Mapping[str, Callable[[SignedInRequest], None]] = {
    "set-term": set_term,
    "remove-term": remove_term,
    "set-day": set_day,
    "clear-day": clear_day,
    "seed-year": seed_year,
}

PAGES = [path("calendar/", calendar, name="calendar")]
