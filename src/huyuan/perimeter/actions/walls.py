"""Drawing and importing walls."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from huyuan.kernel.datum import Datum, Point
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import require
from huyuan.orgs.session import acting
from huyuan.perimeter.actions.near import refresh
from huyuan.perimeter.models import Wall
from huyuan.perimeter.queries.ground import county_box, points_of
from huyuan.perimeter.rules import check_wall
from huyuan.trace import actions as trace


def draw_wall(
    *,
    actor: Actor,
    org_id: UUID,
    corners: Sequence[Point],
    datum: Datum,
    confirmed: bool = False,
    imported: bool = False,
    now: datetime,
) -> Wall:
    """The school's wall from today on, in place of the one before; drawing the same again changes nothing.

    Raises Refused: what `rules.check_wall` refuses (`confirmed`: the drawer has looked where it lies).
    """
    with acting(actor):
        require(actor, "wall.draw", org_id)
        # One after the other: two people drawing at once get two walls, one after the other.
        Organisation.objects.select_for_update(no_key=True).get(id=org_id)
        points = check_wall(
            corners, datum, points_of(org_id), county_box(actor.county_id), confirmed=confirmed
        )
        today = day_of(now)
        before = Wall.objects.filter(org_id=org_id, until=None).first()
        as_kept = [list(point) for point in points]
        if before and before.corners == as_kept:
            return before
        if before:
            before.until = today
            before.save(update_fields=["until"])
        wall = Wall.objects.create(
            county_id=actor.county_id,
            org_id=org_id,
            corners=as_kept,
            datum=datum,
            source="imported" if imported else "drawn",
            from_day=today,
            recorded_at=now,
            recorded_by_id=actor.person_id,
            recorded_by_name=actor.name,
        )
        said = {"corners": len(points), "datum": datum, "confirmed": confirmed, "source": wall.source}
        trace.record(actor.snapshot(), "wall.draw", "perimeter_wall", wall.id, org_id, None, said, now=now)
        refresh(actor.county_id, today, orgs=[org_id])
        return wall
