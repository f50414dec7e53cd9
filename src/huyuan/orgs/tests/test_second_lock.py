"""The second lock alone: plain SQL of the application's role, no permission asked first."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.db import ProgrammingError, connection, transaction

from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Appointment, Certificate, Person, Post
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, NOW, SmallCounty, build
from huyuan.trace import actions as trace

PROTECTED = ("orgs_person", "orgs_certificate", "trace_record")


def rows(sql: str, *values: str | int | UUID) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return list(cursor.fetchall())


def changed(sql: str, *values: str | int | UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


@pytest.fixture
def filled(county: SmallCounty) -> SmallCounty:
    """Every person has a certificate and a record in the trace."""
    with acting(county.system):
        Certificate.objects.bulk_create(
            Certificate(county_id=COUNTY, person=person, kind="guard", number=key, from_day=DAY)
            for key, person in county.people.items()
        )
        for key, person in county.people.items():
            trace.record(county.system.snapshot(), "create", "test", key, person.home_id, now=NOW)
    return county


@contextmanager
def scope(county_id: str, viewers: str) -> Iterator[None]:
    """The settings by hand, undone afterwards."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('huyuan.county', %s, true), set_config('huyuan.viewers', %s, true)",
                [county_id, viewers],
            )
            yield
            raise Undo
    except Undo:
        pass


class Undo(Exception):
    """Roll back to before the scope."""


def test_the_role_is_bound_by_it(db: None) -> None:
    """As an owner, superuser or with BYPASSRLS every other test here would say nothing."""
    assert rows("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == [
        (False, False)
    ]
    assert rows("SELECT count(*) FROM pg_tables WHERE tableowner = current_user") == [(0,)]


@pytest.mark.parametrize("table", PROTECTED)
def test_without_a_scope_nothing_is_seen(filled: SmallCounty, table: str) -> None:
    assert rows(f"SELECT count(*) FROM {table}") == [(0,)]
    with acting(filled.system):
        assert rows(f"SELECT count(*) FROM {table}") == [(len(filled.people),)]
    assert rows(f"SELECT count(*) FROM {table}") == [(0,)]


def people_seen(actor: Actor) -> set[object]:
    with acting(actor):
        return {name for (name,) in rows("SELECT name FROM orgs_person")}


def test_people_are_seen_through_the_reach(filled: SmallCounty) -> None:
    def seen_by(key: str) -> set[object]:
        return {str(name).removeprefix("人员") for name in people_seen(filled.actors[key])}

    assert seen_by("guard") == {"guard", "other-admin"}
    assert seen_by("head") == {"head", "safety", "teacher"}
    assert seen_by("teacher") == {"teacher"}
    assert seen_by("police") == {"police", "head", "safety"}
    assert seen_by("officer") == {"officer", "head", "safety", "teacher", "guard", "other-admin"}
    assert seen_by("town-officer") == {"town-officer", "villager", "police", "head", "safety", "teacher"}
    assert seen_by("governor") == set(filled.people)


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("UPDATE orgs_person SET name = '改' WHERE home_id = %s", "orgs_person"),
        (
            "DELETE FROM orgs_certificate WHERE person_id IN (SELECT id FROM orgs_person WHERE home_id = %s)",
            "orgs_certificate",
        ),
    ],
)
def test_foreign_rows_are_not_changed(filled: SmallCounty, sql: str, table: str) -> None:
    with acting(filled.system):
        before = rows(f"SELECT * FROM {table} ORDER BY id")
    with acting(filled.actors["guard"]):
        assert changed(sql, filled.orgs["central"].id) == 0
    with acting(filled.system):
        assert rows(f"SELECT * FROM {table} ORDER BY id") == before


def test_ones_own_rows_are_changed(filled: SmallCounty) -> None:
    with acting(filled.actors["guard"]):
        assert changed("UPDATE orgs_person SET name = '改' WHERE home_id = %s", filled.orgs["other"].id) == 2


