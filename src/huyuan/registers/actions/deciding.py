"""What others do with an entry: confirm, send back, void, sign as partner."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q

from huyuan.kernel.days import SHANGHAI, day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import allowed, not_found, reached, require
from huyuan.registers import queries
from huyuan.registers.actions.standing import (
    hand_on,
    locked,
    locked_all,
    proves,
    reason_given,
    record,
    record_all,
    take_out_of_force,
)
from huyuan.registers.models import Entry, EntryFile, Signature
from huyuan.registers.rules import ENTRY, Facts


@dataclass(frozen=True)
class Confirmed:
    """What became of entries that somebody confirmed together: `done` now, or not, because they were
    confirmed, sent back or voided `earlier`."""

    done: list[Entry]
    earlier: list[Entry]


def confirm(*, actor: Actor, entry_id: UUID, now: datetime) -> Entry:
    """Confirm what another one filled in; from now on it proves. Of two people at once one wins.

    Raises Refused: `already-confirmed` naming who did, `conflict-step`, and what `confirm_all` raises.
    """
    found = confirm_all(actor=actor, entry_ids=[entry_id], now=now)
    (entry,) = found.done or found.earlier
    if found.done or (entry.state == "confirmed" and entry.confirmer_id == actor.person_id):
        return entry
    if entry.confirmed_at and entry.state == "confirmed":
        at = entry.confirmed_at.astimezone(SHANGHAI)
        raise Refused(
            "already-confirmed",
            f"{entry.confirmer_name}已于{at:%H:%M}确认，不必再确认。",
            entry=str(entry.id),
        )
    ENTRY.apply(entry.state, "confirm", "confirmer", Facts())
    return entry


def confirm_all(*, actor: Actor, entry_ids: Collection[UUID], now: datetime) -> Confirmed:
    """Confirm several entries, of one form or of many, in one transaction: all that still wait for it, or
    none.

    Raises Refused: `not-found` also where only one of them is not the actor's to see, `forbidden`,
    `forbidden-confirm`, `conflict-guard`.
    """
    with transaction.atomic():
        entries = locked_all(entry_ids)
        require_confirming(actor, entries)
        waiting = [entry for entry in entries if entry.state == "submitted"]
        earlier = [entry for entry in entries if entry.state != "submitted"]
        if waiting:
            confirm_locked(actor, waiting, now)
        return Confirmed(waiting, earlier)


def confirm_locked(actor: Actor, entries: Sequence[Entry], now: datetime) -> None:
    """Confirm entries that wait for it, locked and with their forms: so many statements for any number of
    them. Raises Refused `forbidden-confirm`, `conflict-guard`."""
    facts = queries.confirmation_facts(actor, entries, day_of(now))
    for entry in entries:
        if entry.id not in facts:
            raise not_theirs(entry)
        entry.state = ENTRY.apply(entry.state, "confirm", "confirmer", facts[entry.id])
        entry.confirmer_id, entry.confirmer_name, entry.confirmed_at = actor.person_id, actor.name, now
        entry.single_handed = facts[entry.id].same_person
    Entry.objects.filter(id__in=[entry.id for entry in entries]).update(
        state="confirmed",
        confirmer_id=actor.person_id,
        confirmer_name=actor.name,
        confirmed_at=now,
        single_handed=ExpressionWrapper(Q(filler_id=actor.person_id), BooleanField()),
    )
    record_all(actor, "entry.confirm", entries, {"state": "submitted"}, {"state": "confirmed"}, now)
    hand_on(entries, now)


def return_(*, actor: Actor, entry_id: UUID, reason: str, now: datetime) -> Entry:
    """Send an entry back to who filled it in, saying what is to be changed. Raises what `confirm` raises."""
    with transaction.atomic():
        (entry,) = locked_all([entry_id])
        require_confirming(actor, [entry])
        before = {"state": entry.state}
        facts = queries.confirmation_facts(actor, [entry], day_of(now)).get(entry.id)
        if facts is None:
            raise not_theirs(entry)
        entry.state = ENTRY.apply(entry.state, "return", "confirmer", facts)
        entry.return_reason = reason_given(reason, "退回")
        entry.save(update_fields=["state", "return_reason"])
        record(
            actor, "entry.return", entry, before, {"state": entry.state, "reason": entry.return_reason}, now
        )
        return entry


def void(*, actor: Actor, entry_id: UUID, reason: str, now: datetime) -> Entry:
    """Take an entry out of force: one's own while it is not confirmed, any with the permission
    `entry.void`."""
    with transaction.atomic():
        entry, _ = locked(entry_id)
        overseer = allowed(actor, "entry.void", entry.keeper_id)
        if not overseer and entry.filler_id != actor.person_id:
            require(actor, "entry.void", entry.keeper_id)
        state = ENTRY.apply(entry.state, "void", "overseer" if overseer else "filler", Facts())
        take_out_of_force(actor, entry, state, reason_given(reason, "作废"), now)
        return entry


def sign(
    *, actor: Actor, entry_id: UUID, org_id: UUID, sheet: UUID | None = None, now: datetime
) -> Signature:
    """A partner organisation signs that it took part; the act becomes a joint one.

    Without `sheet` the actor signs for its own organisation. With `sheet` (a stored photo of the signed
    paper) the filling organisation records it for a partner that does not use the program: marked 代录. A
    second signature changes nothing. Raises Refused: `unknown-partner` when the entry does not name the
    organisation, `closed-entry` when it no longer stands.
    """
    with transaction.atomic():
        entry, spec = locked(entry_id)
        if sheet is None:
            require(actor, "entry.sign", org_id)
        else:
            require(actor, "entry.fill", entry.keeper_id)
        signature = Signature.objects.select_for_update().filter(entry=entry, org_id=org_id).first()
        if signature is None:
            raise Refused(
                "unknown-partner", "这份登记没有写明该单位参加，请先更正登记、填上联合单位，再签字。"
            )
        if entry.state not in ("submitted", "confirmed"):
            raise Refused("closed-entry", "这份登记已作废或已退回，不能签字。请在有效的登记上签字。")
        if signature.signed_at is None:
            signature.signed_at, signature.signer_id, signature.signer_name = now, actor.person_id, actor.name
            signature.sheet_id, signature.by_proxy = sheet, sheet is not None
            signature.save(update_fields=["signed_at", "signer", "signer_name", "sheet", "by_proxy"])
            if sheet:
                EntryFile.objects.create(
                    county_id=entry.county_id,
                    entry=entry,
                    org_id=entry.org_id,
                    field=f"signed-by:{org_id}",
                    file_id=sheet,
                    name="签字表",
                )
            said: dict[str, Any] = {"org": str(org_id), "by_proxy": signature.by_proxy}
            if sheet:
                said["recorded_for"] = signature.org.name
            record(actor, "entry.sign", entry, None, said, now)
            if proves(entry, spec):
                hand_on([entry], now)
        return signature


def require_confirming(actor: Actor, entries: Sequence[Entry]) -> None:
    """Raises Refused `not-found` for what the actor may not see, `forbidden` for what the actor's posts do
    not confirm."""
    personal = {entry.keeper_id for entry in entries if queries.spec_of(entry.form).personal}
    if personal and personal - reached(actor, "entry.view-personal"):
        raise not_found()
    keepers = {entry.keeper_id for entry in entries}
    for keeper_id in keepers - reached(actor, "entry.confirm"):
        require(actor, "entry.confirm", keeper_id)


def not_theirs(entry: Entry) -> Refused:
    """What somebody is told who may confirm entries of the organisation, but not this one."""
    return Refused(
        "forbidden-confirm",
        f"“{entry.form.title}”由其他岗位确认。请联系负责确认的同事。",
        entry=str(entry.id),
    )
