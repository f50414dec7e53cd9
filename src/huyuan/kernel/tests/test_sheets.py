"""Tables as people really send them: every way of writing a value, and every way of spoiling a file."""

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field
from huyuan.kernel.sheets import Finding, Layout, Reading, read, write_template
from huyuan.kernel.sheets.reading import MOST_LINES
from huyuan.kernel.tests.workbooks import csv, workbook


def field(**spec: Any) -> Field:
    return Field.model_validate(spec)


FIELDS = (
    field(id="day", label="检查日期", type="date", required=True),
    field(id="spots", label="部位", type="choices", required=True, options=[
        {"value": "gate", "label": "校门"}, {"value": "canteen", "label": "食堂"},
        {"value": "dormitory", "label": "学生宿舍、公寓"}]),
    field(id="people", label="人数", type="people_count"),
    field(id="hours", label="用时", type="number", decimals=1, unit="小时"),
    field(id="at", label="开始时刻", type="time"),
    field(id="met_at", label="会商时间", type="datetime"),
    field(id="joint", label="是否联合", type="yes_no"),
    field(id="partner", label="联合单位", type="organisation", many=True, required=True,
          show_if={"field": "joint", "equals": True}),
    field(id="leader", label="带队", type="person"),
    field(id="note", label="说明", type="long_text", hint="没有写“无”。"),
    field(id="topic", label="主题", type="text", max_length=20),
    field(id="where", label="地点", type="location"),
    field(id="photo", label="照片", type="photo", required=True),
)  # fmt: skip
LAYOUT = Layout(
    "安全检查",
    FIELDS,
    offered={
        "partner": [("o1", "城关派出所"), ("o2", "市场监管所")],
        "leader": [("p1", "甲"), ("p2", "乙"), ("p3", "乙")],
    },
    also={"note": ("备注说明",)},
)
GROUPED = Layout(
    "隐患排查",
    (
        field(id="day", label="排查日期", type="date", required=True),
        field(id="note", label="说明", type="text"),
        field(id="hazards", label="隐患", type="group", fields=[
            {"id": "what", "label": "情况", "type": "text", "required": True},
            {"id": "note", "label": "说明", "type": "text"},
            {"id": "picture", "label": "照片", "type": "photo"}]),
    ),
)  # fmt: skip
HEAD = ("检查日期", "部位")


def bodies(reading: Reading) -> list[dict[str, object]]:
    assert not reading.stopped, reading.findings
    return [record.body for record in reading.records]


def stops(reading: Reading) -> list[tuple[int, str, str]]:
    assert reading.stopped
    return [(one.line, one.column, one.text) for one in reading.findings if one.stops]


def one(heading: str, value: object, layout: Layout = LAYOUT) -> Reading:
    """A table of one row, with what is always required and one more column."""
    return read(workbook([(*HEAD, heading), (date(2026, 3, 2), "校门", value)]), layout)


@pytest.mark.parametrize(
    ("heading", "value", "key", "read_as"),
    [
        ("人数", 3, "people", 3),
        ("人数（人）*", "３人", "people", 3),
        ("人 数", 3.0, "people", 3),
        ("用时", 1.5, "hours", 1.5),
        ("用时 (小时)", "1.5小时", "hours", 1.5),
        ("开始时刻", time(7, 30), "at", "07:30"),
        ("开始时刻", "下午3点半", "at", "15:30"),
        ("开始时刻", 0.3125, "at", "07:30"),
        ("开始时刻", datetime(2026, 3, 2, 7, 30), "at", "07:30"),
        ("会商时间", datetime(2026, 3, 2, 7, 30), "met_at", "2026-03-02T07:30+08:00"),
        ("会商时间", datetime(2026, 3, 2), "met_at", "2026-03-02T00:00+08:00"),
        ("会商时间", "2026年3月2日 7:30", "met_at", "2026-03-02T07:30+08:00"),
        ("会商时间", 46083.3125, "met_at", "2026-03-02T07:30+08:00"),
        ("是否联合", False, "joint", False),
        ("是否联合", "√", "note", None),
        ("带队", "甲", "leader", "p1"),
        ("带队", "/", "leader", None),
        ("备注说明", "第一行\n第二行", "note", "第一行\n第二行"),
        ("主题", "第一行\n第二行", "topic", "第一行 第二行"),
        ("主题", 13800000000, "topic", "13800000000"),
        ("主题", 2.5, "topic", "2.5"),
        ("主题", date(2026, 3, 2), "topic", "2026年3月2日"),
        ("主题", "'=1+1", "topic", "=1+1"),
        ("主题", "无", "topic", "无"),
        ("地点", "东门外", "where", {"name": "东门外"}),
    ],
)
def test_a_value_is_read_however_it_is_written(
    heading: str, value: object, key: str, read_as: object
) -> None:
    reading = one(heading, value)
    if heading == "是否联合" and value == "√":
        assert stops(reading) == [(2, "联合单位", "请选择。")]
    else:
        assert bodies(reading)[0].get(key) == read_as


