"""The words of packs that this package reads: kinds of risk, levels of early warning."""

from typing import Any

from pydantic import TypeAdapter

from huyuan.duties.packkinds import terms
from huyuan.packs.registry import PackKind, register
from huyuan.risks.schema import RiskKindSpec, WarningSpec

#: (kind of pack content, in Term, zh, schema)
VOCABULARY: tuple[tuple[str, str, str, Any], ...] = (
    ("risks", "risk", "风险种类", RiskKindSpec),
    ("warnings", "warning", "预警标准", WarningSpec),
)


def register_kinds() -> None:
    """Called once, when the program starts."""
    for name, term, zh, schema in VOCABULARY:
        register(
            PackKind(
                name,
                zh,
                f"{name}.yaml",
                TypeAdapter(schema),
                say=lambda word: word.zh,
                install=terms(name, term),
                shared=True,
            )
        )
