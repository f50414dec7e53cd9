"""What a bureau concludes from the counts of hazards."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import not_found, require
from huyuan.risks import queries
from huyuan.risks.actions.points import prove, record
from huyuan.risks.models import RiskAnalysis
from huyuan.risks.permissions import REGIONAL
from huyuan.risks.rules import notices as texts

ANALYSIS_ACT = queries.ANALYSIS


def risk_analyse(
    *,
    actor: Actor,
    org_id: UUID,
    client_id: UUID,
    basis: Sequence[str],
    conclusion: str,
    warned: Sequence[str],
    now: datetime,
) -> RiskAnalysis:
    """Write down what was concluded, and on what: counts of hazards, patrols online, what schools reported.
    `warned`: the warnings as they were shown. A repeat with the same `client_id` gives the first one.

    Raises Refused: `missing-basis`, `missing-text`, `invalid-text`."""
    with transaction.atomic():
        require(actor, "risk-warning.analyse", org_id)
        if Organisation.objects.get(id=org_id).kind not in REGIONAL or actor.person_id is None:
            raise not_found()
        known = [key for key in queries.bases() if key in basis]
        if not known:
            raise Refused("missing-basis", "请选这次研判看了什么，至少选一项。")
        said = conclusion.strip()[:500]
        if not said:
            raise Refused("missing-text", "请写明研判的结论和打算怎么做。")
        if why := texts.personal(said):
            raise Refused("invalid-text", f"{why}。")
        analysis = RiskAnalysis(
            county_id=actor.county_id, org_id=org_id, client_id=client_id, month=f"{day_of(now):%Y-%m}",
            basis=known, conclusion=said, warned=[line[:200] for line in warned], at=now,
            by_id=actor.person_id, by_name=actor.name,
        )  # fmt: skip
        RiskAnalysis.objects.bulk_create([analysis], ignore_conflicts=True)
        stored = RiskAnalysis.objects.filter(county_id=actor.county_id, client_id=client_id).first()
        if stored is None or (stored.org_id, stored.conclusion) != (org_id, said):
            raise Refused("conflict-client-id", "这一次研判已经记下了别的内容，先记的有效。请刷新后再写。")
        if stored.id == analysis.id:
            told = {"conclusion": said, "warnings": len(warned)}
            record(actor, "risk-warning.analyse", "risk_analysis", stored.id, org_id, told, now)
            quals = tuple(sorted(f"basis={key}" for key in known))
            prove(stored.id, org_id, actor.county_id, ANALYSIS_ACT, quals, now)
        return stored
