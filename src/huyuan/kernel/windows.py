"""Times of day at which somebody must be at a post, and the minutes in which too few were."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from huyuan.kernel.days import ONE_DAY, SHANGHAI, at, day_of, end_of, start_of, zh_day

Anchor = Literal["arrival", "dismissal", "night", "shift", "class-hours", "day"]
ClockSpan = tuple[str, str]

ANCHOR_ZH: dict[Anchor, str] = {
    "arrival": "上学时段",
    "dismissal": "放学时段",
    "night": "夜间",
    "shift": "值班时段",
    "class-hours": "上课时段",
    "day": "全天",
}
DAYTIME: tuple[Anchor, ...] = ("arrival", "dismissal", "class-hours")


@dataclass(frozen=True)
class DayTimes:
    """An organisation's times of day, each (from, to) as "HH:MM".

    A school may open its gate several times a day. Where only the moment is known, both are the same; for a
    shift that means 24 hours. A night or shift whose end is not after its start ends on the next day.
    """

    arrival: tuple[ClockSpan, ...] = ()
    dismissal: tuple[ClockSpan, ...] = ()
    night: ClockSpan = ("22:00", "06:00")
    shifts: tuple[ClockSpan, ...] = ()
    lessons: tuple[ClockSpan, ...] = ()


class Window(NamedTuple):
    """Half-open; belongs to the day on which its anchor starts. `key` sorts by day: "2026-10-31-shift-2"."""

    key: str
    name: str
    day: date
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True)
class Presence:
    """One person signed in at one post, `until` None while there; `flagged`: signed in twice at once."""

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


def windows(
    anchors: Iterable[Anchor], times: DayTimes, day: date, *, before_minutes: int = 0, after_minutes: int = 0
) -> list[Window]:
    """The windows of `day`: each anchored time of day, widened by the minutes before and after it, in order.

    A moment that nothing widens is no window; so is a time of day that the organisation doesn't have.
    """
    early, late = timedelta(minutes=before_minutes), timedelta(minutes=after_minutes)
    found = []
    for anchor in anchors:
        for number, (begin, end) in enumerate(_spans_of(anchor, times, day), start=1):
            if begin - early < end + late:
                key = f"{day}-{anchor}-{number}"
                found.append(
                    Window(key, _name(anchor, day, begin - early, end + late), day, begin - early, end + late)
                )
    return sorted(found, key=lambda window: (window.start_at, window.key))


def _name(anchor: Anchor, day: date, begin: datetime, end: datetime) -> str:
    """10月31日（周六）夜间22:00—次日06:00"""
    if anchor == "day":
        return f"{zh_day(day)}{ANCHOR_ZH[anchor]}"
    following = "次日" if day_of(end) > day else ""
    clocks = f"{begin.astimezone(SHANGHAI):%H:%M}—{following}{end.astimezone(SHANGHAI):%H:%M}"
    return f"{zh_day(day)}{ANCHOR_ZH[anchor]}{clocks}"


def _spans_of(anchor: Anchor, times: DayTimes, day: date) -> list[tuple[datetime, datetime]]:
    if anchor == "day":
        return [(start_of(day), end_of(day))]
    if anchor in DAYTIME:
        moments = {"arrival": times.arrival, "dismissal": times.dismissal, "class-hours": times.lessons}[
            anchor
        ]
        return [(at(day, begin), at(day, end)) for begin, end in moments]
    overnight = (times.night,) if anchor == "night" else times.shifts
    return [(at(day, begin), at(day if end > begin else day + ONE_DAY, end)) for begin, end in overnight]


def resolve_double_presence(presences: Iterable[Presence]) -> list[Presence]:
    """Each person at one post at a time: a later sign-in ends the earlier presence.

    Of two sign-ins at the same instant the one recorded later counts; the other lasts no time, both are
    flagged.
    """
    by_person: dict[str, list[Presence]] = {}
    for presence in sorted(presences, key=lambda p: (p.since, p.recorded_at)):
        mine = by_person.setdefault(presence.person, [])
        if mine:
            earlier = mine[-1]
            if earlier.since == presence.since:
                presence = replace(presence, flagged=True)
                earlier = replace(earlier, flagged=True)
            if earlier.until is None or earlier.until > presence.since:
                earlier = replace(earlier, until=presence.since)
            mine[-1] = earlier
        mine.append(presence)
    return [presence for mine in by_person.values() for presence in mine]


def uncovered(
    presences: Collection[Presence],
    start_at: datetime,
    end_at: datetime,
    *,
    need: int,
    tolerance_minutes: int,
) -> list[Shortage]:
    """The stretches of [start_at, end_at) in which fewer than `need` distinct people were present.

    `presences` are those of qualified people at this post, one post at a time (see
    `resolve_double_presence`). A shortage at an edge is forgiven when it lasts no longer than the
    tolerance, its last instant included; else it counts whole, from the window's start or to its end.
    Nobody is forgiven for being short all through.
    """
    shortages: list[Shortage] = []
    for run in _short_runs(presences, start_at, end_at, need):
        begin, end = run[0].start_at, run[-1].end_at
        at_one_edge = (begin == start_at) != (end == end_at)
        if not (at_one_edge and end - begin <= timedelta(minutes=tolerance_minutes)):
            shortages += run
    return shortages


def _short_runs(
    presences: Collection[Presence], start_at: datetime, end_at: datetime, need: int
) -> list[list[Shortage]]:
    """Shortages that touch each other, together."""
    clipped = [(p.person, max(p.since, start_at), min(p.until or end_at, end_at)) for p in presences]
    instants = {start_at, end_at} | {
        instant for _, since, until in clipped if since < until for instant in (since, until)
    }
    runs: list[list[Shortage]] = []
    for begin, end in pairwise(sorted(instants)):
        people = len({person for person, since, until in clipped if since <= begin and end <= until})
        if people >= need:
            continue
        if runs and runs[-1][-1].end_at == begin:
            runs[-1].append(Shortage(begin, end, people))
        else:
            runs.append([Shortage(begin, end, people)])
    return runs


def minutes_short(shortages: Iterable[Shortage]) -> int:
    """Their length in minutes; a minute that has begun counts."""
    seconds = sum((short.end_at - short.start_at).total_seconds() for short in shortages)
    return -int(-seconds // 60)
