"""Cadence as the directives say it: a closed grammar, and the periods that it cuts out of the calendar.

Only the kinds in `KINDS` exist; whoever meets a directive that says something else adds a kind here with its
sentence and its tests. Numbers come from the packs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from huyuan.kernel.calendar import Active, Calendar, monday_of
from huyuan.kernel.days import (
    ONE_DAY,
    WEEKDAYS,
    at,
    days_between,
    end_of,
    start_of,
    zh_date,
    zh_day,
    zh_span,
)
from huyuan.kernel.windows import ClockSpan, DayTimes, windows

# The end of a period that the text leaves open; `due_at` is then None.
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)

Kind = Literal[
    "day",
    "week",
    "month",
    "quarter",
    "semester",
    "year",
    "school_year",
    "before",
    "vacation",
    "night",
    "weekend_day",
    "shift",
    "once",
]
DueAnchor = Literal["day", "month_end", "weekday", "days_after_start", "working_days_after_start"]

_AFTER_START: tuple[DueAnchor, ...] = ("days_after_start", "working_days_after_start")
# Which dues make sense with which kind; an hour goes with all but nights and shifts, which bring their own.
DUE_ANCHORS: Mapping[Kind, tuple[DueAnchor, ...]] = {
    "day": (),
    "week": ("weekday", *_AFTER_START),
    "month": ("day", "month_end", *_AFTER_START),
    "quarter": ("day", "month_end", *_AFTER_START),
    "semester": _AFTER_START,
    "year": _AFTER_START,
    "school_year": _AFTER_START,
    "before": (),
    "vacation": _AFTER_START,
    "night": (),
    "weekend_day": (),
    "shift": (),
    "once": _AFTER_START,
}
KINDS = tuple(DUE_ANCHORS)


def _date_not_number(value: object) -> object:
    """Pydantic would read a bare number as seconds since 1970."""
    if isinstance(value, (int, float)) and value is not True:
        raise ValueError("once 应写日期（如 2026-05-06）或 true")
    return value


Count = Annotated[int, Field(strict=True, ge=1)]
One = Annotated[int, Field(strict=True, ge=1, le=1)]


class Due(BaseModel):
    """When inside its period the thing is due; at most one anchor, else the period's end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: Annotated[int, Field(strict=True, ge=1, le=31)] | None = None  # of the period's last month
    month_end: Literal[True] | None = None
    weekday: Annotated[int, Field(strict=True, ge=1, le=7)] | None = None  # 1 is Monday
    days_after_start: Annotated[int, Field(strict=True, ge=0)] | None = None
    working_days_after_start: Count | None = None
    hour: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    roll: Literal["none", "next-workday"] = "none"

    @property
    def anchors(self) -> list[str]:
        return [name for name in self.model_dump(exclude_none=True) if name not in ("hour", "roll")]

    @model_validator(mode="after")
    def _at_most_one_anchor(self) -> "Due":
        if len(self.anchors) > 1:
            raise ValueError(f"due 只能写一种期限，现在写了 {'、'.join(self.anchors)}")
        return self


