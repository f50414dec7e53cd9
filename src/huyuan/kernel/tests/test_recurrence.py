import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from huyuan.kernel.calendar import Active, Calendar
from huyuan.kernel.days import SHANGHAI, at, day_of, days_between, end_of, start_of
from huyuan.kernel.recurrence import FOREVER, KINDS, Cadence, Period, periods, say
from huyuan.kernel.tests.county import COUNTY, TABLE, TERMS

PAGE = Path(__file__).parents[4] / "docs" / "pack-format.md"
ANCHOR = date(2026, 9, 3)
UNTIL = date(2027, 1, 10)
SHIFTS = (("08:00", "20:00"), ("20:00", "08:00"))


def every(text: str) -> Cadence:
    """`every` as a pack writes it."""
    return Cadence.model_validate(yaml.safe_load(text))


def cut(
    cadence: Cadence, first: date, last: date, active: Active = "term", calendar: Calendar = COUNTY
) -> list[Period]:
    return periods(cadence, calendar, first, last, active=active, anchor=ANCHOR, until=UNTIL, shifts=SHIFTS)


def only(cadence: Cadence, day: date, active: Active = "term", calendar: Calendar = COUNTY) -> Period:
    (period,) = cut(cadence, day, day, active, calendar)
    return period


@pytest.mark.parametrize(
    ("written", "asked", "key", "first", "due"),
    [
        ("{day: 1}", "2026-10-28", "2026-10-28", "2026-10-28", "2026-10-28"),
        ("{week: 1}", "2026-10-08", "2026-W41", "2026-10-05", "2026-10-11"),
        ("{week: 1}", "2027-01-01", "2026-W53", "2026-12-28", "2027-01-03"),
        ("{week: 1, due: {weekday: 5}}", "2026-10-08", "2026-W41", "2026-10-05", "2026-10-09"),
        ("{month: 1}", "2026-10-08", "2026-10", "2026-10-01", "2026-10-31"),
        ("{month: 1, due: {day: 28}}", "2026-10-08", "2026-10", "2026-10-01", "2026-10-28"),
        ("{month: 1, due: {day: 18}}", "2026-10-08", "2026-10", "2026-10-01", "2026-10-18"),
        ("{month: 1, due: {day: 31}}", "2027-02-08", "2027-02", "2027-02-01", "2027-02-28"),
        ("{month: 1, due: {month_end: true}}", "2028-02-08", "2028-02", "2028-02-01", "2028-02-29"),
        ("{month: 1, due: {days_after_start: 5}}", "2026-10-01", "2026-10", "2026-10-01", "2026-10-06"),
        (
            "{month: 1, due: {working_days_after_start: 3}}",
            "2026-10-01",
            "2026-10",
            "2026-10-01",
            "2026-10-10",
        ),
        ("{month: 1, about: previous, due: {day: 5}}", "2027-01-02", "2027-01", "2027-01-01", "2027-01-05"),
        ("{quarter: 1}", "2026-10-08", "2026-Q4", "2026-10-01", "2026-12-31"),
        ("{quarter: 1, about: previous}", "2027-02-08", "2027-Q1", "2027-01-01", "2027-03-31"),
        ("{quarter: 1, in: last-month}", "2026-12-08", "2026-Q4", "2026-12-01", "2026-12-31"),
        (
            "{quarter: 1, in: first-month, due: {day: 20}}",
            "2026-10-08",
            "2026-Q4",
            "2026-10-01",
            "2026-10-20",
        ),
        ("{semester: 1}", "2026-10-08", "2026-2027-1", "2026-09-01", "2027-01-22"),
        ("{year: 1}", "2026-10-08", "2026", "2026-01-01", "2026-12-31"),
        ("{year: 1, due: {month: 11, day: 30}}", "2026-10-08", "2026", "2026-01-01", "2026-11-30"),
        ("{year: 1, due: {month: 11, day: 30}}", "2026-12-08", "2026", "2026-01-01", "2026-11-30"),
        ("{year: 1, due: {month: 2, day: 31}}", "2028-02-08", "2028", "2028-01-01", "2028-02-29"),
        ("{year: 1, due: {month: 6, month_end: true}}", "2027-02-08", "2027", "2027-01-01", "2027-06-30"),
        (
            "{year: 1, about: previous, due: {month: 1, day: 15}}",
            "2027-01-02",
            "2027",
            "2027-01-01",
            "2027-01-15",
        ),
        ("{year: 1, in: 11}", "2026-11-08", "2026", "2026-11-01", "2026-11-30"),
        ("{year: 1, in: 12, due: {day: 20}}", "2026-12-08", "2026", "2026-12-01", "2026-12-20"),
        ("{school_year: 1}", "2026-10-08", "2026-2027", "2026-09-01", "2027-08-31"),
        (
            "{school_year: 1, due: {month: 10, day: 15}}",
            "2027-02-08",
            "2026-2027",
            "2026-09-01",
            "2026-10-15",
        ),
        ("{school_year: 1, due: {month: 6, day: 30}}", "2026-10-08", "2026-2027", "2026-09-01", "2027-06-30"),
        ("{before: vacation}", "2026-10-08", "2026-2027-1", "2026-09-01", "2027-01-22"),
        ("{before: vacation, opens_days: 7}", "2027-07-02", "2026-2027-2", "2027-06-26", "2027-07-02"),
        ("{before: term}", "2026-08-31", "2026-2027-1", "2026-07-04", "2026-08-31"),
        ("{before: term, opens_days: 10}", "2026-08-31", "2026-2027-1", "2026-08-22", "2026-08-31"),
        ("{before: holiday, opens_days: 7}", "2026-09-30", "2026-10-01", "2026-09-28", "2026-09-30"),
        ("{before: holiday, opens_days: 7}", "2026-06-12", "2026-06-19", "2026-06-12", "2026-06-18"),
        ("{vacation: any}", "2027-02-01", "2027-winter", "2027-01-23", "2027-02-21"),
        ("{vacation: summer}", "2026-08-01", "2026-summer", "2026-07-04", "2026-08-31"),
        ("{weekend_day: 1}", "2026-10-10", "2026-10-10", "2026-10-10", "2026-10-10"),
        ("{once: 2026-10-16}", "2026-10-01", "2026-10-16", "2026-09-03", "2026-10-16"),
        ("{once: 2026-10-16, opens_days: 0}", "2026-10-16", "2026-10-16", "2026-10-16", "2026-10-16"),
        ("{once: true, due: {days_after_start: 30}}", "2026-10-01", "once", "2026-09-03", "2026-10-03"),
        ("{campaign: 1}", "2026-10-01", "campaign", "2026-09-03", "2027-01-10"),
        ("{campaign: 1, due: {days_after_start: 30}}", "2026-10-01", "campaign", "2026-09-03", "2026-10-03"),
        ("{day: 3}", "2026-09-07", "2026-09-06", "2026-09-06", "2026-09-08"),
        ("{week: 2}", "2026-09-27", "2026-W39", "2026-09-21", "2026-10-04"),
        ("{month: 2}", "2027-01-09", "2026-12", "2026-12-01", "2027-01-31"),
        ("{year: 2}", "2028-01-09", "2027", "2027-01-01", "2028-12-31"),
    ],
)
def test_periods(written: str, asked: str, key: str, first: str, due: str) -> None:
    """Several units count from the adoption's start on Thursday 3 September, in whole units."""
    period = only(every(written), date.fromisoformat(asked))
    assert (period.key, period.start) == (key, date.fromisoformat(first))
    assert (period.start_at, period.due_at) == (start_of(period.start), end_of(date.fromisoformat(due)))
    assert period.end_at == period.due_at


