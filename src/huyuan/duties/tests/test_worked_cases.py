"""The worked cases of the semantics, numbered as there. October 2026: the 5th is a Monday; holiday 1–7,
make-up Saturday the 10th."""

from typing import Any

import pytest

from huyuan.duties.tests.judging import faults, monthly, rule, weekly

Case = tuple[str, list[dict[str, Any]], dict[str, Any], str, tuple[tuple[str, ...], ...]]

LISTS = rule(
    "do",
    every={"month": 1, "due": {"day": 28}},
    proof={"act": "submission", "where": {"paper": "three-lists"}},
    active="always",
)
GUARDS = {"measure": "guards.certified"}
TIERS = {"of": "students.enrolled", "tiers": [{"up_to": 500, "value": 4}], "then": {"per": 500, "add": 1}}
TIERED = rule("have", all_of=[{**GUARDS, "at_least": TIERS}])
GATE = rule(
    "post",
    point="gate",
    window={"anchor": ["arrival"], "before_minutes": 10},
    at_least={"people": 4, "qualified": ["staff", "guard"]},
)
SHIFT = rule(
    "post",
    point="gate",
    window={"anchor": ["shift"]},
    at_least={"people": 1, "qualified": ["guard"]},
    active="always",
)
MAJOR = {"severity": "major", "cannot-fix-now": "yes"}
INTERIM = rule(
    "when", event="hazard.found", where=MAJOR, then=[{"act": "interim-measures", "within": "unstated"}]
)
INTERIM_LOCAL = rule(
    "when",
    event="hazard.found",
    where=MAJOR,
    then=[{"act": "interim-measures", "within": {"local": "interim", "ask": "几天内？"}}],
)
FIXED = rule("when", event="hazard.found", then=[{"act": "rectification", "within": {"days": 3}}])


def check(at: str, recorded: str | None = None, **more: Any) -> dict[str, Any]:
    return {"act": "hazard-check", "at": at, **({"recorded": recorded} if recorded else {}), **more}


def lists(at: str) -> dict[str, Any]:
    return {"act": "submission", "where": {"paper": "three-lists"}, "at": at}


def staffed(pupils: int | None, guards: int) -> dict[str, Any]:
    facts = {} if pupils is None else {"students.enrolled": pupils}
    return {
        "org": {"facts": facts},
        "measures": [{"measure": "guards.certified", "from": "2026-09-01", "value": guards}],
    }


def at_gate(person: str, since: str = "07:00", until: str = "07:30", **more: Any) -> dict[str, Any]:
    day = "2026-10-12T"
    return {
        "point": "gate",
        "qualified": "staff",
        "from": day + since,
        "until": day + until,
        "person": person,
        **more,
    }


ARRIVAL = {"times": {"arrival": [["07:10", "07:30"]], "shift": [["22:00", "06:00"]]}}
THREE = [at_gate("a"), at_gate("b"), at_gate("c")]


def hazard(ref: str = "h", **more: Any) -> dict[str, Any]:
    return {"event": "hazard.found", "ref": ref, "where": MAJOR, "occurred": "2026-10-12T09:00", **more}


def reaction(at: str, act: str = "interim-measures", **more: Any) -> dict[str, Any]:
    return {"act": act, "at": at, "event": "h", **more}


JOINT = [
    weekly("weekly"),
    monthly("joint", proof={"act": "hazard-check", "where": {"joint-with": "police-station"}}),
    monthly("self", proof={"act": "hazard-check", "self_only": True}),
]
TWICE = {"act": "hazard-check", "at_least": 2}
DRILLS = rule("do", every={"semester": 1}, proof={"act": "drill", "at_least": 2, "gap_days": 30})

