"""What changes in the middle: a school becomes part of another, the term table is corrected, whoever held a
post leaves. What was closed stands; what is open follows."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huyuan.duties import queries, tallies
from huyuan.duties.actions import adopt, close_due
from huyuan.duties.models import Correction, Event, Tally, Verdict
from huyuan.duties.queries.board import Shown
from huyuan.duties.tests.adopted import World, check, shanghai, version
from huyuan.duties.tests.judging import rule, weekly
from huyuan.orgs import actions as orgs
from huyuan.orgs.models import Appointment, Certificate, Organisation
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.orgs.unfinished import unfinished_of_organisation
from huyuan.packs.models import Pack
from huyuan.registers.effects import EventRaised

GO_LIVE = date(2026, 9, 1)
MERGED = date(2026, 10, 14)
TIER = {"of": "students.enrolled", "tiers": [{"up_to": 400, "value": 1}], "then": {"per": 400, "add": 1}}
MORE = (
    weekly("daily", every={"day": 1}),
    weekly("semester", every={"semester": 1}, by={"post": "safety-officer"}),
    weekly("rest", every={"before": "holiday", "opens_days": 7}, active="always"),
    rule("have", "tiers", all_of=[{"measure": "guards.certified", "at_least": TIER}]),
    rule("when", "told", event="hazard.found", then=[{"act": "told", "within": {"hours": 30}}]),
)


@pytest.fixture(autouse=True)
def second_pack(world: World) -> None:
    version(Pack.objects.create(key="second"), "2026.1", MORE, shanghai("2026-08-20T00:00"))
    adopt(
        actor=world.county.system, org_id=world.county.orgs["bureau"].id, pack_key="second",
        go_live=GO_LIVE, decided_by="教育局", now=shanghai("2026-08-20T00:00"),
    )  # fmt: skip


def shown(world: World, org: str, now: str) -> list[Shown]:
    """Every cell of an organisation from September to February, as people see it at an instant."""
    with acting(world.county.system):
        found = queries.cells(
            world.county.system, org_ids=[world.county.orgs[org].id], first=GO_LIVE, last=date(2027, 2, 28),
            now=shanghai(now),
        )  # fmt: skip
        return list(found)


def standing(world: World, org: str, now: str) -> dict[tuple[str, str], str]:
    """(rule, period) → "verdict", or "verdict>with corrections"."""
    return {
        (each.cell.binding.rule.key, each.cell.period): each.verdict
        if each.now_known == each.verdict
        else f"{each.verdict}>{each.now_known}"
        for each in shown(world, org, now)
    }


def of_rule(found: dict[tuple[str, str], str], key: str) -> dict[str, str]:
    return {period: verdict for (mine, period), verdict in found.items() if mine == key}


def stored(world: World, **which: Any) -> list[dict[str, Any]]:
    with acting(world.county.system):
        return [dict(row) for row in Verdict.objects.filter(**which).order_by("id").values()]


def figures(world: World, org: str, month: str, now: str) -> dict[tuple[str, str, str], int]:
    """(rule, verdict, with corrections) → cells of one organisation's month, from the tallies."""
    mine = Organisation.objects.filter(key=org)
    with acting(world.county.system):
        tallies.refresh(COUNTY, mine.values("id"), [month], shanghai(now))
        rows = Tally.objects.filter(org__key=org, month=month)
        return {
            (key, verdict, becomes): cells
            for key, verdict, becomes, cells in rows.values_list("rule__key", "verdict", "becomes", "cells")
        }


def merge(world: World, now: str, first_day: date = MERGED) -> None:
    orgs.merge_organisation(
        actor=world.county.actors["officer"], org_id=world.county.orgs["central"].id,
        into_id=world.county.orgs["other"].id, first_day=first_day, now=shanghai(now),
    )  # fmt: skip


