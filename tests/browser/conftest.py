"""The sample county without its term of acts, served to real browsers: a day on which nothing was recorded yet."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page
from pytest_django import DjangoDbBlocker

from conftest import empty_tables
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import system_actor
from huyuan.orgs.session import acting
from huyuan.packs.actions import install_all
from sample import adoption, load
from sample.county import CODE

SignIn = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def county(app_server: str, django_db_blocker: DjangoDbBlocker, test_database: str) -> Iterator[str]:
    """The address of the county's application; both directives were adopted a fortnight ago."""
    now = datetime.now(UTC)
    today = day_of(now)
    with django_db_blocker.unblock():
        install_all(now=now)
        # The root organisation exists only after the first part: the job gets its reach with it.
        with acting(system_actor("建立示例县", CODE)):
            rows = load.load(today)
        actor = system_actor("建立示例县", CODE)
        with acting(actor):
            load.calendar(actor, today, now)
            load.accounts(rows)
            bureau = rows.orgs["education-bureau"]
            adoption.adopt(actor=actor, bureau=bureau, since=today - timedelta(days=14), now=now)
        yield app_server
    empty_tables(test_database)


@pytest.fixture
def sign_in(county: str) -> SignIn:
    """Signs in on a page with a sample account, and waits for Today."""

    def signed_in(page: Page, username: str) -> None:
        page.goto(f"{county}/sign-in/")
        page.get_by_label("账号").fill(username)
        page.get_by_label("密码").fill(load.PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{county}/")

    return signed_in
