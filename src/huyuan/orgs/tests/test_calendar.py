from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huyuan.kernel.calendar import DAY_KINDS
from huyuan.kernel.errors import Refused
from huyuan.orgs import actions, queries
from huyuan.orgs.models import CalendarDay, HolidayYear, TermRow
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, NOW, SmallCounty

AUTUMN: dict[str, Any] = {
    "year": "2026-2027",
    "semester": 1,
    "first": date(2026, 9, 1),
    "last": date(2027, 1, 22),
    "now": NOW,
}


def test_three_queries_while_nothing_changes(county: SmallCounty) -> None:
    officer = county.actors["officer"]
    actions.set_term(actor=officer, **AUTUMN)
    actions.seed_holidays(actor=officer, year=2026, now=NOW)
    with acting(officer), CaptureQueriesContext(connection) as statements:
        calendar = queries.calendar_of(COUNTY)
        assert queries.calendar_of(COUNTY) is calendar
    assert len([s for s in statements if ' FROM "orgs_' in s["sql"]]) == 3
    assert calendar.is_school_day(date(2026, 10, 14))
    assert not calendar.is_school_day(date(2026, 10, 1))
    assert calendar.holidays(date(2026, 10, 1), date(2026, 10, 1))[0].name == "国庆节"
    assert calendar.is_published(date(2026, 1, 1)) and not calendar.is_published(date(2027, 1, 1))


def test_a_year_that_is_not_published_is_refused(county: SmallCounty) -> None:
    with pytest.raises(Refused, match="unknown-year"):
        actions.seed_holidays(actor=county.actors["officer"], year=2040, now=NOW)
    with acting(county.system):
        assert not HolidayYear.objects.exists()


def test_seeding_again_adds_nothing_and_keeps_what_was_entered_by_hand(county: SmallCounty) -> None:
    officer = county.actors["officer"]
    actions.set_day(actor=officer, day=date(2026, 10, 1), kind="closed", name="本县停课", now=NOW)
    assert actions.seed_holidays(actor=officer, year=2026, now=NOW) > 20
    assert actions.seed_holidays(actor=officer, year=2026, now=NOW) == 0
    with acting(officer):
        assert CalendarDay.objects.get(day=date(2026, 10, 1)).kind == "closed"
    actions.clear_day(actor=officer, day=date(2026, 10, 1), now=NOW)
    with acting(officer):
        assert not CalendarDay.objects.filter(day=date(2026, 10, 1)).exists()


def test_terms_do_not_overlap(county: SmallCounty) -> None:
    officer = county.actors["officer"]
    actions.set_term(actor=officer, **AUTUMN)
    with pytest.raises(Refused, match="重叠"):
        actions.set_term(
            actor=officer,
            year="2026-2027",
            semester=2,
            first=date(2027, 1, 20),
            last=date(2027, 7, 2),
            now=NOW,
        )
    corrected = actions.set_term(actor=officer, **AUTUMN | {"last": date(2027, 1, 15)})
    with acting(officer):
        assert [row.last for row in TermRow.objects.all()] == [corrected.last] == [date(2027, 1, 15)]


@pytest.mark.parametrize("person", ["head", "police", "governor"])
def test_only_the_bureau_edits_the_calendar(county: SmallCounty, person: str) -> None:
    with pytest.raises(Refused):
        actions.set_term(actor=county.actors[person], **AUTUMN)
    with acting(county.system):
        assert not TermRow.objects.exists()


def test_an_impossible_school_year_is_said_so(county: SmallCounty) -> None:
    with pytest.raises(Refused, match="学年"):
        actions.set_term(actor=county.actors["officer"], **AUTUMN | {"year": "2026"})


def test_every_kind_of_day_can_be_entered_and_is_read_back(county: SmallCounty) -> None:
    officer = county.actors["officer"]
    kinds = dict(zip(DAY_KINDS, (date(2026, 10, day) for day in range(12, 20)), strict=False))
    assert {kind for kind, _ in CalendarDay.KINDS} == kinds.keys()
    for kind, day in kinds.items():
        actions.set_day(actor=officer, day=day, kind=kind, now=NOW)
    with acting(officer):
        for row in CalendarDay.objects.all():
            row.full_clean()
        calendar = queries.calendar_of(COUNTY)
    assert calendar.days == {day: kind for kind, day in kinds.items()}
