"""Forms a person may fill in, entries a person may see; one source for list, detail, count, export and
page."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from huyuan.kernel.days import end_of, start_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import REFERENCES, STORED, Field
from huyuan.orgs.actor import Actor, Holding
from huyuan.orgs.models import Appointment, Liaison, Organisation, Person, Place, Reach
from huyuan.orgs.permissions import allowed, not_found, scope
from huyuan.registers import answerable, orders
from huyuan.registers.models import Entry, EntryFile, Form, Signature
from huyuan.registers.rules import STATES, Facts, clock_is_off
from huyuan.registers.schema import FormSpec

HEAD = "head"
"""The post to which the duty of a vacant one falls."""

SHOWN = ("submitted", "confirmed", "returned", "void")
PAGE = 50


# ---- forms
# ---------------------------------------------------------------------------------------------------------
def spec_of(form: Form) -> FormSpec:
    """The form as its pack wrote it."""
    return FormSpec.model_validate(form.spec)


def current_form(key: str) -> Form:
    """The newest version of a form. Raises Refused `unknown-form`."""
    form = Form.objects.filter(key=key, current=True).first()
    if form is None:
        raise Refused("unknown-form", "没有这张登记表，可能已经停用。请从“登记”里重新选择。", form=key)
    return form


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


def fillable(actor: Actor, day: date) -> list[Fillable]:
    """Every form that the actor may fill in on the day, by theme and title, once for each of the actor's
    organisations."""
    organisations = {holding.org_id: holding.org_name for holding in actor.holdings}
    forms = [(form, spec_of(form)) for form in Form.objects.filter(current=True).order_by("theme", "title")]
    found = [
        Fillable(form, spec, org_id, org_name)
        for org_id, org_name in organisations.items()
        for form, spec in forms
        if filling_post(actor, spec, org_id)
    ]
    dated = {one.form.id for one in found if one.spec.while_in_force}
    alive = orders.in_force(dated, organisations, day)
    return [one for one in found if one.form.id not in dated or (one.form.id, one.org_id) in alive]


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


def choices_of(spec: FormSpec, org_id: UUID, day: date) -> dict[str, list[tuple[str, str]]]:
    """What the pickers of the form offer, by field type: (id, name) of the organisation's people and
    places, and of the organisations that it has to do with. Asks only for the types that the form has."""
    types = {field.type for field in every_field(spec)}
    offered: dict[str, list[tuple[str, str]]] = {}
    if "person" in types:
        held = Appointment.objects.filter(
            Q(until=None) | Q(until__gte=day), from_day__lte=day, post__org_id=org_id
        )
        of_here = Q(home_id=org_id) | Q(id__in=held.values("person_id"))
        people = Person.objects.filter(of_here, left=None).order_by("name").values_list("id", "name")
        offered["person"] = [(str(key), name) for key, name in people]
    if "place" in types:
        places = Place.objects.filter(org_id=org_id, closed=None).order_by("kind", "name")
        offered["place"] = [(str(key), name) for key, name in places.values_list("id", "name")]
    if "organisation" in types:
        offered["organisation"] = partners_of(org_id)
    return offered


def events_to_answer(
    spec: FormSpec, org_id: UUID, chosen: Collection[UUID], now: datetime
) -> dict[str, list[tuple[str, str]]]:
    """What each `event` field of the form offers, by field id: (id, line), the newest first. What was
    `chosen` before stays on offer as long as it stands."""
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


def partners_of(org_id: UUID) -> list[tuple[str, str]]:
    """Organisations one acts together with: those that look after it (its liaison first) and that it looks
    after."""
    reach = Reach.objects.filter(Q(org_id=org_id) | Q(viewer_id=org_id))
    others = (
        Organisation.objects.filter(
            Q(id__in=reach.values("viewer_id")) | Q(id__in=reach.values("org_id")), closed=None
        )
        .exclude(id=org_id)
        .annotate(liaison=Exists(Liaison.objects.filter(agency_id=OuterRef("pk"), school_id=org_id)))
        .order_by("-liaison", "name")
    )
    return [(str(key), name) for key, name in others.values_list("id", "name")]


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


def names_behind(spec: FormSpec, bodies: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Names of the people, places, organisations and events that the bodies point at; at most one query for
    each type."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for body in bodies:
        for kind, _, key in references(spec, body):
            if is_uuid(key):
                wanted[kind].add(UUID(key))
    found: dict[str, str] = {}
    models = (("person", Person), ("place", Place), ("organisation", Organisation))
    for kind, model in models:
        if wanted[kind]:
            rows = model._default_manager.filter(id__in=wanted[kind]).values_list("id", "name")
            found |= {str(key): name for key, name in rows}
    return found | {key: one.line for key, one in answerable.named(wanted["event"]).items()}


def is_uuid(text: str) -> bool:
    """Is this one of our ids, and not a name or a word?"""
    try:
        return bool(UUID(text))
    except ValueError:
        return False


# ---- entries
# -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Filters:
    """What a ledger is narrowed by; empty means all. `first` and `last` are days, both included."""

    org_id: UUID | None = None
    first: date | None = None
    last: date | None = None
    state: str = ""
    place_id: UUID | None = None
    text: str = ""


def view_action(spec: FormSpec) -> str:
    """Personal forms are seen by the own organisation alone."""
    return "entry.view-personal" if spec.personal else "entry.view"


def ledger(actor: Actor, spec: FormSpec, filters: Filters) -> QuerySet[Entry]:
    """Entries of a form, in all its versions, that the actor may see, newest first. List, count and export
    are made from this one.

    Drafts belong to whoever writes them and are in no ledger.
    """
    entries = Entry.objects.filter(
        org__in=scope(actor, view_action(spec)), form__key=spec.key, state__in=SHOWN
    ).select_related("org", "form")
    if filters.org_id:
        entries = entries.filter(org_id=filters.org_id)
    if filters.first:
        entries = entries.filter(occurred_at__gte=start_of(filters.first))
    if filters.last:
        entries = entries.filter(occurred_at__lt=end_of(filters.last))
    if filters.state:
        entries = entries.filter(state=filters.state)
    if filters.place_id:
        entries = entries.filter(place_id=filters.place_id)
    if filters.text:
        entries = entries.annotate(written=Cast("body", TextField())).filter(
            Q(written__icontains=filters.text) | Q(number__icontains=filters.text)
        )
    return entries.order_by("-occurred_at", "-id")


def page_of(entries: QuerySet[Entry], after: str = "") -> tuple[list[Entry], str]:
    """One page of a ledger and the key of the next ("" at the end). `after` is such a key."""
    if after:
        at, _, key = after.partition("~")
        try:
            last = (datetime.fromisoformat(at), UUID(key))
        except ValueError:
            raise Refused("unknown-page", "没有这一页，请从第一页重新查看。") from None
        entries = entries.filter(Q(occurred_at__lt=last[0]) | Q(occurred_at=last[0], id__lt=last[1]))
    rows = list(entries[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return rows, f"{rows[-1].occurred_at:%Y-%m-%dT%H:%M:%S.%f%z}~{rows[-1].id}" if more else ""


def ledgers(actor: Actor, org_id: UUID | None = None) -> list[dict[str, Any]]:
    """Forms with entries that the actor may see (`org_id`: only of this organisation): key, title, theme,
    count, when the last of them happened."""
    # By key and not by `~Q(form__spec__personal=True)`: in SQL a form that does not say it would be neither.
    personal = Q(form__key__in=Form.objects.filter(spec__personal=True).values("key"))
    own = personal & Q(org__in=scope(actor, "entry.view-personal"))
    seen = ~personal & Q(org__in=scope(actor, "entry.view"))
    of = {"org_id": org_id} if org_id else {}
    counts = {
        row["form__key"]: row
        for row in Entry.objects.filter(own | seen, state__in=SHOWN, **of)
        .values("form__key")
        .annotate(count=Count("id"), last=Max("occurred_at"))
    }
    forms = Form.objects.filter(current=True, key__in=counts).order_by("theme", "title")
    return [
        {
            "key": form.key,
            "title": form.title,
            "theme": form.theme,
            "count": counts[form.key]["count"],
            "last": counts[form.key]["last"],
        }
        for form in forms
    ]


def entry_seen(actor: Actor, entry_id: UUID) -> tuple[Entry, FormSpec]:
    """The entry if the actor may see it. A foreign one answers like one that does not exist; a draft is its
    filler's."""
    entry = (
        Entry.objects.select_related("form", "org", "place", "school_class", "corrects")
        .filter(id=entry_id)
        .first()
    )
    if entry is None:
        raise not_found()
    spec = spec_of(entry.form)
    if entry.state == "draft" and entry.filler_id != actor.person_id:
        raise not_found()
    if not allowed(actor, view_action(spec), entry.org_id):
        raise not_found()
    return entry, spec


