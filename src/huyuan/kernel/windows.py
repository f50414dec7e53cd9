"""Times of day at which somebody must be at a post, and the minutes in which too few were."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from huyuan.kernel.days import ONE_DAY, at, end_of, start_of, zh_day

Anchor = Literal["arrival", "dismissal", "night", "shift", "day"]
ClockSpan = tuple[str, str]

ANCHOR_ZH: dict[Anchor, str] = {
    "arrival": "上学时段",
    "dismissal": "放学时段",
    "night": "夜间",
    "shift": "值班时段",
    "day": "全天",
}


@dataclass(frozen=True)
class DayTimes:
    """An organisation's times of day, each (from, to) as "HH:MM".

    A school may open its gate several times a day. Where only the moment is known, both are the same; for a shift
    that means 24 hours. A night or shift whose end is not after its start ends on the next day.
    """

    arrival: tuple[ClockSpan, ...] = ()
    dismissal: tuple[ClockSpan, ...] = ()
    night: ClockSpan = ("22:00", "06:00")
    shifts: tuple[ClockSpan, ...] = ()


class Window(NamedTuple):
    """Half-open; belongs to the day on which its anchor starts. `key` sorts by day: "2026-10-31-shift-2"."""

    key: str
    name: str
    day: date
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True)
class Presence:
    """One person signed in at one post; `until` None while not signed out. `flagged`: signed in twice at once."""

    person: str
    post: str
    since: datetime
    until: datetime | None
    recorded_at: datetime
    flagged: bool = False


class Shortage(NamedTuple):
    """A stretch of a window in which only `people` were present."""

    start_at: datetime
    end_at: datetime
    people: int
