"""Days are those of Asia/Shanghai, instants are UTC; this is the only place where one becomes the other.

A day ends at 24:00, which is the first instant of the next day and no longer belongs to it.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
WEEKDAYS = "一二三四五六日"


def day_of(instant: datetime) -> date:
    """The day in Shanghai on which an aware `instant` lies; 00:00:00 belongs to the new day."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """00:00 of `day` as a UTC instant."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def end_of(day: date) -> datetime:
    """24:00 of `day` as a UTC instant."""
    return start_of(day + ONE_DAY)


def at(day: date, clock: str) -> datetime:
    """The UTC instant of `clock` ("07:30", up to "24:00") on `day`."""
    if clock == "24:00":
        return end_of(day)
    return datetime.combine(day, time.fromisoformat(clock), SHANGHAI).astimezone(UTC)


def last_day(end: datetime) -> date:
    """The last day of what ends at the half-open instant `end`: 24:00 of the 28th gives the 28th."""
    return day_of(end - timedelta(microseconds=1))


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included; empty when `last` lies before `first`."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def zh_date(day: date) -> str:
    """2026年10月28日"""
    return f"{day.year}年{day.month}月{day.day}日"


def zh_day(day: date) -> str:
    """10月28日（周三）"""
    return f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def zh_span(first: date, last: date) -> str:
    """10月5日—10月11日; a single day is named once."""
    if first == last:
        return f"{first.month}月{first.day}日"
    return f"{first.month}月{first.day}日—{last.month}月{last.day}日"


def zh_distance(day: date, today: date) -> str:
    """今天, 明天, 还剩2天, 已过3天"""
    ahead = (day - today).days
    if ahead < 0:
        return f"已过{-ahead}天"
    return {0: "今天", 1: "明天"}.get(ahead, f"还剩{ahead}天")


def zh_duration(length: timedelta) -> str:
    """40分钟, 3小时, 2天: in whole ones, and in the larger unit where there are two of it."""
    minutes = length // timedelta(minutes=1)
    if minutes < 120:
        return f"{minutes}分钟"
    return f"{minutes // 60}小时" if minutes < 48 * 60 else f"{minutes // (24 * 60)}天"


def zh_deadline(due_at: datetime, now: datetime) -> str:
    """10月28日（周三）前，还剩2天; with the hour unless it is 24:00, with the year unless it is this one."""
    day, today = last_day(due_at), day_of(now)
    year = "" if day.year == today.year else f"{day.year}年"
    hour = "" if due_at == end_of(day) else f"{due_at.astimezone(SHANGHAI):%H:%M}"
    # On its own day a due with an hour may already be over although no day has passed.
    distance = "今天已过" if due_at <= now and day == today else zh_distance(day, today)
    return f"{year}{zh_day(day)}{hour}前，{distance}"
