"""What a pack says about duties: the kinds it is registered as, and the rows that a version becomes."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import TypeAdapter

from huyuan.duties import schema
from huyuan.duties.models import Clause, Rule, Term
from huyuan.duties.packchecks import check_clauses, check_rules, check_scenarios
from huyuan.packs.registry import InstalledVersion, Item, PackKind, register
from huyuan.packs.versions import dump

#: words that any pack may define and every pack may use: (kind of pack content, in Term, zh, schema)
VOCABULARY: tuple[tuple[str, str, str, Any], ...] = (
    ("acts", "act", "行为", schema.ActSpec),
    ("events", "event", "事件", schema.EventSpec),
    ("measures", "measure", "量", schema.MeasureSpec),
    ("points", "point", "岗位点", schema.PointSpec),
    ("qualified", "qualified", "计入人员", schema.QualifiedSpec),
    ("matters", "matter", "事项", schema.MatterSpec),
)


def register_kinds() -> None:
    """Called once, when the program starts."""
    for name, term, zh, model in VOCABULARY:
        register(
            PackKind(
                name,
                zh,
                f"{name}.yaml",
                TypeAdapter(model),
                say=lambda word: word.zh,
                install=terms(name, term),
                shared=True,
            )
        )
    register(
        PackKind(
            "clauses",
            "条文",
            "clauses.yaml",
            TypeAdapter(schema.ClauseSpec),
            say=lambda clause: f"{clause.cite} {clause.title or clause.text[:20]}",
            check=check_clauses,
            install=install_clauses,
        )
    )
    register(
        PackKind(
            "rules",
            "规则",
            "rules.yaml",
            TypeAdapter(schema.RuleSpec),
            say=lambda rule: rule.title,
            check=check_rules,
            install=install_rules,
        )
    )
    register(
        PackKind(
            "scenarios",
            "场景",
            "tests/*.yaml",
            TypeAdapter(schema.Scenario),
            say=lambda scenario: scenario.title,
            check=check_scenarios,
        )
    )


def terms(name: str, term: str) -> Callable[[InstalledVersion, Sequence[Item]], None]:
    """The installer of one kind of word; words that the new version no longer has are not current any
    more."""

    def install(version: InstalledVersion, items: Sequence[Item]) -> None:
        Term.objects.filter(pack_version__pack=version.pack_id, kind=term, current=True).update(current=False)
        Term.objects.bulk_create(
            Term(
                pack_version_id=version.pk,
                kind=term,
                key=item.key,
                zh=item.value.zh,
                spec=dump(name, item.value),
            )
            for item in items
        )

    return install


def install_clauses(version: InstalledVersion, items: Sequence[Item]) -> None:
    """Write the clauses of a version in the order of the text."""
    Clause.objects.bulk_create(
        Clause(
            pack_version_id=version.pk,
            key=item.key,
            number=number,
            cite=item.value.cite,
            title=item.value.title or "",
            text=item.value.text,
            simplified=item.value.simplified or "",
            claims=dump("clauses", item.value).get("claims", []),
            source=item.value.source or "",
            confidence=item.value.confidence or "",
            note=item.value.note or "",
        )
        for number, item in enumerate(items, start=1)
    )


def install_rules(version: InstalledVersion, items: Sequence[Item]) -> None:
    """Write the rules of a version."""
    Rule.objects.bulk_create(
        Rule(
            pack_version_id=version.pk,
            key=item.key,
            kind=item.value.kind,
            title=item.value.title,
            theme=item.value.theme,
            matter=item.value.matter or "",
            planned=item.value.planned or "",
            clauses=list(item.value.clauses),
            spec=dump("rules", item.value),
        )
        for item in items
    )
