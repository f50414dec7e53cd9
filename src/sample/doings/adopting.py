"""What organisations do for the directives that they adopted themselves."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from huyuan.kernel.calendar import Calendar
from sample.adopters import LINKED, order_in_force, schools
from sample.county import DEMO_SCHOOL
from sample.doings import homeschool, linkage
from sample.doings.doing import Doing
from sample.doings.habits import Habit, by_habit
from sample.people import classes_of


class Office(NamedTuple):
    """An organisation that is no school, with its town."""

    key: str
    town: str = ""


PARTNERS: tuple[tuple[Office, tuple[Habit, ...]], ...] = (
    (Office("station-城关镇", "城关镇"), linkage.OF_THE_STATION),
    (Office("traffic-police"), linkage.OF_THE_TRAFFIC_POLICE),
    (Office("fire-brigade"), linkage.OF_THE_FIRE_BRIGADE),
)


def of_adopters(first: date, today: date, calendar: Calendar) -> Iterator[Doing]:
    """From `first` on, when their plans go live."""
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
