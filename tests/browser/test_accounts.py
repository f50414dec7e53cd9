"""From an administrator's desk to a teacher's phone: an account is opened, its slip printed, a password set,
a second factor set up, and all of it found again in the record."""

import base64
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from huyuan.orgs import rules
from sample import load

SignIn = Callable[[Page, str], None]
Photograph = Callable[[Page, str], None]
ADMIN = "guanliyuan"
A4_HEIGHT = 1123
"""Pixels at 96 to the inch."""


@pytest.fixture
def elevated(page: Page, sign_in: SignIn, county: str, photograph: Photograph) -> Page:
    """The bureau's administrator on the page of the bureau's accounts, allowed to manage them."""
    sign_in(page, ADMIN)
    page.goto(f"{county}/accounts/")
    page.get_by_label("单位名称").fill("教育")
    page.get_by_role("button", name="筛选").click()
    page.locator("main a[href^='/accounts/of/']").first.click()
    expect(page.get_by_role("button", name="开通账号并打印激活单")).to_be_disabled()
    photograph(page, "accounts-before")
    page.get_by_label("这次要办什么").fill("给股室人员发激活单")
    page.get_by_label("您的密码").fill("不对的密码")
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_role("alert")).to_contain_text("密码或验证码不对")
    page.get_by_label("您的密码").fill(load.PASSWORD)
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_role("heading", name="可以管理账号")).to_be_visible()
    return page


def test_from_the_slip_to_the_record(
    elevated: Page, phone: Page, county: str, browser: Browser, photograph: Photograph, tmp_path: Path
) -> None:
    desk = elevated
    row = desk.locator("form .person-row").first
    name = row.locator(".pick > span").first.evaluate("one => one.firstChild.textContent").strip()
    row.get_by_role("checkbox").check()
    row.locator("input[type=tel]").fill("138 1234 5678")
    photograph(desk, "accounts-elevated")
    desk.get_by_role("button", name="开通账号并打印激活单").click()
    slip = desk.locator(".slip")
    expect(slip).to_have_count(1)
    expect(slip).to_contain_text(name)
    code = slip.locator(".slip-code").inner_text()
    photograph(desk, "slip")
    desk.emulate_media(media="print")
    photograph(desk, "slip-print")
    box = slip.bounding_box()
    assert box and box["height"] < A4_HEIGHT / 3, "at least three slips on a sheet"
    desk.emulate_media(media="screen")

    phone.goto(f"{county}/sign-in/activate/")
    phone.get_by_label("手机号或账号").fill("13812345678")
    phone.get_by_label("激活码").fill(code.lower())
    phone.get_by_label("设一个密码").fill("short")
    phone.get_by_label("再填一次").fill("short")
    phone.get_by_role("button", name="启用账号并登录").click()
    expect(phone.locator(".field-error")).to_contain_text("至少要 10 个字符")
    photograph(phone, "activate-phone")
    for label in ("设一个密码", "再填一次"):
        phone.get_by_label(label).fill("mountain-river-7")
    phone.get_by_role("button", name="启用账号并登录").click()
    phone.wait_for_url(f"{county}/")

    phone.goto(f"{county}/account/security/")
    phone.get_by_role("button", name="启用两步验证").click()
    secret = phone.locator(".secret code").inner_text()
    drawn = phone.locator("img.qr").evaluate("one => one.naturalWidth")
    assert drawn > 100
    photograph(phone, "set-up-phone")
    phone.get_by_label("验证码").fill(shown(secret))
    phone.get_by_role("button", name="启用", exact=True).click()
    expect(phone.locator(".codes li")).to_have_count(rules.RECOVERY_CODES)
    photograph(phone, "codes-phone")
    phone.get_by_role("link", name="已经收好").click()
    expect(phone.get_by_text("就是这一台")).to_be_visible()
    photograph(phone, "security-phone")

    with browser.new_context(viewport={"width": 360, "height": 740}) as other:
        again = other.new_page()
        again.goto(f"{county}/sign-in/")
        photograph(again, "sign-in-phone")
        again.get_by_label("手机号或账号").fill("13812345678")
        again.get_by_label("密码").fill("mountain-river-7")
        again.get_by_role("button", name="登录", exact=True).click()
        expect(again.get_by_role("heading", name="两步验证")).to_be_visible()
        photograph(again, "second-phone")
        again.goto(f"{county}/account/")
        expect(again.get_by_role("heading", name="登录护园")).to_be_visible()
        # The slip a second time, on another phone.
        again.goto(f"{county}/sign-in/activate/")
        again.get_by_label("手机号或账号").fill("13812345678")
        again.get_by_label("激活码").fill(code)
        for label in ("设一个密码", "再填一次"):
            again.get_by_label(label).fill("mountain-river-8")
        again.get_by_role("button", name="启用账号并登录").click()
        expect(again.locator(".field-error")).to_contain_text("用过，不能再用")
        photograph(again, "used-twice-phone")

    desk.goto(f"{county}/audit/?text={name}")
    table = desk.get_by_role("table")
    for what in ("登录 · 账号", "用激活码启用账号", "启用两步验证"):
        expect(table).to_contain_text(what)
    photograph(desk, "audit")


def shown(secret: str) -> str:
    """What the authenticator shows now."""
    return rules.totp(base64.b32decode(secret), int(time.time()) // rules.STEP_SECONDS)
