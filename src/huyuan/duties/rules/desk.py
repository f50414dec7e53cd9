"""What is worked out once and serves all organisations: the calendar's periods and counts of active days."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from huyuan.duties.rules.binding import Binding, Fit
from huyuan.kernel.calendar import Active, Calendar
from huyuan.kernel.days import day_of, last_day
from huyuan.kernel.recurrence import FOREVER, Cadence, Period, periods
from huyuan.kernel.windows import Anchor, ClockSpan, DayTimes, Window, windows

MONTH = Cadence(month=1)
# Periods of these kinds follow from an organisation's bells, all others from the calendar alone.
BY_BELLS = ("night", "shift")
NO_BELLS = DayTimes()
# So long a due rolls at most over days off.
ROLLS = timedelta(days=15)


class Slot(NamedTuple):
    """A period as one binding sees it. `named`: the key by which an act names it (a report names the
    period it is about). `last`: its last day, None for an open end. `asked`: it touches the days asked
    for."""

    period: Period
    named: str
    last: date | None
    close_at: datetime
    fit: Fit
    asked: bool


@dataclass(eq=False)
class Desk:
    """One evaluation: the cells of [first, last] as they stand at `now`; `open_only`: not those closed.

    `closed_after`: only those that closed after that instant, also of periods that ended before `first`;
    `next_close` is then the soonest close still ahead of what was passed over.
    """

    calendar: Calendar
    first: date
    last: date
    now: datetime
    open_only: bool = False
    closed_after: datetime | None = None
    next_close: datetime | None = None
    today: date = field(init=False)
    days: dict[object, list[Any]] = field(init=False, default_factory=dict)
    """Where `post` keeps the windows of the days asked for, by bells."""
    _windows: dict[object, list[Window]] = field(init=False, default_factory=dict)
    # What follows from the calendar and the days asked for alone.
    _periods: dict[object, list[Period]] = field(default_factory=dict)
    _slots: dict[object, list[Slot]] = field(default_factory=dict)
    _active: dict[tuple[Active, int], tuple[int, ...]] = field(default_factory=dict)
    _certain: dict[tuple[date, Active], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.today = day_of(self.now)

    def at(self, now: datetime, *, open_only: bool) -> "Desk":
        """The same days at another instant; their periods are not worked out again."""
        return replace(self, now=now, open_only=open_only)

    def asks(self, close_at: datetime | None) -> bool:
        """Is a cell that closes then among those asked for? None: it never closes."""
        if self.closed_after is None:
            return not (self.open_only and close_at is not None and close_at <= self.now)
        return close_at is not None and self.closed_after < close_at <= self.now

    def passes(self, close_at: datetime | None) -> bool:
        """The opposite, for a cell at hand: when it closes is noted."""
        if self.closed_after is not None and close_at is not None and close_at > self.now:
            self.next_close = min(close_at, self.next_close or close_at)
        return not self.asks(close_at)

    def slots(
        self,
        binding: Binding,
        cadence: Cadence,
        grace_days: int,
        active: Active,
        anchor: date,
        times: DayTimes,
    ) -> list[Slot]:
        """The periods that touch the days asked for, and those beside them to which an act may belong."""
        if cadence.kind not in BY_BELLS:
            times = NO_BELLS
        key = (binding, active, anchor, times.shifts, times.night)
        if key not in self._slots:
            grace = timedelta(days=grace_days)
            rolls = ROLLS if cadence.due.roll != "none" else timedelta(0)
            first, last = self.first - grace - rolls, self.last + grace
            mine = (active, anchor, binding.until, times.shifts, times.night)
            asked = self.periods(cadence, self.first, self.last, *mine)
            if asked and asked[-1].due_at:
                last = max(last, day_of(asked[-1].due_at + grace))
            around = self.periods(cadence, first, last, *mine)
            if cadence.about == "previous" and around:
                before = around[0].start - timedelta(days=1)
                around = self.periods(cadence, before, last, *mine)
            wanted = {period.key for period in (asked if self.closed_after is None else around)}
            found = []
            named = ""
            for period in around:
                end = None if period.due_at is None else last_day(period.due_at)
                close_at = period.due_at + grace if period.due_at else FOREVER
                fit = binding.fit(period.start, end)
                reported = named if cadence.about == "previous" else period.key
                found.append(Slot(period, reported, end, close_at, fit, period.key in wanted))
                named = period.key
            self._slots[key] = found
        return self._slots[key]

    def periods(
        self,
        cadence: Cadence,
        first: date,
        last: date,
        active: Active,
        anchor: date,
        until: date | None = None,
        shifts: tuple[ClockSpan, ...] = (),
        night: ClockSpan = DayTimes.night,
    ) -> list[Period]:
        """`kernel.recurrence.periods`, once per cadence, range, days in force and bells."""
        key = (cadence, first, last, active, anchor, until, shifts, night)
        if key not in self._periods:
            self._periods[key] = periods(
                cadence,
                self.calendar,
                first,
                last,
                active=active,
                anchor=anchor,
                until=until,
                shifts=shifts,
                night=night,
            )
        return self._periods[key]

    def months(self) -> list[Period]:
        return self.periods(MONTH, self.first, self.last, "always", self.first)

    def windows(
        self, anchors: tuple[Anchor, ...], times: DayTimes, day: date, before: int, after: int
    ) -> list[Window]:
        """`kernel.windows.windows`, once per bells and day."""
        key = (anchors, times, day, before, after)
        if key not in self._windows:
            self._windows[key] = windows(anchors, times, day, before_minutes=before, after_minutes=after)
        return self._windows[key]

    def active_days(self, active: Active, first: date, last: date) -> int:
        """How many days from `first` to `last` a rule runs."""
        if last < first:
            return 0
        if first.year != last.year:
            turn = date(first.year, 12, 31)
            return self.active_days(active, first, turn) + self.active_days(
                active, turn + timedelta(days=1), last
            )
        counts = self._counts(active, first.year)
        return counts[last.timetuple().tm_yday] - counts[first.timetuple().tm_yday - 1]

    def _counts(self, active: Active, year: int) -> tuple[int, ...]:
        """Active days of the year before its nth day."""
        if (active, year) not in self._active:
            counts = [0]
            day = date(year, 1, 1)
            while day.year == year:
                counts.append(counts[-1] + self.calendar.is_active(day, active))
                day += timedelta(days=1)
            self._active[active, year] = tuple(counts)
        return self._active[active, year]

    def is_certain(self, day: date, active: Active) -> bool:
        key = (day, active)
        if key not in self._certain:
            self._certain[key] = self.calendar.is_certain(day, active)
        return self._certain[key]
