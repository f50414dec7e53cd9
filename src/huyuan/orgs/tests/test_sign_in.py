import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client

from huyuan.orgs import actions
from huyuan.orgs.models import Account
from huyuan.orgs.tests.county import NOW, SmallCounty

pytestmark = pytest.mark.urls("huyuan.orgs.tests.urls")

PASSWORD = "guard-the-gate-7"


@pytest.fixture
def account(county: SmallCounty) -> Account:
    account = Account.objects.get(person_id=county.people["guard"].id)
    actions.set_password(
        actor=county.actors["other-admin"], account_id=account.id, password=PASSWORD, now=NOW
    )
    return account


def try_to(client: Client, account: Account, password: str, target: str = "") -> tuple[int, str]:
    answer = client.post("/sign-in/", {"username": account.username, "password": password, "next": target})
    return answer.status_code, answer.get("Location") or answer.content.decode()


def test_signing_in_and_out(account: Account, client: Client) -> None:
    assert "登录" in client.get("/sign-in/").content.decode()
    assert try_to(client, account, PASSWORD) == (302, "/")
    assert client.get("/people/").status_code == 200
    assert client.get("/sign-in/").status_code == 302
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/people/").status_code == 200
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/people/").status_code == 302


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/people/?page=2", "/people/?page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("people/", "/"),
    ],
)
def test_the_way_back_is_local(account: Account, client: Client, target: str, location: str) -> None:
    assert try_to(client, account, PASSWORD, target) == (302, location)


def test_a_wrong_password_and_an_unknown_name_say_the_same(account: Account, client: Client) -> None:
    status, wrong = try_to(client, account, "wrong")
    assert status == 422 and "账号或密码不对" in wrong and "wrong" not in wrong
    unknown = client.post("/sign-in/", {"username": "nobody", "password": "wrong"})
    assert (unknown.status_code, "账号或密码不对" in unknown.content.decode()) == (422, True)


def test_too_many_failures_lock_the_account_here(account: Account, client: Client) -> None:
    for _ in range(4):
        assert try_to(client, account, "wrong")[0] == 422
    status, page = try_to(client, account, "wrong")
    assert status == 429 and "15 分钟" in page
    assert try_to(client, account, PASSWORD)[0] == 429
    assert client.get("/people/").status_code == 302


def test_passwords_are_kept_as_argon2(settings: pytest.FixtureRequest) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # type: ignore[attr-defined]
    assert Argon2PasswordHasher().verify(PASSWORD, make_password(PASSWORD))


def test_what_was_typed_is_never_markup(client: Client, db: None) -> None:
    answer = client.post("/sign-in/?next=/x", {"username": "<script>alert(1)</script>", "password": "x"})
    assert "<script>alert" not in answer.content.decode()
