"""The periods that a cadence cuts out of the calendar: when each starts, ends and is due."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from huyuan.kernel.calendar import Active, Calendar, monday_of
from huyuan.kernel.days import at, days_between, end_of, start_of
from huyuan.kernel.recurrence.grammar import Cadence, Due
from huyuan.kernel.recurrence.spans import SPANS, Span
from huyuan.kernel.windows import ClockSpan, DayTimes, windows

# The end of a period that the text leaves open; `due_at` is then None.
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a cadence; instants are UTC and half-open.

    `start` is the day it belongs to. `due_at` None means that the text gives no date. `end_at` is the due,
    except where a due that rolls to the next workday leaves the period: an act after `end_at` belongs to
    the next one. `active_days` 0 means that the period is not applicable. `flagged`: it waits for a holiday
    table or a term.
    """

    key: str
    name: str
    start: date
    start_at: datetime
    end_at: datetime
    due_at: datetime | None
    active_days: int
    flagged: bool


def periods(
    cadence: Cadence,
    calendar: Calendar,
    first: date,
    last: date,
    *,
    active: Active,
    anchor: date | None = None,
    until: date | None = None,
    shifts: Sequence[ClockSpan] = (),
    night: ClockSpan = ("22:00", "06:00"),
) -> list[Period]:
    """Every period whose natural days touch [first, last], in order; a night belongs to the day it starts.

    `anchor` is the adoption's start: cadences of several units and those without a date count from it, and
    have no period before it (ValueError without one). `until` is the order's last day, at which a campaign
    ends. `shifts` and `night` are the organisation's times of
    day.
    """
    kind = cadence.kind
    if kind == "night" or kind == "shift":
        times = DayTimes(night=night, shifts=tuple(shifts))
        return [
            Period(
                key=window.key,
                name=window.name,
                start=window.day,
                start_at=window.start_at,
                end_at=window.end_at,
                due_at=window.end_at,
                active_days=int(calendar.is_active(window.day, active)),
                flagged=not calendar.is_certain(window.day, active),
            )
            for day in days_between(first, last)
            for window in windows([kind], times, day)
        ]
    if anchor is None and cadence.anchored:
        raise ValueError("this cadence counts from the adoption's start: give the anchor")
    spans = SPANS[kind](cadence, calendar, first, last, anchor)
    if kind == "campaign" and until:
        spans = (span._replace(last=until) for span in spans)
    return [
        _period(span, cadence.due, calendar, active)
        for span in spans
        if span.first <= last and span.last >= first
    ]


def _period(span: Span, due: Due, calendar: Calendar, active: Active) -> Period:
    start_at = start_of(span.first)
    if span.last == date.max and not due.anchors:
        # Open for ever: there will be an active day, and nothing to wait for.
        return Period(span.key, span.name, span.first, start_at, FOREVER, None, 1, False)
    due_day = _due_day(span, due, calendar)
    rolled = calendar.next_workday(due_day) if due.roll == "next-workday" else due_day
    due_at = at(rolled, due.hour) if due.hour else end_of(rolled)
    needs_table = due.roll != "none" or due.working_days_after_start is not None
    days = days_between(span.first, due_day)
    return Period(
        key=span.key,
        name=span.name,
        start=span.first,
        start_at=start_at,
        end_at=due_at if span.last == date.max else min(due_at, end_of(span.last)),
        due_at=due_at,
        active_days=sum(calendar.is_active(day, active) for day in days),
        flagged=not span.certain
        or (needs_table and not calendar.is_published(rolled))
        or not all(calendar.is_certain(day, active) for day in days),
    )


def _due_day(span: Span, due: Due, calendar: Calendar) -> date:
    """The due day inside the span: the 31st of a short month is its last day."""
    if due.month is not None:
        day = _day_of_month(span.first, due.month, due.day or 31)
    elif due.day is not None:
        day = span.last.replace(day=1) + timedelta(days=due.day - 1)
    elif due.weekday is not None:
        day = monday_of(span.last) + timedelta(days=due.weekday - 1)
    elif due.days_after_start is not None:
        day = span.first + timedelta(days=due.days_after_start)
    elif due.working_days_after_start is not None:
        day = calendar.add_working_days(span.first, due.working_days_after_start)
    else:
        day = span.last
    return min(day, span.last)


def _day_of_month(first: date, month: int, day: int) -> date:
    """The first such day from `first` on."""
    for year in (first.year, first.year + 1):
        found = date(year, month, min(day, monthrange(year, month)[1]))
        if found >= first:
            break
    return found
