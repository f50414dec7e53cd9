"""Who confirms an entry, and what waits for somebody's confirmation."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Appointment
from huyuan.orgs.permissions import reached
from huyuan.registers.models import Entry, Form
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


def confirmation_facts(actor: Actor, entries: Iterable[Entry], day: date) -> dict[UUID, Facts]:
    """The actor as confirmer, by entry, of those that are the actor's to confirm; one query for any number
    of entries. In a single-handed school the filler confirms, marked as such; the central school and the
    bureau may always."""
    asked = [entry for entry in entries if spec_of(entry.form).confirmed_by]
    keepers = {entry.keeper_id for entry in asked}
    if not keepers:
        return {}
    permitted = keepers & reached(actor, "entry.confirm")
    kinds = {kind for entry in asked for kind in spec_of(entry.form).confirmed_by}
    held = confirmers(permitted, kinds, day)
    own = {holding.org_id for holding in actor.holdings}
    found: dict[UUID, Facts] = {}
    for entry in asked:
        if entry.keeper_id not in permitted:
            continue
        people = confirming_people(spec_of(entry.form), entry.filler_id, held.get(entry.keeper_id, {}))
        if actor.person_id == entry.filler_id:
            found[entry.id] = Facts(same_person=True, single_handed=not people)
        elif entry.keeper_id not in own or actor.person_id in people:
            found[entry.id] = Facts()
    return found


@dataclass(frozen=True)
class Pile:
    """Entries of one ledger that wait for somebody. `query`: what shows them there."""

    form: Form
    query: dict[str, str]
    entries: list[Entry]


def piles_of(waiting: Iterable[Entry]) -> list[Pile]:
    """What waits, ledger by ledger, in the order of the oldest of each. What was recorded for others stands
    in a ledger of its own."""
    piles: dict[tuple[str, bool], Pile] = {}
    for entry in waiting:
        by_proxy = entry.recorded_by_org_id is not None
        query = {"state": "submitted"} | ({"by_proxy": "1"} if by_proxy else {})
        piles.setdefault((entry.form.key, by_proxy), Pile(entry.form, query, [])).entries.append(entry)
    return list(piles.values())


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
