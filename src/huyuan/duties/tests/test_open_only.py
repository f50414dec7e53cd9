"""Asking for open cells alone gives exactly the cells that are not closed."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from huyuan.duties.rules.binding import RULE, Binding
from huyuan.duties.rules.cells import Evaluation
from huyuan.duties.rules.facts import OrgFacts
from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.scenarios import CALENDAR
from huyuan.duties.tests.judging import monthly, weekly
from huyuan.kernel.windows import DayTimes

ORG = uuid5(UUID(int=0), "school")
START = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = (date(2026, 10, 1), date(2026, 10, 31))
BASE = {"title": "要求", "clauses": ["1"], "theme": "patrol", "who": {"org": ["school"]}}
RULES = (
    weekly(),
    monthly(every={"month": 1, "due": {"day": 20}}),
    weekly(every={"day": 1}),
    weekly(every={"shift": 1}, active="always"),
    weekly(every={"night": 1}, active="always"),
    BASE | {"key": "held", "kind": "have", "all_of": [{"measure": "rooms", "at_least": 1}]},
    BASE
    | {
        "key": "manned",
        "kind": "post",
        "point": "gate",
        "window": {"anchor": ["arrival", "dismissal"]},
        "at_least": {"people": 1, "qualified": ["guard"]},
    },
    BASE
    | {
        "key": "watched",
        "kind": "post",
        "point": "gate",
        "window": {"anchor": ["night", "shift", "day"], "before_minutes": 30, "after_minutes": 90},
        "at_least": {"people": 1, "qualified": ["guard"]},
    },
)
TIMES = DayTimes(
    arrival=(("07:10", "07:40"),),
    dismissal=(("17:00", "17:30"),),
    shifts=(("08:00", "08:00"), ("20:00", "08:00")),
)


def cells(now: datetime, *, open_only: bool, minutes: int = 0) -> list[Cell]:
    bindings = [
        Binding(
            uuid5(ORG, "adoption"),
            uuid5(ORG, str(number)),
            "pack",
            RULE.validate_python(spec),
            date(2026, 9, 1),
            schools=frozenset({"school"}),
            window_minutes=minutes,
        )
        for number, spec in enumerate(RULES)
    ]
    org = OrgFacts(ORG, "school", times=[(date(2026, 9, 1), TIMES)])
    return list(Evaluation(bindings, CALENDAR, *DAYS, now, open_only=open_only).cells(org))


def told(cell: Cell) -> tuple[UUID, str, str, str]:
    return cell.binding.rule_id, cell.part, cell.period, cell.verdict


@given(st.integers(min_value=0, max_value=24 * 45 * 60), st.sampled_from((0, 45, 2000)))
def test_open_cells_are_all_cells_but_the_closed_ones(minutes: int, added: int) -> None:
    now = START + timedelta(minutes=minutes)
    left = [told(cell) for cell in cells(now, open_only=False, minutes=added) if not cell.is_closed(now)]
    assert [told(cell) for cell in cells(now, open_only=True, minutes=added)] == left


def test_most_cells_of_a_month_that_is_nearly_over_are_closed() -> None:
    now = START + timedelta(days=29)
    assert len(cells(now, open_only=True)) * 4 < len(cells(now, open_only=False))


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    """Worked case 20: so the last night of October is counted under October, and under no other month."""
    last = ("2026-10-31-shift-2", "2026-10-31-night-1")
    found = [(cell.period, cell.day) for cell in cells(START, open_only=False) if cell.period in last]
    # Of the duty to do something every shift, every night, and of the one to be there.
    assert sorted(found) == [(period, date(2026, 10, 31)) for period in sorted(last) for _ in range(2)]
    assert not any("09-30" in cell.period for cell in cells(START, open_only=False))
