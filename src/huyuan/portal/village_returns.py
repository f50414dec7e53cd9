"""The villages' returns of a month (《矛盾纠纷排查表》), added up and put into words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from huyuan.duties.rules.verdicts import Verdict
from huyuan.kernel.days import ONE_DAY
from huyuan.registers.schema import FormSpec

# Fields of the return.
BEFORE, FOUND, SETTLED, OPEN, SCHOOL = "open_before", "found", "settled", "open_now", "school"
COUNTED: Mapping[str, str] = {
    BEFORE: "上月没有化解",
    FOUND: "新排查出",
    SETTLED: "已经化解",
    OPEN: "还在跟踪",
    SCHOOL: "其中涉校",
}
"""The columns of the table, in the order of the arithmetic: before + found − settled = open."""

Counts = Mapping[str, int]


class Month(NamedTuple):
    """A calendar month; as text 2026-10."""

    first: date

    @property
    def key(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def zh(self) -> str:
        return f"{self.first.year}年{self.first.month}月"

    @property
    def last(self) -> date:
        return self.following.first - ONE_DAY

    @property
    def following(self) -> "Month":
        return Month((self.first + timedelta(days=31)).replace(day=1))

    @property
    def before(self) -> "Month":
        return Month((self.first - ONE_DAY).replace(day=1))


@dataclass(frozen=True)
class Village:
    """A village in a month. `counts`: what it returned, None while it has not; `was_open`: what it said was
    open in the return of the month before. `verdict`: None where nothing asks it for a return. `names`: its
    people who fill it in, `reachable`: one of them has an account. `chased`: when last."""

    id: UUID
    name: str
    town: str
    counts: Counts | None = None
    was_open: int | None = None
    entry_id: UUID | None = None
    handed_in: date | None = None
    by: str = ""
    verdict: Verdict | None = None
    names: Sequence[str] = field(default=())
    reachable: bool = False
    chased: date | None = None

    @property
    def contradicts(self) -> bool:
        """Does it start from another number than the one with which it ended last month?"""
        return self.counts is not None and self.was_open is not None and self.counts[BEFORE] != self.was_open

    @property
    def late(self) -> bool:
        return self.counts is not None and self.verdict in ("late", "missed")


class Totals(NamedTuple):
    """The villages of a month together. `counts`: sums of every number of the return; `before`: of the month
    before."""

    villages: int
    received: int
    late: int
    counts: Counts
    before: Counts

    @property
    def missing(self) -> int:
        return self.villages - self.received


def totals(villages: Sequence[Village], before: Iterable[Counts]) -> Totals:
    """`before`: what the villages returned for the month before."""
    returned = [one for one in villages if one.counts is not None]
    return Totals(
        len(villages),
        len(returned),
        sum(one.late for one in returned),
        added(one.counts for one in returned if one.counts is not None),
        added(before),
    )


def added(several: Iterable[Counts]) -> dict[str, int]:
    """The sum of each number; of none, of the columns zero."""
    sums = dict.fromkeys(COUNTED, 0)
    for counts in several:
        for name, number in counts.items():
            sums[name] = sums.get(name, 0) + number
    return sums


def together(several: Collection[Totals]) -> Totals:
    """The whole county."""
    return Totals(
        sum(one.villages for one in several),
        sum(one.received for one in several),
        sum(one.late for one in several),
        added(one.counts for one in several),
        added(one.before for one in several),
    )


def kinds_of(spec: FormSpec) -> dict[str, str]:
    """The kinds of dispute that the form asks for: those that must add up to what was found."""
    labels = {one.id: one.label.rpartition("：")[2] for one in spec.fields}
    parts = next((one.parts for one in spec.sums if one.total == (FOUND,) and not one.may_be_less), ())
    return {name: labels[name] for name in parts}


def bulletin(town: str, month: Month, whole: Totals, kinds: Mapping[str, str]) -> str:
    """The draft of the month-end bulletin. Villages appear as numbers, so that nobody is put to shame."""
    now, before = whole.counts, whole.before
    by_kind = "、".join(f"{zh}{now.get(name, 0)}件" for name, zh in kinds.items())
    compared = "，".join(
        f"{COUNTED[name]}{compare(now[name], before[name])}" for name in (FOUND, SETTLED, OPEN)
    )
    late = f"，其中逾期{whole.late}个" if whole.late else ""
    missing = f"，还有{whole.missing}个没有报" if whole.missing else ""
    return (
        f"{month.zh}{town}矛盾纠纷排查化解情况：\n"
        f"一、报送。应报{whole.villages}个村（居），已报{whole.received}个{late}{missing}。\n"
        f"二、排查。上月没有化解{now[BEFORE]}件，本月新排查出{now[FOUND]}件（{by_kind}）；"
        f"其中涉及学校、幼儿园和师生的{now[SCHOOL]}件。\n"
        f"三、化解。已经化解{now[SETTLED]}件，还在跟踪调处{now[OPEN]}件，带到下月继续跟踪。\n"
        f"四、与上月相比。{compared}。"
    )


def compare(now: int, before: int) -> str:
    """多3件, 少2件, 持平"""
    return "持平" if now == before else f"{'多' if now > before else '少'}{abs(now - before)}件"
