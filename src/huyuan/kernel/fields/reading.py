"""One answer as people type it: full-width digits, 2026年10月1日, 下午3点半. Errors say what to do."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from huyuan.kernel.days import SHANGHAI
from huyuan.kernel.fields.spec import LENGTH, Field, FieldType

Value = str | int | float | bool | list[str]

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_DIGITS_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?")
_TIME = re.compile(r"(上午|中午|下午|晚上)?\s*(\d{1,2})\s*[:点时]\s*(?:(\d{1,2})(?::\d{2})?\s*分?|(半)|整)?")
_NUMBER = re.compile(r"[-+]?(\d{1,15}|\d{1,3}(,\d{3}){1,4})(\.\d{1,12})?")
_REFERENCE = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,79}")
_YES, _NO = ("true", "yes", "on", "1", "是", "有"), ("false", "no", "off", "0", "否", "无")
# Marks that reorder what is shown, so that a name reads differently from what is stored.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Unreadable(Exception):
    """Why an answer can't be taken, as a Chinese sentence for the person who gave it."""


def clean(raw: str, *, lines: bool = False) -> str:
    """The text without surrounding blanks; line ends become \\n where `lines` are allowed.

    Raises Unreadable for NUL, other control characters, lone surrogates and marks that reorder text.
    """
    text = raw.replace("\r\n", "\n").replace("\r", "\n").strip() if lines else raw.strip()
    for character in text:
        if lines and character in "\n\t":
            continue
        if character in _REORDERING or unicodedata.category(character) in ("Cc", "Cs"):
            raise Unreadable("含有看不见的控制字符，请删去后重新输入")
    return text


def read(field: Field, raw: str) -> Value:
    """One non-empty answer as a JSON value. Raises Unreadable."""
    return _READERS[field.type](field, raw)


def _text(field: Field, raw: str) -> str:
    text = clean(raw, lines=field.type == "long_text")
    limit = field.max_length or LENGTH[field.type]
    if len(text) > limit:
        raise Unreadable(f"最多{limit}字，现在{len(text)}字，请缩短")
    return text


def _plain(raw: str) -> str:
    """Full-width digits and punctuation as plain ones."""
    return unicodedata.normalize("NFKC", clean(raw)).strip()


def _number(field: Field, raw: str) -> int | float:
    plain = _plain(raw)
    unit = unicodedata.normalize("NFKC", "人" if field.type == "people_count" else field.unit)
    plain = plain.removesuffix(unit).rstrip()
    if not _NUMBER.fullmatch(plain):
        raise Unreadable("请只填数字，如 12")
    number = Decimal(plain.replace(",", ""))
    if number != round(number, field.decimals):
        raise Unreadable("请填整数" if field.decimals == 0 else f"最多{field.decimals}位小数")
    least = 0 if field.type == "people_count" and field.min is None else field.min
    if least is not None and number < Decimal(str(least)):
        raise Unreadable(f"不能小于{least:g}{unit}，请核对")
    if field.max is not None and number > Decimal(str(field.max)):
        raise Unreadable(f"不能大于{field.max:g}{unit}，请核对")
    return float(number) if field.decimals else int(number)


def _yes_no(_: Field, raw: str) -> bool:
    plain = _plain(raw).lower()
    if plain not in _YES + _NO:
        raise Unreadable("请选“是”或“否”")
    return plain in _YES


def _choice(field: Field, raw: str) -> str:
    for option in field.options:
        if raw.strip() in (option.value, option.label):
            return option.value
    raise Unreadable("请从列出的选项中选择")


def read_date(raw: str) -> date:
    """2026-10-01, 2026/10/1, 2026.10.1, 20261001, 2026年10月1日, in full or half width."""
    plain = _plain(raw)
    match = _DATE.fullmatch(plain) or _DIGITS_DATE.fullmatch(plain)
    if not match:
        raise Unreadable("请填写完整日期，如 2026-10-01")
    return _date_of(*match.groups())


def _date_of(year: str, month: str, day: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise Unreadable("没有这一天，请核对年月日") from None
    if not 1900 <= found.year <= 2200:
        raise Unreadable("年份不对，请核对")
    return found


def read_time(raw: str) -> time:
    """07:30, 7：30, 7点半, 下午3点, 15时20分."""
    match = _TIME.fullmatch(_plain(raw))
    if not match:
        raise Unreadable("请填写时刻，如 07:30")
    part, hour_text, minute, half = match.groups()
    hour = int(hour_text)
    if part in ("下午", "晚上") and hour < 12:
        hour += 12
    try:
        return time(hour, 30 if half else int(minute or 0))
    except ValueError:
        raise Unreadable("没有这个时刻，请核对，如 07:30") from None


def _datetime(_: Field, raw: str) -> str:
    plain = _plain(raw)
    match = _DATE.match(plain) or _DIGITS_DATE.match(plain)
    rest = plain[match.end() :].lstrip("T ") if match else ""
    if not match or not rest:
        raise Unreadable("请填写日期和时刻，如 2026-10-01 07:30")
    rest = rest.removesuffix("+08:00")
    moment = datetime.combine(_date_of(*match.groups()), read_time(rest), SHANGHAI)
    return moment.isoformat(timespec="minutes")


def read_month(raw: str) -> date:
    """2026-10, 2026/10, 202610, 2026年10月: the first day of that month."""
    match = _MONTH.fullmatch(_plain(raw))
    if not match:
        raise Unreadable("请填写年份和月份，如 2026-10")
    year, month = match.groups()
    if not 1 <= int(month) <= 12:
        raise Unreadable("没有这个月，请核对")
    return _date_of(year, month, "1")


def _reference(_: Field, raw: str) -> str:
    if not _REFERENCE.fullmatch(raw.strip()):
        raise Unreadable("请重新选择")
    return raw.strip()


_READERS: Mapping[FieldType, Callable[[Field, str], Value]] = {
    "text": _text,
    "long_text": _text,
    "number": _number,
    "people_count": _number,
    "yes_no": _yes_no,
    "choice": _choice,
    "choices": _choice,
    "date": lambda _, raw: read_date(raw).isoformat(),
    "time": lambda _, raw: read_time(raw).isoformat("minutes"),
    "datetime": _datetime,
    "month": lambda _, raw: f"{read_month(raw):%Y-%m}",
    "person": _reference,
    "place": _reference,
    "organisation": _reference,
    "event": _reference,
    "photo": _reference,
    "file": _reference,
    "signature": _reference,
}
