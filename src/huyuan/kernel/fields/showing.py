"""Stored answers as people read them and as a worksheet takes them."""

from collections.abc import Mapping
from datetime import date, datetime, time

from huyuan.kernel.days import SHANGHAI, zh_date
from huyuan.kernel.fields.spec import STORED, Field

Cell = str | int | float | date | datetime | time | None

# A worksheet runs a text that begins so, in full width too; tab and line ends hide the sign behind them.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def display(field: Field, value: object, names: Mapping[str, str] | None = None) -> str:
    """The answer as a Chinese text; "" when there is none.

    `names` gives the names behind the ids of people, places, organisations and events; an id without one
    shows as itself.
    """
    if value is None or value == []:
        return ""
    if field.type == "group" and isinstance(value, list):
        return "；".join(_row(field, row, names) for row in value)
    if field.type in STORED:
        count = len(value) if isinstance(value, list) else 1
        return {"photo": f"{count}张照片", "file": f"{count}个文件"}.get(field.type, "已签名")
    if isinstance(value, list):
        return "、".join(_single(field, item, names) for item in value)
    return _single(field, value, names)


def _row(field: Field, row: Mapping[str, object], names: Mapping[str, str] | None) -> str:
    return "，".join(
        f"{part.label}：{display(part, row[part.id], names)}" for part in field.fields if part.id in row
    )


def _single(field: Field, value: object, names: Mapping[str, str] | None) -> str:
    match field.type, value:
        case "yes_no", bool():
            return "是" if value else "否"
        case (("choice" | "choices"), str()):
            return next((option.label for option in field.options if option.value == value), value)
        case "date", str():
            return zh_date(date.fromisoformat(value))
        case "month", str():
            return f"{value[:4]}年{int(value[5:])}月"
        case "datetime", str():
            moment = datetime.fromisoformat(value).astimezone(SHANGHAI)
            return f"{zh_date(moment.date())} {moment:%H:%M}"
        case (("person" | "place" | "organisation" | "event"), str()):
            return (names or {}).get(value, value)
        case "number", (int() | float()):
            return f"{value:.{field.decimals}f}{field.unit}"
        case "people_count", int():
            return f"{value}人"
        case "location", {"lat": lat, "lng": lng, "datum": datum, **more}:
            point = f"{lat:.6f}，{lng:.6f}（{datum}）"
            return f"{more['name']} {point}" if "name" in more else point
        case "location", {"name": str(name)}:
            return name
        case _:
            return str(value)


def cell(field: Field, value: object, names: Mapping[str, str] | None = None) -> Cell:
    """The answer for a worksheet: numbers, dates and times as such (Shanghai, naive), else safe text."""
    match field.type, value:
        case _, None:
            return None
        case (("number" | "people_count"), (int() | float())):
            return value
        case "date", str():
            return date.fromisoformat(value)
        case "time", str():
            return time.fromisoformat(value)
        case "datetime", str():
            return datetime.fromisoformat(value).astimezone(SHANGHAI).replace(tzinfo=None)
        case _:
            return safe_text(display(field, value, names))


def safe_text(text: str) -> str:
    """The text, with an apostrophe before it where a worksheet would run it as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
