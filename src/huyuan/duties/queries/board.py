"""Cells as people see them: closed ones as they were stored, open ones as they stand now."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from huyuan.duties.models import Correction, Decision, Rule, Verdict
from huyuan.duties.queries import words
from huyuan.duties.queries.adopted import bindings_of, evaluation
from huyuan.duties.queries.facts import needs_of, stream
from huyuan.duties.rules import because
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.strictest import Strictest, strictest
from huyuan.duties.rules.verdicts import ZH, Cell, Reason
from huyuan.duties.rules.verdicts import Verdict as Word
from huyuan.duties.schema import DoRule
from huyuan.kernel.days import day_of, end_of, last_day, start_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.kept import per_county
from huyuan.orgs.permissions import not_found, reached, require, scope

# A cell touches days after its own: how far beyond a month its due may lie that belongs to it.
Key = tuple[UUID, UUID, UUID, str, str]
KEY = ("adoption_id", "rule_id", "subject_id", "part", "period")
STORED = ("verdict", "because", "org_id", "period_name", "start_at", "due_at", "close_at")
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was learned after the close. `reason` is empty until the closing job has written it down; then
    the cell itself tells it."""

    becomes: Word
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell as shown: the verdict as closed, or as it stands now; the explanation on request (`because`).

    `corrections` stand beside a closed verdict; `now_known` is the verdict with them.
    """

    cell: Cell
    verdict: Word
    stored: tuple[str, ...] | None
    corrections: tuple[Corrected, ...]
    closed: bool

    @property
    def now_known(self) -> Word:
        return self.corrections[-1].becomes if self.corrections else self.verdict

    @property
    def zh(self) -> str:
        return ZH[self.verdict]

    def because(self, names: because.Words) -> list[str]:
        """The sentences of the explanation."""
        if self.stored is None:
            return because.say(self.cell, names)
        told = [f"事后更正：{each.reason}" for each in self.corrections if each.reason]
        if self.cell.correction and len(told) < len(self.corrections):
            told.append(f"事后更正：{because.sentence(self.cell.correction.reason, self.cell, names)}")
        return [*self.stored, *told]


def cells(
    actor: Actor, *, org_ids: Collection[UUID] | None = None, first: date, last: date, now: datetime
) -> Iterator[Shown]:
    """The cells that touch the days from `first` to `last`, of the organisations in the actor's scope
    (`org_ids` narrows it), in their order. The number of queries doesn't grow with the organisations."""
    reach = set(scope(actor, "duty.see").values_list("org_id", flat=True))
    wanted = reach if org_ids is None else reach & set(org_ids)
    yield from _cells(actor.county_id, wanted, bindings_of(actor.county_id, first, last), first, last, now)


def cells_of_act(
    actor: Actor, act: str, *, org_ids: Collection[UUID], first: date, last: date, now: datetime
) -> Iterator[Shown]:
    """Of those cells the ones of `do` rules that this act proves."""
    asking = [
        one
        for one in bindings_of(actor.county_id, first, last)
        if isinstance(one.rule, DoRule) and one.rule.proof.act == act
    ]
    if asking:
        wanted = reached(actor, "duty.see") & set(org_ids)
        yield from _cells(actor.county_id, wanted, asking, first, last, now)


def computed(
    county_id: int,
    org_ids: Collection[UUID] | None,
    bindings: Collection[Binding],
    first: date,
    last: date,
    now: datetime,
) -> Iterator[Cell]:
    """The cells as they follow from the records, whatever was stored. Of organisations whose duties the asker
    may see: the facts are read whoever asks."""
    if not bindings:
        return
    judging = evaluation(county_id, bindings, first, last, now)
    for org in stream(county_id, org_ids, needs_of(bindings, judging.reach()), bindings):
        yield from judging.cells(org)


def present(
    county_id: int, missing: Collection["Stored"], bindings: Collection[Binding], now: datetime
) -> dict[Key, Cell]:
    """Of cells that were stored and not met with where they were: those that there still are, at other
    times. The rest is gone: the calendar or the organisation's days were corrected, the event voided."""
    if not missing:
        return {}
    first = min(day_of(each.start_at) for each in missing)
    last = max(day_of(each.close_at or each.start_at) for each in missing)
    orgs = {each.org_id for each in missing}
    return {cell.key: cell for cell in computed(county_id, orgs, bindings, first, last, now)}


def _cells(
    county_id: int,
    org_ids: Collection[UUID],
    bindings: Collection[Binding],
    first: date,
    last: date,
    now: datetime,
) -> Iterator[Shown]:
    closed = stored_verdicts(org_ids, first, last)
    for cell in computed(county_id, org_ids, bindings, first, last, now):
        kept = closed.pop(cell.key, None)
        yield _shown(cell, kept, now)
    mine = {(each.adoption_id, each.rule_id): each for each in bindings}
    missing = {key: kept for key, kept in closed.items() if kept.touches(first, last) and key[:2] in mine}
    there = present(county_id, missing.values(), bindings, now)
    for key, kept in missing.items():
        if key not in there:
            yield _shown(gone(key, kept, mine[key[0], key[1]]), kept, now)


