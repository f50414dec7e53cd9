"""Checks of a directive's clauses, rules and scenarios against each other and against everything they
name."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from huyuan.duties.schema import (
    ActSpec,
    Claim,
    DoRule,
    EventSpec,
    HaveRule,
    Local,
    PostRule,
    Predicate,
    Tiers,
    WhenRule,
    Where,
)
from huyuan.orgs.vocabulary import FactSpec, PostSpec
from huyuan.packs.catalogue import Obligation
from huyuan.packs.registry import Content, Item, Problem, known, unknown

Library = Mapping[str, Content]
Part = str | int

#: carrier prefix of a claim's `by` → kind of pack content that it names
CARRIERS = {"rule": "rules", "form": "forms", "measure": "measures", "paper": "papers", "act": "acts"}
#: status → what a claim must say besides; `by` may also stand with planned
NEEDS: Mapping[str, tuple[str, ...]] = {
    "carried": ("by", "scenario"),
    "planned": ("capability",),
    "fact": (),
    "guidance": ("reason",),
    "not-ours": ("reason",),
}
OPTIONAL: Mapping[str, tuple[str, ...]] = {"carried": (), "planned": ("by", "reason"), "fact": ("reason",)}


def squeeze(text: str) -> str:
    """Text as quotes are compared: without white space, and whatever stands in 〔〕 for a name counts as the
    same."""
    return re.sub(r"〔[^〕]*〕", "〔〕", re.sub(r"\s", "", text))


def _line(text: str) -> str:
    return " ".join(text.split())


# ---- clauses -----------------------------------------------------------------------------------------------
def check_clauses(pack_key: str, content: Content, library: Library) -> Iterator[Problem]:
    """Order of the clauses; every claim's quote, id, carriers, scenario, capability and reason; ids left
    unclaimed."""
    yield from _order(content["clauses"])
    manifest = content["pack"][0]
    if manifest.value.nature != "vocabulary" and not content["clauses"]:
        yield Problem("clauses.yaml", 1, "", "缺少 clauses.yaml：法规包须有正文")
    document = manifest.value.source.document if manifest.value.source else None
    obligations: dict[str, Obligation] = known(library, "obligations")
    claimed: dict[str, Item] = {}
    for clause in content["clauses"]:
        if manifest.value.nature == "norm" and not (clause.value.source and clause.value.confidence):
            yield clause.problem(
                "国家规定（norm）的每一条都要写 source（出处）和 confidence（可信度）", "key"
            )
        text = squeeze(clause.value.text)
        for index, claim in enumerate(clause.value.claims):
            at = ("claims", index)
            if squeeze(claim.quote) not in text:
                yield clause.problem("引文不在本条正文里，请照抄原文", *at, "quote")
            yield from _status(clause, at, claim, content, library)
            if claim.id:
                before = claimed.setdefault(claim.id, clause)
                if (
                    before is not clause
                    or sum(c.id == claim.id for c in clause.value.claims[: index + 1]) > 1
                ):
                    yield clause.problem(f"{claim.id} 已由第 {before.key} 条认领，只能认领一次", *at, "id")
                yield from _obligation(
                    clause, at, claim, obligations.get(claim.id), document, manifest.value.nature
                )
    for key, obligation in obligations.items():
        if obligation.source == document and key not in claimed:
            yield manifest.problem(f"没有条文认领 {key}：{_line(obligation.quote)}", "source", "document")


def _order(clauses: Iterable[Item]) -> Iterator[Problem]:
    previous: Item | None = None
    for clause in clauses:
        if previous is not None and _number(clause.key) <= _number(previous.key):
            yield clause.problem(f"条号应按原文顺序递增：{clause.key} 排在 {previous.key} 之后", "key")
        previous = clause


def _number(key: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (10**6, part) for part in key.split(".")]


def _status(
    clause: Item, at: tuple[Part, ...], claim: Claim, content: Content, library: Library
) -> Iterator[Problem]:
    """What the status asks for is there, nothing else is, and what it names exists."""
    needed = NEEDS[claim.status]
    for name in ("by", "scenario", "capability", "reason"):
        given = bool(getattr(claim, name))
        if name in needed and not given:
            yield clause.problem(f"{claim.status} 须写明 {name}", *at)
        elif given and name not in needed and name not in OPTIONAL.get(claim.status, ()):
            yield clause.problem(f"{claim.status} 不能写 {name}", *at, name)
    if claim.scenario and claim.scenario not in (scenarios := {item.key for item in content["scenarios"]}):
        yield clause.problem(unknown("场景（tests/*.yaml）", claim.scenario, scenarios), *at, "scenario")
    if claim.capability and claim.capability not in (capabilities := known(library, "capabilities")):
        yield clause.problem(unknown("能力", claim.capability, capabilities), *at, "capability")
    for index, carrier in enumerate(claim.by):
        prefix, _, key = carrier.partition(":")
        if prefix not in CARRIERS or not key:
            forms = "、".join(f"{name}:…" for name in CARRIERS)
            yield clause.problem(f"承担者应写作 {forms}，这里是 {carrier}", *at, "by", index)
            continue
        own = {item.key: item.value for item in content["rules"]}
        carriers = own if prefix == "rule" else known(library, CARRIERS[prefix])
        if key not in carriers:
            yield clause.problem(unknown(f"承担者 {prefix}", key, carriers), *at, "by", index)
        elif prefix == "rule" and own[key].planned and claim.status == "carried":
            yield clause.problem(f"规则 {key} 还在计划中（planned），不能算已承担", *at, "by", index)


def _obligation(
    clause: Item,
    at: tuple[Part, ...],
    claim: Claim,
    obligation: Obligation | None,
    document: str | None,
    nature: str,
) -> Iterator[Problem]:
    if obligation is None:
        yield clause.problem(f"目录里没有 {claim.id}", *at, "id")
        return
    if obligation.source != document:
        said = f"是 {document}" if document else "没有写"
        yield clause.problem(
            f"{claim.id} 属于文件 {obligation.source}，pack.yaml 的 source.document {said}", *at, "id"
        )
    if squeeze(obligation.quote) not in squeeze(claim.quote):
        yield clause.problem(f"引文应包含目录里 {claim.id} 的原句：{_line(obligation.quote)}", *at, "quote")
    if claim.status == "guidance" and obligation.demanding:
        yield clause.problem(
            f"{claim.id} 有数量、期限或留痕要求（{obligation.kind}），不能算 guidance", *at, "status"
        )
    if claim.status == "fact" and nature != "report" and obligation.kind != "statistic":
        yield clause.problem(f"{claim.id} 不是汇报里的数字或情况，不能算 fact", *at, "status")


# ---- rules -------------------------------------------------------------------------------------------------
def check_rules(pack_key: str, content: Content, library: Library) -> Iterator[Problem]:
    """Everything that a rule names exists; local values are asked once; every rule is somebody's carrier."""
    clauses = {item.key for item in content["clauses"]}
    claimed = {carrier for item in content["clauses"] for claim in item.value.claims for carrier in claim.by}
    words = _Words(library)
    for item in content["rules"]:
        rule = item.value
        for index, clause in enumerate(rule.clauses):
            if clause not in clauses:
                yield item.problem(unknown("条", clause, clauses), "clauses", index)
        if not rule.clauses:
            yield item.problem("规则须引用它所依据的条", "clauses")
        if f"rule:{rule.key}" not in claimed and not rule.note:
            yield item.problem("没有条文以它为承担者（by）；如果本应如此，请在 note 里说明", "key")
        yield from _names(item, words)
        yield from _provable(item, library)
    yield from _locals(content["rules"])


