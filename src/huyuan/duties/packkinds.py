"""What a pack says about duties: vocabulary, clauses, rules and scenarios, and the kinds they are registered
as."""

from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter

from huyuan.duties import schema
from huyuan.duties.packchecks import check_clauses, check_rules, check_scenarios
from huyuan.packs.registry import PackKind, register

#: words that any pack may define and every pack may use: (kind, schema)
VOCABULARY: tuple[tuple[str, Any], ...] = (
    ("acts", schema.ActSpec),
    ("events", schema.EventSpec),
    ("measures", schema.MeasureSpec),
    ("points", schema.PointSpec),
    ("qualified", schema.QualifiedSpec),
    ("matters", schema.MatterSpec),
)


def register_kinds() -> None:
    """Called once, when the program starts."""
    for name, model in VOCABULARY:
        say: Callable[[Any], str] = lambda value: value.zh  # noqa: E731
        register(PackKind(name, f"{name}.yaml", TypeAdapter(model), say=say, shared=True))
    register(
        PackKind(
            "clauses",
            "clauses.yaml",
            TypeAdapter(schema.ClauseSpec),
            say=lambda clause: f"{clause.cite} {clause.title or clause.text[:20]}",
            check=check_clauses,
        )
    )
    register(
        PackKind(
            "rules",
            "rules.yaml",
            TypeAdapter(schema.RuleSpec),
            say=lambda rule: rule.title,
            check=check_rules,
        )
    )
    register(
        PackKind(
            "scenarios",
            "tests/*.yaml",
            TypeAdapter(schema.Scenario),
            say=lambda scenario: scenario.title,
            check=check_scenarios,
        )
    )
