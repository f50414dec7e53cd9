from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from huyuan.kernel.errors import Refused
from huyuan.notify import channels
from huyuan.notify.actions import PAUSES, add_webhook, deliver_due, plan_deliveries, send, stop_webhook
from huyuan.notify.channels import NotDelivered
from huyuan.notify.models import Delivery, Webhook
from huyuan.notify.tests.conftest import Robot
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import NOW, SmallCounty
from huyuan.trace.models import Record


def subscribe(county: SmallCounty, url: str, channel: str = "wecom") -> Webhook:
    return add_webhook(
        actor=county.actors["other-admin"],
        org_id=county.orgs["other"].id,
        channel=channel,
        url=url,
        now=NOW,
    )


def tell(county: SmallCounty, org: str = "other", key: str = "k", now: datetime = NOW) -> None:
    with acting(county.system):
        send(org_id=county.orgs[org].id, post_kind="admin", key=key, text="请处理", url="/today/", now=now)


def run(county: SmallCounty, now: datetime = NOW) -> int:
    plan_deliveries(actor=county.system, now=now)
    return deliver_due(actor=county.system, now=now)


def only_delivery(county: SmallCounty) -> Delivery:
    with acting(county.system):
        return Delivery.objects.get()


def test_a_message_goes_out_once(county: SmallCounty, robot: Robot, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://huyuan.example"
    subscribe(county, robot.url)
    tell(county)
    tell(county, org="central")
    assert (run(county), run(county)) == (1, 0)
    assert robot.got == [
        {
            "path": "/robot?key=1",
            "json": {"msgtype": "text", "text": {"content": "请处理\nhttps://huyuan.example/today/"}},
        }
    ]
    assert only_delivery(county).delivered_at == NOW


@pytest.mark.parametrize(
    ("channel", "body"),
    [
        ("feishu", {"msg_type": "text", "content": {"text": "请处理"}}),
        ("plain", {"text": "请处理", "url": ""}),
        ("dingtalk", {"msgtype": "text", "text": {"content": "请处理"}}),
    ],
)
def test_each_channel_has_its_form(
    county: SmallCounty, robot: Robot, channel: str, body: dict[str, object]
) -> None:
    subscribe(county, robot.url, channel)
    tell(county)
    assert run(county) == 1
    assert robot.got[0]["json"] == body


def test_a_failure_is_tried_again_later_and_later_then_given_up(county: SmallCounty, robot: Robot) -> None:
    subscribe(county, robot.url)
    tell(county)
    robot.answers = [500] * 20
    now = NOW
    for number, pause in enumerate(PAUSES, start=1):
        assert run(county, now) == 0
        waiting = only_delivery(county)
        assert (waiting.attempts, waiting.next_at, waiting.error) == (number, now + pause, "对方答复 500")
        assert run(county, now + pause - timedelta(seconds=1)) == 0
        assert len(robot.got) == number
        now += pause
    assert run(county, now) == 0
    over = only_delivery(county)
    assert (over.attempts, over.next_at, over.delivered_at) == (len(PAUSES) + 1, None, None)
    assert run(county, now + timedelta(days=1)) == 0
    assert len(robot.got) == len(PAUSES) + 1


def test_a_later_success_ends_it(county: SmallCounty, robot: Robot) -> None:
    subscribe(county, robot.url)
    tell(county)
    robot.answers = [503]
    assert run(county) == 0
    assert run(county, NOW + PAUSES[0]) == 1
    assert only_delivery(county).error == ""
    assert run(county, NOW + timedelta(days=1)) == 0


def test_a_redirect_is_not_followed(county: SmallCounty, robot: Robot) -> None:
    subscribe(county, robot.url)
    tell(county)
    robot.answers = [302]
    assert run(county) == 0
    assert [got["path"] for got in robot.got] == ["/robot?key=1"]
    assert only_delivery(county).error == "对方答复 302"


def test_nobody_listens(county: SmallCounty, robot: Robot) -> None:
    subscribe(county, "http://127.0.0.1:9/robot")
    tell(county)
    assert run(county) == 0
    assert only_delivery(county).error == "连接不上：ConnectionRefusedError"


def test_what_was_sent_before_the_webhook_or_long_ago_stays_inside(county: SmallCounty, robot: Robot) -> None:
    tell(county, key="before", now=NOW - timedelta(seconds=1))
    subscribe(county, robot.url)
    tell(county, key="old", now=NOW)
    assert run(county, NOW + timedelta(days=3)) == 0
    assert robot.got == []


def test_a_stopped_webhook_gets_nothing_more(county: SmallCounty, robot: Robot) -> None:
    webhook = subscribe(county, robot.url)
    tell(county)
    plan_deliveries(actor=county.system, now=NOW)
    with pytest.raises(Refused, match="not-found"):
        stop_webhook(actor=county.actors["head"], webhook_id=webhook.id, now=NOW)
    stop_webhook(actor=county.actors["other-admin"], webhook_id=webhook.id, now=NOW)
    tell(county, key="next")
    assert run(county) == 0
    assert robot.got == []


def test_planning_takes_one_statement(county: SmallCounty, robot: Robot) -> None:
    subscribe(county, robot.url)
    for number in range(5):
        tell(county, key=str(number))
    for _ in range(2):
        with CaptureQueriesContext(connection) as statements:
            plan_deliveries(actor=county.system, now=NOW)
        assert len([s for s in statements if "notify_" in s["sql"]]) == 1
    with acting(county.system):
        assert Delivery.objects.count() == 5


@pytest.mark.parametrize(
    "url",
    [
        "http://robot.example/",
        "ftp://robot.example/",
        "https://user:pw@robot.example/",
        "https:///nowhere",
        "https://robot.example:99999/",
        "https://robot.example/a b",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(county: SmallCounty, url: str) -> None:
    with pytest.raises(Refused, match="webhook-address"):
        subscribe(county, url)
    with acting(county.system):
        assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "2130706433",
        "0x7f000001",
    ],
)
def test_our_own_network_is_never_reached(host: str) -> None:
    with pytest.raises(NotDelivered, match="内部网络"):
        channels.post("wecom", f"https://{host}/", "x", "")


@pytest.mark.parametrize("address", ["8.8.8.8", "2400:3200::1"])
def test_a_public_address_is_let_through(address: str) -> None:
    assert channels.is_public(address)


def test_the_secret_in_the_address_is_not_traced(county: SmallCounty, robot: Robot) -> None:
    webhook = subscribe(county, robot.url)
    with acting(county.system):
        record = Record.objects.get(object_id=str(webhook.id))
    assert record.after == {"channel": "wecom"}


def test_who_may_not_and_what_is_there_already(county: SmallCounty, robot: Robot) -> None:
    with pytest.raises(Refused, match="forbidden"):
        add_webhook(
            actor=county.actors["guard"],
            org_id=county.orgs["other"].id,
            channel="wecom",
            url=robot.url,
            now=NOW,
        )
    with pytest.raises(Refused, match="webhook-channel"):
        subscribe(county, robot.url, "pigeon")
    subscribe(county, robot.url)
    with pytest.raises(Refused, match="already-webhook"):
        subscribe(county, robot.url)
