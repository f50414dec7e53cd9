"""The words of the packs about risks, as installed."""

from collections.abc import Mapping, Sequence

from huyuan.duties.models import Term
from huyuan.duties.schema import ActSpec, EventSpec
from huyuan.orgs.kept import per_library
from huyuan.risks.schema import RiskKindSpec, WarningSpec

HAZARD, ANALYSIS = "hazard.found", "risk-analysis"


@per_library
def kinds() -> Mapping[str, RiskKindSpec]:
    """The kinds of risk of which a notice may tell, in the order of the pack."""
    rows = Term.objects.filter(kind="risk", current=True).order_by("id").values_list("key", "spec")
    return {key: RiskKindSpec.model_validate(spec) for key, spec in rows}


@per_library
def levels_of_warning() -> Sequence[WarningSpec]:
    """When a count of hazards is a warning, the most serious level first."""
    rows = Term.objects.filter(kind="warning", current=True).order_by("id").values_list("spec", flat=True)
    return [WarningSpec.model_validate(spec) for spec in rows]


@per_library
def hazard_words(qualifier: str) -> Mapping[str, str]:
    """The values of a qualifier of hazards (category, severity), key → Chinese: risk points and hazards are
    sorted by the same words."""
    spec = Term.objects.filter(kind="event", key=HAZARD, current=True).values_list("spec", flat=True).first()
    found = EventSpec.model_validate(spec).qualifiers if spec else ()
    return {key: zh for one in found if one.key == qualifier for key, zh in one.values.items()}


@per_library
def bases() -> Mapping[str, str]:
    """On what an analysis may rest, key → Chinese."""
    spec = Term.objects.filter(kind="act", key=ANALYSIS, current=True).values_list("spec", flat=True).first()
    found = ActSpec.model_validate(spec).qualifiers if spec else ()
    return {key: zh for one in found for key, zh in one.values.items()}
