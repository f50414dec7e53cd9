"""Scenarios of a pack, run in memory through the same pure functions as the real thing.

A scenario is green when every expected verdict comes out. The removal test takes away what a claim says it is
carried by: its scenario must then go red, or the claim says more than the program does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from uuid import NAMESPACE_OID, UUID, uuid5

from huyuan.duties import schema
from huyuan.duties.rules import aggregate, because
from huyuan.duties.rules.binding import Binding, resolve, tokens
from huyuan.duties.rules.cells import evaluate
from huyuan.duties.rules.facts import EventFact, OrgFacts, Span, Step, SubjectFact, WaiverFact
from huyuan.duties.rules.records import event_of, proofs_of, span_of, step_of
from huyuan.duties.rules.verdicts import ZH, Cell
from huyuan.kernel.calendar import Calendar, Term
from huyuan.kernel.days import SHANGHAI, day_of, start_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.holidays_cn import holiday_table
from huyuan.kernel.windows import DayTimes
from huyuan.packs.checking import Library
from huyuan.packs.format import Manifest
from huyuan.packs.registry import Content, known
from huyuan.registers.effects import (
    ActDone,
    EventRaised,
    Header,
    MeasureTaken,
    PresenceSeen,
    effects_of,
    happened_at,
)
from huyuan.registers.schema import FormSpec

# Facts that a scenario gives without a day hold from here on.
ALWAYS = date(2000, 1, 1)
# How far beyond `now` a period may lie that a scenario asks for.
AHEAD = timedelta(days=400)
# The last year whose public holidays the scenarios take as published.
LAST_TABLE = 2026
TERMS = (
    Term("2025-2026", 1, date(2025, 9, 1), date(2026, 1, 23)),
    Term("2025-2026", 2, date(2026, 3, 2), date(2026, 7, 10)),
    Term("2026-2027", 1, date(2026, 9, 1), date(2027, 1, 22)),
    Term("2026-2027", 2, date(2027, 2, 22), date(2027, 7, 9)),
)


def calendar_with(terms: tuple[Term, ...]) -> Calendar:
    """A calendar of these terms, with the public holidays of their years."""
    table = holiday_table(range(terms[0].first.year, min(terms[-1].last.year, LAST_TABLE) + 1))
    return Calendar(terms, table.days, table.published, table.names)


CALENDAR = calendar_with(TERMS)
SCHOOL_DAY = DayTimes(
    arrival=(("07:10", "07:40"),),
    dismissal=(("16:30", "17:00"),),
    shifts=(("06:00", "14:00"), ("14:00", "22:00"), ("22:00", "06:00")),
    lessons=(("08:00", "16:30"),),
)


@dataclass(frozen=True)
class Setting:
    """The pack whose scenarios are run, and all that it may use. `without`: a carrier taken away
    (`form:…`)."""

    pack: str
    reach: Mapping[str, Content]
    without: str = ""

    def lacks(self, prefix: str, key: str) -> bool:
        return self.without == f"{prefix}:{key}"

    def lacks_paper(self, token: str) -> bool:
        """Does this qualifier name a paper that was taken away: as sent, or as a policy in force?"""
        key, _, value = token.partition("=")
        return key in ("paper", "policy") and self.lacks("paper", value)

    @property
    def manifest(self) -> Manifest:
        manifest: Manifest = self.reach[self.pack]["pack"][0].value
        return manifest

    @cached_property
    def rules(self) -> dict[str, schema.RuleSpec]:
        mine = {item.key: item.value for item in self.reach[self.pack]["rules"]}
        return {key: rule for key, rule in mine.items() if not self.lacks("rule", key)}

    @cached_property
    def forms(self) -> dict[str, FormSpec]:
        return {key: form for key, form in known(self.reach, "forms").items() if not self.lacks("form", key)}

    @cached_property
    def measures(self) -> dict[str, schema.MeasureSpec]:
        found = known(self.reach, "measures")
        return {
            key: measure
            for key, measure in found.items()
            if not self.lacks("measure", key) and not self.lacks("paper", key.removeprefix("policies."))
        }

    @cached_property
    def schools(self) -> frozenset[str]:
        """The kinds of organisation that live by school terms."""
        kinds = known(self.reach, "orgkinds")
        return frozenset(key for key, kind in kinds.items() if kind.side == "school")

    @cached_property
    def words(self) -> dict[str, str]:
        kinds = ("acts", "events", "measures", "points", "matters", "facts")
        found = [
            (kind.removesuffix("s"), spec) for kind in kinds for spec in known(self.reach, kind).values()
        ]
        found += [("qualified", spec) for spec in known(self.reach, "qualified").values()]
        return because.words_of(found)


def named(name: str) -> UUID:
    """The id of something that a scenario only names."""
    return uuid5(NAMESPACE_OID, name)


ORG = named("org")


def calendar_of(given: schema.Given) -> Calendar:
    """The calendar of the scenario's own terms, else the usual one."""
    own = (Term(key[:9], 1 if key.endswith("-1") else 2, *days) for key, days in sorted(given.terms.items()))
    return calendar_with(tuple(own)) if given.terms else CALENDAR


