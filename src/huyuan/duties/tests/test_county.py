"""From a recorded entry to a verdict, in the database."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huyuan.duties import queries
from huyuan.duties.actions import (
    adopt,
    close_due,
    decide_matter,
    end_event,
    extend_clock,
    learn,
    set_local_value,
    set_sign_in,
    take_up_versions,
    waive,
)
from huyuan.duties.models import Correction, Event, Proof, Verdict
from huyuan.duties.tests.adopted import World, check, shanghai, version
from huyuan.duties.tests.judging import weekly
from huyuan.kernel.errors import Refused
from huyuan.orgs.models import Appointment, Certificate
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.packs.models import Pack
from huyuan.papers.models import Policy
from huyuan.registers import answerable
from huyuan.registers.effects import SINKS, ActDone, EventRaised, MeasureTaken, PresenceSeen, act_id

WEEK = (date(2026, 10, 12), date(2026, 10, 18))
FRIDAY = shanghai("2026-10-16T09:00")


def verdicts(
    world: World, org: str, rule_key: str, now: str, first: date = WEEK[0], last: date = WEEK[1]
) -> list[str]:
    """ "verdict" or "verdict>correction" of one organisation's cells of a rule."""
    with acting(world.county.system):
        found = queries.cells(
            world.county.system,
            org_ids=[world.county.orgs[org].id],
            first=first,
            last=last,
            now=shanghai(now),
        )
        return [
            shown.verdict if shown.now_known == shown.verdict else f"{shown.verdict}>{shown.now_known}"
            for shown in found
            if shown.cell.binding.rule.key == rule_key
        ]


def test_a_recorded_check_is_met(world: World) -> None:
    assert verdicts(world, "central", "rule", "2026-10-16T08:00") == ["owed"]
    with acting(world.county.system):
        world.record("central", check("2026-10-16T09:00"), at=FRIDAY)
    assert verdicts(world, "central", "rule", "2026-10-16T10:00") == ["met"]
    assert verdicts(world, "other", "rule", "2026-10-16T10:00") == ["owed"]


def test_a_voided_entry_proves_nothing(world: World) -> None:
    with acting(world.county.system):
        source = world.record("central", check("2026-10-16T09:00"), at=FRIDAY)
        for sink in SINKS:
            sink.void(source, FRIDAY + timedelta(hours=1))
    assert verdicts(world, "central", "rule", "2026-10-16T11:00") == ["owed"]


def test_a_joint_act_becomes_a_proof_of_each_party_that_signed(world: World) -> None:
    station = str(world.county.orgs["station"].id)
    joint = check("2026-10-16T09:00", partners=(station,))
    with acting(world.county.system):
        source = world.record("central", joint, at=FRIDAY)
        assert list(Proof.objects.values_list("org__key", "joint", "quals")) == [
            ("central", False, ["scope=whole-school"])
        ]
        world.record("central", joint, at=FRIDAY + timedelta(hours=2), signed=("station",), source=source)
        rows = Proof.objects.order_by("org__key").values_list("org__key", "joint", "quals")
        assert list(rows) == [
            ("central", True, ["joint-with=police-station", "scope=whole-school"]),
            ("station", True, ["joint-with=school", "scope=whole-school"]),
        ]
        assert len(set(Proof.objects.values_list("act_id", flat=True))) == 1
        for sink in SINKS:
            sink.void(source, FRIDAY + timedelta(hours=3))
        assert not Proof.objects.filter(voided_at=None).exists()


def test_each_partner_that_signs_later_is_named_by_all_parties_in_one_statement(world: World) -> None:
    partners = tuple(str(world.county.orgs[key].id) for key in ("station", "town"))
    acts = [replace(check("2026-10-16T09:00", partners=partners), index=index) for index in range(3)]
    with acting(world.county.system):
        source = world.record("central", *acts, at=FRIDAY)
        world.record("central", *acts, at=FRIDAY, signed=("station",), source=source)
        with CaptureQueriesContext(connection) as statements:
            world.record("central", *acts, at=FRIDAY, signed=("station", "town"), source=source)
        rows = Proof.objects.filter(act_id=act_id(source, 2)).order_by("org__key")
        quals = {row.org.key: set(row.quals) - {"scope=whole-school"} for row in rows}
    school, station, town = (f"joint-with={kind}" for kind in ("school", "police-station", "town-government"))
    assert quals == {"central": {station, town}, "station": {school, town}, "town": {school, station}}
    assert sum('"duties_proof"' in query["sql"] for query in statements) == 1


