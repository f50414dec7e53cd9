"""The filters of ledgers that people keep for themselves. Nothing is decided by them, so no trace is kept."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Person
from huyuan.orgs.permissions import not_found
from huyuan.registers import queries
from huyuan.registers.models import SavedFilter
from huyuan.registers.rules import SAVED_FILTERS

NAME = 20


def save_filter(*, actor: Actor, form_key: str, name: str, query: Mapping[str, str]) -> SavedFilter:
    """Keep what a ledger is narrowed by under a name. A name that was given already stands for this filter
    from now on.

    `query`: the fields as an address says them, text by name. Raises Refused: `unknown-form`,
    `missing-filter-name`, `invalid-filter` where a field is unknown, can't be read or nothing is asked for,
    `too-many-filters`.
    """
    queries.current_form(form_key)
    name = " ".join(name.replace("\0", "").split())
    if not name or len(name) > NAME:
        raise Refused("missing-filter-name", f"请给这个筛选起个名字，最多{NAME}个字。")
    values, unread = queries.read_filter(query)
    if unread or not values:
        said = f"有认不出的条件（{'、'.join(sorted(unread))[:60]}）" if unread else "还没有设筛选条件"
        raise Refused("invalid-filter", f"{said}，没有存。请在台账上设好条件，筛选后再存。")
    with transaction.atomic():
        # Whoever saves twice at once waits here, for a place that is free.
        person = Person.objects.select_for_update().get(id=person_of(actor))
        kept = {one.name: one for one in queries.saved_filters(actor, form_key)}
        free = set(range(1, SAVED_FILTERS + 1)) - {one.place for one in kept.values()}
        if name not in kept and not free:
            raise Refused(
                "too-many-filters",
                f"一本台账最多存{SAVED_FILTERS}个筛选，已经存满。请先删去不用的，再存这一个。",
            )
        saved = kept.get(name) or SavedFilter(
            county_id=actor.county_id, person=person, form_key=form_key, name=name, place=min(free)
        )
        saved.query = {field: str(value) for field, value in values.items()}
        saved.save()
        return saved


def drop_filter(*, actor: Actor, filter_id: UUID) -> None:
    """Keep a filter no longer. Raises Refused `not-found` for one that is not the actor's."""
    removed, _ = SavedFilter.objects.filter(id=filter_id, person_id=person_of(actor)).delete()
    if not removed:
        raise not_found()


def person_of(actor: Actor) -> UUID:
    """Who keeps a filter: a person, no job."""
    if actor.person_id is None:
        raise not_found()
    return actor.person_id
