"""State machines as literal tables: who may do what from which state, and where it leads.

The page draws its buttons from `Table.allowed`, the action writes what `Table.apply` gives; so a button
that is shown is a step that will be taken, unless somebody was faster.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from huyuan.kernel.errors import Refused

Facts = TypeVar("Facts")
# None lets the step through; else a Chinese sentence that says what is still to be done.
Guard = Callable[[Facts], str | None]


class Transition(NamedTuple, Generic[Facts]):
    """One row: in state `source`, `party` may `verb` it into state `to`, unless `guard` objects."""

    source: str
    verb: str
    to: str
    party: str
    guard: Guard[Facts] | None = None


@dataclass(frozen=True)
class Table(Generic[Facts]):
    """The rows in the order of their buttons, and the Chinese names of states and verbs.

    Rows that share source, verb and party are tried in order; the first whose guard passes counts. A row
    that names an unlabelled state or verb, or one that an unguarded row before it hides, is a ValueError.
    """

    rows: tuple[Transition[Facts], ...]
    states: Mapping[str, str]
    verbs: Mapping[str, str]

    def __post_init__(self) -> None:
        settled: set[tuple[str, str, str]] = set()
        for row in self.rows:
            missing = {row.source, row.to} - self.states.keys() or {row.verb} - self.verbs.keys()
            if missing:
                raise ValueError(f"no Chinese name for {', '.join(sorted(missing))}")
            step = (row.source, row.verb, row.party)
            if step in settled:
                raise ValueError(f"{step} can never be reached: an unguarded row stands before it")
            if row.guard is None:
                settled.add(step)

    def allowed(self, state: str, party: str, facts: Facts) -> list[Transition[Facts]]:
        """The steps that this party can take now, each verb once, in the order of the table."""
        steps: dict[str, Transition[Facts]] = {}
        for row in self.rows:
            if (
                row.source == state
                and row.party == party
                and row.verb not in steps
                and _objection(row, facts) is None
            ):
                steps[row.verb] = row
        return list(steps.values())

    def apply(self, state: str, verb: str, party: str, facts: Facts) -> str:
        """The state that the step leads to.

        Raises Refused: `conflict-step` when the verb is not possible from this state, `forbidden-step` when
        it is another party's, `conflict-guard` with the guard's own sentence when something must be done
        first.
        """
        from_here = [row for row in self.rows if row.source == state and row.verb == verb]
        verb_zh, state_zh = self.verbs.get(verb, verb), self.states.get(state, state)
        if not from_here:
            raise Refused(
                "conflict-step",
                f"现在是“{state_zh}”，不能“{verb_zh}”。请刷新页面，查看现在可以办理的事项。",
                state=state,
                verb=verb,
            )
        mine = [row for row in from_here if row.party == party]
        if not mine:
            raise Refused(
                "forbidden-step", f"“{verb_zh}”由另一方办理，请联系对方处理。", state=state, verb=verb
            )
        objections = []
        for row in mine:
            objection = _objection(row, facts)
            if objection is None:
                return row.to
            objections.append(objection)
        raise Refused("conflict-guard", objections[0], state=state, verb=verb)


def _objection(row: Transition[Facts], facts: Facts) -> str | None:
    return row.guard(facts) if row.guard else None
