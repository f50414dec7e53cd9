"""Who confirms an entry, and what waits for somebody's confirmation."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Appointment
from huyuan.orgs.permissions import allowed
from huyuan.registers.models import Entry
from huyuan.registers.queries.forms import HEAD, spec_of
from huyuan.registers.rules import Facts
from huyuan.registers.schema import FormSpec


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


def kept_by(orgs: Iterable[UUID] | QuerySet[Any, Any]) -> Q:
    """Entries that the people of these organisations answer for: their own, and those that they recorded for
    others."""
    return Q(org__in=orgs, recorded_by_org=None) | Q(recorded_by_org__in=orgs)


def confirmation_facts(actor: Actor, entry: Entry, spec: FormSpec, day: date) -> Facts | None:
    """The actor as confirmer of this entry, or None. In a single-handed school the filler confirms, marked
    as such; the central school and the bureau may always."""
    if not spec.confirmed_by or not allowed(actor, "entry.confirm", entry.keeper_id):
        return None
    people = confirming_people(
        spec, entry.filler_id, confirmers([entry.keeper_id], spec.confirmed_by, day)[entry.keeper_id]
    )
    if actor.person_id == entry.filler_id:
        return Facts(same_person=True, single_handed=not people)
    from_above = all(holding.org_id != entry.keeper_id for holding in actor.holdings)
    return Facts() if from_above or actor.person_id in people else None


def waiting_for_confirmation(actor: Actor, day: date) -> list[Entry]:
    """Entries of the actor's own organisations that only wait for the actor, oldest first; two queries. What
    came in a table waits as a whole (`imports.tables_waiting`)."""
    waiting = list(
        Entry.objects.filter(kept_by({holding.org_id for holding in actor.holdings}))
        .filter(state="submitted", imported=None)
        .filter(form__spec__confirmed_by__0__isnull=False)
        .select_related("form", "org")
        .order_by("submitted_at")[:500]
    )
    specs = {entry.form_id: spec_of(entry.form) for entry in waiting}
    kinds = {kind for spec in specs.values() for kind in spec.confirmed_by}
    held = confirmers({entry.keeper_id for entry in waiting}, kinds, day) if waiting else {}
    mine = []
    for entry in waiting:
        people = confirming_people(specs[entry.form_id], entry.filler_id, held.get(entry.keeper_id, {}))
        if actor.person_id in (people or {entry.filler_id}):
            mine.append(entry)
    return mine
