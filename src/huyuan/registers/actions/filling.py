"""Filling in: drafts, submission, correction.

What people typed arrives as `answers` (names with lists of values, as a browser posts them, see
`kernel.fields.parse`), so that pages, interfaces and imports are checked by the same form.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import STORED, parse
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import allowed, not_found, require
from huyuan.registers import queries
from huyuan.registers.actions.opening import Answers, Sheet, Uploads, checked, opened
from huyuan.registers.actions.standing import (
    hand_on,
    locked,
    next_numbers,
    proves,
    reason_given,
    record,
    sayable,
    take_out_of_force,
)
from huyuan.registers.models import Entry, EntryFile, Signature
from huyuan.registers.rules import (
    ENTRY,
    SHEET,
    Facts,
    Handed,
    content_digest,
    said,
    sole,
)

OPEN = ("draft", "returned")
CLIENT_ONCE = "registers_entry_client"
"""The constraint by which a client id is one entry's."""
SOLE = "registers_entry_sole"
"""The constraint by which an organisation says some things once."""

Done = TypeVar("Done")


def draft_save(
    *,
    actor: Actor,
    form_id: UUID,
    org_id: UUID,
    client_id: UUID,
    answers: Answers,
    uploads: Uploads | None = None,
    corrects: UUID | None = None,
    recorded_by: UUID | None = None,
    now: datetime,
) -> Entry:
    """Keep what is filled in so far; answers that can't be read are left out. A draft proves nothing.

    Raises Refused: `unknown-form-version`, `forbidden-form`, `unknown-file`, `already-submitted`.
    """

    def save() -> Entry:
        sheet = opened(actor, form_id, org_id, recorded_by, uploads, now)
        body, _ = parse(sheet.spec.fields, answers)
        entry = locked_or_new(sheet, client_id)
        if entry.state not in OPEN:
            raise Refused(
                "already-submitted",
                f"这份登记已经提交（{entry.number}），内容没有改动。要改请在该登记上点“更正”。",
                entry=str(entry.id),
            )
        entry.body = body
        if corrects:
            entry.corrects = replaceable(sheet, corrects)
        write(sheet, entry)
        return entry

    return once(save)


def submit(
    *,
    actor: Actor,
    form_id: UUID,
    org_id: UUID,
    client_id: UUID,
    answers: Answers,
    uploads: Uploads | None = None,
    corrects: UUID | None = None,
    recorded_by: UUID | None = None,
    reason: str = "",
    handed: Handed | None = None,
    now: datetime,
) -> Entry:
    """Hand in an entry: number, proofs, one transaction. `corrects`: the entry it replaces, with the
    `reason`. `handed`: when the button was pressed, where a device kept it for a while. `recorded_by`: the
    actor's organisation, where it records what `org_id` did (代录); the signed sheet is then one of the
    answers (`rules.SHEET`).

    A repeat with the same `client_id` and the same answers gives the entry of the first time.
    Raises Refused: `invalid-entry` (`errors`: name → sentence), `conflict-client-id` (same id, other answers:
    the first stands, the second is kept as draft `kept`), `already-reported`, `unknown-form-version`,
    `forbidden-form`, `unknown-file`, `missing-reason`, and what the entry's transition table refuses.
    """

    def save() -> tuple[Entry, Entry | None]:
        sheet = opened(actor, form_id, org_id, recorded_by, uploads, now, handed)
        body, occurred_at, names = checked(sheet, answers)
        entry = locked_or_new(sheet, client_id)
        if entry.state in OPEN:
            replaced = replaceable(sheet, corrects) if corrects else None
            hand_in(sheet, entry, body, occurred_at, names, replaced)
            if replaced:
                why = f"{reason_given(reason, '更正')}（更正为{entry.number}）"
                take_out_of_force(actor, replaced, "void", why, now)
            if proves(entry, sheet.spec):
                hand_on([entry], now)
            return entry, None
        if entry.body == body and entry.org_id == org_id and entry.form.key == sheet.form.key:
            return entry, None
        return entry, keep_other(sheet, entry, body)

    entry, kept = once(save)
    if kept is None:
        return entry
    # Raised after the transaction, so that the kept draft is not undone with it.
    raise Refused(
        "conflict-client-id",
        f"这份登记刚才已用另一内容提交（{entry.number}），先提交的有效；"
        "这次填的已存为草稿，请核对后决定是否更正。",
        entry=str(entry.id),
        kept=str(kept.id),
    )


