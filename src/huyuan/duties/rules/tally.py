"""Cells as figures: how many stand at each verdict, and how long that holds if nothing more is recorded."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from huyuan.duties.rules.facts import OrgFacts
from huyuan.duties.rules.verdicts import Cell, Verdict
from huyuan.duties.schema import DoRule, HaveRule, PostRule
from huyuan.kernel.days import day_of, end_of

INSTANT = timedelta(microseconds=1)


class Standing(NamedTuple):
    """A cell with the verdict that stands (as closed, or as of now), and what it becomes when corrected."""

    cell: Cell
    verdict: Verdict
    becomes: Verdict


class Counted(NamedTuple):
    """So many cells of a rule at a verdict; `good_until` is one for all rows of a rule, None: for ever."""

    rule_id: UUID
    theme: str
    verdict: Verdict
    becomes: Verdict
    cells: int
    good_until: datetime | None


def tally(org: OrgFacts, standing: Iterable[Standing], now: datetime) -> Iterator[Counted]:
    """The figures of one organisation's cells, rule by rule."""
    counts: Counter[tuple[UUID, str, Verdict, Verdict]] = Counter()
    until: dict[UUID, datetime] = {}
    for cell, verdict, becomes in standing:
        rule_id = cell.binding.rule_id
        counts[rule_id, cell.binding.rule.theme, verdict, becomes] += 1
        change = next_change(cell, org, now)
        if change is not None:
            until[rule_id] = min(change, until.get(rule_id, change))
    for (rule_id, theme, verdict, becomes), cells in counts.items():
        yield Counted(rule_id, theme, verdict, becomes, cells, until.get(rule_id))


def next_change(cell: Cell, org: OrgFacts, now: datetime) -> datetime | None:
    """The next instant at which the cell may change without anything being recorded; None: never."""
    if cell.is_closed(now):
        return None
    if now < cell.start_at:
        return cell.start_at
    edges = [cell.due_at, cell.close_at]
    rule = cell.binding.rule
    match rule:
        case HaveRule():
            # A state is judged by the day.
            edges.append(end_of(day_of(now)))
        case PostRule():
            edges += _comings_and_goings(cell, rule, org)
        case DoRule() if rule.who.if_:
            # Whom a rule speaks of is asked for the day.
            edges.append(end_of(day_of(now)))
    return min((edge for edge in edges if edge is not None and edge > now), default=None)


def _comings_and_goings(cell: Cell, rule: PostRule, org: OrgFacts) -> Iterator[datetime]:
    """While a window lasts: the end of its tolerance, and when somebody signed in comes or goes."""
    yield cell.start_at + timedelta(minutes=rule.tolerance_minutes) + INSTANT
    for spans in org.presences.values():
        for span in spans:
            yield span.starts_at
            yield span.ends_at
