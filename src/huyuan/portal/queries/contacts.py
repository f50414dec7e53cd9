"""Who is whose contact: liaison pairs with their posts, the telephone on duty, and when it was last tried."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Max, OuterRef, Q, Subquery

from huyuan.duties.models import Proof
from huyuan.orgs.actions.organisations import DUTY_PHONE
from huyuan.orgs.actor import Actor
from huyuan.orgs.grants import BUREAU, HEADS, LEADERS, PARTNERS, TOWNS
from huyuan.orgs.models import Attribute, Liaison, Organisation, Post, Reach
from huyuan.orgs.queries import organisation
from huyuan.orgs.vocabulary import kinds_on, names

#: posts that are named as contacts, never the people who hold them
CONTACTS = (*HEADS, "safety-officer", *BUREAU, *PARTNERS, *LEADERS, *TOWNS)
CONTACT_TEST = "contact-test"


@dataclass(frozen=True)
class Contact:
    """An organisation that is somebody's contact. `why`: in what relation; `tried_at`: when the connection
    with the school was last tried, as an instant."""

    org: Organisation
    why: str
    phone: str
    posts: tuple[str, ...]
    tried_at: datetime | None


def contacts(actor: Actor, org_id: UUID, day: date) -> tuple[Contact, list[Contact]]:
    """An organisation, and its contacts: of a school its liaison agencies, the governments of its town and
    village, and whom it stands under; of an agency its schools. Six statements, whatever their number."""
    org = organisation(actor, org_id)
    school = org.kind in kinds_on("school")
    running = Liaison.objects.filter(Q(until=None) | Q(until__gte=day), from_day__lte=day)
    mine, near = ("school", "agency") if school else ("agency", "school")
    linked = set(running.filter(**{mine: org}).values_list(near, flat=True))
    governing = Reach.objects.filter(org=org, relation="region").values("viewer_id") if school else ()
    phone = Attribute.objects.filter(org=OuterRef("pk"), key=DUTY_PHONE, from_day__lte=day)
    found = list(
        Organisation.objects.filter(
            Q(id__in=linked) | Q(id__in=governing) | Q(id__in={org.id, org.parent_id} - {None}), closed=None
        )
        .annotate(phone=Subquery(phone.order_by("-from_day").values("text")[:1]))
        .order_by("kind", "name")
    )
    posts = posts_of({one.id for one in found})
    tried = last_tried({org.id, *linked})

    def contact(one: Organisation) -> Contact:
        pair = org.id if school else one.id
        kind = one.kind if school else org.kind
        return Contact(
            one,
            "联系单位" if one.id in linked else "上级单位" if one.id == org.parent_id else "属地",
            getattr(one, "phone", None) or "",
            posts.get(one.id, ()),
            tried.get((pair, kind)) if one.id in linked else None,
        )

    told = {one.id: contact(one) for one in found}
    order = {kind: number for number, kind in enumerate(names("orgkind"))}
    others = [one for key, one in told.items() if key != org.id]
    others.sort(key=lambda one: (one.org.id not in linked, order.get(one.org.kind, len(order)), one.org.name))
    return told.get(org.id) or contact(org), others


def posts_of(org_ids: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The posts that are contacts, by organisation, each title once."""
    found: dict[UUID, dict[str, None]] = {}
    rows = Post.objects.filter(org_id__in=org_ids, kind__in=CONTACTS).order_by("kind", "title")
    for org_id, title in rows.values_list("org_id", "title"):
        found.setdefault(org_id, {})[title] = None
    return {org_id: tuple(titles) for org_id, titles in found.items()}


def last_tried(org_ids: Iterable[UUID]) -> dict[tuple[UUID, str], datetime]:
    """(school, kind of agency) → when the connection was last tried, by what is in the actor's sight."""
    prefix = "with="
    rows = Proof.objects.filter(org_id__in=org_ids, act=CONTACT_TEST, voided_at=None)
    found = rows.order_by().values_list("org_id", "quals").annotate(at=Max("occurred_at"))
    tried: dict[tuple[UUID, str], datetime] = {}
    for org_id, quals, at in found:
        for qual in quals:
            if qual.startswith(prefix):
                key = (org_id, qual.removeprefix(prefix))
                tried[key] = max(at, tried.get(key, at))
    return tried
