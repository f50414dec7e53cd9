"""Who may do what to whose things: a literal table of action × post × relation, filled by every package.

An action is granted to a kind of post in a relation: the safety officer may record checks of the own school,
the bureau's officer of those below. Relations between organisations come from `orgs.Reach`.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q, QuerySet

from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor, Holding
from huyuan.orgs.kept import per_county
from huyuan.orgs.models import Reach

Relation = Literal["own", "below", "linked", "region"]
RELATIONS: tuple[Relation, ...] = ("own", "below", "linked", "region")
ANY_POST = "*"


@dataclass(frozen=True)
class Grant:
    """A kind of post (`ANY_POST`: whoever holds one there) in a relation to the organisation concerned."""

    post_kind: str
    relation: Relation


@dataclass(frozen=True)
class Permission:
    """One action: `zh` completes the sentence 您不能…; `grants` name everyone who may."""

    action: str
    zh: str
    grants: frozenset[Grant]


TABLE: dict[str, Permission] = {}


def register(action: str, zh: str, grants: Sequence[Grant]) -> None:
    """Add an action; called from `AppConfig.ready()`. The same action twice is a programming error."""
    if action in TABLE:
        raise ValueError(f"action {action!r} is registered twice")
    TABLE[action] = Permission(action, zh, frozenset(grants))


def scope(actor: Actor, action: str) -> QuerySet[Reach, Any]:
    """The ids of the organisations to whose things the actor may do `action`, as a subquery.

    `Entry.objects.filter(org__in=scope(actor, "entry.see"))`. A job of the system has the whole county.
    """
    reach = Reach.objects.filter(county_id=actor.county_id)
    if actor.system:
        return reach.filter(viewer_id__in=actor.viewers).values("org_id")
    viewers: dict[tuple[Relation, ...], set[UUID]] = defaultdict(set)
    for holding in actor.holdings:
        viewers[tuple(_relations(holding, action))].add(holding.org_id)
    allowed = Q(pk__in=())
    for relations, orgs in viewers.items():
        allowed |= Q(viewer_id__in=orgs, relation__in=relations)
    return reach.filter(allowed).values("org_id")


def require(actor: Actor, action: str, org_id: UUID) -> None:
    """Raise `Refused` unless the actor may do `action` to things of this organisation.

    `not-found` when the organisation is out of reach, exactly as if it did not exist; `forbidden` when it is
    in reach but the actor's posts do not carry the action.
    """
    found = _reach_of(actor, org_id)
    if not found:
        raise not_found()
    if not actor.system and not any(_grants(holding, action, found) for holding in actor.holdings):
        raise Refused(
            "forbidden",
            f"您现在的职务不能{TABLE[action].zh}。如确需办理，请联系本单位管理员。",
            action=action,
        )


def allowed(actor: Actor, action: str, org_id: UUID) -> bool:
    """What `require` would say, for drawing a button or not."""
    return action in allowed_actions(actor, org_id, (action,))


def allowed_actions(actor: Actor, org_id: UUID, actions: Sequence[str]) -> frozenset[str]:
    """Those of `actions` that the actor may do to things of this organisation."""
    found = _reach_of(actor, org_id)
    if actor.system:
        return frozenset(actions) if found else frozenset()
    return frozenset(
        action for action in actions if any(_grants(holding, action, found) for holding in actor.holdings)
    )


def reached(actor: Actor, action: str) -> frozenset[UUID]:
    """What `scope` selects, for asking without a statement: may the actor do `action` anywhere, and to which
    of some organisations that are already at hand?"""
    if actor.system:
        pairs = {(viewer, relation) for viewer in actor.viewers for relation in RELATIONS}
    else:
        pairs = {(one.org_id, relation) for one in actor.holdings for relation in _relations(one, action)}
    found = _reached(actor.county_id)
    return frozenset().union(*(found.get(pair, ()) for pair in pairs))


def looking_after(actor: Actor) -> frozenset[UUID]:
    """The organisations that reach one of the actor's, those themselves among them."""
    mine = set(actor.viewers)
    return frozenset(viewer for (viewer, _), orgs in _reached(actor.county_id).items() if orgs & mine)


def holding_for(actor: Actor, action: str, org_id: UUID) -> Holding | None:
    """The post with which the actor does `action` there: the nearest relation first, a post of one's own
    before one that is only acted. None for a job of the system and for whoever may not."""
    found = _reach_of(actor, org_id)
    able = [
        (RELATIONS.index(relation), holding.acting, number)
        for number, holding in enumerate(actor.holdings)
        for relation in _grants(holding, action, found)
    ]
    return actor.holdings[min(able)[2]] if able else None


def not_found() -> Refused:
    """What a foreign object answers, and an object that does not exist: the two must not be told apart."""
    return Refused(
        "not-found", "没有找到您要的内容。它可能已被移走，或不属于您的单位；请返回上一页重新选择。"
    )


def _reach_of(actor: Actor, org_id: UUID) -> set[tuple[UUID, str]]:
    """(viewer, relation) pairs by which the actor's organisations reach this one."""
    found = _reached(actor.county_id)
    pairs = ((viewer, relation) for viewer in actor.viewers for relation in RELATIONS)
    return {pair for pair in pairs if org_id in found.get(pair, ())}


@per_county
def _reached(county_id: int) -> Mapping[tuple[UUID, str], set[UUID]]:
    """(viewer, relation) → the organisations that it reaches so."""
    found: dict[tuple[UUID, str], set[UUID]] = defaultdict(set)
    rows = Reach.objects.filter(county_id=county_id).values_list("viewer_id", "relation", "org_id")
    for viewer_id, relation, org_id in rows.iterator(chunk_size=5000):
        found[viewer_id, relation].add(org_id)
    return found


def _relations(holding: Holding, action: str) -> list[Relation]:
    """The relations in which this post carries the action."""
    grants = TABLE[action].grants
    return [
        relation
        for relation in RELATIONS
        if Grant(holding.post_kind, relation) in grants or Grant(ANY_POST, relation) in grants
    ]


def _grants(holding: Holding, action: str, found: Collection[tuple[UUID, str]]) -> list[Relation]:
    """The relations among `found` in which this post carries the action."""
    return [relation for relation in _relations(holding, action) if (holding.org_id, relation) in found]
