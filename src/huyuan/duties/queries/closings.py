"""How far the closing has come with each organisation, what it has to look at, and what it stored."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from huyuan.duties.models import RULE_KINDS, Correction, Verdict
from huyuan.duties.queries.freshness import (
    JUDGED_OTHERWISE,
    MADE_ELSEWHERE,
    MADE_OTHERWISE,
    MADE_WITH,
    UNSEEN,
    judged_by,
)

CHUNK = 2000
KEY = ("adoption_id", "rule_id", "subject_id", "part", "period")
KINDS = [kind for kind, _ in RULE_KINDS]
NEWS = f"""SELECT min(change.since) - interval '1 microsecond' AS since FROM duties_change change
           WHERE change.county_id = org.county_id AND {UNSEEN}"""
# What another program or other packs would judge otherwise is written beside the verdicts of so many days.
REACH_BACK = "interval '45 days'"
# Organisations and kinds of rule of which something closed or was recorded: the instant up to which their
# cells are stored, and the one after which closed cells are to be looked at (None: all of them).
LOOKS = f"""
SELECT kind.kind, org.id, made.at,
       CASE WHEN NOT {MADE_ELSEWHERE} THEN
         least(made.at - CASE WHEN {JUDGED_OTHERWISE} THEN {REACH_BACK} ELSE interval '0' END,
               own.since, common.since) END
  FROM orgs_organisation org
 CROSS JOIN unnest(%s::text[]) AS kind (kind)
 CROSS JOIN ({MADE_WITH}) AS program (made_with)
  LEFT JOIN duties_closing made ON made.org_id = org.id AND made.kind = kind.kind
  LEFT JOIN LATERAL ({NEWS} AND change.org_id = org.id) own ON true
  LEFT JOIN LATERAL ({NEWS} AND change.org_id IS NULL) common ON true
 WHERE org.county_id = %s AND (%s::uuid[] IS NULL OR org.id = ANY (%s::uuid[]))
   AND (made.id IS NULL OR {MADE_OTHERWISE} OR made.next_at <= %s
        OR own.since IS NOT NULL OR common.since IS NOT NULL)
"""


class Look(NamedTuple):
    """An organisation to be looked at: its cells that closed after `after`, of which those up to `at` may be
    stored already."""

    org_id: UUID
    at: datetime
    after: datetime


def looks(
    county_id: int,
    now: datetime,
    begin: datetime,
    kinds: Collection[str] = KINDS,
    org_ids: Collection[UUID] | None = None,
) -> dict[str, list[Look]]:
    """Kind of rule → the organisations to be looked at; one query. `begin`: before it nothing was owed."""
    ids = None if org_ids is None else list(org_ids)
    with connection.cursor() as cursor:
        cursor.execute(LOOKS, [list(kinds), judged_by(), county_id, ids, ids, now])
        found: dict[str, list[Look]] = {}
        for kind, org_id, at, after in cursor.fetchall():
            found.setdefault(kind, []).append(Look(org_id, at or now, max(after or begin, begin)))
    return found


@dataclass
class Kept:
    """A stored verdict: what it would be with the corrections so far, and the proofs that they name; from
    when to when it ran, as stored."""

    id: UUID
    stands: str
    known: set[tuple[str, UUID | None]] = field(default_factory=set)
    ran: tuple[datetime, datetime] | None = None


class Stored:
    """Closed verdicts with their corrections, organisation by organisation in the order of ids."""

    def __init__(self, org_ids: Collection[UUID], after: datetime, first: date) -> None:
        """Those that closed after an instant, of cells counted under the day `first` or later."""
        ids, month = list(org_ids), f"{first:%Y-%m}"
        rows = Verdict.objects.filter(org__in=ids, month__gte=month, close_at__gt=after)
        beside = Correction.objects.filter(
            verdict__org__in=ids, verdict__month__gte=month, verdict__close_at__gt=after
        )
        columns = ("org_id", "id", "verdict", "start_at", "close_at", *KEY)
        self._verdicts = Ahead(rows.order_by("org").values_list(*columns).iterator(chunk_size=CHUNK))
        self._beside = Ahead(
            beside.order_by("verdict__org", "at", "id")
            .values_list("verdict__org", "verdict_id", "becomes", "proof_id")
            .iterator(chunk_size=CHUNK)
        )

    def of(self, org_id: UUID) -> dict[tuple[Any, ...], Kept]:
        """What is stored of one organisation, by the keys of its cells (`Cell.key`)."""
        by_key: dict[tuple[Any, ...], Kept] = {}
        by_id: dict[UUID, Kept] = {}
        for _, row_id, verdict, start_at, close_at, *key in self._verdicts.of(org_id):
            by_key[tuple(key)] = by_id[row_id] = Kept(row_id, verdict, ran=(start_at, close_at))
        for _, verdict_id, becomes, proof in self._beside.of(org_id):
            by_id[verdict_id].stands = becomes
            by_id[verdict_id].known.add((becomes, proof))
        return by_key


HELD = """
SELECT row.id, row.verdict, beside.known, row.adoption_id, row.rule_id, row.subject_id, row.part, row.period
  FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[])
         AS cell (adoption_id, rule_id, subject_id, part, period)
  JOIN duties_verdict row USING (adoption_id, rule_id, subject_id, part, period)
 CROSS JOIN LATERAL (SELECT coalesce(json_agg(json_build_array(becomes, proof_id) ORDER BY at, id), '[]')
                       FROM duties_correction WHERE verdict_id = row.id) AS beside (known)
"""


def held(keys: Collection[tuple[Any, ...]]) -> dict[tuple[Any, ...], Kept]:
    """What is stored under these keys; one query."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(HELD, [list(column) for column in zip(*keys, strict=True)])
        for row_id, verdict, beside, *key in cursor.fetchall():
            known = [(becomes, UUID(proof) if proof else None) for becomes, proof in beside]
            found[tuple(key)] = Kept(row_id, known[-1][0] if known else verdict, set(known))
    return found


class Ahead:
    """Rows in the order of organisations, read no further than asked."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._next = next(self._groups, None)

    def of(self, org_id: UUID) -> Iterator[Any]:
        """The rows of an organisation; called in the order of ids."""
        while self._next and self._next[0] < org_id:
            self._next = next(self._groups, None)
        if self._next and self._next[0] == org_id:
            yield from self._next[1]
            self._next = next(self._groups, None)
