"""Forms that a person may fill in, what their pickers offer, and the names behind what was chosen."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q

from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import REFERENCES, STORED, Field
from huyuan.orgs.actor import Actor, Holding
from huyuan.orgs.kept import per_library
from huyuan.orgs.models import Appointment, Liaison, Organisation, Person, Place, Reach
from huyuan.registers import answerable, orders
from huyuan.registers.models import Entry, Form
from huyuan.registers.schema import Act, FormSpec

HEAD = "head"
"""The post to which the duty of a vacant one falls."""


@lru_cache(maxsize=512)
def spec_of(form: Form) -> FormSpec:
    """The form as its pack wrote it; a version never changes."""
    return FormSpec.model_validate(form.spec)


class Known(NamedTuple):
    """The newest version of a form, as it lies in the database and as its pack wrote it."""

    form: Form
    spec: FormSpec


@per_library
def current_forms() -> Mapping[str, Known]:
    """Key → every form in use, by theme and title."""
    forms = Form.objects.filter(current=True).order_by("theme", "title")
    return {form.key: Known(form, spec_of(form)) for form in forms}


def current_form(key: str) -> Form:
    """The newest version of a form. Raises Refused `unknown-form`."""
    known = current_forms().get(key)
    if known is None:
        raise Refused("unknown-form", "没有这张登记表，可能已经停用。请从“登记”里重新选择。", form=key)
    return known.form


def form_version(form_id: UUID) -> Form:
    """The version with which a page was opened, also if it is no longer the newest. Raises
    `unknown-form-version`."""
    form = Form.objects.filter(id=form_id).first()
    if form is None:
        raise Refused(
            "unknown-form-version", "这张表已更新，请核对后再提交一次；已填的内容都还在。", form=str(form_id)
        )
    return form


def filling_post(actor: Actor, spec: FormSpec, org_id: UUID) -> Holding | None:
    """The post with which the actor fills in this form for the organisation: one that the form names, or
    its head."""
    able = [
        holding
        for holding in actor.holdings
        if holding.org_id == org_id
        and (not spec.org or holding.org_kind in spec.org)
        and (not spec.posts or holding.post_kind in (*spec.posts, HEAD))
    ]
    return min(able, key=lambda holding: (holding.post_kind == HEAD, holding.acting), default=None)


@dataclass(frozen=True)
class Fillable:
    """A form that the actor may fill in for an organisation."""

    form: Form
    spec: FormSpec
    org_id: UUID
    org_name: str


def mine(actor: Actor, known: Collection[Known]) -> list[Fillable]:
    """Those of the forms that the actor's posts fill in, once for each of the actor's organisations."""
    organisations = {holding.org_id: holding.org_name for holding in actor.holdings}
    return [
        Fillable(form, spec, org_id, org_name)
        for org_id, org_name in organisations.items()
        for form, spec in known
        if filling_post(actor, spec, org_id)
    ]


def fillable(actor: Actor, day: date) -> list[Fillable]:
    """Every form that the actor may fill in on the day, by theme and title, once for each of the actor's
    organisations."""
    found = mine(actor, current_forms().values())
    organisations = {one.org_id for one in found}
    dated = {one.form.id for one in found if one.spec.while_in_force}
    alive = orders.in_force(dated, organisations, day)
    return [one for one in found if one.form.id not in dated or (one.form.id, one.org_id) in alive]


def at_hand(actor: Actor) -> list[Fillable]:
    """Forms that stand on the actor's Today as buttons."""
    return mine(actor, [one for one in current_forms().values() if one.spec.at_hand])


RECENT = timedelta(days=30)


def used_recently(actor: Actor, now: datetime) -> dict[tuple[UUID, str], datetime]:
    """(organisation, form key) → when the actor last handed it in, what was used most first; one query, and
    nothing older than `RECENT`."""
    rows = (
        Entry.objects.filter(
            org_id__in={holding.org_id for holding in actor.holdings},
            filler_id=actor.person_id,
            submitted_at__gt=now - RECENT,
            occurred_at__gt=now - 2 * RECENT,
        )
        .values("org_id", "form__key")
        .annotate(times=Count("id"), last=Max("submitted_at"))
        .order_by("-times", "-last")
        .values_list("org_id", "form__key", "last")
    )
    return {(org_id, key): last for org_id, key, last in rows}


Offered = dict[str, list[tuple[str, str]]]
"""(id, name) of what may be chosen, by the id of the field."""


