"""Rules of several directives about one matter: which asks for most, and which it satisfies along with
itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import inf

from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.facts import OrgFacts
from huyuan.duties.rules.have import needed
from huyuan.duties.rules.who import excluded, on
from huyuan.duties.schema import DoRule, HaveRule, MatterSpec, PostRule, Tiers, WhenRule
from huyuan.kernel.limits import Limit
from huyuan.kernel.recurrence import Cadence

# Days that one period of a kind lasts, for comparing how often; a term is half a year.
DAYS: Mapping[str, int] = {
    "day": 1,
    "night": 1,
    "shift": 1,
    "week": 7,
    "weekend_day": 7,
    "month": 30,
    "quarter": 91,
    "semester": 182,
    "before": 182,
    "vacation": 182,
    "year": 365,
    "school_year": 365,
    "once": 36500,
    "campaign": 36500,
}
MINUTES = {"days": 1440, "hours": 60, "minutes": 1, "working_days": 1440}


@dataclass(frozen=True)
class Asking:
    """What one rule asks for in the matter's dimension: the larger, the stricter. None: it waits for an
    answer, a fact, or says nothing in this dimension."""

    binding: Binding
    amount: float | None


@dataclass(frozen=True)
class Strictest:
    """One matter of one organisation. `winners` are shown as the duty; `others` stand behind it.

    Evidence adds up: all win. What can't be compared has the winner that the bureau chose, or none;
    `default` holds until then.
    """

    matter: MatterSpec
    winners: tuple[Asking, ...]
    others: tuple[Asking, ...]

    @property
    def undecided(self) -> bool:
        return self.matter.compare == "decide" and not self.winners


def strictest(
    org: OrgFacts,
    bindings: Iterable[Binding],
    matters: Mapping[str, MatterSpec],
    day: date,
    decided: Mapping[str, str],
) -> list[Strictest]:
    """Every matter about which rules in force on `day` speak to this organisation, in the order of the
    vocabulary.

    `decided`: matter → "pack/rule", what the bureau chose among incomparable rules.
    """
    asking: dict[str, list[Binding]] = {}
    for binding in bindings:
        matter = binding.rule.matter
        if matter and binding.binds(org.id, org.kind) and in_force(binding, day):
            away, _ = excluded(binding.rule.who.if_, org, day)
            if not away:
                asking.setdefault(matter, []).append(binding)
    return [
        _rank(matter, [Asking(each, amount(matter.compare, each, org, day)) for each in asking[key]], decided)
        for key, matter in matters.items()
        if key in asking
    ]


def in_force(binding: Binding, day: date) -> bool:
    """Would a period that starts on the day be judged by this binding?"""
    return binding.fit(day, day) == "in"


def _rank(matter: MatterSpec, asking: Sequence[Asking], decided: Mapping[str, str]) -> Strictest:
    match matter.compare:
        case "evidence":
            return Strictest(matter, tuple(asking), ())
        case "decide":
            holds = decided.get(matter.key)
            # One rule alone has no rival: it is followed.
            won = [each for each in asking if each.binding.key == holds or len(asking) == 1]
        case _:
            most = max((each.amount for each in asking if each.amount is not None), default=None)
            won = [each for each in asking if each.amount is not None and each.amount == most]
    return Strictest(matter, tuple(won), tuple(each for each in asking if each not in won))


def amount(compare: str, binding: Binding, org: OrgFacts, day: date) -> float | None:
    """What a rule asks for in a dimension, larger for stricter."""
    match compare, binding.rule:
        case "headcount", PostRule() as rule:
            people = rule.at_least.people
            return (
                people * (len(rule.at_least.qualified) if rule.each else 1)
                if isinstance(people, int)
                else None
            )
        case "headcount" | "retention", HaveRule() as rule:
            return _bound(rule, org, day)
        case "cadence", DoRule() as rule:
            times = rule.proof.at_least
            if not isinstance(rule.every, Cadence) or not isinstance(times, int):
                return None
            return float(Fraction(times, DAYS[rule.every.kind] * rule.every.units))
        case "lead", PostRule() as rule:
            minutes = rule.window.before_minutes
            return minutes if isinstance(minutes, int) else None
        case "lead", DoRule() as rule:
            return _lead(rule.every) if isinstance(rule.every, Cadence) else None
        case "lead" | "cadence", WhenRule() as rule:
            limits = [reaction.within for reaction in rule.then]
            return max((-_minutes(limit) for limit in limits if isinstance(limit, Limit)), default=None)
    return None


def _bound(rule: HaveRule, org: OrgFacts, day: date) -> float | None:
    """The largest bound of the rule's thresholds for this organisation."""
    bounds: list[float] = []
    for threshold in rule.all_of:
        if isinstance(threshold.at_least, Tiers):
            key = threshold.at_least.of
            step = on(org.measures.get((key, org.id)) or org.attributes.get(key) or [], day)
            if step is None or step.value is None:
                return None
            bounds.append(float(needed(threshold.at_least, step.value)))
        elif isinstance(threshold.at_least, (int, Decimal)):
            bounds.append(float(threshold.at_least))
    return max(bounds, default=None)


def _lead(every: Cadence) -> float:
    """Days by which the due comes before the end of its period."""
    length = DAYS[every.kind] * every.units
    due = every.due
    if due.month is not None:
        ends = 12 if every.year else 8  # a school year ends in August
        return float((ends - due.month) % 12 * 30 + max(31 - (due.day or 31), 0))
    if due.day is not None:
        return float(max(31 - due.day, 0))
    if due.weekday is not None:
        return float(7 - due.weekday)
    if due.days_after_start is not None:
        return float(max(length - due.days_after_start, 0))
    if due.working_days_after_start is not None:
        return float(max(length - due.working_days_after_start, 0))
    return 0.0


def _minutes(limit: Limit) -> float:
    """How long a limit is, for comparing; what is not stated is longer than anything."""
    if limit.same_day:
        return float(MINUTES["days"])
    return next((getattr(limit, name) * each for name, each in MINUTES.items() if getattr(limit, name)), inf)