def shanghai(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)


# ---- what is given, as facts -----------------------------------------------------------------------------


class World:
    """The facts of the scenario's organisation; `faults` says what it names and nobody knows."""

    def __init__(self, setting: Setting, given: schema.Given) -> None:
        self.setting, self.given = setting, given
        self.faults: list[str] = []
        self.refs: dict[str, list[UUID]] = {}
        org = given.org
        self.facts = OrgFacts(ORG, org.kind, opened=org.opened, closed=org.closed)
        self.facts.times = [(ALWAYS, self.times())]
        self.facts.subjects["class"] = [SubjectFact(named(name), name) for name in org.classes]
        for key, value in org.facts.items():
            self.attribute(key, ALWAYS, value)
        for change in sorted(given.changes, key=lambda change: change.from_):
            self.attribute(change.fact, change.from_, change.value)
        for measure in given.measures:
            self.measure(Step(measure.measure, ORG, measure.from_, measure.value))
        for event in given.events:
            self.event(event)
        for entry in given.entries:
            self.entry(entry)
        for number, act in enumerate(given.acts):
            self.act(number, act)
        for presence in given.presence:
            self.presence(presence)
        for waiver in given.waivers:
            self.waiver(waiver)
        self.in_order()

    def times(self) -> DayTimes:
        given = self.given.org.times
        usual = SCHOOL_DAY if self.given.org.kind in self.setting.schools else DayTimes()
        return DayTimes(
            arrival=given.get("arrival", usual.arrival),
            dismissal=given.get("dismissal", usual.dismissal),
            night=given.get("night", (usual.night,))[0],
            shifts=given.get("shift", usual.shifts),
            lessons=given.get("class-hours", usual.lessons),
        )

    def attribute(self, key: str, day: date, value: str | int | bool) -> None:
        if self.setting.lacks("measure", key):
            return
        text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        number = None if isinstance(value, (bool, str)) else Decimal(value)
        self.facts.attributes.setdefault(key, []).append(Step(key, ORG, day, number, text))

    def measure(self, step: Step) -> None:
        spec = self.setting.measures.get(step.key)
        if spec is None:
            if not self.setting.without:
                self.faults.append(f"没有这个量：{step.key}")
        elif spec.source == "breaches":
            recorded = step.recorded_at or start_of(step.from_day)
            if step.value:
                self.facts.breaches.setdefault(step.key, []).append(replace(step, recorded_at=recorded))
            self.since(step.key, recorded)
        else:
            self.facts.measures.setdefault((step.key, step.subject_id), []).append(step)

    def since(self, measure: str, instant: datetime) -> None:
        before = self.facts.recorded_since.get(measure, instant)
        self.facts.recorded_since[measure] = min(before, instant)

    def act(self, number: int, act: schema.GivenAct) -> None:
        occurred = shanghai(act.at)
        partners = tuple(kind for kind in act.signed_by if kind != self.given.org.kind)
        header = Header(
            "entry",
            named(f"act {number}"),
            0,
            ORG,
            shanghai(act.recorded) if act.recorded else occurred,
            shanghai(act.confirmed) if act.confirmed else None,
            act.single_handed,
        )
        done = ActDone(
            act.act,
            tuple(sorted(tokens(act.where))),
            occurred,
            0,
            act.of_class,
            None,
            partners,
            act.names_period or "",
            act.event,
        )
        self.proof(header, done, partners, act.voided)

    def entry(self, entry: schema.GivenEntry) -> None:
        form = self.setting.forms.get(entry.form)
        if form is None:
            if not self.setting.lacks("form", entry.form):
                self.faults.append(f"没有这张表：{entry.form}")
            return
        for key in entry.body.keys() - {field.id for field in form.fields}:
            self.faults.append(f"表 {entry.form} 没有字段 {key}")
        at = shanghai(entry.at)
        recorded = shanghai(entry.recorded) if entry.recorded else at
        confirmed = recorded if form.confirmed_by else None
        header = Header(
            "entry",
            named(entry.ref or f"entry {entry.form} {at}"),
            0,
            ORG,
            recorded,
            shanghai(entry.confirmed) if entry.confirmed else confirmed,
        )
        when = happened_at(form, entry.body, at)
        effects = effects_of(form, entry.body, occurred_at=when, class_id=entry.of_class)
        for effect in effects:
            match effect:
                case ActDone():
                    self.proof(header, effect, entry.signed_by, entry.voided)
                case MeasureTaken():
                    self.measure(step_of(header, effect, named))
                case EventRaised():
                    self.raised(event_of(header, effect, named), entry.ref)
                case PresenceSeen():
                    self.seen(span_of(header, effect))
        for measure in self.setting.measures.values():
            if entry.form in measure.recorded_by:
                self.since(measure.key, header.confirmed_at or header.recorded_at)

    def named(self, name: str) -> UUID:
        """The id behind what an act names: an event given, the one event of an entry, else whatever it is."""
        found = self.refs.get(name, [])
        if len(found) > 1:
            self.faults.append(f"{name} 里有{len(found)}个事件，请写 {name}/1、{name}/2……")
        return found[0] if found else named(name)

    def proof(self, header: Header, act: ActDone, signed: tuple[str, ...], voided: datetime | None) -> None:
        if self.setting.lacks("act", act.act) or any(self.setting.lacks_paper(token) for token in act.quals):
            return
        kinds = {named(partner): partner for partner in signed} | {ORG: self.given.org.kind}
        for org, proof in proofs_of(header, act, kinds, self.named):
            if org == ORG:
                proof = replace(proof, voided_at=shanghai(voided) if voided else None)
                self.facts.proofs.setdefault(proof.act, []).append(proof)

    def event(self, event: schema.GivenEvent) -> None:
        occurred = shanghai(event.occurred)
        self.raised(
            EventFact(
                id=named(event.ref),
                event=event.event,
                subject_id=ORG,
                quals=tokens(event.where),
                occurred_at=occurred,
                known_at=shanghai(event.known) if event.known else occurred,
                assigned_at=shanghai(event.assigned) if event.assigned else None,
                learned={token: shanghai(instant) for token, instant in event.learned.items()},
                ended_at=shanghai(event.ended) if event.ended else None,
                end_reason="终止" if event.ended else "",
            ),
            event.ref,
        )

    def raised(self, event: EventFact, ref: str | None) -> None:
        if ref:
            mine = self.refs.setdefault(ref, [])
            mine.append(event.id)
            self.refs[f"{ref}/{len(mine)}"] = [event.id]
        self.facts.events.setdefault(event.event, []).append(event)

    def presence(self, presence: schema.GivenPresence) -> None:
        starts = shanghai(presence.from_)
        recorded = shanghai(presence.recorded) if presence.recorded else starts
        self.seen(
            Span(
                presence.person,
                presence.point,
                presence.qualified,
                starts,
                shanghai(presence.until),
                recorded,
                presence.planned,
            )
        )

    def seen(self, span: Span) -> None:
        self.facts.presences.setdefault(span.point, []).append(span)

    def waiver(self, waiver: schema.GivenWaiver) -> None:
        given = shanghai(waiver.given or datetime.combine(ALWAYS, datetime.min.time()))
        found = WaiverFact(named("adoption"), waiver.rule, waiver.from_, waiver.until, given, "已批准")
        self.facts.waivers.setdefault((found.adoption_id, waiver.rule), []).append(found)

    def in_order(self) -> None:
        """As the database gives them."""
        for steps in (*self.facts.measures.values(), *self.facts.breaches.values()):
            steps.sort(key=lambda step: step.from_day)

    def bindings(self, keys: set[str]) -> Iterator[Binding]:
        """The rules asked for, adopted as the scenario says."""
        given, manifest = self.given, self.setting.manifest
        first = max(filter(None, (given.go_live, manifest.effective.from_)))
        last = min(filter(None, (given.until, manifest.effective.until)), default=None)
        for key in sorted(keys):
            if key in self.setting.rules:
                rule, missing = resolve(self.setting.rules[key], given.local)
                points = [rule.point] if isinstance(rule, schema.PostRule) else []
                yield Binding(
                    adoption_id=named("adoption"),
                    rule_id=named(key),
                    pack=self.setting.pack,
                    rule=rule,
                    first=first,
                    last=last,
                    until=manifest.effective.until or given.until,
                    missing=missing,
                    window_minutes=given.window_grace_minutes,
                    schools=self.setting.schools,
                    sign_ins={point: given.sign_in.get(point, first) for point in points},
                )


