"""The facts of any number of organisations, in one statement: a row for each organisation, in it a JSON list
for each kind of fact that the rules ask for.

What is locked by row is read through the views `duties_fact_*`, which show the whole county: a verdict is the
same whoever asks for it (docs/adr/0014-verdicts-see-the-county.md). Whoever may not see an organisation's
duties must not ask for them here.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from huyuan.duties.measures import BEFORE, BEGINNING, PROVIDERS, counted_as
from huyuan.duties.queries.words import measures
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.cells import Reach
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
from huyuan.duties.schema import DoRule, HaveRule, PostRule, Tiers, WhenRule
from huyuan.kernel.windows import DayTimes
from huyuan.orgs.predicates import PREDICATES

# So many organisations are held in memory as they come from the database; few come at once, for a cursor
# costs two more round trips.
CHUNK, FEW = 20, 50
PLACES = {"gate": "gate", "building": "building", "dormitory": "building"}

ORGANISATIONS = """
SELECT org.id, org.kind, org.name, org.opened, org.closed{lanes}
  FROM orgs_organisation AS org
 WHERE org.county_id = %(county)s AND org.kind = ANY (%(kinds)s){only}
 ORDER BY org.id
"""
ONLY = " AND org.id = ANY (%(orgs)s)"


@dataclass
class Needs:
    """What a set of rules asks of the facts, so that nothing else is read. `reach`: which of them can matter;
    `reactions` are the acts that answer `events`, whenever they came."""

    reach: Reach
    reactions: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    measures: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)
    posts: bool = False
    bells: bool = False


def needs_of(bindings: Iterable[Binding], reach: Reach) -> Needs:
    """What the bindings ask for within the reach of their cells (`Evaluation.reach()`)."""
    needs = Needs(reach)
    for binding in bindings:
        rule = binding.rule
        predicates_asked = [*rule.who.if_]
        match rule:
            case DoRule():
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
                needs.reactions |= {reaction.act for reaction in rule.then}
        needs.facts |= {predicate.fact for predicate in predicates_asked}
    return needs


def measures_of(rule: HaveRule) -> set[str]:
    """What its thresholds and step tables measure."""
    tables = {each.at_least.of for each in rule.all_of if isinstance(each.at_least, Tiers)}
    return tables | {each.measure for each in rule.all_of}


def stream(
    county_id: int, org_ids: Collection[UUID] | None, needs: Needs, bindings: Collection[Binding]
) -> Iterator[OrgFacts]:
    """The facts of these organisations (None: all of the county's that some rule binds), in the order of
    their ids. One statement; memory doesn't grow with the organisations."""
    lanes = list(_lanes(needs))
    params: dict[str, Any] = {
        "county": county_id,
        "kinds": list({kind for binding in bindings for kind in binding.rule.who.org}),
        "orgs": None if org_ids is None else list(org_ids),
        "start": needs.reach.start,
        "end": needs.reach.end,
    }
    for lane in lanes:
        params |= lane.params
    sql = ORGANISATIONS.format(
        lanes="".join(f",\n({lane.sql})" for lane in lanes), only="" if org_ids is None else ONLY
    )
    for org_id, kind, name, opened, closed, *found in _rows(sql, params, org_ids):
        # Made one by one: whoever has judged it lets it go.
        org = OrgFacts(org_id, kind, name, opened, closed)
        for lane, facts in zip(lanes, found, strict=True):
            lane.fill(org, facts or ())
        yield org


def _rows(sql: str, params: Mapping[str, Any], org_ids: Collection[UUID] | None) -> Iterator[tuple[Any, ...]]:
    if org_ids is not None and len(org_ids) <= FEW:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            yield from cursor.fetchall()
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


Rows = Sequence[Any]
"""A JSON list as Python has it: instants and days are texts."""


class Lane(NamedTuple):
    """One kind of fact: a SELECT of the JSON list of what the organisation of the row `org` has, and what is
    done with it (empty where there is nothing)."""

    sql: str
    fill: Callable[[OrgFacts, Rows], None]
    params: Mapping[str, Any] = {}


def _lanes(needs: Needs) -> Iterator[Lane]:
    specs = {key: spec for key, spec in measures().items() if key in needs.measures}
    attributes = set(needs.facts)
    counted: dict[str, set[str]] = {}
    recorded: list[str] = []
    forms: dict[str, list[str]] = {}
    for key, spec in specs.items():
        provider = counted_as(key) if spec.source == "counted" else None
        if provider:
            counted.setdefault(provider, set()).add(key)
        elif spec.source in ("attribute", "counted"):
            # A fact that another package answers, or a dated attribute.
            attributes.add(key)
        else:
            recorded.append(key)
        for form in spec.recorded_by if spec.source == "breaches" else ():
            forms.setdefault(form, []).append(key)
    if stored := attributes - PREDICATES.keys():
        yield Lane(ATTRIBUTES, _fill_attributes, {"facts": sorted(stored)})
    for key in sorted(attributes & PREDICATES.keys()):
        yield Lane(PREDICATES[key].sql, _fill_answered(key))
    for provider, keys in sorted(counted.items()):
        yield Lane(PROVIDERS[provider].sql, _fill_counted(provider, keys))
    if recorded:
        yield Lane(MEASUREMENTS, _fill_measures, {"measures": recorded})
    if forms:
        yield Lane(FILINGS, _fill_filed(forms), {"forms": list(forms)})
    acts = needs.reach.acts
    if acts or needs.reactions:
        asked = {"acts": list(acts), "since": list(acts.values()), "reactions": list(needs.reactions)}
        yield Lane(PROOFS, _fill_proofs, asked)
    if needs.events:
        yield Lane(EVENTS, _fill_events, {"events": list(needs.events)})
    if needs.posts:
        yield Lane(PRESENCES, _fill_presences, {"present": needs.reach.present})
    if needs.bells:
        yield Lane(BELLS, _fill_bells)
    if "class" in needs.subjects:
        yield Lane(CLASSES, _fill_classes)
    if needs.subjects & set(PLACES.values()):
        yield Lane(PLACES_ON_FILE, _fill_places, {"places": list(PLACES)})
    yield Lane(WAIVERS, _fill_waivers)


instant = datetime.fromisoformat
day_on = date.fromisoformat


def _instant(text: str | None) -> datetime | None:
    return instant(text) if text else None


def _day(text: str | None) -> date | None:
    return day_on(text) if text else None


# ---- attributes and measures -----------------------------------------------------------------------------
ATTRIBUTES = """
SELECT json_agg(json_build_array(fact.key, fact.from_day, fact.number::text, fact.text)
                ORDER BY fact.from_day)
  FROM orgs_attribute AS fact WHERE fact.org_id = org.id AND fact.key = ANY (%(facts)s)
"""


def _fill_attributes(org: OrgFacts, rows: Rows) -> None:
    for key, since, number, text in rows:
        step = Step(key, org.id, day_on(since), Decimal(number) if number else None, text)
        org.attributes.setdefault(key, []).append(step)


def _fill_answered(key: str) -> Callable[[OrgFacts, Rows], None]:
    def fill(org: OrgFacts, rows: Rows) -> None:
        for since, text, number in PREDICATES[key].steps(rows):
            org.attributes.setdefault(key, []).append(Step(key, org.id, since, number, text))

    return fill


def _fill_counted(provider: str, keys: set[str]) -> Callable[[OrgFacts, Rows], None]:
    """What was never counted is none from the beginning, unless its provider says that this is not known."""
    before = BEFORE.get(provider)

    def fill(org: OrgFacts, rows: Rows) -> None:
        for key in keys:
            none = [] if before is None else [Step(key, org.id, BEGINNING, before)]
            org.measures[key, org.id] = none
        for measure, since, value in PROVIDERS[provider].steps(rows):
            if measure in keys:
                org.measures[measure, org.id].append(Step(measure, org.id, since, value))

    return fill


MEASUREMENTS = """
SELECT json_agg(json_build_array(taken.measure, nullif(taken.subject_id, org.id), taken.from_day,
                                 taken.value::text, taken.delta, taken.recorded_at, taken.voided_at)
                ORDER BY taken.from_day, taken.recorded_at)
  FROM duties_fact_measurement AS taken
 WHERE taken.org_id = org.id AND taken.measure = ANY (%(measures)s) AND taken.from_day <= %(end)s::date
   AND (NOT taken.delta OR taken.from_day >= %(start)s::date)
"""


def _fill_measures(org: OrgFacts, rows: Rows) -> None:
    for key, subject, since, value, delta, recorded_at, voided_at in rows:
        subject_id = UUID(subject) if subject else org.id
        step = Step(
            key,
            subject_id,
            day_on(since),
            Decimal(value),
            recorded_at=instant(recorded_at),
            voided_at=_instant(voided_at),
        )
        if delta:
            org.breaches.setdefault(key, []).append(step)
        else:
            org.measures.setdefault((key, subject_id), []).append(step)


FILINGS = """
SELECT json_agg(json_build_array(filed.form, filed.since))
  FROM (SELECT filing.form, min(filing.submitted_at) AS since FROM duties_fact_filing AS filing
         WHERE filing.org_id = org.id AND filing.form = ANY (%(forms)s) GROUP BY filing.form) AS filed
"""


def _fill_filed(forms: Mapping[str, Sequence[str]]) -> Callable[[OrgFacts, Rows], None]:
    def fill(org: OrgFacts, rows: Rows) -> None:
        for form, at in rows:
            since = instant(at)
            for measure in forms[form]:
                org.recorded_since[measure] = min(since, org.recorded_since.get(measure, since))

    return fill


# ---- acts, events, presence ------------------------------------------------------------------------------
# Reactions count whenever they came, for clocks run on.
PROOFS = """
SELECT json_agg(json_build_array(done.id, done.act_id, done.act, nullif(done.subject_id, org.id), done.quals,
                                 done.joint, done.occurred_at, done.recorded_at, done.confirmed_at,
                                 done.names_period, done.people, done.single_handed, done.answers,
                                 done.voided_at) ORDER BY done.occurred_at)
  FROM duties_fact_proof AS done
  LEFT JOIN unnest(%(acts)s::text[], %(since)s::timestamptz[]) AS asked (act, since) ON asked.act = done.act
 WHERE done.org_id = org.id
   AND (done.occurred_at >= asked.since AND done.occurred_at < %(end)s
        OR done.answers IS NOT NULL AND done.act = ANY (%(reactions)s))
"""


def _fill_proofs(org: OrgFacts, rows: Rows) -> None:
    for row in rows:
        proof_id, act_id, act, subject, quals, joint, occurred, recorded, confirmed, *rest = row
        names_period, people, single_handed, answers, voided = rest
        org.proofs.setdefault(act, []).append(
            ProofFact(
                UUID(proof_id),
                UUID(act_id),
                act,
                UUID(subject) if subject else org.id,
                frozenset(quals),
                joint,
                instant(occurred),
                instant(recorded),
                _instant(confirmed),
                names_period,
                people,
                single_handed,
                UUID(answers) if answers else None,
                _instant(voided),
            )
        )


EVENTS = """
SELECT json_agg(json_build_array(event.id, event.event, nullif(event.subject_id, org.id), event.quals,
                                 event.occurred_at, event.known_at, event.about, event.assigned_at,
                                 event.learned, event.ended_at, event.end_reason, event.voided_at,
                                 event.moved)
                ORDER BY event.known_at)
  FROM duties_fact_event AS event
 WHERE event.org_id = org.id AND event.event = ANY (%(events)s) AND event.occurred_at < %(end)s
"""


def _fill_events(org: OrgFacts, rows: Rows) -> None:
    for event_id, kind, subject, quals, occurred, known, about, assigned, *rest in rows:
        learned, ended, reason, voided, moved = rest
        org.events.setdefault(kind, []).append(
            EventFact(
                UUID(event_id),
                kind,
                UUID(subject) if subject else org.id,
                frozenset(quals),
                instant(occurred),
                instant(known),
                about,
                _instant(assigned),
                {qual: instant(at) for qual, at in (learned or {}).items()},
                _instant(ended),
                reason,
                _instant(voided),
                tuple(Moved(rule, instant(due), instant(given)) for rule, due, given in moved or ()),
            )
        )


PRESENCES = """
SELECT json_agg(json_build_array(there.person, there.point, there.qualified, there.starts_at, there.ends_at,
                                 there.recorded_at, there.planned, there.voided_at) ORDER BY there.starts_at)
  FROM duties_fact_presence AS there
 WHERE there.org_id = org.id AND there.starts_at < %(end)s AND there.ends_at > %(present)s
"""


def _fill_presences(org: OrgFacts, rows: Rows) -> None:
    for person, point, qualified, starts, ends, recorded, planned, voided in rows:
        span = Span(
            person,
            point,
            qualified,
            instant(starts),
            instant(ends),
            instant(recorded),
            planned,
            _instant(voided),
        )
        org.presences.setdefault(point, []).append(span)


# ---- times of day, parts of an organisation, waivers -----------------------------------------------------
BELLS = """
SELECT json_agg(json_build_array(bell.kind, bell.number, bell.from_day, to_char(bell.starts, 'HH24:MI'),
                                 to_char(coalesce(bell.ends, bell.starts), 'HH24:MI'))
                ORDER BY bell.kind, bell.number, bell.from_day)
  FROM orgs_bell AS bell WHERE bell.org_id = org.id
"""


def _fill_bells(org: OrgFacts, rows: Rows) -> None:
    """Steps of single bells → the whole day's times from each day on which one changes."""
    for since in sorted({since for _, _, since, _, _ in rows}):
        latest = {
            (kind, number): (starts, ends) for kind, number, changed, starts, ends in rows if changed <= since
        }
        spans: dict[str, list[tuple[str, str]]] = {}
        for (kind, _), span in sorted(latest.items()):
            spans.setdefault(kind, []).append(span)
        times = DayTimes(
            arrival=tuple(spans.get("arrival", ())),
            dismissal=tuple(spans.get("dismissal", ())),
            night=spans["night"][0] if "night" in spans else DayTimes.night,
            shifts=tuple(spans.get("shift", ())),
            lessons=tuple(spans.get("class-hours", ())),
        )
        org.times.append((day_on(since), times))


CLASSES = """
SELECT json_agg(json_build_array(class.id, class.name, class.school_year) ORDER BY class.name)
  FROM orgs_schoolclass AS class WHERE class.org_id = org.id
"""


def _fill_classes(org: OrgFacts, rows: Rows) -> None:
    """A class lasts from August to July of its school year, whatever days the terms have."""
    org.subjects["class"] = [
        SubjectFact(UUID(class_id), name, date(int(year[:4]), 8, 1), date(int(year[5:]), 7, 31))
        for class_id, name, year in rows
    ]


PLACES_ON_FILE = """
SELECT json_agg(json_build_array(place.id, place.kind, place.name, place.closed) ORDER BY place.name)
  FROM orgs_place AS place WHERE place.org_id = org.id AND place.kind = ANY (%(places)s)
"""


def _fill_places(org: OrgFacts, rows: Rows) -> None:
    for place_id, kind, name, closed in rows:
        subject = SubjectFact(UUID(place_id), name, None, _day(closed))
        org.subjects.setdefault(PLACES[kind], []).append(subject)


WAIVERS = """
SELECT json_agg(json_build_array(waiver.adoption_id, waiver.rule_key, waiver.from_day, waiver.until,
                                 waiver.given_at, waiver.reason) ORDER BY waiver.given_at)
  FROM duties_fact_waiver AS waiver WHERE waiver.org_id = org.id AND waiver.until >= %(start)s::date
"""


def _fill_waivers(org: OrgFacts, rows: Rows) -> None:
    for adoption, rule, since, until, given, reason in rows:
        waiver = WaiverFact(UUID(adoption), rule, day_on(since), day_on(until), instant(given), reason)
        org.waivers.setdefault((waiver.adoption_id, waiver.rule), []).append(waiver)
