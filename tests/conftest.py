"""The running application and a browser in front of it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, sync_playwright

from config import apt, postgres

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def app_server(application_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application served on this worker's database; its address, without a slash at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    settings.DATA_DIR.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(settings.ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": application_url,
        "HUYUAN_DATA": str(settings.DATA_DIR),
    }
    log_path = tmp_path_factory.mktemp("web") / "web.log"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "1"]
    with log_path.open("wb") as log:
        web = subprocess.Popen(
            [*command, "--blocking-threads", "2", "--log-level", "warning", "config.wsgi:application"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=partial(postgres.die_with_parent, os.getpid(), signal.SIGKILL),
        )
    try:
        deadline = time.monotonic() + 30
        while not answers(address):
            assert web.poll() is None and time.monotonic() < deadline, log_path.read_text(errors="replace")
            time.sleep(0.05)
        yield address
    finally:
        web.terminate()
        web.wait()


def answers(address: str) -> bool:
    """Does anything answer there, be it with an error page?"""
    try:
        urllib.request.urlopen(f"{address}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.fixture
def live_app(app_server: str, transactional_db: None) -> str:
    """The running application's address: it sees what the test commits, and all is emptied afterwards."""
    return app_server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    apt.require("chromium", "fonts-noto-cjk")
    # Playwright's loop runs in this thread; Django takes it for an asynchronous caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=apt.CHROMIUM, headless=True, args=list(CHROMIUM_ARGUMENTS)
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page 1440 px wide. The test fails when something comes from outside or breaks a rule of ours."""
    with browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN") as context:
        yield from watched_page(context)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page on a phone, 360 px wide, watched like ``page``."""
    with browser.new_context(
        viewport={"width": 360, "height": 740}, locale="zh-CN", has_touch=True, is_mobile=True
    ) as context:
        yield from watched_page(context)


def watched_page(context: BrowserContext) -> Iterator[Page]:
    """A page; afterwards: nothing came from outside, no script failed, no content policy was broken."""
    faults: list[str] = []

    def only_ours(route: Route) -> None:
        if route.request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            route.continue_()
        else:
            faults.append(f"loads from outside: {route.request.url}")
            route.abort()

    def policy(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    context.route("**/*", only_ours)
    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(f"script failed: {error}"))
    opened.on("console", policy)
    yield opened
    assert not faults, faults
