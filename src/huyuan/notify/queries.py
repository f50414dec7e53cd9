"""The messages of an actor: to a post that it holds, at the organisation where it holds it."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from huyuan.notify.models import Message, Receipt
from huyuan.orgs.actor import Actor


def for_actor(actor: Actor) -> QuerySet[Message]:
    """Every message to one of the actor's posts, the newest first."""
    mine = Q(pk__in=())
    for holding in actor.holdings:
        mine |= Q(org_id=holding.org_id, post_kind=holding.post_kind)
    return Message.objects.filter(mine, county_id=actor.county_id).order_by("-at", "-id")


def unread(actor: Actor) -> QuerySet[Message]:
    """Those that the person has not read yet; a job of the system reads none."""
    if actor.person_id is None:
        return Message.objects.none()
    read = Receipt.objects.filter(message=OuterRef("pk"), person_id=actor.person_id)
    return for_actor(actor).filter(~Exists(read))