def _provable(item: Item, library: Library) -> Iterator[Problem]:
    """Something in reach can prove the rule: an act that a form, a paper or a page of its own realises, a
    measure that a form sets."""
    rule = item.value
    if rule.planned:
        return
    effects = [effect for form in known(library, "forms").values() for effect in form.effects]
    papers = known(library, "papers").values()
    acts = {effect.act for effect in effects if effect.effect == "act"}
    acts |= {paper.realises.act for paper in papers if paper.realises}
    acts |= {key for key, act in known(library, "acts").items() if act.recorded_on}
    measures = {effect.measure for effect in effects if effect.effect == "measure"}
    match rule:
        case DoRule():
            wanted: list[tuple[tuple[Part, ...], str]] = [(("proof", "act"), rule.proof.act)]
        case WhenRule():
            wanted = [(("then", index, "act"), reaction.act) for index, reaction in enumerate(rule.then)]
        case _:
            wanted = []
    for at, act in wanted:
        if act in known(library, "acts") and act not in acts:
            yield item.problem(f"没有哪张表或材料能证明 {act}", *at)
    for index, threshold in enumerate(rule.all_of if isinstance(rule, HaveRule) else ()):
        measure = known(library, "measures").get(threshold.measure)
        if measure and measure.source in ("form", "breaches") and threshold.measure not in measures:
            yield item.problem(f"没有哪张表记录 {threshold.measure}", "all_of", index, "measure")


