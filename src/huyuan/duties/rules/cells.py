"""All cells of an organisation: every adopted rule that speaks of it, judged at an instant."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta

from huyuan.duties.rules import do, have, post, when
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.desk import Desk, Slot
from huyuan.duties.rules.facts import NO_TIMES, OrgFacts
from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.schema import DoRule, HaveRule, PostRule, WhenRule
from huyuan.kernel.calendar import Calendar
from huyuan.kernel.days import end_of, start_of


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
        self.desk = Desk(calendar, first, last, now, open_only, closed_after)
        self._judges = [(binding, judge_of(binding, breaches)) for binding in bindings]

    def cells(self, org: OrgFacts) -> Iterator[Cell]:
        """The organisation's cells, rule by rule, each in order of time."""
        for binding, judge in self._judges:
            if binding.binds(org.id, org.kind):
                yield from judge(org, self.desk)

    def wanted(self) -> list[Binding]:
        """The bindings of which a cell may be among those asked for, as far as rules and calendar tell."""
        return [binding for binding, _ in self._judges if self._start_of(binding) is not None]

    def reach(self) -> tuple[datetime, datetime]:
        """The instants between which acts, breaches and sign-ins can matter to the cells asked for."""
        desk = self.desk
        starts, end = [start_of(desk.first)], end_of(desk.last)
        for binding, _ in self._judges:
            begun = self._start_of(binding)
            if begun is not None:
                starts.append(begun)
            if isinstance(binding.rule, DoRule):
                for slot in self._slots(binding, binding.rule):
                    end = max(end, min(slot.close_at, desk.now + timedelta(days=1)))
        return min(starts) - timedelta(days=1), end + timedelta(days=1)

    def _start_of(self, binding: Binding) -> datetime | None:
        """When the earliest cell asked for of a binding begins; None: no cell of it is asked for."""
        desk, rule = self.desk, binding.rule
        match rule:
            case DoRule():
                starts = [slot.period.start_at for slot in self._slots(binding, rule)]
                own = do.Plan(binding, rule).own_days
                if own is not None:
                    starts.append(start_of(desk.first - own))
            case HaveRule():
                starts = [month.start_at for month in desk.months() if desk.asks(month.end_at)]
            case _:
                starts = [start_of(desk.first)]
        return min(starts, default=None)

    def _slots(self, binding: Binding, rule: DoRule) -> list[Slot]:
        """The periods asked for, as long as an organisation has no days of its own."""
        plan = do.Plan(binding, rule)
        anchor = binding.anchor or binding.first
        slots = self.desk.slots(binding, plan.cadence, plan.grace, "always", anchor, NO_TIMES)
        return [slot for slot in slots if slot.asked and slot.fit != "out" and self.desk.asks(slot.close_at)]


def judge_of(binding: Binding, breaches: frozenset[str]) -> Callable[[OrgFacts, Desk], Iterator[Cell]]:
    """The function that judges a binding's rule."""
    match binding.rule:
        case DoRule() as rule:
            doing = do.Plan(binding, rule)
            return lambda org, desk: do.judge(org, doing, desk)
        case HaveRule() as rule:
            having = have.Plan(binding, rule, breaches)
            return lambda org, desk: have.judge(org, having, desk)
        case PostRule() as rule:
            manning = post.Plan(binding, rule)
            return lambda org, desk: post.judge(org, manning, desk)
        case WhenRule() as rule:
            reacting = when.Plan(binding, rule)
            return lambda org, desk: when.judge(org, reacting, desk)


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
