"""What a rule asks, in a sentence."""

from typing import Any

import pytest

from huyuan.duties.rules.binding import RULE
from huyuan.duties.tests.judging import rule, weekly
from huyuan.portal.saying import say_rule

WORDS = {
    "act:hazard-check": "安全隐患排查",
    "act:report": "报告",
    "scope=whole-school": "全校",
    "measure:guards.certified": "持证保安人数",
    "measure:students.enrolled": "学生人数",
    "measure:breaches": "违规次数",
    "point:gate": "校门口",
    "qualified:guard": "保安员",
    "qualified:leader": "学校领导",
    "event:hazard.found": "发现隐患",
    "severity=major": "重大",
    "fact:boarding": "寄宿制",
}
OPEN = {"local": "x", "ask": "多久？"}
TIERS = {"of": "students.enrolled", "tiers": [{"up_to": 500, "value": 4}], "then": {"per": 500, "add": 1}}


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (
            weekly(proof={"act": "hazard-check", "where": {"scope": "whole-school"}}),
            "每周1次安全隐患排查（全校）",
        ),
        (
            weekly(every={"month": 1, "due": {"day": 28}}, proof={"act": "report"}),
            "每月28日前（含当日）报告",
        ),
        (weekly(every={"local": "x", "ask": "多久？"}), "（由采用单位约定）安全隐患排查"),
        (weekly(subject="class", every={"semester": 1}), "每个班级每学期1次安全隐患排查"),
        (
            rule("have", all_of=[{"measure": "guards.certified", "at_least": TIERS}]),
            "始终做到：持证保安人数：学生人数不超过500的为4，以后每500（不足的也算）加1",
        ),
        (
            rule("have", all_of=[
                {"measure": "guards.certified", "at_least": {"local": "x", "ask": "几名？"}},
                {"measure": "breaches", "at_most": 0, "if": [{"fact": "boarding"}]},
            ]),
            "始终做到：持证保安人数不少于（由采用单位约定）；“寄宿制”的，违规次数不多于0",
        ),
        (
            rule("post", point="gate", window={"anchor": ["arrival", "dismissal"], "before_minutes": 30},
                 at_least={"people": 4, "qualified": ["guard", "leader"]}),
            "上学时段、放学时段（提前30分钟到岗），校门口至少4人在岗（保安员、学校领导）",
        ),
        (
            rule("when", event="hazard.found", where={"severity": "major"},
                 then=[{"act": "report", "within": {"hours": 2}}, {"act": "hazard-check", "within": OPEN}]),
            "遇到发现隐患（重大）：报告（2小时内）；安全隐患排查（由采用单位约定）",
        ),
    ],
)  # fmt: skip
def test_sentences(spec: dict[str, Any], sentence: str) -> None:
    assert say_rule(RULE.validate_python(spec), WORDS) == sentence
