"""Cadence as the directives say it: a closed grammar, checked when a pack is read.

Only the kinds in `KINDS` exist; whoever meets a directive that says something else adds a kind here, its
spans and its sentence, with tests. Numbers come from the packs.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Kind = Literal[
    "day",
    "week",
    "month",
    "quarter",
    "semester",
    "year",
    "school_year",
    "before",
    "vacation",
    "night",
    "weekend_day",
    "shift",
    "once",
    "campaign",
]
DueAnchor = Literal["day", "month_end", "weekday", "days_after_start", "working_days_after_start"]

_AFTER_START: tuple[DueAnchor, ...] = ("days_after_start", "working_days_after_start")
# Which dues make sense with which kind; an hour goes with all but nights and shifts, which bring their own.
DUE_ANCHORS: Mapping[Kind, tuple[DueAnchor, ...]] = {
    "day": (),
    "week": ("weekday", *_AFTER_START),
    "month": ("day", "month_end", *_AFTER_START),
    "quarter": ("day", "month_end", *_AFTER_START),
    "semester": _AFTER_START,
    "year": ("day", "month_end", *_AFTER_START),
    "school_year": ("day", "month_end", *_AFTER_START),
    "before": (),
    "vacation": _AFTER_START,
    "night": (),
    "weekend_day": (),
    "shift": (),
    "once": _AFTER_START,
    "campaign": _AFTER_START,
}
KINDS = tuple(DUE_ANCHORS)


def _date_not_number(value: object) -> object:
    """Pydantic would read a bare number as seconds since 1970."""
    if isinstance(value, (int, float)) and value is not True:
        raise ValueError("once 应写日期（如 2026-05-06）或 true")
    return value


Count = Annotated[int, Field(strict=True, ge=1)]
Month = Annotated[int, Field(strict=True, ge=1, le=12)]
One = Annotated[int, Field(strict=True, ge=1, le=1)]


class Due(BaseModel):
    """When inside its period the thing is due; at most one anchor, else the period's end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: Annotated[int, Field(strict=True, ge=1, le=31)] | None = None  # of the period's last month
    month_end: Literal[True] | None = None
    month: Month | None = None  # in which the day or the month's end lies, where a year is the period
    weekday: Annotated[int, Field(strict=True, ge=1, le=7)] | None = None  # 1 is Monday
    days_after_start: Annotated[int, Field(strict=True, ge=0)] | None = None
    working_days_after_start: Count | None = None
    hour: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    roll: Literal["none", "next-workday"] = "none"

    @property
    def anchors(self) -> list[str]:
        return [name for name in self.model_dump(exclude_none=True) if name not in ("month", "hour", "roll")]

    @model_validator(mode="after")
    def _at_most_one_anchor(self) -> "Due":
        if len(self.anchors) > 1:
            raise ValueError(f"due 只能写一种期限，现在写了 {'、'.join(self.anchors)}")
        if self.month and self.day is None and not self.month_end:
            raise ValueError("due 的 month 要和 day 或 month_end 一起写")
        return self


class Cadence(BaseModel):
    """`every` of a rule: exactly one kind, with its due and, for some kinds, a qualifier.

    `in`: the first or last month of a quarter, or a month of the year (11). `opens_days`: how many days
    before the term, the vacation, the holiday or the given date the period opens (a term's default is the
    vacation before it, a vacation's the semester; a date's the adoption's start). `about`: a report on the
    period before is a cell of the period in which it is due and is named after the one reported on.
    `campaign` lasts as long as the order does; without a last day it is never due, like `once: true`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    day: Count | None = None
    week: Count | None = None
    month: Count | None = None
    quarter: One | None = None
    semester: One | None = None
    year: Count | None = None
    school_year: One | None = None
    before: Literal["term", "vacation", "holiday"] | None = None
    vacation: Literal["any", "summer", "winter"] | None = None
    night: One | None = None
    weekend_day: One | None = None
    shift: One | None = None
    once: Annotated[Literal[True] | date, BeforeValidator(_date_not_number)] | None = None
    campaign: One | None = None

    in_: Literal["first-month", "last-month"] | Month | None = Field(default=None, alias="in")
    opens_days: Annotated[int, Field(strict=True, ge=0)] | None = None
    about: Literal["this", "previous"] = "this"
    due: Due = Due()

    @property
    def kind(self) -> Kind:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def units(self) -> int:
        """How many units one period spans: 2 for `{week: 2}`."""
        count = getattr(self, self.kind)
        return count if isinstance(count, int) else 1

    @property
    def anchored(self) -> bool:
        """Does it count from the adoption's start?"""
        return self.units > 1 or self.once is True or self.campaign is not None

    @model_validator(mode="after")
    def _makes_sense(self) -> "Cadence":
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(
                f"周期须写且只写一种（{'、'.join(KINDS)}），现在写了 {'、'.join(given) or '零种'}"
            )
        kind = self.kind
        for fault, message in (
            (
                isinstance(self.in_, str) and kind != "quarter",
                "in 写第几个月（first-month）只能和 quarter 一起写",
            ),
            (
                isinstance(self.in_, int) and (kind != "year" or self.units > 1),
                "in 写月份（1到12）只能和 year: 1 一起写",
            ),
            (
                self.opens_days is not None and not (kind == "before" or isinstance(self.once, date)),
                "opens_days 只能和 before 或有日期的 once 一起写",
            ),
            (
                self.before == "holiday" and not self.opens_days,
                "before: holiday 须写 opens_days（提前几天开始）",
            ),
            (self.before and self.opens_days == 0, "before 的 opens_days 至少为 1"),
            (
                self.about == "previous"
                and (kind not in ("week", "month", "quarter", "year") or self.units > 1),
                "about: previous 只能和每周、每月、每季度、每年一起写",
            ),
            (
                isinstance(self.once, date) and self.due.anchors,
                "once 已写日期，due 只能再写 hour 和 roll",
            ),
            (self.due.hour and kind in ("night", "shift"), "夜间和班次自带时刻，due 不能写 hour"),
            (self.due.roll != "none" and kind in ("night", "shift"), "夜间和班次不顺延，due 不能写 roll"),
            (
                kind == "quarter" and not self.in_ and self.due.day,
                "每季度的 due 要写几号，须先用 in 指明是季度的第几个月",
            ),
            (
                self.due.month and (kind not in ("year", "school_year") or self.units > 1 or self.in_),
                "due 的 month 只能和 year: 1、school_year: 1 一起写，且不能再写 in",
            ),
            (
                kind in ("year", "school_year")
                and (self.due.day or self.due.month_end)
                and not (self.due.month or self.in_),
                "每年的 due 要写几号或月底，须用 due 的 month 指明是几月",
            ),
        ):
            if fault:
                raise ValueError(message)
        for anchor in self.due.anchors:
            if anchor not in DUE_ANCHORS[kind]:
                raise ValueError(f"{kind} 的 due 不能写 {anchor}")
        return self