def choices_of(spec: FormSpec, org_id: UUID, day: date) -> Offered:
    """What the pickers of the form offer: the organisation's people and places, and the organisations that
    it has to do with. Asks only for the types that the form has."""
    types = {field.type for field in every_field(spec)}
    by_type: Offered = {}
    if "person" in types:
        held = Appointment.objects.filter(
            Q(until=None) | Q(until__gte=day), from_day__lte=day, post__org_id=org_id
        )
        of_here = Q(home_id=org_id) | Q(id__in=held.values("person_id"))
        people = Person.objects.filter(of_here, left=None).order_by("name").values_list("id", "name")
        by_type["person"] = [(str(key), name) for key, name in people]
    if "place" in types:
        places = Place.objects.filter(org_id=org_id, closed=None).order_by("kind", "name")
        by_type["place"] = [(str(key), name) for key, name in places.values_list("id", "name")]
    offered = {field.id: by_type[field.type] for field in every_field(spec) if field.type in by_type}
    return offered | organisations_to_name(spec, org_id)


def events_to_answer(spec: FormSpec, org_id: UUID, chosen: Collection[UUID], now: datetime) -> Offered:
    """What each `event` field of the form offers: (id, line), the newest first. What was `chosen`
    before stays on offer as long as it stands."""
    fields = [field for field in every_field(spec) if field.type == "event"]
    if not fields:
        return {}
    offered = {str(one.id): one for one in answerable.open_at(org_id, now)}
    kept = answerable.named([key for key in chosen if str(key) not in offered])
    all_of = [*offered.values(), *(one for one in kept.values() if one.org_id == org_id)]
    return {
        field.id: [(str(one.id), one.line) for one in all_of if answerable.fits(one, field)]
        for field in fields
    }


def organisations_to_name(spec: FormSpec, org_id: UUID) -> Offered:
    """What each `organisation` field of the form offers: those of its kinds that look after the organisation
    (its liaison first), that it looks after, and that look after the same ones: with them it acts jointly."""
    fields = [field for field in every_field(spec) if field.type == "organisation"]
    if not fields:
        return {}
    reach = Reach.objects.filter(Q(org_id=org_id) | Q(viewer_id=org_id))
    below = Reach.objects.filter(viewer_id=org_id).exclude(org_id=org_id)
    beside = Reach.objects.filter(org_id__in=below.values("org_id"))
    others = (
        Organisation.objects.filter(
            Q(id__in=reach.values("viewer_id"))
            | Q(id__in=reach.values("org_id"))
            | Q(id__in=beside.values("viewer_id")),
            closed=None,
        )
        .exclude(id=org_id)
        .annotate(liaison=Exists(Liaison.objects.filter(agency_id=OuterRef("pk"), school_id=org_id)))
        .order_by("-liaison", "name")
        .values_list("id", "name", "kind")
    )
    return {
        field.id: [(str(key), name) for key, name, kind in others if not field.of or kind in field.of]
        for field in fields
    }


def every_field(spec: FormSpec) -> Iterator[Field]:
    """Top-level fields and those of the rows."""
    for field in spec.fields:
        yield field
        yield from field.fields


def references(spec: FormSpec, body: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(type, name as posted, id) of everything that the body points at: people, places, organisations,
    events, files."""
    for field in spec.fields:
        value = body.get(field.id)
        if field.type == "group":
            for number, row in enumerate(value or ()):
                for part in field.fields:
                    yield from _references(part, f"{field.id}.{number}.{part.id}", row.get(part.id))
        else:
            yield from _references(field, field.id, value)


def _references(field: Field, name: str, value: Any) -> Iterator[tuple[str, str, str]]:
    if field.type in (*REFERENCES, *STORED) and value:
        kind = "file" if field.type in STORED else field.type
        for key in value if isinstance(value, list) else [value]:
            yield kind, name, key


def partners(spec: FormSpec, body: Mapping[str, Any]) -> list[UUID]:
    """Partner organisations that the entry names in its partner fields, each once."""
    fields = {spec.signed_by_partner} | {
        effect.partner[1:] for effect in spec.effects if isinstance(effect, Act) and effect.partner
    }
    named = [
        key
        for kind, name, key in references(spec, body)
        if kind == "organisation" and name.rpartition(".")[2] in fields
    ]
    return [UUID(key) for key in dict.fromkeys(named)]


def names_behind(spec: FormSpec, bodies: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Names of the people, places, organisations and events that the bodies point at; one query, and one for
    each source of events."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for body in bodies:
        for kind, _, key in references(spec, body):
            if is_uuid(key):
                wanted[kind].add(UUID(key))
    models = (("person", Person), ("place", Place), ("organisation", Organisation))
    asked = [
        model._default_manager.filter(id__in=wanted[kind]).values_list("id", "name")
        for kind, model in models
        if wanted[kind]
    ]
    rows = asked[0].union(*asked[1:], all=True) if asked else ()
    found = {str(key): name for key, name in rows}
    return found | {key: one.line for key, one in answerable.named(wanted["event"]).items()}


def is_uuid(text: str) -> bool:
    """Is this one of our ids, and not a name or a word?"""
    try:
        return bool(UUID(text))
    except ValueError:
        return False
