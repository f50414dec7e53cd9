"""Keeps the tallies right: what is out of date is judged again, set-wise, before anybody reads a figure.

A tally is out of date when something was recorded that its snapshot does not show and that may touch its
cells (`Change`), when time alone has changed a cell of its rule (`good_until`), or when another program or
other packs made it. So figures are exact at the moment of asking, and who asks pays only for what changed
since somebody asked last; a task asks every minute. Who asks while much is out of date does not wait for all
of it: he is told for how many organisations the figures are not made yet.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from psycopg.errors import LockNotAvailable

from huyuan.duties.models import Tally, Verdict
from huyuan.duties.queries.adopted import bindings_of, evaluation
from huyuan.duties.queries.board import gone, present, stored_verdicts
from huyuan.duties.queries.facts import Needs, needs_of, stream
from huyuan.duties.queries.freshness import MADE_OTHERWISE, MADE_WITH, UNSEEN, judged_by, seen_now
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.cells import Evaluation
from huyuan.duties.rules.facts import OrgFacts
from huyuan.duties.rules.tally import Standing, tally
from huyuan.duties.rules.verdicts import Verdict as Word
from huyuan.duties.schema import DoRule
from huyuan.kernel.days import end_of
from huyuan.kernel.ids import uuid7
from huyuan.kernel.recurrence import Cadence
from huyuan.orgs.models import SchoolClass
from huyuan.orgs.session import up_to_date

OF_TERMS = ("semester", "school_year", "before", "vacation")
# So many organisations are judged before the clock is looked at.
TOGETHER = 10
# A change that a tally has not seen matters to it unless all its cells had closed before.
NEWS = f"{UNSEEN} AND (made.reaches IS NULL OR change.since <= made.reaches)"
# (organisation, month, None): its tallies were never made, or otherwise than they would be now.
# (organisation, month, rule): time has changed a cell of the rule. Before anything was adopted, and further
# ahead than the next month, there is nothing to count.
OUT_OF_DATE = f"""
WITH mine (id) AS ({{orgs}}),
     asked (month) AS (
       SELECT month FROM unnest(%s::text[]) AS month
        WHERE month >= (SELECT to_char(min(go_live), 'YYYY-MM') FROM duties_adoption WHERE county_id = %s)
          AND month <= %s),
     program (made_with) AS ({MADE_WITH})
SELECT mine.id, asked.month, NULL::uuid
  FROM mine CROSS JOIN asked CROSS JOIN program
  LEFT JOIN duties_tallied made ON made.org_id = mine.id AND made.month = asked.month
 WHERE made.id IS NULL OR {MADE_OTHERWISE}
    OR EXISTS (SELECT FROM duties_change change
                WHERE change.county_id = %s AND change.org_id = mine.id AND {NEWS})
    -- Apart, for an OR of both would read all changes once for each organisation.
    OR EXISTS (SELECT FROM duties_change change
                WHERE change.county_id = %s AND change.org_id IS NULL AND {NEWS})
UNION
SELECT tally.org_id, tally.month, tally.rule_id
  FROM duties_tally tally JOIN mine ON mine.id = tally.org_id
 WHERE tally.county_id = %s AND tally.month = ANY (%s) AND tally.good_until <= %s
"""
WRITE = """
INSERT INTO duties_tally (id, county_id, month, org_id, rule_id, theme, verdict, becomes, cells, good_until)
SELECT id, %s, %s, org, rule, theme, verdict, becomes, cells, good_until
  FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::int[],
              %s::timestamptz[])
    AS figure (id, org, rule, theme, verdict, becomes, cells, good_until)
"""
MARK = """
INSERT INTO duties_tallied (id, county_id, month, seen, made_with, org_id, reaches)
SELECT made.id, %s, %s, %s, %s, made.org, made.reaches
  FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) AS made (id, org, reaches)
ON CONFLICT (org_id, month) DO UPDATE
   SET seen = excluded.seen, made_with = excluded.made_with, reaches = excluded.reaches
