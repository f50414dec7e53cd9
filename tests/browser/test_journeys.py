"""People of the sample county at work, on the phone that they have and at the desk where they sit."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from huyuan.kernel.days import day_of

SignIn = Callable[[Page, str], None]

WEEKLY = "每周一次排查安全隐患风险点，如实做好记录"
CHECK = "安全隐患排查登记"
OFFICER, HEAD, GUARD, BUREAU, POLICE = "anquan", "yuanzhang", "menwei", "jiaoyuju", "minjing"


def tasks(page: Page, text: str) -> Locator:
    """The lines of Today that say this."""
    return page.locator("li.task", has_text=text)


def owed(page: Page) -> Locator:
    """This week's check, as Today asks for it."""
    return tasks(page, WEEKLY).filter(has_text="待办")


def switch_to(page: Page, sign_in: SignIn, username: str) -> None:
    """Hand the device to somebody else."""
    page.context.clear_cookies()
    sign_in(page, username)


def fill_in_check(page: Page, participants: str) -> None:
    """Everything that the hazard check must have: the whole school, nothing found."""
    page.get_by_label("排查日期").fill(day_of(datetime.now(UTC)).isoformat())
    page.get_by_label("全校", exact=True).check()
    page.get_by_label("校门与围墙").check()
    page.get_by_label("参加人员").fill(participants)
    page.get_by_role("group", name="是否联合排查").get_by_label("否").check()
    page.get_by_role("group", name="是否发现隐患").get_by_label("否").check()


def test_a_weekly_check_from_today_to_the_heads_confirmation(
    phone: Page, sign_in: SignIn, photo: Path, county: str
) -> None:
    sign_in(phone, OFFICER)
    line = owed(phone)
    expect(line).to_contain_text("请在")
    expect(line).to_contain_text("（周日）前完成")
    line.get_by_text("依据：《六项机制方案》三（一）3").click()
    expect(line).to_contain_text("每周一次)排查安全隐患风险点")
    line.get_by_role("link", name=WEEKLY).click()
    expect(phone.get_by_role("heading", name=CHECK)).to_be_visible()
    expect(phone.get_by_role("region", name="提交后可以计入")).to_contain_text(WEEKLY)

    fill_in_check(phone, "安全员、保安一名")
    phone.get_by_text("不常填的内容").click()
    phone.locator("input[type=file][name=photos]").first.set_input_files(photo)
    phone.get_by_role("button", name="提交登记").click()
    expect(phone.get_by_text("已收到")).to_be_visible()
    number = phone.locator("[data-received]").inner_text()
    assert "县二幼-安全隐患排查登记-" in number
    waiting = phone.get_by_role("region", name="这次登记同时计入")
    expect(waiting).to_contain_text("《六项机制方案》三（一）3")
    expect(waiting).to_contain_text("《旗校园安全方案》")
    expect(waiting).to_contain_text("等待确认，确认后计入")
    phone.goto(f"{county}/")
    expect(owed(phone)).to_have_count(1)

    switch_to(phone, sign_in, HEAD)
    expect(phone.get_by_role("region", name="等我确认")).to_contain_text("安全隐患排查登记")
    tasks(phone, CHECK).get_by_role("link").click()
    phone.get_by_role("button", name="确认无误").click()
    expect(phone.get_by_text("已确认").first).to_be_visible()
    counted = phone.get_by_role("region", name="这次登记同时计入")
    expect(counted).to_contain_text("这一周：已完成")

    switch_to(phone, sign_in, OFFICER)
    expect(owed(phone)).to_have_count(0)
    expect(tasks(phone, WEEKLY)).to_contain_text("超期")


def test_the_bureau_sees_why(page: Page, sign_in: SignIn, county: str) -> None:
    sign_in(page, BUREAU)
    page.get_by_role("navigation", name="栏目").get_by_role("link", name="单位").click()
    page.get_by_label("名称").fill("第二幼儿园")
    page.get_by_role("button", name="筛选").click()
    page.get_by_role("link", name=re.compile(r"^青禾县第二幼儿园\s*幼儿园")).click()
    expect(page.get_by_role("heading", name="青禾县第二幼儿园")).to_be_visible()
    expect(page.get_by_role("region", name="岗位和任职")).to_contain_text("安全员")
    expect(page.get_by_role("region", name="联系单位")).to_contain_text("青禾县公安局城关派出所")


