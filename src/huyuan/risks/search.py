"""Risk notices for the search (`orgs.search`); one statement."""

from collections.abc import Sequence
from datetime import datetime

from huyuan.orgs.actor import Actor
from huyuan.orgs.search import Hit, containing
from huyuan.risks import queries
from huyuan.risks.models import RiskNotice
from huyuan.risks.queries.notices import seen
from huyuan.risks.rules import notices as rules


class RiskNotices:
    """Risk notices that the actor may see."""

    name, zh = "risk-notices", "风险提示"

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """By place, number, measure and issuer, the newest first."""
        rows = containing(
            RiskNotice.objects.filter(seen(actor)).select_related("org"),
            asked, "place", "number", "measure", "org__name", "org__short_name",
        )  # fmt: skip
        kinds = queries.kinds()
        return [
            Hit(
                str(row.id),
                row.place,
                f"{row.org.name}{row.number} · {kinds[row.kind].zh if row.kind in kinds else row.kind}"
                f" · {rules.STATES[rules.state_of(row.expires_at, row.withdrawn_at, now)]}",
            )
            for row in rows.order_by("-issued_at")[:most]
        ]
