from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huyuan.kernel.days import ONE_DAY
from huyuan.orgs.actor import Actor, actor_for, system_actor
from huyuan.orgs.models import Account, Appointment, Organisation, Person, Post, SchoolClass
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, SmallCounty


def account_of(county: SmallCounty, key: str) -> Account:
    return Account.objects.get(person_id=county.people[key].id)


def appoint(
    county: SmallCounty, person: str, post: str, from_day: date, until: date | None, **more: object
) -> None:
    with acting(county.system):
        Appointment.objects.create(
            county_id=COUNTY,
            post=county.posts[post],
            person=county.people[person],
            from_day=from_day,
            until=until,
            **more,
        )


def kinds(county: SmallCounty, key: str, day: date = DAY) -> list[str]:
    return [holding.post_kind for holding in actor_for(account_of(county, key), day).holdings]


def test_one_query_for_all_posts(county: SmallCounty) -> None:
    appoint(county, "guard", "safety", DAY, None)
    account = account_of(county, "guard")
    with CaptureQueriesContext(connection) as statements:
        actor = actor_for(account, DAY)
    assert len([s for s in statements if "orgs_person" in s["sql"]]) == 1
    assert [holding.post_kind for holding in actor.holdings] == ["guard", "safety-officer"]
    assert set(actor.viewers) == {county.orgs["other"].id, county.orgs["central"].id}


@pytest.mark.parametrize(
    ("from_day", "until", "held"),
    [
        (DAY, DAY, True),
        (DAY, None, True),
        (DAY - ONE_DAY, DAY, True),
        (DAY + ONE_DAY, None, False),
        (DAY - timedelta(days=9), DAY - ONE_DAY, False),
    ],
)
def test_both_days_of_an_appointment_count(
    county: SmallCounty, from_day: date, until: date | None, held: bool
) -> None:
    appoint(county, "guard", "safety", from_day, until)
    assert ("safety-officer" in kinds(county, "guard")) is held


def test_ones_own_post_comes_before_an_acted_one(county: SmallCounty) -> None:
    appoint(county, "guard", "head", date(2026, 1, 1), None, acting=True)
    actor = actor_for(account_of(county, "guard"), DAY)
    assert [(holding.post_kind, holding.acting) for holding in actor.holdings] == [
        ("guard", False),
        ("head", True),
    ]
    assert actor.snapshot()["posts"][1] == {
        "kind": "head",
        "title": "head",
        "org": str(county.orgs["central"].id),
        "org_name": "central单位",
        "acting": True,
    }


def test_a_leaver_holds_nothing_from_the_next_day(county: SmallCounty) -> None:
    with acting(county.system):
        Person.objects.filter(id=county.people["guard"].id).update(left=DAY)
    assert kinds(county, "guard") == ["guard"]
    assert kinds(county, "guard", DAY + ONE_DAY) == []


def test_a_closed_organisation_gives_nothing(county: SmallCounty) -> None:
    with acting(county.system):
        Organisation.objects.filter(id=county.orgs["other"].id).update(closed=DAY)
    assert kinds(county, "guard", DAY - ONE_DAY) == ["guard"]
    assert kinds(county, "guard") == []


def test_a_person_without_posts_is_still_somebody(county: SmallCounty) -> None:
    with acting(county.system):
        Appointment.objects.filter(person=county.people["guard"]).delete()
    actor = actor_for(account_of(county, "guard"), DAY)
    assert (actor.name, actor.holdings, actor.viewers) == ("人员guard", (), ())


def test_a_class_teacher_knows_the_class(county: SmallCounty) -> None:
    with acting(county.system):
        third = SchoolClass.objects.create(
            county_id=COUNTY, org=county.orgs["other"], name="三年级1班", school_year="2026-2027"
        )
        post = Post.objects.create(
            county_id=COUNTY,
            org=county.orgs["other"],
            kind="class-teacher",
            title="班主任",
            school_class=third,
        )
        Appointment.objects.create(county_id=COUNTY, post=post, person=county.people["guard"], from_day=DAY)
    assert actor_for(account_of(county, "guard"), DAY).holdings[1].class_id == third.id


def test_a_job_sees_what_the_root_reaches(county: SmallCounty) -> None:
    job = system_actor("夜间作业", COUNTY)
    assert job.viewers == (county.orgs["county"].id,)
    assert job.snapshot() == {
        "county": COUNTY,
        "person": None,
        "name": "夜间作业",
        "system": "夜间作业",
        "posts": [],
    }


def test_a_transaction_has_one_actor(county: SmallCounty) -> None:
    head, guard = county.actors["head"], county.actors["guard"]
    with acting(head), acting(head):
        assert Person.objects.count() == 3
    with acting(head), pytest.raises(RuntimeError, match="inside a transaction"), acting(guard):
        pass


def test_resolving_somebody_else_leaves_the_scope_as_it_was(county: SmallCounty) -> None:
    account = account_of(county, "guard")
    with acting(county.actors["head"]):
        assert isinstance(actor_for(account, DAY), Actor)
        assert Person.objects.count() == 3
    actor_for(account, DAY)
    assert Person.objects.count() == 0


def test_an_error_ends_the_scope(county: SmallCounty) -> None:
    with pytest.raises(ZeroDivisionError), acting(county.actors["head"]):
        raise ZeroDivisionError
    assert Person.objects.count() == 0
    with acting(county.actors["guard"]):
        assert Person.objects.count() == 2