class Cadence(BaseModel):
    """`every` of a rule: exactly one kind, with its due and, for some kinds, a qualifier.

    `in`: the first or last month of a quarter. `opens_days`: how many days before the holiday, the term or the given
    date the period opens (a term's default is the vacation before it; a date's the adoption's start). `about`: a
    report on the period before is a cell of the period in which it is due and is named after the one reported on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    day: Count | None = None
    week: Count | None = None
    month: Count | None = None
    quarter: One | None = None
    semester: One | None = None
    year: Count | None = None
    school_year: One | None = None
    before: Literal["term", "holiday"] | None = None
    vacation: Literal["any", "summer", "winter"] | None = None
    night: One | None = None
    weekend_day: One | None = None
    shift: One | None = None
    once: Annotated[Literal[True] | date, BeforeValidator(_date_not_number)] | None = None

    in_: Literal["first-month", "last-month"] | None = Field(default=None, alias="in")
    opens_days: Annotated[int, Field(strict=True, ge=0)] | None = None
    about: Literal["this", "previous"] = "this"
    due: Due = Due()

    @property
    def kind(self) -> Kind:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def units(self) -> int:
        """How many units one period spans: 2 for `{week: 2}`."""
        count = getattr(self, self.kind)
        return count if isinstance(count, int) else 1

    @model_validator(mode="after")
    def _makes_sense(self) -> "Cadence":
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(
                f"周期须写且只写一种（{'、'.join(KINDS)}），现在写了 {'、'.join(given) or '零种'}"
            )
        kind = self.kind
        for fault, message in (
            (self.in_ and kind != "quarter", "in 只能和 quarter 一起写"),
            (
                self.opens_days is not None and not (kind == "before" or isinstance(self.once, date)),
                "opens_days 只能和 before 或有日期的 once 一起写",
            ),
            (
                self.before == "holiday" and not self.opens_days,
                "before: holiday 须写 opens_days（提前几天开始）",
            ),
            (self.before and self.opens_days == 0, "before 的 opens_days 至少为 1"),
            (
                self.about == "previous"
                and (kind not in ("week", "month", "quarter", "year") or self.units > 1),
                "about: previous 只能和每周、每月、每季度、每年一起写",
            ),
            (
                isinstance(self.once, date) and self.due.anchors,
                "once 已写日期，due 只能再写 hour 和 roll",
            ),
            (self.due.hour and kind in ("night", "shift"), "夜间和班次自带时刻，due 不能写 hour"),
            (self.due.roll != "none" and kind in ("night", "shift"), "夜间和班次不顺延，due 不能写 roll"),
            (
                kind == "quarter" and not self.in_ and self.due.day,
                "每季度的 due 要写几号，须先用 in 指明是季度的第几个月",
            ),
        ):
            if fault:
                raise ValueError(message)
        for anchor in self.due.anchors:
            if anchor not in DUE_ANCHORS[kind]:
                raise ValueError(f"{kind} 的 due 不能写 {anchor}")
        return self


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a cadence; instants are UTC and half-open.

    `start` is the day it belongs to. `due_at` None means that the text gives no date. `end_at` is the due, except
    where a due that rolls to the next workday leaves the period: an act after `end_at` belongs to the next one.
    `active_days` 0 means that the period is not applicable. `flagged`: it waits for a holiday table or a term.
    """

    key: str
    name: str
    start: date
    start_at: datetime
    end_at: datetime
    due_at: datetime | None
    active_days: int
    flagged: bool


class _Span(NamedTuple):
    """A period's natural days, before its due is worked out; `certain` when its own edges are."""

    key: str
    name: str
    first: date
    last: date
    certain: bool = True