CASES: list[Case] = [
    (
        "1",
        [weekly()],
        {"acts": [check("2026-10-16T09:00", "2026-10-18T20:00")]},
        "2026-10-18T21:00",
        (("rule", "2026-W42", "met"),),
    ),
    (
        "2",
        [weekly()],
        {"acts": [check("2026-10-16T09:00", "2026-10-21T09:00")]},
        "2026-10-21T10:00",
        (("rule", "2026-W42", "late"),),
    ),
    (
        "3",
        [weekly()],
        {"acts": [check("2026-10-16T09:00", "2026-10-27T09:00")]},
        "2026-10-28T10:00",
        (("rule", "2026-W42", "missed", "late"),),
    ),
    ("4a", [LISTS], {"acts": [lists("2026-10-28T23:59")]}, "2026-10-29T00:00", (("rule", "2026-10", "met"),)),
    (
        "4b",
        [LISTS],
        {"acts": [lists("2026-10-29T00:01")]},
        "2026-10-29T00:02",
        (("rule", "2026-10", "late"),),
    ),
    ("4c", [LISTS], {}, "2026-11-05T00:00", (("rule", "2026-10", "missed"),)),
    ("4d", [LISTS], {}, "2026-11-04T23:59", (("rule", "2026-10", "overdue"),)),
    (
        "5",
        [{**LISTS, "active": "term"}],
        {"go_live": "2026-02-01"},
        "2026-03-08T00:00",
        (("rule", "2026-02", "not_applicable"),),
    ),
    (
        "5 school days",
        [{**LISTS, "active": "term"}],
        {},
        "2027-03-08T00:00",
        (("rule", "2027-02", "missed"),),
    ),
    (
        "6",
        [monthly(proof=TWICE)],
        {"acts": [check("2026-10-12T09:00"), check("2026-10-12T15:00")]},
        "2026-10-13T00:00",
        (("rule", "2026-10", "owed"),),
    ),
    (
        "6 two days",
        [monthly(proof=TWICE)],
        {"acts": [check("2026-10-12T23:00"), check("2026-10-13T01:00")]},
        "2026-10-14T00:00",
        (("rule", "2026-10", "met"),),
    ),
    (
        "7",
        [weekly("a"), monthly("b"), monthly("c", proof=TWICE)],
        {"acts": [check("2026-10-12T09:00")]},
        "2026-10-13T00:00",
        (("a", "2026-W42", "met"), ("b", "2026-10", "met"), ("c", "2026-10", "owed")),
    ),
    (
        "8",
        JOINT,
        {"acts": [check("2026-10-12T09:00", signed_by=["school", "police-station"])]},
        "2026-10-13T00:00",
        (("weekly", "2026-W42", "met"), ("joint", "2026-10", "met"), ("self", "2026-10", "owed")),
    ),
    (
        "8 unsigned",
        JOINT,
        {"acts": [check("2026-10-12T09:00", signed_by=["school"])]},
        "2026-10-13T00:00",
        (("weekly", "2026-W42", "met"), ("joint", "2026-10", "owed"), ("self", "2026-10", "met")),
    ),
    (
        "9",
        [weekly()],
        {"go_live": "2025-09-01"},
        "2025-10-20T00:00",
        (("rule", "2025-W40", "missed"), ("rule", "2025-W41", "missed")),
    ),
    (
        "9 no school day",
        [weekly(active="term")],
        {"go_live": "2026-01-01"},
        "2026-02-28T00:00",
        (("rule", "2026-W08", "not_applicable"),),
    ),
    ("10", [weekly()], {}, "2026-10-20T00:00", (("rule", "2026-W41", "missed"),)),
    (
        "11",
        [monthly()],
        {"go_live": "2026-10-10"},
        "2026-10-20T00:00",
        (("rule", "2026-10", "not_applicable"), ("rule", "2026-11", "owed"), ("rule", "2026-09", "none")),
    ),
    (
        "11 unanswered",
        [
            rule(
                "have",
                all_of=[{"measure": "guards.certified", "at_least": {"local": "guards", "ask": "几名？"}}],
            )
        ],
        {"go_live": "2026-10-10"},
        "2026-10-20T00:00",
        (("rule", "2026-10", "not_applicable"),),
    ),
    ("12a", [TIERED], staffed(500, 4), "2026-11-01T00:00", (("rule", "2026-10", "met"),)),
    ("12b", [TIERED], staffed(501, 4), "2026-11-01T00:00", (("rule", "2026-10", "missed"),)),
    ("12c", [TIERED], staffed(501, 5), "2026-11-01T00:00", (("rule", "2026-10", "met"),)),
    ("12a before", [TIERED], staffed(500, 4), "2026-10-20T00:00", (("rule", "2026-10", "owed"),)),
    ("12b before", [TIERED], staffed(501, 4), "2026-10-31T23:59", (("rule", "2026-10", "overdue"),)),
    ("12c before", [TIERED], staffed(501, 5), "2026-10-20T00:00", (("rule", "2026-10", "owed"),)),
    ("13 1000", [TIERED], staffed(1000, 5), "2026-11-01T00:00", (("rule", "2026-10", "met"),)),
    ("13 1001", [TIERED], staffed(1001, 5), "2026-11-01T00:00", (("rule", "2026-10", "missed"),)),
    ("13 1001 six", [TIERED], staffed(1001, 6), "2026-11-01T00:00", (("rule", "2026-10", "met"),)),
    (
        "14",
        [{**TIERED, "key": "tiers"}, rule("have", "boarding", all_of=[{**GUARDS, "at_least": 8}])],
        staffed(400, 6),
        "2026-11-01T00:00",
        (("tiers", "2026-10", "met"), ("boarding", "2026-10", "missed")),
    ),
    (
        "15",
        [{**TIERED, "grace_days": 30}],
        {
            "org": {"facts": {"students.enrolled": 500}},
            "changes": [{"fact": "students.enrolled", "from": "2026-09-20", "value": 501}],
            "measures": [
                {"measure": "guards.certified", "from": "2026-09-01", "value": 4},
                {"measure": "guards.certified", "from": "2026-11-04", "value": 5},
            ],
        },
        "2026-12-01T00:00",
        (("rule", "2026-09", "met"), ("rule", "2026-10", "missed"), ("rule", "2026-11", "missed")),
    ),
    ("16", [TIERED], staffed(None, 4), "2026-11-01T00:00", (("rule", "2026-10", "unknown"),)),
    (
        "17",
        [TIERED],
        {
            "org": {"facts": {"students.enrolled": 400}},
            "measures": [
                {"measure": "guards.certified", "from": "2026-09-01", "value": 4},
                {"measure": "guards.certified", "from": "2026-10-13", "value": 3},
            ],
        },
        "2026-10-13T00:00",
        (("rule", "2026-10", "overdue"),),
    ),
    (
        "18 met",
        [GATE],
        {"org": ARRIVAL, "presence": [*THREE, at_gate("d", "07:04")]},
        "2026-10-12T08:00",
        (("rule", "2026-10-12", "met"),),
    ),
    (
        "18 at the last instant",
        [GATE],
        {"org": ARRIVAL, "presence": [*THREE, at_gate("d", "07:05")]},
        "2026-10-12T08:00",
        (("rule", "2026-10-12", "met"),),
    ),
    (
        "18 missed",
        [GATE],
        {"org": ARRIVAL, "presence": [*THREE, at_gate("d", "07:06")]},
        "2026-10-12T08:00",
        (("rule", "2026-10-12", "missed"),),
    ),
    (
        "19",
        [GATE],
        {"org": ARRIVAL, "presence": [*THREE, at_gate("d"), {**at_gate("d", "07:10"), "point": "patrol"}]},
        "2026-10-12T08:00",
        (("rule", "2026-10-12", "missed"),),
    ),
    (
        "20",
        [SHIFT],
        {"org": ARRIVAL},
        "2026-11-01T07:00",
        (("rule", "2026-10-31", "missed"), ("rule", "2026-10-31-shift-1", "missed")),
    ),
    ("21", [INTERIM], {"events": [hazard()]}, "2026-12-12T00:00", (("rule", "h", "owed"),)),
    (
        "21 done",
        [INTERIM],
        {"events": [hazard()], "acts": [reaction("2026-12-01T00:00")]},
        "2026-12-12T00:00",
        (("rule", "h", "met"),),
    ),
    (
        "22 before",
        [INTERIM_LOCAL],
        {"local": {"interim": {"days": 1}}, "events": [hazard()]},
        "2026-10-13T23:59",
        (("rule", "h", "owed"),),
    ),
    (
        "22",
        [INTERIM_LOCAL],
        {"local": {"interim": {"days": 1}}, "events": [hazard()]},
        "2026-10-14T00:00",
        (("rule", "h", "missed"),),
    ),
    ("22 unanswered", [INTERIM_LOCAL], {"events": [hazard()]}, "2026-12-14T00:00", (("rule", "h", "owed"),)),
    (
        "22 later",
        [INTERIM_LOCAL],
        {"local": {"interim": {"days": 1}}, "events": [hazard()], "acts": [reaction("2026-10-16T00:00")]},
        "2026-10-17T00:00",
        (("rule", "h", "missed", "missed"),),
    ),
    (
        "23",
        [FIXED],
        {"events": [hazard(assigned="2026-10-15T09:00")]},
        "2026-10-16T00:00",
        (("rule", "h", "missed"),),
    ),
    (
        "24",
        [FIXED],
        {"events": [hazard()], "acts": [reaction("2026-10-20T00:00", "rectification")]},
        "2026-10-21T00:00",
        (("rule", "h", "missed", "missed"),),
    ),
    (
        "25",
        [DRILLS],
        {"acts": [{"act": "drill", "at": "2027-01-18T10:00"}, {"act": "drill", "at": "2027-01-21T10:00"}]},
        "2027-01-22T12:00",
        (("rule", "2026-2027-1", "owed"),),
    ),
    (
        "25 apart",
        [DRILLS],
        {"acts": [{"act": "drill", "at": "2026-12-18T10:00"}, {"act": "drill", "at": "2027-01-21T10:00"}]},
        "2027-01-22T12:00",
        (("rule", "2026-2027-1", "met"),),
    ),
    (
        "26",
        [weekly()],
        {"acts": [check("2026-10-16T09:00", confirmed="2026-10-16T10:00", single_handed=True)]},
        "2026-10-17T00:00",
        (("rule", "2026-W42", "met"),),
    ),
    (
        "27",
        [weekly()],
        {"acts": [check("2026-10-16T09:00", voided="2026-10-28T00:00")]},
        "2026-10-29T00:00",
        (("rule", "2026-W42", "met", "missed"),),
    ),
    (
        "30",
        [weekly()],
        {"waivers": [{"rule": "rule", "from": "2026-10-12", "until": "2026-10-18"}]},
        "2026-10-28T00:00",
        (("rule", "2026-W42", "waived"),),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_worked_case(case: Case) -> None:
    _, rules, given, now, expect = case
    assert faults(rules, given, now, *expect) == []


def test_29_after_an_order_ends_there_is_no_cell() -> None:
    report = rule("do", every={"day": 1}, proof={"act": "health-report"}, active="always")
    assert (
        faults(
            [report],
            {},
            "2026-10-20T00:00",
            ("rule", "2026-10-10", "missed"),
            ("rule", "2026-10-11", "none"),
            effective={"from": "2026-09-01", "until": "2026-10-10"},
        )
        == []
    )
