from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huyuan.kernel.days import SHANGHAI, at, end_of, start_of
from huyuan.kernel.windows import (
    DayTimes,
    Presence,
    Shortage,
    minutes_short,
    resolve_double_presence,
    uncovered,
    windows,
)

DAY = date(2026, 10, 31)
TIMES = DayTimes(
    arrival=(("07:30", "07:30"), ("13:30", "13:50")),
    dismissal=(("16:30", "17:00"),),
    shifts=(("08:00", "20:00"), ("20:00", "08:00")),
)


def on(clock: str) -> datetime:
    return at(DAY, clock)


def there(
    person: str, since: str, until: str | None, *, recorded: str | None = None, post: str = "gate"
) -> Presence:
    return Presence(person, post, on(since), on(until) if until else None, on(recorded or since))


def test_arrival_and_dismissal_are_widened_by_the_minutes_of_the_rule() -> None:
    found = windows(["dismissal", "arrival"], TIMES, DAY, before_minutes=30)
    assert [(window.key, window.start_at, window.end_at) for window in found] == [
        ("2026-10-31-arrival-1", on("07:00"), on("07:30")),
        ("2026-10-31-arrival-2", on("13:00"), on("13:50")),
        ("2026-10-31-dismissal-1", on("16:00"), on("17:00")),
    ]
    assert found[0].name == "10月31日（周六）上学时段07:00—07:30"


def test_a_moment_that_nothing_widens_is_no_window() -> None:
    assert [window.key for window in windows(["arrival"], TIMES, DAY)] == ["2026-10-31-arrival-2"]


def test_a_night_belongs_to_the_day_it_starts() -> None:
    """Worked case 20: the shift 22:00–06:00 on the 31st is the 31st's."""
    (night,) = windows(["night"], TIMES, DAY)
    assert (night.day, night.start_at) == (DAY, on("22:00"))
    assert night.end_at == at(date(2026, 11, 1), "06:00")
    assert night.name == "10月31日（周六）夜间22:00—次日06:00"


def test_shifts_and_whole_days_leave_no_minute_out() -> None:
    first, second = windows(["shift"], TIMES, DAY)
    assert (first.end_at, second.end_at) == (second.start_at, at(date(2026, 11, 1), "08:00"))
    (whole,) = windows(["day"], TIMES, DAY)
    assert (whole.start_at, whole.end_at) == (start_of(DAY), end_of(DAY))
    (day_and_night,) = windows(["shift"], DayTimes(shifts=(("08:00", "08:00"),)), DAY)
    assert day_and_night.end_at - day_and_night.start_at == timedelta(hours=24)


THREE = [there(person, "06:50", "08:00") for person in "ABC"]


@pytest.mark.parametrize(
    ("fourth", "shortages"),
    [
        # Worked case 18, and the last instant of the tolerance.
        (there("D", "07:04", None), []),
        (there("D", "07:05", None), []),
        (there("D", "07:06", None), [Shortage(on("07:00"), on("07:06"), 3)]),
        (there("D", "06:55", "07:25"), []),
        (there("D", "06:55", "07:24"), [Shortage(on("07:24"), on("07:30"), 3)]),
        (there("A", "06:55", None), [Shortage(on("07:00"), on("07:30"), 3)]),  # a person counts once
        (there("D", "07:30", None), [Shortage(on("07:00"), on("07:30"), 3)]),
    ],
)
def test_four_at_the_gate_from_seven(fourth: Presence, shortages: list[Shortage]) -> None:
    assert uncovered([*THREE, fourth], on("07:00"), on("07:30"), need=4, tolerance_minutes=5) == shortages


def test_there_is_no_tolerance_in_the_middle_of_a_window() -> None:
    left = [there("A", "07:00", "07:10"), there("A", "07:12", "07:30")]
    short = uncovered(left, on("07:00"), on("07:30"), need=1, tolerance_minutes=5)
    assert short == [Shortage(on("07:10"), on("07:12"), 0)]
    assert minutes_short(short) == 2


