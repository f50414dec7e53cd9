"""Keeps the tallies right: what is out of date is judged again, set-wise, before anybody reads a figure.

A tally is out of date when something was recorded for its organisation that its snapshot does not show
(`Change`), or when time alone has changed a cell of its rule (`good_until`). So figures are exact at the
moment of asking, and who asks pays only for what changed since somebody asked last; a task asks every minute.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from huyuan.duties.models import Tally, Verdict
from huyuan.duties.queries.adopted import bindings_of, breaches
from huyuan.duties.queries.facts import needs_of, stream
from huyuan.duties.rules.cells import Evaluation
from huyuan.duties.rules.facts import OrgFacts
from huyuan.duties.rules.tally import Standing, tally
from huyuan.duties.rules.verdicts import Verdict as Word
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import system_actor
from huyuan.orgs.queries import calendar_of
from huyuan.orgs.session import widened

# (organisation, month, None): its tallies were never made, or without something recorded or installed since.
# (organisation, month, rule): time has changed a cell of the rule.
OUT_OF_DATE = """
WITH mine (id) AS ({orgs})
SELECT mine.id, months.month, NULL::uuid
  FROM mine CROSS JOIN unnest(%s::text[]) AS months (month)
  LEFT JOIN duties_tallied made ON made.org_id = mine.id AND made.month = months.month
 WHERE made.id IS NULL
    OR made.made_at < (SELECT max(installed_at) FROM packs_packversion)
    OR EXISTS (SELECT FROM duties_change change
                WHERE change.county_id = %s AND change.org_id = mine.id
                  AND NOT pg_visible_in_snapshot(change.xid::text::xid8, made.seen::pg_snapshot))
    -- Apart, for an OR of both would read all changes once for each organisation.
    OR EXISTS (SELECT FROM duties_change change
                WHERE change.county_id = %s AND change.org_id IS NULL
                  AND NOT pg_visible_in_snapshot(change.xid::text::xid8, made.seen::pg_snapshot))
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
INSERT INTO duties_tallied (id, county_id, month, made_at, seen, org_id)
SELECT made.id, %s, %s, %s, %s, made.org FROM unnest(%s::uuid[], %s::uuid[]) AS made (id, org)
ON CONFLICT (org_id, month) DO UPDATE SET made_at = excluded.made_at, seen = excluded.seen
"""
# What every tally of the county was made with need not be kept.
FORGET = """
DELETE FROM duties_change change WHERE county_id = %s AND NOT EXISTS (
  SELECT FROM (SELECT DISTINCT seen FROM duties_tallied WHERE county_id = %s) AS made
   WHERE NOT pg_visible_in_snapshot(change.xid::text::xid8, made.seen::pg_snapshot))
"""


@dataclass
class Due:
    """What is to be judged again in one month: organisations with all their rules, and with single ones."""

    whole: set[UUID] = field(default_factory=set)
    rules: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))


def refresh(county_id: int, orgs: QuerySet[Any, Any], months: Sequence[str], now: datetime) -> int:
    """Bring the tallies of these organisations (a query of ids) and months ("2026-10") up to date.

    Called inside `acting`; returns how many (organisation, month) were judged again. One query when none is.
    """
    try:
        sql, params = orgs.query.sql_with_params()
    except EmptyResultSet:
        return 0
    first_look = _due(county_id, sql, params, months, now)
    if not first_look:
        return 0
    # Verdicts are the same whoever asks: they are made from everything that the county has recorded.
    with widened(system_actor("更新统计", county_id).viewers):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('duties.tally'), %s)", [county_id])
        ids = {org_id for due in first_look.values() for org_id in due.whole | due.rules.keys()}
        # Somebody else may have done it while we waited.
        still = _due(county_id, "SELECT unnest(%s::uuid[])", [list(ids)], list(first_look), now)
        for month, due in still.items():
            if due.whole:
                _judge(county_id, month, due.whole, None, now)
            single = {org_id: rules for org_id, rules in due.rules.items() if org_id not in due.whole}
            if single:
                _judge(county_id, month, single, set().union(*single.values()), now)
    return sum(len(due.whole | due.rules.keys()) for due in still.values())


def forget(county_id: int) -> None:
    """Drop the changes that every tally of the county has seen. Called inside `acting`."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [county_id, county_id])