@pytest.mark.parametrize(
    "value",
    [
        date(2026, 3, 2),
        datetime(2026, 3, 2, 9, 5),
        "2026-03-02",
        "2026.3.2",
        "2026年3月2日",
        "２０２６/３/２",
        46083,
        20260302,
    ],
)
def test_a_day_is_read_however_it_is_written(value: object) -> None:
    assert bodies(read(workbook([HEAD, (value, "校门")]), LAYOUT)) == [
        {"day": "2026-03-02", "spots": ["gate"]}
    ]


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("校门、食堂", ["gate", "canteen"]),
        ("食堂,校门；", ["canteen", "gate"]),
        ("gate", ["gate"]),
        ("学生宿舍、公寓", ["dormitory"]),
        ("校门、学生宿舍、公寓、食堂", ["gate", "dormitory", "canteen"]),
        ("校门\n食堂", ["gate", "canteen"]),
    ],
)
def test_several_choices_stand_in_one_cell(text: str, read_as: list[str]) -> None:
    assert bodies(read(workbook([HEAD, (date(2026, 3, 2), text)]), LAYOUT))[0]["spots"] == read_as


@pytest.mark.parametrize(
    ("heading", "value", "says"),
    [
        ("人数", "三个", "请只填数字，如 12。"),
        ("人数", date(2026, 3, 2), "这里要填数字，现在是日期或时刻，请改格式后重新填。"),
        ("人数", -1, "不能小于0人，请核对。"),
        ("用时", 1.25, "最多1位小数。"),
        ("会商时间", date(2026, 3, 2), "只有日期，没有时刻，请补上，如 2026-10-01 07:30。"),
        ("带队", "丙", "没有叫“丙”的人，请核对姓名；新来的人先在“人员”里登记。"),
        ("带队", "乙", "有2个都叫“乙”，表里分不清，请在网页上登记这一条。"),
        ("主题", 370402199001011234, "数字超过15位，表格已丢掉末尾几位，请把这一列设成“文本”后重新填。"),
        ("主题", "长" * 21, "最多20字，现在21字，请缩短。"),
        ("开始时刻", "25:00", "没有这个时刻，请核对，如 07:30。"),
    ],
)
def test_what_can_not_be_read_is_said_at_its_cell(heading: str, value: object, says: str) -> None:
    ((line, column, text),) = stops(one(heading, value))
    assert (line, text) == (2, says)
    assert column.startswith(heading)


def test_every_row_is_reported_and_none_is_lost() -> None:
    rows = [
        HEAD,
        ("2026-02-30", "校门"),
        (date(2026, 3, 2), "操场"),
        (date(2026, 3, 3), "校门"),
        ("", "食堂"),
    ]
    reading = read(workbook(rows), LAYOUT)
    assert stops(reading) == [
        (2, "检查日期", "没有这一天，请核对年月日。"),
        (3, "部位", "没有“操场”这一项，请从这些里选：校门、食堂、学生宿舍、公寓。"),
        (5, "检查日期", "请填写。"),
    ]
    assert [record.line for record in reading.records] == [2, 3, 4, 5]


