"""One-time links by which an organisation that does not sign in acts on its part of a case."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from huyuan.cases.actions.moving import accept, fix, return_
from huyuan.cases.actions.opening import digest, opened
from huyuan.cases.actions.stepping import Move, moving
from huyuan.cases.models import Case, Part, PartLink
from huyuan.cases.rules import OPEN_PART, why_shut
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found
from huyuan.registers.rules import LINK_DAYS
from huyuan.trace import actions as trace

BY_LINK = "通过链接办理"
STEPS_BY_LINK: Mapping[str, Callable[..., Case]] = {"accept": accept, "return": return_, "fix": fix}


def make_link(*, actor: Actor, case_id: UUID, part_id: UUID, now: datetime) -> tuple[PartLink, str]:
    """A link for the organisation that has the part; and its token, which is kept nowhere. One made before is
    withdrawn. For those who may record on its behalf. Raises Refused: `not-found`, `closed-part`."""
    with handling(actor, case_id, part_id, now) as (move, part):
        if move.case.state in ("closed", "void") or part.state not in OPEN_PART:
            raise Refused("closed-part", "这一部分已经办结或者收回，不用再发链接。请刷新页面。")
        PartLink.objects.filter(part=part, withdrawn_at=None, used_at=None).update(withdrawn_at=now)
        if actor.person_id is None:
            raise not_found()
        token = f"{part.county_id}-{secrets.token_urlsafe(16)}"
        link = PartLink.objects.create(
            id=uuid7(),
            county_id=part.county_id,
            part=part,
            token_digest=digest(token),
            made_at=now,
            expires_at=now + timedelta(days=LINK_DAYS),
            maker_id=actor.person_id,
            maker_name=actor.name,
        )
        said = {"org": part.org.name}
        trace.record(actor.snapshot(), "case.link", "case", case_id, move.case.org_id, None, said, now=now)
        return link, token


def withdraw_link(*, actor: Actor, case_id: UUID, part_id: UUID, now: datetime) -> None:
    """The link takes nothing any more; what was done through it stays."""
    with handling(actor, case_id, part_id, now) as (move, part):
        if PartLink.objects.filter(part=part, withdrawn_at=None, used_at=None).update(withdrawn_at=now):
            said = {"org": part.org.name}
            trace.record(
                actor.snapshot(), "case.no-link", "case", case_id, move.case.org_id, None, said, now=now
            )


@contextmanager
def opened_link(token: str, *, address: str, now: datetime) -> Iterator[PartLink]:
    """The link with this token. Raises what `opening.opened` raises."""
    links = PartLink.objects.select_related("part__org", "part__giver", "part__case__org")
    with opened(links, token, BY_LINK, address=address, now=now) as link:
        yield link


def act_by_link(
    *, link: PartLink, verb: str, client_id: UUID, given: Mapping[str, Any], now: datetime
) -> None:
    """Take a step with the part, as the organisation that has it. To be called inside `opened_link`. Raises
    Refused: `closed-link` saying why it takes nothing, `unknown-step`, what the step raises."""
    step = STEPS_BY_LINK.get(verb)
    if step is None:
        raise Refused("unknown-step", "请选择接办、退回或整改完成。")
    with transaction.atomic():
        case = Case.objects.select_for_update().get(id=link.part.case_id)
        link = PartLink.objects.select_for_update().get(id=link.id)
        part = Part.objects.select_related("org").get(id=link.part_id)
        if why := shut(link, case, part, now):
            raise Refused("closed-link", why)
        step(
            actor=Actor(case.county_id, None, BY_LINK, (), system=BY_LINK, root_id=part.org_id),
            case_id=case.id,
            part_id=part.id,
            client_id=client_id,
            now=now,
            **given,
        )
        if verb != "accept":
            link.used_at = now
            link.save(update_fields=["used_at"])


def shut(link: PartLink, case: Case, part: Part, now: datetime) -> str:
    """Why the link takes nothing; empty: it does."""
    return why_shut(
        case.state,
        part.state,
        expires_at=link.expires_at,
        withdrawn=link.withdrawn_at is not None,
        used=link.used_at is not None,
        now=now,
    )


# ---- parts
# ---------------------------------------------------------------------------------------------------------
@contextmanager
def handling(actor: Actor, case_id: UUID, part_id: UUID, now: datetime) -> Iterator[tuple[Move, Part]]:
    """The case under its lock and a part of another organisation, for who may record on that one's behalf;
    of a confidential matter nobody. Raises Refused `not-found`."""
    with moving(actor=actor, case_id=case_id, client_id=uuid7(), now=now) as move:
        part = next((one for one in move.parts if one.id == part_id), None)
        may = (move.may.owner or move.may.overseer) and not move.case.confidential
        if part is None or part.id in move.may.holds or not may:
            raise not_found()
        yield move, part
