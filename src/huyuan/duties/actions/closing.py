"""Closing: what is over becomes a stored verdict that stands for ever; what is learned later is written
beside it.

A run costs what there is to do. It looks at organisations of which a cell has closed meanwhile
(`Closing.next_at`) or of which something was recorded that their last closing has not seen (`Change`), and
there at the cells that closed since, or since the earliest day that the change may touch.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Max, Min

from huyuan.duties.actions.adopting import take_up_versions
from huyuan.duties.models import Adoption, Correction, Verdict
from huyuan.duties.queries.adopted import bindings_of
from huyuan.duties.queries.closings import Kept, Look, Stored, held, looks
from huyuan.duties.queries.facts import needs_of, stream
from huyuan.duties.queries.freshness import Seen, seen_now
from huyuan.duties.queries.holders import Holders
from huyuan.duties.queries.words import breaches, words
from huyuan.duties.rules import because
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.cells import Evaluation
from huyuan.duties.rules.desk import ROLLS
from huyuan.duties.rules.verdicts import Cell
from huyuan.kernel.copying import copy_values
from huyuan.kernel.days import ONE_DAY, day_of, end_of, start_of
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import Actor, system_actor
from huyuan.orgs.queries import calendar_of
from huyuan.orgs.session import acting
from huyuan.trace import actions as trace

# So many organisations in one transaction, so many rows in one statement.
TOGETHER = 200
BATCH = 2000
INSTANT = timedelta(microseconds=1)
# A window belongs to the day on which it starts; it is over two days later, but for minutes of grace.
WINDOW = timedelta(days=2)
GONE = "not_applicable"
VERDICT = (
    "id", "county_id", "adoption_id", "rule_id", "org_id", "subject_id", "part", "period", "period_name",
    "start_at", "due_at", "close_at", "month", "theme", "verdict", "marks", "because", "proofs", "post_kind",
    "holder", "closed_at",
)  # fmt: skip
CORRECTION = ("id", "county_id", "verdict_id", "becomes", "reason", "proof_id", "at")
MARK = """
INSERT INTO duties_closing (id, county_id, kind, at, seen, made_with, org_id, next_at)
SELECT made.id, %s, %s, %s, %s, %s, made.org, made.next_at
  FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) AS made (id, org, next_at)
ON CONFLICT (org_id, kind) DO UPDATE
   SET at = greatest(duties_closing.at, excluded.at), next_at = excluded.next_at, seen = excluded.seen,
       made_with = excluded.made_with