@pytest.mark.parametrize(
    ("written", "asked", "name"),
    [
        ("{day: 1}", "2026-10-28", "10月28日（周三）"),
        ("{week: 1}", "2026-10-08", "10月5日—10月11日这一周"),
        ("{week: 1}", "2027-01-01", "12月28日—1月3日这一周"),
        ("{month: 1, due: {day: 31}}", "2027-02-08", "2027年2月"),
        ("{month: 1, about: previous, due: {day: 5}}", "2027-01-02", "2026年12月"),
        ("{quarter: 1}", "2026-10-08", "2026年第四季度"),
        ("{quarter: 1, about: previous}", "2027-02-08", "2026年第四季度"),
        ("{quarter: 1, in: last-month}", "2026-12-08", "2026年第四季度（12月）"),
        ("{quarter: 1, in: first-month, due: {day: 20}}", "2026-10-08", "2026年第四季度（10月）"),
        ("{semester: 1}", "2026-10-08", "2026—2027学年第一学期"),
        ("{year: 1}", "2026-10-08", "2026年"),
        ("{year: 1, about: previous, due: {month: 1, day: 15}}", "2027-01-02", "2026年"),
        ("{year: 1, in: 11}", "2026-11-08", "2026年（11月）"),
        ("{school_year: 1}", "2026-10-08", "2026—2027学年"),
        ("{before: vacation}", "2026-10-08", "2026—2027学年第一学期放假前"),
        ("{campaign: 1}", "2026-10-08", "行动期间"),
        ("{before: term}", "2026-08-31", "2026—2027学年第一学期开学前"),
        ("{before: holiday, opens_days: 7}", "2026-09-30", "国庆节（10月1日—10月7日）前"),
        ("{before: holiday, opens_days: 7}", "2026-06-12", "端午（6月19日—6月21日）前"),
        ("{vacation: any}", "2027-02-01", "2027年寒假"),
        ("{vacation: summer}", "2026-08-01", "2026年暑假"),
        ("{weekend_day: 1}", "2026-10-10", "10月10日（周六）"),
        ("{once: 2026-10-16}", "2026-10-01", "2026年10月16日前"),
        ("{once: true, due: {days_after_start: 30}}", "2026-10-01", "一次性"),
        ("{day: 3}", "2026-09-07", "9月6日—9月8日"),
        ("{week: 2}", "2026-09-27", "9月21日—10月4日"),
        ("{month: 2}", "2027-01-09", "2026年12月—2027年1月"),
        ("{year: 2}", "2028-01-09", "2027年—2028年"),
    ],
)
def test_names_of_periods(written: str, asked: str, name: str) -> None:
    assert only(every(written), date.fromisoformat(asked)).name == name


