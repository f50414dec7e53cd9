"""Sealing every ten seconds; the sixth field of a cron line is the second."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from huyuan.trace.sealing import BATCH, counties, seal


@app.periodic(cron="* * * * * */10")
@app.task(name="trace.seal", queueing_lock="trace.seal")
def seal_all(timestamp: int) -> None:
    """Chain what was committed since the last run, in every county."""
    now = datetime.now(UTC)
    for county_id in counties():
        while seal(county_id, now) == BATCH:
            pass
