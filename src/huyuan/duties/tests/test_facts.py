"""The facts that verdicts are made of: the same whoever asks, of however many organisations, and nothing else
of the county comes with them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection

from huyuan.duties.models import Proof, Term
from huyuan.duties.queries import facts
from huyuan.duties.queries.adopted import bindings_of, evaluation
from huyuan.duties.rules.binding import RULE, Binding
from huyuan.duties.rules.cells import Evaluation
from huyuan.duties.rules.facts import OrgFacts
from huyuan.duties.tests.adopted import World, check, shanghai
from huyuan.duties.tests.judging import rule
from huyuan.kernel.ids import uuid7
from huyuan.orgs import predicates
from huyuan.orgs.models import Appointment, Attribute, Certificate, Person
from huyuan.orgs.predicates import Source, Step
from huyuan.orgs.queries import calendar_of
from huyuan.orgs.session import acting, declared
from huyuan.orgs.tests.county import COUNTY, build
from huyuan.registers.effects import EventRaised, MeasureTaken, PresenceSeen
from huyuan.registers.models import Entry, Form

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
NOW = shanghai("2026-10-14T10:00")
VIEWS = "SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace"


@pytest.fixture
def filled(world: World) -> World:
    """One fact of every kind at two schools, and a guard whose home is the company."""
    with acting(world.county.system):
        guard = world.county.people["guard"]
        guard.home = world.county.orgs["company"]
        guard.save()
        Certificate.objects.create(county_id=COUNTY, person=guard, kind="security-guard", from_day=FIRST)
        for org in ("central", "other"):
            world.record(
                org,
                check("2026-10-07T09:00"),
                MeasureTaken("cameras.dormitory", Decimal("2.5"), FIRST),
                EventRaised("hazard.found", ("severity=major",), NOW, 2, about="北楼"),
                PresenceSeen("gate", "guard", "a", NOW, NOW + timedelta(hours=1)),
                at=NOW,
            )
    return world


def bound(spec: dict[str, Any]) -> Binding:
    """A rule that nobody has adopted, as if the county had."""
    return Binding(uuid7(), uuid7(), "pack", RULE.validate_python(spec), FIRST)


def found(org_ids: list[UUID] | None = None, bindings: list[Binding] | None = None) -> list[OrgFacts]:
    asked = bindings or bindings_of(COUNTY, FIRST, LAST)
    reach = Evaluation(asked, calendar_of(COUNTY), FIRST, LAST, NOW).reach()
    return list(facts.stream(COUNTY, org_ids, facts.needs_of(asked, reach), asked))


def test_they_are_the_same_whoever_asks(filled: World) -> None:
    with acting(filled.county.system):
        everything = found()
    assert sum(len(org.proofs["hazard-check"]) for org in everything if org.proofs) == 2
    for actor in filled.county.actors.values():
        with acting(actor):
            assert found() == everything
    with declared(county_id=COUNTY):
        assert not Proof.objects.exists() and not Person.objects.exists()
        assert found() == everything


def test_one_statement_and_a_cursor_find_the_same(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(filled.county.system):
        all_at_once = found([org.id for org in filled.county.orgs.values()])
        monkeypatch.setattr(facts, "CHUNK", 1)
        assert found() == all_at_once
        assert [org.id for org in all_at_once] == sorted(org.id for org in all_at_once)
        assert len(all_at_once) > 1


def test_open_cells_need_no_more_than_their_own_facts(world: World) -> None:
    """What is read for the cells that are still open gives the verdicts that everything gives."""
    now = shanghai("2026-10-01T08:00")
    for step in range(40):
        with acting(world.county.system):
            if step % 5 == 2:
                world.record("central", check(f"{now:%Y-%m-%dT%H:%M}"), at=now)
            if step % 3 == 0:
                seen = PresenceSeen("gate", "guard", "a", now - timedelta(hours=2), now + timedelta(hours=9))
                world.record("central", seen, at=now)
            if step == 20:
                raised = EventRaised("hazard.found", ("severity=major",), now, 0)
                world.record("central", raised, at=now)
            bindings = bindings_of(COUNTY, FIRST, LAST)
            told = []
            for open_only in (True, False):
                judging = evaluation(COUNTY, bindings, FIRST, LAST, now, open_only=open_only)
                needs = facts.needs_of(bindings, judging.reach())
                cells = [
                    (cell.key, cell.verdict, cell.marks, cell.proofs)
                    for org in facts.stream(COUNTY, None, needs, bindings)
                    for cell in judging.cells(org)
                    if not cell.is_closed(now)
                ]
                told.append(cells)
        assert told[0] == told[1] != []
        now += timedelta(hours=17, minutes=7 * (step % 11))


def test_values_keep_their_decimals_and_instants(filled: World) -> None:
    cameras = bound(rule("have", "cameras", all_of=[{"measure": "cameras.dormitory", "at_least": 1}]))
    school = [filled.county.orgs["central"].id]
    with acting(filled.county.system):
        (measured,) = found(school, [cameras])
        (central,) = found(school)
    (step,) = measured.measures["cameras.dormitory", measured.id]
    assert (step.value, step.from_day, step.recorded_at) == (Decimal("2.50"), FIRST, NOW)
    (event,) = central.events["hazard.found"]
    assert (event.occurred_at, event.about, event.quals) == (NOW, "北楼", frozenset({"severity=major"}))
    (span,) = central.presences["gate"]
    assert (span.starts_at, span.ends_at - span.starts_at) == (NOW, timedelta(hours=1))


def test_what_was_never_counted_is_none(world: World) -> None:
    pairs = bound(rule("have", "pairs", all_of=[{"measure": "liaison.pairs", "at_least": 1}]))
    with acting(world.county.system):
        counts = {org.id: org.measures["liaison.pairs", org.id] for org in found(None, [pairs])}
    now = {key: counts[world.county.orgs[key].id][-1].value for key in ("central", "other")}
    assert now == {"central": 1, "other": 0}


def test_a_fact_that_code_answers_stands_among_the_attributes(world: World) -> None:
    source = Source(
        "SELECT json_build_array(org.key)", lambda keys: [Step(FIRST, f"known as {key}") for key in keys]
    )
    predicates.register("test.fact", source)
    spec = rule("have", "fact", all_of=[{"measure": "guards.certified", "at_least": 1}]) | {
        "who": {"org": ["school"], "if": [{"fact": "test.fact"}, {"fact": "boarding"}]}
    }
    binding = bound(spec)
    try:
        with acting(world.county.system):
            central = world.county.orgs["central"]
            Attribute.objects.create(
                county_id=COUNTY, org=central, key="boarding", from_day=FIRST, text="yes"
            )
            (org,) = found([central.id], [binding])
        told = {key: [step.text for step in steps] for key, steps in org.attributes.items()}
        assert told == {"test.fact": ["known as central"], "boarding": ["yes"]}
        with pytest.raises(ValueError, match="registered twice"):
            predicates.register("test.fact", source)
    finally:
        del predicates.PREDICATES["test.fact"]


def test_one_form_makes_several_prohibitions_known(world: World) -> None:
    """A gate's log records both that nobody got in and that no child was left outside."""
    form = Form.objects.create(
        pack_version=world.pack.versions.get(), key="log", title="x", theme="x", spec={}
    )
    keys = ("breaches.in", "breaches.out")
    for key in keys:
        spec = {"key": key, "zh": key, "source": "breaches", "recorded_by": ["log"]}
        Term.objects.create(pack_version=form.pack_version, kind="measure", key=key, zh=key, spec=spec)
    school = world.county.orgs["central"]
    thresholds = [{"measure": key, "at_most": 0} for key in keys]
    binding = bound(rule("have", "none", all_of=thresholds))
    with acting(world.county.system):
        Entry.objects.create(
            county_id=COUNTY, form=form, org=school, state="submitted", body={}, client_id=uuid7(),
            filler=world.county.people["safety"], filler_name="x", created_at=NOW, submitted_at=NOW,
            occurred_at=NOW,
        )  # fmt: skip
        (org,) = found([school.id], [binding])
    assert org.recorded_since == dict.fromkeys(keys, NOW)


