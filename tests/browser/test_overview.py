"""The bureau looks at its county and its directives: wide screen and phone, with and without scripts."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sample.load import PASSWORD

SignIn = Callable[[Page, str], None]

BUREAU, HEAD, TOWN = "jiaoyuju", "yuanzhang", "zhenzheng"
SIX = "/directives/jinzhai-2018-six-mechanisms/"


@pytest.mark.parametrize("size", ["page", "phone"])
def test_from_the_county_down_to_one_schools_arithmetic(
    request: pytest.FixtureRequest, sign_in: SignIn, county: str, size: str
) -> None:
    page: Page = request.getfixturevalue(size)
    sign_in(page, BUREAU)
    page.goto(f"{county}/compliance/")
    page.locator("table.heat tbody th a", has_text="隐患台账三清单").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("落实情况：隐患台账三清单")
    row = page.locator("table.heat tbody tr", has_text="每周一次排查安全隐患风险点")
    row.locator("td a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("隐患台账三清单")
    school = page.locator("table.heat tbody th a").first
    name = school.inner_text()
    school.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("link", name="每周一次排查安全隐患风险点，如实做好记录").click()
    expect(page.locator("main")).to_contain_text("要求安全隐患排查（全校）1次，没有登记")
    page.locator(".duty-cells a").first.click()
    expect(page).to_have_url(re.compile("/duties/"))


def test_a_heat_table_becomes_cards_on_a_phone(sign_in: SignIn, county: str, phone: Page) -> None:
    sign_in(phone, TOWN)
    phone.goto(f"{county}/compliance/")
    cells = phone.locator("table.heat tbody tr").first.locator("td")
    boxes = [cells.nth(number).bounding_box() for number in range(cells.count())]
    assert boxes and all(box and box["x"] >= 0 and box["x"] + box["width"] <= 360 for box in boxes)
    assert cells.first.evaluate("one => getComputedStyle(one, '::before').content") != "none"


def test_a_sentence_leads_to_what_carries_it(sign_in: SignIn, county: str, page: Page) -> None:
    sign_in(page, BUREAU)
    page.goto(f"{county}{SIX}")
    sentence = page.locator("a.claim", has_text="每月28日前")
    sentence.click()
    claims = page.locator("details.claims", has_text="每月28日前报送")
    if claims.get_attribute("open") is None:
        claims.locator("summary").click()
    line = claims.locator("li", has_text="每月28日前").first
    expect(line).to_contain_text("已承担")
    expect(line).to_contain_text("每月28日前（含当日）")
    line.locator("a", has_text="每月28日前报送").click()
    expect(page.locator("table.data-table")).to_contain_text("青禾县第二幼儿园")


def test_a_head_sees_the_own_school_only(sign_in: SignIn, county: str, phone: Page) -> None:
    sign_in(phone, HEAD)
    phone.goto(f"{county}/compliance/")
    expect(phone.get_by_role("heading", level=1)).to_have_text("青禾县第二幼儿园")


def test_the_workbook_is_downloaded(sign_in: SignIn, county: str, page: Page, tmp_path: Path) -> None:
    sign_in(page, BUREAU)
    page.goto(f"{county}/compliance/")
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 Excel").click()
    assert download.value.suggested_filename.endswith("各乡镇落实情况.xlsx")


def test_adopting_needs_no_script(browser: Browser, county: str) -> None:
    """An adoption is ended, and every step of adopting again can be walked without JavaScript."""
    with browser.new_context(java_script_enabled=False, locale="zh-CN") as context:
        page = context.new_page()
        page.goto(f"{county}/sign-in/")
        page.get_by_label("账号").fill(BUREAU)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.goto(f"{county}/calendar/")
        page.get_by_text("增加或更正一天").click()
        page.get_by_label("日期").fill("2027-03-03")
        page.get_by_label("停课").check()
        page.get_by_role("button", name="保存这一天").click()
        page.get_by_text("2027 年", exact=False).first.click()
        expect(page.locator("main")).to_contain_text("3月3日（周三） 停课")
        page.goto(f"{county}/adoptions/")
        page.get_by_role("link", name="进一步完善工作机制").click()
        question = page.locator("li.task", has_text="“及时”组织救援定为多长时间")
        question.get_by_role("link").click()
        form = page.locator("#form")
        form.locator("input[name=v_rescue_within]").fill("30")
        form.get_by_label("由谁决定").fill("局务会")
        form.get_by_label("从哪天起").fill("2027-01-01")
        form.get_by_role("button", name="保存约定").click()
        expect(page.locator(".error-summary")).to_contain_text("请选择单位")
        form.get_by_label("分钟").check()
        form.get_by_role("button", name="保存约定").click()
        expect(question).to_contain_text("30分钟内")
