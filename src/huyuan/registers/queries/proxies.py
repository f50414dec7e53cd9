"""Recording for an organisation that does not sign in (代录): for whom, and what."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Account, Appointment, Organisation, Reach
from huyuan.orgs.rules import masked_phone
from huyuan.orgs.vocabulary import kinds_on
from huyuan.registers.models import ConfirmationLink, Entry, Form, Signature
from huyuan.registers.permissions import COUNTY, PROXIED, PROXY, VILLAGE_KIND, VILLAGES
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
    kind: str
    school: bool


def keepers(actor: Actor) -> list[Keeper]:
    """The organisations for whose agencies the actor may record, each once."""
    schools = kinds_on("school")
    found = {
        holding.org_id: Keeper(
            holding.org_id, holding.org_name, holding.org_kind, holding.org_kind in schools
        )
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
    related = Reach.objects.filter(org_id=keeper_id, relation__in=relations - {COUNTY, VILLAGES})
    whose = Q(county_id=actor.county_id) if COUNTY in relations else Q(id__in=related.values("viewer_id"))
    if VILLAGES in relations:
        inside = Reach.objects.filter(viewer_id=keeper_id, relation="region").values("org_id")
        whose |= Q(id__in=inside, kind=VILLAGE_KIND)
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
        if may_be_recorded_for(spec, agency_kind)
        and (not keeper.school or school_may_record(spec, keeper.kind))
    ]


@dataclass(frozen=True)
class Proxied:
    """An organisation in whose name an entry, or its signature on it, was recorded, and the last link by
    which it was asked. `said`: as a ledger says it."""

    org: Organisation
    link: ConfirmationLink | None
    said: str


def proxied(entry: Entry, signatures: Sequence[Signature]) -> list[Proxied]:
    """Everybody in whose name something was recorded with this entry; one query."""
    keeper = entry.recorded_by_org
    recorded = [(entry.org, f"{keeper.short_name}代录")] if keeper else []
    recorded += [(one.org, f"{one.org.short_name}签字代录") for one in signatures if one.by_proxy]
    if not recorded:
        return []
    links = ConfirmationLink.objects.filter(entry=entry, withdrawn_at=None)
    standing = {link.org_id: link for link in links}
    asked = [(org, standing.get(org.id), what) for org, what in recorded]
    return [Proxied(org, link, _said(what, link.answer if link else None)) for org, link, what in asked]


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


def answers_beside() -> dict[str, Any]:
    """Annotations of entries: `answer` of the organisation in whose name the whole was recorded; `signed`,
    each signature that was, with its answer."""
    links = ConfirmationLink.objects.filter(withdrawn_at=None, org=OuterRef("org"))
    of_signature = links.filter(entry=OuterRef("entry")).values("answer")
    signed = Signature.objects.filter(entry=OuterRef("pk"), by_proxy=True).order_by("id")
    name_and_answer = JSONObject(name="org__short_name", answer=Subquery(of_signature))
    return {
        "answer": Subquery(links.filter(entry=OuterRef("pk")).values("answer")),
        "signed": ArraySubquery(signed.values(json=name_and_answer)),
    }


def recorded_said(keeper: str | None, answer: str | None, signed: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was recorded for others, and what those say of it ("中心校代录，等对方答复", "城关所签字代录，
    对方确认属实"). `keeper`: who recorded the whole; the rest as `answers_beside` reads it."""
    whole = [_said(f"{keeper}代录", answer)] if keeper else []
    return whole + [_said(f"{one['name']}签字代录", one["answer"]) for one in signed]


def _said(what: str, answer: str | None) -> str:
    # An answer that is empty has not come yet.
    return f"{what}，{ASKED['unasked' if answer is None else answer or 'waiting']}"


def recorded_by_others(actor: Actor) -> bool:
    """Is the actor at an organisation for which others may record?"""
    proxied = kinds_on(*PROXIED)
    return any(holding.org_kind in proxied for holding in actor.holdings)


def phones_of(org_ids: Collection[UUID], day: date) -> dict[UUID, list[tuple[UUID, str]]]:
    """By organisation (person, "联系民警 138****5678") of whoever holds a post there on the day and has a
    mobile number on file; one query. Only masked numbers go out."""
    held = Appointment.objects.filter(
        Q(until=None) | Q(until__gte=day), from_day__lte=day, post__org_id__in=list(org_ids)
    )
    posts = held.filter(person_id=OuterRef("person_id")).order_by("post__org_id", "id")
    accounts = (
        Account.objects.filter(person_id__in=held.values("person_id"), is_active=True)
        .exclude(phone="")
        .annotate(posts=ArraySubquery(posts.values(json=JSONObject(org="post__org_id", title="post__title"))))
        .order_by("id")
    )
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for one in accounts:
        number = masked_phone(keys.decrypt(one.person_id, one.phone))
        # Several posts at one organisation are one line there.
        for org_id, title in {UUID(post["org"]): post["title"] for post in one.posts}.items():
            found[org_id].append((one.person_id, f"{title} {number}"))
    return found