def hazard(world: World, at: str) -> None:
    with acting(world.county.system):
        raised = EventRaised("hazard.found", ("severity=major",), shanghai(at), 0)
        world.record("central", raised, at=shanghai(at))


# ---- a school becomes part of another --------------------------------------------------------------------
def test_what_a_merged_school_owed(world: World) -> None:
    with acting(world.county.system):
        world.record("central", check("2026-10-13T09:00"), at=shanghai("2026-10-13T10:00"))
    hazard(world, "2026-10-12T08:00")
    hazard(world, "2026-10-13T20:00")
    close_due(COUNTY, shanghai("2026-10-14T09:00"))
    before = stored(world, org__key="central")
    merge(world, "2026-10-14T10:00")
    for day in ("2026-10-14T11:00", "2026-10-20T00:10", "2026-12-20T00:10", "2027-02-20T00:10"):
        close_due(COUNTY, shanghai(day))
    found = standing(world, "central", "2027-02-21T00:00")

    # What was closed stands, untouched.
    ids = [row["id"] for row in before]
    assert ids and stored(world, id__in=ids) == before
    # What was due before the day is judged at its close; what the day cuts is not applicable; later there
    # is nothing.
    weeks = of_rule(found, "rule")
    assert (weeks["2026-W40"], weeks["2026-W41"], weeks["2026-W42"]) == ("missed", "missed", "not_applicable")
    assert max(weeks) == "2026-W42"
    days = of_rule(found, "daily")
    assert (days["2026-10-12"], days["2026-10-13"], max(days)) == ("missed", "met", "2026-10-13")
    assert of_rule(found, "semester") == {"2026-2027-1": "not_applicable"}
    for key in ("guards", "policy", "tiers"):
        assert of_rule(found, key) == {"2026-09": "missed", "2026-10": "not_applicable"}
    assert max(of_rule(found, "gate")) == "2026-10-13-night-1"
    # A clock that ran out before, one that the day cuts, and those to which no time is given.
    assert sorted(of_rule(found, "told").values()) == ["missed", "not_applicable"]
    assert list(of_rule(found, "interim").values()) == ["owed", "owed"]
    # Only of the night that had ended when the merge was entered something else is known since.
    with acting(world.county.system):
        beside = Correction.objects.filter(verdict__org__key="central")
        assert list(beside.values_list("verdict__period", "becomes")) == [
            ("2026-10-13-night-1", "not_applicable")
        ]
    for month in ("2026-11", "2026-12", "2027-01"):
        owed = figures(world, "central", month, "2027-02-21T00:00")
        assert owed.keys() <= {("semester", "not_applicable", "not_applicable")}


def test_who_held_the_post_is_named_though_it_ended_before_the_close(world: World) -> None:
    merge(world, "2026-10-14T10:00")
    close_due(COUNTY, shanghai("2026-10-20T00:10"))
    with acting(world.county.system):
        row = Verdict.objects.get(org__key="central", rule__key="rule", period="2026-W41")
        assert (row.verdict, row.holder) == ("missed", world.county.people["safety"].name)


def test_the_days_shown_of_a_cut_month_end_with_the_school(world: World) -> None:
    """The month is not judged; of the days inside it, none after the school is counted."""
    merge(world, "2026-10-14T10:00")
    close_due(COUNTY, shanghai("2026-11-01T00:10"))
    with acting(world.county.system):
        row = Verdict.objects.get(org__key="central", rule__key="guards", period="2026-10")
    assert row.verdict == "not_applicable"
    assert "2026年10月14日起撤销" in row.because[0] and "9天" in row.because[1]


def test_a_night_that_the_last_day_cuts_is_not_judged(world: World) -> None:
    merge(world, "2026-10-14T10:00")
    close_due(COUNTY, shanghai("2026-10-20T00:10"))
    nights = of_rule(standing(world, "central", "2026-10-20T01:00"), "gate")
    assert (nights["2026-10-12-night-1"], nights["2026-10-13-night-1"]) == ("missed", "not_applicable")


