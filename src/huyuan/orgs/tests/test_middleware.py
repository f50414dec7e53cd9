from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huyuan.orgs.models import Account, Appointment, CalendarDay, Person, Place
from huyuan.orgs.models import SignIn as Session
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import SmallCounty

pytestmark = pytest.mark.urls("huyuan.orgs.tests.urls")

SignIn = Callable[[SmallCounty, str], Client]


@pytest.fixture
def signed_in() -> SignIn:
    def sign_in(county: SmallCounty, key: str) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(
            Account.objects.get(person_id=county.people[key].id),
            backend="django.contrib.auth.backends.ModelBackend",
        )
        return client

    return sign_in


def saved(county: SmallCounty) -> list[str]:
    with acting(county.system):
        return sorted(Place.objects.values_list("name", flat=True))


def test_a_request_sees_what_its_actor_sees(county: SmallCounty, signed_in: SignIn) -> None:
    assert signed_in(county, "guard").get("/people/").content.decode() == "人员guard,人员other-admin"
    assert signed_in(county, "teacher").get("/people/").content.decode() == "人员teacher"
    assert Person.objects.count() == 0


def test_strangers_are_sent_to_the_sign_in_page(db: None, client: Client) -> None:
    answer = client.get("/people/?page=2")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/people/%3Fpage%3D2")
    answer = client.get("/people/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/")
    answer = client.get("/api/save/well/")
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in")


def test_a_closed_account_is_a_stranger(county: SmallCounty, signed_in: SignIn) -> None:
    client = signed_in(county, "guard")
    Account.objects.filter(person_id=county.people["guard"].id).update(is_active=False)
    assert client.get("/people/").status_code == 302


@pytest.mark.parametrize(
    ("what", "status", "word"),
    [
        ("refuse", 409, "请刷新后再试"),
        ("foreign", 404, "没有找到"),
        ("crash", 500, ""),
        ("break-commit", 409, "没有保存"),
        ("lose-database", 503, "没有保存"),
        ("lose-at-commit", 503, "没有保存"),
    ],
)
def test_what_fails_is_not_saved_and_says_so(
    committed_county: SmallCounty, signed_in: SignIn, what: str, status: int, word: str
) -> None:
    client = signed_in(committed_county, "guard")
    answer = client.post(f"/save/{what}/")
    assert answer.status_code == status
    assert word in answer.content.decode()
    assert "已保存" not in answer.content.decode()
    assert saved(committed_county) == []
    # The next request finds a working connection and no scope left behind.
    assert client.post("/save/well/").status_code == 200
    assert saved(committed_county) == ["well"]
    assert Person.objects.count() == 0


def test_devices_get_code_and_sentence(committed_county: SmallCounty, signed_in: SignIn) -> None:
    client = signed_in(committed_county, "guard")
    answer = client.post("/api/save/refuse/")
    assert answer.status_code == 409
    assert answer.json() == {"code": "conflict-test", "message": "有人刚改过。请刷新后再试。"}
    answer = client.post("/save/break-commit/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict-commit")


def test_the_scope_ends_with_the_transaction(committed_county: SmallCounty, signed_in: SignIn) -> None:
    """A pooled connection carries nothing to the next request."""
    signed_in(committed_county, "officer").get("/people/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('huyuan.viewers', true), '')")
        assert cursor.fetchone() == ("",)


def test_a_request_is_known_in_two_statements(county: SmallCounty, signed_in: SignIn) -> None:
    client = signed_in(county, "guard")
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/people/").status_code == 200
    own = [query["sql"] for query in captured if '"orgs_' not in query["sql"]]
    # Beside the savepoint in which a request is tested, and the scope that is given back afterwards.
    assert len([sql for sql in own if "orgs_" in sql]) == 2, own


@pytest.mark.parametrize("what", ["sign-out", "session", "password", "account"])
def test_who_was_signed_out_is_a_stranger_at_once(county: SmallCounty, signed_in: SignIn, what: str) -> None:
    client = signed_in(county, "guard")
    assert client.get("/people/").status_code == 200
    account = Account.objects.get(person_id=county.people["guard"].id)
    match what:
        case "sign-out":
            client.post("/sign-out/")
        case "session":
            Session.objects.filter(account=account).delete()
        case "password":
            account.set_password("another-password-9")
            account.save()
        case "account":
            Account.objects.filter(id=account.id).update(is_active=False)
    assert client.get("/people/").status_code == 302


def test_a_post_that_was_lost_gives_nothing_at_once(county: SmallCounty, signed_in: SignIn) -> None:
    client = signed_in(county, "guard")
    assert "人员other-admin" in client.get("/people/").content.decode()
    with acting(county.system):
        Appointment.objects.filter(person=county.people["guard"]).delete()
    assert client.get("/people/").content.decode() == "人员guard"


def test_a_page_that_is_only_looked_at_changes_nothing_of_the_county(
    county: SmallCounty, signed_in: SignIn
) -> None:
    client = signed_in(county, "guard")
    assert client.get("/close/").status_code == 500
    assert client.post("/close/").status_code == 200
    with acting(county.system):
        assert list(CalendarDay.objects.values_list("kind", flat=True)) == ["closed"]