@dataclass(frozen=True)
class Detail:
    """An entry with what stands around it."""

    entry: Entry
    spec: FormSpec
    names: dict[str, str]
    files: list[EntryFile]
    signatures: list[Signature]
    corrected_by: Entry | None
    copy_of: Entry | None


def entry_detail(actor: Actor, entry_id: UUID) -> Detail:
    """Everything on an entry's page, in a constant number of queries. `copy_of`: an earlier one with the
    same answers."""
    entry, spec = entry_seen(actor, entry_id)
    copy = Entry.objects.filter(
        org_id=entry.org_id,
        form__key=entry.form.key,
        content_digest=entry.content_digest,
        state__in=("submitted", "confirmed"),
        submitted_at__lt=entry.submitted_at or entry.created_at,
    )
    copy = copy.exclude(id=entry.corrects_id) if entry.corrects_id else copy
    return Detail(
        entry,
        spec,
        names_behind(spec, [entry.body]),
        list(entry.files.select_related("file").order_by("field", "id")),
        list(entry.signatures.select_related("org").order_by("id")),
        entry.corrections.exclude(state="draft").first(),
        copy.order_by("-submitted_at").first() if entry.content_digest else None,
    )


def last_entry(actor: Actor, spec: FormSpec, org_id: UUID) -> Entry | None:
    """The newest standing entry of the form in the organisation, to be copied into a new one."""
    standing = ledger(actor, spec, Filters(org_id=org_id)).filter(state__in=("submitted", "confirmed"))
    return standing.first()


