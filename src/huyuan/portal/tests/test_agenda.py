"""The working calendar: each thing on its day, the days as they are, whose calendar it is."""

import re
from datetime import date

import pytest

from huyuan.duties.rules.cells import evaluate
from huyuan.duties.rules.facts import EventFact, OrgFacts
from huyuan.duties.tests.adopted import World, build, check, shanghai
from huyuan.kernel.calendar import Calendar, Term
from huyuan.kernel.days import at
from huyuan.kernel.ids import uuid7
from huyuan.orgs.models import CalendarDay
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.portal.agenda import Agenda, laid_out, month_of, notes, teaching_week, whole_weeks
from huyuan.portal.tests.adopted import client_of, more_schools, queries_for, text_of
from huyuan.portal.tests.test_rules import SCHOOL, binding

TERMS = Calendar(
    (
        Term("2026-2027", 1, date(2026, 9, 1), date(2027, 1, 29)),
        Term("2026-2027", 2, date(2027, 2, 22), date(2027, 7, 9)),
    ),
    {date(2026, 10, 1): "holiday", date(2026, 10, 10): "makeup"},
    frozenset({2026}),
    {date(2026, 10, 1): "国庆节"},
)
NOW = at(date(2026, 10, 14), "10:00")


def agenda(first: date, last: date) -> Agenda:
    """A weekly and a daily check, a guard at the gate, a standard, a clock without a limit."""
    asked = (
        binding(),
        binding(key="daily", every={"day": 1}),
        binding(
            "post", "gate", point="gate", window={"anchor": ["night"]}, active="always",
            at_least={"people": 1, "qualified": ["guard"]},
        ),
        binding("have", "guards", all_of=[{"measure": "guards.certified", "at_least": 1}]),
        binding(
            "when", "serious", event="hazard.found",
            then=[{"act": "interim-measures", "within": "unstated"}],
        ),
    )  # fmt: skip
    known = at(date(2026, 10, 12), "10:00")
    found = {"hazard.found": [EventFact(uuid7(), "hazard.found", SCHOOL, frozenset(), known, known)]}
    org = OrgFacts(SCHOOL, "school", events=found)
    return laid_out(evaluate(org, asked, TERMS, first, last, NOW), TERMS, first, last)


def test_each_thing_stands_on_the_day_by_which_it_is_due() -> None:
    laid = agenda(date(2026, 10, 12), date(2026, 10, 18))
    keys = [
        ([line[0].binding.rule.key for line in day.dated], [line[0].binding.rule.key for line in day.daily])
        for day in laid.days
    ]
    assert keys == [([], ["daily", "gate"])] * 5 + [([], ["gate"]), (["weekly"], ["gate"])]
    assert [line[0].binding.rule.key for line in laid.endless] == ["serious"]
    assert [len(week) for week in laid.weeks] == [7]


def test_what_does_not_apply_is_not_shown() -> None:
    (day,) = agenda(date(2026, 10, 1), date(2026, 10, 1)).days
    assert not day.at_school and day.notes == ("国庆节",)
    assert [line[0].binding.rule.key for line in day.daily] == ["gate"], "no check on a holiday"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 9, 1), ("第一学期开学",)),
        (date(2026, 10, 10), ("调休上课",)),
        (date(2027, 1, 29), ("第一学期结束",)),
        (date(2027, 1, 30), ("寒假开始",)),
        (date(2027, 2, 22), ("第二学期开学",)),
        (date(2026, 10, 14), ()),
    ],
)
def test_the_day_says_what_it_is(day: date, said: tuple[str, ...]) -> None:
    assert notes(TERMS, day) == said


def test_weeks_are_counted_from_the_first_of_the_term() -> None:
    mondays = [date(2026, 8, 31), date(2026, 9, 7), date(2027, 2, 15), date(2027, 2, 22)]
    assert [teaching_week(TERMS, monday) for monday in mondays] == [1, 2, None, 1]


