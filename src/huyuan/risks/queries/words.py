"""The words of the packs about risks, as installed."""

from collections.abc import Mapping

from huyuan.duties.models import Term
from huyuan.orgs.kept import per_library
from huyuan.risks.schema import RiskKindSpec


@per_library
def kinds() -> Mapping[str, RiskKindSpec]:
    """The kinds of risk of which a notice may tell, in the order of the pack."""
    rows = Term.objects.filter(kind="risk", current=True).order_by("id").values_list("key", "spec")
    return {key: RiskKindSpec.model_validate(spec) for key, spec in rows}
