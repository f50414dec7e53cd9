"""A cell as the text that somebody would have typed into the form, so that tables and forms are read by one
rule."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from huyuan.kernel.days import zh_date
from huyuan.kernel.fields import REFERENCES, Field
from huyuan.kernel.fields.reading import Unreadable
from huyuan.kernel.fields.showing import FORMULA_STARTS
from huyuan.kernel.sheets.book import Value
from huyuan.kernel.sheets.layout import Choices, Column

EPOCH = datetime(1899, 12, 30)
# Days as a worksheet numbers them, 2000 to 2099: a date whose cell lost its format.
DAYS = range(36526, 73051)
MOST_EXACT = 10**15
"""From here on a worksheet has rounded a number."""
# What people write where there is nothing to write; in an answer in words it is the answer.
NOTHING = ("/", "／", "\\", "-", "—", "——", "无")
WORDS = ("text", "long_text", "yes_no")
TICKS, CROSSES = ("√", "✓", "✔"), ("×", "✗", "✘", "╳")
SHOWN = 12
"""So many choices are named in a sentence."""


def texts(column: Column, value: Value) -> list[str]:
    """The cell as the texts that `kernel.fields.parse` takes for the column's field; none for an empty cell.
    Raises Unreadable."""
    if isinstance(value, str):
        value = _unescaped(value.strip())
        if not value or (value in NOTHING and column.field.type not in WORDS and not column.names(value)):
            return []
    if column.choices is not None:
        return _chosen(column.field, _as_text(value), column.choices)
    return [_READERS.get(column.field.type, _line)(value)]


def _unescaped(text: str) -> str:
    """Without the apostrophe that our own tables put before what would be a formula."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_STARTS) else text


def _as_text(value: Value) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case int() | float():
            if abs(value) >= MOST_EXACT:
                raise Unreadable("数字超过15位，表格已丢掉末尾几位，请把这一列设成“文本”后重新填")
            return format(Decimal(repr(value)).normalize(), "f")
        case datetime():
            return (
                f"{zh_date(value.date())} {value:%H:%M}"
                if value.time() != time.min
                else zh_date(value.date())
            )
        case date():
            return zh_date(value)
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            return f"{EPOCH + value:%H:%M}"
    return value


def _line(value: Value) -> str:
    """On one line: in a worksheet people break lines to make them fit."""
    return " ".join(_as_text(value).split("\n")) if isinstance(value, str) else _as_text(value)


def _number(value: Value) -> str:
    if isinstance(value, date | time | timedelta):
        raise Unreadable("这里要填数字，现在是日期或时刻，请改格式后重新填")
    return _as_text(value)


def _yes_no(value: Value) -> str:
    text = _as_text(value)
    return "是" if text in TICKS else "否" if text in CROSSES else text


def _date(value: Value) -> str:
    match value:
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case int() | float() if int(value) in DAYS:
            return (EPOCH + timedelta(days=int(value))).date().isoformat()
    return _as_text(value)


def _month(value: Value) -> str:
    return f"{value:%Y-%m}" if isinstance(value, date) else _as_text(value)


def _datetime(value: Value) -> str:
    match value:
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case int() | float() if int(value) in DAYS:
            return f"{EPOCH + timedelta(minutes=round(value * 24 * 60)):%Y-%m-%d %H:%M}"
        case date():
            raise Unreadable("只有日期，没有时刻，请补上，如 2026-10-01 07:30")
    return _as_text(value)


def _time(value: Value) -> str:
    match value:
        case bool():
            return _as_text(value)
        case datetime():
            return f"{value:%H:%M}"
        case int() | float() if 0 <= value < 1:
            return f"{EPOCH + timedelta(minutes=round(value * 24 * 60)):%H:%M}"
    return _as_text(value)


_READERS = {
    "long_text": _as_text,
    "number": _number,
    "people_count": _number,
    "yes_no": _yes_no,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "month": _month,
}


def _chosen(field: Field, text: str, choices: Choices) -> list[str]:
    """The values behind the names that the cell gives, several where several may be chosen."""
    several = field.type == "choices" or field.many
    found: list[str] = []
    for name in choices.apart(text) if several else [text]:
        meant = choices.behind.get(name, ())
        if not meant:
            raise Unreadable(_no_such(field, name, choices))
        if len(meant) > 1:
            raise Unreadable(f"有{len(meant)}个都叫“{name}”，表里分不清，请在网页上登记这一条")
        found += meant
    return found


def _no_such(field: Field, name: str, choices: Choices) -> str:
    if field.type == "person":
        return f"没有叫“{name}”的人，请核对姓名；新来的人先在“人员”里登记"
    if field.type in REFERENCES:
        return f"没有叫“{name}”的，请核对名称，或从模板的下拉列表里选"
    offered = "、".join(choices.names[:SHOWN])
    return f"没有“{name}”这一项，请从这些里选：{offered}{'等' if len(choices.names) > SHOWN else ''}"
