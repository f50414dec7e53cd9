"""The second factor: set up, asked for, lost; as a browser goes through it."""

import base64
import re
import time
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from huyuan.orgs import rules
from huyuan.orgs.models import Account, RecoveryCode, SecondFactor, SignIn
from huyuan.orgs.session import acting
from huyuan.orgs.tests.conftest import PASSWORD
from huyuan.orgs.tests.county import SmallCounty
from huyuan.trace.models import Record

pytestmark = pytest.mark.urls("huyuan.orgs.tests.urls")

Accounts = Callable[[str], Account]


def code(secret: str, ahead: int = 0) -> str:
    """What the authenticator shows; `ahead`: some steps later."""
    return rules.totp(base64.b32decode(secret), int(time.time()) // rules.STEP_SECONDS + ahead)


def sign_in(client: Client, account: Account, target: str = "") -> str:
    given = {"username": account.username, "password": PASSWORD, "next": target}
    location: str = client.post("/sign-in/", given)["Location"]
    return location


def set_up(client: Client) -> tuple[str, list[str]]:
    """The signed-in person sets it up; the secret and the recovery codes."""
    page = client.post("/account/security/enable/").content.decode()
    assert "data:image/svg+xml" in page
    (secret,) = re.findall(r"<code>([A-Z2-7]{32})</code>", page)
    page = client.post("/account/security/enable/", {"code": code(secret, -1)}).content.decode()
    codes = re.findall(r"<code>([A-Z0-9-]{14})</code>", page)
    assert len(codes) == rules.RECOVERY_CODES
    return secret, codes


@pytest.fixture
def account(account_of: Accounts) -> Account:
    return account_of("guard")


def test_it_is_asked_for_from_then_on(account: Account, county: SmallCounty) -> None:
    client = Client()
    sign_in(client, account)
    secret, codes = set_up(client)
    with acting(county.system):
        stored = str(list(SecondFactor.objects.values())) + str(list(RecoveryCode.objects.values()))
    assert secret not in stored and not any(one.replace("-", "") in stored for one in codes)

    other = Client()
    assert sign_in(other, account, "/people/") == "/sign-in/second/"
    assert other.get("/people/").status_code == 302, "the password alone opens nothing"
    wrong = other.post("/sign-in/second/", {"code": "000000"})
    assert wrong.status_code == 422 and "验证码不对" in wrong.content.decode()
    assert other.post("/sign-in/second/", {"code": code(secret)})["Location"] == "/people/"
    assert other.get("/people/").status_code == 200
    # The same code does not open a second sign-in.
    third = Client()
    sign_in(third, account)
    assert third.post("/sign-in/second/", {"code": code(secret)}).status_code == 422


def test_a_recovery_code_counts_once_and_is_traced(account: Account, county: SmallCounty) -> None:
    client = Client()
    sign_in(client, account)
    _, codes = set_up(client)
    for status in (302, 422):
        other = Client()
        sign_in(other, account)
        assert other.post("/sign-in/second/", {"code": codes[0].lower()}).status_code == status
    with acting(county.system):
        verbs = list(Record.objects.order_by("at", "id").values_list("verb", flat=True))
        assert RecoveryCode.objects.filter(used_at=None).count() == rules.RECOVERY_CODES - 1
    assert verbs == [
        "sign-in", "enable-second-factor", "use-recovery-code", "sign-in", "sign-in-failed",
    ]  # fmt: skip


def test_guessing_is_limited(account: Account) -> None:
    client = Client()
    sign_in(client, account)
    secret, _ = set_up(client)
    other = Client()
    sign_in(other, account)
    for _ in range(rules.LIMITS["second"].failures):
        assert other.post("/sign-in/second/", {"code": "000000"}).status_code == 422
    assert other.post("/sign-in/second/", {"code": code(secret)}).status_code == 429
    assert other.get("/people/").status_code == 302


def test_posts_that_need_it_set_it_up_on_the_way_in(account_of: Accounts, settings: Settings) -> None:
    settings.SECOND_FACTOR_POSTS = ("admin",)
    assert sign_in(Client(), account_of("guard")) == "/"
    client = Client()
    assert sign_in(client, account_of("other-admin"), "/people/") == "/sign-in/enrol/"
    assert client.get("/people/").status_code == 302
    page = client.get("/sign-in/enrol/").content.decode()
    (secret,) = re.findall(r"<code>([A-Z2-7]{32})</code>", page)
    assert client.post("/sign-in/enrol/", {"code": "000000"}).status_code == 422
    assert client.get("/people/").status_code == 302
    done = client.post("/sign-in/enrol/", {"code": code(secret)}).content.decode()
    assert 'href="/people/"' in done and len(re.findall(r"<code>[A-Z0-9-]{14}</code>", done)) == 10
    assert client.get("/people/").status_code == 200
    refused = client.post("/account/security/disable/", {"code": code(secret, 1)})
    assert refused.status_code == 403 and "不能停用" in refused.content.decode()
    assert SignIn.objects.filter(account__username__endswith="other-admin").count() == 1


def test_it_is_not_taken_away_without_a_code(account: Account, county: SmallCounty) -> None:
    client = Client()
    sign_in(client, account)
    secret, codes = set_up(client)
    for address in ("disable", "codes"):
        refused = client.post(f"/account/security/{address}/", {"code": "000000"})
        assert refused.status_code == 422
    with acting(county.system):
        assert SecondFactor.objects.filter(confirmed_at__isnull=False).exists()
    client.post("/account/security/codes/", {"code": code(secret)})
    other = Client()
    sign_in(other, account)
    assert other.post("/sign-in/second/", {"code": codes[1]}).status_code == 422, "old codes are gone"
    gone = client.post("/account/security/disable/", {"code": code(secret, 1)})
    assert gone["Location"] == "/account/security/?done=off"
    with acting(county.system):
        assert not SecondFactor.objects.exists() and not RecoveryCode.objects.exists()


def test_other_devices_are_signed_out(account: Account) -> None:
    here, there = Client(), Client()
    sign_in(here, account)
    sign_in(there, account)
    page = here.get("/account/security/").content.decode()
    assert page.count("登录 · 来自") == 2 or page.count("来自 127.0.0.1") == 2
    here.post("/account/security/sign-out/")
    assert there.get("/people/").status_code == 302
    assert here.get("/people/").status_code == 200
