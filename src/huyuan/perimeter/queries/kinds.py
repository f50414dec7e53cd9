"""The kinds of premises as installed."""

from collections.abc import Mapping

from huyuan.orgs.kept import per_library
from huyuan.perimeter.models import VenueKind
from huyuan.perimeter.schema import VenueKindSpec


@per_library
def kinds() -> Mapping[str, VenueKindSpec]:
    """Key → kind, in the order of the vocabulary."""
    rows = VenueKind.objects.filter(current=True).order_by("place", "key").values_list("spec", flat=True)
    return {spec["key"]: VenueKindSpec.model_validate(spec) for spec in rows}


def name_of(kind: str) -> str:
    """What people call a kind; one that is no longer in the vocabulary goes by its key."""
    known = kinds().get(kind)
    return known.zh if known else kind