def my_drafts(actor: Actor) -> list[Entry]:
    """What the actor began and has not handed in, newest first, also what was sent back."""
    return list(
        Entry.objects.filter(
            filler_id=actor.person_id,
            state__in=("draft", "returned"),
            org__in=scope(actor, "entry.fill"),
        )
        .select_related("form", "org")
        .order_by("-created_at")[:PAGE]
    )


# ---- confirming
# ----------------------------------------------------------------------------------------------------
def confirmers(
    org_ids: Iterable[UUID], post_kinds: Iterable[str], day: date
) -> dict[UUID, dict[str, set[UUID]]]:
    """Who holds these posts, or is head, on `day`: organisation → kind of post → people. One query."""
    held = Appointment.objects.filter(
        Q(until=None) | Q(until__gte=day),
        Q(person__left=None) | Q(person__left__gte=day),
        from_day__lte=day,
        post__org_id__in=list(org_ids),
        post__kind__in={*post_kinds, HEAD},
    )
    found: dict[UUID, dict[str, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    for org_id, kind, person_id in held.values_list("post__org_id", "post__kind", "person_id"):
        found[org_id][kind].add(person_id)
    return found


def confirming_people(spec: FormSpec, filler_id: UUID, held: Mapping[str, set[UUID]]) -> set[UUID]:
    """Who confirms inside the organisation: the posts that the form names; where they are vacant or the
    filler's own, the head; where that is the filler too, nobody else could (empty)."""
    named: set[UUID] = set().union(*(held.get(kind, set()) for kind in spec.confirmed_by)) - {filler_id}
    return named or held.get(HEAD, set()) - {filler_id}


def confirmation_facts(actor: Actor, entry: Entry, spec: FormSpec, day: date) -> Facts | None:
    """The actor as confirmer of this entry, or None. In a single-handed school the filler confirms, marked
    as such; the central school and the bureau may always."""
    if not spec.confirmed_by or not allowed(actor, "entry.confirm", entry.org_id):
        return None
    people = confirming_people(
        spec, entry.filler_id, confirmers([entry.org_id], spec.confirmed_by, day)[entry.org_id]
    )
    if actor.person_id == entry.filler_id:
        return Facts(same_person=True, single_handed=not people)
    from_above = all(holding.org_id != entry.org_id for holding in actor.holdings)
    return Facts() if from_above or actor.person_id in people else None


def waiting_for_confirmation(actor: Actor, day: date) -> list[Entry]:
    """Entries of the actor's own organisations that only wait for the actor, oldest first; two queries."""
    waiting = list(
        Entry.objects.filter(state="submitted", org_id__in=[holding.org_id for holding in actor.holdings])
        .filter(form__spec__confirmed_by__0__isnull=False)
        .select_related("form", "org")
        .order_by("submitted_at")[:500]
    )
    specs = {entry.form_id: spec_of(entry.form) for entry in waiting}
    kinds = {kind for spec in specs.values() for kind in spec.confirmed_by}
    held = confirmers({entry.org_id for entry in waiting}, kinds, day) if waiting else {}
    mine = []
    for entry in waiting:
        people = confirming_people(specs[entry.form_id], entry.filler_id, held.get(entry.org_id, {}))
        if actor.person_id in (people or {entry.filler_id}):
            mine.append(entry)
    return mine


def state_name(entry: Entry) -> str:
    """已确认, with what has to be known of it: 单人学校 where the filler confirmed, 时钟不准 where the
    device's clock was wrong."""
    marks = (("单人学校", entry.single_handed), ("时钟不准", clock_is_off(entry.device_ahead)))
    said = "、".join(mark for mark, holds in marks if holds)
    return STATES[entry.state] + (f"（{said}）" if said else "")
