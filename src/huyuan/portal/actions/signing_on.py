"""Signing on and leaving early with one tap: entries of the sign-in form like those filled in by hand."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from huyuan.kernel.days import SHANGHAI, day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found
from huyuan.portal.queries import sign_on as queries
from huyuan.registers import actions
from huyuan.registers.models import Entry
from huyuan.registers.queries import entry_seen
from huyuan.registers.rules import Handed

ONE_MINUTE = timedelta(minutes=1)


def sign_on(
    *, actor: Actor, org_id: UUID, point: str, period: str, client_id: UUID, handed: Handed, now: datetime
) -> Entry:
    """The actor is at the point from the tap on (`handed.at`; a device without network sends it later) until
    the window's end.

    A repeated `client_id` gives the entry of the first time. Raises Refused: `window-over` when the window
    was not on offer then, `already-there`, and what `registers.actions.submit` raises.
    """
    before = queries.handed_in(actor, client_id)
    if before:
        return before
    tapped = handed.at
    offers = queries.offers_of(actor, queries.windows_now(actor, tapped), tapped)
    named = (one for one in offers if (one.org_id, one.point, one.period) == (org_id, point, period))
    offer = next(named, None)
    if offer is None or not offer.is_near(tapped):
        raise Refused(
            "window-over", "这个时段现在不能签到，可能已经结束。当时在岗的，请用“替同事签到”的表补登记。"
        )
    for one in queries.present(actor, [org_id], tapped):
        if (one.person, one.point) == (str(actor.person_id), point) and one.until >= offer.end_at:
            raise Refused("already-there", f"您已在{clock(one.since)}签到，不必再签。")
    sheet = queries.sign_in_form()
    row = {
        sheet.person: str(actor.person_id),
        sheet.qualified: list(offer.qualified),
        sheet.arrived: clock(tapped),
        sheet.left: clock(offer.end_at),
    }
    body = {sheet.day: day_of(tapped).isoformat(), sheet.point: point, sheet.people: [row]}
    try:
        return actions.submit(
            actor=actor,
            form_id=sheet.form.id,
            org_id=org_id,
            client_id=client_id,
            answers=answers_of(body),
            handed=handed,
            now=now,
        )
    except Refused as refused:
        if refused.code != "conflict-client-id":
            raise
        # Two taps on both sides of a minute: the first stands, the other is no draft worth keeping.
        actions.discard(actor=actor, entry_id=UUID(str(refused.facts["kept"])), now=now)
        return entry_seen(actor, UUID(str(refused.facts["entry"])))[0]


def leave(*, actor: Actor, entry_id: UUID, client_id: UUID, handed: Handed, now: datetime) -> Entry:
    """The actor's own sign-in ends with the tap: a corrected entry in the place of the old one, whose history
    stays.

    A repeated `client_id` gives the entry of the first time. Raises Refused: `not-found` when the entry
    does not sign the actor in, and what `registers.actions.correct` raises.
    """
    before = queries.handed_in(actor, client_id)
    if before:
        return before
    sheet = queries.sign_in_form()
    entry, _ = entry_seen(actor, entry_id)
    me = str(actor.person_id)
    rows = [dict(row) for row in entry.body.get(sheet.people, ())]
    if entry.form.key != sheet.spec.key or all(row.get(sheet.person) != me for row in rows):
        raise not_found()
    for row in rows:
        if row.get(sheet.person) == me:
            # Times backwards or alike would mean the next day: whoever leaves in the minute of coming was
            # there for one.
            left = clock(handed.at)
            row[sheet.left] = clock(handed.at + ONE_MINUTE) if left == row[sheet.arrived] else left
    return actions.correct(
        actor=actor,
        entry_id=entry_id,
        client_id=client_id,
        answers=answers_of({**entry.body, sheet.people: rows}),
        reason="提前离岗",
        handed=handed,
        now=now,
    )


def clock(instant: datetime) -> str:
    """07:05, in Shanghai."""
    return f"{instant.astimezone(SHANGHAI):%H:%M}"


def answers_of(body: Mapping[str, Any], prefix: str = "") -> dict[str, list[str]]:
    """A body of texts, lists of texts and rows as a browser posts it."""
    answers: dict[str, list[str]] = {}
    for key, value in body.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            for number, row in enumerate(value):
                answers |= answers_of(row, f"{prefix}{key}.{number}.")
        else:
            answers[prefix + key] = [str(one) for one in (value if isinstance(value, list) else [value])]
    return answers
