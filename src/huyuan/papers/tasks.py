"""Reminders of notices, every hour."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from huyuan.orgs.actor import system_actor
from huyuan.orgs.queries import counties
from huyuan.orgs.session import acting
from huyuan.papers.actions import remind_due


@app.periodic(cron="7 * * * *")
@app.task(name="papers.remind", queueing_lock="papers.remind")
def remind_all(timestamp: int) -> None:
    """In every county, those who have not answered a notice that is nearly or newly due."""
    now = datetime.now(UTC)
    for county_id in counties():
        with acting(system_actor("提醒通知", county_id)):
            remind_due(now=now)
