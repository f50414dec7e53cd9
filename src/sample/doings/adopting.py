"""What organisations do for the directives that they adopted themselves."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from huyuan.kernel.calendar import Calendar
from sample.adopters import (
    IN_CAMPAIGN,
    LINKED,
    ON_TRIAL,
    TOWN,
    TOWN_VILLAGES,
    WITH_POLICE_OFFICE,
    campaign_days,
    offices_of_the_town,
    order_in_force,
    schools,
    schools_of_the_town,
)
from sample.county import DEMO_SCHOOL
from sample.doings import campaign, college, homeschool, linkage, linked, norms, police_office, town, villages
from sample.doings.doing import Doing
from sample.doings.habits import Habit, by_habit
from sample.partners import COLLEGE
from sample.people import classes_of


class Office(NamedTuple):
    """An organisation that is no school, with its town."""

    key: str
    town: str = ""


PARTNERS: tuple[tuple[Office, tuple[Habit, ...]], ...] = (
    (Office("station-城关镇", "城关镇"), linked.OF_THE_STATION),
    (Office("traffic-police"), linked.OF_THE_TRAFFIC_POLICE),
    (Office("fire-brigade"), linked.OF_THE_FIRE_BRIGADE),
)


def of_adopters(first: date, second: date, today: date, calendar: Calendar) -> Iterator[Doing]:
    """From `first` on, when the plans of single schools go live, and `second`, when the town's does."""
    yield from of_the_town(second, today, calendar)
    until = min(today, campaign_days(second)[1])
    bureau = Office("education-bureau")
    for school in schools(*IN_CAMPAIGN):
        yield from by_habit(
            school, campaign.OF_SCHOOLS, town=school.town, first=second, last=until, calendar=calendar
        )
    yield from by_habit(bureau, campaign.OF_THE_BUREAU, town="", first=second, last=until, calendar=calendar)
    yield from by_habit(
        Office(COLLEGE), college.OF_THE_COLLEGE, town="城关镇", first=first, last=today, calendar=calendar
    )
    for school in schools(*ON_TRIAL):
        for habits, since in ((norms.EVERY_DAY, second), (norms.AT_TIMES, first)):
            yield from by_habit(school, habits, town=school.town, first=since, last=today, calendar=calendar)
    for school in schools(WITH_POLICE_OFFICE):
        yield from by_habit(
            school,
            police_office.OF_THE_SCHOOL,
            town=school.town,
            first=first,
            last=today,
            calendar=calendar,
        )
    for school in schools(*LINKED):
        yield from by_habit(
            school,
            linkage.OF_THE_KINDERGARTEN,
            town=school.town,
            first=first,
            last=today,
            calendar=calendar,
            classes=classes_of(school),
        )
    begins, ends = order_in_force(today)
    if begins >= first:
        for school in schools(DEMO_SCHOOL):
            yield from by_habit(
                school,
                homeschool.WHILE_IN_FORCE,
                town=school.town,
                first=begins,
                last=ends,
                calendar=calendar,
                classes=classes_of(school),
            )
    for office, habits in PARTNERS:
        yield from by_habit(office, habits, town=office.town, first=first, last=today, calendar=calendar)


def of_the_town(first: date, today: date, calendar: Calendar) -> Iterator[Doing]:
    """The schools of the town that adopts an opinion, and everybody else whom it binds."""
    for school in schools_of_the_town():
        yield from town.patrol_rosters(school, "safety-officer", first, today)
        boarding = town.OF_BOARDING_SCHOOLS if school.boarders else ()
        yield from by_habit(
            school,
            (*town.OF_SCHOOLS, *boarding),
            town=TOWN,
            first=first,
            last=today,
            calendar=calendar,
        )
    yield from villages.returns(TOWN_VILLAGES, f"stability-{TOWN}", first, today)
    of_sort = {
        "town": town.OF_THE_TOWN,
        "area": town.OF_AREAS,
        "premises": town.OF_PREMISES,
        "village": town.OF_VILLAGES,
    }
    for sort, keys in offices_of_the_town().items():
        for key in keys:
            if sort == "premises":
                yield from town.patrol_rosters(Office(key, TOWN), "safety-officer", first, today)
            habits = of_sort.get(sort) or town.OF_OFFICES[key.removesuffix(f"-{TOWN}")]
            yield from by_habit(
                Office(key, TOWN), habits, town=TOWN, first=first, last=today, calendar=calendar
            )