def test_a_row_cannot_be_moved_out_of_reach(filled: SmallCounty) -> None:
    with acting(filled.system):
        newcomer = Person.objects.create(county_id=COUNTY, name="新人", home=filled.orgs["other"])
    with pytest.raises(ProgrammingError, match="row-level security"), acting(filled.actors["guard"]):
        changed("UPDATE orgs_person SET home_id = %s WHERE id = %s", filled.orgs["central"].id, newcomer.id)


def test_nothing_is_inserted_into_another_county(filled: SmallCounty) -> None:
    insert = "INSERT INTO orgs_person (id, county_id, name, home_id) VALUES (%s, %s, '新', %s)"
    with acting(filled.actors["guard"]):
        assert changed(insert, uuid7(), COUNTY, filled.orgs["other"].id) == 1
    with pytest.raises(ProgrammingError, match="row-level security"), acting(filled.actors["guard"]):
        changed(insert, uuid7(), COUNTY + 1, filled.orgs["other"].id)


def test_another_countys_scope_sees_nothing_even_with_our_viewers(filled: SmallCounty) -> None:
    viewer = str(filled.orgs["county"].id)
    with scope(str(COUNTY), viewer):
        assert rows("SELECT count(*) FROM orgs_person") == [(len(filled.people),)]
    with scope(str(COUNTY + 1), viewer):
        for table in (*PROTECTED, "orgs_organisation", "orgs_appointment", "orgs_attribute"):
            assert rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_names_of_organisations_are_for_the_whole_county_only(filled: SmallCounty) -> None:
    build(COUNTY + 1)
    with acting(filled.actors["guard"]):
        assert len(rows("SELECT id FROM orgs_organisation")) == len(filled.orgs)


def test_everybody_sees_oneself_even_without_posts(filled: SmallCounty) -> None:
    person = filled.people["guard"]
    lonely = Actor(COUNTY, person.id, person.name, ())
    assert people_seen(lonely) == {person.name}


def test_who_holds_a_post_in_reach_is_seen_there(filled: SmallCounty) -> None:
    """A policeman is a school's legal vice principal; his home is the station."""
    assert "人员police" not in people_seen(filled.actors["guard"])
    with acting(filled.system):
        post = Post.objects.create(
            county_id=COUNTY, org=filled.orgs["other"], kind="legal-vice-principal", title="法治副校长"
        )
        Appointment.objects.create(county_id=COUNTY, post=post, person=filled.people["police"], from_day=DAY)
    assert people_seen(filled.actors["guard"]) == {"人员guard", "人员other-admin", "人员police"}
    assert "人员police" not in people_seen(filled.actors["head"])


def test_history_is_seen_through_the_reach(filled: SmallCounty) -> None:
    with acting(filled.actors["guard"]):
        assert {key for (key,) in rows("SELECT object_id FROM trace_record")} == {"guard", "other-admin"}


def test_the_reach_is_evaluated_once_per_statement(filled: SmallCounty) -> None:
    with acting(filled.actors["officer"]):
        plan = "\n".join(str(line) for (line,) in rows("EXPLAIN SELECT * FROM orgs_person"))
    assert "hashed SubPlan" in plan
    assert "InitPlan" in plan


def test_every_table_of_people_is_locked(db: None) -> None:
    locked = {
        name for (name,) in rows("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    }
    assert set(PROTECTED) <= locked
    every = {
        name
        for (name,) in rows("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'orgs\\_%'")
    }
    # Sign-in reads accounts, sessions and enterprise accounts (keyed hashes) before anyone is known, and
    # counts attempts; reach holds ids only, and the policies read it; words are no data, a revision says
    # that something is another, not what.
    before_anyone_is_known = {"orgs_account", "orgs_attempt", "orgs_identity", "orgs_signin"}
    assert every - locked == {*before_anyone_is_known, "orgs_reach", "orgs_word", "orgs_revision"}


def test_ids_do_not_tell_foreign_from_missing(filled: SmallCounty) -> None:
    foreign: UUID = filled.people["head"].id
    with acting(filled.actors["guard"]):
        assert rows("SELECT * FROM orgs_person WHERE id = %s", foreign) == []
        assert rows("SELECT * FROM orgs_person WHERE id = %s", uuid7()) == []
