"""An adoption ends: what it owed until then stays judged, nothing after its last day is owed."""

from datetime import date, datetime
from uuid import UUID

from huyuan.duties.models import Adoption
from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found, require
from huyuan.orgs.session import acting
from huyuan.trace import actions as trace


def end_adoption(*, actor: Actor, adoption_id: UUID, until: date, reason: str, now: datetime) -> Adoption:
    """Let an adoption end with its last day `until`, today or later; a later call moves the day.

    Raises Refused `bad-end` for a day before today or its go-live or without a reason, `already-ended` when
    the last day is over, `not-found`.
    """
    with acting(actor):
        rows = Adoption.objects.select_for_update(of=("self",)).filter(county_id=actor.county_id)
        adoption = rows.filter(id=adoption_id).first()
        if adoption is None:
            raise not_found()
        require(actor, "duty.adopt", adoption.org_id)
        today = day_of(now)
        if adoption.until is not None and adoption.until < today:
            raise Refused("already-ended", "这个文件的执行已经结束，不必再办。")
        if until < today or until < adoption.go_live or not reason.strip():
            raise Refused("bad-end", "最后一天不能早于今天，也不能早于启用日；并请写明结束的理由。")
        before, adoption.until = adoption.until, until
        adoption.save(update_fields=["until"])
        said = {"until": until, "reason": reason.strip()}
        trace.record(
            actor.snapshot(),
            "duty.end-adoption",
            "adoption",
            adoption.id,
            adoption.org_id,
            {"until": before},
            said,
            now=now,
        )
        return adoption
