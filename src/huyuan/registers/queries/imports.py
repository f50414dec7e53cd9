"""Tables of past entries: what they are read against, and those that a person may see."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from huyuan.kernel.errors import Refused
from huyuan.kernel.sheets import Finding, Layout, read
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Appointment, Organisation, Person, Place
from huyuan.orgs.permissions import allowed, not_found, reached, scope
from huyuan.registers.models import Entry, Form, Import
from huyuan.registers.queries.confirming import confirmers, confirming_people
from huyuan.registers.queries.entries import view_action
from huyuan.registers.queries.forms import (
    Offered,
    events_to_answer,
    every_field,
    organisations_to_name,
    spec_of,
)
from huyuan.registers.schema import FormSpec
from huyuan.registers.tables import Row, Sameness, layout_of, minute_of, rows_of


def offered_ever(spec: FormSpec, org_id: UUID, now: datetime) -> Offered:
    """What a table may name: also people who have left since and places that are closed, for tables tell of
    the past; one query for each type of picker that the form has."""
    offered = events_to_answer(spec, org_id, (), now) | organisations_to_name(spec, org_id)
    types = {field.type for field in every_field(spec)}
    by_type: Offered = {}
    if "person" in types:
        held = Appointment.objects.filter(post__org_id=org_id).values("person_id")
        people = Person.objects.filter(Q(home_id=org_id) | Q(id__in=held)).order_by("name")
        by_type["person"] = [(str(key), name) for key, name in people.values_list("id", "name")]
    if "place" in types:
        places = Place.objects.filter(org_id=org_id).order_by("kind", "name")
        by_type["place"] = [(str(key), name) for key, name in places.values_list("id", "name")]
    return offered | {field.id: by_type[field.type] for field in every_field(spec) if field.type in by_type}


@dataclass(frozen=True)
class Looked:
    """A table that was looked through: its entries, and what has to be said of them. `names`: behind the ids
    that it may hold."""

    form: Form
    spec: FormSpec
    org_id: UUID
    org_name: str
    names: dict[str, str]
    rows: list[Row]
    findings: list[Finding]

    @property
    def stopped(self) -> bool:
        return any(one.stops for one in self.findings)


def table_layout(form: Form, org_id: UUID, now: datetime) -> tuple[FormSpec, Layout]:
    """The form and its table for an organisation. Raises Refused `forbidden-form`."""
    spec = spec_of(form)
    if spec.org and not Organisation.objects.filter(id=org_id, kind__in=spec.org).exists():
        raise Refused("forbidden-form", f"“{spec.title}”不是本单位的表。请从“登记”里重新选择。")
    if spec.while_in_force:
        raise Refused("forbidden-form", f"“{spec.title}”只在有关命令有效期间逐日登记，不能从表格导入。")
    if spec.for_month:
        raise Refused("forbidden-form", f"“{spec.title}”每月交一份，不能从表格导入。请一份一份登记。")
    return spec, layout_of(spec, offered_ever(spec, org_id, now))


def look_through(form: Form, org_id: UUID, content: bytes, now: datetime) -> Looked:
    """The entries of a table, and all findings. Raises Refused `forbidden-form`, and where it is no table."""
    spec, layout = table_layout(form, org_id, now)
    own_names = names_of(org_id)
    rows, findings = rows_of(spec, read(content, layout), own_names, known_entries(spec, org_id), now)
    names = {key: name for options in layout.offered.values() for key, name in options}
    return Looked(form, spec, org_id, own_names[0], names, rows, findings)


def names_of(org_id: UUID) -> tuple[str, str]:
    """The names under which an organisation may stand in a table: the full one and the short one."""
    return Organisation.objects.values_list("name", "short_name").get(id=org_id)


def known_entries(spec: FormSpec, org_id: UUID) -> set[Sameness]:
    """What the standing entries of a form in an organisation say, and when; one query."""
    entries = Entry.objects.filter(
        org_id=org_id, form__key=spec.key, state__in=("submitted", "confirmed", "returned")
    )
    if spec.happened:
        return {
            (digest, str(at))
            for digest, at in entries.values_list("content_digest", f"body__{spec.happened}")
        }
    said = entries.values_list("content_digest", "occurred_at")
    return {(digest, minute_of(at)) for digest, at in said if at}


def importing_orgs(actor: Actor, spec: FormSpec) -> list[UUID]:
    """The organisations for which the actor may bring in tables of this form; one query."""
    orgs = Organisation.objects.filter(id__in=scope(actor, "entry.import"))
    return list(
        (orgs.filter(kind__in=spec.org) if spec.org else orgs).order_by("name").values_list("id", flat=True)
    )


def may_import(actor: Actor, spec: FormSpec) -> bool:
    """May the actor bring in tables of this form for one of the actor's own organisations? No query. What is
    handed in once a month is no table of past entries."""
    if spec.for_month:
        return False
    able = reached(actor, "entry.import")
    own = [holding for holding in actor.holdings if holding.org_id in able]
    return any(not spec.org or holding.org_kind in spec.org for holding in own)


def table_seen(actor: Actor, import_id: UUID) -> tuple[Import, FormSpec]:
    """A table if the actor may see its entries; one that was not brought in yet is its uploader's."""
    table = Import.objects.select_related("form", "org").defer("content").filter(id=import_id).first()
    if table is None:
        raise not_found()
    spec = spec_of(table.form)
    if table.imported_at is None and table.uploader_id != actor.person_id:
        raise not_found()
    if not allowed(actor, view_action(spec), table.org_id):
        raise not_found()
    return table, spec


def tables_of(spec: FormSpec, org_id: UUID) -> QuerySet[Import]:
    """The tables that were brought in for a form of an organisation, the newest first. For who may import
    there."""
    tables = Import.objects.filter(form__key=spec.key, org_id=org_id, imported_at__isnull=False)
    return tables.defer("content").order_by("-uploaded_at")


def counts_of(table: Import) -> dict[str, int]:
    """How many entries of a table are in which state."""
    counted = table.entries.values_list("state").annotate(count=Count("id")).order_by()
    return dict(counted.values_list("state", "count"))


def tables_waiting(actor: Actor, day: date) -> list[Import]:
    """Tables of the actor's own organisations with entries that wait for the actor's confirmation, oldest
    first; two queries."""
    waiting = list(
        Import.objects.filter(org_id__in=[holding.org_id for holding in actor.holdings], voided_at=None)
        .filter(form__spec__confirmed_by__0__isnull=False, entries__state="submitted")
        .select_related("form", "org")
        .defer("content")
        .distinct()
        .order_by("uploaded_at")
    )
    specs = {table.form_id: spec_of(table.form) for table in waiting}
    kinds = {kind for spec in specs.values() for kind in spec.confirmed_by}
    held = confirmers({table.org_id for table in waiting}, kinds, day) if waiting else {}
    return [
        table
        for table in waiting
        if actor.person_id
        in (
            confirming_people(specs[table.form_id], table.uploader_id, held.get(table.org_id, {}))
            or {table.uploader_id}
        )
    ]