def test_by_the_28th_includes_the_28th_and_ends_at_midnight() -> None:
    """Worked case 4: 23:59 on the 28th is in time, 00:01 on the 29th is not."""
    due_at = only(every("{month: 1, due: {day: 28}}"), date(2026, 10, 5)).due_at
    assert due_at is not None
    assert (
        datetime(2026, 10, 28, 23, 59, tzinfo=SHANGHAI)
        < due_at
        < datetime(2026, 10, 29, 0, 1, tzinfo=SHANGHAI)
    )


def test_february_with_school_days_is_due_on_the_28th_all_the_same() -> None:
    """Worked case 5: no deadline moves; 28 February 2027 is a Sunday."""
    period = only(every("{month: 1, due: {day: 28}}"), date(2027, 2, 5))
    assert period.due_at == end_of(date(2027, 2, 28))
    assert period.active_days == 5


def test_the_week_of_national_day_without_a_school_day_is_not_applicable() -> None:
    """Worked case 9, in a county whose schools stay closed on the two days after the holiday."""
    days = TABLE.days | {
        date(2026, 10, 8): "closed",
        date(2026, 10, 9): "closed",
        date(2026, 10, 10): "office",
    }
    closed = Calendar(TERMS, days, TABLE.published)
    week = only(every("{week: 1}"), date(2026, 10, 8), calendar=closed)
    assert week.active_days == 0
    assert only(every("{week: 1}"), date(2026, 10, 8), "always", closed).active_days == 7


def test_a_worked_saturday_gives_its_week_an_active_day() -> None:
    """Worked case 10."""
    days = TABLE.days | {date(2026, 10, 8): "closed", date(2026, 10, 9): "closed"}
    week = only(every("{week: 1}"), date(2026, 10, 8), calendar=Calendar(TERMS, days, TABLE.published))
    assert week.active_days == 1
    assert only(every("{day: 1}"), date(2026, 10, 10)).active_days == 1