"""
# Months that nobody keeps up to date any more are made anew when they are asked for again.
LET_GO = f"""
DELETE FROM duties_tallied made USING ({MADE_WITH}) AS program (made_with)
 WHERE made.county_id = %s AND made.month <> ALL (%s) AND ({MADE_OTHERWISE}
    OR EXISTS (SELECT FROM duties_change change
                WHERE change.county_id = made.county_id AND change.org_id = made.org_id AND {NEWS})
    OR EXISTS (SELECT FROM duties_change change
                WHERE change.county_id = made.county_id AND change.org_id IS NULL AND {NEWS}))
"""
# What everything that was made from an organisation's facts has seen need not be kept; nor what comes from
# another server, whose count of transactions was ahead of ours (for that, see `MADE_OTHERWISE`).
FORGET = f"""
DELETE FROM duties_change change
 WHERE county_id = %s AND org_id IS {{which}} AND (
   change.xid::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot())
      AND change.xid::text::xid8 <> pg_current_xact_id()
   OR NOT EXISTS (SELECT FROM duties_tallied made WHERE {{whose}} AND {NEWS})
      AND NOT EXISTS (SELECT FROM duties_closing made WHERE {{whose}} AND {UNSEEN}))
"""
FORGETS = (
    FORGET.format(which="NOT NULL", whose="made.org_id = change.org_id"),
    FORGET.format(which="NULL", whose="made.county_id = change.county_id"),
)


@dataclass
class Due:
    """What is to be judged again in one month: organisations with all their rules, and with single ones."""

    whole: set[UUID] = field(default_factory=set)
    rules: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    @property
    def ids(self) -> set[UUID]:
        return self.whole | self.rules.keys()

    def parts(self, together: int | None) -> Iterator[tuple[list[UUID], set[UUID] | None]]:
        """So many organisations at a time with the rules to be judged, None: all."""
        for some in _few(self.whole, together):
            yield some, None
        for some in _few(self.rules.keys() - self.whole, together):
            yield some, set().union(*(self.rules[org_id] for org_id in some))


class Refreshed(NamedTuple):
    """How many (organisation, month) were judged again, and how many organisations still wait for that."""

    judged: int
    waiting: int


def refresh(
    county_id: int,
    orgs: QuerySet[Any, Any],
    months: Sequence[str],
    now: datetime,
    *,
    patience: float | None = None,
) -> Refreshed:
    """Bring the tallies of these organisations (a query of ids) and months ("2026-10") up to date.

    Called inside `acting` of whoever reaches them; one query when nothing is out of date. `patience`: seconds
    after which the rest is left out of date.
    """
    since = time.monotonic()
    first_look = out_of_date(county_id, orgs, months, now)
    if not first_look:
        return Refreshed(0, 0)
    ids = set().union(*(due.ids for due in first_look.values()))
    if not _lock(county_id, patience):
        return Refreshed(0, len(ids))
    # Somebody else may have done it while we waited.
    still = _due(county_id, "SELECT unnest(%s::uuid[])", [list(ids)], list(first_look), now)
    judged, waiting = 0, set[UUID]()
    with up_to_date():
        for month, due in sorted(still.items(), reverse=True):
            judging = Judging(county_id, month, now)
            for some, rules in due.parts(None if patience is None else TOGETHER):
                if patience is not None and time.monotonic() - since > patience:
                    waiting.update(some)
                else:
                    judging.again(some, rules)
                    judged += len(some)
    return Refreshed(judged, len(waiting))


def out_of_date(
    county_id: int, orgs: QuerySet[Any, Any], months: Sequence[str], now: datetime
) -> dict[str, Due]:
    """Month → what is out of date in it; one query. Called inside `acting`."""
    try:
        sql, params = orgs.query.sql_with_params()
    except EmptyResultSet:
        return {}
    return _due(county_id, sql, params, months, now)


def forget(county_id: int, kept: Sequence[str]) -> None:
    """Drop the changes that everything made from them has seen; `kept` are the months that a task keeps up
    to date. Called inside `acting`, in a transaction of its own."""
    with connection.cursor() as cursor:
        # While somebody judges, nobody knows yet what will have been seen.
        for name in ("duties.close", "duties.tally"):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [name, county_id])
        cursor.execute(LET_GO, [judged_by(), county_id, list(kept)])
        for statement in FORGETS:
            cursor.execute(statement, [county_id])


def _lock(county_id: int, patience: float | None) -> bool:
    """One judges at a time. Whoever has no time for it goes without."""
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                # None at all is written as 0.
                milliseconds = 0 if patience is None else max(1, round(1000 * patience))
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(milliseconds)])
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('duties.tally'), %s)", [county_id])
                cursor.execute("SELECT set_config('lock_timeout', '0', true)")
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                return False
            raise
    return True


def _few(ids: Iterable[UUID], together: int | None) -> Iterator[list[UUID]]:
    rest = iter(sorted(ids))
    while some := list(islice(rest, together)):
        yield some


def days_of(month: str) -> tuple[date, date]:
    """The first and last day of "2026-10"."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _due(
    county_id: int, orgs: str, params: Iterable[Any], months: Sequence[str], now: datetime
) -> dict[str, Due]:
    """Month → what is out of date in it."""
    found: dict[str, Due] = defaultdict(Due)
    asked, next_month = list(months), f"{now + timedelta(days=31):%Y-%m}"
    with connection.cursor() as cursor:
        given = [*params, asked, county_id, next_month, judged_by(), *[county_id] * 3, asked, now]
        cursor.execute(OUT_OF_DATE.format(orgs=orgs), given)
        for org_id, month, rule_id in cursor.fetchall():
            if rule_id is None:
                found[month].whole.add(org_id)
            else:
                found[month].rules[org_id].add(rule_id)
    return found


