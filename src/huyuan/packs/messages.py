"""What pydantic finds wrong, said in Chinese and led back to the line: a literal table of its error types."""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from huyuan.packs.yamltext import Fault, Path

_DATE = "不是有效的日期，请写作 2026-09-01"
_MOMENT = "不是有效的时刻，请写作 2026-09-01 08:00"
_INT = "应为整数"
_LIST = "应为列表（每项前加 - ，或写在 [ ] 里）"
_GROUP = "应为“键: 值”的一组内容"
#: a name where a key should stand
_CHINESE = r"[\u4e00-\u9fff]"

#: pydantic's error type → our sentence; `{…}` are the error's own facts, `{input}` what was written
_SENTENCES: Mapping[str, str] = {
    "missing": "缺少 {key}",
    "string_type": "应为文字；像 2026.1 或 3.1 这样会读成数字的要加引号",
    "string_pattern_mismatch": "写法不对：{input}（应符合 {pattern}）",
    "string_too_short": "不能为空",
    "string_too_long": "太长，最多{max_length}个字",
    "int_type": _INT,
    "int_parsing": _INT,
    "int_from_float": _INT,
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "decimal_type": "应为数字",
    "decimal_parsing": "应为数字",
    "decimal_max_digits": "数字太长",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "union_tag_invalid": "{tag} 不在可选之列：{expected_tags}",
    "union_tag_not_found": "缺少 {discriminator}",
    "model_type": _GROUP,
    "model_attributes_type": _GROUP,
    "dict_type": _GROUP,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "too_short": "至少要有{min_length}项",
    "too_long": "最多{max_length}项",
    "greater_than": "应大于{gt}",
    "greater_than_equal": "不能小于{ge}",
    "less_than": "应小于{lt}",
    "less_than_equal": "不能大于{le}",
    "value_error": "{error}",
}


def explain(error: ValidationError, adapter: TypeAdapter[Any], lines: Mapping[Path, int]) -> Iterator[Fault]:
    """Every fault that pydantic found, at its line, in the order of the text.

    Where the schema allows several shapes pydantic complains about each; only the complaints about the shape
    that was most likely meant are kept.
    """
    shape = _Shape(adapter)
    found = [(*shape.locate(detail["loc"], lines), detail) for detail in error.errors(include_url=False)]
    for path, _branches, detail in _meant(found):
        yield Fault(_line(path, lines), _shown(path, detail), _sentence(detail, shape, path))


def _line(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of the value, or of the nearest thing around it that stands in the text."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _shown(path: Path, detail: ErrorDetails) -> Path:
    return (*path, str(detail["loc"][-1])) if detail["type"] == "missing" else path


def _sentence(detail: ErrorDetails, shape: "_Shape", path: Path) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(str(path[-1]), shape.keys(path[:-1]))
    if kind == "string_pattern_mismatch" and re.match(_CHINESE, str(detail["input"])):
        return f"这里写编号（小写英文字母和数字，用 - 或 . 连接），不写中文：{_short(detail['input'])}"
    sentence = _SENTENCES.get(kind)
    if sentence is None:
        return f"不符合要求：{detail['msg']}"
    facts = {"key": detail["loc"][-1] if detail["loc"] else "", "input": _short(detail["input"])}
    facts |= detail.get("ctx", {})
    if "expected" in facts:
        facts["expected"] = (
            re.sub(r",| or ", "、", str(facts["expected"])).replace("、 ", "、").replace("'", "")
        )
    if "expected_tags" in facts:
        facts["expected_tags"] = str(facts["expected_tags"]).replace("'", "").replace(", ", "、")
    return sentence.format_map(defaultdict(str, facts))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _unknown_key(key: str, known: set[str]) -> str:
    near = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.5)
    hint = f"是不是想写 {near[0]}？" if near else f"这里可以写：{'、'.join(sorted(known))}" if known else ""
    return f"不认识的键 {key}。{hint}"


_Found = tuple[Path, tuple[tuple[Path, str], ...], ErrorDetails]


def _meant(found: list[_Found]) -> Iterator[_Found]:
    """Leave out what belongs to the shapes that were not meant. A branch is (path of the value, name of the
    shape)."""
    by_branch: dict[tuple[Path, str], list[_Found]] = defaultdict(list)
    for one in found:
        for branch in one[1]:
            by_branch[branch].append(one)
    best: dict[Path, tuple[tuple[int, int, int], str]] = {}
    for (at, name), members in by_branch.items():
        wrong_type = sum(path == at and detail["type"] != "missing" for path, _, detail in members)
        strange = sum(detail["type"] == "extra_forbidden" for _, _, detail in members)
        score = ((wrong_type, strange, len(members)), name)
        if at not in best or score[0] < best[at][0]:
            best[at] = score
    for one in found:
        if all(best[at][1] == name for at, name in one[1]):
            yield one


class _Shape:
    """The JSON schema of an adapter: which keys may stand where, and which parts of a location are not keys
    at all."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self.root = adapter.json_schema(by_alias=True, mode="validation")

    def locate(
        self, loc: tuple[str | int, ...], lines: Mapping[Path, int]
    ) -> tuple[Path, tuple[tuple[Path, str], ...]]:
        """The path in the text, and the branches of unions that pydantic names on the way."""
        path: Path = ()
        tagged: Path | None = None
        branches = []
        for part in loc:
            if tagged != path and self._is_tag(path, part):
                tagged = path
                continue
            if (*path, part) in lines:
                path = (*path, part)
            elif part != "[key]" and part != loc[-1]:
                branches.append((path, str(part)))
            elif part == loc[-1] and isinstance(part, str) and part not in self.keys(path):
                branches.append((path, part))
        return path, tuple(branches)

    def keys(self, path: Path) -> set[str]:
        """Every key that may stand in the mapping at this path, in any of the shapes allowed there."""
        return {key for schema in self._at(path) for key in schema.get("properties", {})}

    def _is_tag(self, path: Path, part: str | int) -> bool:
        return any(part in tags for tags in self._tags(path))

    def _tags(self, path: Path) -> Iterator[Mapping[str, object]]:
        for schema in self._at(path, unions=True):
            yield schema.get("discriminator", {}).get("mapping", {})

    def _at(self, path: Path, *, unions: bool = False) -> list[dict[str, Any]]:
        found = list(self._shapes(self.root, unions))
        for part in path:
            found = [shape for schema in found for shape in self._inside(schema, part, unions)]
        return found

    def _inside(self, schema: dict[str, Any], part: str | int, unions: bool) -> Iterator[dict[str, Any]]:
        if isinstance(part, int):
            inner = schema.get("items")
        else:
            inner = schema.get("properties", {}).get(part, schema.get("additionalProperties"))
        if isinstance(inner, dict):
            yield from self._shapes(inner, unions)

    def _shapes(self, schema: dict[str, Any], unions: bool) -> Iterator[dict[str, Any]]:
        """A schema with its references and alternatives resolved; with `unions` the unions themselves too."""
        if "$ref" in schema:
            yield from self._shapes(self.root["$defs"][schema["$ref"].rpartition("/")[2]], unions)
            return
        alternatives = schema.get("anyOf") or schema.get("oneOf")
        if alternatives is None or unions:
            yield schema
        for alternative in alternatives or ():
            yield from self._shapes(alternative, unions)