def test_the_month_of_the_go_live_begins_before_it_and_the_next_one_after() -> None:
    """Worked case 11: go-live on the 10th."""
    october, november = cut(every("{month: 1}"), date(2026, 10, 10), date(2026, 11, 30))
    go_live = start_of(date(2026, 10, 10))
    assert october.start_at < go_live <= november.start_at


def test_a_shift_over_midnight_on_the_31st_belongs_to_its_month() -> None:
    """Worked case 20."""
    night = only(every("{night: 1}"), date(2026, 10, 31), "always")
    assert (night.start, night.start_at) == (date(2026, 10, 31), at(date(2026, 10, 31), "22:00"))
    assert night.end_at == at(date(2026, 11, 1), "06:00")
    assert [
        period.key for period in cut(every("{shift: 1}"), date(2026, 10, 31), date(2026, 10, 31), "always")
    ] == [
        "2026-10-31-shift-1",
        "2026-10-31-shift-2",
    ]
    early = periods(every("{night: 1}"), COUNTY, ANCHOR, ANCHOR, active="always", night=("23:00", "05:30"))
    assert early[0].end_at - early[0].start_at == timedelta(hours=6, minutes=30)


def test_weekends_follow_saturday_and_sunday_even_when_worked() -> None:
    found = cut(every("{weekend_day: 1}"), date(2026, 10, 5), date(2026, 10, 18), "always")
    assert [period.start.day for period in found] == [10, 11, 17, 18]
    assert all(period.active_days == 1 for period in found)


def test_deadlines_move_to_a_workday_only_when_the_rule_says_so() -> None:
    plain = only(every("{month: 1, due: {day: 3}}"), date(2026, 10, 2))
    rolled = only(every("{month: 1, due: {day: 3, roll: next-workday}}"), date(2026, 10, 2))
    assert plain.due_at == end_of(date(2026, 10, 3))
    assert rolled.due_at == rolled.end_at == end_of(date(2026, 10, 8))


def test_a_due_that_rolls_out_of_its_period_leaves_the_next_period_whole() -> None:
    january, february = cut(
        every("{month: 1, due: {month_end: true, roll: next-workday}}"), date(2026, 1, 1), date(2026, 2, 1)
    )
    assert january.due_at == end_of(date(2026, 2, 2))  # 31 January 2026 is a Saturday
    assert january.end_at == february.start_at == end_of(date(2026, 1, 31))


def test_an_hour_ends_the_period_before_midnight() -> None:
    period = only(every("{month: 1, due: {day: 18, hour: '17:00'}}"), date(2026, 10, 2))
    assert period.due_at == period.end_at == at(date(2026, 10, 18), "17:00")


def test_once_without_a_date_stays_open_and_is_never_due() -> None:
    period = only(every("{once: true}"), date(2027, 5, 1))
    assert (period.start, period.end_at, period.due_at) == (ANCHOR, FOREVER, None)
    assert period.active_days > 0
    assert cut(every("{once: true}"), date(2026, 1, 1), date(2026, 9, 2)) == []


def test_a_campaign_without_a_last_day_is_never_due() -> None:
    (open_end,) = periods(every("{campaign: 1}"), COUNTY, ANCHOR, ANCHOR, active="always", anchor=ANCHOR)
    assert (open_end.end_at, open_end.due_at) == (FOREVER, None)
    assert cut(every("{campaign: 1}"), date(2027, 1, 11), date(2027, 2, 1)) == []


def test_a_date_before_the_adoption_starts_and_ends_on_itself() -> None:
    period = only(every("{once: 2026-05-06}"), date(2026, 5, 6))
    assert (period.start, period.due_at) == (date(2026, 5, 6), end_of(date(2026, 5, 6)))


def test_nothing_is_owed_before_the_first_semester_on_file() -> None:
    assert cut(every("{before: term}"), date(2026, 1, 1), date(2026, 3, 1)) == []


def test_what_counts_from_the_adoption_needs_its_start() -> None:
    for cadence in (every("{week: 2}"), every("{once: true}"), every("{campaign: 1}")):
        with pytest.raises(ValueError, match="anchor"):
            periods(cadence, COUNTY, ANCHOR, ANCHOR, active="term")
        assert cut(cadence, date(2026, 1, 1), date(2026, 9, 2)) == []


