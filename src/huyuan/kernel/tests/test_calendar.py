from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huyuan.kernel.calendar import Calendar, DayKind, Holiday, Term, Vacation
from huyuan.kernel.days import days_between
from huyuan.kernel.holidays_cn import holiday_table, known_years
from huyuan.kernel.tests.county import COUNTY, TABLE, TERMS


@pytest.mark.parametrize(
    ("day", "workday", "school_day"),
    [
        (date(2026, 10, 8), True, True),  # the Thursday after National Day
        (date(2026, 10, 1), False, False),  # National Day, a Thursday
        (date(2026, 10, 10), True, True),  # worked Saturday inside the term: worked case 10
        (date(2026, 10, 17), False, False),  # a plain Saturday
        (date(2026, 2, 14), True, False),  # worked Saturday before Spring Festival, in the vacation
        (date(2026, 7, 6), True, False),  # summer: offices work, pupils don't come
    ],
)
def test_workdays_and_school_days(day: date, workday: bool, school_day: bool) -> None:
    assert COUNTY.is_workday(day) is workday
    assert COUNTY.is_school_day(day) is school_day


@pytest.mark.parametrize(
    ("kind", "workday", "school_day"),
    [("closed", False, False), ("school", False, True), ("office", True, False), ("makeup", True, True)],
)
def test_the_countys_table_decides_on_a_saturday(kind: DayKind, workday: bool, school_day: bool) -> None:
    saturday = date(2026, 10, 17)
    calendar = Calendar(TERMS, {**TABLE.days, saturday: kind}, TABLE.published)
    assert (calendar.is_workday(saturday), calendar.is_school_day(saturday)) == (workday, school_day)


def test_closing_the_schools_on_a_weekday_leaves_the_offices_open() -> None:
    monday = date(2026, 10, 19)
    calendar = Calendar(TERMS, {monday: "closed"}, frozenset({2026}))
    assert calendar.is_workday(monday) and not calendar.is_school_day(monday)


def test_a_semester_ends_with_its_last_school_day() -> None:
    sunday = Term("2025-2026", 2, date(2026, 3, 2), date(2026, 7, 5))
    calendar = Calendar((sunday, *TERMS[1:]), TABLE.days, TABLE.published)
    assert calendar.term_end(sunday) == date(2026, 7, 3)
    assert calendar.term_of(date(2026, 7, 4)) is None
    assert calendar.vacation_of(date(2026, 7, 4)) == Vacation("summer", date(2026, 7, 4), date(2026, 8, 31))


def test_vacations_lie_between_consecutive_semesters_only() -> None:
    assert [vacation.name for vacation in COUNTY.vacations] == ["2026年暑假", "2027年寒假"]
    assert COUNTY.vacation_of(date(2027, 7, 20)) is None  # what follows the last semester is not known
    gap = Calendar((TERMS[0], TERMS[2]), TABLE.days, TABLE.published)
    assert gap.vacations == ()  # a semester that nobody entered is not a vacation of eight months


def test_active_days() -> None:
    summer, national_day = date(2026, 8, 3), date(2026, 10, 1)
    assert [COUNTY.is_active(summer, active) for active in ("term", "vacation", "always")] == [
        False,
        True,
        True,
    ]
    assert [COUNTY.is_active(national_day, active) for active in ("term", "vacation", "always")] == [
        False,
        False,
        True,
    ]


def test_a_year_without_a_published_table_has_plain_weekends_and_is_not_certain() -> None:
    labour_day = date(2027, 5, 4)
    assert COUNTY.is_school_day(labour_day) and not COUNTY.is_published(labour_day)
    assert not COUNTY.is_certain(labour_day, "term")
    assert COUNTY.is_certain(labour_day, "always")
    assert COUNTY.is_certain(date(2027, 2, 1), "term")  # in the vacation, whatever the holidays will be
    assert COUNTY.unpublished(date(2026, 12, 1), date(2028, 1, 1)) == [2027, 2028]


def test_a_break_is_whole_with_its_weekends_and_both_names() -> None:
    assert COUNTY.holidays(date(2026, 10, 3), date(2026, 10, 3)) == [
        Holiday("国庆节", date(2026, 10, 1), date(2026, 10, 7))
    ]
    # Only the Friday is in the table: the break that people have still lasts until Sunday.
    friday = Calendar(days={date(2026, 6, 19): "holiday"}, names={date(2026, 6, 19): "端午"})
    assert friday.holidays(date(2026, 6, 1), date(2026, 6, 30)) == [
        Holiday("端午", date(2026, 6, 19), date(2026, 6, 21))
    ]
    merged = holiday_table([2025])
    autumn = Calendar(days=merged.days, names=merged.names).holidays(date(2025, 10, 1), date(2025, 10, 1))
    assert autumn == [Holiday("国庆节、中秋", date(2025, 10, 1), date(2025, 10, 8))]


def test_working_days_skip_holidays_and_count_worked_saturdays() -> None:
    # 30 September, then 1–7 October off, 8 and 9 worked, Saturday the 10th worked.
    assert COUNTY.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert COUNTY.add_working_days(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert COUNTY.add_working_days(date(2026, 9, 30), 4) == date(2026, 10, 12)


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(1, 40))
def test_working_days_add_up(day: date, count: int) -> None:
    end = COUNTY.add_working_days(day, count)
    assert COUNTY.is_workday(end)
    assert sum(COUNTY.is_workday(between) for between in days_between(day + timedelta(days=1), end)) == count


@given(st.dates(date(2026, 3, 2), date(2027, 7, 2)))
def test_every_known_day_is_in_a_term_or_a_vacation_never_in_both(day: date) -> None:
    assert (COUNTY.term_of(day) is None) != (COUNTY.vacation_of(day) is None)


def test_school_years_meet_without_a_gap() -> None:
    assert COUNTY.school_year(2026) == (date(2026, 9, 1), date(2027, 8, 31))
    early = Calendar((Term("2026-2027", 1, date(2026, 8, 28), date(2027, 1, 22)),))
    assert early.school_year(2025)[1] == date(2026, 8, 27)
    assert [early.school_year_of(date(2026, 8, day)) for day in (27, 28)] == ["2025-2026", "2026-2027"]


@pytest.mark.parametrize(
    "terms",
    [
        (
            Term("2026-2027", 1, date(2026, 9, 1), date(2027, 1, 22)),
            Term("2026-2027", 2, date(2027, 1, 22), date(2027, 7, 1)),
        ),
        (
            Term("2026-2027", 2, date(2026, 9, 1), date(2027, 1, 22)),
            Term("2026-2027", 1, date(2027, 2, 22), date(2027, 7, 1)),
        ),
    ],
)
def test_terms_that_overlap_or_stand_in_the_wrong_order_are_refused(terms: tuple[Term, ...]) -> None:
    with pytest.raises(ValueError, match="重叠或次序颠倒"):
        Calendar(terms)


def test_a_school_year_is_two_consecutive_years() -> None:
    with pytest.raises(ValueError, match="2026-2027"):
        Term("2026", 1, date(2026, 9, 1), date(2027, 1, 22))


def test_the_seed_guesses_nothing_for_years_it_does_not_know() -> None:
    beyond = max(known_years()) + 1
    table = holiday_table([2026, beyond])
    assert table.published == {2026}
    assert {day.year for day in table.days} == {2026}
    assert table.names[date(2026, 2, 17)] == "春节"
