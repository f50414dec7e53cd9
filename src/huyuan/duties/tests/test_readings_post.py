"""Sentences of the semantics beyond the worked cases, and the nasty ones met on the way:
windows that are manned."""

import pytest

from huyuan.duties.tests.judging import Reading, faults
from huyuan.duties.tests.test_worked_cases import ARRIVAL, GATE, THREE, at_gate

POSTED = {**GATE, "each": True, "at_least": {"people": 1, "qualified": ["leader", "staff"]}}

CASES: dict[str, Reading] = {
    "short in its window: someone can still be sent": (
        [GATE],
        {"org": ARRIVAL, "presence": THREE},
        "2026-10-12T07:10",
        (("rule", "2026-10-12", "overdue"),),
    ),
    "short in the first five minutes": (
        [GATE],
        {"org": ARRIVAL, "presence": THREE},
        "2026-10-12T07:05",
        (("rule", "2026-10-12", "owed"),),
    ),
    "gone too early": (
        [GATE],
        {"org": ARRIVAL, "presence": [*THREE, at_gate("d", until="07:24")]},
        "2026-10-12T08:00",
        (("rule", "2026-10-12", "missed"),),
    ),
    "a hole in the middle is not forgiven": (
        [GATE],
        {"org": ARRIVAL, "presence": [*THREE, at_gate("d", until="07:10"), at_gate("d", "07:12")]},
        "2026-10-12T08:00",
        (("rule", "2026-10-12", "missed"),),
    ),
    "a volunteer is not counted unless the rule counts volunteers": (
        [GATE],
        {"org": ARRIVAL, "presence": [*THREE, at_gate("d", qualified="volunteer")]},
        "2026-10-12T08:00",
        (("rule", "2026-10-12", "missed"),),
    ),
    "signed in twice at one post, a person is one": (
        [GATE],
        {"org": ARRIVAL, "presence": [*THREE, at_gate("a", "07:01")]},
        "2026-10-12T08:00",
        (("rule", "2026-10-12", "missed"),),
    ),
    "a second sign-in at the same post does not end the first": (
        [GATE],
        {"org": ARRIVAL, "presence": [*THREE, at_gate("d"), at_gate("d", "07:01", "07:02")]},
        "2026-10-12T08:00",
        (("rule", "2026-10-12", "met"),),
    ),
    "recorded after the window it is a correction": (
        [GATE],
        {"org": ARRIVAL, "presence": [*THREE, at_gate("d", recorded="2026-10-12T09:00")]},
        "2026-10-12T10:00",
        (("rule", "2026-10-12", "missed", "met"),),
    ),
    "unless the adoption gives windows a grace": (
        [GATE],
        {
            "org": ARRIVAL,
            "window_grace_minutes": 120,
            "presence": [*THREE, at_gate("d", recorded="2026-10-12T09:00")],
        },
        "2026-10-12T10:00",
        (("rule", "2026-10-12", "met", "none"),),
    ),
    "a roster alone proves nothing from the sign-in day on": (
        [GATE],
        {"org": ARRIVAL, "presence": [at_gate(p, planned=True) for p in "abcd"]},
        "2026-10-12T10:00",
        (("rule", "2026-10-12", "missed"),),
    ),
    "until then it is judged": (
        [GATE],
        {
            "org": ARRIVAL,
            "sign_in": {"gate": "2026-10-13"},
            "presence": [at_gate(p, planned=True) for p in "abcd"],
        },
        "2026-10-12T10:00",
        (("rule", "2026-10-12", "met"),),
    ),
    "a clause that binds several posts is one cell per post": (
        [POSTED],
        {"org": ARRIVAL, "presence": [at_gate("a", qualified="leader")]},
        "2026-10-12T10:00",
        (("rule", "2026-10-12", "missed"),),
    ),
    "no bell on file": (
        [GATE],
        {"org": {"times": {"arrival": []}}},
        "2026-10-13T10:00",
        (("rule", "2026-10-12", "unknown"),),
    ),
    "no window on a day without lessons": (
        [GATE],
        {"org": ARRIVAL},
        "2026-10-19T10:00",
        (("rule", "2026-10-17", "not_applicable"),),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_reading(name: str) -> None:
    rules, given, now, expect = CASES[name]
    assert faults(rules, given, now, *expect) == []