def test_recording_the_same_source_twice_adds_nothing(world: World) -> None:
    effects = (
        check("2026-10-16T09:00"),
        MeasureTaken("cameras.dormitory", Decimal(3), date(2026, 10, 16)),
        EventRaised("hazard.found", ("severity=major",), FRIDAY, 2),
        PresenceSeen("gate", "guard", "a", FRIDAY, FRIDAY + timedelta(hours=1)),
    )
    with acting(world.county.system):
        source = world.record("central", *effects, at=FRIDAY)
        world.record("central", *effects, at=FRIDAY + timedelta(hours=1), source=source)
        org = world.county.orgs["central"]
        counts = [getattr(org, name).count() for name in ("proofs", "measurements", "events", "presences")]
    assert counts == [1, 1, 1, 1]


def test_closing_stores_each_cell_once_and_leaves_it_standing(world: World) -> None:
    with acting(world.county.system):
        world.record("central", check("2026-10-16T09:00"), at=FRIDAY)
    first = close_due(COUNTY, shanghai("2026-10-26T00:00"))
    again = close_due(COUNTY, shanghai("2026-10-26T00:00"))
    assert first.verdicts > 0 and (again.verdicts, again.corrections) == (0, 0)
    with acting(world.county.system):
        row = Verdict.objects.get(org=world.county.orgs["central"], rule__key="rule", period="2026-W42")
        assert (row.verdict, row.month, row.post_kind) == ("met", "2026-10", "safety-officer")
        assert row.because == ["10月12日—10月18日这一周要求安全隐患排查1次，已登记1次（10月16日） → 已完成"]
        assert row.holder == world.county.people["safety"].name
        missed = Verdict.objects.get(org=world.county.orgs["other"], rule__key="rule", period="2026-W42")
        assert (missed.verdict, missed.holder) == ("missed", "（岗位空缺）")


def test_what_is_learned_after_the_close_stands_beside_the_verdict(world: World) -> None:
    close_due(COUNTY, shanghai("2026-10-26T00:00"))
    late = shanghai("2026-10-27T09:00")
    with acting(world.county.system):
        source = world.record("central", check("2026-10-16T09:00"), at=late)
    assert verdicts(world, "central", "rule", "2026-10-27T10:00") == ["missed>late"]
    assert close_due(COUNTY, shanghai("2026-10-28T00:00")).corrections == 1
    assert close_due(COUNTY, shanghai("2026-10-28T01:00")).corrections == 0
    with acting(world.county.system):
        for sink in SINKS:
            sink.void(source, shanghai("2026-10-29T00:00"))
    close_due(COUNTY, shanghai("2026-10-30T00:00"))
    with acting(world.county.system):
        row = Verdict.objects.get(org=world.county.orgs["central"], rule__key="rule", period="2026-W42")
        assert row.verdict == "missed"
        assert list(row.corrections.order_by("at").values_list("becomes", flat=True)) == ["late", "missed"]


def test_a_correction_reaches_far_behind_the_last_closing(world: World) -> None:
    with acting(world.county.system):
        source = world.record("central", check("2026-09-09T09:00"), at=shanghai("2026-09-09T10:00"))
    close_due(COUNTY, shanghai("2026-12-20T00:00"))
    with acting(world.county.system):
        for sink in SINKS:
            sink.void(source, shanghai("2026-12-21T00:00"))
    close_due(COUNTY, shanghai("2026-12-22T00:00"))
    with acting(world.county.system):
        beside = Correction.objects.filter(becomes="missed", verdict__period="2026-W37")
        assert list(beside.values_list("verdict__verdict", "verdict__org__key")) == [("met", "central")]


def test_certified_guards_are_counted_from_posts_and_certificates(world: World) -> None:
    guard = world.county.people["guard"]
    month = (date(2026, 10, 1), date(2026, 10, 31))
    assert verdicts(world, "other", "guards", "2026-10-14T00:00", *month) == ["overdue"]
    with acting(world.county.system):
        Appointment.objects.filter(person=guard).update(from_day=date(2026, 9, 1))
        Certificate.objects.create(
            county_id=COUNTY,
            person=guard,
            kind="security-guard",
            from_day=date(2026, 1, 1),
            until=date(2026, 10, 12),
        )
    assert verdicts(world, "other", "guards", "2026-10-12T12:00", *month) == ["owed"]
    assert verdicts(world, "other", "guards", "2026-10-13T12:00", *month) == ["overdue"]
    assert verdicts(world, "other", "guards", "2026-11-01T00:00", *month) == ["missed"]


