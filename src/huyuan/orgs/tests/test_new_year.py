"""August: posts change hands together, people leave and come, classes and figures of the new school year."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huyuan.kernel.errors import Refused
from huyuan.orgs import actions, vocabulary
from huyuan.orgs.actions import HandOver
from huyuan.orgs.models import Appointment, Attribute, Person, Post, SchoolClass, TermRow
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, NOW, SmallCounty
from huyuan.orgs.vocabulary import FactSpec

FIRST = date(2027, 9, 1)
LAST = FIRST - timedelta(days=1)


def person_of(county: SmallCounty, name: str, org: str = "central") -> Person:
    with acting(county.system):
        return Person.objects.create(county_id=COUNTY, name=name, home=county.orgs[org])


def post_of(county: SmallCounty, kind: str, holder: Person | None = None) -> tuple[Post, UUID | None]:
    """A post of the central school, with its holder's appointment."""
    with acting(county.system):
        post = Post.objects.create(county_id=COUNTY, org=county.orgs["central"], kind=kind, title=kind)
        if holder is None:
            return post, None
        row = Appointment.objects.create(
            county_id=COUNTY, post=post, person=holder, from_day=date(2026, 9, 1)
        )
        return post, row.id


def appointment(county: SmallCounty, person: str) -> UUID:
    with acting(county.system):
        return Appointment.objects.get(person=county.people[person]).id


def held(county: SmallCounty) -> set[tuple[str, str, date, date | None]]:
    """(post, person, from, until) of the central school."""
    with acting(county.system):
        rows = Appointment.objects.filter(post__org=county.orgs["central"])
        return set(rows.values_list("post__kind", "person__name", "from_day", "until"))


def over(county: SmallCounty, *handovers: HandOver, person: str = "head", org: str = "central") -> None:
    actions.hand_over(
        actor=county.actors[person], org_id=county.orgs[org].id, handovers=handovers, first_day=FIRST, now=NOW
    )


def test_posts_change_hands_together(county: SmallCounty) -> None:
    new, begun = person_of(county, "新来的"), date(2026, 9, 1)
    canteen, _ = post_of(county, "canteen-manager")
    over(
        county,
        HandOver(county.posts["safety"].id, appointment(county, "safety"), new.id),
        HandOver(canteen.id, None, county.people["safety"].id),
    )
    assert held(county) == {
        ("head", "人员head", begun, None),
        ("safety-officer", "人员safety", begun, LAST),
        ("safety-officer", "新来的", FIRST, None),
        ("canteen-manager", "人员safety", FIRST, None),
    }


def test_a_post_may_be_left_vacant(county: SmallCounty) -> None:
    over(county, HandOver(county.posts["safety"].id, appointment(county, "safety"), None))
    assert ("safety-officer", "人员safety", date(2026, 9, 1), LAST) in held(county)
    assert len(held(county)) == 2


def test_twenty_posts_take_as_many_statements_as_two(county: SmallCounty) -> None:
    def statements(count: int) -> int:
        handovers = []
        for number in range(count):
            post, row = post_of(county, f"kind-{count}-{number}", person_of(county, f"旧{count}-{number}"))
            handovers.append(HandOver(post.id, row, person_of(county, f"新{count}-{number}").id))
        with CaptureQueriesContext(connection) as sent:
            over(county, *handovers)
        return len(sent)

    statements(1)  # Who reaches whom is kept from here on.
    assert statements(2) == statements(20)


