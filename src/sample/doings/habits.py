"""Tables of what an organisation does every week, month or semester, and how a row of them becomes doings."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from huyuan.kernel.calendar import Calendar, monday_of
from huyuan.kernel.days import days_between
from sample.doings.doing import Doing, Keeper, Ref, clock, done, habit, recorded
from sample.names import draw, share

Often = Literal["start", "day", "school-day", "weekend", "week", "month", "semester"]

OFFICES = ("station", "education", "stability", "traffic", "market", "town")
"""In bodies and among those who sign these stand for the one of the keeper's town."""

STATION = Ref("org", "station")

MONTH = Ref("day", "month")
"""The first day of the month in which it is done."""

DAY = Ref("day", "day")
"""The day on which it is done."""

LUNCH_BEFORE = Ref("day", "lunch-before")
"""Lunch time three days before it is done."""


@dataclass(frozen=True)
class Habit:
    """One form filled in by `post` so often, with this body; `when` is the field that says when it happened.

    `place` in the period is drawn unless given (0 its first school day, 1 its last). `signed` are partners
    that sign; `by_class` is done once for each of so many classes by its class teacher."""

    form: str
    post: str
    often: Often
    body: Mapping[str, Any]
    when: str = "date"
    hour: int = 15
    place: float | None = None
    signed: tuple[str, ...] = ()
    by_class: bool = False
    confirmer: str = "head"
    usual: float = 0.98


def by_habit(
    keeper: Keeper,
    habits: Iterable[Habit],
    *,
    town: str,
    first: date,
    last: date,
    calendar: Calendar,
    classes: int = 0,
) -> Iterator[Doing]:
    """What the keeper does by these habits from `first` to `last`, as well as its own habit lets it."""
    for number, each in enumerate(habits):
        for day, period in days(keeper, each, number, first, last, calendar):
            for teacher in range(classes if each.by_class else 1):
                what = f"{each.form}/{number}/{period}/{teacher}"
                if done(keeper, what, 1 if each.often == "start" else each.usual):
                    yield doing(keeper, each, what, day, town, teacher)


def days(
    keeper: Keeper, each: Habit, number: int, first: date, last: date, calendar: Calendar
) -> Iterator[tuple[date, str]]:
    """On which day of which period it is done."""
    if each.often == "start":
        yield first, "start"
        return
    if each.often == "day":
        yield from ((day, day.isoformat()) for day in days_between(first, last))
        return
    if each.often == "weekend":
        yield from ((day, day.isoformat()) for day in days_between(first, last) if day.weekday() > 4)
        return
    if each.often == "school-day":
        every = (day for day in days_between(first, last) if calendar.is_school_day(day))
        yield from ((day, day.isoformat()) for day in every)
        return
    for begins, ends in periods(each.often, first, last):
        school_days = [day for day in days_between(begins, ends) if calendar.is_school_day(day)]
        if school_days:
            place = share(f"{keeper.key}/{each.form}/{number}/{begins}") if each.place is None else each.place
            yield school_days[round(place * (len(school_days) - 1))], begins.isoformat()


def periods(often: Often, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Whole weeks and months, the first cut by `first`; a semester is its first sixteen weeks."""
    if often == "semester":
        yield first, first + timedelta(days=110)
        return
    begins = first
    while begins <= last:
        after = (
            monday_of(begins) + timedelta(days=7)
            if often == "week"
            else (begins.replace(day=1) + timedelta(days=32)).replace(day=1)
        )
        yield begins, after - timedelta(days=1)
        begins = after


def doing(keeper: Keeper, each: Habit, what: str, day: date, town: str, teacher: int) -> Doing:
    occurred = clock(day, each.hour, draw(f"{keeper.key}/{what}/minute", 12) * 5)
    entered = recorded(keeper, what, occurred)
    near = {key: f"{key}-{town}" for key in OFFICES}
    said = day.isoformat() if each.when.endswith(("date", "day")) else occurred.isoformat(timespec="minutes")
    careful = habit(keeper) != "careless" or share(f"{keeper.key}/{what}/confirm") < 0.6
    asked = tuple(near.get(key, key) for key in each.signed)
    body = {each.when: said} | {key: filled(value, near, day) for key, value in each.body.items()}
    if asked:
        body["partner"] = [Ref("org", key) for key in asked]
    return Doing(
        each.form,
        keeper.key,
        each.post,
        body,
        occurred,
        entered,
        confirmed=entered + timedelta(hours=3) if careful else None,
        confirmer=each.confirmer,
        number=teacher,
        asked=asked,
        signed=asked if careful else (),
    )


def filled(value: Any, near: Mapping[str, str], day: date) -> Any:
    """A value of the table with what it leaves to keeper and day, wherever that stands in it."""
    if value == LUNCH_BEFORE:
        return clock(day - timedelta(days=3), 12).isoformat(timespec="minutes")
    if value in (DAY, MONTH):
        return (day if value == DAY else day.replace(day=1)).isoformat()
    if isinstance(value, Ref):
        return value._replace(key=near.get(value.key, value.key))
    if isinstance(value, list):
        return [filled(part, near, day) for part in value]
    if isinstance(value, dict):
        return {key: filled(part, near, day) for key, part in value.items()}
    return value
