"""What an entry that waits for its confirmation will count for."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from huyuan.duties.rules.binding import RULE
from huyuan.duties.rules.counting import would_count
from huyuan.duties.tests.judging import monthly, rule, weekly
from huyuan.registers.effects import ActDone, Effect, MeasureTaken

AT = datetime(2026, 10, 9, 2, tzinfo=UTC)
CHECK = ActDone("hazard-check", ("scope=whole-school",), AT, 0)
JOINT = ActDone("hazard-check", ("scope=whole-school",), AT, 0, partners=("station",))
ANSWER = ActDone("interim-measures", (), AT, 1, event=0)
LOOSE = ActDone("interim-measures", (), AT, 1)
ROOM = MeasureTaken("facilities.duty-room", Decimal(1), AT.date())

WEEKLY = weekly()
WITH_POLICE = monthly(proof={"act": "hazard-check", "where": {"joint-with": "police-station"}})
PERIMETER = monthly(proof={"act": "hazard-check", "where": {"scope": "perimeter"}})
CLOCK = rule(
    "when", event="hazard.found", then=[{"act": "interim-measures", "within": {"days": 1}}], start="known"
)
ROOMS = rule("have", all_of=[{"measure": "facilities.duty-room", "at_least": 1}])


@pytest.mark.parametrize(
    ("effects", "spec", "counts"),
    [
        ([CHECK], WEEKLY, True),
        ([ANSWER], WEEKLY, False),
        ([CHECK], WITH_POLICE, False),
        ([JOINT], WITH_POLICE, True),
        ([JOINT], PERIMETER, False),
        ([CHECK, ANSWER], CLOCK, True),
        ([CHECK, LOOSE], CLOCK, False),
        ([CHECK], CLOCK, False),
        ([ROOM], ROOMS, True),
        ([CHECK], ROOMS, False),
    ],
)
def test_only_what_was_filled_in_counts(effects: list[Effect], spec: dict[str, object], counts: bool) -> None:
    assert would_count(effects, RULE.validate_python(spec)) is counts
