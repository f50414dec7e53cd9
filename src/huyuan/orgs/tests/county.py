"""A small county for the tests: two towns, a bureau, a central school with a teaching point, a second
school, a station, and posts of every kind of relation between them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.actor import Actor, actor_for, system_actor
from huyuan.orgs.models import Account, Appointment, Liaison, Organisation, Person, Post, Region
from huyuan.orgs.session import acting

COUNTY = 150421
DAY = date(2026, 10, 14)
NOW = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)

# key → kind, parent, region
ORGS = {
    "county": ("county-government", None, "county"),
    "bureau": ("education-bureau", "county", "county"),
    "station": ("police-station", "county", "east"),
    "town": ("town-government", "county", "east"),
    "village": ("village-committee", "town", "birch"),
    "central": ("school", "bureau", "east"),
    "point": ("teaching-point", "central", "birch"),
    "other": ("school", "bureau", "west"),
    "company": ("security-company", None, "county"),
}
# person → (organisation, post kind)
PEOPLE = {
    "officer": ("bureau", "bureau-officer"),
    "head": ("central", "head"),
    "safety": ("central", "safety-officer"),
    "teacher": ("point", "duty-teacher"),
    "guard": ("other", "guard"),
    "other-admin": ("other", "admin"),
    "police": ("station", "police-liaison"),
    "town-officer": ("town", "town-officer"),
    "villager": ("village", "village-officer"),
    "governor": ("county", "county-leader"),
}


@dataclass(frozen=True)
class SmallCounty:
    """Everything by its key; `actors` resolved on `DAY`."""

    orgs: dict[str, Organisation]
    people: dict[str, Person]
    posts: dict[str, Post]
    actors: dict[str, Actor]
    system: Actor


def build(county_id: int = COUNTY) -> SmallCounty:
    """Write the county as a job of the system."""
    with acting(system_actor("建立区划", county_id)):
        regions = {"county": Region(county_id=county_id, kind="county", name="测试县")}
        for key, parent, kind in (
            ("east", "county", "town"),
            ("west", "county", "town"),
            ("birch", "east", "village"),
        ):
            regions[key] = Region(county_id=county_id, kind=kind, name=key, parent=regions[parent])
        Region.objects.bulk_create(regions.values())
        orgs: dict[str, Organisation] = {}
        for key, (kind, above, region) in ORGS.items():
            orgs[key] = Organisation(
                county_id=county_id,
                key=key,
                kind=kind,
                name=f"{key}单位",
                short_name=key,
                parent=orgs[above] if above else None,
                region=regions[region],
            )
        Organisation.objects.bulk_create(orgs.values())
        Liaison.objects.create(
            county_id=county_id, school=orgs["central"], agency=orgs["station"], from_day=date(2026, 9, 1)
        )
        rebuild_reach(county_id, DAY)
    system = system_actor("测试", county_id)
    with acting(system):
        people = {
            key: Person(county_id=county_id, name=f"人员{key}", home=orgs[org])
            for key, (org, _) in PEOPLE.items()
        }
        Person.objects.bulk_create(people.values())
        posts = {
            key: Post(county_id=county_id, org=orgs[org], kind=kind, title=kind)
            for key, (org, kind) in PEOPLE.items()
        }
        Post.objects.bulk_create(posts.values())
        Appointment.objects.bulk_create(
            Appointment(county_id=county_id, post=posts[key], person=person, from_day=date(2026, 9, 1))
            for key, person in people.items()
        )
        accounts = {
            key: Account(county_id=county_id, person=person, username=f"{county_id}-{key}")
            for key, person in people.items()
        }
        Account.objects.bulk_create(accounts.values())
    actors = {key: actor_for(account, DAY) for key, account in accounts.items()}
    return SmallCounty(orgs, people, posts, actors, system)
