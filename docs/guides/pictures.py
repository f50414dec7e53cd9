"""Takes the pictures of the guides anew: python docs/guides/pictures.py http://127.0.0.1:8000

The address is a running sample (`./huyuan run`). With names behind it, only these. Needs Debian's chromium.
Where the head has nothing to confirm, a hazard check is handed in for it; nothing else is written.
"""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

PASSWORD = "qinghe-2026"
PICTURES = Path(__file__).parent / "pictures"
CHROMIUM = "/usr/bin/chromium"
PHONE, DESK = 360, 1440
COLOURS = 64


def as_it_opens(page: Page) -> None:
    """Nothing to do: the page as it opens."""


def by_its_line(text: str) -> Callable[[Page], None]:
    """Follow the first line of Today that says this."""
    return lambda page: page.locator("li.task", has_text=text).first.get_by_role("link").first.click()


def to_be_signed(page: Page) -> None:
    """The first entry that waits for the organisation's signature."""
    page.get_by_role("region", name="等我单位签字").get_by_role("link").first.click()


def hazard_check(page: Page) -> None:
    """A hazard check half filled in."""
    page.get_by_label("全校", exact=True).check()
    for part in ("校门与围墙", "消防设施与通道"):
        page.get_by_label(part).check()


def lesson(page: Page) -> None:
    """A lesson on traffic and fire."""
    page.get_by_label("形式").select_option(label="主题班会")
    for topic in ("交通安全", "消防安全"):
        page.get_by_label(topic).check()
    page.get_by_label("学生（幼儿）").check()


def notice(page: Page) -> None:
    """A notice that asks for a table by Friday."""
    friday = date.today() + timedelta(days=(4 - date.today().weekday()) % 7)
    page.get_by_label("标题").fill("报送冬季取暖安全自查情况")
    page.get_by_label("正文").fill("请各校自查取暖设备，周五前填报。")
    page.get_by_label("截止时间").fill(f"{friday}T18:00")
    page.get_by_label("填一张表").check()
    page.get_by_label("列名").first.fill("取暖方式")


def risk(page: Page) -> None:
    """A risk notice begun."""
    page.get_by_label("哪种风险").select_option(label="交通")
    page.get_by_label("在哪里").fill("城关大道与学府路路口")


def by_its_button(text: str) -> Callable[[Page], None]:
    """Follow the link that says this."""
    return lambda page: page.get_by_role("main").get_by_role("link", name=text).first.click()


def scanned(page: Page) -> None:
    """The page behind the code at the gate, as whoever scans it sees it."""
    page.goto(page.locator(".gate-address").inner_text())


class Picture(NamedTuple):
    """Who sees it, how wide, at which address, after which steps; from the element `top` on, so high."""

    account: str
    width: int
    address: str
    steps: Callable[[Page], None] = as_it_opens
    top: str = "main"
    height: int = 620


