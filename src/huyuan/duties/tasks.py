"""What happens by itself: periods close."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from huyuan.duties.actions import close_due
from huyuan.orgs.queries import counties


@app.periodic(cron="10 * * * *")
@app.task(name="duties.close", queueing_lock="duties.close")
def close_everywhere(timestamp: int) -> None:
    """Every hour: windows close all day, most periods at midnight in Shanghai."""
    now = datetime.now(UTC)
    for county_id in counties():
        close_due(county_id, now)
