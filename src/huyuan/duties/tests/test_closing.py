"""The hourly closing: whatever was recorded in between, nothing is forgotten, nothing invented, and nothing
judged for nothing."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from huyuan.duties import queries
from huyuan.duties.actions import (
    adopt,
    close_due,
    closing,
    end_adoption,
    extend_clock,
    learn,
    set_local_value,
    set_sign_in,
    waive,
)
from huyuan.duties.actions.closing import Closed
from huyuan.duties.models import Closing, Correction, Event, Term, Verdict
from huyuan.duties.tests.adopted import START, World, check, shanghai, version
from huyuan.duties.tests.judging import rule, weekly
from huyuan.orgs.models import (
    Appointment,
    Attribute,
    Bell,
    CalendarDay,
    Certificate,
    Organisation,
    TermRow,
)
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.packs.models import Pack, PackVersion
from huyuan.papers.models import Policy
from huyuan.registers.effects import SINKS, ActDone, EventRaised, MeasureTaken, PresenceSeen
from huyuan.registers.models import Entry, Form

GO_LIVE = date(2026, 9, 1)
BAN = rule("have", "ban", all_of=[{"measure": "gate.breaches", "at_most": 0}])
MORE = (
    BAN,
    weekly("daily", every={"day": 1}, who={"org": ["school"], "if": [{"fact": "boarding"}]}),
    weekly("shifts", every={"shift": 1}, active="always"),
    weekly("lists", every={"month": 1, "due": {"day": 28, "roll": "next-workday"}}, proof={"act": "lists"}),
    weekly("before", every={"before": "holiday", "opens_days": 7}, active="always"),
    weekly("semester", every={"semester": 1}),
    weekly("campaign", every={"campaign": 1, "due": {"days_after_start": 30}}),
    rule("post", "arrival", point="gate", window={"anchor": ["arrival"], "before_minutes": 30},
         at_least={"people": 1, "qualified": ["guard"]}),
    rule("when", "told", event="hazard.found", then=[{"act": "told", "within": {"hours": 30}}]),
)  # fmt: skip


def adopted(world: World, *rules: dict[str, Any], **more: Any) -> None:
    """More rules in force for all schools."""
    version(Pack.objects.create(key="second"), "2026.1", rules, shanghai("2026-09-01T00:00"))
    adopt(
        actor=world.county.system, org_id=world.county.orgs["bureau"].id, pack_key="second",
        go_live=GO_LIVE, decided_by="教育局", now=shanghai("2026-09-01T00:00"), **more,
    )  # fmt: skip


def test_a_month_that_is_looked_at_in_part_is_judged_whole(world: World) -> None:
    adopted(world, BAN)
    close_due(COUNTY, shanghai("2026-10-02T00:00"))
    with acting(world.county.system):
        breach = MeasureTaken("gate.breaches", Decimal(1), date(2026, 10, 2), True)
        world.record("central", breach, at=shanghai("2026-10-02T10:00"))
    for day in ("2026-11-01T00:10", "2026-11-24T00:10", "2026-11-25T00:10"):
        close_due(COUNTY, shanghai(day))
    with acting(world.county.system):
        row = Verdict.objects.get(rule__key="ban", org__key="central", period="2026-10")
        assert row.verdict == "missed"
        assert not Correction.objects.filter(verdict=row).exists()


def test_the_longest_grace_comes_to_its_end(world: World) -> None:
    adopted(world, weekly("slow"), grace_long=60)
    for day in ("2026-10-31T00:00", "2026-12-17T23:00", "2026-12-18T00:00"):
        close_due(COUNTY, shanghai(day))
    with acting(world.county.system):
        rows = Verdict.objects.filter(rule__key="slow", period="2026-W42", org__key="central")
        assert rows.count() == 1


def test_a_school_that_opened_later_has_its_own_thirty_days(world: World) -> None:
    adopted(world, weekly("campaign", every={"campaign": 1, "due": {"days_after_start": 30}}))
    with acting(world.county.system):
        Organisation.objects.filter(key="other").update(opened=date(2026, 10, 8))
        world.record("other", check("2026-10-09T09:00"), at=shanghai("2026-10-09T10:00"))
    for day in ("2026-10-20T00:00", "2026-11-13T00:00", "2026-11-16T00:00"):
        close_due(COUNTY, shanghai(day))
    with acting(world.county.system):
        rows = Verdict.objects.filter(rule__key="campaign").order_by("org__key")
        assert list(rows.values_list("org__key", "verdict")) == [("central", "missed"), ("other", "met")]


# ---- whatever is recorded in between ---------------------------------------------------------------------


def left_out(world: World, now: datetime) -> list[tuple[str, ...]]:
    """Closed cells that are not stored, or of which what is stored differs from what the records say."""
    keys = {org.id: key for key, org in world.county.orgs.items()}
    with acting(world.county.system):
        return [
            (keys[shown.cell.org_id], shown.cell.binding.rule.key, shown.cell.period, shown.verdict)
            for shown in queries.cells(world.county.system, first=GO_LIVE, last=now.date(), now=now)
            if shown.cell.is_closed(now)
            if shown.stored is None or any(not each.reason for each in shown.corrections)
        ]


def happenings(world: World) -> Iterator[Callable[[datetime], Any]]:
    """What happens to a county, each with the instant at which it is recorded; much of it late."""
    orgs, system, officer = world.county.orgs, world.county.system, world.county.actors["officer"]
    sources: dict[str, UUID] = {}

    def before(now: datetime, days: float) -> datetime:
        return now - timedelta(days=days)

    def row(model: type[Model], *days: float, **values: Any) -> Callable[[datetime], Any]:
        """A row that holds from so many days before (and until so many)."""

        def write(now: datetime) -> None:
            dated = dict(
                zip(("from_day", "until"), (before(now, each).date() for each in days), strict=False)
            )
            with acting(system):
                model._default_manager.create(county_id=COUNTY, **dated, **values)

        return write

    def change(model: type[Model], column: str, days: float, **which: Any) -> Callable[[datetime], Any]:
        def write(now: datetime) -> None:
            with acting(system):
                assert (
                    model._default_manager.filter(**which).update(**{column: before(now, days).date()}) == 1
                )

        return write

    def entry(org: str, effect: Callable[[datetime], Any]) -> Callable[[datetime], Any]:
        def record(now: datetime) -> None:
            with acting(system):
                sources[type(effect(now)).__name__] = world.record(org, effect(now), at=now)

        return record

    def filed(org: str) -> Callable[[datetime], Any]:
        """The first entry that says how many breaches there were, be it none."""

        def write(now: datetime) -> None:
            version_id = PackVersion.objects.get(pack__key="made-up").id
            Term.objects.filter(key="gate.breaches").update(
                spec={"key": "gate.breaches", "zh": "违规", "source": "breaches", "recorded_by": ["breaches"]}
            )
            form = Form.objects.create(
                pack_version_id=version_id, key="breaches", title="违规", theme="test", spec={}, digest=""
            )
            with acting(system):
                Entry.objects.create(
                    county_id=COUNTY, org=orgs[org], form=form, state="submitted", client_id=uuid4(),
                    occurred_at=now, created_at=now, submitted_at=now, filler=world.county.people["head"],
                )  # fmt: skip

        return write

    def void(kind: type[Any]) -> Callable[[datetime], Any]:
        def undo(now: datetime) -> None:
            with acting(system):
                for sink in SINKS:
                    sink.void(sources[kind.__name__], now)

        return undo

    def event() -> UUID:
        with acting(system):
            return Event.objects.get().id

    def act(key: str, days: float, answers: bool = False) -> Callable[[datetime], ActDone]:
        return lambda now: ActDone(
            key, ("scope=whole-school",), before(now, days), 0, answers=str(event()) if answers else None
        )

    adoption = {"adoption_id": world.adoption.id}
    yield entry("central", act("hazard-check", 1))
    yield entry("central", lambda now: EventRaised("hazard.found", (), before(now, 3), 0))
    yield entry("other", act("lists", 0))
    yield lambda now: learn(actor=officer, event_id=event(), qual="severity=major", now=now)
    yield entry("central", lambda now: PresenceSeen("gate", "guard", "a", before(now, 9), before(now, 8)))
    yield row(Attribute, 20, org=orgs["central"], key="boarding", text="yes")
    yield row(Bell, 6, org=orgs["central"], kind="arrival", starts=time(7, 30))
    yield row(Bell, 4, org=orgs["other"], kind="shift", starts=time(8), ends=time(20))
    yield filed("central")
    yield entry(
        "central", lambda now: MeasureTaken("gate.breaches", Decimal(2), before(now, 12).date(), True)
    )
    yield entry("central", act("told", 1, answers=True))
    yield void(PresenceSeen)
    yield row(CalendarDay, day=date(2026, 10, 9), kind="holiday")
    yield lambda now: waive(
        actor=officer, org_id=orgs["other"].id, rule_key="gate", from_day=before(now, 12).date(),
        until=before(now, -3).date(), reason="维修", now=now, **adoption,
    )  # fmt: skip
    yield row(Certificate, 45, person=world.county.people["guard"], kind="security-guard")
    yield lambda now: extend_clock(
        actor=officer,
        event_id=event(),
        rule="made-up/interim",
        due_at=before(now, -9),
        reason="等待",
        now=now,
    )
    yield void(ActDone)
    yield lambda now: set_sign_in(
        actor=system, point="gate", from_day=before(now, 10).date(), now=now, **adoption
    )
    yield row(Policy, 40, org=orgs["other"], kind="gate", title="门卫制度", recorded_at=START)
    yield lambda now: set_local_value(
        actor=system, name="interim", value={"days": 2}, decided_by="教育局", from_day=GO_LIVE, now=now,
        **adoption,
    )  # fmt: skip
    yield change(Appointment, "until", 15, person=world.county.people["guard"])
    yield change(TermRow, "last", 9)
    yield change(TermRow, "last", -20)
    yield change(Organisation, "closed", 6, key="other")
    yield entry("central", act("hazard-check", 60))
    yield lambda now: end_adoption(
        actor=system, until=before(now, -1).date(), reason="期满", now=now, **adoption
    )


@pytest.mark.django_db(transaction=True)
def test_after_each_run_everything_closed_is_stored_as_the_records_say(world: World) -> None:
    """At uneven hours through a term; in between everything happens that can change a closed cell."""
    adopted(world, *MORE, until=date(2026, 12, 31))
    happens = happenings(world)
    now = shanghai("2026-09-02T00:10")
    wrote = Closed()
    for step in range(54):
        if step % 2:
            next(happens, lambda _: None)(now - timedelta(minutes=7))
        found = close_due(COUNTY, now)
        wrote.verdicts += found.verdicts
        wrote.corrections += found.corrections
        assert left_out(world, now) == [], now
        again = close_due(COUNTY, now)
        assert (again.verdicts, again.corrections) == (0, 0)
        now += timedelta(hours=(1, 5, 40, 100)[step % 4], minutes=13 * step % 60)
    assert next(happens, None) is None
    with acting(world.county.system):
        assert wrote.verdicts == Verdict.objects.count() > 400
        assert wrote.corrections == Correction.objects.count() > 10


# ---- what a run costs, and what becomes of it when it is disturbed ---------------------------------------


def marks() -> dict[tuple[str, str], str]:
    """(organisation, kind of rule) → what its last closing has seen."""
    return {(org, kind): seen for org, kind, seen in Closing.objects.values_list("org__key", "kind", "seen")}


@pytest.mark.django_db(transaction=True)
def test_an_hour_in_which_nothing_closed_reads_no_facts(world: World) -> None:
    adopted(world, *MORE)
    night = shanghai("2026-10-14T01:10")
    assert close_due(COUNTY, night).verdicts > 0
    with CaptureQueriesContext(connection) as sent:
        close_due(COUNTY, night + timedelta(hours=1))
    facts = ("duties_proof", "duties_presence", "duties_event", "duties_verdict", "orgs_bell", "orgs_post")
    assert not [one["sql"] for one in sent if any(table in one["sql"] for table in facts)]


@pytest.mark.django_db(transaction=True)
def test_only_who_recorded_something_is_looked_at(world: World) -> None:
    adopted(world, *MORE)
    night = shanghai("2026-10-14T01:10")
    close_due(COUNTY, night)
    with acting(world.county.system):
        before = marks()
        world.record("central", check("2026-09-30T09:00"), at=night)
    close_due(COUNTY, night + timedelta(minutes=1))
    with acting(world.county.system):
        after = marks()
        assert {org for org, kind in after if after[org, kind] != before[org, kind]} == {"central"}
        assert set(Correction.objects.values_list("verdict__org__key", "verdict__period", "becomes")) == {
            ("central", "2026-W40", "late"),
            ("central", "campaign", "late"),
        }


END_WAITING = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'transactionid'"


@pytest.mark.django_db(transaction=True)
def test_another_program_looks_at_the_last_weeks_once_more(world: World) -> None:
    adopted(world, *MORE)
    now = shanghai("2026-12-20T01:10")
    close_due(COUNTY, now)
    with acting(world.county.system):
        weeks = Verdict.objects.filter(rule__key="rule", org__key="central")
        weeks.filter(period__in=["2026-W38", "2026-W49"]).update(verdict="met")
        Closing.objects.update(made_with="an older program")
    assert close_due(COUNTY, now + timedelta(minutes=1)) == Closed(0, 1)
    with acting(world.county.system):
        beside = Correction.objects.get()
        assert (beside.verdict.period, beside.verdict.verdict, beside.becomes) == (
            "2026-W49",
            "met",
            "missed",
        )


def in_a_thread(now: datetime) -> Closed:
    try:
        return close_due(COUNTY, now)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_store_each_cell_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    adopted(world, *MORE)
    monkeypatch.setattr(closing, "TOGETHER", 1)
    now = shanghai("2026-10-14T01:10")
    with ThreadPoolExecutor(2) as pool:
        both = [found.result() for found in [pool.submit(in_a_thread, now) for _ in range(2)]]
    with acting(world.county.system):
        assert sum(one.verdicts for one in both) == Verdict.objects.count() > 100
    assert left_out(world, now) == []


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_the_next_run_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection ends while it waits for a row that somebody else holds."""
    adopted(world, *MORE)
    monkeypatch.setattr(closing, "TOGETHER", 1)
    now = shanghai("2026-10-14T01:10")
    last = max(world.county.orgs.values(), key=lambda org: org.id)
    with ThreadPoolExecutor(1) as pool, acting(world.county.system):
        Closing.objects.create(county_id=COUNTY, org=last, kind="have", at=now, made_with="", seen="1:1:")
        run = pool.submit(in_a_thread, now)
        with connection.cursor() as cursor:
            while not cursor.rowcount > 0:
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(END_WAITING)
        with pytest.raises(OperationalError):
            run.result()
        some = Verdict.objects.count()
        assert not Verdict.objects.filter(rule__kind="post").exists() and some > 20
        Closing.objects.filter(org=last).delete()
    assert close_due(COUNTY, now).verdicts > 100
    assert left_out(world, now) == []