"""


@dataclass
class Closed:
    """What one run wrote."""

    verdicts: int = 0
    corrections: int = 0


class Span(NamedTuple):
    """Since when anything is owed in the county, and the longest that a cell stays open after its due, a
    window after its day."""

    begin: datetime
    grace: timedelta
    window: timedelta


def close_due(county_id: int, now: datetime) -> Closed:
    """Store every cell whose close has passed, and corrections where the records now say otherwise.

    Idempotent. Some organisations at a time, each time in a transaction with a lock of the county: killed in
    the middle, the next run goes on; two at once share the work. New versions of adopted packs are taken up
    first.
    """
    done = Closed()
    actor = system_actor("期满结账", county_id)
    with acting(actor):
        _lock(county_id)
        take_up_versions(county_id)
        span = _span(county_id)
        if span is None:
            return done
        due = looks(county_id, now, span.begin)
    for kind, mine in due.items():
        for some in _together(mine):
            with acting(actor):
                _lock(county_id)
                _close(actor, kind, [look.org_id for look in some], span, now, done)
    return done


def _lock(county_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('duties.close'), %s)", [county_id])


def _span(county_id: int) -> Span | None:
    """None where nothing is adopted."""
    adopted = Adoption.objects.filter(county_id=county_id).aggregate(
        begin=Min("go_live"), long=Max("grace_long"), daily=Max("grace_daily"), window=Max("window_minutes")
    )
    if adopted["begin"] is None:
        return None
    window = WINDOW + timedelta(minutes=adopted["window"])
    grace = timedelta(days=max(adopted["long"], adopted["daily"])) + ROLLS
    return Span(start_of(adopted["begin"]) - INSTANT, max(grace, window), window)


def _together(mine: Sequence[Look]) -> Iterator[list[Look]]:
    """Organisations whose cells are to be looked at from the same day on, a few at a time."""
    for _, same in groupby(sorted(mine, key=lambda look: look.after), key=lambda look: day_of(look.after)):
        some = list(same)
        for start in range(0, len(some), TOGETHER):
            yield some[start : start + TOGETHER]


def _close(
    actor: Actor, kind: str, org_ids: Collection[UUID], span: Span, now: datetime, done: Closed
) -> None:
    """One kind of rule at some organisations, as far as nobody else has done it meanwhile."""
    county_id = actor.county_id
    mine = {look.org_id: look for look in looks(county_id, now, span.begin, [kind], org_ids).get(kind, ())}
    if not mine:
        return
    # Before the facts are read: what commits in between is looked at now and once more, never missed.
    seen = seen_now()
    after = min(look.after for look in mine.values())
    first, last = day_of(after - span.window), day_of(now) + ONE_DAY
    bindings = [each for each in bindings_of(county_id, first - span.grace, last) if each.rule.kind == kind]
    evaluation = Evaluation(
        bindings, calendar_of(county_id), first, last, now, breaches(), closed_after=after
    )
    # Only what may hold news is compared with what is stored.
    again = [look.org_id for look in mine.values() if look.after < look.at]
    stored = Stored(again, after, first - span.grace)
    judged = {(each.adoption_id, each.rule_id) for each in bindings}
    writing = Writing(county_id, mine, bindings, now)
    # Of what goes by the calendar only the days up to `last` were looked at.
    ahead = None if kind == "when" else end_of(last)
    next_at: dict[UUID, datetime | None] = dict.fromkeys(mine, ahead)
    needs = needs_of(evaluation.wanted(), evaluation.reach())
    for org in stream(county_id, list(mine), needs, bindings):
        desk = evaluation.desk
        desk.closed_after, desk.next_close = mine[org.id].after, None
        kept = stored.of(org.id)
        for cell in evaluation.cells(org):
            writing.cell(cell, kept.pop(cell.key, None))
        next_at[org.id] = min(filter(None, (desk.next_close, ahead)), default=None)
        missing = {
            key: each
            for key, each in kept.items()
            if key[:2] in judged and each.ran and each.ran[1] > mine[org.id].after
        }
        if missing:
            # Those whose period lies elsewhere by now close once more; the others there are no longer.
            since = min(day_of(each.ran[0]) for each in missing.values() if each.ran)
            for cell in Evaluation(bindings, desk.calendar, since, last, now, breaches()).cells(org):
                missing.pop(cell.key, None)
            writing.gone(missing.values())
    writing.flush()
    _mark(county_id, kind, next_at, seen, now)
    wrote = writing.wrote
    if wrote.verdicts or wrote.corrections:
        said = {"verdicts": wrote.verdicts, "corrections": wrote.corrections}
        trace.record(actor.snapshot(), "duty.close", "county", str(county_id), None, None, said, now=now)
        done.verdicts += wrote.verdicts
        done.corrections += wrote.corrections


def _mark(
    county_id: int, kind: str, next_at: Mapping[UUID, datetime | None], seen: Seen, now: datetime
) -> None:
    ids = [uuid7() for _ in next_at]
    with connection.cursor() as cursor:
        cursor.execute(
            MARK,
            [county_id, kind, now, seen.seen, seen.made_with, ids, list(next_at), list(next_at.values())],
        )


@dataclass
class Writing:
    """Verdicts and corrections of some organisations on their way into the database, a batch at a time."""

    county_id: int
    org_ids: Collection[UUID]
    bindings: Collection[Binding]
    now: datetime
    wrote: Closed = field(default_factory=Closed)
    _cells: list[tuple[Cell, UUID]] = field(default_factory=list)
    _corrections: list[tuple[Any, ...]] = field(default_factory=list)

    @cached_property
    def names(self) -> because.Words:
        return words()

    @cached_property
    def holders(self) -> Holders:
        return Holders(self.org_ids, self.bindings)

    def cell(self, cell: Cell, kept: Kept | None) -> None:
        """Store a closed cell unless it is stored, and what the records say of it by now beside it."""
        if kept is None:
            kept = Kept(uuid7(), cell.verdict)
            self._cells.append((cell, kept.id))
        self._beside(cell, kept)
        if len(self._cells) >= BATCH or len(self._corrections) >= BATCH:
            self.flush()

    def gone(self, kept: Iterable[Kept]) -> None:
        """Of stored cells that there are no longer: nothing would be owed by what is known now."""
        for each in kept:
            if each.stands != GONE and (GONE, None) not in each.known:
                row = (uuid7(), self.county_id, each.id, GONE, because.GONE, None, self.now)
                self._corrections.append(row)

    def flush(self) -> None:
        """Write what has been gathered."""
        if self._cells:
            rows = [self._verdict(row_id, cell) for cell, row_id in self._cells]
            written = copy_values(Verdict, VERDICT, rows, ignore_conflicts=True)
            if written < len(rows):
                self._closed_before()
            self.wrote.verdicts += written
            self._cells.clear()
        if self._corrections:
            self.wrote.corrections += copy_values(
                Correction, CORRECTION, self._corrections, ignore_conflicts=True
            )
            self._corrections.clear()

    def _closed_before(self) -> None:
        """Cells that were stored when they closed for the first time, and since then had another end: the
        verdict stands, what is known now goes beside it."""
        ours = {row_id for _, row_id in self._cells}
        kept = held([cell.key for cell, _ in self._cells])
        before = {row_id: kept[cell.key] for cell, row_id in self._cells if kept[cell.key].id not in ours}
        self._corrections = [row for row in self._corrections if row[2] not in before]
        for cell, row_id in self._cells:
            if row_id in before:
                self._beside(cell, before[row_id])

    def _beside(self, cell: Cell, kept: Kept) -> None:
        row = self._correction(cell, kept)
        if row:
            self._corrections.append(row)

    def _verdict(self, row_id: UUID, cell: Cell) -> tuple[Any, ...]:
        """In the order of `VERDICT`."""
        binding = cell.binding
        return (
            row_id,
            self.county_id,
            binding.adoption_id,
            binding.rule_id,
            cell.org_id,
            cell.subject_id,
            cell.part,
            cell.period,
            cell.name[:80],
            cell.start_at,
            cell.due_at,
            cell.close_at,
            f"{cell.day:%Y-%m}",
            binding.rule.theme,
            cell.verdict,
            cell.marks,
            because.say(cell._replace(correction=None), self.names),
            cell.proofs,
            *self._held(cell),
            self.now,
        )

    def _held(self, cell: Cell) -> tuple[str, str]:
        post_kind, holder = self.holders.at(cell)
        return post_kind, holder[:80]

    def _correction(self, cell: Cell, kept: Kept) -> tuple[Any, ...] | None:
        """What the records now say, where nobody has written it beside the verdict yet; in the order of
        `CORRECTION`."""
        found = cell.correction
        becomes = found.becomes if found else cell.verdict
        proof = found.proof if found else None
        # A reaction that came late changes no verdict and is written down all the same.
        told = becomes == kept.stands and not (found and becomes == cell.verdict)
        if told or (becomes, proof) in kept.known:
            return None
        reason = (
            because.sentence(found.reason, cell, self.names) if found else because.say(cell, self.names)[0]
        )
        return (uuid7(), self.county_id, kept.id, becomes, reason[:300], proof, self.now)
