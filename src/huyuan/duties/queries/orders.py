"""Where a pack is adopted and in force (`registers.orders`)."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from huyuan.duties.queries.adopted import bindings_of
from huyuan.orgs.models import Organisation
from huyuan.orgs.session import current


def in_force(packs: Collection[str], org_ids: Collection[UUID], day: date) -> set[tuple[str, UUID]]:
    """The packs of which a rule binds the organisation on the day. Nothing adopted: no query."""
    bindings = [
        binding
        for binding in bindings_of(current().county_id, day, day)
        if binding.pack in packs and binding.first <= day and (binding.last is None or day <= binding.last)
    ]
    if not bindings:
        return set()
    kinds = dict(Organisation.objects.filter(id__in=list(org_ids)).values_list("id", "kind"))
    return {
        (binding.pack, org_id)
        for binding in bindings
        for org_id, kind in kinds.items()
        if binding.binds(org_id, kind)
    }
