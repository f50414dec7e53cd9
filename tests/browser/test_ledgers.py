"""A ledger at work: what waits is ticked and confirmed together; a filter is named, opened by one tap,
deleted."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from pytest_django import DjangoDbBlocker
from tests.browser.test_every_page import look

from huyuan.kernel.days import day_of
from huyuan.orgs.actor import actor_for
from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.registers import actions
from huyuan.registers.models import Entry
from huyuan.registers.queries import agencies_of, current_form
from huyuan.trace import files

SignIn = Callable[[Page, str], None]
Photograph = Callable[[Page, str], None]

OFFICER, HEAD = "anquan", "yuanzhang"
LEDGER = "/ledgers/hazard-check/"


@pytest.fixture
def three_checks(county: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The safety officer has just handed in three checks."""
    now = datetime.now(UTC)
    with django_db_blocker.unblock():
        officer = actor_for(Account.objects.get(username=OFFICER), day_of(now))
        with acting(officer):
            for place in ("gate", "canteen", "classroom"):
                actions.submit(
                    actor=officer,
                    form_id=current_form("hazard-check").id,
                    org_id=officer.holdings[0].org_id,
                    client_id=uuid4(),
                    answers={
                        "date": [day_of(now).isoformat()],
                        "scope": ["whole-school"],
                        "places": [place],
                        "participants": ["安全员、保安一名"],
                        "joint": ["no"],
                        "found": ["no"],
                    },
                    now=now,
                )
        yield
        # What the page did not confirm is not the next one's.
        with acting(officer):
            for entry in Entry.objects.filter(filler_id=officer.person_id, state="submitted"):
                actions.void(actor=officer, entry_id=entry.id, reason="试过了", now=now)


def unfold(opened: Page, size: str) -> None:
    """On a phone the filters come out when they are wanted."""
    if size == "phone":
        expect(opened.get_by_label("状态")).to_be_hidden()
        opened.get_by_text("筛选条件").click()


@pytest.mark.parametrize("size", ["phone", "page"])
@pytest.mark.usefixtures("three_checks")
def test_what_waits_is_confirmed_together(
    request: pytest.FixtureRequest, sign_in: SignIn, county: str, photograph: Photograph, size: str
) -> None:
    opened: Page = request.getfixturevalue(size)
    sign_in(opened, HEAD)
    waiting = opened.get_by_role("region", name="等我确认").locator("li", has_text="安全隐患排查登记")
    expect(waiting).to_contain_text("（3 份）")
    waiting.get_by_role("link").click()
    boxes = opened.get_by_role("table").get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    button = opened.get_by_role("button", name="确认所选")
    expect(button).to_be_disabled()
    if size == "phone":
        for box in boxes.all():
            target = box.locator("xpath=..").bounding_box()
            assert target and min(target["width"], target["height"]) >= 48, target
        # The bar with the button is in sight wherever the list stands.
        opened.evaluate("scrollTo(0, 0)")
        expect(button).to_be_in_viewport()
    photograph(opened, f"ledger-waiting-{size}")
    boxes.nth(1).check()
    expect(button).to_have_text("确认所选 1 份")
    photograph(opened, f"ledger-one-{size}")
    opened.get_by_role("link", name="全选本页 3 份").click()
    expect(button).to_have_text("确认所选 3 份")
    opened.get_by_role("link", name="全不选").click()
    expect(button).to_be_disabled()
    boxes.nth(0).check()
    boxes.nth(2).check()
    photograph(opened, f"ledger-two-{size}")
    button.click()
    expect(opened.get_by_text("已确认 2 份")).to_be_visible()
    expect(boxes).to_have_count(1)
    photograph(opened, f"ledger-confirmed-{size}")
    opened.get_by_role("link", name=re.compile("全选本页")).click()
    button.click()
    expect(opened.get_by_text("已确认 1 份")).to_be_visible()
    expect(opened.get_by_text("没有找到登记")).to_be_visible()


