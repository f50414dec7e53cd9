from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs import actions, queries
from huyuan.orgs.actor import actor_for
from huyuan.orgs.models import Account, Appointment, Attribute, Bell, Organisation, Person, Place
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, NOW, SmallCounty
from huyuan.trace.models import Record

SOON = DAY + timedelta(days=7)


def last_record(county: SmallCounty) -> Record:
    with acting(county.system):
        return Record.objects.order_by("id").reverse()[0]


def test_an_act_leaves_its_record(county: SmallCounty) -> None:
    head = county.actors["head"]
    place = actions.add_place(actor=head, org_id=county.orgs["central"].id, kind="gate", name="东门", now=NOW)
    record = last_record(county)
    assert (record.verb, record.object_type, record.object_id) == ("create", "orgs_place", str(place.id))
    assert (record.actor["name"], record.org_id, record.at) == ("人员head", county.orgs["central"].id, NOW)
    assert record.after == {
        "org_id": str(county.orgs["central"].id),
        "kind": "gate",
        "name": "东门",
        "closed": None,
        "lat": None,
        "lng": None,
    }
    actions.alter_place(actor=head, place_id=place.id, name="南门", closed=None, now=NOW)
    record = last_record(county)
    assert (record.verb, record.before, record.after) == ("alter", {"name": "东门"}, {"name": "南门"})


def test_altering_nothing_writes_nothing(county: SmallCounty) -> None:
    head = county.actors["head"]
    place = actions.add_place(actor=head, org_id=county.orgs["central"].id, kind="gate", name="东门", now=NOW)
    before = last_record(county).id
    actions.alter_place(actor=head, place_id=place.id, name="东门", closed=None, now=NOW)
    assert last_record(county).id == before


@pytest.mark.parametrize(
    ("person", "code"),
    [("safety", None), ("guard", "not-found"), ("police", "forbidden"), ("teacher", "not-found")],
)
def test_a_denial_changes_nothing(county: SmallCounty, person: str, code: str | None) -> None:
    def count() -> tuple[int, int]:
        with acting(county.system):
            return Place.objects.count(), Record.objects.count()

    before = count()
    call: dict[str, Any] = {"org_id": county.orgs["central"].id, "kind": "gate", "name": "东门", "now": NOW}
    if code is None:
        actions.add_place(actor=county.actors[person], **call)
        assert count() == (before[0] + 1, before[1] + 1)
    else:
        with pytest.raises(Refused) as refused:
            actions.add_place(actor=county.actors[person], **call)
        assert refused.value.code == code
        assert count() == before


def test_what_the_database_refuses_is_said_in_chinese(county: SmallCounty) -> None:
    head, org_id = county.actors["head"], county.orgs["central"].id
    actions.add_place(actor=head, org_id=org_id, kind="gate", name="东门", now=NOW)
    for kind, name, code, word in (
        ("gate", "东门", "conflict-exists", "换一个名称"),
        ("gate", "门" * 61, "invalid", "名称"),
        ("tower", "塔", "invalid", "类别"),
        ("gate", "", "invalid", "名称"),
    ):
        with pytest.raises(Refused) as refused:
            actions.add_place(actor=head, org_id=org_id, kind=kind, name=name, now=NOW)
        assert refused.value.code == code
        assert word in refused.value.message
    with acting(head):
        assert Place.objects.count() == 1


def test_a_leavers_posts_fall_vacant(county: SmallCounty) -> None:
    with acting(county.system):
        Appointment.objects.create(
            county_id=COUNTY, post=county.posts["safety"], person=county.people["head"], from_day=SOON
        )
    actions.person_leaves(
        actor=county.actors["officer"], person_id=county.people["head"].id, last_day=DAY, now=NOW
    )
    officer = county.actors["officer"]
    with acting(officer):
        posts = {held.post.kind: held for held in queries.posts_of(officer, county.orgs["central"].id, DAY)}
        later = {held.post.kind: held for held in queries.posts_of(officer, county.orgs["central"].id, SOON)}
        # What had begun ended with the last day; what was to come is taken back.
        left = Appointment.objects.filter(person=county.people["head"]).values_list("post__kind", "until")
        assert list(left) == [("head", DAY)]
    assert not posts["head"].vacant
    assert later["head"].vacant
    assert [holder.name for holder in later["safety-officer"].holders] == ["人员safety"]
    assert not Account.objects.get(person_id=county.people["head"].id).is_active


def test_an_acting_holder_is_shown_as_such(county: SmallCounty) -> None:
    officer = county.actors["officer"]
    post = actions.create_post(
        actor=officer, org_id=county.orgs["other"].id, kind="head", title="校长", now=NOW
    )
    with acting(officer):
        (held,) = [h for h in queries.posts_of(officer, county.orgs["other"].id, DAY) if h.post == post]
        assert held.vacant and not held.only_acting
    actions.appoint(
        actor=officer,
        post_id=post.id,
        person_id=county.people["guard"].id,
        from_day=DAY,
        acting_for=True,
        now=NOW,
    )
    with acting(officer):
        (held,) = [h for h in queries.posts_of(officer, county.orgs["other"].id, DAY) if h.post == post]
        assert held.only_acting
    assert [
        h.acting for h in actor_for(Account.objects.get(person_id=county.people["guard"].id), DAY).holdings
    ] == [
        False,
        True,
    ]


