"""Sentences of the semantics beyond the worked cases, and the nasty ones met on the way:
what is done so and so often."""

from typing import Any

import pytest

from huyuan.duties.tests.judging import Reading, faults, monthly, rule, weekly
from huyuan.duties.tests.test_worked_cases import check, lists

DAILY = rule("do", every={"day": 1}, proof={"act": "hazard-check"})
YEARLY = rule(
    "do", every={"year": 1, "due": {"month": 11, "day": 30}}, proof={"act": "hazard-check"}, active="always"
)
CAMPAIGN = rule("do", every={"campaign": 1}, proof={"act": "hazard-check"}, active="always")
NIGHTLY = rule("do", every={"night": 1}, proof={"act": "night-round"}, active="always")
REPORT = rule(
    "do",
    every={"month": 1, "about": "previous", "due": {"day": 18}},
    proof={"act": "submission"},
    active="always",
)
BOARDING = {"org": ["school"], "if": [{"fact": "boarding"}]}


def named(at: str, period: str, **more: Any) -> dict[str, Any]:
    return {**lists(at), "names_period": period, **more}


CASES: dict[str, Reading] = {
    # ---- do: how often
    "by 30 November each year": (
        [YEARLY],
        {"go_live": "2026-01-01", "acts": [check("2026-12-01T00:01")]},
        "2026-12-02T00:00",
        (("rule", "2026", "late"), ("rule", "2027", "owed")),
    ),
    "by 30 November each year includes the 30th": (
        [YEARLY],
        {"go_live": "2026-01-01", "acts": [check("2026-11-30T23:59")]},
        "2026-12-02T00:00",
        (("rule", "2026", "met"),),
    ),
    "once within a campaign": (
        [CAMPAIGN],
        {"until": "2026-11-20", "acts": [check("2026-11-20T23:00")]},
        "2026-11-21T00:00",
        (("rule", "campaign", "met"),),
    ),
    "a campaign is over, and it was not done": (
        [CAMPAIGN],
        {"until": "2026-11-20"},
        "2026-11-28T00:00",
        (("rule", "campaign", "missed"),),
    ),
    "a campaign without a last day is open": (
        [CAMPAIGN],
        {},
        "2027-01-12T00:00",
        (("rule", "campaign", "owed"),),
    ),
    # ---- do: in every class
    "each class is its own cell": (
        [weekly(subject="class")],
        {
            "org": {"classes": ["大一班", "大二班"]},
            "acts": [check("2026-10-14T09:00", of_class=name) for name in ("大一班", "大二班")],
        },
        "2026-10-27T00:00",
        (("rule", "2026-W42", "met"),),
    ),
    "what one class did, another did not": (
        [weekly(subject="class")],
        {
            "org": {"classes": ["大一班", "大二班"]},
            "acts": [check("2026-10-14T09:00", of_class="大一班")] * 2,
        },
        "2026-10-27T00:00",
        (("rule", "2026-W42", "missed"),),
    ),
    "what was done for no class in particular is no class's": (
        [weekly(subject="class")],
        {"org": {"classes": ["大一班"]}, "acts": [check("2026-10-14T09:00")]},
        "2026-10-27T00:00",
        (("rule", "2026-W42", "missed"),),
    ),
    "a scenario with terms of its own": (
        [weekly()],
        {"go_live": "2014-09-01", "terms": {"2014-2015-1": ["2014-09-01", "2015-01-30"]}},
        "2014-09-30T00:00",
        (("rule", "2014-W37", "missed"),),
    ),
    "the usual terms know nothing of 2014": (
        [weekly()],
        {"go_live": "2014-09-01"},
        "2014-09-30T00:00",
        (("rule", "2014-W37", "not_applicable"),),
    ),
    # ---- do: which period an act counts in
    "an act counts in the period in which it occurred, also while the one before is open": (
        [weekly()],
        {"acts": [check("2026-10-20T09:00")]},
        "2026-10-21T00:00",
        (("rule", "2026-W42", "overdue"), ("rule", "2026-W43", "met")),
    ),
    "for the earlier period it counts, as late, if it names it": (
        [weekly()],
        {"acts": [check("2026-10-20T09:00", names_period="2026-W42")]},
        "2026-10-21T00:00",
        (("rule", "2026-W42", "late"), ("rule", "2026-W43", "owed")),
    ),
    "naming a period that has closed, it counts where it occurred": (
        [weekly()],
        {"acts": [check("2026-10-29T09:00", names_period="2026-W42")]},
        "2026-10-30T00:00",
        (("rule", "2026-W42", "missed"), ("rule", "2026-W44", "met")),
    ),
    "a report names the period that it is about": (
        [REPORT],
        {"acts": [named("2026-11-17T09:00", "2026-10")]},
        "2026-11-17T10:00",
        (("rule", "2026-11", "met"), ("rule", "2026-10", "missed")),
    ),
    "00:00 belongs to the new day": (
        [DAILY],
        {"acts": [check("2026-10-13T00:00")]},
        "2026-10-13T12:00",
        (("rule", "2026-10-12", "overdue"), ("rule", "2026-10-13", "met")),
    ),
    "recorded at the instant of the close is too late": (
        [weekly()],
        {"acts": [check("2026-10-16T09:00", "2026-10-26T00:00")]},
        "2026-10-27T00:00",
        (("rule", "2026-W42", "missed", "late"),),
    ),
    "a confirmation must come before the close": (
        [weekly()],
        {"acts": [check("2026-10-16T09:00", confirmed="2026-10-26T00:01")]},
        "2026-10-27T00:00",
        (("rule", "2026-W42", "missed", "met"),),
    ),
    "recording on time is judged by the submission, not by the confirmation": (
        [weekly()],
        {"acts": [check("2026-10-16T09:00", "2026-10-16T10:00", confirmed="2026-10-22T00:00")]},
        "2026-10-23T00:00",
        (("rule", "2026-W42", "met"),),
    ),
    "not confirmed yet, it is no act": (
        [weekly()],
        {"acts": [check("2026-10-16T09:00", confirmed="2026-10-22T00:00")]},
        "2026-10-21T00:00",
        (("rule", "2026-W42", "overdue"),),
    ),
    "three days to record end at midnight of the third": (
        [weekly()],
        {"acts": [check("2026-10-13T09:00", "2026-10-16T23:59")]},
        "2026-10-17T00:00",
        (("rule", "2026-W42", "met"),),
    ),
    "voided before the close it proves nothing": (
        [weekly()],
        {"acts": [check("2026-10-16T09:00", voided="2026-10-17T00:00")]},
        "2026-10-18T00:00",
        (("rule", "2026-W42", "owed"),),
    ),
    "a late first act takes no place from two good ones": (
        [monthly(proof={"act": "hazard-check", "at_least": 2, "gap_days": 10})],
        {
            "acts": [
                check("2026-10-08T09:00", "2026-10-20T09:00"),
                check("2026-10-12T09:00"),
                check("2026-10-22T09:00"),
            ]
        },
        "2026-10-23T00:00",
        (("rule", "2026-10", "met"),),
    ),
    "every value must occur": (
        [monthly(proof={"act": "lesson", "each": {"topic": ["fire", "traffic"]}})],
        {"acts": [{"act": "lesson", "where": {"topic": "fire"}, "at": "2026-10-12T09:00"}]},
        "2026-11-08T00:00",
        (("rule", "2026-10", "missed"),),
    ),
    "one act may bring several values": (
        [monthly(proof={"act": "lesson", "each": {"topic": ["fire", "traffic"]}})],
        {"acts": [{"act": "lesson", "where": {"topic": ["fire", "traffic"]}, "at": "2026-10-12T09:00"}]},
        "2026-11-08T00:00",
        (("rule", "2026-10", "met"),),
    ),
    "an act with the wrong qualifier proves nothing": (
        [weekly(proof={"act": "hazard-check", "where": {"scope": "whole-school"}})],
        {"acts": [check("2026-10-16T09:00", where={"scope": "special"})]},
        "2026-10-17T00:00",
        (("rule", "2026-W42", "owed"),),
    ),
    "an alternative act counts as well": (
        [weekly(proof={"act": "hazard-check", "any_of": [{"act": "inspection"}]})],
        {"acts": [{"act": "inspection", "at": "2026-10-16T09:00"}]},
        "2026-10-17T00:00",
        (("rule", "2026-W42", "met"),),
    ),
    # ---- days, grace, adoption
    "a weekend has no lessons, so a daily rule is not applicable": (
        [DAILY],
        {},
        "2026-10-20T00:00",
        (("rule", "2026-10-17", "not_applicable"), ("rule", "2026-10-16", "missed")),
    ),
    "a make-up Saturday has": ([DAILY], {}, "2026-10-12T00:00", (("rule", "2026-10-10", "missed"),)),
    "offices work in the holidays": (
        [{**DAILY, "who": {"org": ["education-bureau"]}}],
        {"org": {"kind": "education-bureau"}},
        "2026-10-20T00:00",
        (("rule", "2026-10-17", "missed"),),
    ),
    "one day of grace for daily rules": (
        [DAILY],
        {},
        "2026-10-13T23:59",
        (("rule", "2026-10-12", "overdue"), ("rule", "2026-10-11", "not_applicable")),
    ),
    "no grace for a night": ([NIGHTLY], {}, "2026-10-13T06:00", (("rule", "2026-10-12-night-1", "missed"),)),
    "a night belongs to the day it starts": (
        [NIGHTLY],
        {"acts": [{"act": "night-round", "at": "2026-10-13T05:59"}]},
        "2026-10-13T06:00",
        (("rule", "2026-10-12-night-1", "met"),),
    ),
    "a due before go-live leaves no cell, one after it a cut one": (
        [{**REPORT, "every": {"month": 1, "due": {"day": 18}}}],
        {"go_live": "2026-10-19"},
        "2026-11-01T00:00",
        (("rule", "2026-10", "none"), ("rule", "2026-11", "owed")),
    ),
    "the adoption's end cuts the period in which it lies": (
        [monthly()],
        {"until": "2026-10-20"},
        "2026-11-20T00:00",
        (("rule", "2026-09", "missed"), ("rule", "2026-10", "not_applicable"), ("rule", "2026-11", "none")),
    ),
    "a school opened in the month is not judged on it": (
        [monthly()],
        {"org": {"opened": "2026-10-10"}},
        "2026-12-20T00:00",
        (("rule", "2026-09", "none"), ("rule", "2026-10", "not_applicable"), ("rule", "2026-11", "missed")),
    ),
    "a closed school owes nothing more": (
        [monthly()],
        {"org": {"closed": "2026-10-10"}},
        "2026-12-20T00:00",
        (("rule", "2026-10", "not_applicable"), ("rule", "2026-11", "none")),
    ),
    "an excluded school": (
        [monthly(who=BOARDING)],
        {"org": {"facts": {"boarding": False}}},
        "2026-12-20T00:00",
        (("rule", "2026-10", "not_applicable"),),
    ),
    "a missing fact is unknown, never quietly not applicable": (
        [monthly(who=BOARDING)],
        {},
        "2026-12-20T00:00",
        (("rule", "2026-10", "unknown"),),
    ),
    "an unanswered cadence is unknown": (
        [monthly(every={"local": "often", "ask": "多久一次？"})],
        {},
        "2026-10-20T00:00",
        (("rule", "2026-10", "unknown"),),
    ),
    "an answered one is judged": (
        [monthly(every={"local": "often", "ask": "多久一次？"})],
        {"local": {"often": {"week": 1}}},
        "2026-10-20T00:00",
        (("rule", "2026-W42", "overdue"),),
    ),
    "a waiver after the close is a correction": (
        [weekly()],
        {
            "waivers": [
                {"rule": "rule", "from": "2026-10-12", "until": "2026-10-18", "given": "2026-10-27T00:00"}
            ]
        },
        "2026-10-28T00:00",
        (("rule", "2026-W42", "missed", "waived"),),
    ),
    "a rule that waits for a capability is not judged": (
        [weekly("a"), weekly("b", planned="cases")],
        {},
        "2026-10-28T00:00",
        (("a", "2026-W42", "missed"),),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_reading(name: str) -> None:
    rules, given, now, expect = CASES[name]
    assert faults(rules, given, now, *expect) == []


def test_a_campaign_that_its_adopter_ends_sooner_is_cut() -> None:
    order = {"from": "2026-09-01", "until": "2026-12-31"}
    expect = ("rule", "campaign", "not_applicable")
    assert faults([CAMPAIGN], {"until": "2026-11-20"}, "2027-01-12T00:00", expect, effective=order) == []
    whole = ("rule", "campaign", "missed")
    assert faults([CAMPAIGN], {}, "2027-01-12T00:00", whole, effective=order) == []