@pytest.mark.parametrize("size", ["phone", "page"])
def test_a_filter_is_named_opened_and_deleted(
    request: pytest.FixtureRequest, sign_in: SignIn, county: str, photograph: Photograph, size: str
) -> None:
    opened: Page = request.getfixturevalue(size)
    sign_in(opened, HEAD)
    opened.goto(f"{county}{LEDGER}")
    unfold(opened, size)
    opened.get_by_label("时段").select_option(label="本月")
    opened.get_by_label("状态").select_option(label="待确认")
    opened.get_by_role("button", name="筛选", exact=True).click()
    narrowed = opened.url
    opened.get_by_text("把这个筛选存下来").click()
    opened.get_by_label("筛选的名字").fill("本月待我确认的")
    photograph(opened, f"ledger-naming-{size}")
    opened.get_by_role("button", name="存下来").click()
    chip = opened.get_by_role("list", name="常用的筛选").get_by_role("link", name="本月待我确认的")
    expect(chip).to_have_attribute("aria-current", "true")
    opened.get_by_role("link", name="清除").click()
    expect(chip).not_to_have_attribute("aria-current", "true")
    assert look(opened, county, LEDGER, size) == []
    photograph(opened, f"ledger-chips-{size}")
    chip.click()
    expect(opened.get_by_label("时段")).to_have_value("this-month")
    assert sorted(opened.url.partition("?")[2].split("&")) == [
        part for part in sorted(narrowed.partition("?")[2].split("&")) if not part.endswith("=")
    ]
    opened.get_by_role("button", name="删去筛选“本月待我确认的”").click()
    expect(chip).to_have_count(0)


@pytest.fixture(scope="module")
def visits(county: str, django_db_blocker: DjangoDbBlocker) -> None:
    """The safety officer has recorded two visits for the police station; one of them it says is right."""
    now = datetime.now(UTC)
    with django_db_blocker.unblock():
        officer = actor_for(Account.objects.get(username=OFFICER), day_of(now))
        keeper = officer.holdings[0]
        paper = files.store(b"%PDF-1.4 signed", county_id=officer.county_id, now=now)
        with acting(officer):
            station = next(one for one in agencies_of(officer, keeper.org_id) if one.kind == "police-station")
            made = [
                actions.submit(
                    actor=officer,
                    form_id=current_form("police-visit").id,
                    org_id=station.id,
                    recorded_by=keeper.org_id,
                    client_id=uuid4(),
                    answers={
                        "date": [day_of(now).isoformat()],
                        "police": ["station"],
                        "role": ["officer"],
                        "purpose": [purpose],
                        "partner": [str(keeper.org_id)],
                        "result": ["正常"],
                        "entry_sheet": [str(paper.id)],
                    },
                    uploads={paper.id: "签字表.pdf"},
                    now=now,
                )
                for purpose in ("education", "order")
            ]
            _, token = actions.make_link(actor=officer, entry_id=made[0].id, org_id=station.id, now=now)
        with actions.opened_link(token, "192.0.2.1", now) as link:
            actions.answer_link(link=link, answer="confirmed", reason="", address="192.0.2.1", now=now)


@pytest.mark.parametrize("size", ["phone", "page"])
@pytest.mark.usefixtures("visits")
def test_what_was_recorded_for_the_station_says_what_it_answers(
    request: pytest.FixtureRequest, sign_in: SignIn, county: str, photograph: Photograph, size: str
) -> None:
    opened: Page = request.getfixturevalue(size)
    sign_in(opened, HEAD)
    opened.goto(f"{county}/ledgers/")
    opened.get_by_role("region", name="本单位代录的").get_by_role("link").click()
    table = opened.get_by_role("table")
    expect(table.get_by_text("代录，对方确认属实）")).to_have_count(1)
    expect(table.get_by_text("代录，没有请对方确认）")).to_have_count(1)
    photograph(opened, f"ledger-for-others-{size}")
    opened.get_by_label("对方答复").select_option(label="没有请对方确认")
    opened.get_by_role("button", name="筛选", exact=True).click()
    expect(opened.get_by_text("共 1 条")).to_be_visible()
    expect(table.get_by_text("代录，没有请对方确认）")).to_have_count(1)
    assert look(opened, county, opened.url.removeprefix(county), size) == []
