"""What kind of day a day is: workday, school day, term, vacation, public holiday.

The tables (terms, day kinds, published years) are the county's and editable; nothing here guesses. A year
without a published holiday table has plain weekends, and whatever depends on it is flagged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, NamedTuple

from huyuan.kernel.days import ONE_DAY, days_between

DayKind = Literal["holiday", "makeup", "office", "closed", "school"]
Active = Literal["term", "vacation", "always"]

# kind: (do offices work, do pupils come when it lies in a term); None = as on any such weekday
DAY_KINDS: Mapping[DayKind, tuple[bool | None, bool]] = MappingProxyType(
    {
        "holiday": (False, False),  # 法定节假日及调休放假
        "makeup": (True, True),  # 调休上班，学校也上课
        "office": (True, False),  # 调休上班，学校不上课
        "closed": (None, False),  # 学校停课
        "school": (None, True),  # 学校在周末上课
    }
)
SEMESTER_ZH = {1: "第一学期", 2: "第二学期"}


@dataclass(frozen=True)
class Term:
    """A semester of the county: `year` is "2026-2027", both days are included."""

    year: str
    semester: Literal[1, 2]
    first: date
    last: date

    def __post_init__(self) -> None:
        begin, _, end = self.year.partition("-")
        if not (begin.isdecimal() and end.isdecimal() and int(end) == int(begin) + 1):
            raise ValueError(f"学年应写成“2026-2027”，不能是“{self.year}”")
        if self.last < self.first:
            raise ValueError(f"{self.name}的结束日期早于开始日期，请改正")

    @property
    def key(self) -> str:
        return f"{self.year}-{self.semester}"

    @property
    def name(self) -> str:
        return f"{self.year.replace('-', '—')}学年{SEMESTER_ZH[self.semester]}"

    @property
    def ordinal(self) -> int:
        """Consecutive semesters have consecutive ordinals."""
        return int(self.year[:4]) * 2 + self.semester


class Vacation(NamedTuple):
    kind: Literal["summer", "winter"]
    first: date
    last: date

    @property
    def key(self) -> str:
        return f"{self.first.year}-{self.kind}"

    @property
    def name(self) -> str:
        return f"{self.first.year}年{'暑假' if self.kind == 'summer' else '寒假'}"


class Holiday(NamedTuple):
    """A whole break round a public holiday, with the weekends that touch it; both days are included."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, eq=False)
