"""Every page on a phone and on a wide screen: nothing sticks out, all is labelled, the console is silent.

With HUYUAN_SHOTS=<directory> each page is also photographed there, to be looked at by people.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

SignIn = Callable[[Page, str], None]
Photograph = Callable[[Page, str], None]

# Who looks at which pages; {school} is the page of the account's own organisation.
PAGES: dict[str, tuple[str, ...]] = {
    "anquan": (
        "/",
        "/forms/",
        "/forms/hazard-check/",
        "/ledgers/",
        "/papers/",
        "/orgs/",
        "{school}",
        "{duty}",
        "{profile}",
        "{position}",
        "/agenda/",
        "/agenda/?post=all",
        "/agenda/week/?post=all",
        "/search/?q=三清单",
        "/search/?q=不会有的",
        "/messages/",
        "/account/",
        "/account/security/",
        "/no-such-page/",
    ),
    "yuanzhang": (
        "/",
        "/compliance/",
        "/directives/",
        "/directives/jinzhai-2018-six-mechanisms/",
        "{new-year}",
    ),
    "menwei": ("/", "/sign-on/", "/forms/", "/forms/sign-in/"),
    "banzhuren": ("/", "/cases/", "/cases/report/", "/disputes/report/"),
    "jiaoxuedian": ("/",),
    "jiaoyuju": (
        "/",
        "/orgs/",
        "/map/",
        "/map/?town=城关镇",
        "/agenda/",
        "/search/?q=城关",
        "/search/?q=城关&in=posts",
        "/papers/inbox/",
        "/cases/",
        "/cases/list/",
        "/cases/figures/",
        "/cases/voices/",
        "/disputes/",
        "/care/",
        "/perimeter/",
        "/risks/",
        "/risks/warnings/",
        "/risk-notices/",
        "{school}",
        "/compliance/",
        "/compliance/?theme=hazard-closed-loop",
        "/compliance/term/",
        "{town}",
        "{rule}",
        "/directives/",
        "/directives/qi-education-school-safety/",
        "/adoptions/",
        "{adoption}",
        "/adoptions/new/",
        "{adopting}",
        "/adoptions/matters/",
        "/calendar/",
        "/packs/",
        "/packs/jinzhai-2018-six-mechanisms/",
        "/packs/coverage/",
        "/packs/coverage/?status=planned",
    ),
    "guanliyuan": ("/account/", "/accounts/", "{accounts}", "/audit/", "/audit/?kind=failed"),
    "minjing": ("/", "/orgs/", "/map/", "/compliance/"),
    "zhenzheng": ("/", "/compliance/", "{town}"),
    "zongzhi": ("/", "/village-returns/"),
    "cunganbu": ("/", "/forms/village-dispute-return/"),
}
# Pages that are reached by a link of another: where it stands, and which it is.
FOUND_AT = {
    "{school}": ("/account/", "a[href^='/orgs/']"),
    "{profile}": ("{school}", "a[href$='/profile/']"),
    "{position}": ("{school}", "a[href$='/position/']"),
    "{manage}": ("{school}", "a[href$='/manage/']"),
    "{new-year}": ("{manage}", "a[href$='/new-year/']"),
    "{adopting}": ("/adoptions/new/", "ul.records a"),
    "{duty}": ("/", "a[href^='/duties/']"),
    "{town}": ("/compliance/", "a[href^='/compliance/town/']"),
    "{rule}": ("/compliance/", "a[href^='/compliance/rule/']"),
    "{accounts}": ("/accounts/", "a[href^='/accounts/of/']"),
    "{adoption}": ("/adoptions/", "a[href^='/adoptions/0']"),
}
SHOWN = "const shown = what => [...document.querySelectorAll(what)].filter(one => one.checkVisibility());"
# Rules of our own, run in the page; each gives the elements that break it.
RULES = {
    "a control without a name": """shown('input:not([type=hidden]), select, textarea')
        .filter(one => !one.labels?.length && !one.getAttribute('aria-label'))""",
    "a button or link without words": """shown('a[href], button, summary')
        .filter(one => !(one.innerText ?? one.textContent).trim() && !one.getAttribute('aria-label'))""",
    "not exactly one first heading": "shown('h1').length === 1 ? [] : [document.body]",
    "a heading that skips a level": """shown('h1, h2, h3, h4')
        .filter((one, at, all) => at && one.tagName[1] - all[at - 1].tagName[1] > 1)""",
    "an id used twice": """[...document.querySelectorAll('[id]')]
        .filter((one, at, all) => all.findIndex(other => other.id === one.id) !== at)""",
    "navigation without a name": "shown('nav').filter(one => !one.getAttribute('aria-label'))",
    "a section named after nothing": """shown('[aria-labelledby]')
        .filter(one => !document.getElementById(one.getAttribute('aria-labelledby')))""",
    "not exactly one main part": "shown('main').length === 1 ? [] : [document.body]",
    "a picture without a text": "shown('img:not([alt])')",
    "small text": """shown('main *').filter(one => !one.closest('svg')
        && [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())
        && parseFloat(getComputedStyle(one).fontSize) < 16)""",
}
# A mark on a drawing may be small: the list beside it leads to the same.
SMALL_TARGETS = """shown('main a[href], main button, main summary, nav.tabs a').filter(one => {
    if (one.closest('svg, p, li, dd, td, th, blockquote, .crumbs')) return false;
    const box = one.getBoundingClientRect();
    return box.height < 44 || box.width < 44;
})"""


@pytest.mark.parametrize("username", PAGES)
@pytest.mark.parametrize("size", ["phone", "page"])
def test_pages(
    request: pytest.FixtureRequest,
    sign_in: SignIn,
    county: str,
    photograph: Photograph,
    username: str,
    size: str,
) -> None:
    page: Page = request.getfixturevalue(size)
    faults: list[str] = []
    page.on("console", lambda line: faults.append(f"console: {line.text}") if line.type == "error" else None)
    sign_in(page, username)
    for number, address in enumerate(PAGES[username]):
        faults += look(page, county, address, size)
        photograph(page, f"{username}-{size}-{number:02}")
    # The page that is not there says so in the console too.
    assert [fault for fault in faults if "404" not in fault] == []


def look(page: Page, county: str, address: str, size: str) -> list[str]:
    """Open a page; what is wrong with it."""
    address = found(page, county, address)
    page.goto(f"{county}{address}")
    page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(one => { one.open = true })")
    rules = RULES | ({"a target smaller than a finger": SMALL_TARGETS} if size == "phone" else {})
    broken_rules = [
        f"{address}: {what}: {broken}"
        for what, rule in rules.items()
        for broken in page.evaluate(
            f"() => {{ {SHOWN} return {rule}.map(one => one.outerHTML.slice(0, 160)) }}"
        )
    ]
    sticks_out = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*broken_rules, *([f"{address}: {sticks_out} px stick out"] if sticks_out > 0 else [])]


def found(page: Page, county: str, address: str) -> str:
    """The address itself, or the one that a link says."""
    if address not in FOUND_AT:
        return address
    start, link = FOUND_AT[address]
    page.goto(f"{county}{found(page, county, start)}")
    return page.locator(f"main {link}").first.get_attribute("href") or ""