@pytest.mark.parametrize(
    ("cadence", "day", "active", "flagged"),
    [
        (every("{day: 1}"), date(2026, 12, 31), "term", False),
        (every("{day: 1}"), date(2027, 1, 4), "term", True),
        (every("{day: 1}"), date(2027, 1, 4), "always", False),
        (every("{week: 1}"), date(2026, 12, 28), "term", True),  # reaches into 2027
        (every("{month: 1}"), date(2027, 2, 1), "vacation", False),
        (every("{month: 1, due: {day: 28, roll: next-workday}}"), date(2027, 2, 1), "always", True),
        (every("{month: 1, due: {working_days_after_start: 2}}"), date(2027, 2, 1), "always", True),
        (every("{semester: 1}"), date(2026, 4, 1), "term", False),
        (every("{semester: 1}"), date(2026, 10, 1), "always", True),  # its last school day is in 2027
        (every("{vacation: any}"), date(2026, 8, 1), "vacation", False),
        (every("{day: 1}"), date(2028, 10, 9), "term", True),  # no term on file
    ],
)
def test_what_waits_for_a_table_is_flagged_and_nothing_else(
    cadence: Cadence, day: date, active: Active, flagged: bool
) -> None:
    assert only(cadence, day, active).flagged is flagged


def test_no_holiday_is_guessed_for_an_unpublished_year() -> None:
    assert cut(every("{before: holiday, opens_days: 7}"), date(2027, 1, 1), date(2027, 12, 31)) == []
    entered = Calendar(TERMS, {date(2027, 5, 3): "holiday"}, TABLE.published)
    assert only(every("{before: holiday, opens_days: 7}"), date(2027, 4, 29), calendar=entered).flagged


TILING = [
    every("{day: 1}"),
    every("{week: 1}"),
    every("{month: 1}"),
    every("{quarter: 1}"),
    every("{year: 1}"),
    every("{school_year: 1}"),
]
ALL = [
    *TILING,
    every("{day: 3}"),
    every("{week: 2}"),
    every("{month: 2}"),
    every("{year: 2}"),
    every("{month: 1, due: {day: 28}}"),
    every("{month: 1, due: {month_end: true, roll: next-workday}}"),
    every("{week: 1, due: {weekday: 5, hour: '17:00', roll: next-workday}}"),
    every("{month: 1, due: {working_days_after_start: 5}}"),
    every("{quarter: 1, in: last-month}"),
    every("{year: 1, in: 11}"),
    every("{year: 1, due: {month: 11, day: 30}}"),
    every("{school_year: 1, due: {month: 6, day: 30}}"),
    every("{before: vacation, opens_days: 7}"),
    every("{campaign: 1}"),
    every("{semester: 1}"),
    every("{before: term}"),
    every("{before: holiday, opens_days: 7}"),
    every("{vacation: any}"),
    every("{night: 1}"),
    every("{weekend_day: 1}"),
    every("{shift: 1}"),
    every("{once: 2026-11-11}"),
    every("{once: true, due: {days_after_start: 30}}"),
]
CADENCES = st.sampled_from(ALL)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
RANGES = st.tuples(DAYS, st.integers(0, 200)).map(lambda pair: (pair[0], pair[0] + timedelta(days=pair[1])))
ACTIVES: st.SearchStrategy[Active] = st.sampled_from(("term", "vacation", "always"))


@given(CADENCES, RANGES, ACTIVES)
def test_periods_come_in_order_with_their_own_keys_and_never_overlap(
    cadence: Cadence, days: tuple[date, date], active: Active
) -> None:
    found = cut(cadence, *days, active)
    keys = [period.key for period in found]
    assert keys == sorted(set(keys))
    for period in found:
        assert period.start_at < period.end_at
        assert period.due_at is not None and period.end_at <= period.due_at
        assert day_of(period.start_at) == period.start
        assert 0 <= period.active_days <= (period.end_at - period.start_at).days + 1
    for earlier, later in pairwise(found):
        assert earlier.end_at <= later.start_at


