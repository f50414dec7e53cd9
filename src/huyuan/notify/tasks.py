"""Deliveries, twice a minute; the sixth field of a cron line is the second."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from huyuan.notify.actions import deliver_due, plan_deliveries
from huyuan.orgs.actor import system_actor
from huyuan.orgs.queries import counties


@app.periodic(cron="* * * * * */30")
@app.task(name="notify.deliver", queueing_lock="notify.deliver")
def deliver_all(timestamp: int) -> None:
    """Send what is due in every county."""
    now = datetime.now(UTC)
    for county_id in counties():
        job = system_actor("发送消息", county_id)
        plan_deliveries(actor=job, now=now)
        deliver_due(actor=job, now=now)
