"""The year turns: classes move up with their teachers, schools merge, people leave and move."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from huyuan.kernel.errors import Refused
from huyuan.orgs import actions, queries, rules
from huyuan.orgs.actions import Step
from huyuan.orgs.actor import actor_for
from huyuan.orgs.models import (
    Account,
    Appointment,
    Attribute,
    Liaison,
    Organisation,
    Person,
    Post,
    Reach,
    SchoolClass,
    SignIn,
)
from huyuan.orgs.permissions import allowed
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, NOW, SmallCounty

NEXT = date(2027, 9, 1)


@pytest.mark.parametrize(
    ("name", "stages", "becomes"),
    [
        ("一年级1班", ["primary"], "二年级1班"),
        ("六年级2班", ["primary"], None),
        ("1年级1班", ["primary"], "2年级1班"),
        ("6年级1班", ["primary"], None),
        ("六年级2班", ["nine-year"], "七年级2班"),
        ("九年级2班", ["nine-year"], None),
        ("小班", ["nursery"], "中班"),
        ("大三班", ["nursery"], "大三班"),  # no grade that we know: a person decides
        ("大班", [], None),
        ("三（2）班", ["primary"], "四（2）班"),
        ("6.1班", ["primary"], None),
        ("高三（1）班", ["senior"], None),
        ("初三1班", ["complete"], None),
        ("2024级1班", ["senior"], "2024级1班"),
    ],
)
def test_what_a_class_is_called_next(name: str, stages: list[str], becomes: str | None) -> None:
    assert rules.moved_up(name, stages) == becomes


def classes_of(county: SmallCounty, *names: str) -> dict[str, SchoolClass]:
    """Classes of the central school with a teacher each."""
    org = county.orgs["central"]
    with acting(county.system):
        found = {}
        for name in names:
            row = SchoolClass.objects.create(
                county_id=COUNTY, org=org, school_year="2026-2027", name=name, pupils=40
            )
            post = Post.objects.create(
                county_id=COUNTY, org=org, kind="class-teacher", title="班主任", school_class=row
            )
            teacher = Person.objects.create(county_id=COUNTY, name=f"{name}老师", home=org)
            Appointment.objects.create(county_id=COUNTY, post=post, person=teacher, from_day=DAY)
            found[name] = row
    return found


def test_teachers_go_along_and_graduates_end(county: SmallCounty) -> None:
    head, org = county.actors["head"], county.orgs["central"]
    old = classes_of(county, "一年级1班", "六年级1班")
    steps = [Step(old["一年级1班"].id, "二年级1班"), Step(old["六年级1班"].id, "")]
    made = actions.move_classes_up(actor=head, org_id=org.id, steps=steps, first_day=NEXT, now=NOW)
    assert [(row.name, row.school_year, row.pupils) for row in made] == [("二年级1班", "2027-2028", 40)]
    with acting(head):
        held = {
            day: {
                one.post.school_class.name: [row.name for row in one.holders]
                for one in queries.posts_of(head, org.id, day)
                if one.post.school_class
            }
            for day in (NEXT - timedelta(days=60), NEXT)
        }
    assert held[NEXT - timedelta(days=60)] == {
        "一年级1班": ["一年级1班老师"],
        "六年级1班": ["六年级1班老师"],
        "二年级1班": [],
    }
    # The posts of last year's classes are nobody's vacancies.
    assert held[NEXT] == {"二年级1班": ["一年级1班老师"]}


def test_classes_move_up_once(county: SmallCounty) -> None:
    head, org = county.actors["head"], county.orgs["central"]
    old = classes_of(county, "一年级1班", "二年级1班")
    wrong = [Step(row.id, "三年级1班") for row in old.values()]
    with pytest.raises(Refused) as refused:
        actions.move_classes_up(actor=head, org_id=org.id, steps=wrong, first_day=NEXT, now=NOW)
    assert refused.value.code == "conflict-exists"
    with acting(head):
        assert SchoolClass.objects.filter(school_year="2027-2028").count() == 0
    steps = [Step(old["一年级1班"].id, "二年级1班"), Step(old["二年级1班"].id, "三年级1班")]
    actions.move_classes_up(actor=head, org_id=org.id, steps=steps, first_day=NEXT, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.move_classes_up(actor=head, org_id=org.id, steps=steps, first_day=NEXT, now=NOW)
    assert refused.value.code == "already-moved"


def test_another_schools_classes_stay(county: SmallCounty) -> None:
    old = classes_of(county, "一年级1班")
    with pytest.raises(Refused) as refused:
        actions.move_classes_up(
            actor=county.actors["other-admin"], org_id=county.orgs["other"].id,
            steps=[Step(old["一年级1班"].id, "二年级1班")], first_day=NEXT, now=NOW,
        )  # fmt: skip
    assert refused.value.code == "invalid-class"


def test_a_merged_school(county: SmallCounty) -> None:
    officer, central, other = county.actors["officer"], county.orgs["central"], county.orgs["other"]
    actions.merge_organisation(actor=officer, org_id=central.id, into_id=other.id, first_day=DAY, now=NOW)
    with acting(county.system):
        merged = Organisation.objects.get(id=central.id)
        assert (merged.closed, merged.merged_into_id, merged.parent_id) == (DAY, other.id, other.id)
        # Its teaching point goes along, its people belong to the other school, its liaison is over.
        assert Organisation.objects.get(id=county.orgs["point"].id).parent_id == other.id
        homes = Person.objects.filter(id__in=[county.people["head"].id, county.people["safety"].id])
        assert {person.home_id for person in homes} == {other.id}
        assert not Appointment.objects.filter(post__org=central, until=None).exists()
        assert Liaison.objects.get(school=central).until == DAY - timedelta(days=1)
        assert not Reach.objects.filter(viewer=county.orgs["station"], org=central).filter(relation="linked")
    # Whoever was its head signs in with nothing until a new post is given.
    account = Account.objects.get(person_id=county.people["head"].id)
    assert account.is_active and actor_for(account, DAY).holdings == ()
    # The other school looks the old one up.
    with acting(county.actors["other-admin"]):
        assert allowed(county.actors["other-admin"], "org.see", central.id)


@pytest.mark.parametrize(
    ("org", "into", "day", "code"),
    [
        ("central", "other", DAY + timedelta(days=1), "future-merge"),
        ("central", "central", DAY, "invalid-merge"),
        ("central", "point", DAY, "invalid-parent"),
        ("central", "station", DAY, "not-found"),
    ],
)
def test_merges_that_cannot_be(county: SmallCounty, org: str, into: str, day: date, code: str) -> None:
    def standing() -> list[object]:
        with acting(county.system):
            return [
                list(model.objects.order_by("id").values()) for model in (Organisation, Appointment, Person)
            ]

    before = standing()
    with pytest.raises(Refused) as refused:
        actions.merge_organisation(
            actor=county.actors["officer"], org_id=county.orgs[org].id, into_id=county.orgs[into].id,
            first_day=day, now=NOW,
        )  # fmt: skip
    assert refused.value.code == code
    assert standing() == before


def test_who_moves_keeps_the_account(county: SmallCounty) -> None:
    officer, head = county.actors["officer"], county.people["head"]
    actions.person_moves(
        actor=officer, person_id=head.id, to_id=county.orgs["other"].id, last_day=DAY, now=NOW
    )
    account = Account.objects.get(person_id=head.id)
    assert account.is_active
    assert (
        actor_for(account, DAY).holdings != () and actor_for(account, DAY + timedelta(days=1)).holdings == ()
    )
    with acting(county.actors["other-admin"]):
        assert Person.objects.get(id=head.id).home_id == county.orgs["other"].id
    # The school itself cannot send somebody to another one: that one, or the bureau, has to be asked.
    with pytest.raises(Refused) as refused:
        actions.person_moves(
            actor=county.actors["head"], person_id=county.people["safety"].id,
            to_id=county.orgs["other"].id, last_day=DAY, now=NOW,
        )  # fmt: skip
    assert refused.value.code == "not-found"


def test_who_is_to_leave_signs_in_until_then(county: SmallCounty) -> None:
    officer, head = county.actors["officer"], county.people["head"]
    account = Account.objects.get(person_id=head.id)
    SignIn.objects.create(session_key="k" * 32, session_data="", expire_date=NOW, account=account)
    actions.person_leaves(actor=officer, person_id=head.id, last_day=DAY + timedelta(days=3), now=NOW)
    account.refresh_from_db()
    assert account.is_active and SignIn.objects.exists()
    for days, active in ((3, True), (4, False)):
        actions.close_accounts_of_leavers(actor=county.system, now=NOW + timedelta(days=days))
        account.refresh_from_db()
        assert account.is_active is active
    assert not SignIn.objects.exists()


# ---- the pages
# ---------------------------------------------------------------------------------------------------------
def test_classes_move_up_on_the_page(county: SmallCounty, signed_in: Callable[[str], Client]) -> None:
    org = county.orgs["central"]
    old = classes_of(county, "一年级1班", "六年级1班")
    with acting(county.system):
        Attribute.objects.create(county_id=COUNTY, org=org, key="stage", from_day=DAY, text="primary")
        Appointment.objects.filter(person=county.people["head"]).update(from_day=date(2020, 1, 1))
    client = signed_in("head")
    page = client.get(f"/orgs/{org.id}/year/").content.decode()
    assert "2 个班里，1 个升级，1 个毕业" in page
    sent = {
        "first_day": "2027-09-01",
        f"name-{old['一年级1班'].id}": "二年级1班",
        f"name-{old['六年级1班'].id}": "",
    }
    assert client.post(f"/orgs/{org.id}/year/", sent).status_code == 302
    with acting(county.system):
        assert SchoolClass.objects.get(school_year="2027-2028").name == "二年级1班"
    again = client.post(f"/orgs/{org.id}/year/", sent)
    assert again.status_code == 422 and "班级已经变了" in again.content.decode()


def test_a_merge_is_shown_before_it_is_done(county: SmallCounty, signed_in: Callable[[str], Client]) -> None:
    central, other = county.orgs["central"], county.orgs["other"]
    client = signed_in("officer")
    shown = client.get(f"/orgs/{central.id}/merge/", {"into_id": str(other.id), "first_day": "2026-10-14"})
    assert "记为“不适用”" in shown.content.decode() and "2人转到other单位" in shown.content.decode()
    with acting(county.system):
        assert Organisation.objects.get(id=central.id).closed is None
    done = client.post(f"/orgs/{central.id}/merge/", {"into_id": str(other.id), "first_day": "2026-10-14"})
    assert done.status_code == 302
    assert "并入other单位" in client.get(done["Location"]).content.decode()
