"""What an organisation still owes this month (`orgs.unfinished`), by the figures of the last minute."""

from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from huyuan.duties.models import Tally
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import scope
from huyuan.orgs.unfinished import Unfinished

# Verdict → what people read, and what becomes of it when the organisation closes.
WORDS = {
    "owed": ("本月待办", "到撤销那天还没有到期的记为“不适用”"),
    "overdue": ("已经超期", "撤销后不能再补做，到截止时结算；能办的请先办完"),
}


def of_organisation(actor: Actor, org_id: UUID, now: datetime) -> list[Unfinished]:
    """How many duties are owed and overdue."""
    open_ones = Tally.objects.filter(
        org__in=scope(actor, "duty.see").filter(org_id=org_id),
        month=f"{day_of(now):%Y-%m}",
        verdict__in=WORDS,
    )
    counts = dict(open_ones.values_list("verdict").annotate(count=Sum("cells")).order_by())
    return [
        Unfinished(f"{zh}的要求 {counts[verdict]} 项", becomes)
        for verdict, (zh, becomes) in WORDS.items()
        if counts.get(verdict)
    ]
