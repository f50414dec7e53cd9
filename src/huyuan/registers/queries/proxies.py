"""Recording for an organisation that does not sign in (代录): for whom, and what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery

from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Account, Appointment, Organisation, Reach
from huyuan.orgs.rules import masked_phone
from huyuan.orgs.vocabulary import kinds_on
from huyuan.registers.models import ConfirmationLink, Entry, Form, Signature
from huyuan.registers.permissions import COUNTY, PROXIED, PROXY
from huyuan.registers.queries.forms import current_forms
from huyuan.registers.rules import ASKED, may_be_recorded_for, school_may_record
from huyuan.registers.schema import FormSpec
from huyuan.trace import keys


@dataclass(frozen=True)
class Keeper:
    """One of the actor's organisations that records for agencies. `school`: it may record only what concerns
    it."""

    org_id: UUID
    name: str
    school: bool


def keepers(actor: Actor) -> list[Keeper]:
    """The organisations for whose agencies the actor may record, each once."""
    schools = kinds_on("school")
    found = {
        holding.org_id: Keeper(holding.org_id, holding.org_name, holding.org_kind in schools)
        for holding in actor.holdings
        if holding.post_kind in PROXY
    }
    return list(found.values())


def agencies_of(actor: Actor, keeper_id: UUID) -> list[Organisation]:
    """The agencies for which the actor may record with the posts held at `keeper_id`, by name
    (`permissions.PROXY`); one query."""
    relations = {
        relation
        for holding in actor.holdings
        if holding.org_id == keeper_id
        for relation in PROXY.get(holding.post_kind, ())
    }
    if not relations:
        return []
    related = Reach.objects.filter(org_id=keeper_id, relation__in=relations - {COUNTY}).values("viewer_id")
    whose = Q(county_id=actor.county_id) if COUNTY in relations else Q(id__in=related)
    return list(
        Organisation.objects.filter(whose, kind__in=kinds_on(*PROXIED), closed=None)
        .exclude(id=keeper_id)
        .order_by("name")
    )


def recordable(keeper: Keeper, agency_kind: str) -> list[tuple[Form, FormSpec]]:
    """The forms that may be recorded for an agency of this kind, by theme and title."""
    return [
        (form, spec)
        for form, spec in current_forms().values()
        if may_be_recorded_for(spec, agency_kind) and (not keeper.school or school_may_record(spec))
    ]


@dataclass(frozen=True)
class Proxied:
    """An organisation in whose name an entry, or its signature on it, was recorded, and the last link by
    which it was asked."""

    org: Organisation
    link: ConfirmationLink | None


def proxied(entry: Entry, signatures: Sequence[Signature]) -> list[Proxied]:
    """Everybody in whose name something was recorded with this entry; one query."""
    orgs = [entry.org] if entry.recorded_by_org_id else []
    orgs += [signature.org for signature in signatures if signature.by_proxy]
    if not orgs:
        return []
    links = ConfirmationLink.objects.filter(entry=entry, withdrawn_at=None)
    standing = {link.org_id: link for link in links}
    return [Proxied(org, standing.get(org.id)) for org in orgs]


def recorded_for_others(asked: str) -> Q:
    """Entries that were recorded in somebody's name, or with a signature in somebody's name, where it stands
    as `asked` with that (`rules.ASKED`)."""
    signed = Signature.objects.filter(entry=OuterRef("pk"), by_proxy=True)
    links = ConfirmationLink.objects.filter(withdrawn_at=None)
    here = links.filter(entry=OuterRef("pk"))
    whole = Q(recorded_by_org__isnull=False)
    match asked:
        case "any":
            return whole | Q(Exists(signed))
        case "unasked":
            there = links.filter(entry=OuterRef("entry"), org=OuterRef("org"))
            unasked = Q(Exists(signed.filter(~Exists(there))))
            return whole & ~Exists(here.filter(org=OuterRef("org"))) | unasked
        case "waiting":
            return Q(Exists(here.filter(answered_at=None)))
        case _:
            return Q(Exists(here.filter(answer=asked)))


def said_of(entries: Sequence[Entry]) -> dict[UUID, list[str]]:
    """By entry what was recorded for others, and what those say of it ("中心校代录，等对方答复",
    "城关所签字代录，对方确认属实"); one query for any number of entries, one more where whole ones are."""
    links = ConfirmationLink.objects.filter(withdrawn_at=None)
    whole = [(entry, entry.recorded_by_org) for entry in entries if entry.recorded_by_org]
    asked = links.filter(entry__in=[entry for entry, _ in whole]).values_list("entry_id", "org_id", "answer")
    answers = {(entry_id, org_id): answer for entry_id, org_id, answer in (asked if whole else ())}
    found = [
        (entry.id, f"{keeper.short_name}代录", answers.get((entry.id, entry.org_id)))
        for entry, keeper in whole
    ]
    link = links.filter(entry=OuterRef("entry"), org=OuterRef("org")).values("answer")
    signed = Signature.objects.filter(entry__in=entries, by_proxy=True).annotate(answer=Subquery(link))
    found += [
        (entry_id, f"{name}签字代录", answer)
        for entry_id, name, answer in signed.order_by("id").values_list(
            "entry_id", "org__short_name", "answer"
        )
    ]
    said: dict[UUID, list[str]] = {}
    for entry_id, what, answer in found:
        # An answer that is empty has not come yet.
        stands = "unasked" if answer is None else answer or "waiting"
        said.setdefault(entry_id, []).append(f"{what}，{ASKED[stands]}")
    return said


def recorded_by_others(actor: Actor) -> bool:
    """Is the actor at an organisation for which others may record?"""
    proxied = kinds_on(*PROXIED)
    return any(holding.org_kind in proxied for holding in actor.holdings)


def phones_of(org_id: UUID, day: date) -> list[tuple[UUID, str]]:
    """(person, "联系民警 138****5678") of whoever holds a post there on the day and has a mobile number on
    file; two queries. Only masked numbers go out."""
    held = Appointment.objects.filter(
        Q(until=None) | Q(until__gte=day), from_day__lte=day, post__org_id=org_id
    )
    titles = {person_id: title for person_id, title in held.values_list("person_id", "post__title")}
    accounts = Account.objects.filter(person_id__in=titles, is_active=True).exclude(phone="")
    return [
        (one.person_id, f"{titles[one.person_id]} {masked_phone(keys.decrypt(one.person_id, one.phone))}")
        for one in accounts
    ]
