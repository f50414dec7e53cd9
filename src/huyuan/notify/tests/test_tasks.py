"""The jobs of this package and of those below it, run as the worker runs them."""

from datetime import UTC, date, datetime

import pytest
from procrastinate.contrib.django import app

from huyuan.notify.models import Webhook
from huyuan.notify.tasks import deliver_all
from huyuan.notify.tests.conftest import Robot
from huyuan.notify.tests.test_webhooks import subscribe, tell
from huyuan.orgs.models import Liaison, Reach
from huyuan.orgs.session import acting
from huyuan.orgs.tasks import rebuild_all_reach
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.trace.sealing import verify
from huyuan.trace.tasks import seal_all


def test_records_are_sealed(county: SmallCounty, robot: Robot) -> None:
    subscribe(county, robot.url)
    assert verify(COUNTY).unsealed == 1
    seal_all(0)
    assert (verify(COUNTY).sealed, verify(COUNTY).unsealed) == (1, 0)


def test_messages_go_out_in_every_county(county: SmallCounty, robot: Robot) -> None:
    now = datetime.now(UTC)
    webhook = subscribe(county, robot.url)
    with acting(county.system):
        Webhook.objects.filter(id=webhook.id).update(since=now)
    tell(county, now=now)
    deliver_all(0)
    assert [got["json"]["text"]["content"] for got in robot.got] == ["请处理"]


def test_the_reach_follows_the_day(county: SmallCounty) -> None:
    with acting(county.system):
        Liaison.objects.update(from_day=date(2020, 1, 1), until=date(2020, 1, 2))
    rebuild_all_reach(0)
    assert not Reach.objects.filter(relation="linked").exists()
    assert Reach.objects.filter(relation="below").exists()


@pytest.mark.parametrize(
    ("name", "seconds"), [("trace.seal", 10), ("notify.deliver", 30), ("orgs.rebuild_reach", 24 * 3600)]
)
def test_how_often(name: str, seconds: int) -> None:
    (periodic,) = [task for task in app.periodic_registry.periodic_tasks.values() if task.task.name == name]
    ticks = periodic.croniter
    first = ticks.get_next(float)
    assert ticks.get_next(float) - first == seconds
