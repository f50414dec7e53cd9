"""这次登记同时计入: for which clauses an entry can count before it is handed in, and for which it did."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from huyuan.cases import after
from huyuan.cases.models import Case
from huyuan.duties.models import Event, Proof
from huyuan.duties.queries.adopted import bindings_of
from huyuan.duties.queries.board import computed
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.counting import measures_of, would_count
from huyuan.duties.rules.verdicts import ZH, Cell
from huyuan.duties.schema import HaveRule, PostRule, WhenRule
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import allowed
from huyuan.portal.addresses import cell_url
from huyuan.portal.queries.library import Library, library, texts_of
from huyuan.portal.rules import title
from huyuan.registers.after import PANELS, Counted
from huyuan.registers.effects import MeasureTaken, PresenceSeen, effects_of
from huyuan.registers.models import Entry
from huyuan.registers.schema import FormSpec


def counted(actor: Actor, form: FormSpec, org_id: UUID, entry: Entry | None, now: datetime) -> list[Counted]:
    """The demands that entries of the form can meet, and once it was handed in, those that this one met."""
    known = library()
    day = day_of(entry.occurred_at if entry and entry.occurred_at else now)
    able = [
        binding for binding in bindings_of(actor.county_id, day, day) if form.key in known.forms_for(binding)
    ]
    if entry is None:
        kinds = {holding.org_id: holding.org_kind for holding in actor.holdings}
        return list(could(org_id, kinds.get(org_id, ""), able, known))
    if entry.state == "submitted" and form.confirmed_by and entry.occurred_at:
        effects = effects_of(form, entry.body, occurred_at=entry.occurred_at)
        borne = [binding for binding in able if would_count(effects, binding.rule)]
        return list(could(org_id, entry.org.kind, borne, known, note="等待确认，确认后计入"))
    return list(did(actor, entry, form, able, known, now))


def could(
    org_id: UUID, org_kind: str, able: Sequence[Binding], known: Library, note: str = ""
) -> Iterator[Counted]:
    """One line for each rule that binds the organisation."""
    mine = [binding for binding in able if binding.binds(org_id, org_kind)]
    texts = texts_of(known, {binding.rule_id for binding in mine})
    for binding in mine:
        text = texts[binding.rule_id]
        yield Counted(text.citation, text.text, text.url, lead=binding.rule.title, note=note)


def did(
    actor: Actor, entry: Entry, form: FormSpec, able: Sequence[Binding], known: Library, now: datetime
) -> Iterator[Counted]:
    """One line for each cell that counts something that came of the entry, with how the cell stands now."""
    assert entry.occurred_at is not None
    proofs = set(Proof.objects.filter(source_id=entry.id, voided_at=None).values_list("id", flat=True))
    effects = effects_of(form, entry.body, occurred_at=entry.occurred_at) if entry.state != "void" else []
    measures = {effect.measure for effect in effects if isinstance(effect, MeasureTaken)}
    presences = [effect for effect in effects if isinstance(effect, PresenceSeen)]
    # A night's window belongs to the day on which it began.
    first, last = (day_of(entry.occurred_at) + timedelta(days=days) for days in (-1, 1))
    found = [
        cell
        for cell in computed(actor.county_id, [entry.org_id], able, first, last, now)
        if proofs & set(cell.proofs) or measured(cell, measures) or manned(cell, presences)
    ]
    texts = texts_of(known, {cell.binding.rule_id for cell in found})
    for cell in found:
        text = texts[cell.binding.rule_id]
        yield Counted(
            text.citation,
            text.text,
            text.url,
            lead=title(cell, known.words),
            note=f"{cell.name}：{ZH[cell.verdict]}",
            note_url=cell_url(cell),
        )


def measured(cell: Cell, measures: set[str]) -> bool:
    """Is the cell judged by a value that the entry set?"""
    rule = cell.binding.rule
    if not isinstance(rule, HaveRule) or cell.verdict == "not_applicable":
        return False
    return not measures.isdisjoint(measures_of(rule))


def manned(cell: Cell, presences: Sequence[PresenceSeen]) -> bool:
    """Did somebody whom the entry signs in stand at the cell's point during its window?"""
    rule = cell.binding.rule
    return isinstance(rule, PostRule) and any(
        seen.point == rule.point
        and seen.starts_at < (cell.due_at or seen.ends_at)
        and seen.ends_at > cell.start_at
        and not seen.planned
        for seen in presences
    )


def clocks(actor: Actor, case: Case, now: datetime) -> list[Counted]:
    """The demands whose clocks run on a matter, with how they stand."""
    event = Event.objects.filter(id=case.event_id, voided_at=None).first() if case.event_id else None
    if event is None or not allowed(actor, "duty.see", event.org_id):
        return []
    first, today = day_of(event.known_at), day_of(now)
    able = [
        binding
        for binding in bindings_of(actor.county_id, first, today)
        if isinstance(binding.rule, WhenRule) and binding.rule.event == event.event
    ]
    cells = [
        cell
        for cell in computed(actor.county_id, [event.org_id], able, first, today, now)
        if cell.period == str(event.id)
    ]
    known = library()
    texts = texts_of(known, {cell.binding.rule_id for cell in cells})
    return [
        Counted(
            texts[cell.binding.rule_id].citation,
            texts[cell.binding.rule_id].text,
            texts[cell.binding.rule_id].url,
            lead=title(cell, known.words),
            note=ZH[cell.verdict],
            note_url=cell_url(cell),
        )
        for cell in cells
    ]


def register_panels() -> None:
    """Called once, when the program starts."""
    PANELS.append(counted)
    after.PANELS.append(clocks)
