"""`have`: a state, judged each active day from dated attributes and measures; the cell is a month without
grace."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.desk import Desk
from huyuan.duties.rules.do import waived
from huyuan.duties.rules.facts import OrgFacts, Step, SubjectFact, WaiverFact
from huyuan.duties.rules.verdicts import Cell, Correction, Reason, Verdict, cut
from huyuan.duties.rules.who import excluded, subjects_of
from huyuan.duties.schema import HaveRule, Threshold, Tiers
from huyuan.kernel.calendar import Active
from huyuan.kernel.days import ONE_DAY, last_day
from huyuan.kernel.recurrence import Period

State = str  # "holds", "short", "unknown", "away" (the threshold does not apply)
WORST = ("short", "unknown", "holds", "away")


@dataclass(eq=False)
class Plan:
    """A `have` rule worked out once. `breaches`: the measures that count recorded breaches."""

    binding: Binding
    rule: HaveRule
    breaches: frozenset[str]
    unanswered: tuple[Reason, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.unanswered = tuple(
            Reason("unanswered", {"ask": local.ask, "name": local.local}) for local in self.binding.missing
        )


class Found(NamedTuple):
    """How one threshold stands on a day: its value, what was needed, and of how many (tiers)."""

    threshold: Threshold
    state: State
    value: Decimal | None = None
    need: Decimal | None = None
    basis: Decimal | None = None
    day: date | None = None


class Stretch(NamedTuple):
    """Days from `first` to `last` on which nothing changed."""

    first: date
    last: date
    state: State
    found: tuple[Found, ...]
    days: int


class History:
    """A step function as it was known before an instant; `steps` in order of day and recording."""

    __slots__ = ("days", "values")

    def __init__(self, steps: Sequence[Step], before: datetime) -> None:
        last: dict[date, Decimal | None] = {}
        for step in steps:
            if step.stands_before(before):
                last[step.from_day] = step.value
        self.days = list(last)
        self.values = list(last.values())

    def on(self, day: date) -> Decimal | None:
        index = bisect_right(self.days, day)
        return self.values[index - 1] if index else None

    def between(self, first: date, last: date) -> list[Decimal]:
        """Every value that held on one of the days."""
        begin, end = bisect_right(self.days, first), bisect_right(self.days, last)
        return [value for value in self.values[max(begin - 1, 0) : end] if value is not None]


def needed(tiers: Tiers, basis: Decimal) -> Decimal:
    """The step table at `basis`: of what is begun beyond the last tier, each further `per` counts whole."""
    for tier in tiers.tiers:
        if basis <= tier.up_to:
            return Decimal(tier.value)
    last = tiers.tiers[-1]
    if tiers.then is None:
        return Decimal(last.value)
    begun = ((basis - last.up_to) / tiers.then.per).to_integral_value(ROUND_CEILING)
    return last.value + tiers.then.add * begun


class Ledger:
    """What was known of one organisation's (or subject's) measures before an instant."""

    def __init__(self, org: OrgFacts, subject_id: UUID, breaches: frozenset[str], before: datetime) -> None:
        self.org, self.subject_id, self.breaches, self.before = org, subject_id, breaches, before
        self._histories: dict[str, History] = {}

    def history(self, measure: str) -> History:
        if measure not in self._histories:
            steps = (
                self.org.measures.get((measure, self.subject_id)) or self.org.attributes.get(measure) or ()
            )
            self._histories[measure] = History(steps, self.before)
        return self._histories[measure]

    def breaches_of(self, measure: str) -> list[Step]:
        """The breaches of the subject; of the organisation, at whichever of its places."""
        return [
            step
            for step in self.org.breaches.get(measure, ())
            if self.subject_id in (self.org.id, step.subject_id) and step.stands_before(self.before)
        ]

    def changes(self, rule: HaveRule) -> Iterator[date]:
        """The days on which something that the rule asks about may change."""
        for threshold in rule.all_of:
            if threshold.measure in self.breaches:
                for step in self.breaches_of(threshold.measure):
                    yield step.from_day
                    yield step.from_day + ONE_DAY
            else:
                yield from self._changes(threshold.measure, rule.grace_days)
            if isinstance(threshold.at_least, Tiers):
                yield from self._changes(threshold.at_least.of, rule.grace_days)
        for predicate in (*rule.who.if_, *(predicate for each in rule.all_of for predicate in each.if_)):
            yield from (step.from_day for step in self.org.attributes.get(predicate.fact, ()))

    def _changes(self, measure: str, grace_days: int) -> Iterator[date]:
        for day in self.history(measure).days:
            yield day
            if grace_days:
                yield day + timedelta(days=grace_days + 1)


def stand(threshold: Threshold, ledger: Ledger, day: date, grace_days: int) -> Found:
    """How a threshold stands on a day.

    Within `grace_days` after a change for the worse nothing is short: each side counts with the best that
    it has been since the day before the grace began.
    """
    away, _ = excluded(threshold.if_, ledger.org, day)
    if away is not False:
        return Found(threshold, "away" if away else "unknown", day=day)
    if threshold.measure in ledger.breaches:
        return breached(threshold, ledger, day)
    history = ledger.history(threshold.measure)
    value = history.on(day)
    since = day - timedelta(days=grace_days + 1) if grace_days else day
    lenient = history.between(since, day)
    if threshold.at_most is not None:
        need = Decimal(str(threshold.at_most))
        if value is None:
            return Found(threshold, "unknown", None, need, day=day)
        return Found(threshold, "holds" if min(lenient) <= need else "short", value, need, day=day)
    if isinstance(threshold.at_least, Tiers):
        bases = ledger.history(threshold.at_least.of)
        basis = bases.on(day)
        if basis is None or value is None:
            return Found(threshold, "unknown", value, None, basis, day)
        easiest = min(needed(threshold.at_least, each) for each in bases.between(since, day))
        state = "holds" if max(lenient) >= easiest else "short"
        return Found(threshold, state, value, needed(threshold.at_least, basis), basis, day)
    need = Decimal(str(threshold.at_least))
    if value is None:
        return Found(threshold, "unknown", None, need, day=day)
    return Found(threshold, "holds" if max(lenient) >= need else "short", value, need, day=day)


def breached(threshold: Threshold, ledger: Ledger, day: date) -> Found:
    """A prohibition: breaches recorded for the day; unknown where no form has ever been filed that
    records them."""
    need = Decimal(str(threshold.at_most)) if threshold.at_most is not None else Decimal(0)
    steps = ledger.breaches_of(threshold.measure)
    count = sum((step.value or Decimal(1) for step in steps if step.from_day == day), Decimal(0))
    since = ledger.org.recorded_since.get(threshold.measure)
    if not steps and (since is None or since >= ledger.before):
        return Found(threshold, "unknown", None, need, day=day)
    return Found(threshold, "short" if count > need else "holds", count, need, day=day)


def stretches(
    plan: Plan, ledger: Ledger, desk: Desk, active: Active, first: date, last: date
) -> list[Stretch]:
    """The days from `first` to `last`, cut where something changes."""
    cuts = sorted({first, *(day for day in ledger.changes(plan.rule) if first < day <= last)})
    ends = [day - ONE_DAY for day in cuts[1:]] + [last]
    found = []
    for begin, end in zip(cuts, ends, strict=True):
        stands = tuple(stand(each, ledger, begin, plan.rule.grace_days) for each in plan.rule.all_of)
        away, _ = excluded(plan.rule.who.if_, ledger.org, begin)
        state = min((each.state for each in stands), key=WORST.index)
        if away is not False:
            state = "away" if away else "unknown"
        found.append(Stretch(begin, end, state, stands, desk.active_days(active, begin, end)))
    return found


def judge(org: OrgFacts, plan: Plan, desk: Desk) -> Iterator[Cell]:
    """The cells of one organisation: a month for each subject."""
    binding, rule = plan.binding, plan.rule
    active = binding.active_for(org.kind)
    waivers = org.waivers.get((binding.adoption_id, rule.key), ())
    for month in desk.months():
        fit = binding.fit(month.start, last_day(month.end_at), org.opened, org.closed)
        if fit != "out" and not desk.passes(month.end_at):
            for subject in subjects_of(rule.subject, org, month.start):
                yield one(org, plan, desk, month, active, fit, subject, waivers)


def one(
    org: OrgFacts,
    plan: Plan,
    desk: Desk,
    month: Period,
    active: Active,
    fit: str,
    subject: SubjectFact | None,
    waivers: Sequence[WaiverFact],
) -> Cell:
    """The verdict on one month of one subject; no subject: the organisation has none on file."""
    binding, now, close_at = plan.binding, desk.now, month.end_at
    first, last = month.start, last_day(month.end_at)
    closed = now >= close_at
    excuses = [waiver for waiver in waivers if waiver.given_at <= now]
    correction: Correction | None = None
    verdict: Verdict
    because: tuple[Reason, ...]
    if desk.active_days(active, first, last) == 0:
        verdict, because = "not_applicable", (Reason("no-active-day", {}),)
    elif plan.unanswered and fit == "cut":
        verdict, because = "not_applicable", (*cut(binding, org), *plan.unanswered)
    elif plan.unanswered:
        whole = waived(waivers, last, close_at, now)
        if whole and whole.in_time:
            verdict, because = "waived", (Reason("waived", {"reason": whole.reason}),)
        else:
            verdict, because = "unknown", plan.unanswered
    elif subject is None:
        verdict, because = "unknown", (Reason("no-subject", {"kind": plan.rule.subject}),)
    elif now < month.start_at:
        verdict, because = ("owed", ()) if fit == "in" else ("not_applicable", cut(binding, org))
    else:
        known = close_at if closed else now + timedelta(microseconds=1)
        in_time = [waiver for waiver in excuses if not closed or waiver.given_at < close_at]
        verdict, because = weigh(org, plan, desk, month, active, subject, in_time, known)
        if closed and fit == "in" and (len(in_time) < len(excuses) or learned_since(org, plan, close_at)):
            as_known = weigh(
                org, plan, desk, month, active, subject, excuses, now + timedelta(microseconds=1)
            )
            if as_known[0] != verdict:
                correction = Correction(as_known[0], Reason("known-since", {"because": as_known[1]}), None)
        if fit == "cut":
            # The days inside are shown, the month is not judged.
            verdict, because = "not_applicable", (*cut(binding, org), *because)
    marks = () if desk.is_certain(first, active) and desk.is_certain(last, active) else ("calendar",)
    return Cell(
        binding,
        org.id,
        subject.id if subject else org.id,
        "",
        month.key,
        f"{month.name}（{subject.name}）" if subject and subject.name else month.name,
        last,
        month.start_at,
        close_at,
        close_at,
        verdict,
        marks,
        because,
        (),
        correction,
    )


def learned_since(org: OrgFacts, plan: Plan, close_at: datetime) -> bool:
    """Was something that the rule asks about recorded or voided after the close?"""
    keys = {threshold.measure for threshold in plan.rule.all_of}
    keys |= {each.at_least.of for each in plan.rule.all_of if isinstance(each.at_least, Tiers)}
    steps = chain(
        *(steps for (key, _), steps in org.measures.items() if key in keys),
        *(org.breaches.get(key, ()) for key in keys),
    )
    return any(
        (step.recorded_at is not None and step.recorded_at >= close_at)
        or (step.voided_at is not None and step.voided_at >= close_at)
        for step in steps
    ) or any(since >= close_at for key, since in org.recorded_since.items() if key in keys)


def weigh(
    org: OrgFacts,
    plan: Plan,
    desk: Desk,
    month: Period,
    active: Active,
    subject: SubjectFact,
    waivers: Sequence[WaiverFact],
    known: datetime,
) -> tuple[Verdict, tuple[Reason, ...]]:
    """The month from what was known before `known`: closed if its days are over by then, else as it
    stands today."""
    binding, closed = plan.binding, desk.now >= month.end_at
    first, last = month.start, last_day(month.end_at)
    begin = max(day for day in (first, binding.first, org.opened) if day)
    gone = org.closed - ONE_DAY if org.closed else None
    end = min(day for day in (last, binding.last, gone, None if closed else desk.today) if day)
    ledger = Ledger(org, subject.id, plan.breaches, known)
    days = stretches(plan, ledger, desk, active, begin, end)
    if not days:
        return "not_applicable", ()
    short = excusable = 0
    for stretch in days:
        if stretch.state == "short":
            free = sum(desk.active_days(active, *overlap) for overlap in overlaps(stretch, waivers))
            short, excusable = short + max(stretch.days - free, 0), excusable + min(free, stretch.days)
    running = [stretch for stretch in days if stretch.days]
    shown = shown_of(days, running, closed)
    reason = Reason("have", {"plan": plan, "found": shown.found, "short": short, "state": shown.state})
    if all(stretch.state == "away" for stretch in (running or days)):
        why = next((found.threshold for found in shown.found if found.state == "away"), None)
        away, because = excluded(why.if_ if why else plan.rule.who.if_, org, shown.first)
        return "not_applicable", because if away else excluded(plan.rule.who.if_, org, shown.first)[1]
    if not closed:
        today = days[-1].state
        if today == "short" and any(waiver.from_day <= desk.today <= waiver.until for waiver in waivers):
            return "waived", (Reason("waived", {"reason": waivers[0].reason}), reason)
        states: Mapping[State, Verdict] = {"short": "overdue", "unknown": "unknown"}
        return states.get(today, "owed"), (reason,)
    if short:
        return "missed", (reason,)
    if any(stretch.state == "unknown" for stretch in running):
        return "unknown", (reason,)
    if excusable:
        return "waived", (Reason("waived", {"reason": waivers[0].reason}), reason)
    return "met", (reason,)


def overlaps(stretch: Stretch, waivers: Sequence[WaiverFact]) -> list[tuple[date, date]]:
    """The days of a stretch that waivers cover, each day once."""
    found: list[tuple[date, date]] = []
    for waiver in sorted(waivers, key=lambda waiver: waiver.from_day):
        begin, end = max(stretch.first, waiver.from_day), min(stretch.last, waiver.until)
        if found:
            begin = max(begin, found[-1][1] + ONE_DAY)
        if begin <= end:
            found.append((begin, end))
    return found


def shown_of(days: Sequence[Stretch], running: Sequence[Stretch], closed: bool) -> Stretch:
    """The stretch that explains the verdict: today while the month runs, afterwards the worst."""
    if not closed:
        return days[-1]
    return min(running or days, key=lambda stretch: WORST.index(stretch.state))
