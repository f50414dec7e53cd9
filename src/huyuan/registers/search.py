"""Entries for the search (`orgs.search`): by organisation, number, texts and choices.

The index is asked through `registers_found`, which gives ids; the rows are read under scope and second lock
(docs/adr/0010-search.md).
"""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import EmptyResultSet
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL

from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import scope
from huyuan.orgs.search import Hit
from huyuan.registers.models import Entry, Form
from huyuan.registers.queries import fillable
from huyuan.registers.rules import STATES
from huyuan.registers.sheets import moment_text

STANDING = ("submitted", "confirmed")


class Entries:
    """Handed-in entries, the newest first; one statement."""

    name, zh = "entries", "登记"

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """Those in which every term stands."""
        rows = found(actor, asked, most).values(
            "id", "number", "said", "occurred_at", "state", title=F("form__title"), org_name=F("org__name")
        )
        return [
            Hit(
                str(row["id"]),
                f"{row['org_name']}：{row['title']}",
                f"{moment_text(row['occurred_at'])} · {row['number']}"
                + ("" if row["state"] in STANDING else f" · {STATES[row['state']]}"),
                row["said"].partition(row["number"])[2].lstrip("，"),
            )
            for row in rows
        ]


class Forms:
    """Forms that the actor may fill in; two statements at most."""

    name, zh = "forms", "登记表"

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """By title, for each of the actor's organisations; `key` is the form's and the organisation's."""
        hits = [
            Hit(f"{one.spec.key}/{one.org_id}", one.spec.title, one.org_name)
            for one in fillable(actor, day_of(now))
            if all(term.lower() in one.spec.title.lower() for term in asked)
        ]
        return hits[:most]


def found(actor: Actor, asked: Sequence[str], most: int) -> QuerySet[Entry]:
    """The newest `most` entries that the actor may see and in which every term stands."""
    view, own = scope(actor, "entry.view"), scope(actor, "entry.view-personal")
    forms = Form.objects.filter(spec__personal=True).values("id")
    try:
        arrays = [rows.query.sql_with_params() for rows in (view, own, forms)]
    except EmptyResultSet:  # whoever holds no post sees nothing
        return Entry.objects.none()
    given = ", ".join(f"ARRAY({sql})" for sql, _ in arrays)
    values = [value for _, params in arrays for value in params]
    # An array between, so that the function runs once, whatever the planner thinks of the rest.
    ids = RawSQL(
        f"SELECT unnest(ARRAY(SELECT registers_found(%s, %s, {given}, %s)))",
        [list(asked), actor.county_id, *values, most],
    )
    personal = Q(form__in=forms)
    seen = (~personal & Q(org__in=view)) | (personal & Q(org__in=own))
    return Entry.objects.filter(seen, id__in=ids).order_by("-occurred_at", "-id")
