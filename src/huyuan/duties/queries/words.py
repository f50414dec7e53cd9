"""The vocabulary as installed: what measures and matters are, and the Chinese names that explanations use."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from huyuan.duties.models import Term
from huyuan.duties.rules.because import Words, words_of
from huyuan.duties.schema import ActSpec, EventSpec, MatterSpec, MeasureSpec, PointSpec, QualifiedSpec
from huyuan.orgs import vocabulary
from huyuan.orgs.kept import per_library
from huyuan.papers.models import PaperKind

ABOUT_ORGANISATIONS: tuple[vocabulary.List, ...] = ("fact", "orgkind")
SPECS: dict[str, TypeAdapter[Any]] = {
    "act": TypeAdapter(ActSpec),
    "event": TypeAdapter(EventSpec),
    "measure": TypeAdapter(MeasureSpec),
    "point": TypeAdapter(PointSpec),
    "qualified": TypeAdapter(QualifiedSpec),
    "matter": TypeAdapter(MatterSpec),
}


@per_library
def acts() -> Mapping[str, ActSpec]:
    """Every act of the vocabulary as installed."""
    return _specs("act")


@per_library
def measures() -> Mapping[str, MeasureSpec]:
    """Every measure of the vocabulary as installed."""
    return _specs("measure")


@per_library
def breaches() -> frozenset[str]:
    """The measures that count recorded breaches."""
    return frozenset(key for key, spec in measures().items() if spec.source == "breaches")


@per_library
def matters() -> Mapping[str, MatterSpec]:
    """The matters about which several directives may speak, in their order."""
    return _specs("matter")


def _specs(kind: str) -> dict[str, Any]:
    rows = Term.objects.filter(kind=kind, current=True).order_by("id").values_list("key", "spec")
    return {key: SPECS[kind].validate_python(spec) for key, spec in rows}


@per_library
def words() -> Words:
    """Chinese names of everything that an explanation may name."""
    rows = Term.objects.filter(current=True, kind__in=SPECS).values_list("kind", "spec")
    found = [(kind, SPECS[kind].validate_python(spec)) for kind, spec in rows]
    about: dict[str, str] = {}
    for which in ABOUT_ORGANISATIONS:
        about |= {f"{which}:{key}": zh for key, zh in vocabulary.names(which).items()}
    papers = PaperKind.objects.filter(current=True).values_list("key", "title")
    return words_of(found) | about | {f"paper:{key}": title for key, title in papers}
