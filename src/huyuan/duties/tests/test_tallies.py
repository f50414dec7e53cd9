"""The figures are those of the cells, at every instant, whatever was recorded in between."""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from inspect import getsource
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import grimp
import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from huyuan.duties import measures, queries, tallies
from huyuan.duties.actions import close_due, set_local_value, waive
from huyuan.duties.models import Change, Tallied, Tally
from huyuan.duties.queries import facts, freshness
from huyuan.duties.queries.freshness import without
from huyuan.duties.tests.adopted import RULES, START, World, check, shanghai, version
from huyuan.orgs import predicates
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Appointment, Attribute, CalendarDay, Certificate, Organisation, Person, TermRow
from huyuan.orgs.session import Revision, acting, arriving, revision
from huyuan.orgs.tests.county import COUNTY
from huyuan.registers.effects import SINKS, ActDone, EventRaised, PresenceSeen, act_id
from huyuan.registers.models import Entry, Form

MONTH = "2026-10"
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


def everybody() -> QuerySet[Organisation, Any]:
    return Organisation.objects.filter(county_id=COUNTY).values("id")


def refresh(actor: Actor, now: datetime) -> int:
    with acting(actor):
        return tallies.refresh(COUNTY, everybody(), [MONTH], now).judged


def figures(world: World, now: datetime) -> Counter[tuple[str, str, str, str]]:
    """(organisation, rule, verdict, with corrections) → cells, from the tallies."""
    refresh(world.county.system, now)
    found: Counter[tuple[str, str, str, str]] = Counter()
    with acting(world.county.system):
        for org, rule, verdict, becomes, cells in Tally.objects.filter(month=MONTH).values_list(
            "org__key", "rule__key", "verdict", "becomes", "cells"
        ):
            found[org, rule, verdict, becomes] += cells
    return found


def counted(world: World, now: datetime) -> Counter[tuple[str, str, str, str]]:
    """The same from the cells themselves."""
    keys = {org.id: key for key, org in world.county.orgs.items()}
    with acting(world.county.system):
        return Counter(
            (keys[shown.cell.org_id], shown.cell.binding.rule.key, shown.verdict, shown.now_known)
            for shown in queries.cells(world.county.system, first=FIRST, last=LAST, now=now)
            if FIRST <= shown.cell.day <= LAST
        )


def test_figures_are_those_of_the_cells_at_every_instant(world: World) -> None:
    """Through a month in uneven steps, with something recorded at some of them, and closings."""
    school = world.county.orgs["central"]
    now = shanghai("2026-09-30T20:00")
    seen: set[str] = set()
    for step in range(60):
        with acting(world.county.system):
            if step % 9 == 2:
                world.record("central", check(f"{now:%Y-%m-%dT%H:%M}"), at=now)
            if step == 12:
                raised = EventRaised("hazard.found", ("severity=major",), now, 0)
                world.record("central", raised, at=now)
            if step % 5 == 1:
                seen_in = PresenceSeen("gate", "guard", "a", now, now + timedelta(hours=7))
                world.record("other", seen_in, at=now)
        if step == 20:
            set_local_value(
                actor=world.county.system, adoption_id=world.adoption.id, name="interim",
                value={"days": 2}, decided_by="教育局", from_day=date(2026, 9, 1), now=now,
            )  # fmt: skip
        if step == 30:
            waive(
                actor=world.county.actors["officer"], adoption_id=world.adoption.id, org_id=school.id,
                rule_key="rule", from_day=FIRST, until=LAST, reason="校舍维修", now=now,
            )  # fmt: skip
        if step in (25, 45, 55):
            close_due(COUNTY, now)
        figure, cells = figures(world, now), counted(world, now)
        assert figure == cells, now
        seen |= {verdict for _, _, verdict, _ in cells}
        now += timedelta(hours=13, minutes=7 * (step % 11))
    assert seen >= {"owed", "overdue", "met", "missed", "waived"}


def test_a_window_changes_when_its_tolerance_ends_and_when_someone_goes(world: World) -> None:
    evening = shanghai("2026-10-14T22:00")
    with acting(world.county.system):
        there = PresenceSeen("gate", "guard", "a", evening, evening + timedelta(hours=3))
        world.record("central", there, at=evening)
    instants = [evening + timedelta(minutes=minutes) for minutes in (-1, 0, 5, 6, 179, 180, 181, 479, 480)]
    for now in instants:
        assert figures(world, now) == counted(world, now), now