def test_a_merge_entered_late_corrects_what_was_closed_meanwhile(world: World) -> None:
    """It counts from its day; verdicts on later days stand, with the correction beside them, and both
    figures show."""
    close_due(COUNTY, shanghai("2026-10-14T09:00"))
    before = stored(world, org__key="central")
    merge(world, "2026-10-14T10:00", first_day=date(2026, 10, 9))
    close_due(COUNTY, shanghai("2026-10-14T11:00"))
    assert stored(world, id__in=[row["id"] for row in before]) == before
    with acting(world.county.system):
        beside = Correction.objects.filter(verdict__org__key="central").order_by("verdict__period")
        daily = beside.filter(verdict__rule__key="daily")
        assert list(daily.values_list("verdict__period", "becomes")) == [
            ("2026-10-09", "not_applicable"),
            ("2026-10-12", "not_applicable"),
        ]
        assert all("不再适用" in reason for reason in daily.values_list("reason", flat=True))
    october = figures(world, "central", "2026-10", "2026-10-14T12:00")
    assert october["daily", "missed", "not_applicable"] == 2
    assert close_due(COUNTY, shanghai("2026-10-14T13:00")).corrections == 0


def test_the_receiving_school_answers_for_itself(world: World) -> None:
    guard = world.county.people["guard"]
    with acting(world.county.system):
        Certificate.objects.create(
            county_id=COUNTY, person=guard, kind="security-guard", from_day=date(2026, 1, 1)
        )
        world.record("central", check("2026-10-13T09:00"), at=shanghai("2026-10-13T10:00"))
    before = standing(world, "other", "2026-10-14T09:00")
    merge(world, "2026-10-14T10:00")
    assert standing(world, "other", "2026-10-14T10:01") == before
    # Its pupils come along when somebody says how many there are now.
    assert before["tiers", "2026-10"] == "owed" and before["rule", "2026-W42"] == "owed"
    orgs.set_attribute(
        actor=world.county.actors["other-admin"], org_id=world.county.orgs["other"].id,
        key="students.enrolled", from_day=MERGED, text="800", number=Decimal(800),
        now=shanghai("2026-10-14T10:05"),
    )  # fmt: skip
    after = standing(world, "other", "2026-10-14T10:06")
    assert {key: after[key] for key in after if after[key] != before[key]} == {
        ("tiers", "2026-10"): "overdue"
    }


def test_what_a_closing_school_leaves_is_listed(world: World) -> None:
    """The clocks of September are as open as those of October."""
    hazard(world, "2026-09-10T08:00")
    hazard(world, "2026-10-13T20:00")
    figures(world, "central", "2026-10", "2026-10-14T09:00")
    figures(world, "central", "2026-09", "2026-10-14T09:00")
    officer, central = world.county.actors["officer"], world.county.orgs["central"]
    with acting(officer):
        lines = unfinished_of_organisation(officer, central.id, shanghai("2026-10-14T09:00"))
    clocks = [(line.text, line.becomes[:6]) for line in lines if "还没有了结" in line.text]
    assert clocks == [
        ("还没有了结：interim（9月10日（周四）起）", "没有写明期限"),
        ("还没有了结：interim（10月13日（周二）起）", "没有写明期限"),
        ("还没有了结：told（10月13日（周二）起）", "撤销那天还没"),
    ]
    assert any("已经超期" in line.text for line in lines)
    with acting(world.county.system):
        Event.objects.update(ended_at=shanghai("2026-10-14T09:30"), end_reason="已经消除")
    with acting(officer):
        lines = unfinished_of_organisation(officer, central.id, shanghai("2026-10-14T10:00"))
    assert not any("还没有了结" in line.text for line in lines)
    # Whoever does not see the school's duties is told nothing of them.
    stranger = world.county.actors["villager"]
    with acting(stranger):
        assert unfinished_of_organisation(stranger, central.id, shanghai("2026-10-14T09:00")) == []