def test_a_month_is_shown_in_whole_weeks() -> None:
    assert month_of(date(2026, 12, 31)) == (date(2026, 12, 1), date(2026, 12, 31))
    assert whole_weeks(date(2026, 10, 1), date(2026, 10, 31)) == (date(2026, 9, 28), date(2026, 11, 1))


@pytest.fixture
def world(db: None) -> World:
    return build()


WEEKLY, GATE = "rule", "gate"


def page(world: World, person: str, address: str) -> str:
    answer = client_of(world, person).get(address)
    assert answer.status_code == 200
    return text_of(answer)


def day_of_month(page: str, number: int) -> str:
    """The cell of a day inside the month."""
    found = re.findall(rf'<span class="month-number">{number}<.*?</td>', page, re.DOTALL)
    return str(found[0])


def test_a_month_shows_what_was_done_and_what_is_still_to_come(world: World) -> None:
    with acting(world.county.system):
        world.record("central", check("2026-11-18T09:00"), at=shanghai("2026-11-18T10:00"))
        CalendarDay.objects.create(county_id=COUNTY, day=date(2026, 11, 20), kind="closed")
    shown = page(world, "safety", "/agenda/?month=2026-11")
    assert "我的岗位" in shown and "第12周" in shown
    assert "status-met" in day_of_month(shown, 22) and "/made-up/rule/" in day_of_month(shown, 22)
    assert "停课" in day_of_month(shown, 20)
    assert "status-" not in day_of_month(shown, 18), "what is due on Sunday stands on Sunday"
    future = page(world, "safety", "/agenda/?month=2027-01")
    assert "2027 年的放假安排还没有公布" in future and "第一学期结束" in day_of_month(future, 22)


def test_whose_duties_may_be_chosen(world: World) -> None:
    own = page(world, "safety", "/agenda/?month=2026-11&post=mine")
    everybody = page(world, "safety", "/agenda/?month=2026-11&post=all")
    heads = page(world, "safety", "/agenda/?month=2026-11&post=head")
    assert "made-up/rule/" in own and "made-up/rule/" in everybody and "made-up/rule/" not in heads
    assert '<option value="safety-officer"' in own and '<option value="villager"' not in own
    assert "全部岗位</h2>" in page(world, "officer", f"/agenda/?org={world.county.orgs['central'].id}")
    assert "我的岗位</h2>" in page(world, "safety", "/agenda/?post=nobodys-post")


def test_a_week_shows_the_hours(world: World) -> None:
    week = page(world, "safety", "/agenda/week/?day=2026-11-18&post=all")
    assert "11月16日—11月22日（第12教学周）" in week and "22:00—06:00" in week
    assert week.count("made-up/rule/") == 1


@pytest.mark.parametrize(
    "asked", ["month=nonsense", "month=0001-01", "month=9999-12", "month=2026-13", "day=2026-02-30"]
)
def test_nonsense_is_today(world: World, asked: str) -> None:
    assert "今天</strong>" in page(world, "safety", f"/agenda/?{asked}")
    assert "今天</strong>" in page(world, "safety", f"/agenda/week/?{asked}")


def test_only_whom_it_concerns(world: World) -> None:
    central, other = (world.county.orgs[key].id for key in ("central", "other"))
    for person, org, status in (
        ("guard", central, 404), ("safety", other, 404), ("police", central, 200),
        ("town-officer", central, 200), ("officer", other, 200),
    ):  # fmt: skip
        for address in ("/agenda/", "/agenda/week/"):
            assert client_of(world, person).get(f"{address}?org={org}").status_code == status, person
    assert client_of(world, "safety").get("/agenda/?org=nonsense").status_code == 404


def test_more_schools_cost_no_more_statements(world: World) -> None:
    client = client_of(world, "officer")
    address = f"/agenda/?org={world.county.orgs['central'].id}&month=2026-11"
    few = queries_for(client, address)
    more_schools(world, 20)
    assert queries_for(client, address) == few
