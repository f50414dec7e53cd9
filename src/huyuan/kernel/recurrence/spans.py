"""The natural days of the periods of each kind of cadence, before any due is worked out."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from huyuan.kernel.calendar import Calendar, monday_of
from huyuan.kernel.days import ONE_DAY, days_between, zh_date, zh_day, zh_span
from huyuan.kernel.recurrence.grammar import Cadence, Kind


class Span(NamedTuple):
    """A period's natural days, before its due is worked out; `certain` when its own edges are."""

    key: str
    name: str
    first: date
    last: date
    certain: bool = True


# The natural spans of each kind. Each function may give more than touch [first, last]; `periods` keeps
# those that do.


def _days(cadence: Cadence, _: Calendar, first: date, last: date, anchor: date | None) -> Iterator[Span]:
    step = cadence.units
    day = first
    if step > 1 and anchor:
        day = anchor + timedelta(days=max(0, (first - anchor).days // step * step))
    while day <= last:
        end = day + timedelta(days=step - 1)
        yield Span(f"{day}", zh_day(day) if step == 1 else zh_span(day, end), day, end)
        day = end + ONE_DAY


def _weeks(cadence: Cadence, _: Calendar, first: date, last: date, anchor: date | None) -> Iterator[Span]:
    step = timedelta(weeks=cadence.units)
    monday = monday_of(first)
    if cadence.units > 1 and anchor:
        whole = monday_of(anchor + timedelta(days=6))  # the first whole week on or after the anchor
        monday = whole + max(timedelta(0), (monday - whole) // step * step)
    while monday <= last:
        end = monday + step - ONE_DAY
        year, week, _weekday = monday.isocalendar()
        named = (monday - step, monday - ONE_DAY) if cadence.about == "previous" else (monday, end)
        name = f"{zh_span(*named)}{'这一周' if cadence.units == 1 else ''}"
        yield Span(f"{year}-W{week:02}", name, monday, end)
        monday += step


def _month(index: int) -> date:
    """The first day of the month, counted from year 0."""
    return date(index // 12, index % 12 + 1, 1)


def _months(cadence: Cadence, _: Calendar, first: date, last: date, anchor: date | None) -> Iterator[Span]:
    step = cadence.units
    index = first.year * 12 + first.month - 1
    if step > 1 and anchor:
        whole = (
            anchor.year * 12 + anchor.month - (anchor.day == 1)
        )  # the first whole month on or after the anchor
        index = whole + max(0, (index - whole) // step * step)
    while _month(index) <= last:
        begin, end = _month(index), _month(index + step) - ONE_DAY
        named = _month(index - 1) if cadence.about == "previous" else begin
        name = f"{named.year}年{named.month}月"
        if step > 1:
            name += f"—{'' if end.year == begin.year else f'{end.year}年'}{end.month}月"
        yield Span(f"{begin:%Y-%m}", name, begin, end)
        index += step


def _quarters(cadence: Cadence, _: Calendar, first: date, last: date, __: date | None) -> Iterator[Span]:
    index = first.year * 4 + (first.month - 1) // 3
    while _month(index * 3) <= last:
        begin, end = _month(index * 3), _month(index * 3 + 3) - ONE_DAY
        year, number = divmod(index - (cadence.about == "previous"), 4)
        name = f"{year}年第{'一二三四'[number]}季度"
        if cadence.in_:
            begin = begin if cadence.in_ == "first-month" else end.replace(day=1)
            end = _month(begin.year * 12 + begin.month) - ONE_DAY
            name += f"（{begin.month}月）"
        yield Span(f"{index // 4}-Q{index % 4 + 1}", name, begin, end)
        index += 1


def _years(cadence: Cadence, _: Calendar, first: date, last: date, anchor: date | None) -> Iterator[Span]:
    step = cadence.units
    year = first.year
    if step > 1 and anchor:
        whole = anchor.year + (
            anchor > date(anchor.year, 1, 1)
        )  # the first whole year on or after the anchor
        year = whole + max(0, (year - whole) // step * step)
    while year <= last.year:
        named = year - (cadence.about == "previous")
        name = f"{named}年" if step == 1 else f"{year}年—{year + step - 1}年"
        begin, end = date(year, 1, 1), date(year + step - 1, 12, 31)
        if isinstance(cadence.in_, int):
            index = year * 12 + cadence.in_ - 1
            begin, end = _month(index), _month(index + 1) - ONE_DAY
            name += f"（{cadence.in_}月）"
        yield Span(f"{year}", name, begin, end)
        year += step


def _semesters(_: Cadence, calendar: Calendar, __: date, ___: date, ____: date | None) -> Iterator[Span]:
    for term in calendar.terms:
        end = calendar.term_end(term)
        yield Span(term.key, term.name, term.first, end, calendar.is_published(end))


def _school_years(_: Cadence, calendar: Calendar, first: date, last: date, __: date | None) -> Iterator[Span]:
    for year in range(first.year - 1, last.year + 1):
        begin, end = calendar.school_year(year)
        certain = {f"{year}-{year + 1}-1", f"{year + 1}-{year + 2}-1"} <= {
            term.key for term in calendar.terms
        }
        yield Span(f"{year}-{year + 1}", f"{year}—{year + 1}学年", begin, end, certain)


def _vacations(cadence: Cadence, calendar: Calendar, _: date, __: date, ___: date | None) -> Iterator[Span]:
    for vacation in calendar.vacations:
        if cadence.vacation in ("any", vacation.kind):
            # It begins after the last school day, which only a published table settles.
            certain = calendar.is_published(vacation.first - ONE_DAY)
            yield Span(vacation.key, vacation.name, vacation.first, vacation.last, certain)


def _before(cadence: Cadence, calendar: Calendar, first: date, last: date, _: date | None) -> Iterator[Span]:
    """Up to 24:00 of the day before. It never opens before the previous holiday has ended."""
    if cadence.before == "term":
        for term in calendar.terms:
            vacation = calendar.vacation_of(term.first - ONE_DAY)
            if cadence.opens_days is not None:
                begin = term.first - timedelta(days=cadence.opens_days)
            elif vacation:
                begin = vacation.first
            else:
                continue  # the vacation before the first semester on file is not known
            yield Span(term.key, f"{term.name}开学前", begin, term.first - ONE_DAY)
        return
    opens = timedelta(days=cadence.opens_days or 0)
    if cadence.before == "vacation":
        for term in calendar.terms:
            end = calendar.term_end(term)
            begin = end + ONE_DAY - opens if cadence.opens_days else term.first
            yield Span(term.key, f"{term.name}放假前", begin, end, calendar.is_published(end))
        return
    previous_end = date.min
    for holiday in calendar.holidays(first - opens, last + opens):
        begin = max(holiday.first - opens, previous_end + ONE_DAY)
        name = f"{holiday.name}（{zh_span(holiday.first, holiday.last)}）前"
        yield Span(
            f"{holiday.first}", name, begin, holiday.first - ONE_DAY, calendar.is_published(holiday.first)
        )
        previous_end = holiday.last


def _weekend_days(_: Cadence, __: Calendar, first: date, last: date, ___: date | None) -> Iterator[Span]:
    for day in days_between(first, last):
        if day.weekday() >= 5:
            yield Span(f"{day}", zh_day(day), day, day)


def _once(cadence: Cadence, _: Calendar, __: date, ___: date, anchor: date | None) -> Iterator[Span]:
    if isinstance(cadence.once, date):
        begin = min(anchor or cadence.once, cadence.once)
        if cadence.opens_days is not None:
            begin = cadence.once - timedelta(days=cadence.opens_days)
        yield Span(f"{cadence.once}", f"{zh_date(cadence.once)}前", begin, cadence.once)
    elif anchor:
        yield Span("once", "一次性", anchor, date.max)


def _campaigns(_: Cadence, __: Calendar, ___: date, ____: date, anchor: date | None) -> Iterator[Span]:
    if anchor:
        yield Span("campaign", "行动期间", anchor, date.max)


SPANS: Mapping[Kind, Callable[[Cadence, Calendar, date, date, date | None], Iterator[Span]]] = {
    "day": _days,
    "week": _weeks,
    "month": _months,
    "quarter": _quarters,
    "semester": _semesters,
    "year": _years,
    "school_year": _school_years,
    "before": _before,
    "vacation": _vacations,
    "weekend_day": _weekend_days,
    "once": _once,
    "campaign": _campaigns,
}