@pytest.mark.django_db(transaction=True)
def test_reading_twice_judges_once(world: World) -> None:
    now = shanghai("2026-10-14T10:00")
    assert refresh(world.county.system, now) > 0
    with acting(world.county.system), CaptureQueriesContext(connection) as captured:
        assert tallies.refresh(COUNTY, everybody(), [MONTH], now) == (0, 0)
    assert len(captured) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["proof", "attribute", "certificate", "calendar", "local"])
def test_whatever_is_recorded_reaches_the_figures(world: World, what: str) -> None:
    """Each in a transaction of its own, as in life."""
    now = shanghai("2026-10-14T10:00")
    refresh(world.county.system, now)
    assert refresh(world.county.system, now) == 0
    school = world.county.orgs["central"]
    with acting(world.county.system):
        match what:
            case "proof":
                source = world.record("central", check("2026-10-14T09:00"), at=now)
                for sink in SINKS:
                    sink.void(source, now)
            case "attribute":
                Attribute.objects.create(
                    county_id=COUNTY, org=school, key="boarding", from_day=FIRST, text="yes"
                )
            case "certificate":
                Certificate.objects.create(
                    county_id=COUNTY,
                    person=world.county.people["head"],
                    kind="security-guard",
                    from_day=FIRST,
                )
            case "calendar":
                CalendarDay.objects.create(county_id=COUNTY, day=date(2026, 10, 15), kind="closed")
    if what == "local":
        set_local_value(
            actor=world.county.system, adoption_id=world.adoption.id, name="interim",
            value={"days": 2}, decided_by="教育局", from_day=FIRST, now=now,
        )  # fmt: skip
    touched = refresh(world.county.system, now)
    assert touched == (len(world.county.orgs) if what in ("calendar", "local") else 1)
    assert refresh(world.county.system, now) == 0


@pytest.mark.parametrize(
    ("snapshot", "own", "seen"),
    [
        ("10:10:", 10, "10:10:"),
        ("10:15:", 12, "10:15:12"),
        ("10:15:11,13", 12, "10:15:11,12,13"),
        ("12:15:13", 11, "11:15:11,13"),
        ("10:15:12", 12, "10:15:12"),
    ],
)
def test_a_transaction_never_takes_itself_for_finished(snapshot: str, own: int, seen: str) -> None:
    assert without(snapshot, own) == seen


@pytest.mark.django_db(transaction=True)
def test_changes_are_forgotten_once_everybody_has_seen_them(world: World) -> None:
    now = shanghai("2026-10-14T10:00")
    refresh(world.county.system, now)
    with acting(world.county.system):
        world.record("central", check("2026-10-14T09:00"), at=now)
        tallies.forget(COUNTY, [MONTH])
        assert Change.objects.filter(org=world.county.orgs["central"]).exists()
    refresh(world.county.system, now)
    with acting(world.county.system):
        Tallied.objects.exclude(org=world.county.orgs["central"]).delete()
        tallies.forget(COUNTY, [MONTH])
        assert not Change.objects.exists()


def test_whoever_asks_the_figures_are_the_same(world: World) -> None:
    """The town officer may not see the people of the bureau's guards, and yet their certificates count."""
    now = shanghai("2026-10-14T10:00")
    guard = world.county.people["guard"]
    with acting(world.county.system):
        guard.home = world.county.orgs["company"]
        guard.save()
        Certificate.objects.create(county_id=COUNTY, person=guard, kind="security-guard", from_day=FIRST)
    school = world.county.orgs["other"]
    with acting(world.county.actors["other-admin"]):
        tallies.refresh(COUNTY, Organisation.objects.filter(id=school.id).values("id"), [MONTH], now)
    with acting(world.county.system):
        rows = Tally.objects.filter(org=school, rule__key="guards")
        assert list(rows.values_list("verdict", "cells")) == [("owed", 1)]
    assert counted(world, now)["other", "guards", "owed", "owed"] == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_recorded_today_leaves_closed_months_alone(world: World) -> None:
    now = shanghai("2026-11-18T10:00")
    months = ["2026-09", "2026-10", "2026-11"]

    def judged_again() -> int:
        with acting(world.county.system):
            return tallies.refresh(COUNTY, everybody(), months, now).judged

    assert judged_again() == 3 * len(world.county.orgs)
    with acting(world.county.system):
        world.record("central", check("2026-11-18T09:00"), at=now)
    assert judged_again() == 1
    with acting(world.county.system):
        world.record("central", check("2026-10-14T09:00"), at=now)
    assert judged_again() == 2, "October, and November which comes after it"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("otherwise", ["program", "packs", "server"])
