import json
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from huyuan.kernel.fields import Field, cell, display, faults, parse, safe_text


def field(type: str, /, **more: Any) -> Field:
    return Field.model_validate({"id": "x", "label": "内容", "type": type} | more)


LEVELS = {"options": [{"value": "minor", "label": "一般"}, {"value": "major", "label": "重大"}]}


@pytest.mark.parametrize(
    ("asked", "given", "stored"),
    [
        (field("text"), "  东门 ", "东门"),
        (field("long_text"), "一\r\n二", "一\n二"),
        (field("number"), "１２", 12),
        (field("number"), "1,200", 1200),
        (field("number", unit="米"), "12 米", 12),
        (field("number", decimals=2), "-3.50", -3.5),
        (field("people_count"), "０", 0),
        (field("yes_no"), "是", True),
        (field("yes_no"), "no", False),
        (field("choice", **LEVELS), "重大", "major"),
        (field("choice", **LEVELS), "minor", "minor"),
        (field("date"), "２０２６-10-01", "2026-10-01"),
        (field("date"), "2026年10月1日", "2026-10-01"),
        (field("date"), "2026.10.1", "2026-10-01"),
        (field("date"), "20261001", "2026-10-01"),
        (field("time"), "7：30", "07:30"),
        (field("time"), "下午3点半", "15:30"),
        (field("time"), "12点", "12:00"),
        (field("people_count"), "３ 人", 3),
        (field("datetime"), "2026-10-01T07:30", "2026-10-01T07:30+08:00"),
        (field("datetime"), "2026年10月1日 下午3点", "2026-10-01T15:00+08:00"),
        (field("month"), "２０２６年9月", "2026-09"),
        (field("month"), "2026-09", "2026-09"),
        (field("month"), "202609", "2026-09"),
        (field("person"), "0199a5c0-0000-7000-8000-000000000001", "0199a5c0-0000-7000-8000-000000000001"),
        (
            field("event", of=["hazard.found"]),
            "0199a5c0-0000-7000-8000-000000000001",
            "0199a5c0-0000-7000-8000-000000000001",
        ),
        (field("signature"), "a" * 64, "a" * 64),
    ],
)
def test_answers_are_read_as_people_write_them(asked: Field, given: str, stored: object) -> None:
    assert parse([asked], {"x": [given]}) == ({"x": stored}, {})


@pytest.mark.parametrize(
    ("asked", "given", "error"),
    [
        (field("text", required=True), " ", "内容：请填写。"),
        (field("text", max_length=3), "四个字呢", "内容：最多3字，现在4字，请缩短。"),
        (field("text"), "字" * 201, "内容：最多200字，现在201字，请缩短。"),
        (field("text"), "a\x00b", "内容：含有看不见的控制字符，请删去后重新输入。"),
        (field("text"), "两\n行", "内容：含有看不见的控制字符，请删去后重新输入。"),
        (field("text"), "\u202egnp.exe", "内容：含有看不见的控制字符，请删去后重新输入。"),
        (field("long_text"), "\ud800", "内容：含有看不见的控制字符，请删去后重新输入。"),
        (field("number"), "十二", "内容：请只填数字，如 12。"),
        (field("number"), "1,2", "内容：请只填数字，如 12。"),
        (field("number"), "NaN", "内容：请只填数字，如 12。"),
        (field("number"), "9" * 400, "内容：请只填数字，如 12。"),
        (field("number"), "1.5", "内容：请填整数。"),
        (field("number", decimals=1), "1.25", "内容：最多1位小数。"),
        (field("number", min=1, unit="米"), "0", "内容：不能小于1米，请核对。"),
        (field("number", max=20), "21", "内容：不能大于20，请核对。"),
        (field("people_count"), "-1", "内容：不能小于0人，请核对。"),
        (field("yes_no"), "也许", "内容：请选“是”或“否”。"),
        (field("choice", **LEVELS), "特大", "内容：请从列出的选项中选择。"),
        (field("date"), "10月1日", "内容：请填写完整日期，如 2026-10-01。"),
        (field("date"), "2026-02-30", "内容：没有这一天，请核对年月日。"),
        (field("date"), "0026-10-01", "内容：年份不对，请核对。"),
        (field("time"), "25:00", "内容：没有这个时刻，请核对，如 07:30。"),
        (field("time"), "早上", "内容：请填写时刻，如 07:30。"),
        (field("datetime"), "2026-10-01", "内容：请填写日期和时刻，如 2026-10-01 07:30。"),
        (field("month"), "9月", "内容：请填写年份和月份，如 2026-10。"),
        (field("month"), "2026-13", "内容：没有这个月，请核对。"),
        (field("person"), "<script>", "内容：请重新选择。"),
        (field("photo"), "../../etc/passwd", "内容：请重新选择。"),
        (field("photo", required=True), "", "内容：请至少上传一张照片。"),
        (field("signature", required=True), "", "内容：请签名。"),
        (field("choice", required=True, **LEVELS), "", "内容：请选择。"),
    ],
)
def test_errors_say_what_to_do(asked: Field, given: str, error: str) -> None:
    assert parse([asked], {"x": [given]}) == ({}, {"x": error})