@given(CADENCES, RANGES, ACTIVES, st.integers(0, 200))
def test_asking_in_pieces_gives_the_same_periods(
    cadence: Cadence, days: tuple[date, date], active: Active, at_day: int
) -> None:
    first, last = days
    middle = min(last, first + timedelta(days=at_day))
    pieces = cut(cadence, first, middle, active) + cut(cadence, middle + timedelta(days=1), last, active)
    assert {period.key: period for period in pieces} == {p.key: p for p in cut(cadence, first, last, active)}


@given(st.sampled_from(TILING), RANGES, ACTIVES)
def test_every_day_lies_in_exactly_one_period_of_a_plain_cadence(
    cadence: Cadence, days: tuple[date, date], active: Active
) -> None:
    found = cut(cadence, *days, active)
    for day in days_between(*days):
        assert sum(period.start_at <= start_of(day) < period.end_at for period in found) == 1


@given(RANGES, ACTIVES)
def test_active_days_of_weeks_are_those_of_their_days(days: tuple[date, date], active: Active) -> None:
    for week in cut(every("{week: 1}"), *days, active):
        inside = cut(every("{day: 1}"), week.start, week.start + timedelta(days=6), active)
        assert week.active_days == sum(day.active_days for day in inside)
        assert week.flagged is any(day.flagged for day in inside)