def periods(
    cadence: Cadence,
    calendar: Calendar,
    first: date,
    last: date,
    *,
    active: Active,
    anchor: date | None = None,
    shifts: Sequence[ClockSpan] = (),
    night: ClockSpan = ("22:00", "06:00"),
) -> list[Period]:
    """Every period whose natural days touch [first, last], in order; a night or shift belongs to the day it starts.

    `anchor` is the adoption's start: cadences of several units and those without a date count from it, and have no
    period before it (ValueError without one). `shifts` and `night` are the organisation's times of day.
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
    if anchor is None and (cadence.units > 1 or cadence.once is True):
        raise ValueError("this cadence counts from the adoption's start: give the anchor")
    spans = _SPANS[kind](cadence, calendar, first, last, anchor)
    return [
        _period(span, cadence.due, calendar, active)
        for span in spans
        if span.first <= last and span.last >= first
    ]


def _period(span: _Span, due: Due, calendar: Calendar, active: Active) -> Period:
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


def _due_day(span: _Span, due: Due, calendar: Calendar) -> date:
    """The due day inside the span: the 31st of a short month is its last day."""
    if due.day is not None:
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


# The natural spans of each kind. Each function may give more than touch [first, last]; `periods` keeps those that do.


def _days(cadence: Cadence, _: Calendar, first: date, last: date, anchor: date | None) -> Iterator[_Span]:
    step = cadence.units
    day = first
    if step > 1 and anchor:
        day = anchor + timedelta(days=max(0, (first - anchor).days // step * step))
    while day <= last:
        end = day + timedelta(days=step - 1)
        yield _Span(f"{day}", zh_day(day) if step == 1 else zh_span(day, end), day, end)
        day = end + ONE_DAY


def _weeks(cadence: Cadence, _: Calendar, first: date, last: date, anchor: date | None) -> Iterator[_Span]:
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
        yield _Span(f"{year}-W{week:02}", name, monday, end)
        monday += step


def _month(index: int) -> date:
    """The first day of the month, counted from year 0."""
    return date(index // 12, index % 12 + 1, 1)


def _months(cadence: Cadence, _: Calendar, first: date, last: date, anchor: date | None) -> Iterator[_Span]:
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
        yield _Span(f"{begin:%Y-%m}", name, begin, end)
        index += step


def _quarters(cadence: Cadence, _: Calendar, first: date, last: date, __: date | None) -> Iterator[_Span]:
    index = first.year * 4 + (first.month - 1) // 3
    while _month(index * 3) <= last:
        begin, end = _month(index * 3), _month(index * 3 + 3) - ONE_DAY
        year, number = divmod(index - (cadence.about == "previous"), 4)
        name = f"{year}年第{'一二三四'[number]}季度"
        if cadence.in_:
            begin = begin if cadence.in_ == "first-month" else end.replace(day=1)
            end = _month(begin.year * 12 + begin.month) - ONE_DAY
            name += f"（{begin.month}月）"
        yield _Span(f"{index // 4}-Q{index % 4 + 1}", name, begin, end)
        index += 1


def _years(cadence: Cadence, _: Calendar, first: date, last: date, anchor: date | None) -> Iterator[_Span]:
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
        yield _Span(f"{year}", name, date(year, 1, 1), date(year + step - 1, 12, 31))
        year += step


def _semesters(_: Cadence, calendar: Calendar, __: date, ___: date, ____: date | None) -> Iterator[_Span]:
    for term in calendar.terms:
        end = calendar.term_end(term)
        yield _Span(term.key, term.name, term.first, end, calendar.is_published(end))


def _school_years(
    _: Cadence, calendar: Calendar, first: date, last: date, __: date | None
) -> Iterator[_Span]:
    for year in range(first.year - 1, last.year + 1):
        begin, end = calendar.school_year(year)
        certain = {f"{year}-{year + 1}-1", f"{year + 1}-{year + 2}-1"} <= {
            term.key for term in calendar.terms
        }
        yield _Span(f"{year}-{year + 1}", f"{year}—{year + 1}学年", begin, end, certain)


def _vacations(cadence: Cadence, calendar: Calendar, _: date, __: date, ___: date | None) -> Iterator[_Span]:
    for vacation in calendar.vacations:
        if cadence.vacation in ("any", vacation.kind):
            # It begins after the last school day, which only a published table settles.
            certain = calendar.is_published(vacation.first - ONE_DAY)
            yield _Span(vacation.key, vacation.name, vacation.first, vacation.last, certain)


def _before(cadence: Cadence, calendar: Calendar, first: date, last: date, _: date | None) -> Iterator[_Span]:
    """Up to 24:00 of the day before. A holiday's period never opens before the holiday before it has ended."""
    if cadence.before == "term":
        for term in calendar.terms:
            vacation = calendar.vacation_of(term.first - ONE_DAY)
            if cadence.opens_days is not None:
                begin = term.first - timedelta(days=cadence.opens_days)
            elif vacation:
                begin = vacation.first
            else:
                continue  # the vacation before the first semester on file is not known
            yield _Span(term.key, f"{term.name}开学前", begin, term.first - ONE_DAY)
        return
    opens = timedelta(days=cadence.opens_days or 0)
    previous_end = date.min
    for holiday in calendar.holidays(first - opens, last + opens):
        begin = max(holiday.first - opens, previous_end + ONE_DAY)
        name = f"{holiday.name}（{zh_span(holiday.first, holiday.last)}）前"
        yield _Span(
            f"{holiday.first}", name, begin, holiday.first - ONE_DAY, calendar.is_published(holiday.first)
        )
        previous_end = holiday.last


