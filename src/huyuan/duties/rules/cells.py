"""All cells of an organisation: every adopted rule that speaks of it, judged at an instant."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from datetime import date, datetime
from typing import Any, NamedTuple

from huyuan.duties.rules import do, have, post, when
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.desk import Desk, Slot
from huyuan.duties.rules.facts import NO_TIMES, OrgFacts
from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.schema import DoRule, HaveRule, PostRule, WhenRule
from huyuan.kernel.calendar import Calendar
from huyuan.kernel.days import ONE_DAY, end_of, start_of

Plan = do.Plan | have.Plan | post.Plan | when.Plan
JUDGES: Mapping[type, Callable[[OrgFacts, Any, Desk], Iterator[Cell]]] = {
    do.Plan: do.judge,
    have.Plan: have.judge,
    post.Plan: post.judge,
    when.Plan: when.judge,
}


class Reach(NamedTuple):
    """Which records can matter to the cells asked for: acts of each kind from an instant on, sign-ins that
    end after `present`, breaches and waivers from `start` on; all before `end`."""

    acts: Mapping[str, datetime]
    present: datetime
    start: datetime
    end: datetime


class Evaluation:
    """Judges organisation after organisation; what depends on rules and calendar alone is worked out once.

    Yields the cells that touch the days from `first` to `last`, as they stand at `now`. `breaches`: the
    measures that count recorded breaches. `open_only` leaves out what is closed by `now`; `closed_after`
    everything but what closed after that instant and by `now`.
    """

    def __init__(
        self,
        bindings: Iterable[Binding],
        calendar: Calendar,
        first: date,
        last: date,
        now: datetime,
        breaches: frozenset[str] = frozenset(),
        *,
        open_only: bool = False,
        closed_after: datetime | None = None,
    ) -> None:
        self.bindings = tuple(bindings)
        self.desk = Desk(calendar, first, last, now, open_only, closed_after)
        self._breaches = breaches
        self._plans: dict[Binding, Plan] = {}

    def at(self, now: datetime, bindings: Iterable[Binding], *, open_only: bool = False) -> "Evaluation":
        """The same days at another instant, by some bindings; what is worked out serves both."""
        other = copy(self)
        other.bindings = tuple(bindings)
        other.desk = self.desk.at(now, open_only=open_only)
        return other

    def cells(self, org: OrgFacts) -> Iterator[Cell]:
        """The organisation's cells, rule by rule, each in order of time."""
        for binding in self.bindings:
            if binding.binds(org.id, org.kind):
                plan = self._plan(binding)
                yield from JUDGES[type(plan)](org, plan, self.desk)

    def wanted(self) -> list[Binding]:
        """The bindings of which a cell may be among those asked for, as far as rules and calendar tell."""
        return [binding for binding in self.bindings if self._start_of(binding) is not None]

    def reach(self) -> Reach:
        """The records that can matter to the cells asked for."""
        desk = self.desk
        start, end = start_of(desk.first), end_of(desk.last)
        present = end
        acts: dict[str, datetime] = {}
        for binding in self.bindings:
            begun = self._start_of(binding)
            if begun is None:
                continue
            start = min(start, begun)
            match self._plan(binding):
                case do.Plan() as plan:
                    for act, _ in plan.asks:
                        acts[act] = min(acts.get(act, begun), begun)
                    for slot in self._slots(plan):
                        end = max(end, min(slot.close_at, desk.now + ONE_DAY))
                case post.Plan():
                    present = min(present, begun)
        # A window may begin on the day before its own.
        early = {act: since - ONE_DAY for act, since in acts.items()}
        return Reach(early, present - ONE_DAY, start - ONE_DAY, end + ONE_DAY)

    def _start_of(self, binding: Binding) -> datetime | None:
        """When the earliest cell asked for of a binding begins; None: no cell of it is asked for."""
        desk = self.desk
        match self._plan(binding):
            case do.Plan() as plan:
                starts = [slot.period.start_at for slot in self._slots(plan)]
                own = plan.own_days
                if own is not None:
                    starts.append(start_of(desk.first - own))
            case have.Plan():
                starts = [month.start_at for month in desk.months() if desk.asks(month.end_at)]
            case post.Plan() as plan:
                starts = [start_of(post.first_open(plan, desk))]
            case _:
                starts = [start_of(desk.first)]
        return min(starts, default=None)

    def _slots(self, plan: do.Plan) -> list[Slot]:
        """The periods asked for, as long as an organisation has no days of its own."""
        anchor = plan.binding.anchor or plan.binding.first
        slots = self.desk.slots(plan.binding, plan.cadence, plan.grace, "always", anchor, NO_TIMES)
        return [slot for slot in slots if slot.asked and slot.fit != "out" and self.desk.asks(slot.close_at)]

    def _plan(self, binding: Binding) -> Plan:
        if binding not in self._plans:
            self._plans[binding] = plan_of(binding, self._breaches)
        return self._plans[binding]


def plan_of(binding: Binding, breaches: frozenset[str]) -> Plan:
    """The binding's rule worked out once."""
    match binding.rule:
        case DoRule() as rule:
            return do.Plan(binding, rule)
        case HaveRule() as rule:
            return have.Plan(binding, rule, breaches)
        case PostRule() as rule:
            return post.Plan(binding, rule)
        case WhenRule() as rule:
            return when.Plan(binding, rule)


def evaluate(
    org: OrgFacts,
    bindings: Iterable[Binding],
    calendar: Calendar,
    first: date,
    last: date,
    now: datetime,
    breaches: frozenset[str] = frozenset(),
) -> Iterator[Cell]:
    """The cells of one organisation (see `Evaluation`)."""
    return Evaluation(bindings, calendar, first, last, now, breaches).cells(org)
