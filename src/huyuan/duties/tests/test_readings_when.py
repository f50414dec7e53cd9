"""Sentences of the semantics beyond the worked cases, and the nasty ones met on the way:
clocks that events start."""

import pytest

from huyuan.duties.tests.judging import Reading, faults, rule
from huyuan.duties.tests.test_worked_cases import INTERIM, MAJOR, hazard, reaction

HOURS = rule("when", event="hazard.found", then=[{"act": "report", "within": {"hours": 2}}])
SAME_DAY = rule("when", event="hazard.found", then=[{"act": "report", "within": {"same_day": True}}])
LEAD = {"event": "hazard.found", "ref": "h", "occurred": "2026-10-12T09:00"}

CASES: dict[str, Reading] = {
    "hours include their last instant": (
        [HOURS],
        {"events": [LEAD], "acts": [reaction("2026-10-12T11:00", "report")]},
        "2026-10-12T12:00",
        (("rule", "h", "met"),),
    ),
    "and not the one after it": (
        [HOURS],
        {"events": [LEAD], "acts": [reaction("2026-10-12T11:00:01", "report")]},
        "2026-10-12T12:00",
        (("rule", "h", "missed", "missed"),),
    ),
    "open at the last instant": ([HOURS], {"events": [LEAD]}, "2026-10-12T11:00", (("rule", "h", "owed"),)),
    "the same day ends at 24:00": (
        [SAME_DAY],
        {"events": [LEAD], "acts": [reaction("2026-10-12T23:59", "report")]},
        "2026-10-13T00:00",
        (("rule", "h", "met"),),
    ),
    "a clock runs on days without lessons": (
        [SAME_DAY],
        {"events": [{**LEAD, "occurred": "2026-10-17T09:00"}]},
        "2026-10-18T00:00",
        (("rule", "h", "missed"),),
    ),
    "conditions known one after another": (
        [INTERIM],
        {"events": [{**LEAD, "where": {"severity": "major"}}]},
        "2026-10-18T00:00",
        (("rule", "h", "none"),),
    ),
    "start the clock when all are known": (
        [{**INTERIM, "then": [{"act": "interim-measures", "within": {"days": 1}}]}],
        {
            "events": [
                {
                    **LEAD,
                    "where": {"severity": "major"},
                    "learned": {"cannot-fix-now=yes": "2026-10-15T09:00"},
                }
            ]
        },
        "2026-10-16T23:59",
        (("rule", "h", "owed"),),
    ),
    "measures taken before the clock started": (
        [{**INTERIM, "then": [{"act": "interim-measures", "within": {"days": 1}}]}],
        {
            "events": [hazard(known="2026-10-14T09:00")],
            "acts": [reaction("2026-10-12T10:00")],
        },
        "2026-10-14T10:00",
        (("rule", "h", "met"),),
    ),
    "a reaction to another event": (
        [INTERIM],
        {
            "events": [hazard(), hazard("other")],
            "acts": [{"act": "interim-measures", "at": "2026-10-13T09:00", "event": "other"}],
        },
        "2026-10-14T10:00",
        (("rule", "h", "owed"), ("rule", "other", "met")),
    ),
    "ended before its due": (
        [SAME_DAY],
        {"events": [{**LEAD, "ended": "2026-10-12T12:00"}]},
        "2026-10-14T00:00",
        (("rule", "h", "not_applicable"),),
    ),
    "ended after its due it stays missed": (
        [SAME_DAY],
        {"events": [{**LEAD, "ended": "2026-10-13T12:00"}]},
        "2026-10-14T00:00",
        (("rule", "h", "missed"),),
    ),
    "not yet assigned, the clock has not started": (
        [
            rule(
                "when",
                event="hazard.found",
                where=MAJOR,
                start="assigned",
                then=[{"act": "report", "within": {"days": 1}}],
            )
        ],
        {"events": [hazard()]},
        "2026-11-14T00:00",
        (("rule", "h", "none"),),
    ),
    "every reaction is its own cell": (
        [
            rule(
                "when",
                event="hazard.found",
                then=[{"act": "report", "within": {"days": 1}}, {"act": "fix", "within": "unstated"}],
            )
        ],
        {"events": [LEAD], "acts": [reaction("2026-10-12T10:00", "report")]},
        "2026-10-15T00:00",
        (("rule", "h", "owed"),),
    ),
    "an event before go-live": (
        [SAME_DAY],
        {"events": [LEAD], "go_live": "2026-10-13"},
        "2026-10-15T00:00",
        (("rule", "h", "none"),),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_reading(name: str) -> None:
    rules, given, now, expect = CASES[name]
    assert faults(rules, given, now, *expect) == []
