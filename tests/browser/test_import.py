"""Last term's ledger comes in: a report row by row, then all of it or nothing."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from huyuan.kernel.tests.workbooks import workbook

SignIn = Callable[[Page, str], None]

OFFICER = "anquan"
HEAD = ("巡查时间", "巡查区域", "时段", "到过的地点", "发现情况", "登记人")
GOOD = [
    (datetime(2026, 3, day, 9, 10), "校园各部位、校门口", "上课", "教学楼", "正常", "值班老师")
    for day in range(2, 7)
]
WRONG = ("3月9日", "操场", "上课", "教学楼", "正常", "")


@pytest.mark.parametrize("size", ["phone", "page"])
def test_a_ledger_comes_in_whole_or_not_at_all(
    request: pytest.FixtureRequest, sign_in: SignIn, county: str, tmp_path: Path, size: str
) -> None:
    opened: Page = request.getfixturevalue(size)
    wrong, right = tmp_path / "上学期巡查.xlsx", tmp_path / "改好的巡查.xlsx"
    wrong.write_bytes(workbook([HEAD, *GOOD, WRONG]))
    right.write_bytes(workbook([HEAD, *GOOD]))
    sign_in(opened, OFFICER)
    opened.goto(f"{county}/ledgers/patrol/")
    opened.get_by_role("link", name="从表格导入").click()
    with opened.expect_download() as download:
        opened.get_by_role("link", name="下载模板").click()
    assert download.value.suggested_filename == "巡查记录导入模板.xlsx"
    opened.locator("input[type=file]").set_input_files(wrong)
    opened.get_by_role("button", name="上传核对").click()
    expect(opened.get_by_role("alert")).to_contain_text("一条也没有导入")
    report = opened.get_by_role("table", name="要改的地方")
    expect(report).to_contain_text("第7行")
    expect(report).to_contain_text("没有“操场”这一项，请从这些里选：")
    opened.locator("input[type=file]").set_input_files(right)
    opened.get_by_role("button", name="重新上传").click()
    confirm = opened.get_by_role("button", name="确认导入 5 条")
    if size == "page":
        # The phone has brought these in already.
        expect(opened.get_by_text("没有可以导入的")).to_be_visible()
        expect(confirm).to_have_count(0)
        return
    expect(opened.get_by_text("发生在2026年3月2日—2026年3月6日")).to_be_visible()
    confirm.click()
    expect(opened.get_by_text("已导入 5 条")).to_be_visible()
    opened.get_by_role("link", name="查看台账").click()
    expect(opened.get_by_text("已提交（导入）")).to_have_count(5)
