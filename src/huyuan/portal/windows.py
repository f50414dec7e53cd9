"""Signing on: at which points somebody may sign in now, and until when. No database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.schema import PostRule
from huyuan.kernel.windows import ANCHOR_ZH, Anchor

SOON = timedelta(hours=2)
"""So long before a window its button is there: whoever comes early signs in on coming."""
AHEAD = timedelta(hours=24)
"""So far ahead windows are told of."""

# Times of day for which one signs in on coming. A whole day or all lessons are manned by turns.
SIGNED: tuple[Anchor, ...] = ("arrival", "dismissal", "shift", "night")


@dataclass(frozen=True)
class Offer:
    """A window at a point for which a person may sign in, counted as everything in `qualified`.

    What several rules ask at the same time of day is one window, from the first start to the last end.
    """

    org_id: UUID
    point: str
    period: str
    qualified: tuple[str, ...]
    start_at: datetime
    end_at: datetime

    @property
    def anchor_zh(self) -> str:
        return ANCHOR_ZH[anchor_of(self.period) or "day"]

    def is_near(self, now: datetime) -> bool:
        """Is it open, or will it be soon?"""
        return self.start_at - SOON <= now < self.end_at


def anchor_of(period: str) -> Anchor | None:
    """ "2026-10-31-shift-2" → shift; None where the organisation has no such time of day on file."""
    name = period[len("2026-10-31-") :].rpartition("-")[0]
    return next((anchor for anchor in SIGNED if anchor == name), None)


def counted(cell: Cell) -> Sequence[str]:
    """Whom the cell counts."""
    rule = cell.binding.rule
    assert isinstance(rule, PostRule)
    return (cell.part,) if cell.part else rule.at_least.qualified


def ahead(cell: Cell, now: datetime) -> bool:
    """Is it a window that somebody can still sign in for, within the next day? Where sign-in at the point has
    not begun yet, the roster is judged and nobody need sign."""
    rule = cell.binding.rule
    if not isinstance(rule, PostRule):
        return False
    since = cell.binding.sign_ins.get(rule.point)
    return (
        since is not None
        and since <= cell.day
        and cell.verdict != "not_applicable"
        and anchor_of(cell.period) is not None
        and cell.due_at is not None
        and now < cell.due_at
        and cell.start_at < now + AHEAD
    )


def offered(cells: Iterable[Cell], counts: Mapping[UUID, Sequence[str]], now: datetime) -> list[Offer]:
    """The windows for which a person may sign in, the first to begin first.

    `counts`: what the person counts as at each organisation, the foremost first. One tap counts as each of
    them that a rule of the window asks for.
    """
    windows: dict[tuple[UUID, str, str], list[Cell]] = {}
    for cell in cells:
        rule = cell.binding.rule
        if not isinstance(rule, PostRule) or not ahead(cell, now):
            continue
        if set(counted(cell)) & set(counts.get(cell.org_id, ())):
            windows.setdefault((cell.org_id, rule.point, cell.period), []).append(cell)
    offers = [
        Offer(
            org_id,
            point,
            period,
            tuple(key for key in counts[org_id] if any(key in counted(cell) for cell in together)),
            min(cell.start_at for cell in together),
            max(cell.due_at for cell in together if cell.due_at),
        )
        for (org_id, point, period), together in windows.items()
    ]
    return sorted(offers, key=lambda offer: (offer.start_at, offer.end_at, offer.point))
