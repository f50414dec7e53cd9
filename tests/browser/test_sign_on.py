"""Signing on with one tap, forms that know what is known, photos that survive an error.

The sample kindergarten has shifts round the clock, so one window is open whenever the tests run.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from huyuan.kernel.days import day_of

SignIn = Callable[[Page, str], None]

SHIFT_RULE = "每个值班时段至少2名值班人员在岗"
GUARD, TEACHER, VICE_HEAD, OFFICER = "menwei", "banzhuren", "fenguan", "anquan"
HEAD = "yuanzhang"
THUMB = 48
"""Pixels that a button must have for a thumb in the rain."""


def shift_button(page: Page) -> Locator:
    """The button of the shift that runs now: it began before everything else that is on offer."""
    return page.get_by_role("button", name="到岗签到 · 值班保卫室").first


def test_a_guard_signs_on_from_today_with_one_tap_and_leaves_early(
    phone: Page, sign_in: SignIn, county: str
) -> None:
    sign_in(phone, GUARD)
    button = shift_button(phone)
    expect(button).to_contain_text("以保安员身份")
    box = button.bounding_box()
    assert box and box["height"] >= THUMB and box["width"] >= 320 and box["y"] + box["height"] < 684
    # Two taps in one go: the second one does no harm.
    button.dblclick()
    expect(phone.get_by_text("已收到")).to_be_visible()
    number = phone.locator("[data-received]").inner_text()
    counted = phone.get_by_role("region", name="这次登记同时计入")
    expect(counted).to_contain_text(SHIFT_RULE)
    counted.get_by_role("link", name=re.compile("值班时段")).click()
    expect(phone.get_by_role("region", name="结论")).to_contain_text("在岗，现在1人")

    phone.goto(f"{county}/sign-on/")
    here = phone.get_by_role("region", name="您在岗")
    expect(here).to_contain_text("值班保卫室")
    expect(phone.get_by_role("heading", name="值班保卫室 1 人")).to_be_visible()
    expect(shift_button(phone)).to_have_count(0)
    here.get_by_role("button", name="提前离岗").click()
    expect(phone.get_by_text("已收到")).to_be_visible()
    first = number.partition("编号 ")[2].split("。")[0]
    phone.get_by_role("link", name=first).click()
    expect(phone.get_by_text("已作废：提前离岗")).to_be_visible()


def test_a_tap_without_network_is_kept_and_sent_with_its_time(
    phone: Page, sign_in: SignIn, county: str
) -> None:
    # The device's clock runs twelve minutes fast.
    phone.clock.install(time=datetime.now(UTC) + timedelta(minutes=12))
    sign_in(phone, HEAD)
    phone.goto(f"{county}/sign-on/")
    phone.context.set_offline(True)
    shift_button(phone).click()
    kept = phone.locator("form.sign-on").filter(has_text="值班保卫室").first
    expect(kept).to_contain_text("已保存在本机，联网后自动报送")
    first = re.search(r"\d\d:\d\d 已保存", kept.inner_text())
    phone.clock.run_for("03:00")
    # An impatient second tap is the first one: it keeps its time.
    shift_button(phone).click()
    assert first
    expect(kept).to_contain_text(first[0])
    phone.context.set_offline(False)
    expect(phone.get_by_text("已收到")).to_be_visible(timeout=15_000)
    row = phone.locator(".summary-row").filter(has_text="本机时间")
    expect(row).to_contain_text(first[0].split()[0])
    expect(row).to_contain_text(re.compile("本机时钟快1[1-5]分钟"))
    expect(phone.get_by_text("时钟不准")).to_be_visible()
    phone.goto(f"{county}/sign-on/")
    expect(phone.get_by_role("region", name="您在岗")).to_contain_text("值班保卫室")


def test_without_a_script_the_button_works_as_well(browser: Browser, sign_in: SignIn, county: str) -> None:
    with browser.new_context(
        viewport={"width": 360, "height": 740}, locale="zh-CN", java_script_enabled=False
    ) as context:
        page = context.new_page()
        sign_in(page, VICE_HEAD)
        page.goto(f"{county}/sign-on/")
        shift_button(page).click()
        expect(page.get_by_text("已收到")).to_be_visible()
        page.goto(f"{county}/sign-on/")
        page.get_by_role("button", name="提前离岗").click()
        expect(page.get_by_text("更正自")).to_be_visible()


def test_signing_on_a_colleague_leads_to_the_form_filled_in(page: Page, sign_in: SignIn, county: str) -> None:
    sign_in(page, TEACHER)
    page.goto(f"{county}/sign-on/")
    expect(shift_button(page)).to_contain_text("以教师、教职工身份")
    page.get_by_role("link", name="替同事签到").click()
    expect(page.get_by_label("值班保卫室")).to_be_checked()
    expect(page.get_by_label("离岗")).to_have_value(re.compile("08:00|20:00"))
    expect(page.get_by_label("姓名")).to_have_value("")
    page.get_by_label("姓名").select_option(index=1)
    page.get_by_label("其他教职工").check()
    page.get_by_role("button", name="提交登记").click()
    expect(page.get_by_text("已收到")).to_be_visible()
    page.goto(f"{county}/sign-on/")
    expect(page.get_by_role("region", name="现在在岗")).to_contain_text("教职工")


@pytest.mark.parametrize("size", ["phone", "page"])
def test_a_fresh_form_knows_the_day_and_who_fills_it_in(
    request: pytest.FixtureRequest, sign_in: SignIn, county: str, size: str
) -> None:
    opened: Page = request.getfixturevalue(size)
    sign_in(opened, GUARD)
    opened.goto(f"{county}/forms/?q=值守签到")
    opened.get_by_role("link", name="值守签到").click()
    expect(opened.get_by_label("日期")).to_have_value(day_of(datetime.now(UTC)).isoformat())
    expect(opened.get_by_label("保安员")).to_be_checked()
    me = opened.locator("body").get_attribute("data-owner")
    expect(opened.get_by_label("姓名")).to_have_value(me or "")


def test_a_photo_outlives_an_error(phone: Page, sign_in: SignIn, county: str, tmp_path: Path) -> None:
    photo = tmp_path / "现场.jpg"
    Image.new("RGB", (800, 600), (90, 120, 160)).save(photo)
    sign_in(phone, OFFICER)
    phone.goto(f"{county}/forms/hazard-check/")
    phone.get_by_label("全校", exact=True).check()
    phone.get_by_label("校门与围墙").check()
    phone.get_by_role("group", name="是否联合排查").get_by_label("否").check()
    phone.get_by_role("group", name="是否发现隐患").get_by_label("否").check()
    phone.get_by_text("不常填的内容").click()
    phone.locator("input[type=file][name=photos]").first.set_input_files(photo)
    phone.get_by_role("button", name="提交登记").click()
    expect(phone.get_by_role("alert")).to_contain_text("还有 1 处需要改")
    kept = phone.locator(".kept-files img")
    expect(kept).to_be_visible()
    assert kept.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 800
    expect(phone.locator(".picked-files li")).to_have_count(0)
    phone.get_by_label("参加人员").fill("安全员")
    phone.get_by_role("button", name="提交登记").click()
    expect(phone.get_by_text("已收到")).to_be_visible()
    expect(phone.locator("[data-received]")).to_contain_text("下一步：由分管安全副校（园）长或校（园）长确认")
    expect(phone.locator("main dd img")).to_have_count(1)


def test_nothing_of_the_form_lies_under_the_bar_at_the_thumb(
    phone: Page, sign_in: SignIn, county: str
) -> None:
    sign_in(phone, OFFICER)
    phone.goto(f"{county}/forms/hazard-check/")
    bar = phone.locator(".thumb")
    gap = bar.evaluate(
        "bar => bar.parentElement.getBoundingClientRect().bottom - bar.getBoundingClientRect().bottom"
    )
    phone.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    below = bar.evaluate(
        "bar => bar.parentElement.getBoundingClientRect().bottom - bar.getBoundingClientRect().bottom"
    )
    assert gap > below >= 0 and below <= 2, "at the end of the form the bar stands at its very edge"
    last = phone.locator("form .field:visible, form .rare").last.bounding_box()
    end = bar.bounding_box()
    assert last and end and last["y"] + last["height"] <= end["y"]
