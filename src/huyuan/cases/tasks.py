"""Reminders of hazards, every hour."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from huyuan.cases.actions.reminding import remind_due
from huyuan.orgs.actor import system_actor
from huyuan.orgs.queries import counties
from huyuan.orgs.session import acting


@app.periodic(cron="17 * * * *")
@app.task(name="cases.remind", queueing_lock="cases.remind")
def remind_all(timestamp: int) -> None:
    """In every county, whoever has the turn with what is nearly or newly due."""
    now = datetime.now(UTC)
    for county_id in counties():
        with acting(system_actor("提醒隐患整改", county_id)):
            remind_due(now=now)