def test_policies_in_force_are_counted(world: World) -> None:
    month = (date(2026, 10, 1), date(2026, 10, 31))
    assert verdicts(world, "central", "policy", "2026-10-14T00:00", *month) == ["overdue"]
    with acting(world.county.system):
        Policy.objects.create(
            county_id=COUNTY,
            org=world.county.orgs["central"],
            kind="gate",
            title="门卫制度",
            from_day=date(2026, 10, 14),
            recorded_at=FRIDAY,
        )
    assert verdicts(world, "central", "policy", "2026-10-14T12:00", *month) == ["owed"]
    assert verdicts(world, "other", "policy", "2026-10-14T12:00", *month) == ["overdue"]


def test_a_roster_counts_until_sign_in_begins(world: World) -> None:
    night = PresenceSeen(
        "gate", "guard", "a", shanghai("2026-10-12T22:00"), shanghai("2026-10-13T06:00"), planned=True
    )
    with acting(world.county.system):
        world.record("central", night, at=shanghai("2026-10-10T09:00"))
    day = (date(2026, 10, 12), date(2026, 10, 12))
    assert verdicts(world, "central", "gate", "2026-10-13T07:00", *day) == ["met"]
    set_sign_in(
        actor=world.county.system,
        adoption_id=world.adoption.id,
        point="gate",
        from_day=date(2026, 10, 12),
        now=FRIDAY,
    )
    assert verdicts(world, "central", "gate", "2026-10-13T07:00", *day) == ["missed"]


def test_a_clock_starts_when_its_conditions_are_known_and_is_moved_in_time_only(world: World) -> None:
    officer = world.county.actors["officer"]
    set_local_value(
        actor=officer,
        adoption_id=world.adoption.id,
        name="interim",
        value={"days": 2},
        decided_by="教育局",
        from_day=date(2026, 9, 1),
        now=FRIDAY,
    )
    with acting(world.county.system):
        world.record("central", EventRaised("hazard.found", (), FRIDAY, 0), at=FRIDAY)
        event = Event.objects.get()
    assert verdicts(world, "central", "interim", "2026-10-20T00:00") == []
    learn(actor=officer, event_id=event.id, qual="severity=major", now=shanghai("2026-10-17T09:00"))
    assert verdicts(world, "central", "interim", "2026-10-19T23:00") == ["owed"]
    assert verdicts(world, "central", "interim", "2026-10-20T00:00") == ["missed"]
    extend_clock(
        actor=officer,
        event_id=event.id,
        rule="made-up/interim",
        due_at=shanghai("2026-10-25T00:00"),
        reason="等待材料",
        now=shanghai("2026-10-19T12:00"),
    )
    assert verdicts(world, "central", "interim", "2026-10-24T23:00") == ["owed"]
    extend_clock(
        actor=officer,
        event_id=event.id,
        rule="made-up/interim",
        due_at=shanghai("2026-11-25T00:00"),
        reason="太晚",
        now=shanghai("2026-10-25T12:00"),
    )
    assert verdicts(world, "central", "interim", "2026-10-26T00:00") == ["missed"]
    with pytest.raises(Refused):
        end_event(actor=officer, event_id=event.id, reason=" ", now=FRIDAY)
    with acting(world.county.system):
        answer = ActDone("interim-measures", (), shanghai("2026-10-27T09:00"), 0, answers=str(event.id))
        world.record("central", answer, at=shanghai("2026-10-27T10:00"))
    close_due(COUNTY, shanghai("2026-10-28T00:00"))
    with acting(world.county.system):
        row = Verdict.objects.get(rule__key="interim")
        assert row.verdict == "missed"
        assert [(c.becomes, "迟了2天" in c.reason) for c in row.corrections.all()] == [("missed", True)]


def test_measures_for_one_of_two_hazards_leave_the_other_open(world: World) -> None:
    officer = world.county.actors["officer"]
    set_local_value(
        actor=officer,
        adoption_id=world.adoption.id,
        name="interim",
        value={"days": 3},
        decided_by="教育局",
        from_day=date(2026, 9, 1),
        now=shanghai("2026-09-01T09:00"),
    )
    with acting(world.county.system):
        world.record(
            "central",
            EventRaised("hazard.found", ("severity=major",), FRIDAY, 0),
            EventRaised("hazard.found", ("severity=major",), FRIDAY, 1),
            ActDone("interim-measures", (), FRIDAY, 2, event=1),
            at=FRIDAY,
        )
    assert sorted(verdicts(world, "central", "interim", "2026-10-16T10:00")) == ["met", "owed"]