def correct(
    *,
    actor: Actor,
    entry_id: UUID,
    client_id: UUID,
    answers: Answers,
    reason: str,
    uploads: Uploads | None = None,
    handed: Handed | None = None,
    now: datetime,
) -> Entry:
    """A new entry in the place of `entry_id`, which becomes void with its proofs in the same transaction.

    Filled in with the newest version of the form. Raises what `submit` raises.
    """
    old, _ = queries.entry_seen(actor, entry_id)
    return submit(
        actor=actor,
        form_id=queries.current_form(old.form.key).id,
        org_id=old.org_id,
        client_id=client_id,
        answers=answers,
        uploads=uploads,
        corrects=old.id,
        recorded_by=old.recorded_by_org_id,
        reason=reason,
        handed=handed,
        now=now,
    )


def discard(*, actor: Actor, entry_id: UUID, now: datetime) -> None:
    """Throw one's own draft away. Nothing handed in can be deleted."""
    with transaction.atomic():
        mine = Entry.objects.select_for_update().filter(filler_id=actor.person_id, state="draft")
        entry = mine.filter(id=entry_id).first()
        if entry is None:
            raise not_found()
        record(actor, "entry.discard", entry, {"state": entry.state}, None, now)
        entry.delete()


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def once(save: Callable[[], Done]) -> Done:
    """Save in one transaction. Of two first requests with one client id at once the later one finds, on its
    second try, what the other made. Raises Refused `conflict-device` where that is somebody else's,
    `already-reported` where the organisation said it before."""
    for _ in range(2):
        try:
            with transaction.atomic():
                return save()
        except IntegrityError as error:
            cause = error.__cause__
            broken = cause.diag.constraint_name if isinstance(cause, UniqueViolation) else ""
            if broken == SOLE:
                raise Refused(
                    "already-reported",
                    "这个月的已经交过一份，这次的没有提交。要改，请在“台账”里打开交过的那份，点“更正”。",
                ) from None
            if broken != CLIENT_ONCE:
                raise
    raise conflict_device()


def locked_or_new(sheet: Sheet, client_id: UUID) -> Entry:
    """The entry with this client id under a row lock, or a new one, not written yet."""
    actor = sheet.actor
    rows = Entry.objects.select_for_update().filter(county_id=actor.county_id, client_id=client_id)
    entry = rows.first()
    if entry is None:
        return Entry(
            county_id=actor.county_id,
            form=sheet.form,
            org_id=sheet.org_id,
            client_id=client_id,
            created_at=sheet.now,
            filler_id=sheet.person_id,
            filler_name=actor.name,
            school_class_id=sheet.class_id,
            recorded_by_org_id=sheet.recorded_by,
        )
    whose = (entry.filler_id, entry.org_id, entry.recorded_by_org_id)
    if entry.state in OPEN and whose != (sheet.person_id, sheet.org_id, sheet.recorded_by):
        raise conflict_device()
    return entry


def conflict_device() -> Refused:
    """The client id is somebody else's."""
    return Refused(
        "conflict-device", "这份登记的编号已被别的登记使用，内容没有提交。请新开一份，把内容填进去。"
    )


def hand_in(
    sheet: Sheet,
    entry: Entry,
    body: dict[str, Any],
    occurred_at: datetime,
    names: Mapping[str, str],
    replaced: Entry | None,
) -> None:
    """Write the submitted entry with its number, files and the partners asked to sign."""
    spec, now = sheet.spec, sheet.now
    fresh = entry._state.adding
    before = None if fresh else {"state": entry.state, "answers": sayable(spec, entry.body)}
    entry.state = ENTRY.apply(entry.state, "submit", "filler", Facts())
    entry.form, entry.body, entry.content_digest = sheet.form, body, content_digest(spec, body)
    entry.occurred_at, entry.submitted_at = occurred_at, now
    entry.device_at, entry.device_ahead = sheet.handed.device_at, sheet.handed.ahead
    places = [body.get(field.id) for field in spec.fields if field.type == "place" and not field.many]
    entry.place_id = next((UUID(place) for place in places if place), None)
    entry.corrects = replaced or entry.corrects
    entry.sheet_id = UUID(body[SHEET.id][0]) if sheet.recorded_by else None
    if not entry.number:
        (entry.number,) = next_numbers(entry.county_id, entry.org_id, spec, now)
    entry.said = said(sheet.org_name, entry.number, spec, body, names)
    entry.sole = sole(spec, body)
    if replaced and replaced.sole:
        # What is said once is from now on said by the new one.
        Entry.objects.filter(id=replaced.id).update(sole="")
    write(sheet, entry)
    name_partners(sheet, entry, body)
    after = {"state": entry.state, "number": entry.number, "answers": sayable(spec, body)}
    record(sheet.actor, "entry.submit", entry, before, after, now)


