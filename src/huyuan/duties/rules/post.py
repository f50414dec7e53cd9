"""`post`: enough qualified people at a point during a window; each window is a cell."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.desk import Desk
from huyuan.duties.rules.do import NONE, waived
from huyuan.duties.rules.facts import OrgFacts, Span, WaiverFact
from huyuan.duties.rules.verdicts import Cell, Correction, Reason, Verdict, cut
from huyuan.duties.rules.who import excluded
from huyuan.duties.schema import PostRule
from huyuan.kernel.days import ONE_DAY, day_of, days_between, end_of, last_day, start_of, zh_day
from huyuan.kernel.windows import (
    ANCHOR_ZH,
    Anchor,
    Presence,
    minutes_short,
    resolve_double_presence,
    uncovered,
)

INSTANT = timedelta(microseconds=1)
PLANNED = ("planned",)
NO_ACTIVE_DAY = (Reason("no-active-day", {}),)


@dataclass(eq=False)
class Plan:
    """A `post` rule worked out once. `parts`: the qualifications of each cell of a window."""

    binding: Binding
    rule: PostRule
    need: int = field(init=False)
    before: int = field(init=False)
    after: int = field(init=False)
    parts: tuple[tuple[str, frozenset[str]], ...] = field(init=False)
    unanswered: tuple[Reason, ...] = field(init=False)

    def __post_init__(self) -> None:
        rule, window = self.rule, self.rule.window
        self.need = rule.at_least.people if isinstance(rule.at_least.people, int) else 1
        self.before = window.before_minutes if isinstance(window.before_minutes, int) else 0
        self.after = window.after_minutes if isinstance(window.after_minutes, int) else 0
        qualified = rule.at_least.qualified
        self.parts = (
            tuple((each, frozenset((each,))) for each in qualified)
            if rule.each
            else (("", frozenset(qualified)),)
        )
        self.unanswered = tuple(
            Reason("unanswered", {"ask": local.ask, "name": local.local}) for local in self.binding.missing
        )


def judge(org: OrgFacts, plan: Plan, desk: Desk) -> Iterator[Cell]:
    """The cells of one organisation: its windows on the days asked for."""
    binding = plan.binding
    waivers = org.waivers.get((binding.adoption_id, plan.rule.key), ())
    dated = org.opened is not None or org.closed is not None
    watch = Watch(org, plan, desk.now)
    for day in days_of(org, plan, desk):
        if dated and binding.fit(day.day, day.day, org.opened, org.closed) == "out":
            continue
        away, why = excluded(plan.rule.who.if_, org, day.day) if day.runs else (True, NO_ACTIVE_DAY)
        for window in day.windows:
            if desk.passes(window.close_at):
                continue
            fit = binding.fit(day.day, last_day(window.end_at), org.opened, org.closed)
            for part, qualified in plan.parts:
                if fit == "cut":
                    judged = Judged("not_applicable", cut(binding, org))
                elif away:
                    judged = Judged("not_applicable", why)
                elif away is None or plan.unanswered or not window.filed:
                    missing = Reason("no-bells", {"anchor": window.anchor})
                    judged = Judged("unknown", plan.unanswered or why or (missing,))
                else:
                    judged = watch.judge(window, qualified)
                if waivers and not away and fit != "cut":
                    judged = excused(judged, waivers, window, desk.now)
                yield Cell(
                    binding,
                    org.id,
                    org.id,
                    part,
                    window.key,
                    window.name,
                    day.day,
                    window.start_at,
                    window.end_at,
                    window.close_at,
                    judged.verdict,
                    judged.marks + day.marks if day.marks else judged.marks,
                    judged.because,
                    NONE,
                    judged.correction,
                )


class Judged(NamedTuple):
    verdict: Verdict
    because: tuple[Reason, ...]
    marks: tuple[str, ...] = ()
    correction: Correction | None = None


class Due(NamedTuple):
    """A window; not `filed`: the organisation has no such time of day on file, so all day stands for it.
    `by_roster`: sign-in at the point has not begun by then."""

    key: str
    name: str
    day: date
    start_at: datetime
    end_at: datetime
    close_at: datetime
    anchor: Anchor
    filed: bool
    by_roster: bool


class Day(NamedTuple):
    """A day in force with its windows. `runs`: the rule is active; `marks`: those of the calendar."""

    day: date
    runs: bool
    marks: tuple[str, ...]
    windows: tuple[Due, ...]


def days_of(org: OrgFacts, plan: Plan, desk: Desk) -> list[Day]:
    """The days asked for, worked out once for all organisations with the same bells."""
    active = plan.binding.active_for(org.kind)
    key = (plan, active, *org.times)
    if key not in desk.days:
        desk.days[key] = [
            Day(
                day,
                desk.active_days(active, day, day) > 0,
                () if desk.is_certain(day, active) else ("calendar",),
                tuple(windows_of(org, plan, desk, day)),
            )
            for day in days_between(first_open(plan, desk), desk.last)
            if plan.binding.fit(day, day) != "out"
        ]
    return desk.days[key]


def first_open(plan: Plan, desk: Desk) -> date:
    """The first day asked for; where only open windows are, the first that may have one: none lasts longer
    than to the end of the next day, not counting the minutes that are added."""
    if not desk.open_only:
        return desk.first
    added = timedelta(minutes=plan.after + plan.binding.window_minutes)
    return max(desk.first, day_of(desk.now - added) - ONE_DAY)


def windows_of(org: OrgFacts, plan: Plan, desk: Desk, day: date) -> Iterator[Due]:
    """The day's windows by the organisation's bells."""
    times = org.times_on(day)
    grace = timedelta(minutes=plan.binding.window_minutes)
    since = plan.binding.sign_ins.get(plan.rule.point)
    by_roster = since is None or day < since
    for anchor in plan.rule.window.anchor:
        mine = desk.windows((anchor,), times, day, plan.before, plan.after)
        for key, name, _, start_at, end_at in mine:
            yield Due(key, name, day, start_at, end_at, end_at + grace, anchor, True, by_roster)
        if not mine:
            end_at, name = end_of(day), f"{zh_day(day)}{ANCHOR_ZH[anchor]}"
            yield Due(f"{day}-{anchor}", name, day, start_of(day), end_at, end_at, anchor, False, by_roster)


def excused(judged: Judged, waivers: Sequence[WaiverFact], window: Due, now: datetime) -> Judged:
    """The verdict under a waiver, which after the window is a correction beside it."""
    excuse = waived(waivers, window.day, window.close_at, now)
    if excuse is None:
        return judged
    reason = Reason("waived", {"reason": excuse.reason})
    if excuse.in_time:
        return Judged("waived", (reason,))
    return judged._replace(correction=judged.correction or Correction("waived", reason, None))


class Watch:
    """Who was where, for all windows of one organisation."""

    def __init__(self, org: OrgFacts, plan: Plan, now: datetime) -> None:
        self.plan = plan
        self.now = now
        self.point = plan.rule.point
        # Where else somebody signed in matters too: a person counts at one post at a time.
        self.spans = sorted(
            (span for spans in org.presences.values() for span in spans), key=lambda span: span.starts_at
        )
        self.starts = [span.starts_at for span in self.spans]
        self.longest = max((span.ends_at - span.starts_at for span in self.spans), default=timedelta(0))

    def judge(self, window: Due, qualified: frozenset[str]) -> Judged:
        """The verdict on a window, and what was learned of it afterwards."""
        now = self.now
        spans = self._around(window)
        if not spans:
            return self._nobody(window)
        known = [span for span in spans if _stands(span, now + INSTANT)]
        if now < window.end_at:
            return self._open(window, self._there(known, qualified))
        as_known = self._over(window, self._there(known, qualified))
        if now < window.close_at:
            # What is missing can still be recorded.
            return as_known._replace(verdict="overdue") if as_known.verdict == "missed" else as_known
        if not any(_changed(span, window.close_at, now) for span in spans):
            return as_known
        in_time = [span for span in spans if _stands(span, window.close_at)]
        judged = self._over(window, self._there(in_time, qualified))
        if as_known.verdict == judged.verdict:
            return judged
        because = Reason("known-since", {"because": as_known.because})
        return judged._replace(correction=Correction(as_known.verdict, because, None))

    def _around(self, window: Due) -> list[Span]:
        """Sign-ins, or before sign-in began the roster, that touch the window."""
        end = bisect_left(self.starts, window.end_at)
        if not end:
            return []
        begin = bisect_left(self.starts, window.start_at - self.longest)
        start_at, planned = window.start_at, window.by_roster
        return [span for span in self.spans[begin:end] if span.ends_at > start_at and span.planned == planned]

    def _nobody(self, window: Due) -> Judged:
        """An empty post is short from its start to its end; no sum is needed."""
        if self.now < window.end_at:
            return self._open(window, ())
        minutes = -int((window.start_at - window.end_at).total_seconds() // 60)
        reason = Reason("post", {"plan": self.plan, "minutes": minutes, "fewest": 0})
        return Judged("missed" if self.now >= window.close_at else "overdue", (reason,), marks_of(window, ()))

    def _there(self, spans: Sequence[Span], qualified: frozenset[str]) -> list[Presence]:
        """Those counted at this point, each person at one post at a time."""
        if not spans:
            return []
        # One sign-in may count a person as several things; a second one at the same point is no second place.
        merged: dict[tuple[str, str], list[tuple[Presence, set[str]]]] = {}
        for span in spans:
            mine = merged.setdefault((span.person, span.point), [])
            if mine and mine[-1][0].until and span.starts_at <= mine[-1][0].until:
                before, kinds = mine[-1]
                until = max(before.until or span.ends_at, span.ends_at)
                mine[-1] = (replace(before, until=until), kinds | {span.qualified})
            else:
                presence = Presence(span.person, span.point, span.starts_at, span.ends_at, span.recorded_at)
                mine.append((presence, {span.qualified}))
        every = [each for mine in merged.values() for each in mine]
        counted = {(each.person, each.post, each.since) for each, kinds in every if kinds & qualified}
        return [
            presence
            for presence in resolve_double_presence(each for each, _ in every)
            if presence.post == self.point and (presence.person, presence.post, presence.since) in counted
        ]

    def _open(self, window: Due, there: Sequence[Presence]) -> Judged:
        """Inside its window a short post is overdue: someone can still be sent."""
        now = self.now
        if now < window.start_at:
            return Judged("owed", (Reason("post-ahead", {"plan": self.plan}),))
        people = len(
            {each.person for each in there if each.since <= now and (each.until is None or now < each.until)}
        )
        late = now > window.start_at + timedelta(minutes=self.plan.rule.tolerance_minutes)
        verdict: Verdict = "overdue" if people < self.plan.need and late else "owed"
        reason = Reason("post-now", {"plan": self.plan, "people": people})
        return Judged(verdict, (reason,), marks_of(window, there))

    def _over(self, window: Due, there: Sequence[Presence]) -> Judged:
        short = uncovered(
            there,
            window.start_at,
            window.end_at,
            need=self.plan.need,
            tolerance_minutes=self.plan.rule.tolerance_minutes,
        )
        fewest = min((each.people for each in short), default=self.plan.need)
        facts = {"plan": self.plan, "minutes": minutes_short(short), "fewest": fewest}
        verdict: Verdict = "missed" if short else "met"
        return Judged(verdict, (Reason("post", facts),), marks_of(window, there))


def marks_of(window: Due, there: Sequence[Presence]) -> tuple[str, ...]:
    marks = PLANNED if window.by_roster else ()
    return (*marks, "two-places") if any(each.flagged for each in there) else marks


def _stands(span: Span, before: datetime) -> bool:
    return span.recorded_at < before and (span.voided_at is None or span.voided_at >= before)


def _changed(span: Span, close_at: datetime, now: datetime) -> bool:
    return close_at <= span.recorded_at <= now or (
        span.voided_at is not None and close_at <= span.voided_at <= now
    )