def test_nobody_is_appointed_past_leaving(county: SmallCounty) -> None:
    officer = county.actors["officer"]
    actions.person_leaves(actor=officer, person_id=county.people["guard"].id, last_day=DAY, now=NOW)
    with pytest.raises(Refused, match="closed-person"):
        actions.appoint(
            actor=officer,
            post_id=county.posts["head"].id,
            person_id=county.people["guard"].id,
            from_day=DAY,
            now=NOW,
        )


def test_a_foreign_person_is_not_found(county: SmallCounty) -> None:
    for person_id in (county.people["guard"].id, uuid7()):
        with pytest.raises(Refused, match="not-found"):
            actions.rename_person(actor=county.actors["head"], person_id=person_id, name="改", now=NOW)
    with acting(county.system):
        assert Person.objects.get(id=county.people["guard"].id).name == "人员guard"


def test_a_parent_never_lies_below(county: SmallCounty) -> None:
    officer = county.actors["officer"]
    with pytest.raises(Refused, match="invalid-parent"):
        actions.alter_organisation(
            actor=officer, org_id=county.orgs["central"].id, parent_id=county.orgs["point"].id, now=NOW
        )
    with acting(officer):
        assert Organisation.objects.get(key="central").parent_id == county.orgs["bureau"].id


def test_attributes_are_steps_in_order(county: SmallCounty) -> None:
    officer = county.actors["officer"]
    for org, day, text in (("other", DAY, "no"), ("central", SOON, "no"), ("central", DAY, "yes")):
        actions.set_attribute(
            actor=officer, org_id=county.orgs[org].id, key="boarding", from_day=day, text=text, now=NOW
        )
    actions.set_attribute(
        actor=officer,
        org_id=county.orgs["central"].id,
        key="students.enrolled",
        from_day=DAY,
        text="501",
        number=501,
        now=NOW,
    )
    ids = [county.orgs["central"].id, county.orgs["other"].id]
    with acting(officer):
        rows = Attribute.objects.order_by("org_id", "key", "from_day")
        assert list(rows.values_list("org_id", "key", "from_day", "text", "number")) == [
            (ids[0], "boarding", DAY, "yes", None),
            (ids[0], "boarding", SOON, "no", None),
            (ids[0], "students.enrolled", DAY, "501", Decimal("501.00")),
            (ids[1], "boarding", DAY, "no", None),
        ]
    actions.set_attribute(actor=officer, org_id=ids[0], key="boarding", from_day=DAY, text="no", now=NOW)
    with acting(officer):
        assert Attribute.objects.get(org=ids[0], key="boarding", from_day=DAY).text == "no"


def test_a_bell_of_the_same_day_is_corrected(county: SmallCounty) -> None:
    call: dict[str, Any] = {
        "actor": county.actors["safety"],
        "org_id": county.orgs["central"].id,
        "kind": "arrival",
        "now": NOW,
    }
    for starts in (time(7, 30), time(7, 40)):
        bell = actions.set_bell(**call, from_day=DAY, starts=starts)
    with acting(county.system):
        assert [step.starts for step in queries.bells_of([county.orgs["central"].id])] == [time(7, 40)]
    actions.remove_bell(actor=county.actors["safety"], bell_id=bell.id, now=NOW)
    with acting(county.system):
        assert not Bell.objects.exists()
    assert last_record(county).verb == "remove"


def test_a_liaison_opens_and_closes_the_reach(county: SmallCounty) -> None:
    officer, police = county.actors["officer"], county.actors["police"]
    pair = actions.link(
        actor=officer,
        school_id=county.orgs["other"].id,
        agency_id=county.orgs["station"].id,
        from_day=DAY,
        now=NOW,
    )
    with acting(police):
        assert queries.organisations(police).filter(key="other").exists()
        assert [row.agency.key for row in queries.liaisons_of(county.orgs["other"].id, DAY)] == ["station"]
    actions.unlink(actor=officer, liaison_id=pair.id, last_day=DAY, now=NOW)
    with acting(police):
        assert queries.organisations(police).filter(key="other").exists()
    with acting(county.system):
        actions.rebuild_reach(COUNTY, DAY + timedelta(days=1))
    with acting(police):
        assert not queries.organisations(police).filter(key="other").exists()


def test_a_school_names_partners_without_reaching_them(county: SmallCounty) -> None:
    guard = county.actors["guard"]
    with acting(guard):
        assert len(queries.everyones_names(guard)) == len(county.orgs)
        with pytest.raises(Refused, match="not-found"):
            queries.organisation(guard, county.orgs["station"].id)
        assert queries.organisation(guard, county.orgs["other"].id).region.name == "west"


def test_people_are_listed_in_scope(county: SmallCounty) -> None:
    def names(key: str) -> list[str]:
        with acting(county.actors[key]):
            return [person.name for person in queries.people(county.actors[key], DAY)]

    assert names("guard") == ["人员guard", "人员other-admin"]
    assert names("police") == ["人员head", "人员police", "人员safety"]


def test_date_of_closing_comes_after_opening(county: SmallCounty) -> None:
    with pytest.raises(Refused, match="晚于设立日期"):
        actions.alter_organisation(
            actor=county.actors["officer"],
            org_id=county.orgs["other"].id,
            opened=date(2026, 9, 1),
            closed=date(2026, 9, 1),
            now=NOW,
        )
