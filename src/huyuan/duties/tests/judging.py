"""Rules and scenarios written in a test, run through the same functions as those of packs."""

from typing import Any

from pydantic import TypeAdapter

from huyuan.duties.rules.binding import RULE
from huyuan.duties.scenarios import Setting, run
from huyuan.duties.schema import MeasureSpec, Scenario
from huyuan.orgs.vocabulary import OrgKindSpec
from huyuan.packs.format import Manifest
from huyuan.packs.registry import Item

Reading = tuple[list[dict[str, Any]], dict[str, Any], str, tuple[tuple[str, ...], ...]]
"""A row of a table of cases: the rules, what is given, the instant, and what `faults` expects."""

SCENARIO = TypeAdapter(Scenario)
MEASURES = {
    "students.enrolled": "attribute",
    "guards.certified": "counted",
    "liaison.pairs": "counted",
    "policies.gate": "counted",
    "cameras.dormitory": "form",
    "gate.breaches": "breaches",
}


def rule(kind: str, key: str = "rule", **spec: Any) -> dict[str, Any]:
    """A rule of a school, as a pack would write it."""
    return {
        "kind": kind,
        "key": key,
        "title": key,
        "clauses": ["1"],
        "theme": "test",
        "who": {"org": ["school"]},
        **spec,
    }


def weekly(key: str = "rule", **spec: Any) -> dict[str, Any]:
    return rule("do", key, **{"every": {"week": 1}, "proof": {"act": "hazard-check"}, **spec})


def monthly(key: str = "rule", **spec: Any) -> dict[str, Any]:
    return weekly(key, **{"every": {"month": 1}, **spec})


def setting(rules: list[dict[str, Any]], **manifest: Any) -> Setting:
    """A pack of these rules, and nothing else in reach."""
    said = {"key": "p", "version": "2026.1", "title": "t", "short": "t", "nature": "directive", **manifest}

    def items(values: list[Any]) -> list[Item]:
        return [Item(value.key, value, "", 0, {}) for value in values]

    measures = [MeasureSpec.model_validate({"key": k, "zh": k, "source": s}) for k, s in MEASURES.items()]
    content = {
        "pack": items([Manifest.model_validate(said)]),
        "rules": items([RULE.validate_python(spec) for spec in rules]),
        "measures": items(measures),
        "forms": [],
        "orgkinds": items([OrgKindSpec(key="school", zh="中小学", side="school")]),
    }
    return Setting("p", {"p": content})


def faults(
    rules: list[dict[str, Any]], given: dict[str, Any], now: str, *expect: tuple[str, ...], **manifest: Any
) -> list[str]:
    """What came out otherwise. An expectation: (rule, period, verdict) and, where wanted, the correction."""
    wanted = [
        {"rule": key, "period": period, "verdict": verdict} | ({"correction": more[0]} if more else {})
        for key, period, verdict, *more in expect
    ]
    scenario = SCENARIO.validate_python(
        {"key": "s", "title": "s", "given": given, "now": now, "expect": wanted}
    )
    return run(scenario, setting(rules, **manifest))