def test_nothing_answered_is_left_out_of_the_body() -> None:
    asked = [
        field("text"),
        field("choices", id="y", **LEVELS),
        field("photo", id="z"),
        field("location", id="l"),
    ]
    assert parse(asked, {"x": [""], "y": [], "other": ["ignored"]}) == ({}, {})


def test_several_answers_only_where_several_are_asked_for() -> None:
    assert parse([field("choices", **LEVELS)], {"x": ["major", "minor", "major"]}) == (
        {"x": ["major", "minor"]},
        {},
    )
    assert parse([field("person", many=True)], {"x": ["p1", "p2"]})[0] == {"x": ["p1", "p2"]}
    assert parse([field("text")], {"x": ["一", "二"]})[1] == {"x": "内容：只能填一项，请保留一项。"}
    photos = {"x": [f"f{number}" for number in range(10)]}
    assert parse([field("photo")], photos)[1] == {"x": "内容：最多9张，现在10张，请减少。"}
    assert parse([field("photo", min=2)], {"x": ["f1"]})[1] == {"x": "内容：至少2张，现在1张，请补充。"}


def test_a_place_on_the_map_keeps_its_datum() -> None:
    point = {"x.lat": ["31.2304161"], "x.lng": ["121.473701"], "x.datum": ["GCJ02"], "x.name": ["东门"]}
    body, errors = parse([field("location")], point)
    assert (body, errors) == (
        {"x": {"lat": 31.230416, "lng": 121.473701, "datum": "GCJ02", "name": "东门"}},
        {},
    )
    for part, wrong, words in (
        ("x.datum", "", "缺少坐标系"),
        ("x.lat", "91", "位置不对"),
        ("x.lat", "nan", "位置不对"),
        ("x.lng", "东", "请重新定位"),
        ("x.name", "长" * 201, "最多200字"),
    ):
        assert words in parse([field("location")], point | {part: [wrong]})[1]["x"]
    assert parse([field("location", required=True)], {})[1] == {"x": "内容：请填写。"}


@pytest.mark.parametrize("required", [True, False])
def test_a_place_that_was_only_named_is_kept(required: bool) -> None:
    """A phone that finds no satellite: the datum is preselected, the coordinates stay empty."""
    named = {"x.lat": [""], "x.lng": [" "], "x.datum": ["WGS84"], "x.name": [" 东门外便道 "]}
    assert parse([field("location", required=required)], named) == ({"x": {"name": "东门外便道"}}, {})
    half = named | {"x.lat": ["31.23"]}
    assert "请重新定位" in parse([field("location")], half)[1]["x"]
    assert "最多200字" in parse([field("location")], named | {"x.name": ["长" * 201]})[1]["x"]


ROWS = field(
    "group",
    fields=[
        {"id": "what", "label": "隐患", "type": "text", "required": True},
        {"id": "major", "label": "重大", "type": "yes_no"},
        {
            "id": "why",
            "label": "原因",
            "type": "text",
            "required": True,
            "show_if": {"field": "major", "equals": True},
        },
    ],
)


