"""Kinds of case as a kind of pack content: checked, kept in the pack's version."""

from collections.abc import Iterator, Mapping

from pydantic import TypeAdapter

from huyuan.cases.rules import CASE, PART
from huyuan.cases.schema import CaseSpec
from huyuan.packs.registry import Content, PackKind, Problem, known, register, unknown


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


def check_cases(pack_key: str, content: Content, library: Mapping[str, Content]) -> Iterator[Problem]:
    """What a kind of case names exists: organisations, events, acts with their values, steps; an event that
    says a category or a severity says one of its own."""
    orgkinds, events, acts = (known(library, kind) for kind in ("orgkinds", "events", "acts"))
    verbs = {**CASE.verbs, **PART.verbs}
    for item in content["cases"]:
        spec: CaseSpec = item.value
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
        for number, proof in enumerate(spec.proofs):
            if proof.verb not in verbs:
                yield item.problem(unknown("步骤", proof.verb, verbs), "proofs", number, "verb")
            for index, realised in enumerate(proof.acts):
                at = ("proofs", number, "acts", index)
                act = acts.get(realised.act)
                if act is None:
                    yield item.problem(unknown("行为", realised.act, acts), *at, "act")
                    continue
                qualifiers = {qualifier.key: qualifier for qualifier in act.qualifiers}
                for name, given in realised.where.items():
                    if name not in qualifiers:
                        yield item.problem(unknown("限定", name, qualifiers), *at, "where", name)
                        continue
                    possible = qualifiers[name]
                    words = known(library, possible.of) if possible.of else possible.values
                    for value in (given,) if isinstance(given, str) else given:
                        if value != "$to" and value not in words:
                            yield item.problem(unknown(possible.zh, value, words), *at, "where", name)
