"""Who adopts what in the sample county beside the bureau's two plans, and from when."""

from collections.abc import Iterator
from datetime import date, timedelta

from huyuan.kernel.calendar import monday_of
from sample.county import DEMO_SCHOOL, SCHOOLS, School

LINKED = (DEMO_SCHOOL, "xincheng-kindergarten")
"""Kindergartens with a plan of their own with their police; the first one's binds its partners too."""

LINKED_PARTNERS = ("station-城关镇", "police-bureau", "traffic-police", "fire-brigade")


def schools(*keys: str) -> Iterator[School]:
    """Rows of the literal table, in its order."""
    return (school for school in SCHOOLS if school.key in keys)


def order_in_force(today: date) -> tuple[date, date]:
    """The epidemic order of the sample was in force for the whole of last week."""
    monday = monday_of(today) - timedelta(days=7)
    return monday, monday + timedelta(days=6)
