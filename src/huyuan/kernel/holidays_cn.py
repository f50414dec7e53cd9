"""A first filling of the county's holiday table, from the State Council's published arrangements.

The table is the county's and editable; this only saves typing for the years that the package
`chinesecalendar` knows.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from chinese_calendar import constants

from huyuan.kernel.calendar import DayKind


class HolidayTable(NamedTuple):
    """The days that differ from their weekday, the holidays' names, and the years of these that are known."""

    days: dict[date, DayKind]
    names: dict[date, str]
    published: frozenset[int]


def known_years() -> frozenset[int]:
    """The years whose arrangement the package knows."""
    return frozenset(day.year for day in constants.holidays)


def holiday_table(years: Iterable[int]) -> HolidayTable:
    """The table of those `years` that are known; for the others nothing is guessed."""
    published = known_years() & frozenset(years)
    names = {holiday.value: holiday.chinese for holiday in constants.Holiday}
    off = {day: names[name] for day, name in constants.holidays.items() if day.year in published}
    days: dict[date, DayKind] = dict.fromkeys(off, "holiday")
    days |= dict.fromkeys((day for day in constants.workdays if day.year in published), "makeup")
    return HolidayTable(days, off, published)
