"""The facts of one organisation that verdicts are made of. Nothing here knows rules; instants are aware
UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from huyuan.kernel.windows import DayTimes


@dataclass(frozen=True, slots=True)
class ProofFact:
    """An act as one organisation may count it. `quals` are "key=value" tokens.

    `confirmed_at` is set where the form asks for a confirmation: only then is it an act. `answers` names
    the event that it reacts to.
    """

    id: UUID
    act_id: UUID
    act: str
    subject_id: UUID
    quals: frozenset[str]
    joint: bool
    occurred_at: datetime
    recorded_at: datetime
    confirmed_at: datetime | None = None
    names_period: str = ""
    people: int | None = None
    single_handed: bool = False
    answers: UUID | None = None
    voided_at: datetime | None = None

    @property
    def known_at(self) -> datetime:
        """The instant from which it counts: its recording, or the confirmation that the form asks for."""
        return self.confirmed_at or self.recorded_at

    def stands_at(self, instant: datetime) -> bool:
        """Was it known by then, and not voided?"""
        return self.known_at <= instant and (self.voided_at is None or self.voided_at > instant)

    def stood_before(self, instant: datetime) -> bool:
        """The same just before `instant`: what counts at a close must be known before it."""
        return self.known_at < instant and (self.voided_at is None or self.voided_at >= instant)


@dataclass(frozen=True, slots=True)
class Step:
    """An attribute or measured value from `from_day` on; of several on one day the one recorded last holds.

    `recorded_at` is None where only the day is kept (attributes). Breaches are steps of their own: each
    counts `value` on its day alone.
    """

    key: str
    subject_id: UUID
    from_day: date
    value: Decimal | None = None
    text: str = ""
    recorded_at: datetime | None = None
    voided_at: datetime | None = None

    def stands_before(self, instant: datetime) -> bool:
        """Was it known before `instant`, and not voided by then?"""
        return (self.recorded_at is None or self.recorded_at < instant) and (
            self.voided_at is None or self.voided_at >= instant
        )


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody was, or according to the roster will be, at a point."""

    person: str
    point: str
    qualified: str
    starts_at: datetime
    ends_at: datetime
    recorded_at: datetime
    planned: bool = False
    voided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A due moved to `due_at`, by a decision of `given_at`."""

    rule: str
    due_at: datetime
    given_at: datetime


@dataclass(frozen=True, slots=True)
class EventFact:
    """Something that happened. `about`: what and where. `learned`: qualifiers that became known later than
    `known_at`, each with its instant; nothing is ever unlearned."""

    id: UUID
    event: str
    subject_id: UUID
    quals: frozenset[str]
    occurred_at: datetime
    known_at: datetime
    about: str = ""
    assigned_at: datetime | None = None
    learned: Mapping[str, datetime] = field(default_factory=dict)
    ended_at: datetime | None = None
    end_reason: str = ""
    voided_at: datetime | None = None
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True)
class WaiverFact:
    """A rule excused for the organisation, both days included."""

    adoption_id: UUID
    rule: str
    from_day: date
    until: date
    given_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class SubjectFact:
    """A class, gate or building; `until` is its last day."""

    id: UUID
    name: str
    from_day: date | None = None
    until: date | None = None


@dataclass(slots=True)
class OrgFacts:
    """Everything known of one organisation, indexed as judging asks for it.

    `proofs` by act, `events` by kind of event, `presences` by point, `measures` by (measure, subject),
    `breaches` by measure, each in order of time; `recorded_since`: when a form that records a measure was
    first filed; `times`: its bells from a day on; `subjects` by "class", "gate", "building".
    """

    id: UUID
    kind: str
    name: str = ""
    opened: date | None = None
    closed: date | None = None
    attributes: dict[str, list[Step]] = field(default_factory=dict)
    measures: dict[tuple[str, UUID], list[Step]] = field(default_factory=dict)
    breaches: dict[str, list[Step]] = field(default_factory=dict)
    recorded_since: dict[str, datetime] = field(default_factory=dict)
    proofs: dict[str, list[ProofFact]] = field(default_factory=dict)
    presences: dict[str, list[Span]] = field(default_factory=dict)
    events: dict[str, list[EventFact]] = field(default_factory=dict)
    waivers: dict[tuple[UUID, str], list[WaiverFact]] = field(default_factory=dict)
    times: list[tuple[date, DayTimes]] = field(default_factory=list)
    subjects: dict[str, list[SubjectFact]] = field(default_factory=dict)

    def times_on(self, day: date) -> DayTimes:
        """The bells in force on a day; none on file: none (nights keep their usual hours)."""
        return next((times for since, times in reversed(self.times) if since <= day), NO_TIMES)


NO_TIMES = DayTimes()