def _names(item: Item, words: "_Words") -> Iterator[Problem]:
    rule = item.value
    yield from words.each(item, "orgkinds", rule.who.org, "who", "org")
    yield from words.each(item, "orgkinds", rule.to, "to")
    yield from words.facts(item, rule.who.if_, "who", "if")
    if rule.by:
        for kind in rule.by.posts:
            yield from words.post(item, kind, rule.who.org, "by", "post")
        if rule.by.confirmed_by:
            yield from words.post(item, rule.by.confirmed_by, rule.who.org, "by", "confirmed_by")
    yield from words.one(item, "matters", rule.matter, "matter")
    yield from words.one(item, "capabilities", rule.planned, "planned")
    match rule:
        case DoRule():
            proof = rule.proof
            yield from words.act(item, proof.act, proof.where, "proof")
            yield from words.act(item, proof.act, dict(proof.each), "proof", within="each")
        case HaveRule():
            for index, threshold in enumerate(rule.all_of):
                at = ("all_of", index)
                yield from words.one(item, "measures", threshold.measure, *at, "measure")
                yield from words.facts(item, threshold.if_, *at, "if")
                if isinstance(threshold.at_least, Tiers):
                    yield from _tiers(item, threshold.at_least, words, *at, "at_least")
        case PostRule():
            yield from words.one(item, "points", rule.point, "point")
            yield from words.each(item, "qualified", rule.at_least.qualified, "at_least", "qualified")
        case WhenRule():
            yield from words.event(item, rule.event, rule.where)
            for index, reaction in enumerate(rule.then):
                yield from words.act(item, reaction.act, reaction.where, "then", index)


def _tiers(item: Item, tiers: Tiers, words: "_Words", *at: Part) -> Iterator[Problem]:
    yield from words.one(item, "measures", tiers.of, *at, "of")
    bounds = [tier.up_to for tier in tiers.tiers]
    if bounds != sorted(set(bounds)):
        yield item.problem("各档的 up_to 应从小到大", *at, "tiers")


def _locals(rules: Iterable[Item]) -> Iterator[Problem]:
    asked: dict[str, tuple[str, Local]] = {}
    for item in rules:
        for path, local in _local_values(item.value):
            first, before = asked.setdefault(local.local, (item.key, local))
            if before != local:
                yield item.problem(
                    f"自定值 {local.local} 在规则 {first} 里的问法不同，同一个值只问一次", *path
                )


