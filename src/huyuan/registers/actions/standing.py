"""What every verb does with a standing entry: lock it, trace it, hand its effects on, take it out of
force."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import prefetch_related_objects

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import not_found
from huyuan.orgs.session import widened
from huyuan.registers import effects, queries
from huyuan.registers.models import Entry, Signature
from huyuan.registers.rules import number_of
from huyuan.registers.schema import FormSpec
from huyuan.trace import actions as trace


def locked(entry_id: UUID) -> tuple[Entry, FormSpec]:
    """The entry under a row lock, and its form."""
    (entry,) = locked_all([entry_id])
    return entry, queries.spec_of(entry.form)


def locked_all(entry_ids: Iterable[UUID]) -> list[Entry]:
    """The entries under row locks, with their forms. Raises Refused `not-found` where one of them is not
    there. A draft is nobody's business but its filler's.

    Locked in the order of their ids, so that two people with the same entries do not wait for each other.
    Nothing is joined: after waiting for a lock PostgreSQL reads this row anew, but not the joined ones.
    """
    wanted = set(entry_ids)
    rows = Entry.objects.select_for_update().filter(id__in=wanted).exclude(state="draft").order_by("id")
    entries = list(rows.prefetch_related("form"))
    if len(entries) < len(wanted):
        raise not_found()
    return entries


def record(
    actor: Actor,
    verb: str,
    entry: Entry,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """What the trace keeps of a step of an entry."""
    record_all(actor, verb, [entry], before, after, now)


def record_all(
    actor: Actor,
    verb: str,
    entries: Sequence[Entry],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """The same of a step that several entries take together."""
    for_others = [entry for entry in entries if entry.recorded_by_org_id] if after is not None else []
    prefetch_related_objects(for_others, "org")
    said = {entry.id: {**(after or {}), "recorded_for": entry.org.name} for entry in for_others}
    trace.record_all(
        actor.snapshot(),
        [
            trace.Act(verb, "entry", entry.id, entry.keeper_id, before, said.get(entry.id, after))
            for entry in entries
        ],
        now=now,
    )


def proves(entry: Entry, spec: FormSpec) -> bool:
    """Only submitted and, where the form asks for it, confirmed entries are acts."""
    return entry.state == ("confirmed" if spec.confirmed_by else "submitted")


def hand_on(entries: Sequence[Entry], now: datetime) -> None:
    """Give the effects of entries that prove to everybody who registered for them."""
    named = organisations_in(entries)
    kinds, names = ({key: each[part] for key, each in named.items()} for part in (0, 1))
    signed = signers(
        [entry for entry in entries if queries.partners(queries.spec_of(entry.form), entry.body)]
    )
    sources = [source_of(entry, kinds, names, signed.get(entry.id, ())) for entry in entries]
    for sink in effects.SINKS:
        if len(sources) == 1:
            # Perhaps again: when a partner signs later, the same with one party more.
            sink.record(*sources[0], now)
        else:
            sink.record_all(sources, now)


def source_of(
    entry: Entry,
    kinds: Mapping[str, str],
    names: Mapping[str, str],
    signed: Iterable[UUID],
) -> effects.Source:
    """What comes of one entry. `kinds`, `names`: of organisations by id; `signed`: the partners that did."""
    assert entry.occurred_at and entry.submitted_at
    header = effects.Header(
        source="entry",
        source_id=entry.id,
        county_id=entry.county_id,
        org_id=entry.org_id,
        recorded_at=entry.submitted_at,
        confirmed_at=entry.confirmed_at,
        single_handed=entry.single_handed,
        recorder_id=entry.keeper_id,
        corrects_id=entry.corrects_id,
    )
    done = effects.effects_of(
        queries.spec_of(entry.form),
        entry.body,
        occurred_at=entry.occurred_at,
        class_id=str(entry.school_class_id) if entry.school_class_id else None,
        org_kinds=kinds,
        org_names=names,
    )
    return effects.Source(header, done, frozenset({entry.org_id, *signed}))


def signers(entries: Sequence[Entry]) -> dict[UUID, list[UUID]]:
    """The partners that signed, by entry; no query where there is nothing to sign."""
    found: dict[UUID, list[UUID]] = {}
    if entries:
        signed = Signature.objects.filter(entry__in=entries, signed_at__isnull=False)
        for entry_id, org_id in signed.values_list("entry_id", "org_id"):
            found.setdefault(entry_id, []).append(org_id)
    return found


def organisations_in(entries: Iterable[Entry]) -> dict[str, tuple[str, str]]:
    """(kind, name) of the organisations that the entries name, by id."""
    named = {
        key
        for entry in entries
        for kind, _, key in queries.references(queries.spec_of(entry.form), entry.body)
        if kind == "organisation"
    }
    if not named:
        return {}
    rows = Organisation.objects.filter(id__in=named).values_list("id", "kind", "name")
    return {str(key): (kind, name) for key, kind, name in rows}


def next_numbers(county_id: int, org_id: UUID, spec: FormSpec, now: datetime, count: int = 1) -> list[str]:
    """The next numbers of the form in the organisation's year. The row stays locked until the transaction
    ends, and a transaction that fails gives its numbers back: no gaps."""
    year = day_of(now).year
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registers_numbering AS n (county_id, org_id, form_key, year, last)"
            " VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (org_id, form_key, year) DO UPDATE SET last = n.last + excluded.last"
            " RETURNING last, (SELECT short_name FROM orgs_organisation WHERE id = org_id)",
            [county_id, org_id, spec.key, year, count],
        )
        last, short_name = cursor.fetchone() or (0, "")
    return [number_of(short_name, spec.title, year, last - count + 1 + index) for index in range(count)]


def take_out_of_force(actor: Actor, entry: Entry, state: str, reason: str, now: datetime) -> None:
    """The entry stays visible with the reason; what came of it no longer counts."""
    before = {"state": entry.state}
    entry.state, entry.voided_at, entry.void_reason = state, now, reason
    entry.save(update_fields=["state", "voided_at", "void_reason"])
    record(actor, "entry.void", entry, before, {"state": state, "reason": reason}, now)
    # What came of an entry recorded for another organisation is that one's, out of the recorder's reach.
    with widened({*actor.viewers, entry.org_id}):
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