def views() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(VIEWS)
        return [name for (name,) in cursor.fetchall()]


def counted(view: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {view}")
        return int(cursor.fetchone()[0])


def test_a_view_shows_its_own_county_alone(filled: World) -> None:
    other = build(COUNTY + 1)
    seen = set()
    for view in views():
        with acting(filled.county.system):
            seen |= {view} if counted(view) else set()
        with acting(other.system):
            assert counted(view) == 0, view
        assert counted(view) == 0, f"{view} without a scope"
    assert seen >= {"duties_fact_proof", "duties_fact_presence", "duties_fact_certificate"}


def test_views_are_for_facts_alone() -> None:
    """No model stands on one, so that no list, page or export reads it by accident."""
    assert [model for model in apps.get_models() if model._meta.db_table.startswith("duties_fact_")] == []


def columns_of(names: list[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = ANY (%s)", [names]
        )
        return {column for (column,) in cursor.fetchall()}


@pytest.mark.django_db
def test_views_tell_no_names() -> None:
    facts = [view for view in views() if view.startswith("duties_fact_")]
    assert columns_of(facts) & {"name", "number", "phone", "body", "holder", "because"} == set()
    # Beside the facts only counts of what is confidential: disputes, children who are cared for.
    counts = ["cases_confidential_count", "cases_care_count"]
    assert set(views()) == {*facts, *counts}
    of_what = {"county_id", "org_id", "kind", "category", "state", "again", "month", "running"}
    assert columns_of(counts) == of_what | {"number"}


def test_what_a_view_shows_stays_locked_elsewhere(filled: World) -> None:
    with acting(filled.county.actors["safety"]):
        assert set(Proof.objects.values_list("org__key", flat=True)) == {"central"}
        assert not Certificate.objects.exists()
        assert counted("duties_fact_certificate") == 1
        assert not Appointment.objects.filter(person__name=filled.county.people["guard"].name).exists()