class Judging:
    """One month of a county, judged for some organisations after the other."""

    def __init__(self, county_id: int, month: str, now: datetime) -> None:
        self.county_id, self.month, self.now = county_id, month, now
        self.first, self.last = days_of(month)
        # Before the facts are read: what commits in between is judged now and once more, never missed.
        self.seen = seen_now()
        self.bindings = bindings_of(county_id, self.first, self.last)

    def again(self, org_ids: Collection[UUID], rules: Collection[UUID] | None) -> None:
        """Judge all rules of these organisations, or some, and write the figures over the old ones."""
        ids = list(org_ids)
        # At least to the month's end; further where a cell closes later, for ever where one never does.
        reaches: dict[UUID, datetime | None] = dict.fromkeys(ids, end_of(self.last))
        figures = [
            (uuid7(), org.id, *counted)
            for org, standing in self._standing(ids, rules)
            for counted in tally(org, _reaching(standing, org.id, reaches), self.now)
        ]
        old = Tally.objects.filter(org__in=ids, month=self.month)
        if rules is not None:
            old = old.filter(rule__in=rules)
        old.delete()
        with connection.cursor() as cursor:
            if figures:
                columns = [list(column) for column in zip(*figures, strict=True)]
                cursor.execute(WRITE, [self.county_id, self.month, *columns])
            if rules is None:
                made = ([uuid7() for _ in ids], ids, [reaches[org_id] for org_id in ids])
                cursor.execute(MARK, [self.county_id, self.month, *self.seen, *made])

    @cached_property
    def _all(self) -> tuple[Evaluation, Needs]:
        return self._evaluation(self.bindings)

    def _evaluation(self, bindings: Collection[Binding]) -> tuple[Evaluation, Needs]:
        made = evaluation(self.county_id, bindings, self.first, self.last, self.now)
        return made, needs_of(bindings, made.reach())

    def _standing(
        self, org_ids: Collection[UUID], rules: Collection[UUID] | None
    ) -> Iterator[tuple[OrgFacts, Iterator[Standing]]]:
        """The cells counted under the month, organisation by organisation, closed ones as they were
        closed."""
        bindings = [each for each in self.bindings if rules is None or each.rule_id in rules]
        if bindings:
            judging, needs = self._all if rules is None else self._evaluation(bindings)
            stored, elsewhere = self._stored(org_ids, rules), self._elsewhere(org_ids, bindings)
            for org in stream(self.county_id, org_ids, needs, bindings):
                yield org, self._of(org, judging, stored[org.id], elsewhere)

    def _of(
        self,
        org: OrgFacts,
        judging: Evaluation,
        stored: dict[tuple[Any, ...], Word],
        elsewhere: Collection[tuple[Any, ...]],
    ) -> Iterator[Standing]:
        for cell in judging.cells(org):
            if cell.key in stored or (self.first <= cell.day <= self.last and cell.key not in elsewhere):
                verdict = stored.pop(cell.key, cell.verdict)
                becomes = cell.correction.becomes if cell.correction else cell.verdict
                # What a cell becomes that is open once more, is not known before it closes.
                yield Standing(cell, verdict, becomes if cell.is_closed(self.now) else verdict)
        if stored:
            yield from self._missing(org, judging.bindings, stored)

    def _missing(
        self, org: OrgFacts, bindings: Sequence[Binding], stored: dict[tuple[Any, ...], Word]
    ) -> Iterator[Standing]:
        """Cells stored under the month that no longer touch it, or are gone."""
        mine = [row for row in stored_verdicts([org.id], self.first, self.last).items() if row[0] in stored]
        there = present(self.county_id, [kept for _, kept in mine], bindings, self.now)
        by_rule = {(each.adoption_id, each.rule_id): each for each in bindings}
        for key, kept in mine:
            cell = there.get(key) or gone(key, kept, by_rule[key[0], key[1]])
            yield Standing(cell, kept.verdict, cell.verdict if cell.is_closed(self.now) else kept.verdict)

    def _stored(
        self, org_ids: Collection[UUID], rules: Collection[UUID] | None
    ) -> dict[UUID, dict[tuple[Any, ...], Word]]:
        """Organisation → key of a closed cell → its verdict, which stands whatever the records say since; one
        query."""
        rows = Verdict.objects.filter(org__in=list(org_ids), month=self.month)
        if rules is not None:
            rows = rows.filter(rule__in=rules)
        columns = rows.values_list(
            "org_id", "verdict", "adoption_id", "rule_id", "subject_id", "part", "period"
        )
        found: dict[UUID, dict[tuple[Any, ...], Word]] = defaultdict(dict)
        for org_id, verdict, *key in columns.iterator(chunk_size=5000):
            found[org_id][tuple(key)] = cast(Word, verdict)
        return found

    def _elsewhere(
        self, org_ids: Collection[UUID], bindings: Collection[Binding]
    ) -> Collection[tuple[Any, ...]]:
        """Keys of cells that were closed under another month: where a term table is corrected, a period may
        end in another one than it did."""
        rules = {each.rule_id for each in bindings if is_of_terms(each)}
        if not rules:
            return ()
        classes = SchoolClass.objects.filter(org__in=list(org_ids)).values("id")
        rows = Verdict.objects.filter(
            Q(subject_id__in=list(org_ids)) | Q(subject_id__in=classes),
            adoption__in={each.adoption_id for each in bindings},
            rule__in=rules,
        ).exclude(month=self.month)
        return set(rows.values_list("adoption_id", "rule_id", "subject_id", "part", "period"))


def is_of_terms(binding: Binding) -> bool:
    """Do the rule's periods follow the county's terms and breaks?"""
    every = binding.rule.every if isinstance(binding.rule, DoRule) else None
    return isinstance(every, Cadence) and every.kind in OF_TERMS


def _reaching(
    standing: Iterable[Standing], org_id: UUID, reaches: dict[UUID, datetime | None]
) -> Iterator[Standing]:
    """Note how far the cells reach while they are counted."""
    for each in standing:
        so_far, close_at = reaches[org_id], each.cell.close_at
        reaches[org_id] = max(so_far, close_at) if so_far and close_at else None
        yield each
