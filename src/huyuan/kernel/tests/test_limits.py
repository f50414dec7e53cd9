from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from huyuan.kernel.days import SHANGHAI, end_of
from huyuan.kernel.limits import UNSTATED, Limit, due_after, is_within, say
from huyuan.kernel.tests.county import COUNTY


def shanghai(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "limit", "due_at", "words"),
    [
        # Worked case 22: local value one day, so 24:00 of the next day.
        (shanghai(10, 12, 9), {"days": 1}, end_of(date(2026, 10, 13)), "1天内"),
        (shanghai(10, 12), {"days": 3}, end_of(date(2026, 10, 15)), "3天内"),
        (shanghai(10, 12, 9, 1), {"hours": 2}, shanghai(10, 12, 11, 1), "2小时内"),
        (shanghai(10, 31, 23, 50), {"minutes": 30}, shanghai(11, 1, 0, 20), "30分钟内"),
        (shanghai(10, 31, 23, 50), {"same_day": True}, end_of(date(2026, 10, 31)), "当天内"),
        # Over National Day; the worked Saturday the 10th counts.
        (shanghai(9, 30, 9), {"working_days": 3}, end_of(date(2026, 10, 10)), "3个工作日内"),
        (shanghai(10, 12, 9), "unstated", None, "未规定时限"),
    ],
)
def test_limits(start: datetime, limit: object, due_at: datetime | None, words: str) -> None:
    parsed = Limit.model_validate(limit)
    assert due_after(start, parsed, COUNTY) == due_at
    assert say(parsed) == words


def test_hours_include_their_last_instant_and_days_end_before_midnight() -> None:
    start = shanghai(10, 12, 9)
    hours, days = Limit(hours=2), Limit(days=1)
    assert is_within(shanghai(10, 12, 11), start, hours, COUNTY)
    assert not is_within(shanghai(10, 12, 11) + timedelta(microseconds=1), start, hours, COUNTY)
    assert is_within(shanghai(10, 13, 23, 59), start, days, COUNTY)
    assert not is_within(shanghai(10, 14), start, days, COUNTY)


def test_an_unstated_limit_never_runs_out() -> None:
    assert is_within(shanghai(10, 12) + timedelta(days=4000), shanghai(10, 12), UNSTATED, COUNTY)


LIMITS = st.one_of(
    st.builds(Limit, days=st.integers(1, 60)),
    st.builds(Limit, hours=st.integers(1, 900)),
    st.builds(Limit, minutes=st.integers(1, 9000)),
    st.builds(Limit, working_days=st.integers(1, 40)),
    st.just(Limit(same_day=True)),
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=90)), LIMITS)
def test_a_clock_that_starts_later_never_runs_out_earlier(
    start: datetime, later: timedelta, limit: Limit
) -> None:
    due_at, later_due = due_after(start, limit, COUNTY), due_after(start + later, limit, COUNTY)
    assert due_at is not None and later_due is not None
    assert start < due_at <= later_due


@given(INSTANTS, st.sampled_from(["days", "hours", "minutes", "working_days"]), st.integers(1, 40))
def test_a_longer_limit_ends_later(start: datetime, unit: str, count: int) -> None:
    shorter = due_after(start, Limit.model_validate({unit: count}), COUNTY)
    longer = due_after(start, Limit.model_validate({unit: count + 1}), COUNTY)
    assert shorter is not None and longer is not None and shorter < longer


@pytest.mark.parametrize(
    "limit",
    [{}, {"days": 1, "hours": 2}, {"days": 0}, {"days": True}, {"weeks": 1}, "soon", {"same_day": False}],
)
def test_a_limit_is_exactly_one_known_thing(limit: object) -> None:
    with pytest.raises(ValidationError):
        Limit.model_validate(limit)


def test_a_limit_survives_being_stored() -> None:
    for limit in (UNSTATED, Limit(days=3)):
        assert Limit.model_validate(limit.model_dump(exclude_none=True)) == limit