# ---- running ---------------------------------------------------------------------------------------------


def run(scenario: schema.Scenario, setting: Setting) -> list[str]:
    """What came out otherwise than expected, a sentence each with the reasons; empty: green."""
    world = World(setting, scenario.given)
    if world.faults:
        return world.faults
    now = shanghai(scenario.now)
    keys = {expect.rule for expect in scenario.expect}
    try:
        bindings = list(world.bindings(keys))
    except Refused as refused:
        return [str(refused)]
    breaches = frozenset(key for key, measure in setting.measures.items() if measure.source == "breaches")
    first = min((binding.first for binding in bindings), default=ALWAYS) - timedelta(days=31)
    last = day_of(now) + AHEAD
    calendar = calendar_of(scenario.given)
    cells = list(evaluate(world.facts, bindings, calendar, first, last, now, breaches))
    return [fault for expect in scenario.expect for fault in compare(expect, cells, world)]


def compare(expect: schema.Expect, cells: list[Cell], world: World) -> Iterator[str]:
    """How the cells of one expectation differ from it."""
    setting = world.setting
    where = f"{expect.rule} {expect.period}{f' {expect.part}' if expect.part else ''}"
    rule = setting.rules.get(expect.rule)
    if rule is None or rule.planned:
        yield f"{where}：{'没有这条规则' if rule is None else '这条规则还在计划中，不作评判'}"
        return
    mine = [cell for cell in cells if cell.binding.rule.key == expect.rule]
    found = [cell for cell in mine if is_asked(expect, cell, world)]
    got = aggregate.all_of(cell.verdict for cell in found) if found else "none"
    told = [line for cell in found for line in because.say(cell, setting.words)]
    if got != expect.verdict:
        there = (
            "" if found else f"；这条规则的期间有：{'、'.join(cell.period for cell in mine[:12]) or '（无）'}"
        )
        wanted = f"应为 {expect.verdict}（{zh(expect.verdict)}），实为 {got}（{zh(got)}）"
        yield f"{where}：{wanted}{there}{lines(told)}"
    corrections: list[str] = [cell.correction.becomes for cell in found if cell.correction] or ["none"]
    if expect.correction and expect.correction not in corrections:
        yield f"{where}：事后更正应为 {expect.correction}，实为 {'、'.join(corrections)}{lines(told)}"
    if expect.because and not any(expect.because in line for line in told):
        yield f"{where}：理由里没有“{expect.because}”{lines(told)}"


