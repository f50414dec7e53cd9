"""What the page of a case says that it counts for. Filled in from above."""

from collections.abc import Callable
from datetime import datetime

from huyuan.cases.models import Case
from huyuan.orgs.actor import Actor
from huyuan.registers.after import Counted

#: (actor, case, now) → the demands whose clocks run on it, with how they stand
Panel = Callable[[Actor, Case, datetime], list[Counted]]

PANELS: list[Panel] = []


def counted(actor: Actor, case: Case, now: datetime) -> list[Counted]:
    """What a case counts for, from all who registered a panel."""
    return [one for panel in PANELS for one in panel(actor, case, now)]
