"""One search over all that the actor may see: organisations, forms, clauses in force, entries by number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q

from huyuan.duties.models import AdoptedVersion, Clause
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import scope
from huyuan.orgs.queries import organisations
from huyuan.registers.models import Entry
from huyuan.registers.queries import SHOWN, Fillable, fillable

MOST = 20


@dataclass(frozen=True)
class Found:
    """What matches, of each kind at most `MOST`."""

    organisations: Sequence[Mapping[str, Any]]
    forms: list[Fillable]
    clauses: Sequence[Mapping[str, Any]]
    entries: Sequence[Mapping[str, Any]]

    def __bool__(self) -> bool:
        return bool(self.organisations or self.forms or self.clauses or self.entries)


def find(actor: Actor, text: str, day: date) -> Found:
    """What contains `text` in its name, title, sentence or number; the forms are those of the day."""
    names = Q(name__icontains=text) | Q(short_name__icontains=text) | Q(key=text)
    personal = Q(form__spec__personal=True)
    seen = (~personal & Q(org__in=scope(actor, "entry.view"))) | (
        personal & Q(org__in=scope(actor, "entry.view-personal"))
    )
    adopted = AdoptedVersion.objects.filter(county_id=actor.county_id).values("pack_version")
    clauses = (
        Clause.objects.filter(Q(text__icontains=text) | Q(title__icontains=text), pack_version__in=adopted)
        .order_by("pack_version__title", "number")
        .values(
            "id", "key", "cite", "text", short=F("pack_version__short"), pack=F("pack_version__pack__key")
        )
    )
    return Found(
        organisations=list(
            organisations(actor).filter(names).order_by("name").values("id", "name", "kind")[:MOST]
        ),
        forms=[one for one in fillable(actor, day) if text in one.spec.title][:MOST],
        clauses=list(clauses[:MOST]),
        entries=list(
            Entry.objects.filter(seen, number__icontains=text, state__in=SHOWN)
            .order_by("-occurred_at")
            .values("id", "number", "occurred_at", title=F("form__title"), org_name=F("org__name"))[:MOST]
        ),
    )
