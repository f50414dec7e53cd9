"""What an organisation still owes (`orgs.unfinished`): how much by the figures of the last minute, and each
clock that runs."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, Sum

from huyuan.duties.models import Tally
from huyuan.duties.queries.adopted import bindings_of
from huyuan.duties.queries.board import computed
from huyuan.duties.schema import WhenRule
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import allowed
from huyuan.orgs.unfinished import Unfinished

MOST = 50
# Verdict → what people read, and what becomes of it when the organisation closes.
WORDS = {
    "owed": ("本月待办", "到撤销那天还没有到期的记为“不适用”"),
    "overdue": ("已经超期", "撤销后不能再补做，到截止时结算；能办的请先办完"),
}
STATED = "撤销那天还没有到期的记为“不适用”"
UNSTATED = "没有写明期限，撤销后一直显示，由教育局核实后写明理由终止"


def of_organisation(actor: Actor, org_id: UUID, now: datetime) -> list[Unfinished]:
    """How many duties are owed this month or overdue, and what happened that still waits for something,
    however long ago it was."""
    if not allowed(actor, "duty.see", org_id):
        return []
    today = day_of(now)
    this, last = f"{today:%Y-%m}", f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
    open_ones = Tally.objects.filter(
        Q(month=this, verdict__in=WORDS) | Q(month=last, verdict="overdue"), org=org_id
    ).exclude(rule__kind="when")
    counts = dict(open_ones.values_list("verdict").annotate(count=Sum("cells")).order_by())
    found = [
        Unfinished(f"{zh}的要求 {counts[verdict]} 项", becomes)
        for verdict, (zh, becomes) in WORDS.items()
        if counts.get(verdict)
    ]
    clocks = [each for each in bindings_of(actor.county_id, today, today) if isinstance(each.rule, WhenRule)]
    running = [
        Unfinished(
            f"还没有了结：{cell.binding.rule.title}（{cell.name}）", STATED if cell.due_at else UNSTATED
        )
        for cell in computed(actor.county_id, [org_id], clocks, today, today, now)
        if cell.verdict == "owed"
    ]
    more = [Unfinished(f"还没有了结的另有 {len(running) - MOST} 件")] if len(running) > MOST else []
    return [*found, *running[:MOST], *more]