def test_a_question_that_is_not_asked_is_not_missed() -> None:
    rows = [(*HEAD, "是否联合", "联合单位"), (date(2026, 3, 2), "校门", "否", "不联合"),
            (date(2026, 3, 2), "食堂", "是", "城关派出所、市场监管所")]  # fmt: skip
    first, second = bodies(read(workbook(rows), LAYOUT))
    assert "partner" not in first
    assert second["partner"] == ["o1", "o2"]


def test_headings_stand_anywhere_below_a_title_and_in_any_order() -> None:
    rows = [
        ("安全检查台账",),
        ("单位：第一小学", "", "2026年春"),
        ("序号", " 部 位*", "检查\n日期（必填）"),
        (1, "校门", date(2026, 3, 2)),
    ]
    reading = read(workbook(rows), LAYOUT)
    assert bodies(reading) == [{"day": "2026-03-02", "spots": ["gate"]}]
    assert [(one.line, one.text) for one in reading.findings] == [
        (3, "没有读取这些列：序号。里面有要用的，请放到模板有的列里。")
    ]


def test_the_page_with_the_headings_is_the_one_that_is_read() -> None:
    content = workbook([("说明",), ("先看这里",)], 数据=[HEAD, (date(2026, 3, 2), "校门")])
    assert len(bodies(read(content, LAYOUT))) == 1


@pytest.mark.parametrize(
    ("headings", "says"),
    [
        (("姓名", "电话"), "没有找到表头"),
        (("检查日期", "人数"), "缺少这些列：部位。"),
        (("检查日期", "部位", "检查日期"), "这一列有两个"),
        (("æ£æ¥æ¥æ", "é¨ä½"), "没有找到表头"),  # UTF-8 saved as Latin-1
    ],
)
def test_a_table_without_the_right_headings_is_not_guessed_at(headings: Sequence[str], says: str) -> None:
    reading = read(workbook([headings, ("2026-03-02", "校门", "x")]), LAYOUT)
    (finding,) = (one for one in reading.findings if one.stops)
    assert says in finding.text
    assert reading.records == []


def test_merged_cells_down_hold_for_every_row_and_across_for_none() -> None:
    rows = [(*HEAD, "主题"), (date(2026, 3, 2), "校门", "甲"), ("", "食堂", "乙")]
    down = read(workbook(rows, merged=["A2:A3"]), LAYOUT)
    assert [body["day"] for body in bodies(down)] == ["2026-03-02"] * 2
    assert "“检查日期”有上下合并的单元格" in down.findings[0].text
    across = read(workbook(rows, merged=["B2:C2"]), LAYOUT)
    assert (2, "部位", "这一格和旁边的合并了，分不清是哪一列的，请取消合并后填好。") in stops(across)


def test_hidden_rows_are_read_and_said() -> None:
    rows = [HEAD, *((date(2026, 3, number), "校门") for number in range(1, 6))]
    reading = read(workbook(rows, hidden=[2, 4]), LAYOUT)
    assert len(bodies(reading)) == 5
    assert reading.findings == [
        Finding(0, "", "有2行（第3、5行）在表里是隐藏的，也读取了；不要的请删去后重新上传。", stops=False)
    ]


def test_a_formula_counts_by_its_result_and_without_one_is_said() -> None:
    rows = [
        (*HEAD, "人数", "主题"),
        (date(2026, 3, 2), "校门", ("=1+2", 3), ("=A1&B1", "甲")),
        (date(2026, 3, 3), "校门", ("=1/0", "#DIV/0!"), ""),
        (date(2026, 3, 4), "校门", ("=X1", ""), ""),
    ]
    reading = read(workbook(rows), LAYOUT)
    assert reading.records[0].body["people"] == 3 and reading.records[0].body["topic"] == "甲"
    said = "这一格是公式，没有算出结果，请改成填好的内容。"
    assert stops(reading) == [(3, "人数（人）", said), (4, "人数（人）", said)]
    assert "有公式：“人数（人）”3格、“主题”1格" in reading.findings[0].text


