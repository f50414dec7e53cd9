from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huyuan.kernel.days import (
    SHANGHAI,
    at,
    day_of,
    end_of,
    last_day,
    start_of,
    zh_day,
    zh_deadline,
    zh_distance,
)

MODERN_DAYS = st.dates(date(1992, 1, 1), date(2099, 12, 31))


def test_midnight_in_shanghai_is_four_in_the_afternoon_utc_and_belongs_to_the_new_day() -> None:
    assert start_of(date(2026, 10, 1)) == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert day_of(datetime(2026, 9, 30, 16, tzinfo=UTC)) == date(2026, 10, 1)
    assert day_of(datetime(2026, 9, 30, 15, 59, 59, tzinfo=UTC)) == date(2026, 9, 30)


@given(MODERN_DAYS)
def test_a_day_has_24_hours_and_its_end_is_the_next_day(day: date) -> None:
    assert end_of(day) - start_of(day) == timedelta(hours=24)
    assert end_of(day) == start_of(day + timedelta(days=1)) == at(day, "24:00")
    assert day_of(start_of(day)) == last_day(end_of(day)) == day


def test_an_instant_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        day_of(datetime(2026, 10, 1))


def test_a_clock_time_is_shanghai_time() -> None:
    assert at(date(2026, 10, 28), "07:30") == datetime(2026, 10, 27, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "words"),
    [(28, "今天"), (29, "明天"), (30, "还剩2天"), (25, "已过3天")],
)
def test_distance_in_words(day: int, words: str) -> None:
    assert zh_distance(date(2026, 10, day), date(2026, 10, 28)) == words


@pytest.mark.parametrize(
    ("due_at", "now", "words"),
    [
        # Due on the 28th means up to its 24:00, which is already the 29th.
        (end_of(date(2026, 10, 28)), (26, 9), "10月28日（周三）前，还剩2天"),
        (end_of(date(2026, 10, 28)), (28, 23), "10月28日（周三）前，今天"),
        (end_of(date(2026, 10, 28)), (31, 9), "10月28日（周三）前，已过3天"),
        (at(date(2026, 10, 28), "17:00"), (28, 9), "10月28日（周三）17:00前，今天"),
        (at(date(2026, 10, 28), "17:00"), (28, 18), "10月28日（周三）17:00前，今天已过"),
        (end_of(date(2027, 1, 5)), (28, 9), "2027年1月5日（周二）前，还剩69天"),
    ],
)
def test_a_deadline_in_words(due_at: datetime, now: tuple[int, int], words: str) -> None:
    day, hour = now
    assert zh_deadline(due_at, datetime(2026, 10, day, hour, tzinfo=SHANGHAI)) == words


def test_a_day_is_named_with_its_weekday() -> None:
    assert zh_day(date(2026, 10, 28)) == "10月28日（周三）"
