"""What no action of this package hears of: gates that move, schools that close."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from huyuan.kernel.days import day_of
from huyuan.orgs.actor import system_actor
from huyuan.orgs.queries import counties
from huyuan.orgs.session import acting
from huyuan.perimeter.actions import refresh


@app.periodic(cron="35 * * * *")
@app.task(name="perimeter.refresh", queueing_lock="perimeter.refresh")
def refresh_all(timestamp: int) -> None:
    """Measure every venue and school of every county anew; where nothing moved, nothing is written."""
    today = day_of(datetime.now(UTC))
    for county_id in counties():
        with acting(system_actor("更新周边距离", county_id)):
            refresh(county_id, today)
