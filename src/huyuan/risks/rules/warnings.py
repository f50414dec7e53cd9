"""Early warning (预警) from counts of hazards alone, never about persons: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from huyuan.risks.schema import WarningSpec

UNSORTED = "unsorted"
"""Hazards that were recorded without a category."""


def months_before(month: date, count: int) -> list[date]:
    """The first days of `month` and of the `count` months before it, the oldest first."""
    first = month.year * 12 + month.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(first - count, first + 1)]


@dataclass(frozen=True)
class Count:
    """Hazards of one category in one town: `now` in the month asked for, `before` in the earlier months."""

    town: str
    category: str
    now: int
    before: tuple[int, ...]

    @property
    def mean(self) -> float:
        return sum(self.before) / len(self.before) if self.before else 0


@dataclass(frozen=True)
class Warned:
    """A count with the level of warning that it reaches; None: it is as usual."""

    count: Count
    level: WarningSpec | None


def counted(
    found: Iterable[tuple[str, str, date, int]], months: Sequence[date]
) -> dict[tuple[str, str], Count]:
    """(town, category) → its count; `found` as (town, category, first day of the month, how many), `months`
    the oldest first, the one asked for last."""
    by_month: dict[tuple[str, str], dict[date, int]] = {}
    for town, category, month, many in found:
        by_month.setdefault((town, category), {})[month] = many
    return {
        (town, category): Count(
            town, category, row.get(months[-1], 0), tuple(row.get(month, 0) for month in months[:-1])
        )
        for (town, category), row in by_month.items()
    }


def warned(count: Count, levels: Sequence[WarningSpec]) -> Warned:
    """The first of `levels`, the most serious first, that the count reaches. In whole numbers: a mean of a
    third is not rounded to anything."""
    for level in levels:
        before = count.before[-level.months :]
        enough = count.now * 100 * len(before) >= level.percent * sum(before)
        if count.now >= level.at_least and enough:
            return Warned(count, level)
    return Warned(count, None)


def said(one: Warned, town: str, category: str, month: date, names: Mapping[str, str]) -> str:
    """东川镇消防隐患11月已发现6处，前3个月平均2.0处"""
    before = len(one.count.before)
    usual = (
        f"前{before}个月平均{one.count.mean:.1f}处" if sum(one.count.before) else f"前{before}个月没有发现过"
    )
    return f"{town}{names.get(category, category)}隐患{month.month}月已发现{one.count.now}处，{usual}"
