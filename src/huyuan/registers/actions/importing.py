"""Tables of past entries: looked through when they come, then brought in whole or not at all.

What is brought in is recorded now and happened then: it proves like any entry, and a closed verdict stands,
with what was learned late beside it.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import prefetch_related_objects

from huyuan.kernel.copying import insert_rows
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found, require
from huyuan.registers import effects, queries
from huyuan.registers.actions.deciding import confirm_locked
from huyuan.registers.actions.standing import (
    hand_on,
    next_numbers,
    reason_given,
    record_all,
    sayable,
)
from huyuan.registers.models import Entry, Import, Signature
from huyuan.registers.queries import Looked
from huyuan.registers.rules import ENTRY, Facts, said
from huyuan.registers.schema import FormSpec
from huyuan.registers.tables import Row, span_of, texts_of
from huyuan.trace import actions as trace

KEPT_FINDINGS = 500
"""So many are kept and shown; who puts those right sees the others when the table comes again."""
PREVIEWED = 5


def receive_table(
    *, actor: Actor, form_key: str, org_id: UUID, name: str, content: bytes, now: datetime
) -> Import:
    """Look through a table and keep it until its uploader says that it is to be brought in. An earlier one
    that never was is thrown away.

    Raises Refused: `unknown-form`, `forbidden-form`, and what `kernel.sheets.read` refuses.
    """
    with transaction.atomic():
        person_id = require_import(actor, org_id)
        looked = queries.look_through(queries.current_form(form_key), org_id, content, now)
        waiting = Import.objects.filter(form__key=form_key, org_id=org_id, uploader_id=person_id)
        waiting.filter(imported_at=None).delete()
        table = Import.objects.create(
            county_id=actor.county_id,
            form=looked.form,
            org_id=org_id,
            name=name[:120],
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            uploaded_at=now,
            uploader_id=person_id,
            uploader_name=actor.name,
            **said_of(looked),
        )
        return table


def import_table(*, actor: Actor, import_id: UUID, now: datetime) -> Import:
    """Write every entry of the table, numbered, traced and with what comes of it, in one transaction. A
    repeat changes nothing.

    It is read anew: what changed since it was looked through stops it. Raises Refused `stale-import`, after
    which the table says what is to be put right.
    """
    with transaction.atomic():
        table = locked(actor, import_id)
        require_import(actor, table.org_id)
        if table.imported_at:
            return table
        looked = queries.look_through(table.form, table.org_id, bytes(table.content), now)
        if not looked.stopped and looked.rows:
            write_entries(actor, table, looked, now)
            table.imported_at = now
            done = {"form": looked.spec.key, "file": table.name, "sha256": table.sha256}
            record(actor, "import.write", table, done | {"entries": len(looked.rows)}, now)
        Import.objects.filter(id=table.id).update(imported_at=table.imported_at, **said_of(looked))
    if table.imported_at is None:
        # Raised after the transaction, so that the new findings stay.
        raise Refused("stale-import", "表里有要改的，一条也没有导入。请照下面的说明改好，重新上传。")
    return table


def confirm_table(*, actor: Actor, import_id: UUID, now: datetime) -> Import:
    """Confirm what still waits for it in a table; from now on it proves.

    Raises Refused: `forbidden-confirm`, `conflict-guard`.
    """
    with transaction.atomic():
        table = locked(actor, import_id)
        require(actor, "entry.confirm", table.org_id)
        entries = list(table.entries.select_for_update().filter(state="submitted").order_by("id"))
        if entries:
            prefetch_related_objects(entries, "form")
            change(table, confirmed_at=now)
            record(actor, "import.confirm", table, {"entries": len(entries)}, now)
            confirm_locked(actor, entries, now)
        return table


def void_table(*, actor: Actor, import_id: UUID, reason: str, now: datetime) -> Import:
    """Take everything that came of a table out of force: it was the wrong one. Raises Refused
    `missing-reason`."""
    with transaction.atomic():
        table = locked(actor, import_id)
        require(actor, "entry.void", table.org_id)
        why = reason_given(reason, "作废")
        entries = list(table.entries.select_for_update().exclude(state="void"))
        for before in {entry.state for entry in entries}:
            ENTRY.apply(before, "void", "overseer", Facts())
        table.entries.exclude(state="void").update(state="void", voided_at=now, void_reason=why)
        change(table, voided_at=now)
        record(actor, "import.void", table, {"entries": len(entries), "reason": why}, now)
        after = {"state": "void", "reason": why}
        record_all(actor, "entry.void", entries, None, after, now)
        for sink in effects.SINKS:
            sink.void_all([entry.id for entry in entries], now)
        return table


def discard_table(*, actor: Actor, import_id: UUID) -> None:
    """Throw away a table that was not brought in."""
    with transaction.atomic():
        table = locked(actor, import_id)
        if table.imported_at:
            raise Refused("closed-import", "这个表已经导入，不能删去。导错了的请作废。")
        table.delete()


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def require_import(actor: Actor, org_id: UUID) -> UUID:
    """The person who brings tables in for the organisation. Raises Refused `forbidden`, `not-found`."""
    require(actor, "entry.import", org_id)
    if actor.person_id is None:
        raise not_found()
    return actor.person_id


def said_of(looked: Looked) -> dict[str, object]:
    """What a table keeps of being looked through: those findings first that stop it, and its first
    entries."""
    stopping_first = sorted(looked.findings, key=lambda one: (not one.stops, one.line))
    kept = [[one.line, one.column, one.text, one.stops] for one in stopping_first[:KEPT_FINDINGS]]
    shown = [list(texts_of(looked.spec, row, looked.names)) for row in looked.rows[:PREVIEWED]]
    return {
        "rows": len(looked.rows),
        "findings": kept,
        "stopped": looked.stopped,
        "preview": {"span": span_of(looked.rows), "rows": shown},
    }


def write_entries(actor: Actor, table: Import, looked: Looked, now: datetime) -> None:
    """All entries with their numbers, the partners they name, their trace and what comes of them."""
    spec = looked.spec
    numbers = next_numbers(actor.county_id, looked.org_id, spec, now, len(looked.rows))
    entries = [
        Entry(
            county_id=actor.county_id,
            form=looked.form,
            org_id=looked.org_id,
            place_id=place_of(spec, row),
            state=ENTRY.apply("draft", "submit", "filler", Facts()),
            number=number,
            client_id=uuid5(table.id, str(row.line)),
            content_digest=row.same[0],
            body=row.body,
            said=said(looked.org_name, number, spec, row.body, looked.names),
            occurred_at=row.occurred_at,
            created_at=now,
            submitted_at=now,
            filler_id=table.uploader_id,
            filler_name=row.filler_name or actor.name,
            imported=table,
            line=row.line,
        )
        for number, row in zip(numbers, looked.rows, strict=True)
    ]
    insert_rows(entries)
    insert_rows(
        [
            Signature(county_id=actor.county_id, entry=entry, org_id=partner)
            for entry in entries
            for partner in queries.partners(spec, entry.body)
            if partner != entry.org_id
        ]
    )
    trace.record_all(
        actor.snapshot(),
        [
            trace.Act(
                "entry.submit",
                "entry",
                entry.id,
                entry.org_id,
                None,
                {
                    "state": entry.state,
                    "number": entry.number,
                    "answers": sayable(spec, entry.body),
                    "import": str(table.id),
                },
            )
            for entry in entries
        ],
        now=now,
    )
    if not spec.confirmed_by:
        hand_on(entries, now)


def place_of(spec: FormSpec, row: Row) -> UUID | None:
    """The place that an entry is about."""
    places = [row.body.get(field.id) for field in spec.fields if field.type == "place" and not field.many]
    return next((UUID(place) for place in places if place), None)


def locked(actor: Actor, import_id: UUID) -> Import:
    """The table under a row lock. One that was not brought in yet is its uploader's."""
    table = Import.objects.select_for_update().filter(id=import_id).first()
    if table is None or (table.imported_at is None and table.uploader_id != actor.person_id):
        raise not_found()
    return table


def change(table: Import, **values: datetime) -> None:
    """Write these columns, and nothing of the file."""
    Import.objects.filter(id=table.id).update(**values)
    for name, value in values.items():
        setattr(table, name, value)


def record(actor: Actor, verb: str, table: Import, after: Mapping[str, object], now: datetime) -> None:
    """What the trace keeps of a step of a table."""
    trace.record(actor.snapshot(), verb, "import", table.id, table.org_id, None, dict(after), now=now)
