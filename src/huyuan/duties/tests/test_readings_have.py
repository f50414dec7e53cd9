"""Sentences of the semantics beyond the worked cases, and the nasty ones met on the way:
standards that are held."""

from typing import Any

import pytest

from huyuan.duties.tests.judging import Reading, faults, rule
from huyuan.duties.tests.test_worked_cases import GUARDS, TIERED, staffed

BAN = rule("have", all_of=[{"measure": "gate.breaches", "at_most": 0}])


def steps(*pairs: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"measure": "guards.certified", "from": day, "value": value} for day, value in pairs]


CASES: dict[str, Reading] = {
    "recovered before the end, the month is still short": (
        [TIERED],
        {**staffed(400, 4), "measures": steps(("2026-09-01", 4), ("2026-10-13", 3), ("2026-10-14", 4))},
        "2026-10-20T00:00",
        (("rule", "2026-10", "owed"),),
    ),
    "and is missed at its end": (
        [TIERED],
        {**staffed(400, 4), "measures": steps(("2026-09-01", 4), ("2026-10-13", 3), ("2026-10-14", 4))},
        "2026-11-01T00:00",
        (("rule", "2026-10", "missed"),),
    ),
    "short on a weekend alone is not short": (
        [TIERED],
        {**staffed(400, 4), "measures": steps(("2026-09-01", 4), ("2026-10-17", 3), ("2026-10-19", 4))},
        "2026-11-01T00:00",
        (("rule", "2026-10", "met"),),
    ),
    "within the grace after a leaver nothing is short": (
        [{**TIERED, "grace_days": 30}],
        {**staffed(400, 4), "measures": steps(("2026-09-01", 4), ("2026-10-13", 3), ("2026-11-12", 4))},
        "2026-12-01T00:00",
        (("rule", "2026-10", "met"), ("rule", "2026-11", "met")),
    ),
    "a second leaver does not begin the grace anew": (
        [{**TIERED, "grace_days": 30}],
        {**staffed(400, 4), "measures": steps(("2026-09-01", 4), ("2026-10-13", 3), ("2026-11-02", 2))},
        "2026-11-13T00:00",
        (("rule", "2026-11", "overdue"),),
    ),
    "no grace unless it is given": (
        [TIERED],
        {**staffed(400, 4), "measures": steps(("2026-09-01", 4), ("2026-10-31", 3))},
        "2026-10-31T12:00",
        (("rule", "2026-10", "overdue"),),
    ),
    "a threshold that nobody gave": (
        [rule("have", all_of=[{**GUARDS, "at_least": {"local": "guards", "ask": "几名？"}}])],
        staffed(400, 9),
        "2026-11-01T00:00",
        (("rule", "2026-10", "unknown"),),
    ),
    "no dormitory, no camera there": (
        [
            rule(
                "have", all_of=[{"measure": "cameras.dormitory", "at_least": 1, "if": [{"fact": "boarding"}]}]
            )
        ],
        {"org": {"facts": {"boarding": "no"}}},
        "2026-11-01T00:00",
        (("rule", "2026-10", "not_applicable"),),
    ),
    "a ban is unknown where nothing could have recorded a breach": (
        [BAN],
        {},
        "2026-11-01T00:00",
        (("rule", "2026-10", "unknown"),),
    ),
    "a breach": (
        [BAN],
        {"measures": [{"measure": "gate.breaches", "from": "2026-10-13", "value": 1}]},
        "2026-11-01T00:00",
        (("rule", "2026-10", "missed"), ("rule", "2026-09", "unknown")),
    ),
    "a ban that nobody broke, where breaches are recorded": (
        [BAN],
        {"measures": [{"measure": "gate.breaches", "from": "2026-09-01", "value": 0}]},
        "2026-11-01T00:00",
        (("rule", "2026-10", "met"),),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_reading(name: str) -> None:
    rules, given, now, expect = CASES[name]
    assert faults(rules, given, now, *expect) == []
