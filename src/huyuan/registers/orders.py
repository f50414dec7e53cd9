"""Forms that live only while an order does (a health report): where their pack is in force. Filled in from
above (duties)."""

from collections.abc import Callable, Collection
from datetime import date
from uuid import UUID

from huyuan.registers.models import Form

Source = Callable[[Collection[str], Collection[UUID], date], set[tuple[str, UUID]]]
"""(packs, organisations, day) → the pairs of a pack and an organisation where it is in force that day."""

SOURCES: list[Source] = []


def in_force(form_ids: Collection[UUID], org_ids: Collection[UUID], day: date) -> set[tuple[UUID, UUID]]:
    """The pairs of a form and an organisation where the form's pack is in force on the day; without a source
    none."""
    if not form_ids:
        return set()
    packs = dict(Form.objects.filter(id__in=form_ids).values_list("id", "pack_version__pack__key"))
    alive = {pair for source in SOURCES for pair in source(set(packs.values()), org_ids, day)}
    return {
        (form_id, org_id) for form_id, pack in packs.items() for org_id in org_ids if (pack, org_id) in alive
    }
