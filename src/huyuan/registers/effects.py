"""What an entry means elsewhere: acts done, values measured, events raised, presences seen.

`effects_of` is pure, so the scenarios of a pack and a real submission go through the same function. Whoever
wants the effects (duties) adds a `Sink` to `SINKS` in its `AppConfig.ready()`; this package knows no rules.
"""

from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol
from uuid import NAMESPACE_OID, UUID, uuid5

from huyuan.kernel.days import ONE_DAY, SHANGHAI, at, day_of, start_of
from huyuan.kernel.fields import Field, display
from huyuan.registers import schema


@dataclass(frozen=True)
class ActDone:
    """An act. `quals` are sorted "key=value" tokens; `partners` the organisations named as taking part, of
    which only those that signed count; `subject` the place or class concerned (None: the organisation);
    `index` numbers the effects of one source, so it is the same each time. What the act answers is named by
    `answers`, or it is the event of the same source with the index `event` (raised in the same row)."""

    act: str
    quals: tuple[str, ...]
    occurred_at: datetime
    index: int
    subject: str | None = None
    people: int | None = None
    partners: tuple[str, ...] = ()
    names_period: str = ""
    answers: str | None = None
    event: int | None = None


@dataclass(frozen=True)
class MeasureTaken:
    """A value that holds from `from_day`; with `add` it counts up instead (a breach; none adds nothing)."""

    measure: str
    value: Decimal
    from_day: date
    add: bool = False
    subject: str | None = None


@dataclass(frozen=True)
class EventRaised:
    """Something that happened, or is `planned` for a day, and starts clocks; it became known when its source
    was recorded. `about`: what and where, in a few words; `details`: what else the form says of it, by the
    names of `schema.Detail`, as stored."""

    event: str
    quals: tuple[str, ...]
    occurred_at: datetime
    index: int
    subject: str | None = None
    about: str = ""
    planned: bool = False
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class PresenceSeen:
    """`person` was at `point`, counted as `qualified`, from–until; `planned`: so says the roster."""

    point: str
    qualified: str
    person: str
    starts_at: datetime
    ends_at: datetime
    planned: bool = False


Effect = ActDone | MeasureTaken | EventRaised | PresenceSeen
Row = tuple[str, int]
"""A row of an entry: its group and its number in it."""


@dataclass(frozen=True)
class Header:
    """Where effects come from. `recorded_at` is the server's instant of submission, if confirmed later;
    `recorder_id` the organisation that recorded it, where that is another one (代录); `corrects_id` the entry
    that it stands for from now on."""

    source: Literal["entry", "policy", "submission", "case", "perimeter", "risk", "voice"]
    source_id: UUID
    county_id: int
    org_id: UUID
    recorded_at: datetime
    confirmed_at: datetime | None = None
    single_handed: bool = False
    recorder_id: UUID | None = None
    corrects_id: UUID | None = None


class Source(NamedTuple):
    """What came of one source. `signed_parties` are the organisations whose act it is: the one that recorded
    it and the partners that signed."""

    header: Header
    effects: Sequence[Effect]
    signed_parties: frozenset[UUID]


class Sink(Protocol):
    """What becomes of effects. All run inside the transaction of the action and are set-based."""

    def record(
        self, header: Header, effects: Sequence[Effect], signed_parties: frozenset[UUID], now: datetime
    ) -> None:
        """Take all effects of one source. Called again with one more party when a partner signs later: then
        only what is new is added (`act_id` names an act for good)."""

    def record_all(self, sources: Sequence[Source], now: datetime) -> None:
        """The same for many sources at once, none of which was recorded before."""

    def void(self, source_id: UUID, now: datetime) -> None:
        """The source was voided or returned: nothing that came of it counts any more."""

    def void_all(self, source_ids: Collection[UUID], now: datetime) -> None:
        """The same for many sources at once."""


SINKS: list[Sink] = []

NOTHING: Mapping[str, str] = MappingProxyType({})


def act_id(source_id: UUID, index: int) -> UUID:
    """The id that all parties' proofs of one act share; `index` is `ActDone.index`."""
    return uuid5(NAMESPACE_OID, f"{source_id}/{index}")