def test_a_duty_explains_itself_and_only_the_bureau_excuses(page: Page, sign_in: SignIn, county: str) -> None:
    sign_in(page, OFFICER)
    late = tasks(page, WEEKLY).filter(has_text="超期")
    late.get_by_text("依据").click()
    late.get_by_role("link", name="怎样判定").click()
    address = page.url
    expect(page.get_by_role("heading", name="结论")).to_contain_text("超期")
    expect(page.get_by_role("region", name="依据")).to_contain_text("每周一次)排查安全隐患风险点")
    expect(page.get_by_text("没有登记 → 超期")).to_be_visible()
    expect(page.get_by_role("link", name="现在去办")).to_be_visible()
    expect(page.get_by_text("免除这项要求")).to_have_count(0)

    switch_to(page, sign_in, BUREAU)
    page.goto(address)
    page.get_by_text("免除这项要求").click()
    page.get_by_label("理由").fill("当周校舍检修，全园放假")
    page.get_by_role("button", name="免除").click()
    expect(page.get_by_role("heading", name="结论")).to_contain_text("免除")
    expect(page.get_by_text("当周校舍检修，全园放假")).to_be_visible()

    switch_to(page, sign_in, OFFICER)
    expect(tasks(page, WEEKLY).filter(has_text="超期")).to_have_count(0)


def test_what_was_typed_outlives_a_reload_and_a_dead_network(
    phone: Page, sign_in: SignIn, county: str
) -> None:
    sign_in(phone, OFFICER)
    phone.goto(f"{county}/forms/hazard-check/")
    fill_in_check(phone, "安全员和两名教师")
    expect(phone.get_by_text("已保存在本机")).to_be_visible()
    # The line was already there for an earlier answer; the last one is written 400 ms after it was given.
    phone.wait_for_timeout(800)
    phone.reload()
    expect(phone.get_by_text("已找回")).to_be_visible()
    expect(phone.get_by_label("参加人员")).to_have_value("安全员和两名教师")
    expect(phone.get_by_label("全校", exact=True)).to_be_checked()

    phone.context.set_offline(True)
    phone.get_by_role("button", name="提交登记").click()
    expect(phone.get_by_text("可以离开这一页")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.get_by_text("已收到")).to_be_visible(timeout=15_000)
    phone.goto(f"{county}/forms/hazard-check/")
    expect(phone.get_by_label("参加人员")).to_have_value("")


def test_errors_lead_to_their_fields_and_keep_the_rest(phone: Page, sign_in: SignIn, county: str) -> None:
    sign_in(phone, OFFICER)
    phone.goto(f"{county}/forms/hazard-check/")
    phone.get_by_label("参加人员").fill("安全员")
    phone.get_by_role("button", name="提交登记").click()
    summary = phone.get_by_role("alert")
    expect(summary).to_contain_text("处需要改")
    summary.get_by_role("link").first.click()
    expect(phone.get_by_label("全校", exact=True)).to_be_focused()
    expect(phone.get_by_label("参加人员")).to_have_value("安全员")


def test_the_guard_sees_the_guards_duties_alone(phone: Page, sign_in: SignIn, county: str) -> None:
    sign_in(phone, GUARD)
    expect(tasks(phone, "做好值班登记").first).to_be_visible()
    expect(tasks(phone, WEEKLY)).to_have_count(0)
    tasks(phone, "做好值班登记").first.get_by_role("link").first.click()
    expect(phone.get_by_role("button", name="提交登记")).to_be_visible()


def test_the_police_see_their_schools_and_nobody_elses(phone: Page, sign_in: SignIn, county: str) -> None:
    sign_in(phone, POLICE)
    phone.locator("details.menu-themes > summary").click()
    phone.get_by_role("navigation", name="栏目").get_by_role("link", name="单位").click()
    phone.get_by_label("名称").fill("幼儿园")
    phone.get_by_role("button", name="筛选").click()
    expect(phone.get_by_role("link", name="青禾县第二幼儿园")).to_be_visible()
    expect(phone.get_by_role("link", name="临河镇中心幼儿园")).to_have_count(0)


def test_with_the_keyboard_alone(page: Page, sign_in: SignIn, county: str) -> None:
    page.goto(f"{county}/sign-in/")
    page.get_by_label("账号").focus()
    page.keyboard.type(OFFICER)
    page.keyboard.press("Tab")
    page.keyboard.type("qinghe-2026")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{county}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.evaluate("element => element.closest('main') !== null")
    outline = focused.evaluate("element => getComputedStyle(element).outlineWidth")
    after = focused.evaluate("element => getComputedStyle(element, '::after').outlineWidth")
    assert "3px" in (outline, after), "focus can be seen"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("今日")
    page.wait_for_load_state("load")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("searchbox", name="查找单位")).to_be_focused()
    page.keyboard.type("三清单")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="查找")).to_be_visible()
    expect(page.get_by_text("《六项机制方案》三（一）3")).to_be_visible()


def test_the_password_is_changed_on_the_account_page(page: Page, sign_in: SignIn, county: str) -> None:
    sign_in(page, "banzhuren")
    page.goto(f"{county}/account/")
    page.get_by_label("现在的密码").fill("qinghe-2026")
    page.get_by_label("新密码", exact=True).fill("shan-he-2027")
    page.get_by_label("再填一次新密码").fill("shan-he-2027")
    page.get_by_role("button", name="更改密码").click()
    expect(page.get_by_text("密码已更改")).to_be_visible()
