"""Closing: what is over becomes a stored verdict that stands for ever; what is learned later is written
beside it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max, Min, Q

from huyuan.duties.actions.adopting import take_up_versions
from huyuan.duties.models import Adoption, Correction, Measurement, Presence, Proof, Verdict, Waiver
from huyuan.duties.queries.adopted import bindings_of
from huyuan.duties.queries.board import computed
from huyuan.duties.queries.words import words
from huyuan.duties.rules import because
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.verdicts import Cell
from huyuan.kernel.copying import copy_rows
from huyuan.kernel.days import day_of, start_of
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import system_actor
from huyuan.orgs.models import Post
from huyuan.orgs.session import acting
from huyuan.trace import actions as trace

BATCH = 2000
# Before the last closing so much is looked at again: the longest grace, and days on which the job did not
# run.
OVERLAP = timedelta(days=45)


@dataclass
class Closed:
    """What one run wrote."""

    verdicts: int = 0
    corrections: int = 0


def close_due(county_id: int, now: datetime) -> Closed:
    """Store every cell whose close has passed, and corrections where the records now say otherwise.

    Idempotent; one transaction with a lock of the county, rows written in batches. New versions of
    adopted packs are taken up first.
    """
    done = Closed()
    actor = system_actor("期满结账", county_id)
    with acting(actor):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('duties.close'), %s)", [county_id])
        take_up_versions(county_id)
        begin = Adoption.objects.filter(county_id=county_id).aggregate(day=Min("go_live"))["day"]
        if begin is None:
            return done
        today = day_of(now)
        last_run = Verdict.objects.filter(county_id=county_id).aggregate(at=Max("closed_at"))["at"]
        adopted = Adoption.objects.filter(county_id=county_id)
        if last_run is None or adopted.filter(adopted_at__gt=last_run).exists():
            first = begin
        else:
            first = max(begin, day_of(last_run) - OVERLAP)
        first = min(first, today)
        _close(county_id, None, first, today, now, done)
        if last_run is not None and first > begin:
            early, org_ids = _touched(county_id, last_run, first)
            if early is not None:
                _close(county_id, org_ids, max(begin, early), first, now, done)
        if done.verdicts or done.corrections:
            said = {"verdicts": done.verdicts, "corrections": done.corrections}
            trace.record(actor.snapshot(), "duty.close", "county", str(county_id), None, None, said, now=now)
    return done


def _touched(county_id: int, since: datetime, before: date) -> tuple[date | None, set[UUID]]:
    """The organisations for which something older was recorded, voided or waived since then, and its
    first day."""
    days: list[date] = []
    orgs: set[UUID] = set()
    told: tuple[tuple[Any, str, Q], ...] = (
        (Proof, "occurred_at", Q(recorded_at__gt=since) | Q(confirmed_at__gt=since) | Q(voided_at__gt=since)),
        (Presence, "starts_at", Q(recorded_at__gt=since) | Q(voided_at__gt=since)),
        (Measurement, "from_day", Q(recorded_at__gt=since) | Q(voided_at__gt=since)),
        (Waiver, "from_day", Q(given_at__gt=since)),
    )
    for model, column, changed in told:
        rows = model.objects.filter(changed, county_id=county_id)
        bound = before if column == "from_day" else start_of(before)
        early = rows.filter(**{f"{column}__lt": bound}).values_list("org_id", column)
        for org_id, when in early.iterator(chunk_size=BATCH):
            orgs.add(org_id)
            days.append(when if not isinstance(when, datetime) else day_of(when))
    return min(days, default=None), orgs


def _close(
    county_id: int,
    org_ids: Collection[UUID] | None,
    first: date,
    last: date,
    now: datetime,
    done: Closed,
) -> None:
    bindings = bindings_of(county_id, first, last)
    if not bindings:
        return
    stored = Stored(county_id, org_ids, first)
    holders = Holders(bindings)
    names = words()
    cells = (cell for cell in computed(county_id, org_ids, bindings, first, last, now) if cell.is_closed(now))
    while batch := list(islice(cells, BATCH)):
        verdicts: list[Verdict] = []
        corrections: list[Correction] = []
        for cell in batch:
            kept = stored.of(cell)
            if kept is None:
                row = _verdict(county_id, cell, holders, names, now)
                verdicts.append(row)
                kept = Kept(row.id, cell.verdict)
            beside = _correction(county_id, cell, kept, names, now)
            if beside:
                corrections.append(beside)
        copy_rows(verdicts, ignore_conflicts=True)
        copy_rows(corrections, ignore_conflicts=True)
        done.verdicts += len(verdicts)
        done.corrections += len(corrections)


@dataclass
class Kept:
    """A stored verdict: what it would be with the corrections so far, and the proofs that they name."""

    id: UUID
    stands: str
    known: set[tuple[str, UUID | None]] = field(default_factory=set)


class Stored:
    """Closed verdicts by key, read once."""

    def __init__(self, county_id: int, org_ids: Collection[UUID] | None, first: date) -> None:
        rows = Verdict.objects.filter(county_id=county_id, month__gte=f"{first:%Y-%m}")
        beside = Correction.objects.filter(verdict__county_id=county_id, verdict__month__gte=f"{first:%Y-%m}")
        if org_ids is not None:
            rows, beside = rows.filter(org_id__in=org_ids), beside.filter(verdict__org_id__in=org_ids)
        columns = rows.values_list("id", "verdict", "adoption_id", "rule_id", "subject_id", "part", "period")
        self._by_key: dict[tuple[Any, ...], Kept] = {}
        by_id: dict[UUID, Kept] = {}
        for row_id, verdict, *key in columns.iterator(chunk_size=BATCH):
            self._by_key[tuple(key)] = by_id[row_id] = Kept(row_id, verdict)
        for row_id, becomes, proof in beside.order_by("at", "id").values_list(
            "verdict_id", "becomes", "proof_id"
        ):
            by_id[row_id].stands = becomes
            by_id[row_id].known.add((becomes, proof))

    def of(self, cell: Cell) -> Kept | None:
        return self._by_key.get(cell.key)


def _correction(
    county_id: int, cell: Cell, kept: Kept, names: because.Words, now: datetime
) -> Correction | None:
    """What the records now say, where nobody has written it beside the verdict yet."""
    found = cell.correction
    becomes = found.becomes if found else cell.verdict
    proof = found.proof if found else None
    # A reaction that came late changes no verdict and is written down all the same.
    if (becomes, proof) in kept.known or (becomes == kept.stands and not (found and becomes == cell.verdict)):
        return None
    reason = because.sentence(found.reason, cell, names) if found else because.say(cell, names)[0]
    return Correction(
        county_id=county_id, verdict_id=kept.id, becomes=becomes, reason=reason[:300], proof_id=proof, at=now
    )


def _verdict(county_id: int, cell: Cell, holders: "Holders", names: because.Words, now: datetime) -> Verdict:
    post_kind, holder = holders.at(cell)
    return Verdict(
        id=uuid7(),
        county_id=county_id,
        adoption_id=cell.binding.adoption_id,
        rule_id=cell.binding.rule_id,
        org_id=cell.org_id,
        subject_id=cell.subject_id,
        part=cell.part,
        period=cell.period,
        period_name=cell.name[:80],
        start_at=cell.start_at,
        due_at=cell.due_at,
        close_at=cell.close_at,
        month=f"{cell.day:%Y-%m}",
        theme=cell.binding.rule.theme,
        verdict=cell.verdict,
        marks=list(cell.marks),
        because=because.say(cell._replace(correction=None), names),
        proofs=list(cell.proofs),
        post_kind=post_kind,
        holder=holder[:80],
        closed_at=now,
    )


class Holders:
    """Which posts there are and who held them when, read once. A vacant post's duty falls to whoever leads,
    and the vacancy is shown."""

    def __init__(self, bindings: Collection[Binding]) -> None:
        kinds = {kind for binding in bindings for kind in (*binding.posts, *binding.leading)}
        rows = (
            Post.objects.filter(kind__in=kinds)
            .order_by("appointments__acting", "appointments__from_day", "appointments__id")
            .values_list(
                "org_id",
                "kind",
                "appointments__from_day",
                "appointments__until",
                "appointments__person__left",
                "appointments__person__name",
            )
        )
        self._held: dict[UUID, dict[str, list[tuple[date, date | None, str]]]] = {}
        for org_id, kind, since, until, left, name in rows.iterator(chunk_size=BATCH):
            held = self._held.setdefault(org_id, {}).setdefault(kind, [])
            if since:
                held.append((since, min((day for day in (until, left) if day), default=None), name))

    def at(self, cell: Cell) -> tuple[str, str]:
        """The kind of post whose duty the cell is, and the name of who held it on the cell's day."""
        binding = cell.binding
        kind = binding.post_at(self._held.get(cell.org_id, {}).keys())
        name = self._name(cell.org_id, kind, cell.day)
        if name or not kind:
            return kind, name
        leaders = (self._name(cell.org_id, leading, cell.day) for leading in binding.leading)
        return kind, f"{next(filter(None, leaders), '')}（岗位空缺）"

    def _name(self, org_id: UUID, kind: str, day: date) -> str:
        held = self._held.get(org_id, {}).get(kind, ())
        return next((name for since, until, name in held if since <= day and (not until or day <= until)), "")