def _shown(cell: Cell, kept: "Stored | None", now: datetime) -> Shown:
    verdict, told, beside = kept[:3] if kept else (cell.verdict, None, ())
    stands = beside[-1].becomes if beside else verdict
    becomes = cell.correction.becomes if cell.correction else cell.verdict
    # What a cell becomes that is open once more, is not known before it closes.
    if becomes != stands and cell.is_closed(now):
        beside = (*beside, Corrected(becomes, "", now))
    return Shown(cell, verdict, told, beside, kept is not None or cell.is_closed(now))


def gone(key: Key, kept: "Stored", binding: Binding) -> Cell:
    """A stored cell that there is no longer, as far as people are shown it."""
    _, _, subject, part, period = key
    end = kept.close_at or kept.start_at
    return Cell(
        binding, kept.org_id, subject, part, period, kept.name, last_day(end), kept.start_at, kept.due_at,
        end, "not_applicable", because=(Reason("gone", {}),),
    )  # fmt: skip


class Stored(NamedTuple):
    """A closed verdict as it was stored, with the corrections beside it."""

    verdict: Word
    told: tuple[str, ...]
    beside: tuple[Corrected, ...]
    org_id: UUID
    name: str
    start_at: datetime
    due_at: datetime | None
    close_at: datetime | None

    def touches(self, first: date, last: date) -> bool:
        """Did its period touch these days?"""
        end = self.due_at or self.start_at
        return self.start_at < end_of(last) and (end > start_of(first) or self.start_at >= start_of(first))


def stored_verdicts(org_ids: Collection[UUID], first: date, last: date) -> dict[Key, Stored]:
    """Closed verdicts whose period touches the days, with their corrections; one query."""
    months = [f"{day:%Y-%m}" for day in month_starts(first, last + timedelta(days=400))]
    beside = Correction.objects.filter(verdict=OuterRef("pk")).order_by("at")
    rows = (
        Verdict.objects.filter(org_id__in=list(org_ids), month__in=months)
        .annotate(
            beside=ArraySubquery(beside.values(json=JSONObject(becomes="becomes", reason="reason", at="at")))
        )
        .order_by()
    )
    found: dict[Key, Stored] = {}
    for row in rows.values(*KEY, *STORED, "beside").iterator(chunk_size=CHUNK):
        corrections = tuple(
            Corrected(each["becomes"], each["reason"], datetime.fromisoformat(each["at"]))
            for each in row["beside"]
        )
        verdict, told, org_id, name, start_at, due_at, close_at = (row[column] for column in STORED)
        key = row["adoption_id"], row["rule_id"], row["subject_id"], row["part"], row["period"]
        found[key] = Stored(verdict, tuple(told), corrections, org_id, name, start_at, due_at, close_at)
    return found


def month_starts(first: date, last: date) -> Iterator[date]:
    """The first day of each month from `first`'s to `last`'s."""
    day = first.replace(day=1)
    while day <= last:
        yield day
        day = (day + timedelta(days=31)).replace(day=1)


def month_of(actor: Actor, *, org_id: UUID, month: date, now: datetime) -> list[Shown]:
    """The cells that are counted under a month for one organisation; `month` is any day of it."""
    require(actor, "duty.see", org_id)
    first = month.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return [
        shown
        for shown in cells(actor, org_ids=[org_id], first=first, last=last, now=now)
        if first <= shown.cell.day <= last
    ]


@dataclass(frozen=True)
class Detail:
    """One cell with everything that explains it. `shown` None: there is no such cell, it is not in force."""

    shown: Shown | None
    because: tuple[str, ...]


def verdict_detail(
    actor: Actor, *, org_id: UUID, rule: str, period: str, day: date, now: datetime, part: str = ""
) -> Detail:
    """The verdict of a rule ("pack/rule") on a period, found by a day that lies in it.

    A period outside the days in force has no cell; asked for, it is not applicable. Raises Refused
    `not-found`.
    """
    require(actor, "duty.see", org_id)
    pack, _, key = rule.partition("/")
    adopted = Rule.objects.filter(
        key=key, pack_version__pack__key=pack, pack_version__adopted__adoption__county_id=actor.county_id
    )
    if not adopted.exists():
        raise not_found()
    bindings = [each for each in bindings_of(actor.county_id, day, day) if each.key == rule]
    names = words.words()
    for shown in _cells(actor.county_id, [org_id], bindings, day, day, now):
        if shown.cell.period == period and shown.cell.part == part:
            return Detail(shown, tuple(shown.because(names)))
    return Detail(None, ("这一时段不在施行期内，不适用。",))


def matters(actor: Actor, *, org_id: UUID, now: datetime) -> list[Strictest]:
    """What several directives say about the same matters for one organisation, the strictest first."""
    require(actor, "duty.see", org_id)
    today = day_of(now)
    bindings = bindings_of(actor.county_id, today, today)
    judging = evaluation(actor.county_id, bindings, today, today, now)
    specs, decided = words.matters(), decisions(actor.county_id)
    return [
        each
        for org in stream(actor.county_id, [org_id], needs_of(bindings, judging.reach()), bindings)
        for each in strictest(org, bindings, specs, today, decided)
    ]


@per_county
def decisions(county_id: int) -> Mapping[str, str]:
    """Matter → the rule that holds by the latest decision."""
    rows: Iterable[tuple[Any, ...]] = (
        Decision.objects.filter(county_id=county_id).order_by("at").values_list("matter", "holds")
    )
    return dict(rows)
