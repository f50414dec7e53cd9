from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext

from huyuan.orgs import actions
from huyuan.orgs.models import Organisation, Reach
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, NOW, SmallCounty, build

# viewer → relation → what it reaches beside itself
EXPECTED: dict[str, dict[str, set[str]]] = {
    "county": {"below": {"bureau", "station", "town", "village", "central", "point", "other", "company"}},
    "bureau": {"below": {"central", "point", "other"}},
    "station": {"linked": {"central"}},
    "town": {"below": {"village"}, "region": {"station", "village", "central", "point"}},
    "village": {"region": {"point"}},
    "central": {"below": {"point"}},
    "point": {},
    "other": {},
    "company": {},
}


def reach_of(county: SmallCounty, viewer: str) -> dict[str, set[str]]:
    keys = {org.id: key for key, org in county.orgs.items()}
    found: dict[str, set[str]] = {}
    for org_id, relation in Reach.objects.filter(viewer=county.orgs[viewer]).values_list(
        "org_id", "relation"
    ):
        found.setdefault(relation, set()).add(keys[org_id])
    return found


def test_every_relation(county: SmallCounty) -> None:
    for viewer, relations in EXPECTED.items():
        assert reach_of(county, viewer) == {"own": {viewer}} | relations


def test_rebuilding_again_changes_nothing_and_takes_one_statement(county: SmallCounty) -> None:
    before = set(Reach.objects.values_list("id", flat=True))
    with acting(county.system), CaptureQueriesContext(connection) as statements:
        actions.rebuild_reach(COUNTY, DAY)
    assert len([s for s in statements if "orgs_reach" in s["sql"]]) == 1
    assert set(Reach.objects.values_list("id", flat=True)) == before


def test_the_towns_office_for_public_order_reaches_what_the_town_does(county: SmallCounty) -> None:
    town = county.orgs["town"]
    with acting(county.system):
        office = Organisation.objects.create(
            county_id=COUNTY, key="order", kind="town-stability-office", name="综治办", short_name="综治办",
            parent=town, region=town.region,
        )  # fmt: skip
        actions.rebuild_reach(COUNTY, DAY)
        reached = set(Reach.objects.filter(viewer=office, relation="region").values_list("org_id", flat=True))
    assert reached - {town.id} == {county.orgs[key].id for key in ("station", "village", "central", "point")}


def test_a_liaison_reaches_only_while_it_lasts(county: SmallCounty) -> None:
    with acting(county.system):
        actions.rebuild_reach(COUNTY, date(2026, 8, 31))
    assert reach_of(county, "station") == {"own": {"station"}}
    with acting(county.system):
        actions.rebuild_reach(COUNTY, date(2026, 9, 1))
    assert reach_of(county, "station") == {"own": {"station"}, "linked": {"central"}}


def test_moving_a_school_moves_the_reach(county: SmallCounty) -> None:
    actions.alter_organisation(
        actor=county.actors["officer"],
        org_id=county.orgs["point"].id,
        parent_id=county.orgs["other"].id,
        now=NOW,
    )
    assert reach_of(county, "central") == {"own": {"central"}}
    assert reach_of(county, "other") == {"own": {"other"}, "below": {"point"}}


def test_a_new_school_is_reached_at_once(county: SmallCounty) -> None:
    school = actions.create_organisation(
        actor=county.actors["officer"],
        key="new",
        kind="school",
        name="新建小学",
        short_name="新小",
        parent_id=county.orgs["bureau"].id,
        region_id=county.orgs["town"].region_id,
        now=NOW,
    )
    viewers = Reach.objects.filter(org=school).values_list("viewer__key", "relation")
    with acting(county.system):
        assert set(viewers) == {("new", "own"), ("bureau", "below"), ("county", "below"), ("town", "region")}


def test_counties_do_not_mix(county: SmallCounty) -> None:
    second = build(150422)
    ours = {org.id for org in county.orgs.values()}
    assert not Reach.objects.filter(viewer__in=ours).exclude(org__in=ours).exists()
    with acting(second.system):
        assert set(Organisation.objects.values_list("county_id", flat=True)) == {150422}