def test_what_was_made_otherwise_is_made_anew(world: World, otherwise: str) -> None:
    now = shanghai("2026-10-14T10:00")
    everyone = refresh(world.county.system, now)
    assert refresh(world.county.system, now) == 0
    match otherwise:
        case "program":
            with acting(world.county.system):
                Tallied.objects.update(made_with="an older program")
        case "packs":
            version(world.pack, "2026.2", RULES, now)
        case "server":
            with acting(world.county.system):
                Tallied.objects.update(seen="999999999:999999999:")
    assert refresh(world.county.system, now) == everyone
    assert refresh(world.county.system, now) == 0


def test_the_program_is_known_by_what_judges(tmp_path: Path) -> None:
    """Every module that a verdict depends on is among them; another one makes no difference."""
    graph = grimp.build_graph("huyuan")
    pure = [
        f"{module.removeprefix('huyuan.').replace('.', '/')}.py"
        for module in graph.find_upstream_modules("huyuan.duties.rules.cells")
        if (freshness.SOURCES / module.removeprefix("huyuan.").replace(".", "/")).with_suffix(".py").exists()
    ]
    assert len(pure) > 15
    assert [name for name in pure if not any(Path(name).match(each) for each in freshness.JUDGES)] == []
    known = freshness.digest_of(tmp_path)
    for name, changes in (("duties/rules/do.py", True), ("portal/figures.py", False)):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("otherwise")
        assert (freshness.digest_of(tmp_path) != known) is changes
        known = freshness.digest_of(tmp_path)


@pytest.mark.django_db(transaction=True)
def test_who_has_no_time_is_told_how_many_wait(world: World) -> None:
    now = shanghai("2026-10-14T10:00")
    everyone = len(world.county.orgs)
    with acting(world.county.system):
        assert tallies.refresh(COUNTY, everybody(), [MONTH], now, patience=0) == (0, everyone)
        assert not Tally.objects.exists()
        assert tallies.refresh(COUNTY, everybody(), [MONTH], now, patience=60) == (everyone, 0)


@pytest.mark.django_db(transaction=True)
def test_who_has_no_time_does_not_wait_for_somebody_else(world: World) -> None:
    now = shanghai("2026-10-14T10:00")

    def look() -> tallies.Refreshed:
        try:
            with acting(world.county.system):
                return tallies.refresh(COUNTY, everybody(), [MONTH], now, patience=0.1)
        finally:
            connection.close()

    with acting(world.county.system), ThreadPoolExecutor(1) as pool:
        assert tallies.refresh(COUNTY, everybody(), [MONTH], now).waiting == 0
        assert pool.submit(look).result() == (0, len(world.county.orgs))
    assert look() == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_decision_while_a_page_is_made_reaches_the_figures(world: World) -> None:
    """A request that only reads goes by what was decided when it arrived; its figures outlive it."""
    now = shanghai("2026-10-14T10:00")
    refresh(world.county.system, now)
    system = world.county.system
    with acting(system):
        world.record("central", check("2026-10-14T09:00"), at=now)

    def who() -> tuple[Actor, Revision]:
        with acting(system):
            at = revision(COUNTY)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('huyuan.county', %s, true), set_config('huyuan.viewers', %s, true)",
                [str(COUNTY), ",".join(map(str, system.viewers))],
            )
        return system, at

    def decide() -> None:
        try:
            with acting(system):
                CalendarDay.objects.create(county_id=COUNTY, day=date(2026, 10, 19), kind="closed")
        finally:
            connection.close()

    with arriving(who, reading=True), ThreadPoolExecutor(1) as pool:
        pool.submit(decide).result()
        tallies.refresh(COUNTY, everybody(), [MONTH], now)
    assert figures(world, now) == counted(world, now)


def test_before_anything_was_adopted_there_is_nothing_to_count(world: World) -> None:
    now = shanghai("2026-10-14T10:00")
    with acting(world.county.system):
        assert tallies.refresh(COUNTY, everybody(), ["1999-01", "2026-08", "2027-01"], now) == (0, 0)


