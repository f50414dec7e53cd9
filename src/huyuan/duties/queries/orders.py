"""Where a pack is adopted and in force (`registers.orders`)."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from huyuan.duties.models import Adoption
from huyuan.duties.queries.adopted import bindings_of
from huyuan.orgs.models import Organisation


def in_force(packs: Collection[str], org_ids: Collection[UUID], day: date) -> set[tuple[str, UUID]]:
    """The packs of which a rule binds the organisation on the day. Nothing adopted: one query."""
    by_county: dict[int, list[UUID]] = defaultdict(list)
    adopted = Adoption.objects.filter(pack_key__in=list(packs), from_day__lte=day).exclude(until__lt=day)
    for county_id, adoption_id in adopted.values_list("county_id", "id"):
        by_county[county_id].append(adoption_id)
    if not by_county:
        return set()
    kinds = dict(Organisation.objects.filter(id__in=list(org_ids)).values_list("id", "kind"))
    return {
        (binding.pack, org_id)
        for county_id, adoption_ids in by_county.items()
        for binding in bindings_of(county_id, day, day, adoption_ids=adoption_ids)
        if binding.first <= day and (binding.last is None or day <= binding.last)
        for org_id, kind in kinds.items()
        if binding.binds(org_id, kind)
    }