def effects_of(
    spec: schema.FormSpec,
    body: Mapping[str, Any],
    *,
    occurred_at: datetime,
    class_id: str | None = None,
    org_kinds: Mapping[str, str] = NOTHING,
    org_names: Mapping[str, str] = NOTHING,
) -> list[Effect]:
    """Effects of an entry of `spec` with the given body (values as stored: JSON), in the order of the form.

    `occurred_at` is when the entry says that it happened; `class_id` the class it was made for (a class
    teacher's), which an effect is about unless the form, or the row, names a place. `org_kinds` gives the
    kind behind the id of an organisation: a qualifier says with what kind one acted, not with which one;
    `org_names` its name, for what an event is about.
    """
    effects: list[Effect] = []
    rows_of: list[Row | None] = []
    for effect in spec.effects:
        subject_field = subject_of(spec, effect.repeat)
        for row, values in rows(effect, body):
            if effect.if_ and not set(tokens(values.get(effect.if_.field))) & set(effect.if_.is_):
                continue
            subject = (values.get(subject_field) if subject_field else None) or class_id
            given = look_up(effect.at, values)
            when = instant(given, occurred_at) if given else occurred_at
            says = effect.says if isinstance(effect, schema.Event) else ()
            about = words_of(says, reachable(spec, effect.repeat), values, org_names) if says else ""
            effects.extend(
                one(effect, values, when, str(subject) if subject else None, len(effects), org_kinds, about)
            )
            rows_of.extend([row] * (len(effects) - len(rows_of)))
    return answering(effects, rows_of)


def answering(effects: Sequence[Effect], rows_of: Sequence[Row | None]) -> list[Effect]:
    """The effects, each act with the event that it answers: the one that its own row raised, else the one of
    the entry itself. An act of the whole entry answers the entry's own event, or its only one. Where several
    could be meant it answers none: to say so of each would prove what nobody did."""
    raised: dict[Row | None, list[int]] = {}
    for effect, row in zip(effects, rows_of, strict=True):
        if isinstance(effect, EventRaised):
            raised.setdefault(row, []).append(effect.index)
    every = [index for indexes in raised.values() for index in indexes]
    found: list[Effect] = []
    for effect, row in zip(effects, rows_of, strict=True):
        if isinstance(effect, ActDone) and effect.answers is None:
            meant = raised.get(row) or (raised.get(None, []) if row else every)
            effect = replace(effect, event=meant[0] if len(meant) == 1 else None)
        found.append(effect)
    return found


def subject_of(spec: schema.FormSpec, repeat: str | None) -> str | None:
    """The field naming the place an effect is about: the row's own before the entry's."""
    groups = [field.fields for field in spec.fields if field.id == repeat]
    for fields in (*groups, spec.fields):
        for asked in fields:
            if asked.type == "place":
                return asked.id
    return None


def reachable(spec: schema.FormSpec, repeat: str | None) -> dict[str, Field]:
    """The fields that an effect may name: the entry's, and before them those of its rows."""
    fields = {field.id: field for field in spec.fields}
    return fields | {part.id: part for part in (fields[repeat].fields if repeat in fields else ())}


def words_of(
    says: Sequence[str], fields: Mapping[str, Field], values: Mapping[str, Any], names: Mapping[str, str]
) -> str:
    """What the fields say, as people read it; an organisation without a name is left out."""
    parts = [
        display(fields[ref[1:]], values.get(ref[1:]), names)
        for ref in says
        if fields[ref[1:]].type != "organisation" or values.get(ref[1:]) in names
    ]
    return "，".join(part for part in parts if part)


def rows(effect: schema.Effect, body: Mapping[str, Any]) -> Iterator[tuple[Row | None, Mapping[str, Any]]]:
    """The values an effect reads, and where: the entry's, or one set per row with the entry's behind it."""
    if effect.repeat is None:
        yield None, body
        return
    for number, row in enumerate(body.get(effect.repeat) or ()):
        yield (effect.repeat, number), ChainMap(dict(row), dict(body))


