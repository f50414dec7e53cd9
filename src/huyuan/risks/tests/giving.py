"""A notice of the station, as its form is filled in."""

from datetime import datetime
from uuid import UUID, uuid4

from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import NOW, SmallCounty
from huyuan.risks import actions
from huyuan.risks.models import RiskNotice

ANSWERS = {
    "kind": ["traffic"],
    "place": ["东门外路口"],
    "starts": ["2026-10-15 07:00"],
    "ends": ["2026-10-20 18:00"],
    "measure": ["上下学时段增加2名教职工值守。"],
    "expires": ["2026-10-21"],
    "to": ["all"],
}


def issue(
    county: SmallCounty,
    *,
    client_id: UUID | None = None,
    replaces: UUID | None = None,
    now: datetime = NOW,
    **more: list[str],
) -> RiskNotice:
    """Issued by the station's officer to both schools, but for what `more` says."""
    police = county.actors["police"]
    with acting(police):
        return actions.risk_notice_issue(
            actor=police, org_id=county.orgs["station"].id, client_id=client_id or uuid4(),
            answers=ANSWERS | more, uploads={}, replaces=replaces, now=now,
        )  # fmt: skip