def test_what_was_raised_can_be_answered_by_name(world: World) -> None:
    school = world.county.orgs["central"].id
    with acting(world.county.system):
        raised = EventRaised("hazard.found", ("severity=major",), FRIDAY, 0, about="北楼屋面，开裂")
        source = world.record("central", raised, at=FRIDAY)
        world.record("other", raised, at=FRIDAY)
        (one,) = answerable.open_at(school, FRIDAY)
        assert (one.org_id, one.kind, one.line) == (
            school,
            "hazard.found",
            "2026年10月16日 hazard.found：北楼屋面，开裂",
        )
        world.record("central", ActDone("hazard-check", (), FRIDAY, 0, answers=str(one.id)), at=FRIDAY)
        (done,) = answerable.named([one.id]).values()
        assert done.line == "2026年10月16日 hazard.found：北楼屋面，开裂（已登记：安全隐患排查）"
        assert answerable.open_at(school, FRIDAY + timedelta(days=400)) == []
        (cell,) = (
            shown.cell
            for shown in queries.cells(
                world.county.system, org_ids=[school], first=WEEK[0], last=WEEK[1], now=FRIDAY
            )
            if shown.cell.binding.rule.key == "interim"
        )
        assert cell.name == "10月16日（周五）起：北楼屋面，开裂"
        for sink in SINKS:
            sink.void(source, FRIDAY)
        assert answerable.open_at(school, FRIDAY) == [] and answerable.named([one.id]) == {}


def test_a_rule_for_two_kinds_of_organisation_is_the_duty_of_each_ones_post(world: World) -> None:
    both = weekly(
        who={"org": ["education-bureau", "police-station", "school"]},
        by={"post": ["bureau-officer", "police-liaison"]},
    )
    version(Pack.objects.create(key="second"), "2026.1", (both,), shanghai("2026-09-01T00:00"))
    county = world.county
    adopt(
        actor=county.system,
        org_id=county.orgs["bureau"].id,
        pack_key="second",
        go_live=date(2026, 10, 1),
        decided_by="教育局",
        now=shanghai("2026-09-30T09:00"),
    )
    close_due(COUNTY, shanghai("2026-10-26T00:00"))
    with acting(county.system):
        rows = Verdict.objects.filter(rule__pack_version__pack__key="second", period="2026-W42")
        whose = {row.org.key: (row.post_kind, row.holder) for row in rows}
    assert whose == {
        "bureau": ("bureau-officer", county.people["officer"].name),
        "station": ("police-liaison", county.people["police"].name),
        "central": ("head", county.people["head"].name),
        "other": ("bureau-officer", "（岗位空缺）"),
    }


def test_nobody_waives_what_he_owes(world: World) -> None:
    given: dict[str, Any] = {
        "adoption_id": world.adoption.id,
        "org_id": world.county.orgs["central"].id,
        "rule_key": "rule",
        "from_day": WEEK[0],
        "until": WEEK[1],
        "reason": "校舍施工，由镇里代查",
        "now": FRIDAY,
    }
    with pytest.raises(Refused, match="forbidden"):
        waive(actor=world.county.actors["head"], **given)
    waive(actor=world.county.actors["officer"], **given)
    assert verdicts(world, "central", "rule", "2026-10-16T10:00") == ["waived"]
    assert verdicts(world, "other", "rule", "2026-10-16T10:00") == ["owed"]


def test_an_open_period_finishes_under_its_version(world: World) -> None:
    monthly = weekly(every={"month": 1})
    version(world.pack, "2026.2", (monthly,), shanghai("2026-10-14T09:00"))
    with acting(world.county.system):
        assert take_up_versions(COUNTY) == 1
        assert take_up_versions(COUNTY) == 0
        found = list(
            queries.cells(
                world.county.system,
                org_ids=[world.county.orgs["central"].id],
                first=date(2026, 10, 12),
                last=date(2026, 11, 30),
                now=FRIDAY,
            )
        )
    periods = [shown.cell.period for shown in found if shown.cell.binding.rule.key == "rule"]
    assert periods == ["2026-W42", "2026-11"]


