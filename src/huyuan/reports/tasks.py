"""What happens by itself: figures are brought up to date before anybody asks."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from huyuan.duties import tallies
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import system_actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.queries import counties
from huyuan.orgs.session import acting
from huyuan.reports.queries import months_kept

# So many organisations in one transaction: who reads meanwhile doesn't wait long.
BATCH = 25


@app.periodic(cron="* * * * *")
@app.task(name="reports.refresh", queueing_lock="reports.refresh", pass_context=False)
def refresh_everywhere(timestamp: int) -> None:
    """Every minute, the months of the running term."""
    now = datetime.now(UTC)
    for county_id in counties():
        refresh_county(county_id, now)


def ask_for(county_id: int, months: Sequence[str]) -> None:
    """Have the figures of these months made as soon as possible, whether they are kept up to date or not."""
    asked = ",".join(months)
    job = catch_up.configure(queueing_lock=f"reports.catch_up {county_id} {asked}")
    try:
        with transaction.atomic():
            job.defer(county_id=county_id, months=asked)
    except AlreadyEnqueued:
        pass


@app.task(name="reports.catch_up")
def catch_up(county_id: int, months: str) -> None:
    """The figures of some months ("2026-09,2026-10") of a county."""
    refresh_months(county_id, months.split(","), datetime.now(UTC))


def refresh_county(county_id: int, now: datetime) -> int:
    """One county, the running month first; what everybody has seen by then is forgotten.

    Returns how many (organisation, month) were judged again.
    """
    job = system_actor("更新统计", county_id)
    with acting(job):
        months = months_kept(county_id, day_of(now))
    done = refresh_months(county_id, months, now)
    with acting(job):
        tallies.forget(county_id, months)
    return done


def refresh_months(county_id: int, months: Sequence[str], now: datetime) -> int:
    """Some months of a county, the last one first, a few organisations at a time; how many (organisation,
    month) were judged again."""
    job = system_actor("更新统计", county_id)
    done = 0
    with acting(job):
        everybody = Organisation.objects.filter(county_id=county_id).values("id")
        due = tallies.out_of_date(county_id, everybody, months, now)
    for month in sorted(due, reverse=True):
        waiting = sorted(due[month].ids)
        for start in range(0, len(waiting), BATCH):
            with acting(job):
                some = Organisation.objects.filter(id__in=waiting[start : start + BATCH]).values("id")
                done += tallies.refresh(county_id, some, [month], now).judged
    return done
