"""Makes rows of doings: entries with numbers, signatures and files, and the typed rows that prove.
Same form specs, same effects as a person's submission, written in bulk."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db.models import Model

from huyuan.cases.sinks import Cases
from huyuan.duties import sinks
from huyuan.kernel.copying import copy_rows
from huyuan.kernel.days import day_of
from huyuan.orgs.models import Organisation, Person, SchoolClass
from huyuan.registers.effects import EventRaised, Header, Source, effects_of
from huyuan.registers.models import Entry, EntryFile, Form, Numbering, Signature
from huyuan.registers.queries import references, spec_of
from huyuan.registers.rules import content_digest, number_of, said, sole
from huyuan.registers.schema import FormSpec
from huyuan.trace.models import File
from sample.county import CODE
from sample.doings import Doing, Ref

BATCH = 4000


@dataclass(frozen=True)
class County:
    """What bodies may point to."""

    orgs: Mapping[str, Organisation]
    holders: Mapping[tuple[str, str], list[Person]]
    classes: Mapping[str, list[SchoolClass]]
    files: Mapping[str, File]
    forms: Mapping[str, tuple[Form, FormSpec]]

    @cached_property
    def kinds(self) -> dict[UUID, str]:
        return {org.id: org.kind for org in self.orgs.values()}

    @cached_property
    def named(self) -> dict[str, UUID]:
        return {str(org.id): org.id for org in self.orgs.values()}

    @cached_property
    def kind_of_named(self) -> dict[str, str]:
        return {text: self.kinds[org_id] for text, org_id in self.named.items()}

    @cached_property
    def name_of_named(self) -> dict[str, str]:
        return {str(org.id): org.name for org in self.orgs.values()}

    @cached_property
    def subjects(self) -> dict[str, UUID]:
        """Organisations and classes by the text of their ids, as effects name them."""
        return self.named | {str(one.id): one.id for some in self.classes.values() for one in some}

    def resolve(self, value: Any, org: str) -> Any:
        """Replace every `Ref` in a body by the id it stands for."""
        if isinstance(value, Ref):
            if value.kind == "org":
                return str(self.orgs[value.key].id)
            if value.kind == "file":
                return str(self.files[value.key].id)
            return str(self.holder(org, value.key, value.number).id)
        if isinstance(value, dict):
            return {key: self.resolve(part, org) for key, part in value.items()}
        if isinstance(value, list):
            return [self.resolve(part, org) for part in value]
        return value

    def holder(self, org: str, post: str, number: int = 0) -> Person:
        """The n-th holder of the post there; where it is vacant or missing, the head."""
        held = (
            self.holders.get((org, post))
            or self.holders.get((org, "head"))
            or self.holders[org, "bureau-officer"]
        )
        return held[number % len(held)]

    def class_of(self, doing: Doing) -> SchoolClass | None:
        """The class for which a class teacher writes something down."""
        classes = self.classes.get(doing.org) if doing.post == "class-teacher" else None
        return classes[doing.number % len(classes)] if classes else None


def forms() -> dict[str, tuple[Form, FormSpec]]:
    return {form.key: (form, spec_of(form)) for form in Form.objects.filter(current=True)}


def write(doings: Iterable[Doing], county: County, now: datetime) -> int:
    """Write all doings, and the hazards that come of them; returns how many entries."""
    telling: list[Source] = []
    batch: defaultdict[type[Model], list[Model]] = defaultdict(list)
    numbers: Counter[tuple[UUID, str, int]] = Counter()
    count = 0
    for doing in sorted(doings, key=lambda doing: (doing.recorded, doing.org, doing.form)):
        telling += entry_rows(doing, county, numbers, batch)
        count += 1
        if len(batch[Entry]) >= BATCH:
            flush(batch)
    flush(batch)
    Cases().record_all(telling, now)
    Numbering.objects.bulk_create(
        Numbering(county_id=CODE, org_id=org_id, form_key=form_key, year=year, last=last)
        for (org_id, form_key, year), last in numbers.items()
    )
    return count


def flush(batch: defaultdict[type[Model], list[Model]]) -> None:
    """Entries first: everything else points at them."""
    for model in sorted(batch, key=lambda model: model is not Entry):
        copy_rows(batch[model])
    batch.clear()


def entry_rows(
    doing: Doing,
    county: County,
    numbers: Counter[tuple[UUID, str, int]],
    batch: defaultdict[type[Model], list[Model]],
) -> list[Source]:
    """The entry of one doing and everything that comes of it; what it tells of hazards, if anything."""
    form, spec = county.forms[doing.form]
    org = county.orgs[doing.org]
    body = county.resolve(doing.body, doing.org)
    numbers[org.id, spec.key, day_of(doing.recorded).year] += 1
    running = numbers[org.id, spec.key, day_of(doing.recorded).year]
    filler = county.holder(doing.org, doing.post, doing.number)
    confirmed = doing.confirmed if spec.confirmed_by else None
    confirmer = county.holder(doing.org, doing.confirmer) if confirmed else None
    number = number_of(org.short_name, spec.title, day_of(doing.recorded).year, running)
    entry = Entry(
        id=uuid5(NAMESPACE_OID, f"{CODE}/{doing.org}/{doing.form}/{running}"),
        county_id=CODE,
        form=form,
        org=org,
        state="confirmed" if confirmed else "submitted",
        number=number,
        said=said(org.name, number, spec, body, county.name_of_named),
        client_id=uuid5(NAMESPACE_OID, f"{CODE}/{doing.org}/{doing.form}/{running}/client"),
        content_digest=content_digest(spec, body),
        body=body,
        sole=sole(spec, body),
        occurred_at=doing.occurred,
        created_at=doing.recorded,
        submitted_at=doing.recorded,
        confirmed_at=confirmed,
        school_class=county.class_of(doing),
        filler=filler,
        filler_name=filler.name,
        confirmer=confirmer,
        confirmer_name=confirmer.name if confirmer else "",
        single_handed=confirmer == filler,
    )
    batch[Entry].append(entry)
    signed = [county.orgs[key].id for key in doing.signed]
    for key in doing.asked:
        has_signed = key in doing.signed
        batch[Signature].append(
            Signature(
                county_id=CODE,
                entry=entry,
                org=county.orgs[key],
                signed_at=doing.recorded if has_signed else None,
                by_proxy=has_signed,
                sheet=county.files["signature"] if has_signed else None,
            )
        )
    for kind, name, key in references(spec, body):
        if kind == "file":
            batch[EntryFile].append(
                EntryFile(
                    county_id=CODE, entry=entry, org=org, field=name, file_id=UUID(key), name="签字.png"
                )
            )
    return prove(doing, entry, spec, signed, county, batch) if not spec.confirmed_by or confirmed else []


def prove(
    doing: Doing,
    entry: Entry,
    spec: FormSpec,
    signed: list[UUID],
    county: County,
    batch: defaultdict[type[Model], list[Model]],
) -> list[Source]:
    """The typed rows of the entry's effects, as the sink of duties makes them; events, and what answers one,
    are for the sink of cases."""
    header = Header(
        source="entry",
        source_id=entry.id,
        county_id=CODE,
        org_id=entry.org_id,
        recorded_at=doing.recorded,
        confirmed_at=entry.confirmed_at,
        single_handed=entry.single_handed,
    )
    effects = effects_of(
        spec,
        entry.body,
        occurred_at=doing.occurred,
        class_id=str(entry.school_class_id) if entry.school_class_id else None,
        org_kinds=county.kind_of_named,
        org_names=county.name_of_named,
    )
    parties = {org_id: county.kinds[org_id] for org_id in (entry.org_id, *signed)}
    for model, rows in sinks.rows_of(
        header, effects, parties, county.subjects, entry.confirmed_at or doing.recorded
    ).items():
        batch[model].extend(rows)
    telling = any(isinstance(one, EventRaised) or getattr(one, "answers", None) for one in effects)
    return [Source(header, effects, frozenset(parties))] if telling else []