def test_the_strictest_wins_and_the_others_stand_behind_it(world: World) -> None:
    pack = type(world.pack).objects.create(key="second")
    monthly = weekly("monthly", every={"month": 1}, matter="checks")
    version(pack, "2026.1", (monthly,), shanghai("2026-09-01T00:00"))
    adopt(
        actor=world.county.system,
        org_id=world.county.orgs["bureau"].id,
        pack_key="second",
        go_live=date(2026, 9, 1),
        decided_by="教育局",
        now=FRIDAY,
    )
    with acting(world.county.actors["head"]):
        [found] = queries.matters(
            world.county.actors["head"], org_id=world.county.orgs["central"].id, now=FRIDAY
        )
    assert [each.binding.key for each in found.winners] == ["made-up/rule"]
    assert [each.binding.key for each in found.others] == ["second/monthly"]


def test_a_school_adopts_for_itself_and_what_is_below_it(world: World) -> None:
    pack = type(world.pack).objects.create(key="own")
    version(pack, "2026.1", (weekly("own"),), shanghai("2026-09-01T00:00"))
    central = world.county.orgs["central"]
    given: dict[str, Any] = {
        "pack_key": "own",
        "go_live": date(2026, 9, 1),
        "decided_by": "校务会",
        "now": FRIDAY,
    }
    with pytest.raises(Refused):
        adopt(actor=world.county.actors["guard"], org_id=world.county.orgs["other"].id, **given)
    adopt(actor=world.county.actors["head"], org_id=central.id, **given)
    assert verdicts(world, "central", "own", "2026-10-16T08:00") == ["owed"]
    assert verdicts(world, "other", "own", "2026-10-16T08:00") == []


def test_a_decision_needs_a_rule_of_the_matter(world: World) -> None:
    given: dict[str, Any] = {
        "actor": world.county.actors["officer"],
        "org_id": world.county.orgs["bureau"].id,
        "now": FRIDAY,
    }
    with pytest.raises(Refused, match="bad-decision"):
        decide_matter(matter="checks", holds="made-up/guards", reason="理由", **given)
    assert (
        decide_matter(matter="checks", holds="made-up/rule", reason="理由", **given).holds == "made-up/rule"
    )


def test_an_answer_must_fit_its_question(world: World) -> None:
    given: dict[str, Any] = {
        "actor": world.county.actors["officer"],
        "adoption_id": world.adoption.id,
        "decided_by": "教育局",
        "from_day": date(2026, 9, 1),
        "now": FRIDAY,
    }
    with pytest.raises(Refused, match="bad-local-value"):
        set_local_value(name="nobody-asks", value=1, **given)
    with pytest.raises(Refused, match="local-value-unfit"):
        set_local_value(name="interim", value={"days": -1}, **given)


def test_only_what_is_planned_lies_ahead(world: World) -> None:
    later = shanghai("2026-11-20T00:00")
    with acting(world.county.system):
        for number, planned in enumerate((True, False)):
            world.record(
                "central", EventRaised("hazard.found", (), later, number, planned=planned), at=FRIDAY
            )
        found = Event.objects.order_by("occurred_at").values_list("occurred_at", "known_at")
        assert list(found) == [(FRIDAY, FRIDAY), (later, FRIDAY)]


def test_the_number_of_queries_does_not_grow_with_organisations(world: World) -> None:
    def count(orgs: list[str]) -> int:
        with (
            acting(world.county.system),
            CaptureQueriesContext(
                connection,
            ) as captured,
        ):
            ids = [world.county.orgs[key].id for key in orgs]
            list(queries.cells(world.county.system, org_ids=ids, first=WEEK[0], last=WEEK[1], now=FRIDAY))
        return len(captured)

    count(["central"])  # rules are read once in a process
    assert count(["central"]) == count(["central", "other"])


def test_a_foreign_school_sees_no_proof_even_without_the_first_lock(world: World) -> None:
    with acting(world.county.system):
        world.record("central", check("2026-10-16T09:00"), at=FRIDAY)
    close_due(COUNTY, shanghai("2026-10-26T00:00"))
    with acting(world.county.actors["guard"]):
        assert not Proof.objects.exists()
        assert set(Verdict.objects.values_list("org__key", flat=True)) == {"other"}


def test_a_cell_after_the_end_is_not_in_force(world: World) -> None:
    with acting(world.county.system):
        detail = queries.verdict_detail(
            world.county.system,
            org_id=world.county.orgs["central"].id,
            rule="made-up/rule",
            period="2026-W35",
            day=date(2026, 8, 26),
            now=FRIDAY,
        )
    assert detail.shown is None and detail.because == ("这一时段不在施行期内，不适用。",)
