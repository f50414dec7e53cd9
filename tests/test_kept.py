"""Everything that a process keeps of a county equals what the tables say, after a change of any table behind
it."""

import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pprint import pformat
from typing import Any, NamedTuple

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from huyuan.duties.tests.adopted import World, build
from huyuan.orgs import kept
from huyuan.orgs.kept import per_county, per_library
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.registers.models import Form

# What readers of the library are given.
GIVEN = {
    "huyuan.packs.queries.words": ("qualified",),
    "huyuan.orgs.vocabulary.words": ("post",),
    "huyuan.risks.queries.words.hazard_words": ("severity",),
}
NEW = "gen_random_uuid()"
ADOPTED = "(SELECT id FROM duties_adoption LIMIT 1)"
INSTALLED = "(SELECT id FROM packs_packversion LIMIT 1)"
# Table → a change of it that changes what is kept, in SQL for the small county.
CHANGES: Mapping[str, str] = {
    "orgs_termrow": "UPDATE orgs_termrow SET last = last - 7",
    "orgs_calendarday": f"""
        INSERT INTO orgs_calendarday (id, county_id, day, kind, name)
        VALUES ({NEW}, {COUNTY}, '2026-10-15', 'closed', '')""",
    "orgs_holidayyear": "DELETE FROM orgs_holidayyear",
    # Whoever adopts for a town binds the town alone.
    "orgs_organisation": """
        UPDATE orgs_organisation SET region_id = (SELECT id FROM orgs_region WHERE name = 'east')
         WHERE key = 'bureau'""",
    "orgs_region": "UPDATE orgs_region SET kind = 'town' WHERE kind = 'county'",
    "orgs_reach": f"""
        UPDATE duties_adoption SET org_id = (SELECT id FROM orgs_organisation WHERE key = 'central')
         WHERE id = {ADOPTED};
        DELETE FROM orgs_reach WHERE relation = 'below'""",
    "orgs_word": "UPDATE orgs_word SET detail = '{}', zh = '领导' WHERE list IN ('post', 'fact')",
    "packs_pack": "UPDATE packs_pack SET key = key || '-2'",
    "packs_packversion": "UPDATE packs_packversion SET in_force_until = '2026-12-31'",
    "duties_term": 'UPDATE duties_term SET spec = spec || \'{"zh": "改过的词"}\'',
    "registers_form": "UPDATE registers_form SET current = false",
    "duties_rule": "UPDATE duties_rule SET planned = 'risk-ledger' WHERE key = 'rule'",
    "duties_clause": f"""
        INSERT INTO duties_clause (id, pack_version_id, key, number, cite, title, text, simplified, claims,
                                   source, confidence, note)
        VALUES ({NEW}, {INSTALLED}, '1', 1, '第一条', '', '', '', '[]', '', '', '')""",
    "papers_paperkind": f"""
        INSERT INTO papers_paperkind (id, pack_version_id, key, title, spec, current)
        VALUES ({NEW}, {INSTALLED}, 'gate', '门卫制度',
                '{{"key": "gate", "title": "门卫制度", "nature": "policy"}}', true)""",
    "perimeter_venuekind": f"""
        INSERT INTO perimeter_venuekind (id, pack_version_id, key, zh, place, spec, current)
        VALUES ({NEW}, {INSTALLED}, 'stall', '摊点', 1,
                '{{"key": "stall", "zh": "摊点", "agencies": []}}', true)""",
    "duties_adoption": "UPDATE duties_adoption SET until = '2026-12-31'",
    "duties_adoptedversion": "UPDATE duties_adoptedversion SET in_force_from = '2026-10-01'",
    "duties_actorpost": f"""
        INSERT INTO duties_actorpost (id, county_id, adoption_id, actor, post_kind)
        VALUES ({NEW}, {COUNTY}, {ADOPTED}, '', 'guard')""",
    "duties_localvalue": f"""
        INSERT INTO duties_localvalue (id, county_id, adoption_id, name, value, decided_by, from_day)
        VALUES ({NEW}, {COUNTY}, {ADOPTED}, 'interim', '{{"days": 2}}', '', '2026-09-01')""",
    "duties_signindate": f"""
        INSERT INTO duties_signindate (id, county_id, adoption_id, point, from_day)
        VALUES ({NEW}, {COUNTY}, {ADOPTED}, 'gate', '2026-10-01')""",
    "duties_decision": f"""
        INSERT INTO duties_decision (id, county_id, org_id, matter, holds, reason, decided_by_id, at)
        SELECT {NEW}, {COUNTY}, home_id, 'checks', 'made-up/rule', '', id, now() FROM orgs_person LIMIT 1""",
    "duties_adoption_only": f"""
        INSERT INTO duties_adoption_only (adoption_id, organisation_id)
        SELECT {ADOPTED}, id FROM orgs_organisation WHERE key = 'central'""",
}


