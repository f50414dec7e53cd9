"""The facts of any number of organisations, streamed in a constant number of queries.

Each table is read by one server-side cursor in the order of organisations; the streams are merged, so
memory holds one organisation at a time.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Min, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from huyuan.duties.measures import BEGINNING, PROVIDERS, Counted, counted_as
from huyuan.duties.models import Event, Extension, Learned, Measurement, Presence, Proof, Waiver
from huyuan.duties.queries.words import measure_specs
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.facts import (
    EventFact,
    Moved,
    OrgFacts,
    ProofFact,
    Span,
    Step,
    SubjectFact,
    WaiverFact,
)
from huyuan.duties.schema import DoRule, HaveRule, MeasureSpec, PostRule, Tiers, WhenRule
from huyuan.kernel.days import end_of, start_of
from huyuan.kernel.windows import DayTimes
from huyuan.orgs import predicates
from huyuan.orgs import queries as orgs
from huyuan.orgs.models import Organisation, Place, SchoolClass
from huyuan.registers.models import Entry

CHUNK = 5000
# So many organisations are read at once.
FEW = 50
PLACES = {"gate": "gate", "building": "building", "dormitory": "building"}


@dataclass
class Needs:
    """What a set of rules asks of the facts, so that nothing else is read. `start`, `end`: instants
    between which acts and sign-ins matter."""

    start: datetime
    end: datetime
    acts: set[str]
    events: set[str]
    measures: set[str]
    facts: set[str]
    subjects: set[str]
    posts: bool
    bells: bool
    specs: Mapping[str, MeasureSpec] | None = None


def needs_of(
    bindings: Iterable[Binding],
    start: datetime,
    end: datetime,
    specs: Mapping[str, MeasureSpec] | None = None,
) -> Needs:
    """What the bindings ask for; `specs` of their measures, where they are known already."""
    needs = Needs(start, end, set(), set(), set(), set(), set(), False, False, specs)
    for binding in bindings:
        rule = binding.rule
        predicates_asked = [*rule.who.if_]
        match rule:
            case DoRule():
                needs.acts |= {rule.proof.act, *(each.act for each in rule.proof.any_of)}
                needs.subjects.add(rule.subject)
                needs.bells |= getattr(rule.every, "kind", "") in ("night", "shift")
            case HaveRule():
                needs.subjects.add(rule.subject)
                needs.measures |= measures_of(rule)
                predicates_asked += [each for threshold in rule.all_of for each in threshold.if_]
            case PostRule():
                needs.posts = needs.bells = True
            case WhenRule():
                needs.events.add(rule.event)
                needs.acts |= {reaction.act for reaction in rule.then}
        needs.facts |= {predicate.fact for predicate in predicates_asked}
    return needs


def measures_of(rule: HaveRule) -> set[str]:
    """What its thresholds and step tables measure."""
    tables = {each.at_least.of for each in rule.all_of if isinstance(each.at_least, Tiers)}
    return tables | {each.measure for each in rule.all_of}


def facts_of(
    county_id: int, org_ids: Collection[UUID] | None, first: date, last: date, bindings: Collection[Binding]
) -> Iterator[OrgFacts]:
    """The facts that `bindings` ask for, between two days, of these organisations (None: all of the
    county's that some rule binds), in the order of their ids. At most fourteen queries, however many
    organisations."""
    yield from stream(county_id, org_ids, needs_of(bindings, start_of(first), end_of(last)), bindings)


def stream(
    county_id: int, org_ids: Collection[UUID] | None, needs: Needs, bindings: Collection[Binding]
) -> Iterator[OrgFacts]:
    """See `facts_of`."""
    kinds = {kind for binding in bindings for kind in binding.rule.who.org}
    rows = Organisation.objects.filter(county_id=county_id, kind__in=kinds).order_by("id")
    if org_ids is not None:
        rows = rows.filter(id__in=list(org_ids))
    found = list(rows.values_list("id", "kind", "name", "opened", "closed"))
    ids = [org_id for org_id, *_ in found]
    lanes = list(_lanes(ids, needs)) if ids else []
    for row in found:
        # Made one by one: whoever has judged it lets it go.
        org = OrgFacts(*row)
        for lane in lanes:
            lane.fill(org)
        yield org


def _rows(rows: QuerySet[Any, Any], ids: Collection[UUID]) -> Iterator[Any]:
    """Rows by a server-side cursor, or at once where they are few: a cursor costs two more round trips."""
    return iter(rows) if len(ids) <= FEW else rows.iterator(chunk_size=CHUNK)


Row = TypeVar("Row")


class Lane(Generic[Row]):
    """One stream of rows in the order of organisations, and what is done with those of each; `always`: also
    of an organisation without any."""

    def __init__(
        self,
        rows: Iterator[Row],
        org_of: Callable[[Row], UUID],
        fill: Callable[[OrgFacts, list[Row]], None],
        always: bool = False,
    ) -> None:
        self._groups = groupby(rows, key=org_of)
        self._ahead = next(self._groups, None)
        self._fill = fill
        self._always = always

    def fill(self, org: OrgFacts) -> None:
        """Give the organisation its rows; called in the order of ids."""
        while self._ahead and self._ahead[0] < org.id:
            self._ahead = next(self._groups, None)
        if self._ahead and self._ahead[0] == org.id:
            self._fill(org, list(self._ahead[1]))
            self._ahead = next(self._groups, None)
        elif self._always:
            self._fill(org, [])


def _first(row: Any) -> UUID:
    org_id: UUID = row[0]
    return org_id


def _lanes(ids: list[UUID], needs: Needs) -> Iterator[Lane[Any]]:
    specs = measure_specs(needs.measures) if needs.specs is None else needs.specs
    yield Lane(predicates.facts_of(ids, needs.facts | _attributes(specs)), _first, _fill_attributes)
    yield from _measured(ids, needs, specs)
    if needs.acts:
        yield Lane(_proofs(ids, needs), _first, _fill_proofs)
    if needs.events:
        yield Lane(_events(ids, needs), _first, _fill_events)
    if needs.posts:
        yield Lane(_presences(ids, needs), _first, _fill_presences)
    if needs.bells:
        yield Lane(orgs.bells_of(ids), _first, _fill_bells)
    if "class" in needs.subjects:
        yield Lane(_classes(ids), _first, _fill_classes)
    if needs.subjects & {"gate", "building"}:
        yield Lane(_places(ids), _first, _fill_places)
    yield Lane(_waivers(ids, needs), _first, _fill_waivers)


# ---- attributes and measures -----------------------------------------------------------------------------


def _attributes(specs: Mapping[str, MeasureSpec]) -> set[str]:
    """Measures that are attributes, or facts that another package answers."""
    return {
        key
        for key, spec in specs.items()
        if spec.source == "attribute" or (spec.source == "counted" and not counted_as(key))
    }


def _fill_attributes(org: OrgFacts, rows: list[predicates.Step]) -> None:
    for row in rows:
        step = Step(row.key, org.id, row.from_day, row.number, row.text)
        org.attributes.setdefault(row.key, []).append(step)


def _measured(ids: list[UUID], needs: Needs, specs: Mapping[str, MeasureSpec]) -> Iterator[Lane[Any]]:
    counted: dict[str, set[str]] = {}
    for key, spec in specs.items():
        provider = counted_as(key) if spec.source == "counted" else None
        if provider:
            counted.setdefault(provider, set()).add(key)
    for provider, keys in sorted(counted.items()):
        yield Lane(PROVIDERS[provider](ids), _first, _fill_counted(keys), always=True)
    recorded = {key for key, spec in specs.items() if spec.source in ("form", "breaches")}
    if recorded:
        rows = Measurement.objects.filter(
            Q(delta=False) | Q(from_day__gte=needs.start.date()),
            org_id__in=ids,
            measure__in=recorded,
            from_day__lte=needs.end.date(),
        ).order_by("org_id", "from_day", "recorded_at")
        columns = rows.values_list(
            "org_id", "measure", "subject_id", "from_day", "value", "delta", "recorded_at", "voided_at"
        )
        yield Lane(_rows(columns, ids), _first, _fill_measures)
    forms = {
        form: key for key, spec in specs.items() if spec.source == "breaches" for form in spec.recorded_by
    }
    if forms:
        filed = (
            Entry.objects.filter(
                org_id__in=ids, form__key__in=list(forms), state__in=("submitted", "confirmed")
            )
            .values("org_id", "form__key")
            .annotate(since=Min("submitted_at"))
            .order_by("org_id")
            .values_list("org_id", "form__key", "since")
        )
        yield Lane(_rows(filed, ids), _first, _fill_filed(forms))


def _fill_counted(keys: set[str]) -> Callable[[OrgFacts, list[Counted]], None]:
    """What was never counted is none from the beginning: that is known, not missing."""

    def fill(org: OrgFacts, rows: list[Counted]) -> None:
        for key in keys:
            org.measures[key, org.id] = [Step(key, org.id, BEGINNING, Decimal(0))]
        for row in rows:
            if row.measure in keys:
                step = Step(row.measure, org.id, row.from_day, row.value)
                org.measures[row.measure, org.id].append(step)

    return fill


def _fill_measures(org: OrgFacts, rows: list[tuple[Any, ...]]) -> None:
    for _, key, subject_id, day, value, delta, recorded_at, voided_at in rows:
        step = Step(key, subject_id, day, value, recorded_at=recorded_at, voided_at=voided_at)
        if delta:
            org.breaches.setdefault(key, []).append(step)
        else:
            org.measures.setdefault((key, subject_id), []).append(step)


def _fill_filed(forms: Mapping[str, str]) -> Callable[[OrgFacts, list[tuple[Any, ...]]], None]:
    def fill(org: OrgFacts, rows: list[tuple[Any, ...]]) -> None:
        for _, form, since in rows:
            measure = forms[form]
            org.recorded_since[measure] = min(since, org.recorded_since.get(measure, since))

    return fill


# ---- acts, events, presence ------------------------------------------------------------------------------


def _proofs(ids: list[UUID], needs: Needs) -> Iterator[tuple[Any, ...]]:
    """Acts between the instants; reactions whenever they came, for clocks run on."""
    when = Q(occurred_at__gte=needs.start, occurred_at__lt=needs.end)
    if needs.events:
        when |= Q(answers__isnull=False)
    return _rows(
        Proof.objects.filter(when, org_id__in=ids, act__in=needs.acts)
        .order_by("org_id", "occurred_at")
        .values_list(
            "org_id",
            "id",
            "act_id",
            "act",
            "subject_id",
            "quals",
            "joint",
            "occurred_at",
            "recorded_at",
            "confirmed_at",
            "names_period",
            "people",
            "single_handed",
            "answers",
            "voided_at",
        ),
        ids,
    )


def _fill_proofs(org: OrgFacts, rows: list[tuple[Any, ...]]) -> None:
    for _, proof_id, act_id, act, subject_id, quals, *rest in rows:
        proof = ProofFact(proof_id, act_id, act, subject_id, frozenset(quals), *rest)
        org.proofs.setdefault(act, []).append(proof)


def _events(ids: list[UUID], needs: Needs) -> Iterator[tuple[Any, ...]]:
    """Events with what became known of them and how their dues were moved."""
    mine = OuterRef("pk")
    rows = (
        Event.objects.filter(org_id__in=ids, event__in=needs.events, occurred_at__lt=needs.end)
        .annotate(
            learnt=ArraySubquery(
                Learned.objects.filter(event=mine).values(json=JSONObject(qual="qual", at="at"))
            ),
            moved=ArraySubquery(
                Extension.objects.filter(event=mine)
                .order_by("given_at")
                .values(json=JSONObject(rule="rule_key", due="due_at", given="given_at"))
            ),
        )
        .order_by("org_id", "known_at")
        .values_list(
            "org_id",
            "id",
            "event",
            "subject_id",
            "quals",
            "occurred_at",
            "known_at",
            "about",
            "assigned_at",
            "ended_at",
            "end_reason",
            "voided_at",
            "learnt",
            "moved",
        )
    )
    return _rows(rows, ids)


def _fill_events(org: OrgFacts, rows: list[tuple[Any, ...]]) -> None:
    for _, event_id, kind, subject_id, quals, occurred, known, about, assigned, *rest in rows:
        ended, reason, voided, learnt, moved = rest
        org.events.setdefault(kind, []).append(
            EventFact(
                event_id,
                kind,
                subject_id,
                frozenset(quals),
                occurred,
                known,
                about,
                assigned,
                {each["qual"]: datetime.fromisoformat(each["at"]) for each in learnt},
                ended,
                reason,
                voided,
                tuple(
                    Moved(
                        each["rule"],
                        datetime.fromisoformat(each["due"]),
                        datetime.fromisoformat(each["given"]),
                    )
                    for each in moved
                ),
            )
        )


def _presences(ids: list[UUID], needs: Needs) -> Iterator[tuple[Any, ...]]:
    return _rows(
        Presence.objects.filter(org_id__in=ids, starts_at__lt=needs.end, ends_at__gt=needs.start)
        .order_by("org_id", "starts_at")
        .values_list(
            "org_id",
            "person",
            "point",
            "qualified",
            "starts_at",
            "ends_at",
            "recorded_at",
            "planned",
            "voided_at",
        ),
        ids,
    )


def _fill_presences(org: OrgFacts, rows: list[tuple[Any, ...]]) -> None:
    for _, person, point, *rest in rows:
        org.presences.setdefault(point, []).append(Span(person, point, *rest))


# ---- times of day, parts of an organisation, waivers -----------------------------------------------------


def _fill_bells(org: OrgFacts, rows: list[orgs.BellStep]) -> None:
    """Steps of single bells → the whole day's times from each day on which one changes."""
    for day in sorted({row.from_day for row in rows}):
        latest: dict[tuple[str, int], orgs.BellStep] = {}
        for row in sorted(rows, key=lambda row: row.from_day):
            if row.from_day <= day:
                latest[row.kind, row.number] = row
        spans: dict[str, list[tuple[str, str]]] = {}
        for (kind, _), row in sorted(latest.items()):
            spans.setdefault(kind, []).append((f"{row.starts:%H:%M}", f"{row.ends or row.starts:%H:%M}"))
        org.times.append(
            (
                day,
                DayTimes(
                    arrival=tuple(spans.get("arrival", ())),
                    dismissal=tuple(spans.get("dismissal", ())),
                    night=spans["night"][0] if "night" in spans else DayTimes.night,
                    shifts=tuple(spans.get("shift", ())),
                    lessons=tuple(spans.get("class-hours", ())),
                ),
            )
        )


def _classes(ids: list[UUID]) -> Iterator[tuple[Any, ...]]:
    rows = SchoolClass.objects.filter(org_id__in=ids).order_by("org_id", "name")
    return _rows(rows.values_list("org_id", "id", "name", "school_year"), ids)


def _fill_classes(org: OrgFacts, rows: list[tuple[Any, ...]]) -> None:
    """A class lasts from August to July of its school year, whatever days the terms have."""
    org.subjects["class"] = [
        SubjectFact(class_id, name, date(int(year[:4]), 8, 1), date(int(year[5:]), 7, 31))
        for _, class_id, name, year in rows
    ]


def _places(ids: list[UUID]) -> Iterator[tuple[Any, ...]]:
    rows = Place.objects.filter(org_id__in=ids, kind__in=PLACES).order_by("org_id", "name")
    return _rows(rows.values_list("org_id", "id", "kind", "name", "closed"), ids)


def _fill_places(org: OrgFacts, rows: list[tuple[Any, ...]]) -> None:
    for _, place_id, kind, name, closed in rows:
        org.subjects.setdefault(PLACES[kind], []).append(SubjectFact(place_id, name, None, closed))


def _waivers(ids: list[UUID], needs: Needs) -> Iterator[tuple[Any, ...]]:
    rows = Waiver.objects.filter(org_id__in=ids, until__gte=needs.start.date()).order_by("org_id", "given_at")
    columns = ("org_id", "adoption_id", "rule_key", "from_day", "until", "given_at", "reason")
    return _rows(rows.values_list(*columns), ids)


def _fill_waivers(org: OrgFacts, rows: list[tuple[Any, ...]]) -> None:
    for row in rows:
        waiver = WaiverFact(*row[1:])
        org.waivers.setdefault((waiver.adoption_id, waiver.rule), []).append(waiver)
