"""What a recorded entry means to duties: effects become facts. Scenarios and real submissions go this one
way."""

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID, uuid5

from huyuan.duties.rules.facts import EventFact, ProofFact, Span, Step
from huyuan.registers.effects import ActDone, EventRaised, Header, MeasureTaken, PresenceSeen, act_id

Named = Callable[[str], UUID | None]
"""How a reference in an entry becomes an id: of a place or class, or of what an act answers."""


def answered(header: Header, act: ActDone, named: Named) -> UUID | None:
    """The event that the act reacts to: the one that it names, or the one raised beside it."""
    if act.answers:
        return named(act.answers)
    return None if act.event is None else act_id(header.source_id, act.event)


def proofs_of(
    header: Header, act: ActDone, kinds: Mapping[UUID, str], named: Named
) -> Iterator[tuple[UUID, ProofFact]]:
    """(organisation, proof) for each party: whoever recorded the act, and the partners that signed.

    A joint act names the kinds of the others; an unsigned partner took no part, so alone it is one's own
    act. `kinds`: the kind of whoever recorded it and of every organisation that signed.
    """
    partners = (named(partner) for partner in act.partners)
    parties = {header.org_id, *(org for org in partners if org and org in kinds)}
    shared = act_id(header.source_id, act.index)
    subject = named(act.subject) if act.subject else None
    answers = answered(header, act, named)
    for org in sorted(parties, key=str):
        own = org == header.org_id
        others = {f"joint-with={kinds[other]}" for other in parties if other != org}
        yield (
            org,
            ProofFact(
                id=uuid5(shared, str(org)),
                act_id=shared,
                act=act.act,
                subject_id=(subject if own else None) or org,
                quals=frozenset(qual for qual in act.quals if not qual.startswith("joint-with=")) | others,
                joint=bool(others),
                occurred_at=act.occurred_at,
                recorded_at=header.recorded_at,
                confirmed_at=header.confirmed_at,
                names_period=act.names_period,
                people=act.people,
                single_handed=header.single_handed and own,
                answers=answers,
            ),
        )


def step_of(header: Header, measure: MeasureTaken, named: Named) -> Step:
    """A measured value, or a breach, of the organisation or of the place named."""
    subject = named(measure.subject) if measure.subject else None
    return Step(
        measure.measure,
        subject or header.org_id,
        measure.from_day,
        measure.value,
        recorded_at=header.confirmed_at or header.recorded_at,
    )


def event_of(header: Header, event: EventRaised, named: Named) -> EventFact:
    """An event; it became known when its source was recorded, or confirmed where the form asks for that. Only
    what is planned lies ahead."""
    subject = named(event.subject) if event.subject else None
    known_at = header.confirmed_at or header.recorded_at
    return EventFact(
        id=act_id(header.source_id, event.index),
        event=event.event,
        subject_id=subject or header.org_id,
        quals=frozenset(event.quals),
        occurred_at=event.occurred_at if event.planned else min(event.occurred_at, known_at),
        known_at=known_at,
        about=event.about,
    )


def span_of(header: Header, presence: PresenceSeen) -> Span:
    """Somebody at a point, from–until."""
    return Span(
        presence.person,
        presence.point,
        presence.qualified,
        presence.starts_at,
        presence.ends_at,
        header.confirmed_at or header.recorded_at,
        presence.planned,
    )
