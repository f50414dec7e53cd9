"""One cell with everything that explains it: arithmetic, records, clause, corrections, what came before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from huyuan.cases.models import Step
from huyuan.duties.models import Measurement, Presence, Proof, Verdict
from huyuan.duties.queries.adopted import bindings_of
from huyuan.duties.queries.board import Corrected, Key, Stored, computed, gone, stored_verdicts
from huyuan.duties.rules import because
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.counting import measures_of
from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.rules.verdicts import Verdict as Word
from huyuan.duties.schema import DoRule, HaveRule, PostRule, WhenRule
from huyuan.kernel.days import day_of, start_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import allowed, not_found, require
from huyuan.portal.queries.library import Library, Text, library, texts_of
from huyuan.registers.models import Entry, Signature

STRIP = 12
"""How many earlier periods of the rule are shown."""


@dataclass(frozen=True)
class Asked:
    """Which cell: the organisation, the rule ("pack/rule"), a day in the period, its key, and within it the
    subject (None: the organisation) and the part."""

    org_id: UUID
    rule: str
    day: date
    period: str
    subject: UUID | None = None
    part: str = ""


@dataclass(frozen=True)
class Page:
    """The cell as it stands or was closed; `records` prove it, `same_proofs` are other cells that they prove
    too, `earlier` the verdicts of the periods before, oldest first."""

    org: Organisation
    cell: Cell
    verdict: Word
    because: Sequence[str]
    corrections: Sequence[Corrected]
    closed: bool
    text: Text
    records: list[dict[str, Any]]
    same_proofs: list[Cell]
    texts: Any
    earlier: list[dict[str, Any]]
    may_waive: bool
    library: Library


def page(actor: Actor, asked: Asked, now: datetime) -> Page:
    """The page of one cell. Raises Refused `not-found` when it is out of reach or there is no such cell."""
    require(actor, "duty.see", asked.org_id)
    in_force = bindings_of(actor.county_id, asked.day, asked.day)
    stored = stored_verdicts([asked.org_id], asked.day, asked.day)
    cell = _cell(actor, asked, [each for each in in_force if each.key == asked.rule], stored, now)
    known = library()
    kept = stored.get(cell.key)
    verdict, told, corrections = kept[:3] if kept else (cell.verdict, because.say(cell, known.words), ())
    same = _same_proofs(actor, cell, in_force, now)
    texts = texts_of(known, {cell.binding.rule_id, *(one.binding.rule_id for one in same)})
    return Page(
        org=Organisation.objects.select_related("region").get(id=asked.org_id),
        cell=cell,
        verdict=verdict,
        because=told,
        corrections=corrections,
        closed=kept is not None or cell.is_closed(now),
        text=texts[cell.binding.rule_id],
        records=_records(cell),
        same_proofs=same,
        texts=texts,
        earlier=_earlier(cell),
        may_waive=allowed(actor, "duty.waive", asked.org_id),
        library=known,
    )


def _cell(
    actor: Actor, asked: Asked, bindings: list[Binding], stored: Mapping[Key, Stored], now: datetime
) -> Cell:
    """The cell as it stands, else as it was stored: there may be none any more, its verdict stands."""
    wanted = (asked.subject or asked.org_id, asked.part, asked.period)
    for cell in computed(actor.county_id, [asked.org_id], bindings, asked.day, asked.day, now):
        if (cell.subject_id, cell.part, cell.period) == wanted:
            return cell
    for binding in bindings:
        key: Key = (binding.adoption_id, binding.rule_id, *wanted)
        if key in stored:
            return gone(key, stored[key], binding)
    raise not_found()


def _same_proofs(actor: Actor, cell: Cell, in_force: Sequence[Binding], now: datetime) -> list[Cell]:
    """Cells of other rules that were proved by the same acts."""
    if not cell.proofs:
        return []
    acts = _acts(cell.binding)
    others = [each for each in in_force if each.rule_id != cell.binding.rule_id and acts & _acts(each)]
    proofs = set(cell.proofs)
    found = computed(actor.county_id, [cell.org_id], others, day_of(cell.start_at), cell.day, now)
    return [one for one in found if proofs & set(one.proofs)]


def _acts(binding: Binding) -> set[str]:
    """The acts that a rule asks for."""
    match binding.rule:
        case DoRule() as rule:
            return {rule.proof.act, *(other.act for other in rule.proof.any_of)}
        case WhenRule() as rule:
            return {reaction.act for reaction in rule.then}
    return set()


def _records(cell: Cell) -> list[dict[str, Any]]:
    """What was recorded for the cell, newest last: acts, else measured values, else who was there."""
    rule = cell.binding.rule
    end = cell.close_at or cell.due_at
    match rule:
        case HaveRule():
            rows: Any = (
                Measurement.objects.filter(
                    org_id=cell.org_id,
                    measure__in=list(measures_of(rule)),
                    voided_at=None,
                    from_day__lte=cell.day,
                )
                .order_by("measure", "-from_day", "-recorded_at")
                .distinct("measure")
                .values("recorded_at", "source", "source_id", "measure", "value", day=F("from_day"))
            )
        case PostRule():
            rows = (
                Presence.objects.filter(
                    org_id=cell.org_id,
                    point=rule.point,
                    voided_at=None,
                    starts_at__lt=end,
                    ends_at__gt=cell.start_at,
                )
                .order_by("starts_at")
                .values("recorded_at", "source", "source_id", "starts_at", "ends_at", "planned", "qualified")
            )
        case _:
            rows = (
                Proof.objects.filter(id__in=cell.proofs)
                .order_by("occurred_at")
                .values("recorded_at", "source", "source_id", "act", "occurred_at", "joint")
            )
    found = [dict(row) for row in rows]
    entries = {
        row["id"]: row
        for row in Entry.objects.filter(id__in=[row["source_id"] for row in found]).values(
            "id", "number", title=F("form__title"), recorder=F("recorded_by_org__short_name")
        )
    }
    signed = {
        entry_id: name
        for entry_id, name in Signature.objects.filter(
            entry__in=entries, org_id=cell.org_id, by_proxy=True
        ).values_list("entry_id", "entry__org__short_name")
    }
    steps = [row["source_id"] for row in found if row["source"] == "case"]
    cases = {
        step_id: {"id": case_id, "number": number}
        for step_id, case_id, number in (
            Step.objects.filter(id__in=steps).values_list("id", "case_id", "case__number") if steps else ()
        )
    }
    for row in found:
        row["case"] = cases.get(row["source_id"])
        entry = row["entry"] = entries.get(row["source_id"])
        row["recorder"] = (entry["recorder"] or signed.get(entry["id"], "")) if entry else ""
        row["occurred"] = row.get("occurred_at") or row.get("starts_at") or start_of(row["day"])
    return found


def _earlier(cell: Cell) -> list[dict[str, Any]]:
    """The last closed periods of the same rule and subject before this one, oldest first."""
    rows = (
        Verdict.objects.filter(
            adoption_id=cell.binding.adoption_id,
            rule__key=cell.binding.rule.key,
            org_id=cell.org_id,
            subject_id=cell.subject_id,
            start_at__lt=cell.start_at,
        )
        .order_by("-start_at", "part")
        .values("verdict", "period", "period_name", "start_at", "due_at", "part")
    )
    return [dict(row) for row in rows[:STRIP]][::-1]
