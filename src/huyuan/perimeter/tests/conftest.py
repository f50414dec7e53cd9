"""The small county with the packs of the repository, its schools' gates on file, and a market office."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from huyuan.duties.actions import adopt
from huyuan.kernel.datum import Point
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.actor import Actor, actor_for
from huyuan.orgs.models import Account, Appointment, Organisation, Person, Place, Post
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, NOW, SmallCounty, build
from huyuan.packs.actions import install_all
from huyuan.perimeter.actions import Particulars, add_venue
from huyuan.perimeter.models import Venue
from huyuan.perimeter.tests.test_walls import at

PACKS = ("base", "catalogue", "national-norms", "town-school-safety-opinion")


@dataclass(frozen=True)
class Ground(SmallCounty):
    """The county: the central school's gate stands at (0, 0), the other school's 5 km further east."""

    def venue(self, east: float, north: float, **more: Any) -> Venue:
        """A venue on file, recorded by the market officer."""
        said: dict[str, Any] = {
            "kind": "restaurant", "name": f"饭店{east:g}-{north:g}", "agency_id": self.orgs["market"].id,
            "region_id": self.orgs["central"].region_id,
        } | more  # fmt: skip
        point = at(east, north)
        return add_venue(
            actor=self.actors["market"], org_id=self.orgs["market"].id, client_id=uuid7(),
            said=Particulars(lat=point.lat, lng=point.lng, datum="WGS84", **said), now=NOW,
        )  # fmt: skip

    def adopt(self, pack: str, **local: object) -> None:
        """The bureau adopts a pack."""
        with acting(self.system):
            adopt(
                actor=self.system, org_id=self.orgs["bureau"].id, pack_key=pack, go_live=date(2026, 9, 1),
                local_values=local, decided_by="教育局", now=NOW,
            )  # fmt: skip


@pytest.fixture
def county(db: None, settings: Any, tmp_path: Path) -> Ground:
    for pack in PACKS:
        (tmp_path / pack).symlink_to(settings.PACKS_DIR / pack)
    settings.PACKS_DIR = tmp_path
    install_all(now=NOW)
    small = build()
    with acting(small.system):
        market = Organisation.objects.create(
            county_id=COUNTY, key="market", kind="market-regulator", name="market单位", short_name="market",
            parent=small.orgs["county"], region=small.orgs["bureau"].region,
        )  # fmt: skip
        person = Person.objects.create(county_id=COUNTY, name="人员market", home=market)
        post = Post.objects.create(county_id=COUNTY, org=market, kind="market-officer", title="联络员")
        Appointment.objects.create(county_id=COUNTY, post=post, person=person, from_day=date(2026, 9, 1))
        account = Account.objects.create(county_id=COUNTY, person=person, username="market")
        for key, east in (("central", 0), ("other", 5000)):
            gate(small.orgs[key], at(east, 0))
        rebuild_reach(COUNTY, DAY)
        actor: Actor = actor_for(account, DAY)
    return Ground(
        {**small.orgs, "market": market},
        {**small.people, "market": person},
        {**small.posts, "market": post},
        {**small.actors, "market": actor},
        small.system,
    )


def gate(school: Organisation, point: Point) -> Place:
    return Place.objects.create(
        county_id=COUNTY, org=school, kind="gate", name="校门", lat=point.lat, lng=point.lng
    )
