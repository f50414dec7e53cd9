"""The working calendar of one organisation, of all its posts or of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from huyuan.duties.queries.board import cells
from huyuan.duties.rules.verdicts import Cell
from huyuan.kernel.calendar import Calendar
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import require
from huyuan.orgs.queries import calendar_of
from huyuan.portal.agenda import Agenda, laid_out
from huyuan.portal.queries.today import staff_of
from huyuan.portal.rules import Staff, mine

MINE, ALL = "mine", "all"
"""Whose duties: those of my own posts there, or everybody's. Anything else is a kind of post."""


@dataclass(frozen=True)
class Page:
    """The calendar of an organisation. `post`: whose duties it shows; `posts`: kind → title of the posts that
    somebody's duties here are."""

    org: Organisation
    agenda: Agenda
    calendar: Calendar
    post: str
    posts: Mapping[str, str]
    own: bool


def page(actor: Actor, org_id: UUID, post: str, first: date, last: date, now: datetime) -> Page:
    """What is owed between two days, as it stands; a constant number of queries. `post` empty: of my own
    posts where I hold one there, else everybody's. Raises Refused `not-found`, `forbidden`."""
    require(actor, "duty.see", org_id)
    org = Organisation.objects.get(id=org_id)
    staff = staff_of([org_id], now)[org_id]
    holdings = [holding for holding in actor.holdings if holding.org_id == org_id]
    if post != ALL and post not in staff.held and not (post == MINE and holdings):
        post = MINE if holdings else ALL
    shown = [
        one.cell._replace(verdict=one.verdict)
        for one in cells(actor, org_ids=[org_id], first=first, last=last, now=now)
    ]
    titles = staff.held
    asked = {staff.falls_to(cell.binding)[1] for cell in shown}
    if post == MINE:
        shown = [cell for cell in shown if mine(cell, holdings, staff)]
    elif post != ALL:
        shown = [cell for cell in shown if falls_to(cell, post, staff)]
    calendar = calendar_of(actor.county_id)
    return Page(
        org,
        laid_out(shown, calendar, first, last),
        calendar,
        post,
        {kind: title for kind, title in titles.items() if kind in asked},
        bool(holdings),
    )


def falls_to(cell: Cell, post: str, staff: Staff) -> bool:
    """Is it the post's duty, or anybody's?"""
    return staff.falls_to(cell.binding)[1] in ("", post)
