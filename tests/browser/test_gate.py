"""From the sheet at a school's gate to the answer, with real browsers, at both widths."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.test_every_page import look

SignIn = Callable[[Page, str], None]


@pytest.mark.parametrize("width", [360, 1440])
def test_reported_at_the_gate_and_answered(
    page: Page, sign_in: SignIn, county: str, browser: Browser, width: int
) -> None:
    sign_in(page, "anquan")
    faults = look(page, county, "/cases/voices/code/", "page")
    page.get_by_role("button", name="启用门口二维码").or_(page.get_by_role("button", name="换新码")).click()
    expect(page.get_by_alt_text("反映用的二维码")).to_be_visible()
    faults += look(page, county, "/cases/voices/code/", "page")
    gate = page.locator(".gate-address").inner_text().removeprefix(county)
    size = "phone" if width == 360 else "page"
    with browser.new_context(viewport={"width": width, "height": 740}, locale="zh-CN") as context:
        parent = context.new_page()
        lines: list[str] = []
        parent.on("console", lambda line: lines.append(line.text) if line.type == "error" else None)
        faults += look(parent, county, gate, size)
        parent.get_by_label("隐患", exact=True).check()
        parent.get_by_label("在哪里").fill(f"东门口{width}")
        parent.get_by_role("button", name="提交").click()
        expect(parent.get_by_role("alert")).to_contain_text("什么情况")
        parent.get_by_label("什么情况").fill("井盖松动")
        parent.get_by_role("button", name="提交").click()
        expect(parent.get_by_role("heading", name="查询码")).to_be_visible()
        answer = parent.url.removeprefix(county)
        faults += look(parent, county, answer, size)
        page.goto(f"{county}/")
        page.get_by_role("link", name="家长和群众反映").click()
        faults += look(page, county, "/cases/voices/", "page")
        page.get_by_role("link", name=f"东门口{width}").click()
        faults += look(page, county, page.url.removeprefix(county), "page")
        page.get_by_label("答复", exact=True).fill("井盖已经换好。")
        page.get_by_role("button", name="答复", exact=True).click()
        faults += look(parent, county, answer.partition("?")[0], size)
        expect(parent.get_by_text("井盖已经换好。")).to_be_visible()
    # What could not be taken yet is said in the console too.
    assert [*faults, *(line for line in lines if "422" not in line)] == []