# ---- the term table is corrected -------------------------------------------------------------------------
def test_a_holiday_added_later_corrects_what_is_closed_and_frees_what_is_open(world: World) -> None:
    officer = world.county.actors["officer"]
    close_due(COUNTY, shanghai("2026-11-10T00:10"))
    before = stored(world)
    for day in (date(2026, 10, 19), date(2026, 11, 16)):
        for more in range(5):
            orgs.set_day(
                actor=officer, day=day + timedelta(days=more), kind="closed", name="暴雪停课",
                now=shanghai("2026-11-10T08:00"),
            )  # fmt: skip
    found = standing(world, "central", "2026-11-10T09:00")
    assert found["rule", "2026-W43"] == "missed>not_applicable" and found["rule", "2026-W42"] == "missed"
    assert found["daily", "2026-10-19"] == "missed>not_applicable"
    assert found["rule", "2026-W47"] == found["daily", "2026-11-16"] == "not_applicable"
    assert found["rule", "2026-W48"] == "owed"
    close_due(COUNTY, shanghai("2026-11-10T09:10"))
    assert stored(world, id__in=[row["id"] for row in before]) == before
    october = figures(world, "central", "2026-10", "2026-11-10T09:20")
    assert october["daily", "missed", "not_applicable"] == 5
    assert october["rule", "missed", "not_applicable"] == 1


def test_a_break_taken_back_leaves_its_verdict_standing(world: World) -> None:
    """Before a break something is owed; the break was entered by mistake and its cell is gone."""
    officer = world.county.actors["officer"]
    day = date(2026, 10, 23)
    orgs.set_day(actor=officer, day=day, kind="holiday", name="校庆", now=shanghai("2026-10-01T08:00"))
    close_due(COUNTY, shanghai("2026-11-02T00:10"))
    assert list(of_rule(standing(world, "central", "2026-11-02T01:00"), "rest").values()) == ["missed"]
    orgs.clear_day(actor=officer, day=day, now=shanghai("2026-11-02T08:00"))
    for at in ("2026-11-02T08:01", "2026-11-02T10:00"):
        assert list(of_rule(standing(world, "central", at), "rest").values()) == ["missed>not_applicable"]
        october = figures(world, "central", "2026-10", at)
        assert {key: cells for key, cells in october.items() if key[0] == "rest"} == {
            ("rest", "missed", "not_applicable"): 1
        }
        close_due(COUNTY, shanghai("2026-11-02T09:00"))
    with acting(world.county.system):
        beside = Correction.objects.filter(verdict__rule__key="rest")
        assert set(beside.values_list("becomes", flat=True)) == {"not_applicable"}
        assert beside.count() == Verdict.objects.filter(rule__key="rest").count() > 0


