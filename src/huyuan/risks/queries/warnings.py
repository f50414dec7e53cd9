"""Counts of hazards by town, category and month, and what was concluded from them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from huyuan.kernel.days import day_of, start_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import reached
from huyuan.risks.models import RiskAnalysis
from huyuan.risks.queries.words import HAZARD, levels_of_warning
from huyuan.risks.rules.warnings import UNSORTED, Count, Warned, counted, months_before, warned

# Hazards found, of these organisations, from an instant on: numbers alone. They are read through the view of
# facts, so that a school is told of its town; the organisations have been asked for before (docs/adr/0014).
COUNTS = """
SELECT coalesce(town.id, region.id), coalesce(town.name, region.name),
       coalesce((SELECT substr(qual, 10) FROM unnest(hazard.quals) AS qual WHERE qual LIKE 'category=%%'
                 LIMIT 1), %(unsorted)s) AS category,
       date_trunc('month', hazard.occurred_at AT TIME ZONE 'Asia/Shanghai')::date AS month, count(*)
  FROM duties_fact_event AS hazard
  JOIN orgs_organisation AS org ON org.id = hazard.org_id
  JOIN orgs_region AS region ON region.id = org.region_id
  LEFT JOIN orgs_region AS town ON town.id = region.parent_id AND region.kind = 'village'
 WHERE hazard.event = %(event)s AND hazard.voided_at IS NULL AND hazard.org_id = ANY (%(orgs)s)
   AND hazard.known_at >= %(since)s AND hazard.occurred_at >= %(since)s AND hazard.occurred_at <= %(now)s
 GROUP BY 1, 2, 3, 4
"""


class Board:
    """The counts of a month beside those of the months before, with the warnings among them."""

    def __init__(self, rows: Sequence[tuple[UUID, str, str, date, int]], months: Sequence[date]) -> None:
        self.month = months[-1]
        self.towns = dict(sorted(((str(row[0]), row[1]) for row in rows), key=lambda town: town[1]))
        found = counted(((str(row[0]), row[2], row[3], row[4]) for row in rows), months)
        levels = levels_of_warning()
        self.cells: dict[tuple[str, str], Warned] = {
            key: warned(count, levels) for key, count in found.items()
        }
        order = [level.key for level in levels]
        self.warnings = sorted(
            (one for one in self.cells.values() if one.level),
            key=lambda one: (order.index(one.level.key) if one.level else 0, -one.count.now, one.count.town),
        )

    def count(self, town: str, category: str) -> Count | None:
        """The count of one cell; None: nothing was found in all these months."""
        one = self.cells.get((town, category))
        return one.count if one else None


def board(org_ids: Collection[UUID], now: datetime) -> Board:
    """The warnings of the month of `now` over these organisations, which the caller may see; one
    statement."""
    before = max((level.months for level in levels_of_warning()), default=0)
    months = months_before(day_of(now).replace(day=1), before)
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTS,
            {
                "unsorted": UNSORTED,
                "event": HAZARD,
                "orgs": list(org_ids),
                "since": start_of(months[0]),
                "now": now,
            },
        )
        return Board(cursor.fetchall(), months)


def board_of(actor: Actor, now: datetime) -> Board:
    """The warnings over everybody whom the actor looks after."""
    return board(reached(actor, "risk-warning.see"), now)


def board_near(org: Organisation, now: datetime) -> Board:
    """The warnings of the town of a school that was seen first: counts of the whole town, no school named."""
    region = org.region
    town = region.parent if region.kind == "village" and region.parent else region
    near = Organisation.objects.filter(county_id=org.county_id, closed=None)
    inside = near.filter(region=town) | near.filter(region__parent=town)
    return board(list(inside.values_list("id", flat=True)), now)


def analyses(actor: Actor) -> list[RiskAnalysis]:
    """What was last concluded by the organisations whose warnings the actor reads."""
    rows = RiskAnalysis.objects.filter(county_id=actor.county_id).select_related("org")
    return list(rows.order_by("-at")[:12])
