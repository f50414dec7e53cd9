"""Looking things up: map by keyboard, calendar on a phone, file on paper, search; the events of a clock."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from huyuan.kernel.days import day_of
from sample.load import PASSWORD

SignIn = Callable[[Page, str], None]
OFFICER, HEAD, BUREAU = "anquan", "yuanzhang", "jiaoyuju"
SERIOUS = "重大隐患一时难以整改到位的"


@pytest.fixture
def plain(browser: Browser, county: str) -> Page:
    """A page in which no script runs, and the bureau's officer has signed in."""
    page = browser.new_context(java_script_enabled=False, locale="zh-CN").new_page()
    page.goto(f"{county}/sign-in/")
    page.get_by_label("账号").fill(BUREAU)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    return page


def test_the_map_without_script_and_without_a_mouse(plain: Page, county: str) -> None:
    plain.goto(f"{county}/map/")
    town = plain.locator(".map-towns a", has_text="城关镇")
    town.focus()
    plain.keyboard.press("Enter")
    plain.wait_for_url("**/map/?town=*")
    marks = plain.locator("a.map-mark")
    listed = plain.locator("table.data-table tbody tr")
    nowhere = plain.locator("#nowhere")
    missing = int(re.findall(r"\d+", nowhere.inner_text())[0]) if nowhere.count() else 0
    assert marks.count() + missing == listed.count() > 10
    name = (marks.first.get_attribute("aria-label") or "").partition("，")[0]
    expect(listed.filter(has_text=name)).to_have_count(1)
    marks.first.focus()
    plain.keyboard.press("Enter")
    expect(plain.get_by_role("heading", level=1)).to_have_text(name)


def test_the_map_keeps_to_the_paper(plain: Page, county: str) -> None:
    plain.goto(f"{county}/map/?town=城关镇")
    plain.emulate_media(media="print")
    expect(plain.locator(".themes")).to_be_hidden()
    drawing = plain.locator("svg.map")
    box, paper = drawing.bounding_box(), plain.locator("main").bounding_box()
    assert box and paper and box["width"] <= paper["width"]


def test_the_calendar_on_a_phone_from_the_month_to_the_duty(
    sign_in: SignIn, county: str, phone: Page
) -> None:
    sign_in(phone, OFFICER)
    phone.get_by_role("link", name="工作日历").click()
    expect(phone.get_by_role("heading", name="我的岗位")).to_be_visible()
    days = phone.locator("table.month td:visible")
    assert days.count() > 3 and phone.locator("table.month thead").is_hidden()
    phone.get_by_label("岗位").select_option(label="全部岗位")
    phone.get_by_role("button", name="查看").click()
    expect(phone.get_by_role("heading", name="全部岗位")).to_be_visible()
    phone.get_by_role("link", name="看这一周").click()
    expect(phone.locator("ol.week > li")).to_have_count(7)
    phone.locator("ol.week a", has_text="做好值班登记").first.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("做好值班登记")


def test_the_calendar_is_printed_lengthwise_and_the_file_upright(
    sign_in: SignIn, county: str, page: Page
) -> None:
    def sheets(address: str) -> set[tuple[int, int]]:
        page.goto(f"{county}{address}")
        printed = page.pdf(prefer_css_page_size=True)
        boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
        return {(round(float(wide)), round(float(high))) for wide, high in boxes}

    sign_in(page, BUREAU)
    page.goto(f"{county}/orgs/?text=第二幼儿园")
    school = page.locator("main tbody a").first.get_attribute("href") or ""
    assert sheets(f"/agenda/?org={school.split('/')[2]}") == {(842, 595)}
    assert sheets(f"{school}profile/") == {(595, 842)}
    page.emulate_media(media="print")
    expect(page.locator(".print-head")).to_contain_text("打印人")
    for gone in (".themes", ".top", ".crumbs"):
        expect(page.locator(gone).first).to_be_hidden()
    for kept in ("保安员", "制度和预案", "落实情况"):
        expect(page.get_by_role("heading", name=kept)).to_be_visible()


def test_search_from_the_keyboard_narrows_and_opens(sign_in: SignIn, county: str, page: Page) -> None:
    sign_in(page, BUREAU)
    page.keyboard.press("Control+k")
    page.keyboard.type("城关 保安")
    page.keyboard.press("Enter")
    people = page.get_by_role("region", name="人员岗位")
    expect(people.locator("mark").first).to_be_visible()
    page.get_by_role("link", name="更多人员岗位").click()
    expect(page.get_by_text("只查人员岗位")).to_be_visible()
    first = page.locator("main .records a").first
    first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="岗位和任职")).to_be_visible()


def hazard(page: Page, row: int, spot: str) -> None:
    """A serious one that cannot be fixed at once, in the row of the form."""
    part = f"hazards.{row}."
    page.locator(f"[name='{part}spot']").fill(spot)
    page.locator(f"[name='{part}description']").fill("墙体开裂")
    for name, value in (("area", "inside"), ("category", "buildings"), ("severity", "major")):
        choose(page, part + name, value)
    choose(page, f"{part}fixed", "no")
    page.locator(f"[name='{part}deadline']").fill(
        (day_of(datetime.now(UTC)) + timedelta(days=30)).isoformat()
    )
    page.locator(f"[name='{part}responsible']").fill("总务主任")
    choose(page, f"{part}cannot_fix_now", "yes")
    choose(page, f"{part}interim_taken", "no")
    choose(page, f"{part}multi_department", "no")


def choose(page: Page, name: str, value: str) -> None:
    """A radio button or an option of a list, by what it sends."""
    field = page.locator(f"[name='{name}']")
    if field.first.evaluate("one => one.tagName") == "SELECT":
        field.select_option(value)
    else:
        page.locator(f"[name='{name}'][value='{value}']").check()


def test_each_event_of_a_clock_opens_its_form_with_itself_chosen(
    sign_in: SignIn, county: str, page: Page
) -> None:
    sign_in(page, OFFICER)
    today: date = day_of(datetime.now(UTC))
    page.goto(f"{county}/forms/hazard-check/")
    page.get_by_label("排查日期").fill(today.isoformat())
    page.get_by_label("全校", exact=True).check()
    page.get_by_label("校门与围墙").check()
    page.get_by_label("参加人员").fill("安全员")
    page.get_by_role("group", name="是否联合排查").get_by_label("否").check()
    page.get_by_role("group", name="是否发现隐患").get_by_label("是").check()
    hazard(page, 0, "北楼屋面")
    page.locator("[data-group='hazards'] .group-add").click()
    hazard(page, 1, "食堂外墙")
    page.get_by_role("button", name="提交登记").click()
    expect(page.get_by_text("已收到")).to_be_visible()
    entry = page.url

    page.context.clear_cookies()
    sign_in(page, HEAD)
    page.goto(entry)
    page.get_by_role("button", name="确认无误").click()
    expect(page.get_by_text("已确认").first).to_be_visible()
    page.goto(f"{county}/")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    line = page.locator("li.task", has_text=SERIOUS).first
    expect(line.locator(".events a")).to_have_count(2)
    line.locator(".events a", has_text="食堂外墙").click()
    expect(page.get_by_label(re.compile("食堂外墙"))).to_be_checked()
