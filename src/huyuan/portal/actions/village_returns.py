"""Collecting the villages' returns: asking for what is missing, and beginning what is made of them."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import transaction
from django.urls import reverse

from huyuan.kernel.days import day_of, last_day, zh_day
from huyuan.kernel.errors import Refused
from huyuan.notify.actions import Line, send_all
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import require
from huyuan.portal.actions.signing_on import answers_of
from huyuan.portal.queries import village_returns as queries
from huyuan.portal.village_returns import BEFORE, FOUND, OPEN, SCHOOL, SETTLED, Month, bulletin, kinds_of
from huyuan.registers import actions
from huyuan.registers.models import Entry
from huyuan.registers.queries import current_form
from huyuan.trace import actions as trace


class Chased(NamedTuple):
    """How many villages were asked by a message now, how many had been today, and how many have nobody who
    signs in."""

    asked: int
    before: int
    by_telephone: int


def chase(*, actor: Actor, month: Month, now: datetime) -> Chased:
    """Ask every village whose return of the month is missing, once a day. Raises Refused: `not-found`,
    `forbidden`, `month-ahead`."""
    today = day_of(now)
    if month.first > today:
        raise Refused("month-ahead", f"{month.zh}还没有到，不用催。")
    with transaction.atomic():
        page = queries.page(actor, month, now)
        for one in page.villages:
            require(actor, "returns.collect", one.id)
        missing = [one for one in page.villages if one.counts is None]
        told = [one for one in missing if one.reachable]
        fresh = [one for one in told if one.chased != today]
        spec = queries.return_spec()
        due = f"，应在{zh_day(last_day(page.due_at))}前交" if page.due_at else ""
        text = f"请报送{month.zh}《{spec.title}》{due}。没有纠纷的也要报0。"
        send_all(
            [
                Line(
                    one.id,
                    post,
                    f"{queries.chase_key(month)}{today}",
                    text,
                    f"{reverse('registers:fill', args=[spec.key])}?org={one.id}&month={month.key}",
                )
                for one in fresh
                for post in spec.posts
            ],
            now=now,
        )
        office = page.office
        if fresh and office:
            said = {"month": month.key, "villages": len(fresh)}
            trace.record(
                actor.snapshot(), "returns.chase", "orgs_organisation", office.org_id, office.org_id,
                None, said, now=now,
            )  # fmt: skip
    return Chased(len(fresh), len(told) - len(fresh), len(missing) - len(told))


def draft_collection(*, actor: Actor, month: Month, client_id: UUID, now: datetime) -> Entry:
    """Begin the town's own sum of the month with the numbers filled in. Raises Refused: `not-found`,
    `forbidden`, and what `registers.actions.draft_save` raises."""
    page = queries.page(actor, month, now)
    whole, counts = page.totals, page.totals.counts
    body = {
        "month": month.key,
        "day": str(min(day_of(now), month.last)),
        "villages": whole.villages,
        "received": whole.received,
        "complete": "yes" if not whole.missing else "no",
        **{name: counts[name] for name in (BEFORE, FOUND, SCHOOL, SETTLED, OPEN)},
    }
    return draft(actor, page, queries.COLLECTION, body, client_id, now)


def draft_bulletin(*, actor: Actor, month: Month, client_id: UUID, now: datetime) -> Entry:
    """Begin the bulletin of the month with the counts put into words. Raises what `draft_collection`
    raises."""
    page = queries.page(actor, month, now)
    body = {
        "date": str(min(day_of(now), month.last)),
        "kind": "petitions",
        "title": f"{month.zh}信访和不稳定因素通报",
        "to": ["departments"],
        "content": bulletin(page.town, month, page.totals, kinds_of(queries.return_spec())),
    }
    return draft(actor, page, queries.BULLETIN, body, client_id, now)


def draft(
    actor: Actor, page: queries.Page, key: str, body: dict[str, Any], client_id: UUID, now: datetime
) -> Entry:
    """A draft of the form in the name of the collecting office."""
    require(actor, "returns.collect", page.villages[0].id)
    office = page.office
    assert office
    return actions.draft_save(
        actor=actor,
        form_id=current_form(key).id,
        org_id=office.org_id,
        client_id=uuid5(client_id, key),
        answers=answers_of(body),
        now=now,
    )