def test_nobody_at_all_is_short_even_in_a_window_no_longer_than_the_tolerance() -> None:
    assert uncovered([], on("07:00"), on("07:04"), need=1, tolerance_minutes=5) == [
        Shortage(on("07:00"), on("07:04"), 0)
    ]


def test_a_minute_that_has_begun_counts() -> None:
    start = on("07:00")
    assert minutes_short([Shortage(start, start + timedelta(minutes=6, seconds=1), 3)]) == 7
    assert minutes_short([]) == 0


def test_a_later_sign_in_ends_the_earlier_presence() -> None:
    """Worked case 19: gate and patrol at once."""
    gate, patrol = resolve_double_presence(
        [there("A", "07:00", None), there("A", "07:20", None, post="patrol")]
    )
    assert (gate.until, gate.flagged) == (on("07:20"), False)
    assert (patrol.post, patrol.until, patrol.flagged) == ("patrol", None, False)


def test_of_two_sign_ins_at_the_same_instant_the_one_recorded_later_counts() -> None:
    patrol = there("A", "07:00", "08:00", recorded="07:09", post="patrol")
    gate = there("A", "07:00", "08:00", recorded="07:01")
    first, second = resolve_double_presence([patrol, gate])
    assert (first.post, first.until, first.flagged) == ("gate", on("07:00"), True)
    assert (second.post, second.until, second.flagged) == ("patrol", on("08:00"), True)


PRESENCES = st.lists(
    st.builds(
        lambda person, post, since, length, recorded: Presence(
            person,
            post,
            on("07:00") + timedelta(minutes=since),
            None if length is None else on("07:00") + timedelta(minutes=since + length),
            on("07:00") + timedelta(minutes=recorded),
        ),
        st.sampled_from("ABCD"),
        st.sampled_from(["gate", "patrol"]),
        st.integers(-10, 40),
        st.none() | st.integers(0, 40),
        st.integers(0, 90),
    ),
    max_size=12,
)


@given(PRESENCES)
def test_after_resolving_nobody_is_in_two_places(presences: list[Presence]) -> None:
    resolved = resolve_double_presence(presences)
    assert len(resolved) == len(presences)
    for person in "ABCD":
        mine = sorted((p for p in resolved if p.person == person), key=lambda p: (p.since, p.recorded_at))
        for earlier, later in pairwise(mine):
            assert earlier.until is not None and earlier.until <= later.since


@given(PRESENCES, st.integers(1, 3))
def test_shortages_agree_with_counting_every_minute(presences: list[Presence], need: int) -> None:
    start, end = on("07:00"), on("07:30")
    short = uncovered(presences, start, end, need=need, tolerance_minutes=0)
    minutes = [start + timedelta(minutes=number) for number in range(30)]
    expected = [
        minute
        for minute in minutes
        if len({p.person for p in presences if p.since <= minute and (p.until is None or minute < p.until)})
        < need
    ]
    assert [minute for minute in minutes if any(s.start_at <= minute < s.end_at for s in short)] == expected
    assert minutes_short(short) == len(expected)


@given(PRESENCES, st.integers(1, 3), st.integers(0, 9))
def test_tolerance_only_ever_forgives(presences: list[Presence], need: int, tolerance: int) -> None:
    start, end = on("07:00"), on("07:30")
    strict = uncovered(presences, start, end, need=need, tolerance_minutes=0)
    lenient = uncovered(presences, start, end, need=need, tolerance_minutes=tolerance)
    assert set(lenient) <= set(strict)
    assert minutes_short(strict) - minutes_short(lenient) <= 2 * tolerance


def test_windows_are_given_as_utc_instants() -> None:
    (night,) = windows(["night"], TIMES, DAY)
    assert night.start_at == datetime(2026, 10, 31, 22, tzinfo=SHANGHAI)