class Reader(NamedTuple):
    """A function of the program whose values are kept, and its value now in words that can be compared."""

    name: str
    read: Callable[[], str]


def readers() -> list[Reader]:
    """Every function of the program whose values are kept."""
    found: dict[object, Reader] = {}
    for name, module in sorted(sys.modules.items()):
        if name.startswith("huyuan.") and ".tests" not in name:
            for one in vars(module).values():
                if isinstance(one, per_county | per_library):
                    of = f"{one.read.__module__}.{one.read.__name__}"
                    given = (COUNTY,) if isinstance(one, per_county) else GIVEN.get(of, ())
                    found[one] = Reader(of, partial(told, one, *given))
    return list(found.values())


def told(read: Callable[..., Any], *given: Any) -> str:
    value = read(*given)
    return "" if callable(value) else pformat(value)


def said() -> dict[str, str]:
    """What is kept, by reader."""
    return {reader.name: reader.read() for reader in readers()}


def fresh() -> dict[str, str]:
    """What the tables say, past everything that is kept."""
    kept._values.cache_clear()
    return said()


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def world(db: None) -> World:
    world = build()
    form = {"key": "check", "title": "检查", "theme": "patrol", "fields": []}
    Form.objects.create(
        pack_version=world.pack.versions.get(), key="check", title="检查", theme="patrol", spec=form
    )
    return world


@pytest.mark.parametrize("table", CHANGES)
def test_what_is_kept_is_what_the_tables_say(world: World, table: str) -> None:
    """After the change, after it is rolled back, and after it is made for good."""
    with acting(world.county.system):
        before = said()
        with transaction.atomic():
            run(CHANGES[table])
            changed = said()
            assert changed == fresh()
            transaction.set_rollback(True)
        assert said() == before == fresh()
        run(CHANGES[table])
        assert said() == changed
    assert changed != before, "the change shows in nothing that is kept"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["orgs_calendarday", "duties_adoption", "orgs_word"])
def test_what_another_process_changes_is_known(superuser_address: str, table: str) -> None:
    world = build()
    with acting(world.county.system):
        before = said()
    with psycopg.connect(superuser_address) as other:
        other.execute(CHANGES[table])
    with acting(world.county.system):
        changed = said()
        assert changed == fresh() != before


@pytest.mark.django_db
def test_every_table_that_is_kept_is_watched_and_changed_here() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname ^@ 'orgs_revision'"
        )
        watched = {table for (table,) in cursor.fetchall()}
    assert watched == set(CHANGES)


def test_whatever_a_reader_reads_is_watched(world: World) -> None:
    with acting(world.county.system), CaptureQueriesContext(connection) as captured:
        fresh()
    read = {
        table
        for query in captured
        for table in re.findall(r'(?:FROM|JOIN) "?([a-z]+_[a-z_]+)"?', query["sql"])
    }
    assert {"orgs_termrow", "duties_adoption", "duties_rule", "registers_form"} <= read
    assert read - {"orgs_revision"} <= set(CHANGES)