def test_rows_of_a_group_are_read_in_order_and_blank_ones_dropped() -> None:
    raw = {
        "x.10.what": ["后"],
        "x.2.what": ["先"],
        "x.2.major": ["no"],
        "x.5.what": [" "],
        "x.99999.what": ["太多"],
    }
    assert parse([ROWS], raw) == ({"x": [{"what": "先", "major": False}, {"what": "后"}]}, {})


def test_errors_in_a_row_stand_at_the_rows_field() -> None:
    raw = {"x.0.what": ["灭火器"], "x.0.major": ["yes"], "x.1.major": ["no"]}
    assert parse([ROWS], raw)[1] == {"x.0.why": "原因：请填写。", "x.1.what": "隐患：请填写。"}
    assert parse([field("group", required=True, fields=[{"id": "a", "label": "甲", "type": "text"}])], {})[
        1
    ] == {"x": "内容：请至少填写一行。"}
    many = {f"x.{number}.what": ["灯"] for number in range(201)}
    assert parse([ROWS], many)[1] == {"x": "内容：最多200行，现在201行，请减少。"}


def test_a_hidden_field_is_neither_required_nor_kept() -> None:
    asked = [
        field("yes_no"),
        field("text", id="why", label="原因", required=True, show_if={"field": "x", "equals": True}),
    ]
    assert parse(asked, {"x": ["no"], "why": ["偷偷写的"]}) == ({"x": False}, {})
    assert parse(asked, {"x": ["yes"]}) == ({"x": True}, {"why": "原因：请填写。"})
    several = [field("choices", **LEVELS), field("text", id="y", show_if={"field": "x", "equals": "major"})]
    assert parse(several, {"x": ["minor", "major"], "y": ["有"]})[0]["y"] == "有"
    assert "y" not in parse(several, {"x": ["minor"], "y": ["有"]})[0]


TWO_ROWS = "隐患：灯，重大：是；隐患：门"


@pytest.mark.parametrize(
    ("asked", "stored", "shown", "in_sheet"),
    [
        (field("text"), "=1+1", "=1+1", "'=1+1"),
        (field("number", decimals=1, unit="米"), 3.5, "3.5米", 3.5),
        (field("number", unit="米"), 0, "0米", 0),
        (field("people_count"), 12, "12人", 12),
        (field("yes_no"), False, "否", "否"),
        (field("choice", **LEVELS), "major", "重大", "重大"),
        (field("choice", **LEVELS), "retired", "retired", "retired"),  # dropped by a later version
        (field("choices", **LEVELS), ["minor", "major"], "一般、重大", "一般、重大"),
        (field("date"), "2026-10-01", "2026年10月1日", date(2026, 10, 1)),
        (field("time"), "07:30", "07:30", time(7, 30)),
        (field("datetime"), "2026-09-30T23:30+00:00", "2026年10月1日 07:30", datetime(2026, 10, 1, 7, 30)),
        (field("month"), "2026-09", "2026年9月", "2026年9月"),
        (field("person"), "p1", "安全主任", "安全主任"),
        (field("organisation", many=True), ["p1", "p2"], "安全主任、p2", "安全主任、p2"),
        (field("photo"), ["a", "b"], "2张照片", "2张照片"),
        (field("file"), ["a"], "1个文件", "1个文件"),
        (field("signature"), "a", "已签名", "已签名"),
        (ROWS, [{"what": "灯", "major": True}, {"what": "门"}], TWO_ROWS, TWO_ROWS),
        (
            field("location"),
            {"lat": 31.23, "lng": 121.47, "datum": "WGS84", "name": "东门"},
            "东门 31.230000，121.470000（WGS84）",
            "东门 31.230000，121.470000（WGS84）",
        ),
        (field("location"), {"name": "=东门"}, "=东门", "'=东门"),
        (field("text"), None, "", None),
        (field("choices", **LEVELS), [], "", ""),
    ],
)
def test_answers_as_people_and_worksheets_see_them(
    asked: Field, stored: object, shown: str, in_sheet: object
) -> None:
    names = {"p1": "安全主任"}
    assert display(asked, stored, names) == shown
    assert cell(asked, stored, names) == in_sheet


