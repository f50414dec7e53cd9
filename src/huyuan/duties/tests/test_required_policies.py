"""Which policies the adopted rules ask an organisation to keep."""

from datetime import date

import pytest

from huyuan.duties.actions import adopt, end_adoption
from huyuan.duties.queries.policies import required
from huyuan.duties.tests.adopted import START, World, shanghai, version
from huyuan.duties.tests.judging import rule
from huyuan.orgs.models import Attribute
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.packs.models import Pack

DAY = date(2026, 10, 14)
BOARDERS = rule(
    "have",
    "boarders",
    who={"org": ["school"], "if": [{"fact": "boarding"}]},
    all_of=[{"measure": "policies.boarding", "at_least": 1}],
)
CATERING = rule(
    "have",
    "catering",
    all_of=[
        {"measure": "policies.catering", "at_least": 1, "if": [{"fact": "canteen"}]},
        {"measure": "policies.health", "at_least": 1},
        {"measure": "students.enrolled", "at_least": 1},
    ],
)


def asked(world: World, day: date = DAY) -> dict[str, set[str]]:
    with acting(world.county.system):
        ids = {world.county.orgs[key].id: key for key in ("central", "other", "point", "bureau")}
        return {ids[org_id]: kinds for org_id, kinds in required(COUNTY, list(ids), day).items()}


def also_adopt(world: World) -> None:
    version(Pack.objects.create(key="more"), "2026.1", (BOARDERS, CATERING), START)
    adopt(
        actor=world.county.system,
        org_id=world.county.orgs["bureau"].id,
        pack_key="more",
        go_live=date(2026, 9, 1),
        decided_by="教育局",
        now=START,
    )


def fact(world: World, org: str, key: str, text: str) -> None:
    with acting(world.county.system):
        Attribute.objects.create(
            county_id=world.county.orgs[org].county_id,
            org=world.county.orgs[org],
            key=key,
            from_day=date(2026, 9, 1),
            text=text,
        )


def test_what_a_rule_counts_must_be_kept_where_the_rule_binds(world: World) -> None:
    assert asked(world) == {"central": {"gate"}, "other": {"gate"}}
    assert asked(world, date(2026, 8, 31)) == {}, "nothing is adopted yet"


def test_who_is_excluded_need_not_keep_it(world: World) -> None:
    also_adopt(world)
    for org, boarding, canteen in (("central", "yes", "no"), ("other", "no", "yes")):
        fact(world, org, "boarding", boarding)
        fact(world, org, "canteen", canteen)
    assert asked(world) == {
        "central": {"gate", "boarding", "health"},
        "other": {"gate", "catering", "health"},
    }


def test_as_long_as_nobody_says_otherwise_it_must_be_kept(world: World) -> None:
    also_adopt(world)
    assert asked(world)["central"] == {"gate", "boarding", "catering", "health"}


@pytest.mark.parametrize(("day", "kinds"), [(16, {"gate"}), (17, None)])
def test_it_ends_with_the_adoption(world: World, day: int, kinds: set[str] | None) -> None:
    end_adoption(
        actor=world.county.system,
        adoption_id=world.adoption.id,
        until=date(2026, 10, 16),
        reason="新方案",
        now=shanghai("2026-10-14T09:00"),
    )
    assert asked(world, date(2026, 10, day)).get("central") == kinds