def set_term(world: World, last: date, now: str) -> None:
    orgs.set_term(
        actor=world.county.actors["officer"], year="2026-2027", semester=1, first=date(2026, 9, 1), last=last,
        now=shanghai(now),
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_term_that_lasts_longer_opens_nothing_that_is_closed(world: World) -> None:
    """What is done in the weeks that were added stands beside the verdict, from the new close on, though
    nothing is recorded at that time."""
    semester = ("semester", "2026-2027-1")
    close_due(COUNTY, shanghai("2027-01-30T00:10"))
    assert standing(world, "central", "2027-01-30T01:00")[semester] == "missed"
    before = stored(world)
    set_term(world, date(2027, 2, 5), "2027-01-31T08:00")
    with acting(world.county.system):
        world.record("central", check("2027-02-02T09:00"), at=shanghai("2027-02-02T10:00"))
    for at in ("2027-01-31T09:00", "2027-02-03T09:00"):
        close_due(COUNTY, shanghai(at))
        assert standing(world, "central", at)[semester] == "missed"
    open_days = standing(world, "central", "2027-02-03T09:00")
    assert (open_days["daily", "2027-02-02"], open_days["daily", "2027-02-05"]) == ("met", "owed")
    for at in ("2027-02-12T23:50", "2027-02-13T00:10", "2027-02-13T01:10"):
        close_due(COUNTY, shanghai(at))
    found = standing(world, "central", "2027-02-13T02:00")
    assert found[semester] == "missed>met"
    assert standing(world, "other", "2027-02-13T02:00")[semester] == "missed"
    assert stored(world, id__in=[row["id"] for row in before]) == before
    # The figure stays in the month under which it was closed, once.
    january = figures(world, "central", "2027-01", "2027-02-13T02:00")
    assert january["semester", "missed", "met"] == 1
    assert not any(key[0] == "semester" for key in figures(world, "central", "2027-02", "2027-02-13T02:00"))
    with acting(world.county.system):
        beside = Correction.objects.filter(verdict__rule__key="semester")
        assert list(beside.values_list("verdict__org__key", "becomes")) == [("central", "met")]


def test_a_term_that_ends_sooner_closes_what_is_open_by_the_new_table(world: World) -> None:
    with acting(world.county.system):
        world.record("other", check("2026-12-30T09:00"), at=shanghai("2026-12-30T10:00"))
    close_due(COUNTY, shanghai("2027-01-04T00:10"))
    before = stored(world)
    set_term(world, date(2027, 1, 8), "2027-01-04T08:00")
    found = standing(world, "central", "2027-01-04T09:00")
    assert found["rule", "2027-W02"] == found["daily", "2027-01-11"] == "not_applicable"
    assert found["daily", "2027-01-08"] == "owed"
    assert [
        each.cell.due_at
        for each in shown(world, "central", "2027-01-04T09:00")
        if each.cell.period == "2026-2027-1"
    ] == [shanghai("2027-01-09T00:00")]
    close_due(COUNTY, shanghai("2027-01-16T00:10"))
    for org, verdict in (("central", "missed"), ("other", "met")):
        assert standing(world, org, "2027-01-16T01:00")["semester", "2026-2027-1"] == verdict
    assert stored(world, id__in=[row["id"] for row in before]) == before


# ---- whoever held a post leaves --------------------------------------------------------------------------
def test_duties_stay_with_the_post_of_whoever_left(world: World) -> None:
    officer, people = world.county.actors["officer"], world.county.people
    close_due(COUNTY, shanghai("2026-10-16T00:10"))
    orgs.person_leaves(
        actor=officer, person_id=people["safety"].id, last_day=date(2026, 10, 16),
        now=shanghai("2026-10-16T08:00"),
    )  # fmt: skip
    # The weeks are owed as before.
    found = standing(world, "central", "2026-10-16T09:00")
    assert [found["rule", f"2026-W{week}"] for week in (41, 42, 43)] == ["overdue", "owed", "owed"]
    orgs.appoint(
        actor=officer, post_id=world.county.posts["safety"].id, person_id=people["head"].id,
        from_day=date(2026, 10, 26), acting_for=True, now=shanghai("2026-10-24T08:00"),
    )  # fmt: skip
    close_due(COUNTY, shanghai("2026-11-16T00:10"))
    head = people["head"].name
    with acting(world.county.system):
        rows = Verdict.objects.filter(org__key="central", rule__key="rule", period__gte="2026-W40")
        held = dict(rows.values_list("period", "holder"))
        assert set(rows.values_list("post_kind", flat=True)) == {"safety-officer"}
    assert held == {
        "2026-W40": people["safety"].name,
        "2026-W41": people["safety"].name,
        "2026-W42": f"{head}（岗位空缺）",
        "2026-W43": f"{head}（岗位空缺）",
        "2026-W44": head,
        "2026-W45": head,
    }
    with acting(officer):
        assert Appointment.objects.get(person=people["safety"]).until == date(2026, 10, 16)
