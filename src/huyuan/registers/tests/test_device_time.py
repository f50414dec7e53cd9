"""When a button was pressed, by a device's clock that may be wrong, and how people are told."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from huyuan.kernel.days import SHANGHAI
from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.registers.models import Entry, Form
from huyuan.registers.rules import Handed, clock_is_off, handed_in
from huyuan.registers.tests.library import CHECK, Remembering, install

NOW = datetime(2026, 10, 14, 7, 45, tzinfo=SHANGHAI)


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-10-14T{clock}:00+08:00")


@pytest.mark.parametrize(
    ("pressed", "sent", "happened", "ahead"),
    [
        ("07:45", "07:45", "07:45", 0),
        ("07:10", "07:45", "07:10", 0),  # kept for 35 minutes
        ("07:50", "07:50", "07:45", 5),  # a fast clock moves nothing into the future
        ("07:22", "07:57", "07:10", 12),
        ("06:30", "07:05", "07:10", -40),
    ],
)
def test_it_was_pressed_as_long_ago_as_the_device_says(
    pressed: str, sent: str, happened: str, ahead: int
) -> None:
    handed = handed_in(at(pressed), at(sent), NOW)
    assert handed == Handed(at(happened), at(pressed), timedelta(minutes=ahead))


@pytest.mark.parametrize(
    ("pressed", "sent"),
    [
        (None, None),
        (NOW, None),
        (NOW, NOW - timedelta(seconds=1)),  # sent before it was pressed
        (NOW - timedelta(days=15), NOW),
    ],
)
def test_a_device_that_says_what_can_not_be_has_said_nothing(
    pressed: datetime | None, sent: datetime | None
) -> None:
    assert handed_in(pressed, sent, NOW) == Handed(NOW)


@pytest.mark.parametrize(
    ("seconds", "off"), [(0, False), (300, False), (-300, False), (301, True), (-301, True)]
)
def test_a_clock_is_off_by_more_than_five_minutes(seconds: int, off: bool) -> None:
    assert clock_is_off(timedelta(seconds=seconds)) is off
    assert clock_is_off(None) is False


@pytest.fixture
def form(db: None) -> Form:
    return install(CHECK)


def entry_page(county: SmallCounty, form: Form, **device: str) -> tuple[Entry, str]:
    """The entry after a browser posted it with what it says of its clock, and the entry's page."""
    client = Client()
    client.force_login(Account.objects.get(username=f"{COUNTY}-safety"))
    sent = {
        "client_uuid": str(uuid4()),
        "form_id": str(form.id),
        "org_id": str(county.orgs["central"].id),
        "day": "2026-10-13",
        "scope": "whole-school",
        **device,
    }
    page = client.post("/forms/check/", sent, follow=True)
    with acting(county.system):
        return Entry.objects.get(), page.content.decode()


pytestmark = pytest.mark.urls("huyuan.registers.tests.urls")


def test_both_times_are_shown_when_the_device_had_no_network(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    sent = datetime.now(SHANGHAI)
    pressed = sent - timedelta(minutes=90)
    entry, page = entry_page(county, form, device_at=pressed.isoformat(), device_sent_at=sent.isoformat())
    assert entry.device_at == pressed and not clock_is_off(entry.device_ahead)
    assert f"{pressed:%H:%M} 按下提交，联网后收到" in page
    assert "时钟不准" not in page


def test_a_wrong_clock_is_marked_with_both_times(county: SmallCounty, form: Form, sink: Remembering) -> None:
    device = datetime.now(SHANGHAI) + timedelta(days=3)
    entry, page = entry_page(county, form, device_at=device.isoformat(), device_sent_at=device.isoformat())
    assert clock_is_off(entry.device_ahead)
    assert "已提交（时钟不准）" in page and "本机时钟快" in page and f"{device:%H:%M} 按下提交" in page


@pytest.mark.parametrize(
    "text", ["", "昨天", "2026-10-14T07:10:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]
)
def test_without_a_readable_time_of_the_device_the_servers_stands(
    county: SmallCounty, form: Form, sink: Remembering, text: str
) -> None:
    entry, page = entry_page(county, form, device_at=text, device_sent_at=text)
    assert (entry.device_at, entry.device_ahead) == (None, None)
    assert "本机时间" not in page
