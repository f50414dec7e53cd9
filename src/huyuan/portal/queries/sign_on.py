"""Signing on: the windows that a person may sign in for, who is there, and the form that records it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Subquery, UUIDField, When
from django.db.models.functions import Cast

from huyuan.duties.models import Presence
from huyuan.duties.queries.adopted import bindings_of
from huyuan.duties.queries.board import computed
from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.schema import PostRule
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Person
from huyuan.portal.windows import AHEAD, Offer, offered
from huyuan.registers.models import Entry, Form
from huyuan.registers.prefill import counts_as
from huyuan.registers.queries import current_form, filling_post, spec_of
from huyuan.registers.schema import FormSpec
from huyuan.registers.schema import Presence as PresenceEffect

SIGN_IN = "sign-in"
"""The form whose entries are sign-ins."""
# How an id of ours is written.
ID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


@dataclass(frozen=True)
class SignInForm:
    """The form with the names of its fields, as its effect names them."""

    form: Form
    spec: FormSpec
    day: str
    point: str
    people: str
    person: str
    qualified: str
    arrived: str
    left: str


@dataclass(frozen=True)
class There:
    """Somebody who is at a point now. `entry_id`: what says so; `own`: I handed it in myself."""

    org_id: UUID
    point: str
    person: str
    name: str
    qualified: tuple[str, ...]
    since: datetime
    until: datetime
    entry_id: UUID
    own: bool


def sign_in_form() -> SignInForm:
    """The newest sign-in form. Raises Refused `unknown-form`."""
    form = current_form(SIGN_IN)
    spec = spec_of(form)
    effect = next(one for one in spec.effects if isinstance(one, PresenceEffect))
    names = (effect.point, effect.person, effect.qualified, effect.from_, effect.until)
    point, *row = (name.removeprefix("$") for name in names)
    return SignInForm(form, spec, spec.happened or "", point, effect.repeat or "", *row)


def windows_now(actor: Actor, now: datetime) -> list[Cell]:
    """Every window of the actor's own organisations between yesterday and what lies ahead."""
    own = {holding.org_id for holding in actor.holdings}
    first, last = day_of(now) - timedelta(days=1), day_of(now + AHEAD)
    posts = [one for one in bindings_of(actor.county_id, first, last) if isinstance(one.rule, PostRule)]
    return list(computed(actor.county_id, own, posts, first, last, now)) if own else []


def offers_of(actor: Actor, cells: Iterable[Cell], now: datetime) -> list[Offer]:
    """Those windows that the actor may sign in for; no query where there are none."""
    windows = list(cells)
    if not windows:
        return []
    spec = sign_in_form().spec
    counts = {
        org_id: tuple(counts_as(actor, org_id))
        for org_id in {cell.org_id for cell in windows}
        if filling_post(actor, spec, org_id)
    }
    return offered(windows, counts, now)


def present(actor: Actor, org_ids: Collection[UUID], now: datetime) -> list[There]:
    """Who is at which point of these organisations now, each person where they signed in last; one query."""
    known = Person.objects.filter(id=Cast(OuterRef("person"), UUIDField())).values("name")
    rows = (
        Presence.objects.filter(
            org_id__in=org_ids, planned=False, voided_at=None, starts_at__lte=now, ends_at__gt=now
        )
        .annotate(
            # Whoever stands on a sheet by name alone is no person of ours.
            name=Case(When(person__regex=ID, then=Subquery(known)), default="person"),
            own=Exists(Entry.objects.filter(id=OuterRef("source_id"), filler_id=actor.person_id)),
        )
        .order_by("starts_at", "recorded_at", "id")
    )
    last: dict[tuple[UUID, str], Any] = {}
    counted: dict[tuple[UUID, str], list[str]] = {}
    for row in rows:
        # One sign-in may count a person as several things, each a row.
        before = last.get((row.org_id, row.person))
        if before is None or before.source_id != row.source_id:
            counted[row.org_id, row.person] = []
        counted[row.org_id, row.person].append(row.qualified)
        last[row.org_id, row.person] = row
    return [
        There(
            row.org_id,
            row.point,
            row.person,
            row.name or row.person,
            tuple(sorted(counted[key])),
            row.starts_at,
            row.ends_at,
            row.source_id,
            row.own,
        )
        for key, row in last.items()
    ]


def handed_in(actor: Actor, client_id: UUID) -> Entry | None:
    """What the actor already handed in under this client id."""
    mine = Entry.objects.filter(county_id=actor.county_id, client_id=client_id, filler_id=actor.person_id)
    return mine.exclude(state="draft").first()
