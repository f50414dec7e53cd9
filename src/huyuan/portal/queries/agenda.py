"""The working calendar of one organisation, of all its posts or of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from huyuan.duties.queries.adopted import bindings_of
from huyuan.duties.queries.board import computed, stored_verdicts
from huyuan.duties.schema import HaveRule
from huyuan.kernel.calendar import Calendar
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import require
from huyuan.orgs.queries import calendar_of
from huyuan.portal.agenda import Agenda, laid_out
from huyuan.portal.queries.today import staff_of
from huyuan.portal.rules import mine

MINE, ALL = "mine", "all"
"""Whose duties: those of my own posts there, or everybody's. Anything else is a kind of post."""


@dataclass(frozen=True)
class Page:
    """The calendar of an organisation. `post`: whose duties it shows; `posts`: kind → title of the posts that
    somebody's duties here are; `standards`: how many states there are that hold or not, on no day."""

    org: Organisation
    agenda: Agenda
    standards: int
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
    kinds = {holding.post_kind for holding in holdings} if post == MINE else {post}
    bound = [each for each in bindings_of(actor.county_id, first, last) if each.binds(org_id, org.kind)]
    falls_to = {each: staff.falls_to(each)[1] for each in bound}
    asked = [each for each in bound if post == ALL or falls_to[each] in {"", *kinds}]
    judged = [each for each in asked if not isinstance(each.rule, HaveRule)]
    closed = stored_verdicts([org_id], first, last)
    cells = (
        cell._replace(verdict=closed[cell.key].verdict) if cell.key in closed else cell
        for cell in computed(actor.county_id, [org_id], judged, first, last, now)
        if post != MINE or mine(cell, holdings, staff)
    )
    calendar = calendar_of(actor.county_id)
    return Page(
        org,
        laid_out(cells, calendar, first, last),
        len({each.rule_id for each in asked if isinstance(each.rule, HaveRule)}),
        calendar,
        post,
        {kind: title for kind, title in staff.held.items() if kind in falls_to.values()},
        bool(holdings),
    )
