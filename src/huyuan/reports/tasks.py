"""What happens by itself: figures are brought up to date before anybody asks."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from huyuan.duties import tallies
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import system_actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.queries import counties
from huyuan.orgs.session import acting
from huyuan.reports.queries import months_kept

BATCH = 50


@app.periodic(cron="* * * * *")
@app.task(name="reports.refresh", queueing_lock="reports.refresh", pass_context=False)
def refresh_everywhere(timestamp: int) -> None:
    """Every minute, the months of the running term."""
    now = datetime.now(UTC)
    for county_id in counties():
        refresh_county(county_id, now)


def refresh_county(county_id: int, now: datetime) -> int:
    """One county, the running month first; a few organisations at a time, so that no reader waits long.

    Returns how many (organisation, month) were judged again.
    """
    done = 0
    job = system_actor("更新统计", county_id)
    with acting(job):
        months = months_kept(county_id, day_of(now))
        everybody = list(Organisation.objects.filter(county_id=county_id).values_list("id", flat=True))
    for month in reversed(months):
        for start in range(0, len(everybody), BATCH):
            with acting(job):
                orgs = Organisation.objects.filter(id__in=everybody[start : start + BATCH]).values("id")
                done += tallies.refresh(county_id, orgs, [month], now)
    with acting(job):
        tallies.forget(county_id)
    return done
