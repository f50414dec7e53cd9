"""Time limits of a clock: "within 3 days", "within 2 hours", "within 5 working days", or unstated."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from huyuan.kernel.calendar import Calendar
from huyuan.kernel.days import day_of, end_of

Count = Annotated[int, Field(strict=True, ge=1)]


class Limit(BaseModel):
    """`{days: n}`, `{hours: n}`, `{minutes: n}`, `{working_days: n}`, `{same_day: true}` or `unstated`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: Count | None = None
    hours: Count | None = None
    minutes: Count | None = None
    working_days: Count | None = None
    same_day: Literal[True] | None = None
    unstated: Literal[True] | None = None

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        return {"unstated": True} if value == "unstated" else value

    @model_validator(mode="after")
    def _exactly_one(self) -> "Limit":
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("时限只能写一种：days、hours、minutes、working_days、same_day 或 unstated")
        return self

    @property
    def includes_last_instant(self) -> bool:
        """Hours and minutes include the instant of their end; days end at 24:00, which is the next day."""
        return self.hours is not None or self.minutes is not None


UNSTATED = Limit(unstated=True)


def due_after(start: datetime, limit: Limit, calendar: Calendar) -> datetime | None:
    """The UTC instant at which a clock started at `start` runs out; None when the text states no time.

    The day on which the clock starts is not counted, and the nth day counts up to 24:00 (semantics: "within
    n days").
    """
    today = day_of(start)
    if limit.days is not None:
        return end_of(today + timedelta(days=limit.days))
    if limit.working_days is not None:
        return end_of(calendar.add_working_days(today, limit.working_days))
    if limit.same_day:
        return end_of(today)
    if limit.unstated:
        return None
    return start + timedelta(hours=limit.hours or 0, minutes=limit.minutes or 0)


def is_within(instant: datetime, start: datetime, limit: Limit, calendar: Calendar) -> bool:
    """Was it done in time? Whatever is done under an unstated limit is."""
    due_at = due_after(start, limit, calendar)
    if due_at is None:
        return True
    return instant <= due_at if limit.includes_last_instant else instant < due_at


def say(limit: Limit) -> str:
    """3天内, 2小时内, 30分钟内, 5个工作日内, 当天内, 未规定时限"""
    if limit.unstated:
        return "未规定时限"
    if limit.same_day:
        return "当天内"
    amounts = (
        (limit.days, "天"),
        (limit.hours, "小时"),
        (limit.minutes, "分钟"),
        (limit.working_days, "个工作日"),
    )
    return next(f"{amount}{unit}内" for amount, unit in amounts if amount is not None)