@pytest.mark.parametrize("wrong", ["person", "elsewhere", "left", "appointment", "post", "twice", "holds"])
def test_one_wrong_line_and_nothing_is_done(county: SmallCounty, wrong: str) -> None:
    safety, row = county.posts["safety"], appointment(county, "safety")
    vacant, _ = post_of(county, "canteen-manager")
    head = county.people["head"]
    gone = person_of(county, "走了的")
    with acting(county.system):
        Person.objects.filter(id=gone.id).update(left=date(2026, 12, 1))
    bad: dict[str, tuple[HandOver, str]] = {
        "person": (HandOver(vacant.id, None, uuid4()), "closed-person"),
        "elsewhere": (HandOver(vacant.id, None, county.people["guard"].id), "closed-person"),
        "left": (HandOver(vacant.id, None, gone.id), "closed-person"),
        "appointment": (HandOver(vacant.id, appointment(county, "head"), head.id), "stale-posts"),
        "post": (HandOver(county.posts["guard"].id, None, head.id), "stale-posts"),
        "twice": (HandOver(safety.id, row, head.id), "already-holds"),
        "holds": (HandOver(county.posts["head"].id, None, head.id), "already-holds"),
    }
    before = held(county)
    with pytest.raises(Refused) as refused:
        over(county, HandOver(safety.id, row, head.id), bad[wrong][0])
    assert refused.value.code == bad[wrong][1]
    assert held(county) == before


@pytest.mark.parametrize(("person", "code"), [("other-admin", "not-found"), ("safety", "forbidden")])
def test_who_may_not_hand_over(county: SmallCounty, person: str, code: str) -> None:
    before = held(county)
    with pytest.raises(Refused) as refused:
        line = HandOver(county.posts["safety"].id, appointment(county, "safety"), None)
        over(county, line, person=person)
    assert refused.value.code == code
    assert held(county) == before


# ---- the page
# ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def head(county: SmallCounty, signed_in: Callable[[str], Client]) -> Client:
    """The head of the central school; the county has its calendar, schools give their numbers."""
    vocabulary.install(
        "fact",
        [
            FactSpec(key="students.enrolled", zh="在校学生数", sentence="的在校学生数", number=True),
            FactSpec(key="staff.total", zh="教职工数", sentence="的教职工数", number=True),
        ],
    )
    with acting(county.system):
        Appointment.objects.update(from_day=date(2020, 1, 1))
        TermRow.objects.create(
            county_id=COUNTY, year=SCHOOL_YEAR, semester=1, first=BEGINS, last=date(BEGINS.year + 1, 1, 20)
        )
    return signed_in("head")


# The pages go by the clock: the school year that begins next, or began this month.
TODAY = datetime.now(UTC).date()
YEAR = TODAY.year + (date(TODAY.year, 9, 30) < TODAY)
BEGINS = date(YEAR, 9, 1)
SCHOOL_YEAR = f"{YEAR}-{YEAR + 1}"


def sent(county: SmallCounty, **more: str) -> dict[str, Any]:
    """The table as it stands on the page: everybody stays."""
    with acting(county.system):
        rows = Appointment.objects.filter(post__org=county.orgs["central"])
        return {"verb": "posts", **{f"what-{row.post_id}.{row.id}": "stays" for row in rows}, **more}


def key_of(county: SmallCounty, person: str) -> str:
    return f"{county.posts[person].id}.{appointment(county, person)}"


def test_the_page_hands_over_what_was_changed(county: SmallCounty, head: Client) -> None:
    address = f"/orgs/{county.orgs['central'].id}/new-year/"
    person_of(county, "接任的")
    page = head.get(address).content.decode()
    assert f"{SCHOOL_YEAR}学年开学准备" in page and "人员safety" in page and "没有空缺" in page
    key = key_of(county, "safety")
    wrong = sent(county, **{f"what-{key}": "other", f"who-{key}": "没有这个人"})
    before = held(county)
    answer = head.post(address, wrong)
    assert answer.status_code == 422 and "没有“没有这个人”" in answer.content.decode()
    assert 'value="没有这个人"' in answer.content.decode(), "what was typed stands there again"
    assert held(county) == before
    done = head.post(address, wrong | {f"who-{key}": "接任的"})
    assert done.status_code == 302
    assert ("safety-officer", "接任的", BEGINS, None) in held(county)
    assert ("safety-officer", "人员safety", date(2020, 1, 1), BEGINS - timedelta(days=1)) in held(county)
    page = head.get(done["Location"]).content.decode()
    assert "任职交接已登记" in page and "新任" in page