def test_rows_that_say_nothing_are_no_rows() -> None:
    rows = [
        ("序号", *HEAD),
        (1, date(2026, 3, 2), "校门"),
        (2, "", ""),
        ("", "", ""),
        (3, date(2026, 3, 3), "食堂"),
    ]
    reading = read(workbook(rows), LAYOUT)
    assert [record.line for record in reading.records] == [2, 5]
    assert stops(read(workbook([("序号", *HEAD), (1, "", "")]), LAYOUT)) == [
        (0, "", "表头下面没有内容。请填好再上传。")
    ]


@pytest.mark.parametrize("merged", [[], ["A2:A4"]])
def test_rows_of_one_record_follow_each_other(merged: list[str]) -> None:
    rows = [
        ("排查日期", "说明", "隐患：情况", "隐患：说明"),
        (date(2026, 3, 2), "早上", "漏电", "已断电"),
        ("", "", "堆物", ""),
        ("", "", "", "没有写情况"),
        (date(2026, 3, 3), "", "", ""),
    ]
    reading = read(workbook(rows, merged=merged), GROUPED)
    assert stops(reading) == [(4, "隐患：情况", "请填写。")]
    first, second = (record.body for record in reading.records)
    assert first["hazards"] == [{"what": "漏电", "note": "已断电"}, {"what": "堆物"}, {"note": "没有写情况"}]
    assert (first["note"], second) == ("早上", {"day": "2026-03-03"})


def test_a_part_goes_by_its_own_name_where_nothing_else_has_it() -> None:
    rows = [("排查日期", "情况"), (date(2026, 3, 2), "漏电")]
    assert bodies(read(workbook(rows), GROUPED)) == [{"day": "2026-03-02", "hazards": [{"what": "漏电"}]}]


def test_twenty_thousand_rows_are_taken_and_one_more_is_not() -> None:
    rows = [HEAD, *((f"2026-03-{number % 28 + 1:02d}", "校门") for number in range(MOST_LINES))]
    assert len(bodies(read(csv(rows), LAYOUT))) == MOST_LINES
    more = read(csv([*rows, ("2026-03-02", "食堂")]), LAYOUT)
    assert "请分成几个文件" in stops(more)[0][2] and more.records == []