def is_asked(expect: schema.Expect, cell: Cell, world: World) -> bool:
    """Is this a cell of the period that is meant? An event is named by its ref, or by that of the entry that
    raised it: "check" means all of its events, "check/2" the second."""
    if expect.part and cell.part != expect.part:
        return False
    if expect.of_class and cell.subject_id != named(expect.of_class):
        return False
    if cell.period == expect.period or cell.period.startswith(f"{expect.period}-"):
        return True
    return cell.period in {str(event) for event in world.refs.get(expect.period, ())}


def zh(verdict: str) -> str:
    return next((name for key, name in ZH.items() if key == verdict), "没有这一格")


def lines(told: list[str]) -> str:
    return "".join(f"\n    {line}" for line in told[:6])


@dataclass(frozen=True)
class Outcome:
    """One scenario's run; `faults` empty: green. `carrier`: what was taken away, then green is the fault."""

    file: str
    line: int
    key: str
    faults: tuple[str, ...]
    carrier: str = ""


def run_all(library: Library, pack: str) -> Iterator[Outcome]:
    """Every scenario of a pack."""
    setting = Setting(pack, library.reach(pack))
    for item in library.readings[pack].content["scenarios"]:
        yield Outcome(item.file, item.line, item.key, tuple(run(item.value, setting)))


def run_removals(library: Library, pack: str) -> Iterator[Outcome]:
    """For each carrier of each carried claim, its scenario without that carrier: it must go red.

    Only what stays green is a fault; a scenario that is red anyway proves nothing and is left to `run_all`.
    """
    reach = library.reach(pack)
    scenarios = {item.key: item for item in library.readings[pack].content["scenarios"]}
    for carrier, key in carriers(library.readings[pack].content):
        item = scenarios.get(key)
        if item is not None:
            setting = Setting(pack, reach, carrier)
            red = run(item.value, setting)
            fault = f"去掉 {carrier} 之后场景仍然通过：它没有证明这一条由 {carrier} 承担"
            yield Outcome(item.file, item.line, item.key, () if red else (fault,), carrier)


def carriers(content: Content) -> Iterator[tuple[str, str]]:
    """(carrier, scenario) of every carried claim, each pair once."""
    seen: set[tuple[str, str]] = set()
    for clause in content["clauses"]:
        for claim in clause.value.claims:
            if claim.status == "carried" and claim.scenario:
                for carrier in claim.by:
                    if (carrier, claim.scenario) not in seen:
                        seen.add((carrier, claim.scenario))
                        yield carrier, claim.scenario
