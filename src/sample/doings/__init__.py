"""A term of acts: what the schools and agencies of the sample county did and wrote down, by habit.

Each doing is one form filled in. Bodies are as `kernel.fields` stores them. Names, places and organisations
that a form points to are given as `Ref`s and filled in when the rows are made.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Literal

from huyuan.kernel.calendar import Calendar, monday_of
from huyuan.kernel.days import day_of, days_between
from sample.adopters import LINKED
from sample.county import DEMO_SCHOOL, SCHOOLS, School
from sample.doings.adopting import of_adopters
from sample.doings.agencies import of_agencies
from sample.doings.checks import monthly, weekly
from sample.doings.daily import daily, gate
from sample.doings.doing import Doing, Ref, done, habit
from sample.doings.standing import standing

__all__ = ["Doing", "Ref", "doings", "done", "habit"]


def doings(since: date, daily_from: date, today: date, calendar: Calendar, now: datetime) -> Iterator[Doing]:
    """Everything entered up to `now`, school by school, in no particular order; daily duties from
    `daily_from`."""
    for school in SCHOOLS:
        first = max(since, school.opened or since)
        for doing in of_school(school, first, daily_from, today, calendar):
            if doing.recorded <= now and not left_for_visitors(doing, today):
                yield doing
    others = (of_agencies(since, today, calendar), of_adopters(since, daily_from, today, calendar))
    for doing in chain.from_iterable(others):
        if doing.recorded <= now and not left_for_visitors(doing, today):
            yield doing


LEFT_FOR_VISITORS: dict[tuple[str, str], Literal["week", "month"]] = {
    (DEMO_SCHOOL, "hazard-check"): "week",
    (DEMO_SCHOOL, "monthly-consultation"): "month",
    ("area-临河镇-河东", "bulletin"): "month",
    ("market-临河镇", "inspection"): "month",
    ("town-临河镇", "inspection"): "month",
    ("village-临河镇-上渡", "village-dispute-return"): "month",
}
"""What of this week or month those whose accounts visitors use leave to them."""


def left_for_visitors(doing: Doing, today: date) -> bool:
    often = LEFT_FOR_VISITORS.get((doing.org, doing.form))
    since = {"week": monday_of(today), "month": today.replace(day=1)}.get(often or "")
    return since is not None and day_of(doing.occurred) >= since


def of_school(
    school: School, first: date, daily_from: date, today: date, calendar: Calendar
) -> Iterator[Doing]:
    yield from standing(school, first)
    week = monday_of(first)
    while week <= today:
        yield from weekly(school, week, calendar)
        week += timedelta(days=7)
    month = first.replace(day=1)
    while month <= today:
        yield from monthly(school, month, first, today, calendar)
        month = (month + timedelta(days=32)).replace(day=1)
    for day in days_between(first, today):
        if calendar.is_school_day(day) and done(school, f"day/{day}/gate", 0.99):
            yield from gate(school, f"day/{day}", day)
    for day in days_between(first if school.key in LINKED else max(first, daily_from), today):
        yield from daily(school, day, calendar)