TAKEN: dict[str, Picture] = {
    "safety-officer-today": Picture("anquan", PHONE, "/"),
    "safety-officer-form": Picture("anquan", PHONE, "/forms/hazard-check/", hazard_check, "main fieldset"),
    "safety-officer-risks": Picture("anquan", PHONE, "/risks/", by_its_button("本校风险台账")),
    "head-today": Picture("yuanzhang", PHONE, "/"),
    "head-confirm": Picture("yuanzhang", PHONE, "/", by_its_line("待确认"), height=560),
    "class-teacher-forms": Picture("banzhuren", PHONE, "/forms/", top="body", height=600),
    "class-teacher-lesson": Picture("banzhuren", PHONE, "/forms/lesson/", lesson, "main fieldset"),
    "guard-today": Picture("menwei", PHONE, "/"),
    "guard-log": Picture("menwei", PHONE, "/", by_its_line("做好值班登记"), height=700),
    "bureau-officer-today": Picture("jiaoyuju", DESK, "/", top="body", height=640),
    "bureau-officer-notice": Picture("jiaoyuju", DESK, "/notices/new/", notice, "body", 900),
    "bureau-leader-compliance": Picture("juzhang", DESK, "/compliance/", top="body", height=820),
    "admin-tables": Picture("guanliyuan", DESK, "/tables/", top="body", height=620),
    "admin-accounts": Picture(
        "guanliyuan", DESK, "/accounts/many/?post=class-teacher", top="body", height=980
    ),
    "police-today": Picture("minjing", PHONE, "/", top="body"),
    "police-sign": Picture("minjing", PHONE, "/", to_be_signed, "dt:text-is('登记')", 330),
    "police-risk": Picture("minjing", PHONE, "/risk-notices/new/", risk, "main form"),
    "traffic-form": Picture("jiaojing", PHONE, "/forms/gate-duty/", height=560),
    "market-forms": Picture("shichang", PHONE, "/forms/", top="body"),
    "village-report": Picture("guanqu", PHONE, "/forms/first-encounter/", height=640),
    "town-returns": Picture("zongzhi", DESK, "/village-returns/", top="main", height=640),
    "parents-gate": Picture("anquan", PHONE, "/cases/voices/code/", scanned, height=700),
    "town-today": Picture("zhenzheng", PHONE, "/", height=620),
}


@contextmanager
def signed_in(browser: Browser, base: str, account: str, width: int) -> Iterator[Page]:
    """A page of somebody of the sample, on a phone or at a desk, with Today open."""
    phone = width == PHONE
    with browser.new_context(
        viewport={"width": width, "height": 740 if phone else 900},
        locale="zh-CN",
        has_touch=phone,
        is_mobile=phone,
        bypass_csp=True,
    ) as context:
        page = context.new_page()
        page.goto(f"{base}/sign-in/")
        page.get_by_label("手机号或账号").fill(account)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(f"{base}/")
        yield page


def leave_something_to_confirm(browser: Browser, base: str) -> None:
    """The head of the sample's kindergarten has an entry that waits."""
    with signed_in(browser, base, "yuanzhang", PHONE) as page:
        if page.get_by_role("region", name="等我确认").count():
            return
    with signed_in(browser, base, "anquan", PHONE) as page:
        page.goto(f"{base}/forms/hazard-check/")
        hazard_check(page)
        page.get_by_label("参加人员").fill("安全员、保安一名")
        for question in ("是否联合排查", "是否发现隐患"):
            page.get_by_role("group", name=question).get_by_label("否").check()
        page.get_by_role("button", name="提交登记").click()
        page.locator("[data-received]").wait_for()


def take(browser: Browser, base: str, picture: Picture) -> bytes:
    """One picture as PNG with few colours."""
    with signed_in(browser, base, picture.account, picture.width) as page:
        page.goto(f"{base}{picture.address}")
        picture.steps(page)
        page.wait_for_load_state("load")
        # Bars that stay at the edge of a screen would lie across the middle of a long picture.
        page.add_style_tag(content=".tabs, .thumb, .page-action { position: static !important }")
        page.evaluate("scrollTo(0, 0)")
        box = page.locator(picture.top).first.bounding_box()
        assert box is not None, f"{picture.address}: no {picture.top}"
        clip = FloatRect(x=0, y=max(box["y"] - 8, 0), width=picture.width, height=picture.height)
        shot = page.screenshot(full_page=True, clip=clip)
    few = Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    written = io.BytesIO()
    few.save(written, "PNG", optimize=True)
    return written.getvalue()


def main(base: str, names: list[str]) -> None:
    """Take all, or those that are named."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        leave_something_to_confirm(browser, base)
        for name in names or TAKEN:
            content = take(browser, base, TAKEN[name])
            (PICTURES / f"{name}.png").write_bytes(content)
            print(f"{name}.png {len(content) // 1024} KB")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), sys.argv[2:])
