"""Enterprise sign-in against a provider that runs as a process of its own, and text messages through an HTTP
gateway that really listens."""

import json
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import yaml
from django.db import IntegrityError
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from huyuan.kernel.ids import uuid7
from huyuan.orgs import outside, tasks
from huyuan.orgs.actions.texting import text_slips
from huyuan.orgs.models import Account, ActivationSlip, Identity, Person, Place
from huyuan.orgs.session import acting
from huyuan.orgs.tests import oidc_provider
from huyuan.orgs.tests.conftest import PASSWORD
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.trace import keys
from huyuan.trace.models import Record

pytestmark = pytest.mark.urls("huyuan.orgs.tests.urls")


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The provider's address."""
    process = subprocess.Popen(
        [sys.executable, oidc_provider.__file__, "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.kill()
    process.wait()


@pytest.fixture
def provider(issuer: str, tmp_path: Path, settings: Any) -> str:
    """This installation knows the provider."""
    (tmp_path / "secret").write_text(oidc_provider.SECRET + "\n")
    configured = {
        "key": "wecom", "zh": "企业微信", "issuer": issuer, "client_id": oidc_provider.CLIENT,
        "client_secret_file": str(tmp_path / "secret"), "phone_claim": "phone_number",
    }  # fmt: skip
    path = tmp_path / "sign-in.yaml"
    path.write_text(yaml.safe_dump({"oidc": [configured]}))
    settings.SIGN_IN_FILE = str(path)
    return issuer


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Where it leads to is what the test wants to see."""


def at_provider(address: str, person: str) -> str:
    """The person signs in at the provider; where that sends the browser: our path and query."""
    opener = urllib.request.build_opener(NoRedirect)
    with pytest.raises(urllib.error.HTTPError) as answer:
        opener.open(f"{address}&{urlencode({'person': person})}")
    assert answer.value.code == 302
    back = urlsplit(answer.value.headers["Location"])
    return f"{back.path}?{back.query}"


def sign_in(client: Client, person: str, target: str = "") -> Any:
    """Our answer when the person comes back from the provider."""
    away = client.get(f"/sign-in/with/wecom/?next={target}")
    assert away.status_code == 302
    return client.get(at_provider(away["Location"], person))


def link(client: Client, person: str) -> Any:
    page = client.post("/account/security/link/wecom/").content.decode()
    (address,) = re.findall(r'href="(http://127[^"]+)"', page)
    return client.get(at_provider(address.replace("&amp;", "&"), person))


def test_an_unknown_person_is_told_what_to_do(county: SmallCounty, provider: str, client: Client) -> None:
    answer = sign_in(client, "stranger")
    assert answer.status_code == 422 and "还没有绑定" in answer.content.decode()
    assert client.get("/people/").status_code == 302


def test_linked_once_it_signs_in(
    county: SmallCounty, provider: str, signed_in: Callable[[str], Client], client: Client
) -> None:
    owner = signed_in("guard")
    assert link(owner, "worker-1")["Location"] == "/account/security/?done=linked"
    assert "worker-1" not in str(list(Identity.objects.values()))
    assert sign_in(client, "worker-1", "/people/")["Location"] == "/people/"
    assert client.get("/people/").content.decode() == owner.get("/people/").content.decode()
    other = link(signed_in("teacher"), "worker-1")
    assert other.status_code == 422 and "另有绑定" in other.content.decode()
    owner.post("/account/security/unlink/wecom/")
    assert sign_in(Client(), "worker-1").status_code == 422
    with acting(county.system):
        verbs = Record.objects.order_by("at", "id").values_list("verb", flat=True)
        assert list(verbs) == ["link-identity", "sign-in", "unlink-identity"]


def test_a_number_that_the_provider_vouches_for_links(
    account_of: Callable[[str], Account], provider: str, client: Client
) -> None:
    account = account_of("guard")
    account.phone = keys.encrypt(account.person_id, "13812345678")
    account.phone_hash = keys.fingerprint("phone", "13812345678")
    account.save()
    assert sign_in(client, "worker-7")["Location"] == "/"
    assert Identity.objects.get().person_id == account.person_id


def test_the_second_factor_is_still_asked_for(
    county: SmallCounty, provider: str, signed_in: Callable[[str], Client], settings: Any
) -> None:
    link(signed_in("other-admin"), "worker-2")
    settings.SECOND_FACTOR_POSTS = ("admin",)
    client = Client()
    assert sign_in(client, "worker-2")["Location"] == "/sign-in/enrol/"
    assert client.get("/people/").status_code == 302


@pytest.mark.parametrize("person", ["forger", "other-audience", "late"])
def test_a_token_that_is_not_for_us_opens_nothing(
    county: SmallCounty, provider: str, signed_in: Callable[[str], Client], person: str
) -> None:
    client = signed_in("guard")
    answer = link(client, person)
    assert answer.status_code == 422 and "没有对上" in answer.content.decode()
    assert not Identity.objects.exists()


def test_answers_are_good_once_and_for_the_browser_that_asked(
    county: SmallCounty, provider: str, signed_in: Callable[[str], Client], client: Client
) -> None:
    link(signed_in("guard"), "worker-3")
    away = client.get("/sign-in/with/wecom/")["Location"]
    back = at_provider(away, "worker-3")
    for thief in (Client(), signed_in("teacher")):
        assert thief.get(back).status_code == 422
    client.get("/sign-in/with/wecom/")
    assert client.get(back).status_code == 422, "the state of another journey"
    asked = parse_qs(urlsplit(away).query)
    assert asked["code_challenge_method"] == ["S256"] and len(asked["nonce"][0]) > 40
    assert client.get("/people/").status_code == 302


def test_the_provider_may_change_its_key(
    county: SmallCounty, provider: str, signed_in: Callable[[str], Client]
) -> None:
    link(signed_in("guard"), "worker-4")
    urllib.request.urlopen(f"{provider}/rotate").close()
    assert sign_in(Client(), "worker-4")["Location"] == "/"


def test_a_provider_that_is_down_is_said_so(
    county: SmallCounty, provider: str, tmp_path: Path, settings: Any, client: Client
) -> None:
    text = Path(settings.SIGN_IN_FILE).read_text().replace(provider, "http://127.0.0.1:9")
    (tmp_path / "down.yaml").write_text(text)
    settings.SIGN_IN_FILE = str(tmp_path / "down.yaml")
    answer = client.get("/sign-in/with/wecom/")
    assert answer.status_code == 422 and "先用手机号和密码登录" in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("oidc: [{key: a}]", "oidc.0.zh"),
        ("text_messages: {url: x}", "只写一种"),
        ("text_messages: {url: x, json: {a: b}}", "{phone}"),
        ("anything: 1", "anything"),
        ("oidc: [", "YAML"),
    ],
)
def test_a_file_with_a_fault_is_told_where(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "sign-in.yaml"
    path.write_text(content)
    with pytest.raises(outside.BadFile, match=re.escape(told)):
        outside.read(path)
    with pytest.raises(outside.BadFile, match="读不到"):
        outside.read(tmp_path / "missing.yaml")


# ---- text messages
class Gateway(BaseHTTPRequestHandler):
    taken: list[tuple[dict[str, str], str]] = []
    answer: dict[str, Any] = {"code": 0}

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.taken.append((dict(self.headers), content))
        body = json.dumps(self.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def gateway(tmp_path: Path, settings: Any) -> Iterator[type[Gateway]]:
    """A gateway that listens, and an installation that knows it."""
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "token").write_text("Authorization: Bearer t0ken\n")
    configured = {
        "url": f"http://127.0.0.1:{server.server_port}/send",
        "json": {"mobile": "{phone}", "content": "{text}"},
        "secret_header_file": str(tmp_path / "token"), "success_field": "code", "success_value": "0",
    }  # fmt: skip
    path = tmp_path / "text.yaml"
    path.write_text(yaml.safe_dump({"text_messages": configured}))
    settings.SIGN_IN_FILE = str(path)
    Gateway.taken, Gateway.answer = [], {"code": 0}
    yield Gateway
    server.shutdown()
    server.server_close()


@pytest.fixture
def reachable(account_of: Callable[[str], Account]) -> Account:
    """The guard, whose number is known."""
    account = account_of("guard")
    account.phone = keys.encrypt(account.person_id, "13812345678")
    account.phone_hash = keys.fingerprint("phone", "13812345678")
    account.save()
    return account


def jobs() -> list[dict[str, Any]]:
    found = ProcrastinateJob.objects.filter(task_name="orgs.text_code")
    return list(found.values_list("args", flat=True))


def test_a_forgotten_password_is_replaced_by_text_message(
    county: SmallCounty, gateway: type[Gateway], reachable: Account, client: Client
) -> None:
    answer = client.post("/sign-in/forgotten/", {"username": "138 1234 5678"})
    assert answer["Location"] == "/sign-in/activate/?texted=1"
    (job,) = jobs()
    tasks.text_code(**job)
    ((headers, content),) = gateway.taken
    told = json.loads(content)
    assert headers["Authorization"] == "Bearer t0ken" and told["mobile"] == "13812345678"
    (code,) = re.findall(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", told["content"])
    assert code not in str(job) and "13812345678" not in str(job), "the job holds ciphertext"
    given = {"username": "13812345678", "code": code, "new": "mountain-river-7", "again": "mountain-river-7"}
    assert client.post("/sign-in/activate/", given)["Location"] == "/"
    reachable.refresh_from_db()
    assert reachable.check_password("mountain-river-7") and not reachable.check_password(PASSWORD)


def test_nobody_learns_who_has_an_account(
    county: SmallCounty, gateway: type[Gateway], reachable: Account, client: Client
) -> None:
    known = client.post("/sign-in/forgotten/", {"username": "13812345678"})
    unknown = client.post("/sign-in/forgotten/", {"username": "13999999999"})
    assert known["Location"] == unknown["Location"] and known.content == unknown.content
    assert len(jobs()) == 1


def test_messages_to_one_number_are_few(
    county: SmallCounty, gateway: type[Gateway], reachable: Account, client: Client
) -> None:
    statuses = [client.post("/sign-in/forgotten/", {"username": "13812345678"}).status_code for _ in range(4)]
    assert statuses == [302, 302, 302, 429]
    assert len(jobs()) == 3
    with acting(county.system):
        assert ActivationSlip.objects.filter(used_at=None, withdrawn_at=None).count() == 1


def test_a_gateway_that_says_no_did_not_take_it(gateway: type[Gateway]) -> None:
    outside.send_text("13812345678", "试一试")
    gateway.answer = {"code": 7}
    with pytest.raises(outside.Unreachable, match="7"):
        outside.send_text("13812345678", "试一试")


@pytest.fixture
def administrator(county: SmallCounty, account_of: Callable[[str], Account]) -> Client:
    """The other school's administrator, with a running elevation."""
    client = Client()
    client.force_login(account_of("other-admin"))
    client.post(
        f"/accounts/of/{county.orgs['other'].id}/elevate/",
        {"reason": "发激活码", "password": PASSWORD, "code": ""},
    )
    return client


def by_text(county: SmallCounty, administrator: Client, *people: str) -> str:
    picked = {"person": [str(county.people[name].id) for name in people], "by": "text"}
    return administrator.post(f"/accounts/of/{county.orgs['other'].id}/slips/", picked).content.decode()


def open_slips(county: SmallCounty) -> set[str]:
    with acting(county.system):
        found = ActivationSlip.objects.filter(used_at=None, withdrawn_at=None)
        return set(found.values_list("person__name", flat=True))


def test_a_code_goes_out_by_text_message_and_is_shown_to_nobody(
    county: SmallCounty, gateway: type[Gateway], reachable: Account, administrator: Client, client: Client
) -> None:
    page = by_text(county, administrator, "guard", "other-admin")
    ((_, content),) = gateway.taken
    told = json.loads(content)
    (code,) = re.findall(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", told["content"])
    assert told["mobile"] == "13812345678" and code not in page and "已发给 1 人" in page
    assert "1 人没有发出" in page and "没有登记手机号" in page
    assert open_slips(county) == {"人员guard"}
    with acting(county.system):
        assert Record.objects.filter(verb="withdraw-slip").count() == 1
    given = {"username": "13812345678", "code": code, "new": "mountain-river-7", "again": "mountain-river-7"}
    assert client.post("/sign-in/activate/", given)["Location"] == "/"


def test_what_the_gateway_does_not_take_is_said_and_withdrawn(
    county: SmallCounty, gateway: type[Gateway], reachable: Account, administrator: Client
) -> None:
    gateway.answer = {"code": 7}
    page = by_text(county, administrator, "guard")
    assert "短信网关没有收下" in page and "已发给" not in page
    assert open_slips(county) == set()


def test_an_administrator_sends_to_one_number_as_seldom_as_others(
    county: SmallCounty, gateway: type[Gateway], reachable: Account, administrator: Client
) -> None:
    pages = [by_text(county, administrator, "guard") for _ in range(4)]
    assert ["发得太多" in page for page in pages] == [False, False, False, True]
    assert len(gateway.taken) == 3 and open_slips(county) == set()


def test_too_many_to_open_and_text_at_once_are_told_so_and_none_is_open(
    county: SmallCounty, gateway: type[Gateway], administrator: Client
) -> None:
    with acting(county.system):
        new = Person.objects.bulk_create(
            Person(county_id=COUNTY, name=f"新人{number}", home=county.orgs["other"]) for number in range(21)
        )
    numbers = {f"phone-{one.id}": f"138000000{place:02}" for place, one in enumerate(new)}
    picked = {"person": [str(one.id) for one in new], "by": "text", **numbers}
    answer = administrator.post(f"/accounts/of/{county.orgs['other'].id}/open/", picked)
    page = answer.content.decode()
    assert answer.status_code == 422 and "请少选几个" in page
    assert "13800000007" in page, "what was typed stays"
    assert not Account.objects.filter(person__in=new).exists() and gateway.taken == []


def test_what_cannot_be_committed_sends_nothing(
    county: SmallCounty, gateway: type[Gateway], reachable: Account, administrator: Client
) -> None:
    actor = county.actors["other-admin"]
    with pytest.raises(IntegrityError), acting(actor):
        Place.objects.create(county_id=COUNTY, org_id=uuid7(), kind="gate", name="无主")
        text_slips(actor=actor, account_ids=[reachable.id], address="", now=datetime.now(UTC))
    assert gateway.taken == [] and open_slips(county) == set()


def test_text_messages_are_offered_where_there_is_a_gateway(
    county: SmallCounty, reachable: Account, administrator: Client, request: pytest.FixtureRequest
) -> None:
    address = f"/accounts/of/{county.orgs['other'].id}/"
    assert "用短信发" not in administrator.get(address).content.decode()
    request.getfixturevalue("gateway")
    assert "用短信发" in administrator.get(address).content.decode()


def test_without_a_gateway_the_page_sends_to_the_administrator(client: Client, db: None) -> None:
    page = client.get("/sign-in/forgotten/").content.decode()
    assert "激活单" in page and "<form" not in page.split("<main")[1]