def days_of(month: str) -> tuple[date, date]:
    """The first and last day of "2026-10"."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _due(
    county_id: int, orgs: str, params: Iterable[Any], months: Sequence[str], now: datetime
) -> dict[str, Due]:
    """Month → what is out of date in it."""
    found: dict[str, Due] = defaultdict(Due)
    asked = list(months)
    with connection.cursor() as cursor:
        given = [*params, asked, county_id, county_id, county_id, asked, now]
        cursor.execute(OUT_OF_DATE.format(orgs=orgs), given)
        for org_id, month, rule_id in cursor.fetchall():
            if rule_id is None:
                found[month].whole.add(org_id)
            else:
                found[month].rules[org_id].add(rule_id)
    return found


def _judge(
    county_id: int, month: str, org_ids: Collection[UUID], rules: Collection[UUID] | None, now: datetime
) -> None:
    """Judge a month of these organisations, all rules or some, and write its figures over the old ones."""
    with connection.cursor() as cursor:
        # Taken before the facts are read: what commits in between is judged now and once more, never missed.
        cursor.execute(
            "SELECT clock_timestamp(), pg_current_snapshot()::text, pg_current_xact_id()::text::bigint"
        )
        made_at, snapshot, own = cursor.fetchone()
    seen = without(snapshot, own)
    figures = [
        (uuid7(), org.id, *counted)
        for org, standing in _standing(county_id, month, org_ids, rules, now)
        for counted in tally(org, standing, now)
    ]
    ids = list(org_ids)
    old = Tally.objects.filter(org__in=ids, month=month)
    if rules is not None:
        old = old.filter(rule__in=rules)
    old.delete()
    with connection.cursor() as cursor:
        if figures:
            columns = [list(column) for column in zip(*figures, strict=True)]
            cursor.execute(WRITE, [county_id, month, *columns])
        if rules is None:
            cursor.execute(MARK, [county_id, month, made_at, seen, [uuid7() for _ in ids], ids])


def without(snapshot: str, xid: int) -> str:
    """The snapshot ("xmin:xmax:xip,…") with a transaction counted as still running.

    A snapshot takes our own transaction for finished as soon as a later one is. What it records after its
    tallies were made would then never be noticed.
    """
    low, high, running = snapshot.split(":")
    if xid >= int(high):
        return snapshot
    among = sorted({xid, *(int(each) for each in running.split(",") if each)})
    return f"{min(int(low), xid)}:{high}:{','.join(map(str, among))}"


def _standing(
    county_id: int, month: str, org_ids: Collection[UUID], rules: Collection[UUID] | None, now: datetime
) -> Iterator[tuple[OrgFacts, Iterator[Standing]]]:
    """The cells counted under the month, organisation by organisation: closed ones as they were closed."""
    first, last = days_of(month)
    bindings = bindings_of(county_id, first, last)
    if rules is not None:
        bindings = [binding for binding in bindings if binding.rule_id in rules]
    if not bindings:
        return
    evaluation = Evaluation(bindings, calendar_of(county_id), first, last, now, breaches())
    stored = _stored(month, org_ids, rules)
    for org in stream(county_id, org_ids, needs_of(bindings, *evaluation.reach()), bindings):
        yield org, _of(org, evaluation, first, last, stored)


def _of(
    org: OrgFacts, evaluation: Evaluation, first: date, last: date, stored: dict[tuple[Any, ...], Word]
) -> Iterator[Standing]:
    for cell in evaluation.cells(org):
        if first <= cell.day <= last:
            becomes = cell.correction.becomes if cell.correction else cell.verdict
            yield Standing(cell, stored.get(cell.key, cell.verdict), becomes)


def _stored(
    month: str, org_ids: Collection[UUID], rules: Collection[UUID] | None
) -> dict[tuple[Any, ...], Word]:
    """Key of a closed cell → its verdict, which stands whatever the records say since; one query."""
    rows = Verdict.objects.filter(org__in=list(org_ids), month=month)
    if rules is not None:
        rows = rows.filter(rule__in=rules)
    columns = rows.values_list("adoption_id", "rule_id", "subject_id", "part", "period", "verdict")
    return {tuple(key): cast(Word, verdict) for *key, verdict in columns.iterator(chunk_size=5000)}
