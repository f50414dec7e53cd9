"""The county's semesters and special days. The bureau edits them; a year without a published table stays
flagged."""

from datetime import date, datetime

from huyuan.kernel.calendar import Calendar, Term
from huyuan.kernel.errors import Refused
from huyuan.kernel.holidays_cn import holiday_table
from huyuan.orgs.actions.rows import change, insert, remove
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import CalendarDay, HolidayYear, Organisation, TermRow
from huyuan.orgs.permissions import not_found, require
from huyuan.orgs.session import acting
from huyuan.trace import actions as trace

BUREAU_KIND = "education-bureau"


def set_term(*, actor: Actor, year: str, semester: int, first: date, last: date, now: datetime) -> TermRow:
    """Enter or correct a semester ("2026-2027", 1 or 2). Raises `Refused` when it overlaps another one."""
    with acting(actor):
        _require(actor)
        rows = list(TermRow.objects.filter(county_id=actor.county_id).select_for_update())
        others = [row for row in rows if (row.year, row.semester) != (year, semester)]
        terms = [_term(row.year, row.semester, row.first, row.last) for row in others]
        try:
            Calendar((*terms, _term(year, semester, first, last)))
        except ValueError as wrong:
            raise Refused("invalid-term", f"{wrong}。") from None
        row = next((row for row in rows if row not in others), None)
        if row is None:
            row = TermRow(county_id=actor.county_id, year=year, semester=semester, first=first, last=last)
            insert(row, actor=actor, org_id=None, now=now)
        else:
            change(row, actor=actor, org_id=None, now=now, first=first, last=last)
        return row


def remove_term(*, actor: Actor, year: str, semester: int, now: datetime) -> None:
    """Take away a semester that was entered by mistake."""
    with acting(actor):
        _require(actor)
        row = TermRow.objects.filter(county_id=actor.county_id, year=year, semester=semester).first()
        if row is None:
            raise not_found()
        remove(row, actor=actor, org_id=None, now=now)


def set_day(*, actor: Actor, day: date, kind: str, name: str = "", now: datetime) -> CalendarDay:
    """Make a day a holiday, a make-up workday, closed…; `kind` is one of `kernel.calendar.DAY_KINDS`."""
    with acting(actor):
        _require(actor)
        row = CalendarDay.objects.filter(county_id=actor.county_id, day=day).select_for_update().first()
        if row is None:
            row = CalendarDay(county_id=actor.county_id, day=day, kind=kind, name=name)
            insert(row, actor=actor, org_id=None, now=now)
        else:
            change(row, actor=actor, org_id=None, now=now, kind=kind, name=name)
        return row


def clear_day(*, actor: Actor, day: date, now: datetime) -> None:
    """Make a day again what its weekday says."""
    with acting(actor):
        _require(actor)
        row = CalendarDay.objects.filter(county_id=actor.county_id, day=day).first()
        if row is None:
            raise not_found()
        remove(row, actor=actor, org_id=None, now=now)


def seed_holidays(*, actor: Actor, year: int, now: datetime) -> int:
    """Fill in the State Council's arrangement of a year where it is known; days entered by hand stay.

    Returns how many days were added; raises `Refused` for a year that is not published yet.
    """
    with acting(actor):
        _require(actor)
        table = holiday_table([year])
        if year not in table.published:
            raise Refused(
                "unknown-year", f"{year} 年的放假安排还没有公布，请公布后再导入，或先手工录入。", year=year
            )
        known = set(
            CalendarDay.objects.filter(county_id=actor.county_id, day__year=year).values_list(
                "day", flat=True
            )
        )
        days = [
            CalendarDay(county_id=actor.county_id, day=day, kind=kind, name=table.names.get(day, ""))
            for day, kind in sorted(table.days.items())
            if day not in known
        ]
        CalendarDay.objects.bulk_create(days)
        HolidayYear.objects.bulk_create(
            [HolidayYear(county_id=actor.county_id, year=year, source="国务院办公厅节假日安排")],
            ignore_conflicts=True,
        )
        trace.record(
            actor.snapshot(), "seed", "orgs_holidayyear", str(year), None, None, {"days": len(days)}, now=now
        )
        return len(days)


def _require(actor: Actor) -> None:
    """The calendar is the county's; its education bureau keeps it."""
    if actor.system:
        return
    bureau = Organisation.objects.filter(county_id=actor.county_id, kind=BUREAU_KIND).order_by("id").first()
    if bureau is None:
        raise not_found()
    require(actor, "calendar.alter", bureau.id)


def _term(year: str, semester: int, first: date, last: date) -> Term:
    if semester not in (1, 2):
        raise ValueError(f"学期只能是 1 或 2，不能是“{semester}”")
    return Term(year, 1 if semester == 1 else 2, first, last)
