"""Who adopts what in the sample county beside the bureau's two plans, and from when."""

from collections.abc import Iterator
from datetime import date, timedelta

from huyuan.kernel.calendar import monday_of
from sample.county import DEMO_SCHOOL, SCHOOLS, TOWNS, School
from sample.partners import AREAS, PREMISES

LINKED = (DEMO_SCHOOL, "xincheng-kindergarten")
"""Kindergartens with a plan of their own with their police."""

LINKED_PARTNERS = ("station-城关镇", "police-bureau", "traffic-police", "fire-brigade")


TOWN = "临河镇"
"""The town that adopts an opinion on the safety of its schools."""

TOWN_VILLAGES = tuple(f"village-{TOWN}-{village}" for village in TOWNS[TOWN])

WITH_POLICE_OFFICE = "no1-high"

IN_CAMPAIGN = ("liuquan-central", "liulin-primary")
"""Schools of another town for which the bureau runs a special campaign of eighty days."""

ON_TRIAL = ("county-kindergarten", "no1-high")
"""Schools in which the bureau tries the national norms."""


def offices_of_the_town() -> dict[str, tuple[str, ...]]:
    """Whom the town's opinion binds beside its schools: the keys of each sort."""
    return {
        "town": (f"town-{TOWN}",),
        "office": tuple(
            f"{key}-{TOWN}" for key in ("education", "stability", "station", "traffic", "market")
        ),
        "area": tuple(f"area-{TOWN}-{area}" for area in AREAS[TOWN]),
        "premises": tuple(key for key, _, _, town in PREMISES if town == TOWN),
        "village": TOWN_VILLAGES,
    }


def schools_of_the_town() -> tuple[School, ...]:
    return tuple(school for school in SCHOOLS if school.town == TOWN)


def schools(*keys: str) -> Iterator[School]:
    """Rows of the literal table, in its order."""
    return (school for school in SCHOOLS if school.key in keys)


def campaign_days(first: date) -> tuple[date, date]:
    """From when to when the special campaign runs, if it begins on `first`."""
    return first, first + timedelta(days=80)


def order_in_force(today: date) -> tuple[date, date]:
    """The epidemic order of the sample was in force for the whole of last week."""
    monday = monday_of(today) - timedelta(days=7)
    return monday, monday + timedelta(days=6)
