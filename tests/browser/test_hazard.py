"""A broken stair rail, from a photo on a phone to the closing slip, through two departments that have no
account."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from tests.browser.test_every_page import look

SignIn = Callable[[Page, str], None]
HOUSING, TOWN = "青禾县住房和城乡建设局", "城关镇人民政府"


def step(page: Page, name: str) -> None:
    """Press the button of a step on the page of a case, or the one that hands its form in."""
    page.get_by_role("main").get_by_role("link", name=name, exact=True).click()


def hand_in(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_text("已收到")).to_be_visible()


def assign(page: Page, lead: str, support: str = "") -> None:
    """Give it to a department, and a part of it to another one."""
    step(page, "交办")
    page.get_by_label("交给哪个单位（牵头）").select_option(label=lead)
    if support:
        page.get_by_text("不常填的内容").click()
        page.get_by_label(support, exact=True).check()
    hand_in(page, "交办")


def link_for(page: Page, case: str, org: str) -> str:
    """A one-time link for the part of an organisation."""
    page.goto(case)
    page.get_by_text("对方不上网的").click()
    page.locator("form.case-proxy", has_text=org).get_by_role("button", name="发办理链接").click()
    return page.get_by_label("复制这个链接，发给对方").input_value()


def by_link(browser: Browser, address: str, verb: str, words: dict[str, str]) -> None:
    """What a department does with the link on its own phone."""
    with browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN") as context:
        theirs = context.new_page()
        theirs.goto(address)
        expect(theirs.get_by_text("扶手断了一截")).to_be_visible()
        form = theirs.locator("details", has=theirs.get_by_text(verb, exact=True)).last
        form.evaluate("one => { one.open = true }")
        for label, text in words.items():
            form.get_by_label(label, exact=True).fill(text)
        form.get_by_role("button", name=verb, exact=True).click()
        expect(theirs.locator(".banner-done")).to_be_visible()


def closed(page: Page, county: str) -> int:
    """How many are closed, as the figures say."""
    page.goto(f"{county}/cases/figures/")
    said = re.search(r"已销号 (\d+) 处", page.get_by_role("main").inner_text() + page.inner_text("body"))
    assert said
    return int(said[1])


def test_from_the_photo_to_the_closing_slip(
    phone: Page, page: Page, browser: Browser, sign_in: SignIn, photo: Path, county: str
) -> None:
    sign_in(page, "jiaoyuju")
    before = closed(page, county)
    sign_in(phone, "anquan")
    faults = look(phone, county, "/cases/report/", "phone")
    phone.goto(f"{county}/cases/")
    phone.get_by_role("link", name="上报隐患").click()
    phone.locator("input[type=file][name=photos]").first.set_input_files(photo)
    phone.get_by_label("类别").select_option("buildings")
    phone.get_by_label("在哪里").fill("东侧楼梯二层")
    phone.get_by_label("什么情况").fill("扶手断了一截")
    hand_in(phone, "提交")
    case = phone.url.partition("?")[0]
    faults += look(phone, county, case.removeprefix(county), "phone")
    step(phone, "报上级")
    phone.get_by_label("为什么本单位解决不了").fill("要整段更换，请住建部门看结构")
    hand_in(phone, "报上级")

    page.goto(f"{county}/")
    page.get_by_role("link", name="东侧楼梯二层，扶手断了一截").click()
    assign(page, HOUSING)
    by_link(browser, link_for(page, case, HOUSING), "退回", {"退回理由": "校舍归教育局管"})

    page.goto(f"{county}/cases/")
    expect(page.get_by_role("heading", name="待会商")).to_be_visible()
    page.get_by_role("link", name="东侧楼梯二层，扶手断了一截").first.click()
    assign(page, HOUSING, TOWN)
    for org, done in ((HOUSING, "更换了栏杆"), (TOWN, "修好了踏步")):
        by_link(browser, link_for(page, case, org), "整改完成", {"做了什么": done})

    phone.goto(case)
    expect(phone.get_by_text("整改的人不能自己复查")).to_be_visible()
    step(phone, "复查通过")
    hand_in(phone, "复查通过")
    expect(phone.get_by_text("已销号").first).to_be_visible()
    faults += look(phone, county, case.removeprefix(county), "phone")
    expect(phone.get_by_role("region", name="这件事计入")).to_contain_text("已完成")
    phone.get_by_role("region", name="这件事计入").get_by_role("link", name="已完成").first.click()
    expect(phone.get_by_role("region", name="记录")).to_contain_text("隐患〔")
    assert closed(page, county) == before + 1
    page.goto(f"{case}papers/closure/")
    expect(page.get_by_role("heading", name="安全隐患销号单")).to_be_visible()
    expect(page.get_by_text("更换了栏杆")).to_be_visible()
    assert faults == []