def _local_values(value: object, path: tuple[Part, ...] = ()) -> Iterator[tuple[tuple[Part, ...], Local]]:
    if isinstance(value, Local):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _local_values(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from _local_values(part, (*path, index))


class _Words:
    """The vocabulary in reach, and the questions that rules and scenarios ask of it."""

    ZH: Mapping[str, str] = {
        "acts": "行为",
        "events": "事件",
        "measures": "量",
        "points": "岗位点",
        "qualified": "计入人员",
        "matters": "事项",
        "facts": "情况（facts）",
        "posts": "岗位",
        "orgkinds": "单位类别",
        "forms": "表",
        "capabilities": "能力",
        "papers": "材料",
        "venues": "周边场所类别",
    }

    def __init__(self, library: Library) -> None:
        self.words: dict[str, dict[str, Any]] = {kind: known(library, kind) for kind in self.ZH}

    def one(self, item: Item, kind: str, key: str | None, *at: Part) -> Iterator[Problem]:
        if key is not None and key not in self.words[kind]:
            yield item.problem(unknown(self.ZH[kind], key, self.words[kind]), *at)

    def each(self, item: Item, kind: str, keys: Iterable[str], *at: Part) -> Iterator[Problem]:
        for index, key in enumerate(keys):
            yield from self.one(item, kind, key, *at, index)

    def post(self, item: Item, key: str, org_kinds: Iterable[str], *at: Part) -> Iterator[Problem]:
        """The post exists, and one of the kinds of organisation may have it."""
        yield from self.one(item, "posts", key, *at)
        post: PostSpec | None = self.words["posts"].get(key)
        kinds = set(org_kinds) & self.words["orgkinds"].keys()
        if post and post.at and kinds and not kinds & set(post.at):
            yield item.problem(f"{post.zh}（{key}）不是 who.org 里任何一类单位的岗位", *at)

    def facts(self, item: Item, predicates: Iterable[Predicate], *at: Part) -> Iterator[Problem]:
        for index, predicate in enumerate(predicates):
            yield from self.one(item, "facts", predicate.fact, *at, index, "fact")
            fact = self.words["facts"].get(predicate.fact)
            if fact and not fact.number:
                given = (predicate.is_,) if isinstance(predicate.is_, str) else predicate.is_ or ()
                yield from self._values(item, fact, given, *at, index)

    def _values(self, item: Item, fact: FactSpec, given: Iterable[str], *at: Part) -> Iterator[Problem]:
        for value in given:
            if value not in fact.values:
                yield item.problem(unknown(f"{fact.zh}的取值", value, fact.values), *at, "is")
        if fact.values and not given:
            yield item.problem(f"{fact.zh}须用 is 写明取值：{'、'.join(fact.values)}", *at, "fact")

    def act(self, item: Item, key: str, where: Where, *at: Part, within: str = "where") -> Iterator[Problem]:
        yield from self._qualified("acts", "act", item, key, where, at, within)

    def event(self, item: Item, key: str, where: Where, *at: Part) -> Iterator[Problem]:
        yield from self._qualified("events", "event", item, key, where, at, "where")

    def _qualified(
        self, kind: str, name: str, item: Item, key: str, where: Where, at: tuple[Part, ...], within: str
    ) -> Iterator[Problem]:
        """A word with qualifiers: the word, each qualifier and each of its values exist."""
        word: ActSpec | EventSpec | None = self.words[kind].get(key)
        if word is None:
            if within == "where":
                yield from self.one(item, kind, key, *at, name)
            return
        qualifiers = {qualifier.key: qualifier for qualifier in word.qualifiers}
        for qualifier_key, values in where.items():
            qualifier = qualifiers.get(qualifier_key)
            if qualifier is None:
                said = unknown(f"限定（{word.zh}）", qualifier_key, qualifiers)
                yield item.problem(said, *at, within, qualifier_key)
                continue
            possible = self.words[qualifier.of] if qualifier.of else qualifier.values
            for value in (values,) if isinstance(values, str) else values:
                if value not in possible:
                    said = unknown(f"{qualifier.zh}的取值", value, possible)
                    yield item.problem(said, *at, within, qualifier_key)


# ---- scenarios ---------------------------------------------------------------------------------------------
def check_scenarios(pack_key: str, content: Content, library: Library) -> Iterator[Problem]:
    """Everything that a scenario gives or expects exists; events that acts answer are among the given
    ones."""
    words = _Words(library)
    rules = {item.key: item.value for item in content["rules"]}
    asked = {local.local for rule in rules.values() for _, local in _local_values(rule)}
    for item in content["scenarios"]:
        given = item.value.given
        yield from words.one(item, "orgkinds", given.org.kind, "given", "org", "kind")
        facts = {**words.words["facts"], **words.words["measures"]}
        for fact in given.org.facts:
            if fact not in facts:
                yield item.problem(unknown("情况或量", fact, facts), "given", "org", "facts", fact)
        for name in given.local:
            if name not in asked:
                yield item.problem(unknown("自定值", name, asked), "given", "local", name)
        classes = given.org.classes
        for part in ("acts", "entries"):
            for index, one in enumerate(getattr(given, part)):
                if one.of_class and one.of_class not in classes:
                    yield item.problem(
                        unknown("班级", one.of_class, classes), "given", part, index, "of_class"
                    )
        refs = {event.ref for event in given.events}
        for index, act in enumerate(given.acts):
            yield from words.act(item, act.act, act.where, "given", "acts", index)
            if act.event and act.event not in refs:
                yield item.problem(unknown("事件编号", act.event, refs), "given", "acts", index, "event")
        for index, event in enumerate(given.events):
            yield from words.event(item, event.event, event.where, "given", "events", index)
        for index, measure in enumerate(given.measures):
            yield from words.one(item, "measures", measure.measure, "given", "measures", index, "measure")
        for index, presence in enumerate(given.presence):
            at = ("given", "presence", index)
            yield from words.one(item, "points", presence.point, *at, "point")
            yield from words.one(item, "qualified", presence.qualified, *at, "qualified")
        for index, entry in enumerate(given.entries):
            yield from _entry(item, entry.form, entry.body, words, "given", "entries", index)
        for index, expect in enumerate(item.value.expect):
            if expect.rule not in rules:
                yield item.problem(unknown("规则", expect.rule, rules), "expect", index, "rule")
            if expect.of_class and expect.of_class not in classes:
                yield item.problem(unknown("班级", expect.of_class, classes), "expect", index, "of_class")
        if not item.value.expect:
            yield item.problem("场景须写明 expect：期望哪条规则在哪一期判定为什么", "expect")


def _entry(
    item: Item, form_key: str, body: Mapping[str, object], words: _Words, *at: Part
) -> Iterator[Problem]:
    form = words.words["forms"].get(form_key)
    if form is None:
        yield from words.one(item, "forms", form_key, *at, "form")
        return
    fields = {field.id for field in form.fields}
    for name in body:
        if name not in fields:
            yield item.problem(unknown(f"字段（{form.title}）", name, fields), *at, "body", name)
