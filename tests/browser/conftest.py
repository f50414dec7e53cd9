"""The sample county without its acts, served to real browsers: a fortnight in which nothing was recorded."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import override_settings
from PIL import Image
from playwright.sync_api import Page
from pytest_django import DjangoDbBlocker

from huyuan.kernel.days import day_of, start_of
from huyuan.orgs import actions as orgs
from huyuan.orgs.actor import system_actor
from huyuan.orgs.session import acting
from huyuan.packs.actions import install_all
from sample import adoption, load
from sample.county import CODE

SignIn = Callable[[Page, str], None]
FORTNIGHT = timedelta(days=14)


@pytest.fixture(scope="module")
def county(
    app_server: str, django_db_blocker: DjangoDbBlocker, empty_database: Callable[[], None]
) -> Iterator[str]:
    """The address of the county's application; the directives bind since a fortnight ago, all of it term."""
    today = day_of(datetime.now(UTC))
    first = today - FORTNIGHT
    begun = start_of(first)
    with django_db_blocker.unblock():
        empty_database()
        install_all(now=begun)
        with acting(system_actor("建立示例县", CODE)):
            rows = load.load(today)
        # Only now there is a root organisation, through which the job reaches the county.
        actor = system_actor("建立示例县", CODE)
        # The server checks passwords as in production; the tests' own quick hash would be foreign to it.
        hasher = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
        with acting(actor), override_settings(PASSWORD_HASHERS=hasher):
            last = today + 10 * FORTNIGHT
            year = f"{first.year}-{first.year + 1}"
            orgs.set_term(actor=actor, year=year, semester=1, first=first, last=last, now=begun)
            load.accounts(rows)
            bureau = rows.orgs["education-bureau"]
            adoption.adopt(actor=actor, bureau=bureau, first=first, second=first, now=begun)
        yield app_server
        empty_database()


@pytest.fixture
def sign_in(county: str) -> SignIn:
    """Signs in on a page with a sample account, and waits for Today."""

    def signed_in(page: Page, username: str) -> None:
        page.goto(f"{county}/sign-in/")
        page.get_by_label("账号").fill(username)
        page.get_by_label("密码").fill(load.PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(f"{county}/")

    return signed_in


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo as a phone takes it."""
    path = tmp_path / "现场.jpg"
    Image.new("RGB", (800, 600), (90, 120, 160)).save(path)
    return path


@pytest.fixture
def photograph() -> Callable[[Page, str], None]:
    """Keeps a picture of a page where HUYUAN_SHOTS says, if it says so."""

    def taken(page: Page, name: str) -> None:
        directory = os.environ.get("HUYUAN_SHOTS")
        if directory:
            Path(directory).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)

    return taken
