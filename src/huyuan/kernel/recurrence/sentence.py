"""A cadence as a Chinese sentence."""

from collections.abc import Mapping
from datetime import date

from huyuan.kernel.days import WEEKDAYS, zh_date
from huyuan.kernel.recurrence.grammar import Cadence, Kind

_EVERY_ZH: Mapping[Kind, tuple[str, str]] = {
    "day": ("每天", "每{}天"),
    "week": ("每周", "每{}周"),
    "month": ("每月", "每{}个月"),
    "quarter": ("每季度", ""),
    "semester": ("每学期", ""),
    "year": ("每年", "每{}年"),
    "school_year": ("每学年", ""),
    "night": ("每晚", ""),
    "weekend_day": ("周末每天", ""),
    "shift": ("每班", ""),
    "campaign": ("行动期间", ""),
}
_BEFORE_ZH = {"term": "每学期开学前", "vacation": "每次寒暑假前", "holiday": "每次放假前"}
_IN_ZH = {"first-month": "第一个月", "last-month": "最后一个月"}
_VACATION_ZH = {"any": "每个寒暑假", "summer": "每年暑假", "winter": "每年寒假"}


def say(cadence: Cadence, times: int = 1) -> str:
    """每周1次, 每月28日前（含当日）, 每季度最后一个月, 每学期2次. A date goes without 1次."""
    due, hour = cadence.due, cadence.due.hour or ""
    parts = [_when(cadence)]
    inclusive = "" if hour else "（含当日）"
    if due.day is not None:
        parts.append(f"{due.day}日{hour}前{inclusive}")
    elif due.month_end:
        named = due.month or isinstance(cadence.in_, int)  # 每年11月底, 每月月底
        parts.append(f"{'' if named else '月'}底{hour}前{inclusive}")
    elif due.weekday is not None:
        week = "" if cadence.units == 1 else "的周"  # 每周五, 每2周的周五
        parts.append(f"{week}{WEEKDAYS[due.weekday - 1]}{hour}前{inclusive}")
    elif due.days_after_start is not None:
        parts.append(f"开始后{due.days_after_start}天内")
    elif due.working_days_after_start is not None:
        parts.append(f"开始后{due.working_days_after_start}个工作日内")
    elif hour and not cadence.before and cadence.once is None:
        parts.append(f"{hour}前")
    says_enough = bool(
        due.anchors or hour or cadence.in_ or cadence.before or cadence.vacation or cadence.once
    )
    if times > 1 or not says_enough:
        parts.append(f"{times}次")
    if due.roll == "next-workday":
        parts.append("，遇非工作日顺延")
    return "".join(parts)


def _when(cadence: Cadence) -> str:
    if cadence.before:
        opens = f"{cadence.opens_days}天内" if cadence.opens_days else ""
        return _BEFORE_ZH[cadence.before] + opens
    if cadence.vacation:
        return _VACATION_ZH[cadence.vacation]
    if isinstance(cadence.once, date):
        hour = cadence.due.hour
        return f"{zh_date(cadence.once)}{hour}前" if hour else f"{zh_date(cadence.once)}前（含当日）"
    if cadence.once:
        return "一次性" if not cadence.due.anchors else ""
    one, several = _EVERY_ZH[cadence.kind]
    every = one if cadence.units == 1 else several.format(cadence.units)
    month = cadence.due.month or cadence.in_
    return every + (f"{month}月" if isinstance(month, int) else _IN_ZH[month] if month else "")
