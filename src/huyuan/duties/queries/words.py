"""The vocabulary as installed: what measures are, and the Chinese names that explanations use."""

from collections.abc import Collection
from typing import Any

from pydantic import TypeAdapter

from huyuan.duties.models import Term
from huyuan.duties.rules.because import Words, words_of
from huyuan.duties.schema import ActSpec, EventSpec, MatterSpec, MeasureSpec, PointSpec, QualifiedSpec
from huyuan.orgs import vocabulary
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


def measure_specs(keys: Collection[str]) -> dict[str, MeasureSpec]:
    """The measures named, as installed."""
    rows = Term.objects.filter(kind="measure", current=True, key__in=keys).values_list("key", "spec")
    return {key: SPECS["measure"].validate_python(spec) for key, spec in rows}


def words() -> Words:
    """Chinese names of everything that an explanation may name; four queries."""
    rows = Term.objects.filter(current=True, kind__in=SPECS).values_list("kind", "spec")
    found = [(kind, SPECS[kind].validate_python(spec)) for kind, spec in rows]
    about: dict[str, str] = {}
    for which in ABOUT_ORGANISATIONS:
        about |= {f"{which}:{key}": zh for key, zh in vocabulary.names(which).items()}
    papers = PaperKind.objects.filter(current=True).values_list("key", "title")
    return words_of(found) | about | {f"paper:{key}": title for key, title in papers}