def write(sheet: Sheet, entry: Entry) -> None:
    """Write the entry, new or begun before, with the files that its body names."""
    before = [] if entry._state.adding else [entry.id]
    entry.save()
    keep_files(sheet, entry, before)


def name_partners(sheet: Sheet, entry: Entry, body: Mapping[str, Any]) -> None:
    """One row for each partner that the entry names. A signed sheet photographed with the entry (a
    `signature` field of a form that asks partners to sign) records their signatures: 代录."""
    fields = [field.id for field in sheet.spec.fields if field.type == "signature"]
    signed_sheet = next((body[key] for key in fields if key in body), None)
    signed = {
        "by_proxy": True,
        "sheet_id": signed_sheet,
        "signed_at": sheet.now,
        "signer_id": sheet.person_id,
        "signer_name": sheet.actor.name,
    }
    Signature.objects.bulk_create(
        [
            Signature(
                county_id=entry.county_id,
                entry=entry,
                org_id=partner,
                **(signed if signed_sheet and sheet.spec.signed_by_partner else {}),
            )
            for partner in queries.partners(sheet.spec, body)
            if partner != entry.org_id
        ],
        ignore_conflicts=True,
    )


def replaceable(sheet: Sheet, corrects: UUID) -> Entry:
    """The entry to be replaced, locked and fit for it: the filler's own, or anybody's for who may void."""
    old, _ = locked(corrects)
    whose = (old.org_id, old.recorded_by_org_id, old.form.key)
    if whose != (sheet.org_id, sheet.recorded_by, sheet.spec.key):
        raise not_found()
    if old.filler_id != sheet.actor.person_id and not allowed(sheet.actor, "entry.void", old.keeper_id):
        require(sheet.actor, "entry.void", old.keeper_id)
    ENTRY.apply(old.state, "correct", "filler", Facts())
    return old


def keep_other(sheet: Sheet, first: Entry, body: dict[str, Any]) -> Entry:
    """Second answers to one client id as a draft of their own; a third with the same answers finds it."""
    kept, made = Entry.objects.get_or_create(
        county_id=sheet.actor.county_id,
        client_id=uuid5(first.client_id, content_digest(sheet.spec, body)),
        defaults={
            "form": sheet.form,
            "org_id": sheet.org_id,
            "recorded_by_org_id": sheet.recorded_by,
            "body": body,
            "created_at": sheet.now,
            "filler_id": sheet.person_id,
            "filler_name": sheet.actor.name,
        },
    )
    if made:
        keep_files(sheet, kept, [first.id])
        record(sheet.actor, "entry.conflict", kept, None, {"first": str(first.id)}, sheet.now)
    return kept


def keep_files(sheet: Sheet, entry: Entry, before: Sequence[UUID]) -> None:
    """The entry's files as its body names them: each just stored, or already on one of the entries `before`
    (itself, as it was written before) or on the one that it corrects. Raises Refused `unknown-file`."""
    if not any(field.type in STORED for field in queries.every_field(sheet.spec)):
        return
    wanted = [(name, key) for kind, name, key in queries.references(sheet.spec, entry.body) if kind == "file"]
    sources = [*before, *filter(None, [entry.corrects_id])]
    stored = EntryFile.objects.filter(entry_id__in=sources).values_list("file_id", "name") if sources else ()
    known = {str(file_id): name for file_id, name in (*stored, *sheet.uploads.items())}
    if any(key not in known for _, key in wanted):
        raise Refused("unknown-file", "有照片或文件没有传上来，请重新选择后再提交；其他内容都还在。")
    if entry.id in before:
        entry.files.exclude(file_id__in=[key for _, key in wanted]).delete()
    if not wanted:
        return
    EntryFile.objects.bulk_create(
        [
            EntryFile(
                county_id=entry.county_id,
                entry=entry,
                org_id=entry.org_id,
                field=name,
                file_id=key,
                name=known[key][:120],
            )
            for name, key in wanted
        ],
        ignore_conflicts=True,
    )
