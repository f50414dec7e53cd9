"""Kinds of case as a kind of pack content: checked, kept in the pack's version."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from huyuan.cases.rules import WAYS
from huyuan.cases.schema import CareSpec, CaseSpec, Realised, Voices
from huyuan.cases.voices import KINDS
from huyuan.packs.registry import Content, Item, PackKind, Problem, known, register, unknown


def register_kinds() -> None:
    """Called once, when the program starts."""
    register(
        PackKind(
            "cases",
            "事项",
            "cases/*.yaml",
            TypeAdapter(CaseSpec),
            say=lambda spec: spec.title,
            check=check_cases,
            single=True,
            shared=True,
        )
    )
    register(
        PackKind(
            "care",
            "关爱帮教的保存期限",
            "care.yaml",
            TypeAdapter(CareSpec),
            say=lambda spec: spec.zh,
            shared=True,
        )
    )


def check_cases(pack_key: str, content: Content, library: Mapping[str, Content]) -> Iterator[Problem]:
    """What a kind of case names exists: organisations, events, acts with their values, steps; an event that
    says a category or a severity says one of its own."""
    orgkinds, events, acts = (known(library, kind) for kind in ("orgkinds", "events", "acts"))
    for item in content["cases"]:
        spec: CaseSpec = item.value
        if spec.key not in WAYS:
            yield item.problem(unknown("办理程序", spec.key, {key: key for key in WAYS}), "key")
            continue
        verbs = WAYS[spec.key].verbs
        for index, key in enumerate(spec.overseers):
            if key not in orgkinds:
                yield item.problem(unknown("单位类别", key, orgkinds), "overseers", index)
        for number, category in enumerate(spec.categories):
            for index, key in enumerate(category.to):
                if key not in orgkinds:
                    yield item.problem(unknown("单位类别", key, orgkinds), "categories", number, "to", index)
        own = {
            "category": {one.key: one.zh for one in spec.categories},
            "severity": {one.key: one.zh for one in spec.severities},
        }
        for number, raised in enumerate(spec.raised_by):
            event = events.get(raised.event)
            if event is None:
                yield item.problem(unknown("事件", raised.event, events), "raised_by", number, "event")
                continue
            for qualifier in event.qualifiers:
                for key in qualifier.values if qualifier.key in own else ():
                    if key not in own[qualifier.key]:
                        yield item.problem(
                            unknown(qualifier.zh, key, own[qualifier.key]), "raised_by", number, "event"
                        )
        if spec.given and spec.given not in events:
            yield item.problem(unknown("事件", spec.given, events), "given")
        for number, proof in enumerate(spec.proofs):
            if proof.verb not in verbs:
                yield item.problem(unknown("步骤", proof.verb, verbs), "proofs", number, "verb")
            yield from check_acts(item, proof.acts, ("proofs", number, "acts"), acts, library)
        if spec.voices:
            yield from check_voices(item, spec.voices, events, acts, library)


def check_acts(
    item: Item,
    realised: Sequence[Realised],
    at: tuple[str | int, ...],
    acts: Mapping[str, Any],
    library: Mapping[str, Content],
) -> Iterator[Problem]:
    """The acts exist, with these values."""
    for index, one in enumerate(realised):
        act = acts.get(one.act)
        if act is None:
            yield item.problem(unknown("行为", one.act, acts), *at, index, "act")
            continue
        qualifiers = {qualifier.key: qualifier for qualifier in act.qualifiers}
        for name, given in one.where.items():
            if name not in qualifiers:
                yield item.problem(unknown("限定", name, qualifiers), *at, index, "where", name)
                continue
            possible = qualifiers[name]
            words = known(library, possible.of) if possible.of else possible.values
            for value in (given,) if isinstance(given, str) else given:
                if value != "$to" and value not in words:
                    yield item.problem(unknown(possible.zh, value, words), *at, index, "where", name)


def check_voices(
    item: Item,
    spec: Voices,
    events: Mapping[str, Any],
    acts: Mapping[str, Any],
    library: Mapping[str, Content],
) -> Iterator[Problem]:
    """The event exists, its values too, for every kind that can be reported."""
    event = events.get(spec.event)
    if event is None:
        yield item.problem(unknown("事件", spec.event, events), "voices", "event")
        return
    values = {qualifier.key: qualifier.values for qualifier in event.qualifiers}
    if spec.level not in values.get("level", {}):
        yield item.problem(unknown("从哪里来", spec.level, values.get("level", {})), "voices", "level")
    for kind in KINDS:
        if spec.kinds.get(kind) not in values.get("kind", {}):
            yield item.problem(unknown("类别", kind, values.get("kind", {})), "voices", "kinds")
    for name, realised in (("received", spec.received), ("answered", spec.answered)):
        yield from check_acts(item, realised, ("voices", name), acts, library)
