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
    """A stored verdict: what it would be with the corrections so far, and the proofs that they name."""

    id: UUID
    stands: str
    known: set[tuple[str, UUID | None]] = field(default_factory=set)


class Stored:
    """Closed verdicts with their corrections, organisation by organisation in the order of ids."""

    def __init__(self, org_ids: Collection[UUID], after: datetime, first: date) -> None:
        """Those that closed after an instant, of cells counted under the day `first` or later."""
        ids, month = list(org_ids), f"{first:%Y-%m}"
        rows = Verdict.objects.filter(org__in=ids, month__gte=month, close_at__gt=after)
        beside = Correction.objects.filter(
            verdict__org__in=ids, verdict__month__gte=month, verdict__close_at__gt=after
        )
        columns = ("org_id", "id", "verdict", "adoption_id", "rule_id", "subject_id", "part", "period")
        self._verdicts = Ahead(rows.order_by("org").values_list(*columns).iterator(chunk_size=CHUNK))
        self._beside = Ahead(
            beside.order_by("verdict__org", "at", "id")
            .values_list("verdict__org", "verdict_id", "becomes", "proof_id")
            .iterator(chunk_size=CHUNK)
        )

    def of(self, org_id: UUID) -> dict[tuple[UUID, UUID, UUID, str, str], Kept]:
        """What is stored of one organisation, by the keys of its cells (`Cell.key`)."""
        by_key: dict[tuple[UUID, UUID, UUID, str, str], Kept] = {}
        by_id: dict[UUID, Kept] = {}
        for _, row_id, verdict, adoption, rule, subject, part, period in self._verdicts.of(org_id):
            by_key[adoption, rule, subject, part, period] = by_id[row_id] = Kept(row_id, verdict)
        for _, verdict_id, becomes, proof in self._beside.of(org_id):
            by_id[verdict_id].stands = becomes
            by_id[verdict_id].known.add((becomes, proof))
        return by_key


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
