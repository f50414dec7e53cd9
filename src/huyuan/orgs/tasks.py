"""What changes with the day: liaisons begin and end."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from huyuan.kernel.days import day_of
from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.actor import system_actor
from huyuan.orgs.queries import counties
from huyuan.orgs.session import acting


@app.periodic(cron="5 16 * * *")
@app.task(name="orgs.rebuild_reach", queueing_lock="orgs.rebuild_reach")
def rebuild_all_reach(timestamp: int) -> None:
    """Shortly after midnight in Shanghai (16:00 UTC)."""
    today = day_of(datetime.now(UTC))
    for county_id in counties():
        with acting(system_actor("更新单位关系", county_id)):
            rebuild_reach(county_id, today)