def one(
    effect: schema.AnyEffect,
    values: Mapping[str, Any],
    when: datetime,
    subject: str | None,
    index: int,
    org_kinds: Mapping[str, str],
    about: str,
) -> Iterator[Effect]:
    """The effect as it happened, or nothing where the field it stands on was left empty."""
    match effect:
        case schema.Act():
            yield ActDone(
                act=effect.act,
                quals=qualifiers(effect.where, values, org_kinds),
                occurred_at=when,
                index=index,
                subject=subject,
                people=count(look_up(effect.people, values)),
                partners=tokens(look_up(effect.partner, values)),
                names_period=str(look_up(effect.names_period, values) or ""),
                answers=str(look_up(effect.answers, values) or "") or None,
            )
        case schema.Measure():
            value = measured(effect.value, values, when)
            if value not in (None, "") and not (effect.add and number(value) == 0):
                yield MeasureTaken(effect.measure, number(value), day_of(when), effect.add, subject)
        case schema.Event():
            occurred = look_up(effect.occurred, values)
            yield EventRaised(
                event=effect.event,
                quals=qualifiers(effect.where, values, org_kinds),
                occurred_at=instant(occurred, when) if occurred else when,
                index=index,
                subject=subject,
                about=about,
                planned=effect.planned,
                details={
                    name: value
                    for name, ref in effect.details.items()
                    if (value := look_up(ref, values)) not in (None, "")
                },
            )
        case schema.Presence():
            person, first, last = (
                look_up(ref, values) for ref in (effect.person, effect.from_, effect.until)
            )
            if person and first and last:
                starts_at, ends_at = span(first, last, when)
                points, qualified = (
                    tokens(look_up(name, values)) for name in (effect.point, effect.qualified)
                )
                for point, counted in product(points, qualified):
                    yield PresenceSeen(point, counted, str(person), starts_at, ends_at, effect.planned)


def look_up(given: object, values: Mapping[str, Any]) -> Any:
    """A `$field`'s value, or what was given literally."""
    if isinstance(given, str) and given.startswith("$"):
        return values.get(given[1:])
    return given


def measured(given: str | int | schema.Hours, values: Mapping[str, Any], when: datetime) -> Any:
    """The value that a measure takes: hours are whole ones, since 47 hours and a half are not yet 48."""
    if not isinstance(given, schema.Hours):
        return look_up(given, values)
    start = look_up(given.hours_from, values)
    return (when - instant(start, when)) // timedelta(hours=1) if start else None


def tokens(value: object) -> tuple[str, ...]:
    """A field's value as the words a pack uses: yes/no for yes_no, every key of choices, nothing if empty."""
    if value is None or value == "":
        return ()
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    if isinstance(value, (list, tuple)):
        return tuple(token for part in value for token in tokens(part))
    return (str(value),)


def qualifiers(
    where: Mapping[str, str | tuple[str, ...]], values: Mapping[str, Any], org_kinds: Mapping[str, str]
) -> tuple[str, ...]:
    """Sorted "key=value" tokens; several values of one key give several tokens."""
    return tuple(
        sorted(
            {
                f"{key}={org_kinds.get(token, token)}"
                for key, given in where.items()
                for part in (given if isinstance(given, tuple) else (given,))
                for token in tokens(look_up(part, values))
            }
        )
    )


def count(value: object) -> int | None:
    """People: a number as it stands, a list of names by its length."""
    if value is None or value == "":
        return None
    if isinstance(value, (list, tuple)):
        return len(value)
    return int(number(value))


def number(value: object) -> Decimal:
    return Decimal(int(value)) if isinstance(value, bool) else Decimal(str(value))


def instant(value: object, beside: datetime) -> datetime:
    """A field's value as an instant: "2026-10-16" means that day's first one, "07:30" (up to "24:00") lies on
    the Shanghai day of `beside`, "2026-10-16T07:30" without a zone is Shanghai's."""
    if isinstance(value, str):
        if len(value) <= len("07:30:00"):
            return at(day_of(beside), value)
        value = (
            date.fromisoformat(value) if len(value) == len("2026-10-16") else datetime.fromisoformat(value)
        )
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    if isinstance(value, date):
        return start_of(value)
    raise ValueError(f"not a day or time: {value!r}")


def span(first: object, last: object, beside: datetime) -> tuple[datetime, datetime]:
    """From–until; clock times that run backwards cross midnight (a shift 22:00–06:00)."""
    starts_at, ends_at = instant(first, beside), instant(last, beside)
    return starts_at, ends_at if ends_at > starts_at else ends_at + ONE_DAY


def happened_at(spec: schema.FormSpec, body: Mapping[str, Any], now: datetime) -> datetime:
    """When the entry says that it happened: its `happened` field, else `now`, when it was handed in. A bare
    today is now. What is said of a month (`for_month`) happened in it, however late it is handed in."""
    value = body.get(spec.happened) if spec.happened else None
    when = now if value in (None, "") else instant(value, now)
    bare_day = isinstance(value, str) and len(value) == len("2026-10-16")
    if bare_day and day_of(now) == day_of(when):
        when = now
    month = body.get(spec.for_month) if spec.for_month else None
    if not month:
        return when
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=31)).replace(day=1)
    return min(max(when, start_of(first)), start_of(following) - timedelta(seconds=1))
