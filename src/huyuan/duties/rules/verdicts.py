"""What judging yields: cells with their verdict, the arithmetic behind it, and what stands beside it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.facts import OrgFacts

Verdict = Literal["owed", "overdue", "late", "met", "missed", "waived", "not_applicable", "unknown"]

ZH: Mapping[Verdict, str] = {
    "owed": "待办",
    "overdue": "超期",
    "late": "补做",
    "met": "已完成",
    "missed": "未完成",
    "waived": "免除",
    "not_applicable": "不适用",
    "unknown": "资料不全",
}
# What stands out of the ordinary about a cell.
MARKS: Mapping[str, str] = {
    "backfilled": "补录",
    "single-handed": "一人兼任",
    "joint": "联合",
    "planned": "按值班表",
    "calendar": "节假日安排待公布",
    "two-places": "同时在两处签到",
}


class Reason(NamedTuple):
    """One line of the explanation: which sentence of `because`, and the values in it."""

    says: str
    facts: Mapping[str, Any]


class Correction(NamedTuple):
    """What was learned after the close: the verdict would now be `becomes`. `proof`: the act it comes
    from."""

    becomes: Verdict
    reason: Reason
    proof: UUID | None


def cut(binding: Binding, org: OrgFacts) -> tuple[Reason, ...]:
    """Why a period is not judged of which only a part lies in the days in force."""
    return (Reason("cut", {"first": binding.first, "last": binding.last, "closed": org.closed}),)


class Cell(NamedTuple):
    """(rule, subject, part, period) with its verdict at an instant.

    `part`: one reaction of a clock, or one qualification of a post; else empty. `day`: the day under
    which it is counted: the last day of a due, the day of a window, the start of an open end. `due_at`
    and `close_at` None: open end. `proofs`: ids of the proofs that were counted.
    """

    binding: Binding
    org_id: UUID
    subject_id: UUID
    part: str
    period: str
    name: str
    day: date
    start_at: datetime
    due_at: datetime | None
    close_at: datetime | None
    verdict: Verdict
    marks: tuple[str, ...] = ()
    because: tuple[Reason, ...] = ()
    proofs: tuple[UUID, ...] = ()
    correction: Correction | None = None

    @property
    def key(self) -> tuple[UUID, UUID, UUID, str, str]:
        """What a closed verdict is stored under."""
        return (self.binding.adoption_id, self.binding.rule_id, self.subject_id, self.part, self.period)

    def is_closed(self, now: datetime) -> bool:
        return self.close_at is not None and self.close_at <= now
