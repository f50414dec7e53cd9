"""What a fresh form knows already: when, who fills it in, where, with whom. Only a proposal on the page:
what is handed in is checked like any answer."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from huyuan.kernel.days import ONE_DAY, SHANGHAI, day_of
from huyuan.kernel.fields import STORED, Field, parse
from huyuan.kernel.windows import DayTimes, Window, windows
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Place
from huyuan.orgs.queries import bells_of, liaisons_of
from huyuan.packs.queries import words
from huyuan.registers.models import Entry
from huyuan.registers.queries import every_field
from huyuan.registers.rules import sole
from huyuan.registers.schema import FormSpec, Presence

USUAL_PARTNER = "police-station"
"""The kind of liaison organisation with which a school acts together."""


def known(spec: FormSpec, actor: Actor, org_id: UUID, now: datetime, month: str = "") -> dict[str, Any]:
    """The values that need no asking, as the page draws them. Asks the database only for what
    the form has. `month`: the one that a form of a month is opened for, else this one."""
    fields = {field.id: field for field in spec.fields}
    values: dict[str, Any] = {}
    if spec.for_month:
        values[spec.for_month] = month or f"{day_of(now):%Y-%m}"
        values |= carried(spec, org_id, values[spec.for_month])
    happened = fields.get(spec.happened or "")
    if happened and happened.type in ("date", "datetime"):
        values[happened.id] = moment(happened, now)
    began = fields.get(spec.began or "")
    if happened and began and (shift := shift_just_over(org_id, now)):
        values[began.id] = moment(began, shift.start_at)
        values[happened.id] = moment(happened, min(shift.end_at, now))
    for effect in spec.effects:
        if isinstance(effect, Presence) and effect.repeat and not effect.planned:
            row = own_row(effect, fields[effect.repeat], actor, org_id)
            if row:
                values[effect.repeat] = [row]
    wanted = [field for field in spec.fields if field.type == "place" and field.required and not field.many]
    if wanted:
        places = list(Place.objects.filter(org_id=org_id, closed=None).values_list("id", flat=True)[:2])
        if len(places) == 1:
            values |= {field.id: str(places[0]) for field in wanted}
    partner = fields.get(spec.signed_by_partner or "")
    # A partner that may be left out is no proposal: ticked unseen it would be a claim.
    if partner and (partner.required or partner.show_if):
        liaison = liaisons_of(org_id, day_of(now)).filter(agency__kind=USUAL_PARTNER).first()
        if liaison:
            values[partner.id] = [str(liaison.agency_id)] if partner.many else str(liaison.agency_id)
    return values


def carried(spec: FormSpec, org_id: UUID, month: str) -> dict[str, Any]:
    """What a form of a month takes over from the one that the organisation handed in for the month before."""
    if not spec.carries:
        return {}
    before = date.fromisoformat(f"{month}-01") - ONE_DAY
    named = sole(spec, {str(spec.for_month): f"{before:%Y-%m}"})
    standing = Entry.objects.filter(org_id=org_id, sole=named, state__in=("submitted", "confirmed"))
    body = standing.values_list("body", flat=True).first() or {}
    return {field: body[source] for field, source in spec.carries.items() if source in body}


def shift_just_over(org_id: UUID, now: datetime) -> Window | None:
    """The shift of the organisation whose end is nearest: a log is written at the end of a shift, a little
    before it or after it."""
    steps = [step for step in bells_of([org_id]) if step.kind == "shift"]
    shifts: list[Window] = []
    for day in (day_of(now) - ONE_DAY, day_of(now)):
        in_force = {step.number: step for step in steps if step.from_day <= day}
        spans = tuple((f"{one.starts:%H:%M}", f"{one.ends or one.starts:%H:%M}") for one in in_force.values())
        shifts += windows(("shift",), DayTimes(shifts=spans), day)
    return min(shifts, key=lambda shift: abs(shift.end_at - now), default=None)


def moment(field: Field, now: datetime) -> str:
    """Today, or this minute, as the field stores it."""
    here = now.astimezone(SHANGHAI)
    return here.date().isoformat() if field.type == "date" else here.isoformat(timespec="minutes")


def own_row(effect: Presence, group: Field, actor: Actor, org_id: UUID) -> dict[str, str | list[str]]:
    """The actor's own row of a sign-in, counted as what the actor's posts there count as."""
    parts = {part.id: part for part in group.fields}
    person, qualified = (parts.get(ref[1:]) for ref in (effect.person, effect.qualified))
    if actor.person_id is None or person is None or person.type != "person":
        return {}
    row: dict[str, str | list[str]] = {person.id: str(actor.person_id)}
    if qualified:
        offered = {option.value for option in qualified.options}
        counts = [key for key in counts_as(actor, org_id) if key in offered]
        if counts:
            row[qualified.id] = counts if qualified.type == "choices" else counts[0]
    return row


def counts_as(actor: Actor, org_id: UUID) -> Iterator[str]:
    """What the actor's posts at the organisation count as, the foremost first, as the packs list it."""
    posts = {holding.post_kind for holding in actor.holdings if holding.org_id == org_id}
    for key, spec in words("qualified").items():
        if posts & set(spec.get("posts", ())):
            yield key


def given(spec: FormSpec, asked: Mapping[str, list[str]]) -> dict[str, Any]:
    """Answers that an address carries (`?point=gate&people.0.left=08:15`): only those that the form would
    take.

    Files are never taken from an address.
    """
    stored = {field.id for field in every_field(spec) if field.type in STORED}
    answers = {name: values for name, values in asked.items() if name.rpartition(".")[2] not in stored}
    body, _ = parse(spec.fields, answers)
    return body