def test_a_table_that_somebody_else_changed_meanwhile_is_refused(county: SmallCounty, head: Client) -> None:
    stale = sent(county, **{f"what-{key_of(county, 'safety')}": "leaves"})
    post_of(county, "canteen-manager", county.people["head"])
    before = held(county)
    answer = head.post(f"/orgs/{county.orgs['central'].id}/new-year/", stale)
    assert answer.status_code == 422 and "可能别人刚刚办过" in answer.content.decode()
    assert held(county) == before


def test_who_leaves_and_who_comes(county: SmallCounty, head: Client) -> None:
    address = f"/orgs/{county.orgs['central'].id}/new-year/"
    names = "王新\n李新\n"
    assert head.post(address, {"verb": "come", "names": names}).status_code == 302
    again = head.post(address, {"verb": "come", "names": "赵新\n王新"})
    assert again.status_code == 422 and "王新：已有同名的人" in again.content.decode()
    last = BEGINS - timedelta(days=1)
    going = {"verb": "leave", "person": str(county.people["safety"].id), "last_day": last.isoformat()}
    assert head.post(address, going).status_code == 302
    elsewhere = going | {"person": str(county.people["guard"].id)}
    assert head.post(address, elsewhere).status_code == 422
    with acting(county.system):
        mine = Person.objects.filter(home=county.orgs["central"])
        assert set(mine.filter(left=None).values_list("name", flat=True)) == {"人员head", "王新", "李新"}
        assert mine.get(left=last).name == "人员safety"
        assert Person.objects.get(id=county.people["guard"].id).left is None
    page = head.get(address).content.decode()
    assert "到那一天空缺：safety-officer" in page and "已登记：人员safety" in page


def test_new_classes_and_numbers(county: SmallCounty, head: Client) -> None:
    org = county.orgs["central"]
    address = f"/orgs/{org.id}/new-year/"
    twice = head.post(address, {"verb": "classes", "classes": "一年级1班 42\n一年级1班"})
    assert twice.status_code == 422
    huge = head.post(address, {"verb": "classes", "classes": "一年级1班 42000"})
    assert huge.status_code == 422 and "一年级1班的人数4200……太大" in huge.content.decode()
    assert head.post(address, {"verb": "classes", "classes": "一年级1班 42\n一年级 2班"}).status_code == 302
    assert head.post(address, {"verb": "classes", "classes": "一年级3班\n一年级1班"}).status_code == 422
    numbers = {"verb": "numbers", "from_day": BEGINS.isoformat(), "value_students_enrolled": "812"}
    assert head.post(address, numbers | {"value_staff_total": "-1"}).status_code == 422
    with acting(county.system):
        assert not Attribute.objects.filter(org=org).exists()
    assert "人数还没有登记齐" in head.get(address).content.decode()
    assert head.post(address, numbers | {"value_staff_total": "57"}).status_code == 302
    with acting(county.system):
        rows = SchoolClass.objects.filter(org=org, school_year=SCHOOL_YEAR).order_by("name")
        assert list(rows.values_list("name", "pupils")) == [("一年级 2班", None), ("一年级1班", 42)]
        steps = Attribute.objects.filter(org=org).order_by("key").values_list("key", "number", "from_day")
        assert list(steps) == [
            ("staff.total", Decimal(57), BEGINS),
            ("students.enrolled", Decimal(812), BEGINS),
        ]
    assert "新学年的人数已登记" in head.get(address).content.decode()


def test_the_page_is_for_whoever_manages_people(
    county: SmallCounty, head: Client, signed_in: Callable[[str], Client]
) -> None:
    address = f"/orgs/{county.orgs['central'].id}/new-year/"
    before = held(county)
    line = sent(county, **{f"what-{key_of(county, 'safety')}": "leaves"})
    for person, status in (("officer", 200), ("safety", 403), ("other-admin", 404), ("villager", 404)):
        client = signed_in(person)
        assert (person, client.get(address).status_code) == (person, status)
        if status != 200:
            assert client.post(address, line).status_code == status
    assert held(county) == before
    assert head.post(address, {"verb": "no-such-verb"}).status_code == 404
