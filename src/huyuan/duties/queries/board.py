"""Cells as people see them: closed ones as they were stored, open ones as they stand now."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
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
from huyuan.duties.rules.verdicts import ZH, Cell
from huyuan.duties.rules.verdicts import Verdict as Word
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.kept import per_county
from huyuan.orgs.permissions import not_found, require, scope

# A cell touches days after its own: how far beyond a month its due may lie that belongs to it.
Key = tuple[UUID, UUID, UUID, str, str]


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
        kept = closed.get(cell.key)
        verdict, told, beside = kept or (cell.verdict, None, ())
        stands = beside[-1].becomes if beside else verdict
        becomes = cell.correction.becomes if cell.correction else cell.verdict
        if becomes != stands:
            beside = (*beside, Corrected(becomes, "", now))
        yield Shown(cell, verdict, told, beside, kept is not None or cell.is_closed(now))


def stored_verdicts(
    org_ids: Collection[UUID], first: date, last: date
) -> dict[Key, tuple[Word, tuple[str, ...], tuple[Corrected, ...]]]:
    """Closed verdicts whose period touches the days, with their corrections; one query."""
    months = [f"{day:%Y-%m}" for day in month_starts(first, last + timedelta(days=400))]
    beside = Correction.objects.filter(verdict=OuterRef("pk")).order_by("at")
    rows = (
        Verdict.objects.filter(org_id__in=list(org_ids), month__in=months)
        .annotate(
            beside=ArraySubquery(beside.values(json=JSONObject(becomes="becomes", reason="reason", at="at")))
        )
        .values_list("adoption_id", "rule_id", "subject_id", "part", "period", "verdict", "because", "beside")
    )
    return {
        (adoption, rule, subject, part, period): (
            cast(Word, verdict),
            tuple(told),
            tuple(
                Corrected(each["becomes"], each["reason"], datetime.fromisoformat(each["at"]))
                for each in corrections
            ),
        )
        for adoption, rule, subject, part, period, verdict, told, corrections in rows
    }


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