class Calendar:
    """The county's terms and days.

    `days` names only the days that differ from their weekday, `names` the holidays' Chinese names,
    `published` the years whose holiday table is known. Overlapping terms raise ValueError.
    """

    terms: tuple[Term, ...] = ()
    days: Mapping[date, DayKind] = field(default_factory=dict)
    published: frozenset[int] = frozenset()
    names: Mapping[date, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.terms, key=lambda term: term.first))
        for before, after in pairwise(ordered):
            if after.first <= before.last or after.ordinal <= before.ordinal:
                raise ValueError(f"{before.name}与{after.name}的日期重叠或次序颠倒，请改正")
        object.__setattr__(self, "terms", ordered)

    # Single days

    def is_workday(self, day: date) -> bool:
        """Do offices work? Public holidays and weekends no, make-up workdays yes."""
        kind = self.days.get(day)
        offices = DAY_KINDS[kind][0] if kind else None
        return day.weekday() < 5 if offices is None else offices

    def is_school_day(self, day: date) -> bool:
        """Do pupils come? Only inside a term; a make-up workday counts unless the table says "office"."""
        if not any(term.first <= day <= term.last for term in self.terms):
            return False
        kind = self.days.get(day)
        return DAY_KINDS[kind][1] if kind else day.weekday() < 5

    def is_active(self, day: date, active: Active) -> bool:
        """Does a rule that is active in "term", in the "vacation" or "always" run on this day?"""
        if active == "term":
            return self.is_school_day(day)
        return active == "always" or self.vacation_of(day) is not None

    def is_published(self, day: date) -> bool:
        """Is the holiday table of this day's year known?"""
        return day.year in self.published

    def is_certain(self, day: date, active: Active) -> bool:
        """Can `is_active` be relied on, or does it wait for a holiday table or a term not yet entered?"""
        if active == "always" or self.vacation_of(day):
            return True
        return self.term_of(day) is not None and (active == "vacation" or self.is_published(day))

    def unpublished(self, first: date, last: date) -> list[int]:
        """The years between two days that wait for their holiday table."""
        return [year for year in range(first.year, last.year + 1) if year not in self.published]

    # Terms, vacations and school years

    @cached_property
    def _spans(self) -> tuple[tuple[Term, date], ...]:
        return tuple((term, self._last_school_day(term)) for term in self.terms)

    def _last_school_day(self, term: Term) -> date:
        school_days = (
            day for day in reversed(days_between(term.first, term.last)) if self.is_school_day(day)
        )
        return next(school_days, term.last)

    def term_end(self, term: Term) -> date:
        """A semester ends with its last school day."""
        return dict(self._spans)[term]

    def term_of(self, day: date) -> Term | None:
        """The semester in which the day lies, weekends and holidays included."""
        return next((term for term, end in self._spans if term.first <= day <= end), None)

    @cached_property
    def vacations(self) -> tuple[Vacation, ...]:
        """The gaps between consecutive semesters; what comes after the last known one is unknown."""
        return tuple(
            Vacation("winter" if before.semester == 1 else "summer", end + ONE_DAY, after.first - ONE_DAY)
            for (before, end), (after, _) in pairwise(self._spans)
            if after.ordinal == before.ordinal + 1 and end + ONE_DAY < after.first
        )

    def vacation_of(self, day: date) -> Vacation | None:
        return next((vacation for vacation in self.vacations if vacation.first <= day <= vacation.last), None)

    def school_year(self, year: int) -> tuple[date, date]:
        """First and last day of the school year that begins in `year`, up to the day before the next one.

        It begins with its first semester, or on 1 September while that is not entered.
        """
        return self._school_year_start(year), self._school_year_start(year + 1) - ONE_DAY

    def _school_year_start(self, year: int) -> date:
        entered = (
            term.first for term in self.terms if term.semester == 1 and term.year.startswith(f"{year}-")
        )
        return next(entered, date(year, 9, 1))

    def school_year_of(self, day: date) -> str:
        """ "2026-2027" """
        year = day.year if day >= self._school_year_start(day.year) else day.year - 1
        return f"{year}-{year + 1}"

    # Holidays and working days

    @cached_property
    def _breaks(self) -> tuple[Holiday, ...]:
        breaks: list[Holiday] = []
        for day in sorted(day for day, kind in self.days.items() if kind == "holiday"):
            if breaks and day <= breaks[-1].last:
                continue
            first = last = day
            while not self.is_workday(first - ONE_DAY):
                first -= ONE_DAY
            while not self.is_workday(last + ONE_DAY):
                last += ONE_DAY
            names = dict.fromkeys(self.names[d] for d in days_between(first, last) if d in self.names)
            breaks.append(Holiday("、".join(names) or "节假日", first, last))
        return tuple(breaks)

    def holidays(self, first: date, last: date) -> list[Holiday]:
        """The breaks that touch the days from `first` to `last`, each whole, in order."""
        return [holiday for holiday in self._breaks if holiday.first <= last and holiday.last >= first]

    def next_workday(self, day: date) -> date:
        """The day itself when offices work, else the next one on which they do."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, which itself is not counted."""
        for _ in range(count):
            day = self.next_workday(day + ONE_DAY)
        return day


def monday_of(day: date) -> date:
    """The Monday of the week, Monday to Sunday, in which the day lies."""
    return day - timedelta(days=day.weekday())