@pytest.mark.parametrize(
    ("cadence", "times", "words"),
    [
        (every("{day: 1}"), 1, "每天1次"),
        (every("{day: 1, due: {hour: '17:00'}}"), 1, "每天17:00前"),
        (every("{day: 3}"), 1, "每3天1次"),
        (every("{week: 1}"), 1, "每周1次"),
        (every("{week: 1, due: {weekday: 5, hour: '17:00'}}"), 1, "每周五17:00前"),
        (every("{week: 2, due: {weekday: 5}}"), 1, "每2周的周五前（含当日）"),
        (every("{month: 1}"), 2, "每月2次"),
        (every("{month: 1, due: {day: 28}}"), 1, "每月28日前（含当日）"),
        (every("{month: 1, due: {month_end: true}}"), 1, "每月月底前（含当日）"),
        (every("{month: 1, due: {working_days_after_start: 3}}"), 1, "每月开始后3个工作日内"),
        (every("{month: 1, due: {day: 3, roll: next-workday}}"), 1, "每月3日前（含当日），遇非工作日顺延"),
        (every("{month: 2}"), 1, "每2个月1次"),
        (every("{quarter: 1}"), 1, "每季度1次"),
        (every("{quarter: 1, in: last-month}"), 1, "每季度最后一个月"),
        (every("{quarter: 1, in: last-month, due: {day: 20}}"), 1, "每季度最后一个月20日前（含当日）"),
        (every("{semester: 1}"), 2, "每学期2次"),
        (every("{year: 1}"), 1, "每年1次"),
        (every("{year: 1, due: {month: 11, day: 30}}"), 1, "每年11月30日前（含当日）"),
        (every("{year: 1, due: {month: 11, month_end: true}}"), 1, "每年11月底前（含当日）"),
        (every("{year: 1, in: 11}"), 1, "每年11月"),
        (every("{year: 1, in: 11}"), 2, "每年11月2次"),
        (every("{year: 1, in: 11, due: {month_end: true, hour: '17:00'}}"), 1, "每年11月底17:00前"),
        (every("{school_year: 1}"), 1, "每学年1次"),
        (every("{school_year: 1, due: {month: 6, day: 30}}"), 1, "每学年6月30日前（含当日）"),
        (every("{before: term}"), 1, "每学期开学前"),
        (every("{before: vacation}"), 1, "每次寒暑假前"),
        (every("{before: vacation, opens_days: 7}"), 1, "每次寒暑假前7天内"),
        (every("{before: holiday, opens_days: 7}"), 1, "每次放假前7天内"),
        (every("{vacation: summer}"), 2, "每年暑假2次"),
        (every("{vacation: any}"), 1, "每个寒暑假"),
        (every("{night: 1}"), 1, "每晚1次"),
        (every("{weekend_day: 1}"), 1, "周末每天1次"),
        (every("{shift: 1}"), 1, "每班1次"),
        (every("{once: 2026-05-06}"), 1, "2026年5月6日前（含当日）"),
        (every("{once: 2026-05-06, due: {hour: '12:00'}}"), 1, "2026年5月6日12:00前"),
        (every("{once: true}"), 1, "一次性"),
        (every("{campaign: 1}"), 1, "行动期间1次"),
        (every("{once: true, due: {days_after_start: 30}}"), 1, "开始后30天内"),
    ],
)
def test_sentences(cadence: Cadence, times: int, words: str) -> None:
    assert say(cadence, times) == words


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({}, "写且只写一种"),
        ({"week": 1, "month": 1}, "写且只写一种"),
        ({"week": 0}, "greater than or equal to 1"),
        ({"week": True}, "valid integer"),
        ({"quarter": 2}, "less than or equal to 1"),
        ({"fortnight": 1}, "Extra inputs"),
        ({"month": 1, "in": "last-month"}, "只能和 quarter 一起写"),
        ({"year": 1, "in": "last-month"}, "只能和 quarter 一起写"),
        ({"quarter": 1, "in": 11}, "只能和 year: 1 一起写"),
        ({"year": 2, "in": 11}, "只能和 year: 1 一起写"),
        ({"year": 1, "in": 13}, "less than or equal to 12"),
        ({"year": 1, "due": {"day": 30}}, "指明是几月"),
        ({"school_year": 1, "due": {"month_end": True}}, "指明是几月"),
        ({"year": 1, "due": {"month": 11}}, "和 day 或 month_end 一起写"),
        ({"year": 1, "in": 11, "due": {"month": 11, "day": 30}}, "不能再写 in"),
        ({"year": 2, "due": {"month": 11, "day": 30}}, "只能和 year: 1、school_year: 1"),
        ({"month": 1, "due": {"month": 11, "day": 30}}, "只能和 year: 1、school_year: 1"),
        ({"campaign": 2}, "less than or equal to 1"),
        ({"month": 1, "due": {"day": 32}}, "less than or equal to 31"),
        ({"month": 1, "due": {"day": 28, "month_end": True}}, "只能写一种期限"),
        ({"month": 1, "due": {"weekday": 5}}, "不能写 weekday"),
        ({"week": 1, "due": {"day": 28}}, "不能写 day"),
        ({"quarter": 1, "due": {"day": 28}}, "先用 in 指明"),
        ({"month": 1, "due": {"hour": 1020}}, "valid string"),  # an unquoted 17:00 in YAML
        ({"month": 1, "due": {"hour": "25:00"}}, "pattern"),
        ({"night": 1, "due": {"hour": "05:00"}}, "不能写 hour"),
        ({"shift": 1, "due": {"roll": "next-workday"}}, "不能写 roll"),
        ({"before": "holiday"}, "须写 opens_days"),
        ({"before": "term", "opens_days": 0}, "至少为 1"),
        ({"month": 1, "opens_days": 3}, "opens_days 只能"),
        ({"semester": 1, "about": "previous"}, "about: previous 只能"),
        ({"once": 20260506}, "应写日期"),
        ({"once": "2026-02-30"}, "valid date"),
        ({"once": "2026-05-06", "due": {"days_after_start": 3}}, "once 已写日期"),
    ],
)
def test_a_cadence_that_makes_no_sense_is_refused_with_a_reason(raw: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Cadence.model_validate(raw)


@pytest.mark.parametrize("cadence", ALL)
def test_a_cadence_survives_being_stored(cadence: Cadence) -> None:
    stored = cadence.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    assert Cadence.model_validate(stored) == cadence


ROWS = re.findall(r"^\| [^|]+ \| `(\{.+\})` \| ([^|]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("written", "words"), ROWS)
def test_the_pack_format_page_says_what_people_read(written: str, words: str) -> None:
    assert say(every(written)) == words


def test_the_pack_format_page_shows_every_kind() -> None:
    assert {every(written).kind for written, _ in ROWS} == set(KINDS)
