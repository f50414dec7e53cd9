"""From what a browser or device sends to the JSON body of an entry, with every error at its field."""

import re
from collections.abc import Mapping, Sequence

from huyuan.kernel.fields.reading import Unreadable, clean, read
from huyuan.kernel.fields.spec import REFERENCES, STORED, Field

Raw = Mapping[str, list[str]]
Body = dict[str, object]
Errors = dict[str, str]

DATUMS = ("WGS84", "GCJ02", "CGCS2000")


def parse(fields: Sequence[Field], raw: Raw) -> tuple[Body, Errors]:
    """The body and, for each field that can't be taken, a Chinese sentence.

    `raw` is as a browser posts it: every name with its list of values. Rows of a group are named
    "group.0.field", parts of a location "place.lat", "place.lng", "place.datum" and optionally
    "place.name". Unanswered fields are left out of the body, and so are hidden ones whatever was sent for
    them. Names that no field asks for are ignored.
    """
    return _parse(fields, raw, prefix="")


def _parse(fields: Sequence[Field], raw: Raw, prefix: str) -> tuple[Body, Errors]:
    body: Body = {}
    errors: Errors = {}
    for field in fields:
        if not is_shown(field, body):
            continue
        name = prefix + field.id
        try:
            value = _rows(field, raw, name, errors) if field.type == "group" else _answer(field, raw, name)
            if value in (None, [], ""):
                if field.required:
                    raise Unreadable(_missing(field))
            else:
                body[field.id] = value
        except Unreadable as unreadable:
            errors[name] = f"{field.label}：{unreadable}。"
    return body, errors


def is_shown(field: Field, body: Mapping[str, object]) -> bool:
    """Does the form ask this, given the answers before it? A hidden field is never required."""
    if field.show_if is None:
        return True
    value = body.get(field.show_if.field)
    wanted = field.show_if.equals
    return wanted in value if isinstance(value, list) else value == wanted


def _missing(field: Field) -> str:
    if field.type in ("photo", "file"):
        return "请至少上传一张照片" if field.type == "photo" else "请至少上传一个文件"
    if field.type == "signature":
        return "请签名"
    if field.type == "group":
        return "请至少填写一行"
    if field.type in ("yes_no", "choice", "choices", *REFERENCES):
        return "请选择"
    return "请填写"


def _answer(field: Field, raw: Raw, name: str) -> object:
    if field.type == "location":
        return _location(raw, name)
    given = [value for value in raw.get(name, []) if value.strip()]
    if field.type in ("choices", "photo", "file") or field.many:
        values = list(dict.fromkeys(read(field, value) for value in given))
        _check_count(field, len(values))
        return values
    if len(given) > 1:
        raise Unreadable("只能填一项，请保留一项")
    return read(field, given[0]) if given else None


def _check_count(field: Field, count: int) -> None:
    unit = {"choices": "项", "photo": "张", "group": "行"}.get(field.type, "个")
    if count and field.min is not None and count < field.min:
        raise Unreadable(f"至少{field.min:g}{unit}，现在{count}{unit}，请补充")
    bounded = field.max is not None or field.type in (*STORED, "group")
    if bounded and count > field.most:
        raise Unreadable(f"最多{field.most}{unit}，现在{count}{unit}，请减少")


def _location(raw: Raw, name: str) -> dict[str, object] | None:
    """A point with the datum it was measured in: a phone gives WGS84, Chinese web maps GCJ02. Where the
    device finds none, the name alone."""
    parts = {
        key: next(iter(raw.get(f"{name}.{key}", [])), "").strip() for key in ("lat", "lng", "datum", "name")
    }
    label = clean(parts["name"])
    if len(label) > 200:
        raise Unreadable("地点名称最多200字，请缩短")
    named: dict[str, object] = {"name": label} if label else {}
    if not parts["lat"] and not parts["lng"]:
        return named or None
    try:
        lat, lng = float(parts["lat"]), float(parts["lng"])
    except ValueError:
        raise Unreadable("请重新定位或在地图上点选") from None
    # Comparisons that NaN fails as well.
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        raise Unreadable("位置不对，请重新定位或在地图上点选")
    if parts["datum"] not in DATUMS:
        raise Unreadable(f"缺少坐标系，请重新定位（{'、'.join(DATUMS)}）")
    return {"lat": round(lat, 6), "lng": round(lng, 6), "datum": parts["datum"]} | named


def _rows(field: Field, raw: Raw, name: str, errors: Errors) -> list[Body]:
    """The rows that say anything, in the order of their numbers; a blank row is no row."""
    row_name = re.compile(re.escape(name) + r"\.(\d{1,4})\.")
    numbers = {
        int(match.group(1))
        for key, values in raw.items()
        if (match := row_name.match(key)) and any(value.strip() for value in values)
    }
    _check_count(field, len(numbers))
    rows = []
    for number in sorted(numbers):
        row, row_errors = _parse(field.fields, raw, f"{name}.{number}.")
        errors |= row_errors
        rows.append(row)
    return rows