@pytest.mark.parametrize("start", list("=+-@\t\r\n＝＋－＠"))
def test_no_text_becomes_a_formula(start: str) -> None:
    assert safe_text(f"{start}cmd") == f"'{start}cmd"
    assert safe_text(f"安全{start}") == f"安全{start}"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"id": "X", "label": "甲", "type": "text"}, "pattern"),
        ({"id": "x", "label": "", "type": "text"}, "at least 1"),
        ({"id": "x", "label": "甲", "type": "colour"}, "Input should be"),
        ({"id": "x", "label": "甲", "type": "text", "colour": "red"}, "Extra inputs"),
        ({"id": "x", "label": "甲", "type": "text", "unit": "米"}, "text 不能写 unit"),
        ({"id": "x", "label": "甲", "type": "choice"}, "须写 options"),
        ({"id": "x", "label": "甲", "type": "choice", "options": ["一", "一"]}, "重复"),
        ({"id": "x", "label": "甲", "type": "number", "min": 3, "max": 2}, "min 大于 max"),
        ({"id": "x", "label": "甲", "type": "group"}, "须写 fields"),
        (
            {"id": "x", "label": "甲", "type": "group", "fields": [ROWS.model_dump(exclude_unset=True)]},
            "不能再有分组",
        ),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_with_a_reason(raw: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Field.model_validate(raw)


def test_faults_between_fields_are_named() -> None:
    assert faults([field("yes_no"), ROWS.model_copy(update={"id": "y"})]) == []
    assert faults([field("text"), field("date")]) == ["字段 x 重复，请改名"]
    ahead = field("text", show_if={"field": "y", "equals": "是"})
    assert faults([ahead, field("text", id="y")]) == ["字段 x 的 show_if 引用了 y，须引用排在它前面的字段"]
    never = field("text", id="y", show_if={"field": "x", "equals": "特大"})
    assert faults([field("choice", **LEVELS), never]) == ["字段 y 的 show_if：x 不会等于 特大"]


EVERYTHING = [
    field(type, id=type, **more)
    for type, more in (
        ("text", {}),
        ("long_text", {}),
        ("number", {"decimals": 3}),
        ("people_count", {}),
        ("yes_no", {}),
        ("choice", LEVELS),
        ("choices", LEVELS),
        ("date", {}),
        ("time", {}),
        ("datetime", {}),
        ("month", {}),
        ("person", {}),
        ("photo", {}),
    )
]
NASTY = "0129０９年月日点半分上下午:：.,，+-=＝@/ TZ是否a字<>\x00\x1f\u202e\ud800\u00a0\t\r\n"
TYPED = st.text(st.sampled_from(NASTY), max_size=14)


@given(st.sampled_from(EVERYTHING), st.lists(TYPED, max_size=2))
@example(EVERYTHING[0], ["=cmd"])
def test_whatever_is_sent_is_stored_readably_or_answered_with_a_sentence(
    asked: Field, given: list[str]
) -> None:
    body, errors = parse([asked], {asked.id: given})
    assert not body.keys() & errors.keys()
    assert all(error.endswith("。") for error in errors.values())
    json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    assert display(asked, body.get(asked.id)) or not body
    in_sheet = cell(asked, body.get(asked.id))
    assert not (isinstance(in_sheet, str) and in_sheet.startswith(("=", "+", "-", "@", "＝")))


@given(st.sampled_from(EVERYTHING), TYPED)
def test_what_was_stored_reads_back_as_itself(asked: Field, given: str) -> None:
    body, _ = parse([asked], {asked.id: [given]})
    stored = body.get(asked.id, [])
    again = [_typed(value) for value in (stored if isinstance(stored, list) else [stored])]
    assert parse([asked], {asked.id: again}) == (body, {})


def _typed(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
