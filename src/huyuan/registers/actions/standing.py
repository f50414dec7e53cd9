"""What every verb does with a standing entry: lock it, trace it, hand its effects on, take it out of
force."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import not_found
from huyuan.registers import effects, queries
from huyuan.registers.models import Entry, Signature
from huyuan.registers.schema import Act, FormSpec
from huyuan.trace import actions as trace


def locked(entry_id: UUID) -> tuple[Entry, FormSpec]:
    """The entry under a row lock. A draft is nobody's business but its filler's.

    Nothing is joined: after waiting for the lock PostgreSQL reads this row anew, but not the joined ones.
    """
    entry = Entry.objects.select_for_update().filter(id=entry_id).exclude(state="draft").first()
    if entry is None:
        raise not_found()
    return entry, queries.spec_of(entry.form)


def record(
    actor: Actor,
    verb: str,
    entry: Entry,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """What the trace keeps of a step of an entry."""
    trace.record(actor.snapshot(), verb, "entry", entry.id, entry.org_id, before, after, now=now)


def proves(entry: Entry, spec: FormSpec) -> bool:
    """Only submitted and, where the form asks for it, confirmed entries are acts."""
    return entry.state == ("confirmed" if spec.confirmed_by else "submitted")


def hand_on(entry: Entry, spec: FormSpec, now: datetime) -> None:
    """Give the effects of an entry that proves to everybody who registered for them."""
    assert entry.occurred_at and entry.submitted_at
    signed = frozenset({entry.org_id, *(signers(entry) if partners(spec, entry.body) else ())})
    header = effects.Header(
        source="entry",
        source_id=entry.id,
        county_id=entry.county_id,
        org_id=entry.org_id,
        recorded_at=entry.submitted_at,
        confirmed_at=entry.confirmed_at,
        single_handed=entry.single_handed,
    )
    named = organisations_in(spec, entry.body)
    done = effects.effects_of(
        spec,
        entry.body,
        occurred_at=entry.occurred_at,
        class_id=str(entry.school_class_id) if entry.school_class_id else None,
        org_kinds={key: kind for key, (kind, _) in named.items()},
        org_names={key: name for key, (_, name) in named.items()},
    )
    for sink in effects.SINKS:
        sink.record(header, done, signed, now)


def signers(entry: Entry) -> Iterable[UUID]:
    """The partners that signed."""
    return Signature.objects.filter(entry=entry, signed_at__isnull=False).values_list("org_id", flat=True)


def partners(spec: FormSpec, body: Mapping[str, Any]) -> list[UUID]:
    """Partner organisations that the entry names in its partner fields, each once."""
    fields = {spec.signed_by_partner} | {
        effect.partner[1:] for effect in spec.effects if isinstance(effect, Act) and effect.partner
    }
    named = [
        key
        for kind, name, key in queries.references(spec, body)
        if kind == "organisation" and name.rpartition(".")[2] in fields
    ]
    return [UUID(key) for key in dict.fromkeys(named)]


def organisations_in(spec: FormSpec, body: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """(kind, name) of the organisations that the body names, by id."""
    named = [key for kind, _, key in queries.references(spec, body) if kind == "organisation"]
    if not named:
        return {}
    rows = Organisation.objects.filter(id__in=named).values_list("id", "kind", "name")
    return {str(key): (kind, name) for key, kind, name in rows}


def take_out_of_force(actor: Actor, entry: Entry, state: str, reason: str, now: datetime) -> None:
    """The entry stays visible with the reason; what came of it no longer counts."""
    before = {"state": entry.state}
    entry.state, entry.voided_at, entry.void_reason = state, now, reason
    entry.save(update_fields=["state", "voided_at", "void_reason"])
    record(actor, "entry.void", entry, before, {"state": state, "reason": reason}, now)
    for sink in effects.SINKS:
        sink.void(entry.id, now)


def reason_given(reason: str, verb: str) -> str:
    """The reason in at most 150 characters. Raises Refused `missing-reason`."""
    if not reason.strip():
        raise Refused("missing-reason", f"请写明{verb}的原因，方便对方和日后核对。")
    return reason.strip()[:150]


def sayable(spec: FormSpec, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as the trace may keep them: nothing personal."""
    return {} if spec.personal else not_personal(spec.fields, body)


def not_personal(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers without those of personal fields, rows of groups included."""
    return {
        field.id: [not_personal(field.fields, row) for row in values[field.id]]
        if field.type == "group"
        else values[field.id]
        for field in fields
        if field.id in values and not field.personal
    }
