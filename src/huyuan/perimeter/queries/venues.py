"""Venues in the actor's sight: near a school that it sees, or looked after by an organisation that it
sees."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found, scope
from huyuan.perimeter.models import Near, Venue

SEE = "venue.see"


def seen(actor: Actor) -> QuerySet[Venue, Any]:
    """Every venue that the actor may see, closed ones too."""
    near = Near.objects.filter(venue=OuterRef("pk"), org__in=scope(actor, SEE))
    return Venue.objects.filter(Q(agency__in=scope(actor, SEE)) | Q(Exists(near)), county_id=actor.county_id)


def venue_seen(actor: Actor, venue_id: UUID) -> Venue:
    """One of them, with its agency and region; `not-found` otherwise."""
    rows = seen(actor).select_related("agency", "region__parent")
    venue: Venue | None = rows.filter(id=venue_id).first()
    if venue is None:
        raise not_found()
    return venue
