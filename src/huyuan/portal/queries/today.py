"""What is asked of a person today, over all posts, in a number of queries that grows with nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from huyuan.duties.queries.adopted import bindings_of, evaluation
from huyuan.duties.queries.board import decisions
from huyuan.duties.queries.facts import needs_of, stream
from huyuan.duties.queries.words import matters
from huyuan.duties.rules.strictest import strictest
from huyuan.duties.rules.verdicts import Cell
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor, Holding
from huyuan.orgs.models import Post
from huyuan.portal.rules import Duty, Staff, asks_now, fold, sorted_out
from huyuan.portal.windows import ahead

LOOK_BACK = timedelta(days=31)
"""How far before today a period may have ended whose cell is still open."""


@dataclass(frozen=True)
class Asked:
    """What one organisation asks of me, how many open duties its other posts have, and the windows for which
    somebody can sign in today."""

    org_id: UUID
    org_name: str
    duties: list[Duty]
    others: int
    others_overdue: int
    windows: list[Cell]


def asked_of(actor: Actor, now: datetime) -> list[Asked]:
    """The open duties of the actor's own organisations, sorted out by whose they are."""
    today = day_of(now)
    own: dict[UUID, list[Holding]] = {}
    for holding in actor.holdings:
        own.setdefault(holding.org_id, []).append(holding)
    first = today - LOOK_BACK
    bindings = [
        binding
        for binding in bindings_of(actor.county_id, first, today)
        if any(binding.binds(org_id, held[0].org_kind) for org_id, held in own.items())
    ]
    if not bindings:
        return []
    judging = evaluation(actor.county_id, bindings, first, today, now, open_only=True)
    staffs = staff_of(own, now)
    specs, decided = matters(), decisions(actor.county_id)
    found = []
    for org in stream(actor.county_id, own.keys(), needs_of(bindings, judging.reach()), bindings):
        cells_now = list(judging.cells(org))
        open_cells = [cell for cell in cells_now if asks_now(cell, today, now)]
        duties, elsewhere = sorted_out(open_cells, own[org.id], staffs[org.id])
        others = [line[0] for line in elsewhere]
        found.append(
            Asked(
                org.id,
                own[org.id][0].org_name,
                fold(duties, strictest(org, bindings, specs, today, decided)),
                sum(cell.verdict in ("owed", "overdue") for cell in others),
                sum(cell.verdict == "overdue" for cell in others),
                [cell for cell in cells_now if ahead(cell, now)],
            )
        )
    return sorted(found, key=lambda asked: list(own).index(asked.org_id))


def staff_of(org_ids: Iterable[UUID], now: datetime) -> dict[UUID, Staff]:
    """Which kinds of post are held today in these organisations; one query."""
    today = day_of(now)
    running = Q(appointments__from_day__lte=today) & (
        Q(appointments__until=None) | Q(appointments__until__gte=today)
    )
    staying = Q(appointments__person__left=None) | Q(appointments__person__left__gte=today)
    rows = (
        Post.objects.filter(org_id__in=list(org_ids))
        .values_list("org_id", "kind", "title")
        .annotate(held=Count("appointments", filter=running & staying))
        .order_by("org_id", "kind", "title")
    )
    held: dict[UUID, dict[str, str]] = {org_id: {} for org_id in org_ids}
    vacant: dict[UUID, dict[str, str]] = {org_id: {} for org_id in org_ids}
    for org_id, kind, title, count in rows:
        (held if count else vacant)[org_id].setdefault(kind, title)
    return {org_id: Staff(held[org_id], vacant[org_id]) for org_id in held}