def _weekend_days(_: Cadence, __: Calendar, first: date, last: date, ___: date | None) -> Iterator[_Span]:
    for day in days_between(first, last):
        if day.weekday() >= 5:
            yield _Span(f"{day}", zh_day(day), day, day)


def _once(cadence: Cadence, _: Calendar, __: date, ___: date, anchor: date | None) -> Iterator[_Span]:
    if isinstance(cadence.once, date):
        begin = min(anchor or cadence.once, cadence.once)
        if cadence.opens_days is not None:
            begin = cadence.once - timedelta(days=cadence.opens_days)
        yield _Span(f"{cadence.once}", f"{zh_date(cadence.once)}前", begin, cadence.once)
    elif anchor:
        yield _Span("once", "一次性", anchor, date.max)


_SPANS: Mapping[Kind, Callable[[Cadence, Calendar, date, date, date | None], Iterator[_Span]]] = {
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
}


_EVERY_ZH: Mapping[Kind, tuple[str, str]] = {
    "day": ("每天", "每{}天"),
    "week": ("每周", "每{}周"),
    "month": ("每月", "每{}个月"),
    "quarter": ("每季度", ""),
    "semester": ("每学期", ""),
    "year": ("每年", "每{}年"),
    "school_year": ("每学年", ""),
    "night": ("每晚", ""),
    "weekend_day": ("周末每天", ""),
    "shift": ("每班", ""),
}
_IN_ZH = {"first-month": "第一个月", "last-month": "最后一个月"}
_VACATION_ZH = {"any": "每个寒暑假", "summer": "每年暑假", "winter": "每年寒假"}


def say(cadence: Cadence, times: int = 1) -> str:
    """每周1次, 每月28日前（含当日）, 每季度最后一个月, 每学期2次. A lone "once" is left out where a date says enough."""
    due, hour = cadence.due, cadence.due.hour or ""
    parts = [_when(cadence)]
    inclusive = "" if hour else "（含当日）"
    if due.day is not None:
        parts.append(f"{due.day}日{hour}前{inclusive}")
    elif due.month_end:
        parts.append(f"月底{hour}前{inclusive}")
    elif due.weekday is not None:
        week = "" if cadence.units == 1 else "的周"  # 每周五, 每2周的周五
        parts.append(f"{week}{WEEKDAYS[due.weekday - 1]}{hour}前{inclusive}")
    elif due.days_after_start is not None:
        parts.append(f"开始后{due.days_after_start}天内")
    elif due.working_days_after_start is not None:
        parts.append(f"开始后{due.working_days_after_start}个工作日内")
    elif hour and not cadence.before and cadence.once is None:
        parts.append(f"{hour}前")
    says_enough = bool(
        due.anchors or hour or cadence.in_ or cadence.before or cadence.vacation or cadence.once
    )
    if times > 1 or not says_enough:
        parts.append(f"{times}次")
    if due.roll == "next-workday":
        parts.append("，遇非工作日顺延")
    return "".join(parts)


def _when(cadence: Cadence) -> str:
    if cadence.before == "term":
        opens = f"{cadence.opens_days}天内" if cadence.opens_days else ""
        return f"每学期开学前{opens}"
    if cadence.before == "holiday":
        return f"每次放假前{cadence.opens_days}天内"
    if cadence.vacation:
        return _VACATION_ZH[cadence.vacation]
    if isinstance(cadence.once, date):
        hour = cadence.due.hour
        return f"{zh_date(cadence.once)}{hour}前" if hour else f"{zh_date(cadence.once)}前（含当日）"
    if cadence.once:
        return "一次性" if not cadence.due.anchors else ""
    one, several = _EVERY_ZH[cadence.kind]
    every = one if cadence.units == 1 else several.format(cadence.units)
    return every + (_IN_ZH[cadence.in_] if cadence.in_ else "")
