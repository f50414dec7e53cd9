from collections.abc import Iterator
from uuid import UUID

import pytest

from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs import permissions
from huyuan.orgs.actor import Actor, actor_for
from huyuan.orgs.models import Account, Appointment
from huyuan.orgs.permissions import (
    Grant,
    allowed,
    allowed_actions,
    holding_for,
    looking_after,
    reached,
    register,
    require,
    scope,
)
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, SmallCounty

# Who may do what to whose things, written out for review: post of the small county → action → organisations.
MATRIX = {
    "governor": {
        "org.see": "county bureau station town village central point other company",
        "people.see": "county bureau station town village central point other company",
    },
    "officer": {
        "org.see": "bureau central point other",
        "org.create": "bureau central point other",
        "org.rename": "bureau central point other",
        "org.alter": "central point other",
        "people.see": "bureau central point other",
        "people.alter": "central point other",
        "liaison.alter": "central point other",
        "calendar.alter": "bureau",
    },
    "head": {
        "org.see": "central point",
        "org.alter": "central point",
        "people.see": "central point",
        "people.alter": "central point",
    },
    "safety": {"org.see": "central point", "org.alter": "central", "people.see": "central point"},
    "teacher": {"org.see": "point", "people.see": "point"},
    "guard": {"org.see": "other", "people.see": "other"},
    "other-admin": {
        "org.see": "other",
        "org.create": "other",
        "org.alter": "other",
        "people.see": "other",
        "people.alter": "other",
        "account.alter": "other",
    },
    "police": {"org.see": "station central", "people.see": "station central"},
    "town-officer": {
        "org.see": "town village station central point",
        "people.see": "town village station central point",
    },
    "villager": {"org.see": "village point", "people.see": "village point"},
}
ACTIONS = (
    "org.see",
    "org.create",
    "org.rename",
    "org.alter",
    "people.see",
    "people.alter",
    "account.alter",
    "liaison.alter",
    "calendar.alter",
)


@pytest.mark.parametrize("person", MATRIX)
def test_the_matrix(county: SmallCounty, person: str) -> None:
    """`scope`, `reached`, `require`, `allowed` and `allowed_actions` say the same, as the table does."""
    actor = county.actors[person]
    keys = {org.id: key for key, org in county.orgs.items()}
    for action in ACTIONS:
        expected = set(MATRIX[person].get(action, "").split())
        assert {keys[org_id] for org_id in scope(actor, action).values_list("org_id", flat=True)} == expected
        assert {keys[org_id] for org_id in reached(actor, action)} == expected
        for key, org in county.orgs.items():
            assert allowed(actor, action, org.id) is (key in expected)
            assert (action in allowed_actions(actor, org.id, ACTIONS)) is (key in expected)
            assert answer(actor_action=(actor, action), org_id=org.id) == (
                ""
                if key in expected
                else "forbidden"
                if key in MATRIX[person]["org.see"].split()
                else "not-found"
            )


def answer(*, actor_action: tuple[Actor, str], org_id: UUID) -> str:
    try:
        require(*actor_action, org_id)
    except Refused as error:
        return error.code
    return ""


def test_a_job_may_everything_in_its_county(county: SmallCounty) -> None:
    for org in county.orgs.values():
        for action in ACTIONS:
            require(county.system, action, org.id)
    assert scope(county.system, "org.alter").count() == len(county.orgs)
    assert reached(county.system, "org.alter") == {org.id for org in county.orgs.values()}
    assert answer(actor_action=(county.system, "org.see"), org_id=uuid7()) == "not-found"


def test_who_looks_after_somebody(county: SmallCounty) -> None:
    keys = {org.id: key for key, org in county.orgs.items()}
    above = {person: {keys[one] for one in looking_after(county.actors[person])} for person in MATRIX}
    assert above["teacher"] == {"point", "central", "bureau", "county", "town", "village"}
    assert above["guard"] == {"other", "bureau", "county"}
    assert above["governor"] == {"county"}


def test_foreign_and_missing_answer_alike(county: SmallCounty) -> None:
    def message(org_id: UUID) -> tuple[str, str, int]:
        with pytest.raises(Refused) as refused:
            require(county.actors["guard"], "org.see", org_id)
        return refused.value.code, refused.value.message, refused.value.http_status

    assert message(county.orgs["central"].id) == message(uuid7())
    assert message(uuid7())[2] == 404


def test_an_unknown_action_is_an_error_not_a_denial(county: SmallCounty) -> None:
    with pytest.raises(KeyError):
        allowed(county.actors["guard"], "org.se", county.orgs["other"].id)


def test_the_post_one_acts_with(county: SmallCounty) -> None:
    """The nearest relation first, then one's own post before an acted one."""
    with acting(county.system):
        for post in ("head", "other-admin"):
            Appointment.objects.create(
                county_id=COUNTY,
                post=county.posts[post],
                person=county.people["officer"],
                from_day=DAY,
                acting=True,
            )
    actor = actor_for(Account.objects.get(person=county.people["officer"]), DAY)

    def used(action: str, org: str) -> str | None:
        holding = holding_for(actor, action, county.orgs[org].id)
        return holding.post_kind if holding else None

    assert used("org.alter", "central") == "head"
    assert used("org.alter", "other") == "admin"
    assert used("org.alter", "point") == "bureau-officer"
    assert used("org.create", "other") == "admin"
    assert used("account.alter", "central") is None
    assert used("org.see", "station") is None


@pytest.fixture
def extra_action() -> Iterator[str]:
    register("test.do", "试", [Grant("guard", "own")])
    yield "test.do"
    del permissions.TABLE["test.do"]


def test_an_action_is_registered_once(extra_action: str) -> None:
    with pytest.raises(ValueError, match="registered twice"):
        register(extra_action, "试", [])


def test_a_refusal_says_what_and_what_to_do(county: SmallCounty) -> None:
    with pytest.raises(Refused) as refused:
        require(county.actors["guard"], "org.alter", county.orgs["other"].id)
    assert refused.value.http_status == 403
    assert "修改单位情况" in refused.value.message and "请联系" in refused.value.message
