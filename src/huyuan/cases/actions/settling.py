"""What only disputes know: an attempt to settle one, a visit afterwards."""

from datetime import date, datetime
from uuid import UUID

from huyuan.cases.actions.moving import said
from huyuan.cases.actions.stepping import finish, moving, with_case
from huyuan.cases.models import Case
from huyuan.orgs.actor import Actor


def mediate(
    *, actor: Actor, case_id: UUID, client_id: UUID, what: str, on: date | None = None, now: datetime
) -> Case:
    """An attempt to settle it. Raises Refused `missing-reason`."""
    return _told(actor, case_id, client_id, "mediate", said(what, "请写明怎么调解的、结果怎样。"), on, now)


def visit(
    *, actor: Actor, case_id: UUID, client_id: UUID, what: str, on: date | None = None, now: datetime
) -> Case:
    """Looked after it once it was settled. Raises Refused `missing-reason`."""
    return _told(actor, case_id, client_id, "visit", said(what, "请写明回访的情况。"), on, now)


def _told(
    actor: Actor, case_id: UUID, client_id: UUID, verb: str, text: str, on: date | None, now: datetime
) -> Case:
    with moving(actor=actor, case_id=case_id, client_id=client_id, now=now) as move:
        if not move.repeated:
            with_case(move, verb)
            # What an office does it does with its part, and its own clock hears of it.
            move.part = next((part for part in move.parts if part.id in move.may.holds), None)
            finish(move, verb, text=text, on=on)
        return move.case