# ---- files
# ---------------------------------------------------------------------------------------------------------
PLAIN = [HEAD, ("2026-03-02", "校门、食堂")]
PLAIN_READ = [{"day": "2026-03-02", "spots": ["gate", "canteen"]}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_text_files_in_every_encoding_that_offices_save(encoding: str, separator: str) -> None:
    assert bodies(read(csv(PLAIN, encoding, separator), LAYOUT)) == PLAIN_READ


def test_line_ends_and_quotes_inside_a_text_file() -> None:
    content = '检查日期,部位,说明\r\n2026-03-02,校门,"第一行\n第二行,""好"""\r\n'.encode("gb18030")
    assert bodies(read(content, LAYOUT))[0]["note"] == '第一行\n第二行,"好"'


def test_an_old_excel_file_is_read_like_a_new_one() -> None:
    reading = read((Path(__file__).parent / "ledger.xls").read_bytes(), LAYOUT)
    assert bodies(reading) == [
        {"day": "2026-03-02", "spots": ["gate", "canteen"], "people": 3},
        {"day": "2026-03-09", "spots": ["canteen"], "people": 4, "note": "=1+1"},
    ]


def without(part: str) -> bytes:
    """A workbook that lost a part on its way."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(PLAIN))) as whole, zipfile.ZipFile(out, "w") as rest:
        for name in whole.namelist():
            if name != part:
                rest.writestr(name, whole.read(name))
    return out.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sheet-empty"),
        (b" \r\n ", "sheet-empty"),
        (workbook([]), "sheet-empty"),
        (b"x" * (10 * 1024 * 1024 + 1), "sheet-too-large"),
        (zipped("xl/workbook.xml", b"\0" * (201 * 1024 * 1024)), "sheet-too-large"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "sheet-type"),
        (b"\xff\xd8\xff\xe0\0\0JFIF", "sheet-type"),
        (zipped("word/document.xml", b"<x/>"), "sheet-type"),
        (b"MZ\x90\0" + b"\0" * 4000, "sheet-type"),
        (workbook(PLAIN)[:3000], "sheet-damaged"),
        (without("xl/_rels/workbook.xml.rels"), "sheet-damaged"),
        (without("xl/sharedStrings.xml"), "sheet-damaged"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 4000, "sheet-damaged"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le") + b"\0" * 4000, "sheet-password"),
        ("检查日期".encode("gb18030") + b"\xff\xff\x80,", "sheet-encoding"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(content, LAYOUT)
    assert refused.value.code == code
    assert "请" in refused.value.message


@pytest.mark.parametrize("corner", [(1_048_575, 16_383), (1_048_575, 7), (400, 16_383)])
def test_something_forgotten_in_a_far_corner_is_said_and_not_unfolded(corner: tuple[int, int]) -> None:
    row, column = corner
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("台账")
    sheet.write_row(0, 0, HEAD)
    sheet.write_row(1, 0, ("2026-03-02", "校门"))
    sheet.write(row, column, " ")
    book.close()
    with pytest.raises(Refused) as refused:
        read(out.getvalue(), LAYOUT)
    assert (
        refused.value.code == "sheet-too-large"
        and f"第{row + 1}行、第{column + 1}列" in refused.value.message
    )


# ---- the empty table
# ---------------------------------------------------------------------------------------------------------
def test_the_template_is_read_by_its_own_layout() -> None:
    out = io.BytesIO()
    write_template(out, LAYOUT)
    book = CalamineWorkbook.from_filelike(io.BytesIO(out.getvalue()))
    headings = book.get_sheet_by_index(0).to_python()[0]
    assert headings[:3] == ["检查日期 *", "部位 *", "人数（人）"] and "照片" not in headings
    row = [""] * len(headings)
    row[:3] = ["2026-03-02", "校门、食堂", "3"]
    assert bodies(read(workbook([headings, row]), LAYOUT)) == [
        {"day": "2026-03-02", "spots": ["gate", "canteen"], "people": 3}
    ]
    guide = {line[0]: line[1:] for line in book.get_sheet_by_name("填写说明").to_python()}
    assert guide["部位"] == ["必填", "从这些里选：校门、食堂、学生宿舍、公寓；可以填几项，中间用顿号隔开"]
    assert guide["联合单位"][0] == "看情况" and "只在“是否联合”是“是”时填" in str(guide["联合单位"][1])
    assert guide["说明"] == ["选填", "没有写“无”"]


def test_drop_downs_offer_what_may_be_chosen() -> None:
    out = io.BytesIO()
    write_template(out, LAYOUT)
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert 'state="hidden"' in parts.read("xl/workbook.xml").decode()
    lists = CalamineWorkbook.from_filelike(io.BytesIO(out.getvalue())).get_sheet_by_name("选项")
    offered = lists.to_python(skip_empty_area=False)
    assert [line[1] for line in offered] == ["校门", "食堂", "学生宿舍、公寓"]
    assert [line[8] for line in offered] == ["甲", "乙", ""]
    # Several may be chosen: the list helps, but takes anything. One may be chosen: nothing else is taken.
    strict = {
        place: "showErrorMessage" in rule
        for rule, place in re.findall(r"<dataValidation (.*?)sqref=\"(\w+)", sheet)
    }
    assert strict == {"B2": False, "G2": True, "H2": False, "I2": True}


def test_no_heading_and_no_choice_becomes_a_formula() -> None:
    fields = (
        field(id="x", label="=1+1", type="choice", options=["=HYPERLINK(1)", "@x"]),
        field(id="y", label="乙", type="text"),
    )
    out = io.BytesIO()
    write_template(out, Layout("=2+2", fields))
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == 3 and not any(b"<f>" in parts.read(name) for name in sheets)
    book = CalamineWorkbook.from_filelike(io.BytesIO(out.getvalue()))
    cells = [
        str(cell)
        for name in book.sheet_names
        for line in book.get_sheet_by_name(name).to_python()
        for cell in line
    ]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@"))]
