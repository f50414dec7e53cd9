"""Effects of entries and submissions become typed rows, in the transaction of the action that recorded
them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from huyuan.duties.models import Event, Measurement, Presence, Proof
from huyuan.duties.rules.records import event_of, proofs_of, span_of, step_of
from huyuan.kernel.copying import insert_rows
from huyuan.orgs.models import Organisation
from huyuan.registers.effects import (
    ActDone,
    Effect,
    EventRaised,
    Header,
    MeasureTaken,
    PresenceSeen,
    Source,
    act_id,
)

# What happens to a row that is there already: nothing, but of a joint act who else took part is known only
# when the last partner has signed.
KEPT: dict[str, Any] = {"ignore_conflicts": True}
AGAIN: dict[type[Model], dict[str, Any]] = {
    Proof: {
        "update_conflicts": True,
        "unique_fields": ["act_id", "org", "subject_id"],
        "update_fields": ["joint", "quals"],
    },
    Measurement: KEPT,
    Event: KEPT,
    Presence: KEPT,
}


class Duties:
    """The sink of this package (`registers.effects.Sink`).

    Every row has an id that follows from its source, so recording twice adds nothing.
    """

    def record(
        self, header: Header, effects: Sequence[Effect], signed_parties: frozenset[UUID], now: datetime
    ) -> None:
        """One row for each effect, of a joint act one for each party that signed; at most five statements."""
        for model, rows in rows_of_all([Source(header, effects, signed_parties)], now).items():
            if rows:
                model._default_manager.bulk_create(rows, **AGAIN[model])

    def record_all(self, sources: Sequence[Source], now: datetime) -> None:
        """The same of many sources, none of which was recorded before."""
        for rows in rows_of_all(sources, now).values():
            insert_rows(rows)

    def void(self, source_id: UUID, now: datetime) -> None:
        """Nothing that came of the source counts from now on."""
        self.void_all([source_id], now)

    def void_all(self, source_ids: Collection[UUID], now: datetime) -> None:
        """The same of many sources; four statements."""
        for model in AGAIN:
            model._default_manager.filter(source_id__in=source_ids, voided_at=None).update(voided_at=now)


def rows_of_all(sources: Sequence[Source], now: datetime) -> dict[type[Model], list[Model]]:
    """The unsaved rows of many sources, by model."""
    kinds = kinds_of(sources)
    rows: dict[type[Model], list[Model]] = {model: [] for model in AGAIN}
    for source in sources:
        named = references(source.effects)
        parties = {org_id: kinds.get(org_id, "") for org_id in source.signed_parties}
        for model, found in rows_of(source.header, source.effects, parties, named, now).items():
            rows[model] += found
    return rows


def kinds_of(sources: Sequence[Source]) -> dict[UUID, str]:
    """The kind of every organisation that took part in a joint act: only there is it told with whom."""
    joint = {
        org_id for source in sources if len(source.signed_parties) > 1 for org_id in source.signed_parties
    }
    return dict(Organisation.objects.filter(id__in=joint).values_list("id", "kind")) if joint else {}


def rows_of(
    header: Header,
    effects: Sequence[Effect],
    kinds: Mapping[UUID, str],
    named: Mapping[str, UUID],
    now: datetime,
) -> dict[type[Model], list[Model]]:
    """The unsaved rows of one source's effects, by model. `kinds`: the kind of its organisation and of
    each that signed; `named`: what the effects' texts refer to."""
    rows: dict[type[Model], list[Model]] = {Proof: [], Measurement: [], Event: [], Presence: []}
    for position, effect in enumerate(effects):
        match effect:
            case ActDone():
                rows[Proof] += proofs(header, effect, kinds, named, now)
            case MeasureTaken():
                rows[Measurement].append(measurement(header, effect, named, position))
            case EventRaised():
                rows[Event].append(event(header, effect, named))
            case PresenceSeen():
                rows[Presence].append(presence(header, effect, position))
    return rows


def references(effects: Sequence[Effect]) -> dict[str, UUID]:
    """The ids that the effects name, by the text that names them; anything else names nothing."""
    texts: set[str] = set()
    for effect in effects:
        texts |= {
            text for text in (getattr(effect, "subject", None), getattr(effect, "answers", None)) if text
        }
        texts |= set(getattr(effect, "partners", ()))
    found: dict[str, UUID] = {}
    for text in texts:
        try:
            found[text] = UUID(text)
        except ValueError:
            continue
    return found


def proofs(
    header: Header,
    act: ActDone,
    kinds: Mapping[UUID, str],
    named: Mapping[str, UUID],
    now: datetime,
) -> list[Proof]:
    """A row for each party. For a partner the act counts from the instant at which its signature came in."""
    return [
        Proof(
            county_id=header.county_id,
            act_id=fact.act_id,
            act=fact.act,
            org_id=org_id,
            subject_id=fact.subject_id,
            quals=sorted(fact.quals),
            joint=fact.joint,
            occurred_at=fact.occurred_at,
            recorded_at=fact.recorded_at,
            confirmed_at=fact.confirmed_at if org_id == header.org_id else max(now, fact.known_at),
            names_period=fact.names_period[:20],
            people=fact.people,
            single_handed=fact.single_handed,
            answers=fact.answers,
            recorder_id=header.recorder_id or header.org_id,
            source=header.source,
            source_id=header.source_id,
        )
        for org_id, fact in proofs_of(header, act, kinds, named.get)
    ]


def measurement(header: Header, taken: MeasureTaken, named: Mapping[str, UUID], position: int) -> Measurement:
    step = step_of(header, taken, named.get)
    return Measurement(
        id=act_id(header.source_id, position),
        county_id=header.county_id,
        org_id=header.org_id,
        subject_id=step.subject_id,
        measure=step.key,
        from_day=step.from_day,
        value=taken.value,
        delta=taken.add,
        recorded_at=header.confirmed_at or header.recorded_at,
        source=header.source,
        source_id=header.source_id,
    )


def event(header: Header, raised: EventRaised, named: Mapping[str, UUID]) -> Event:
    fact = event_of(header, raised, named.get)
    return Event(
        id=fact.id,
        county_id=header.county_id,
        event=fact.event,
        about=fact.about[:200],
        org_id=header.org_id,
        subject_id=fact.subject_id,
        quals=sorted(fact.quals),
        occurred_at=fact.occurred_at,
        known_at=fact.known_at,
        source=header.source,
        source_id=header.source_id,
    )


def presence(header: Header, seen: PresenceSeen, position: int) -> Presence:
    span = span_of(header, seen)
    return Presence(
        id=act_id(header.source_id, position),
        county_id=header.county_id,
        org_id=header.org_id,
        point=span.point,
        person=span.person[:60],
        qualified=span.qualified,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        planned=span.planned,
        recorded_at=span.recorded_at,
        source=header.source,
        source_id=header.source_id,
    )
