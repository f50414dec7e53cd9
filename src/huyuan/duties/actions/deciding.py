"""Decisions about duties: waivers, incomparable rules, moved dues, what is learned of an event."""

from datetime import date, datetime
from uuid import UUID

from huyuan.duties.models import Adoption, Decision, Event, Extension, Learned, Rule, Waiver
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found, require
from huyuan.orgs.session import acting
from huyuan.trace import actions as trace


def waive(
    *,
    actor: Actor,
    adoption_id: UUID,
    org_id: UUID,
    rule_key: str,
    from_day: date,
    until: date,
    reason: str,
    now: datetime,
) -> Waiver:
    """Excuse an organisation from a rule, both days included. After a close it is a correction beside the
    verdict.

    Raises Refused `forbidden` for whoever owes the duty itself and for posts without the permission,
    `bad-waiver` for days the wrong way round or a missing reason, `not-found` for an adoption or rule
    that does not exist.
    """
    with acting(actor):
        require(actor, "duty.waive", org_id)
        if any(holding.org_id == org_id for holding in actor.holdings):
            raise Refused("forbidden-own-waiver", "本单位应做的工作不能由本单位免除，请报上级教育部门决定。")
        if until < from_day or not reason.strip():
            raise Refused("bad-waiver", "请写明免除的理由，并核对起止日期的先后。")
        adoption = Adoption.objects.filter(county_id=actor.county_id, id=adoption_id).first()
        known = Rule.objects.filter(pack_version__adopted__adoption=adoption_id, key=rule_key)
        if adoption is None or not known.exists():
            raise not_found()
        row = Waiver.objects.create(
            county_id=actor.county_id,
            adoption=adoption,
            rule_key=rule_key,
            org_id=org_id,
            from_day=from_day,
            until=until,
            reason=reason.strip(),
            given_by_id=_person(actor),
            given_at=now,
        )
        said = {"rule": rule_key, "from_day": from_day, "until": until, "reason": row.reason}
        trace.record(actor.snapshot(), "duty.waive", "waiver", row.id, org_id, None, said, now=now)
        return row


def decide_matter(
    *, actor: Actor, org_id: UUID, matter: str, holds: str, reason: str, now: datetime
) -> Decision:
    """Settle a matter whose rules can't be compared: `holds` is "pack/rule". A later decision replaces it.

    Raises Refused `bad-decision` when that rule does not speak about the matter or no reason is given.
    """
    with acting(actor):
        require(actor, "duty.decide", org_id)
        pack, _, key = holds.partition("/")
        rules = Rule.objects.filter(
            pack_version__adopted__adoption__county_id=actor.county_id,
            pack_version__pack__key=pack,
            key=key,
            matter=matter,
        )
        if not rules.exists() or not reason.strip():
            raise Refused("bad-decision", "请从已采用方案的同类要求中选一条，并写明理由。", matter=matter)
        row = Decision.objects.create(
            county_id=actor.county_id,
            org_id=org_id,
            matter=matter,
            holds=holds,
            reason=reason.strip(),
            decided_by_id=_person(actor),
            at=now,
        )
        said = {"matter": matter, "holds": holds, "reason": row.reason}
        trace.record(actor.snapshot(), "duty.decide", "decision", row.id, org_id, None, said, now=now)
        return row


def extend_clock(
    *, actor: Actor, event_id: UUID, rule: str, due_at: datetime, reason: str, now: datetime
) -> Extension:
    """Move the due of a rule's ("pack/rule") clock. Given after the due, the first one stays judged.

    Raises Refused `bad-extension` without a reason, `not-found` for an event out of reach.
    """
    with acting(actor):
        event = _event(actor, event_id)
        require(actor, "duty.extend", event.org_id)
        if not reason.strip():
            raise Refused("bad-extension", "请写明延期的理由。")
        row = Extension.objects.create(
            county_id=actor.county_id,
            event=event,
            rule_key=rule,
            due_at=due_at,
            given_at=now,
            reason=reason.strip(),
            approver_id=_person(actor),
        )
        said = {"rule": rule, "due_at": due_at.isoformat(), "reason": row.reason}
        trace.record(actor.snapshot(), "duty.extend", "event", event.id, event.org_id, None, said, now=now)
        return row


def learn(*, actor: Actor, event_id: UUID, qual: str, now: datetime) -> None:
    """A qualifier ("severity=major") of an event became known; knowing it already changes nothing."""
    with acting(actor):
        event = _event(actor, event_id)
        require(actor, "duty.see", event.org_id)
        if qual in event.quals:
            return
        _, new = Learned.objects.get_or_create(
            event=event, qual=qual, defaults={"county_id": actor.county_id, "at": now}
        )
        if new:
            said = {"qual": qual}
            trace.record(actor.snapshot(), "duty.learn", "event", event.id, event.org_id, None, said, now=now)


def end_event(*, actor: Actor, event_id: UUID, reason: str, now: datetime) -> None:
    """End the clocks of an event that needs no reaction any more; it needs a reason, and stays ended.

    Raises Refused `bad-end` without a reason, `already-ended`.
    """
    with acting(actor):
        event = _event(actor, event_id)
        require(actor, "duty.extend", event.org_id)
        if not reason.strip():
            raise Refused("bad-end", "请写明终止的理由。")
        if event.ended_at:
            raise Refused("already-ended", "这件事已经终止，不必再办。")
        event.ended_at, event.end_reason = now, reason.strip()
        event.save(update_fields=["ended_at", "end_reason"])
        said = {"reason": event.end_reason}
        trace.record(actor.snapshot(), "duty.end", "event", event.id, event.org_id, None, said, now=now)


def _event(actor: Actor, event_id: UUID) -> Event:
    event = Event.objects.select_for_update().filter(county_id=actor.county_id, id=event_id).first()
    if event is None:
        raise not_found()
    return event


def _person(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise Refused("forbidden", "这项决定须由在职人员作出，系统任务不能代办。")
    return actor.person_id