BEHIND_VIEWS = """
SELECT DISTINCT behind.relname FROM pg_class AS view
  JOIN pg_rewrite AS rule ON rule.ev_class = view.oid
  JOIN pg_depend AS needs ON needs.objid = rule.oid
  JOIN pg_class AS behind ON behind.oid = needs.refobjid AND behind.relkind = 'r'
 WHERE view.relname LIKE 'duties_fact_%'
"""
NOTED = """
SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'duties_note_%'
 GROUP BY tgrelid HAVING count(*) = 3
"""
# An installed form never changes; a post means nothing before somebody is appointed, which is noted.
SILENT = {"registers_form", "orgs_post"}


@pytest.mark.django_db
def test_every_table_of_facts_notes_what_changes_in_it() -> None:
    asked = {
        table
        for module in (facts, measures, predicates)
        for table in re.findall(r"(?:FROM|JOIN) ((?:orgs|duties|papers|registers)_\w+)", getsource(module))
        if not table.startswith("duties_fact_")
    }
    with connection.cursor() as cursor:
        behind = {table for (table,) in cursor.execute(BEHIND_VIEWS).fetchall()}
        noted = {table for (table,) in cursor.execute(NOTED).fetchall()}
    assert {"duties_proof", "orgs_certificate"} <= behind and "orgs_bell" in asked
    assert (asked | behind) - noted == SILENT


Write = Callable[[World], Any]


def event_of_september(world: World) -> UUID:
    raised = EventRaised("hazard.found", (), shanghai("2026-09-05T09:00"), 0)
    return act_id(world.record("central", raised, at=shanghai("2026-09-05T09:00")), 0)


def reaction(world: World) -> None:
    done = ActDone("fix", (), shanghai("2026-10-14T09:00"), 0, answers=str(event_of_september(world)))
    Change.objects.all().delete()
    world.record("central", done, at=shanghai("2026-10-14T10:00"))


def entries(world: World, *states: str) -> None:
    form = Form.objects.create(
        pack_version=world.pack.versions.get(), key="f", title="f", theme="t", spec={}, digest=""
    )
    for number, state in enumerate(states):
        at = shanghai("2026-10-14T09:00") + timedelta(hours=number)
        Change.objects.all().delete()
        Entry.objects.create(
            county_id=COUNTY, org=world.county.orgs["central"], form=form, state=state, client_id=uuid4(),
            occurred_at=at, created_at=at, submitted_at=at, filler=world.county.people["head"],
        )  # fmt: skip


CHANGES: dict[str, tuple[Write, str | None]] = {
    "an act": (lambda w: w.record("central", check("2026-10-09T09:00"), at=START), "2026-10-09T09:00"),
    "a reaction, to an event long ago": (reaction, "2026-09-05T09:00"),
    "a sign-in": (
        lambda w: w.record(
            "central",
            PresenceSeen("gate", "guard", "a", shanghai("2026-10-09T07:00"), shanghai("2026-10-09T08:00")),
            at=START,
        ),
        "2026-10-09T07:00",
    ),
    "a draft": (lambda w: entries(w, "draft"), None),
    "the first entry of its form": (lambda w: entries(w, "draft", "submitted"), "1970-01-01T08:00"),
    "the second one": (lambda w: entries(w, "submitted", "submitted"), None),
    "an appointment moved to an earlier end": (
        lambda w: Appointment.objects.filter(person=w.county.people["head"]).update(until=date(2026, 10, 1)),
        "2026-09-01T00:00",
    ),
    "a name": (lambda w: Person.objects.filter(id=w.county.people["head"].id).update(name="新名"), None),
    "somebody left": (
        lambda w: Person.objects.filter(id=w.county.people["head"].id).update(left=date(2026, 10, 9)),
        "2026-10-09T00:00",
    ),
    "a holiday, with the days off beside it": (
        lambda w: CalendarDay.objects.create(county_id=COUNTY, day=date(2026, 10, 15), kind="closed"),
        "2026-10-05T00:00",
    ),
    "the next term, with the vacation before it": (
        lambda w: TermRow.objects.create(
            county_id=COUNTY, year="2026-2027", semester=2, first=date(2027, 2, 22), last=date(2027, 7, 2)
        ),
        "2027-01-22T00:00",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_says_from_when_on_it_matters(world: World, name: str) -> None:
    write, since = CHANGES[name]
    with acting(world.county.system):
        Change.objects.all().delete()
        write(world)
        found = set(Change.objects.values_list("since", flat=True))
    assert found == ({shanghai(since)} if since else set())
