"""Hazards for the search (`orgs.search`): by organisation, number, place and description.

The index is asked through `cases_found`, which gives ids; the rows are read under scope and second lock
(docs/adr/0010-search.md).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from huyuan.cases.queries import HAZARD, found
from huyuan.cases.rules import STATES
from huyuan.kernel.days import day_of, zh_date
from huyuan.orgs.actor import Actor
from huyuan.orgs.search import Hit


class Cases:
    """Those that the actor may see, the newest first; one statement."""

    name, zh = "cases", "隐患"

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """Those in which every term stands."""
        rows = found(actor, asked, most).filter(kind=HAZARD).order_by("-recorded_at", "-id")
        return [
            Hit(
                str(row["id"]),
                f"{row['org_name']}：{row['spot']}",
                f"{zh_date(day_of(row['recorded_at']))} · {row['number']} · {STATES[row['state']]}",
                row["description"],
            )
            for row in rows.values(
                "id", "number", "spot", "description", "state", "recorded_at", org_name=F("org__name")
            )
        ]
