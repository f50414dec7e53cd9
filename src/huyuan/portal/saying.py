"""What a rule asks, in one Chinese sentence, before anything is judged. No database, no clock."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from huyuan.duties.rules.because import Words, number, qualifier, word
from huyuan.duties.schema import (
    DoRule,
    HaveRule,
    Local,
    PostRule,
    Predicate,
    Proof,
    RuleSpec,
    Threshold,
    Tiers,
    WhenRule,
)
from huyuan.kernel import limits
from huyuan.kernel.limits import Limit
from huyuan.kernel.recurrence import Cadence
from huyuan.kernel.recurrence import say as say_cadence
from huyuan.kernel.windows import ANCHOR_ZH

KINDS: Mapping[str, str] = {"do": "做", "have": "有", "post": "在岗", "when": "遇事"}
OPEN = "（由采用单位约定）"
EACH: Mapping[str, str] = {"org": "", "class": "每个班级", "gate": "每个校门", "building": "每栋楼"}


def say_rule(rule: RuleSpec, words: Words) -> str:
    """每周1次安全隐患排查（全校）; 持证保安人数：学生500人以内4人，以后每500人加1人."""
    match rule:
        case DoRule():
            asked = "或".join(dict.fromkeys(acts_of(rule.proof, words)))
            if not isinstance(rule.every, Cadence):
                return f"{EACH[rule.subject]}{OPEN}{asked}"
            times = rule.proof.at_least if isinstance(rule.proof.at_least, int) else 1
            open_count = OPEN if isinstance(rule.proof.at_least, Local) else ""
            return f"{EACH[rule.subject]}{say_cadence(rule.every, times)}{open_count}{asked}"
        case HaveRule():
            bounds = "；".join(say_threshold(each, words) for each in rule.all_of)
            return f"{EACH[rule.subject]}始终做到：{bounds}"
        case PostRule():
            when = "、".join(ANCHOR_ZH[anchor] for anchor in rule.window.anchor)
            lead = say_lead(rule)
            who = "、".join(word(words, "qualified", key) for key in rule.at_least.qualified)
            each = "各" if rule.each and len(rule.at_least.qualified) > 1 else ""
            people = f"至少{each}{amount(rule.at_least.people)}人在岗（{who}）"
            return f"{when}{lead}，{word(words, 'point', rule.point)}{people}"
        case WhenRule():
            follows = "；".join(
                f"{word(words, 'act', one.act)}{qualifiers(one.where, words)}（{say_limit(one.within)}）"
                for one in rule.then
            )
            return f"遇到{word(words, 'event', rule.event)}{qualifiers(rule.where, words)}：{follows}"


def acts_of(proof: Proof, words: Words) -> Iterator[str]:
    """安全隐患排查（全校）, and the acts that prove the same."""
    yield f"{word(words, 'act', proof.act)}{qualifiers(proof.where, words)}"
    for other in proof.any_of:
        yield f"{word(words, 'act', other.act)}{qualifiers(other.where, words)}"


def qualifiers(where: Mapping[str, str | tuple[str, ...]], words: Words) -> str:
    """（全校、周边）, or nothing."""
    named = [
        qualifier(words, f"{key}={value}")
        for key, values in where.items()
        for value in (values if isinstance(values, tuple) else (values,))
    ]
    return f"（{'、'.join(named)}）" if named else ""


def say_threshold(threshold: Threshold, words: Words) -> str:
    """持证保安人数不少于4, 违规次数不多于0"""
    name = word(words, "measure", threshold.measure)
    who = "".join(f"{say_predicate(predicate, words)}的，" for predicate in threshold.if_)
    if threshold.at_most is not None:
        return f"{who}{name}不多于{amount(threshold.at_most)}"
    if isinstance(threshold.at_least, Tiers):
        return f"{who}{name}：{say_tiers(threshold.at_least, words)}"
    return f"{who}{name}不少于{amount(threshold.at_least)}"


def say_tiers(tiers: Tiers, words: Words) -> str:
    """在校学生人数不超过500的4，以后每满500（不足也算）加1"""
    of = word(words, "measure", tiers.of)
    steps = "，".join(f"{of}不超过{tier.up_to}的为{tier.value}" for tier in tiers.tiers)
    more = f"，以后每{tiers.then.per}（不足的也算）加{tiers.then.add}" if tiers.then else ""
    return f"{steps}{more}"


def say_lead(rule: PostRule) -> str:
    """（提前30分钟到岗，延后10分钟离岗）"""
    window = rule.window
    parts = [
        f"{verb}{amount(minutes)}分钟{end}"
        for verb, minutes, end in (
            ("提前", window.before_minutes, "到岗"),
            ("延后", window.after_minutes, "离岗"),
        )
        if isinstance(minutes, Local) or minutes
    ]
    return f"（{'，'.join(parts)}）" if parts else ""


def say_limit(within: Limit | Local) -> str:
    return OPEN.strip("（）") if isinstance(within, Local) else limits.say(within)


def say_predicate(predicate: Predicate, words: Words) -> str:
    """有寄宿生, 性质为民办"""
    name = word(words, "fact", predicate.fact)
    values = predicate.is_ or ()
    listed = "、".join(values) if isinstance(values, tuple) else values
    return f"{'不是' if predicate.not_ else ''}“{name}”" + (f"为{listed}" if listed else "")


def amount(value: int | Decimal | Local | Any) -> str:
    """A number, or that it is for the adopter to give."""
    if isinstance(value, Local):
        return OPEN
    return number(Decimal(str(value)))
