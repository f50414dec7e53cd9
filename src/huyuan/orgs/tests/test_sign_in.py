"""Signing in with a password, as a browser does it: the way back, the limits, what is traced."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from huyuan.orgs import rules
from huyuan.orgs.models import Account, Attempt, SignIn
from huyuan.orgs.session import acting
from huyuan.orgs.signins import SessionStore
from huyuan.orgs.tasks import forget
from huyuan.orgs.tests.conftest import PASSWORD
from huyuan.orgs.tests.county import SmallCounty
from huyuan.trace import keys
from huyuan.trace.models import Record

pytestmark = pytest.mark.urls("huyuan.orgs.tests.urls")


@pytest.fixture
def account(account_of: Callable[[str], Account]) -> Account:
    return account_of("guard")


def try_to(
    client: Client, name: str, password: str, target: str = "", address: str = "10.0.0.1"
) -> tuple[int, str]:
    given = {"username": name, "password": password, "next": target}
    answer = client.post("/sign-in/", given, REMOTE_ADDR=address)
    return answer.status_code, answer.get("Location") or answer.content.decode()


def test_signing_in_and_out(account: Account, client: Client) -> None:
    assert "登录" in client.get("/sign-in/").content.decode()
    assert try_to(client, account.username, PASSWORD) == (302, "/")
    assert client.get("/people/").status_code == 200
    assert client.get("/sign-in/").status_code == 302
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/people/").status_code == 200
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/people/").status_code == 302
    assert not SignIn.objects.exists()


@pytest.mark.parametrize("typed", ["13812345678", "138-1234-5678", "+86 13812345678"])
def test_the_mobile_number_is_a_name_too(account: Account, client: Client, typed: str) -> None:
    account.phone = keys.encrypt(account.person_id, "13812345678")
    account.phone_hash = keys.fingerprint("phone", "13812345678")
    account.save()
    assert try_to(client, typed, PASSWORD) == (302, "/")


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
    assert try_to(client, account.username, PASSWORD, target) == (302, location)


def test_a_wrong_password_and_an_unknown_name_say_the_same(account: Account, client: Client) -> None:
    status, wrong = try_to(client, account.username, "wrong")
    assert status == 422 and "账号或密码不对" in wrong and "wrong" not in wrong
    status, unknown = try_to(client, "nobody", "wrong")
    assert status == 422 and "账号或密码不对" in unknown


def test_a_name_that_no_text_can_be_is_unknown(account: Account, client: Client) -> None:
    assert try_to(client, "\0guard", "wrong")[0] == 422
    assert try_to(client, "长" * 5000, "wrong")[0] == 422


# ---- limits
def test_five_failures_end_it_for_a_quarter_of_an_hour(account: Account, client: Client) -> None:
    for _ in range(5):
        assert try_to(client, account.username, "wrong")[0] == 422
    status, page = try_to(client, account.username, PASSWORD)
    assert status == 429 and "请过 15 分钟再试" in page
    assert client.get("/people/").status_code == 302
    Attempt.objects.update(at=timezone.now() - timedelta(minutes=15))
    assert try_to(client, account.username, PASSWORD) == (302, "/")


def test_a_success_takes_the_failures_back(account: Account, client: Client) -> None:
    for _ in range(3):
        for _ in range(4):
            assert try_to(client, account.username, "wrong")[0] == 422
        assert try_to(client, account.username, PASSWORD)[0] == 302
        client.post("/sign-out/")
        # As a browser that is not known: the next round is counted by its address again.
        client.cookies.clear()


def test_failing_on_purpose_does_not_shut_the_owner_out(account: Account, client: Client) -> None:
    assert try_to(client, account.username, PASSWORD)[0] == 302
    client.post("/sign-out/")
    number = rules.LIMITS["account"].failures + 10
    statuses = [
        try_to(Client(), account.username, f"guess {each}", address=f"203.0.113.{each % 250}")[0]
        for each in range(number)
    ]
    assert statuses.count(422) == rules.LIMITS["account"].failures
    assert set(statuses) == {422, 429}
    # From elsewhere, a browser that nobody knows has to wait; the owner's does not.
    assert try_to(Client(), account.username, PASSWORD, address="198.51.100.7")[0] == 429
    assert try_to(client, account.username, PASSWORD)[0] == 302


def test_another_person_behind_the_same_line_is_not_shut_out(
    account: Account, account_of: Callable[[str], Account], client: Client
) -> None:
    for _ in range(6):
        try_to(client, account.username, "wrong")
    assert try_to(Client(), account_of("teacher").username, PASSWORD)[0] == 302


def test_one_address_cannot_try_all_accounts(account: Account) -> None:
    allowed = rules.LIMITS["address"].failures
    statuses = [try_to(Client(), f"teacher{number}", "123456")[0] for number in range(allowed + 3)]
    assert statuses == [422] * allowed + [429] * 3


def test_a_device_cookie_that_somebody_made_up_is_worth_nothing(account: Account) -> None:
    client = Client()
    client.cookies["huyuan_device"] = "eyJicm93c2VyIjoieCJ9:1abc:forged"
    for _ in range(5):
        try_to(client, account.username, "wrong")
    assert try_to(client, account.username, PASSWORD)[0] == 429


def test_a_known_browser_is_limited_too(account: Account, client: Client) -> None:
    try_to(client, account.username, PASSWORD)
    client.post("/sign-out/")
    for _ in range(rules.LIMITS["device"].failures):
        assert try_to(client, account.username, "wrong")[0] == 422
    assert try_to(client, account.username, PASSWORD)[0] == 429


def test_only_a_proxy_of_ours_says_where_a_request_comes_from(
    account: Account, county: SmallCounty, settings: Settings
) -> None:
    def come(address: str) -> str:
        client = Client(headers={"X-Forwarded-For": "198.51.100.9, 203.0.113.5"})
        try_to(client, account.username, PASSWORD, address=address)
        with acting(county.system):
            record = Record.objects.filter(verb="sign-in").order_by("-at", "-id")[0]
        return str((record.after or {})["address"])

    assert come("10.0.0.1") == "10.0.0.1"
    settings.PROXIES = ("10.0.0.1",)
    assert come("10.0.0.1") == "203.0.113.5"
    assert come("10.0.0.2") == "10.0.0.2"


# ---- sessions
def test_a_session_says_whose_it_is(account: Account) -> None:
    agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile MicroMessenger/8.0"
    client = Client(headers={"User-Agent": agent})
    try_to(client, account.username, PASSWORD, address="10.0.0.8")
    row = SignIn.objects.get()
    assert (row.account, row.address, row.device) == (account, "10.0.0.8", "安卓手机，微信")
    assert row.since is not None and abs(row.since - timezone.now()) < timedelta(minutes=1)


def test_a_sign_in_that_is_used_goes_on_and_an_idle_one_ends(
    account: Account, client: Client, settings: Settings
) -> None:
    try_to(client, account.username, PASSWORD)
    idle = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    first = SignIn.objects.get().expire_date
    client.get("/people/")
    assert SignIn.objects.get().expire_date == first, "not written at every request"
    SignIn.objects.update(expire_date=timezone.now() + idle / 2)
    client.get("/people/")
    assert SignIn.objects.get().expire_date > timezone.now() + idle * 0.9
    SignIn.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/people/").status_code == 302
    forget(0)
    assert not SignIn.objects.exists()


def test_the_session_engine_is_ours(client: Client, account: Account) -> None:
    try_to(client, account.username, PASSWORD)
    key = client.cookies["sessionid"].value
    assert SessionStore(key).get("_auth_user_id") == str(account.id)


# ---- passwords
def test_passwords_are_kept_as_argon2(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert Argon2PasswordHasher().verify(PASSWORD, make_password(PASSWORD))


def test_an_old_password_is_changed_on_the_way_in(account: Account, client: Client) -> None:
    Account.objects.update(password_set_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert try_to(client, account.username, PASSWORD, "/people/") == (302, "/sign-in/outdated/")
    assert client.get("/people/").status_code == 302
    new = {"new": PASSWORD, "again": PASSWORD}
    assert "不能和现在的一样" in client.post("/sign-in/outdated/", new).content.decode()
    new = {"new": "mountain-river-8", "again": "mountain-river-8"}
    assert client.post("/sign-in/outdated/", new)["Location"] == "/people/"
    assert client.get("/people/").status_code == 200


def test_steps_cannot_be_taken_out_of_turn(account: Account, client: Client) -> None:
    for step in ("second", "enrol", "outdated"):
        assert client.get(f"/sign-in/{step}/")["Location"] == "/sign-in/"
        assert client.post(f"/sign-in/{step}/", {"code": "123456", "new": "x"})["Location"] == "/sign-in/"
    account.refresh_from_db()
    assert account.check_password(PASSWORD)


def test_what_happened_is_traced(account: Account, county: SmallCounty, client: Client) -> None:
    try_to(client, account.username, "wrong")
    try_to(client, account.username, PASSWORD)
    with acting(county.system):
        failed, done = Record.objects.order_by("at", "id")
    assert (failed.verb, failed.actor["person"]) == ("sign-in-failed", None)
    assert failed.after == {"how": "password", "address": "10.0.0.1", "device": "不认识的设备"}
    assert (done.verb, done.actor["name"], done.org_id) == (
        "sign-in",
        "人员guard",
        county.orgs["other"].id,
    )
    assert PASSWORD not in str(done.after) and "wrong" not in str(failed.after)


def test_what_was_typed_is_never_markup(client: Client, db: None) -> None:
    answer = client.post("/sign-in/?next=/x", {"username": "<script>alert(1)</script>", "password": "x"})
    assert "<script>alert" not in answer.content.decode()
