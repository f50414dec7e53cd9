"""The page over the record: who may read whose, and what is found."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from huyuan.orgs.models import Account, ActivationSlip
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import SmallCounty
from huyuan.trace import actions as trace
from huyuan.trace.models import Record

pytestmark = pytest.mark.urls("huyuan.orgs.tests.urls")
SignedIn = Callable[[str], Client]
TODAY = datetime.now(UTC)


@pytest.fixture
def recorded(county: SmallCounty) -> SmallCounty:
    """One act at each of two schools, one of them long ago too."""
    with acting(county.system):
        for org, name, days in (("other", "甲", 0), ("central", "乙", 0), ("other", "丙", 300)):
            actor = {"county": county.system.county_id, "person": None, "name": f"登录的{name}", "system": ""}
            trace.record(
                actor, "sign-in", "orgs_account", "x", county.orgs[org].id, None, {"address": "10.9.8.7"},
                now=TODAY - timedelta(days=days),
            )  # fmt: skip
    return county


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/audit/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_one_reads_the_own_organisation_and_those_below(recorded: SmallCounty, signed_in: SignedIn) -> None:
    school = page(signed_in("other-admin"))
    assert "登录的甲" in school and "登录的乙" not in school
    assert "登录的乙" in page(signed_in("head")) and "登录的甲" not in page(signed_in("head"))


@pytest.mark.parametrize("person", ["teacher", "guard", "police", "town-officer", "officer"])
def test_others_read_nothing(recorded: SmallCounty, signed_in: SignedIn, person: str) -> None:
    answer = signed_in(person).get("/audit/")
    assert answer.status_code == 403
    assert "登录的" not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"甲"}),
        ("?from=2020-01-01", {"甲", "丙"}),
        ("?text=10.9.8.7", {"甲"}),
        ("?text=登录的甲", {"甲"}),
        ("?text=没有", set()),
        ("?kind=sign-in", {"甲"}),
        ("?kind=failed", set()),
        ("?kind=nothing&from=x&until=9999-99-99&page=-1", {"甲"}),
    ],
)
def test_it_is_searched(recorded: SmallCounty, signed_in: SignedIn, query: str, found: set[str]) -> None:
    told = page(signed_in("other-admin"), query).split("<main")[1]
    assert {name for name in "甲丙" if f"登录的{name} · other" in told} == found


def test_the_way_back_in_is_traced(county: SmallCounty, capsys: pytest.CaptureFixture[str]) -> None:
    account = Account.objects.get(person=county.people["other-admin"])
    call_command("account", account.username)
    assert account.username in capsys.readouterr().out
    with pytest.raises(CommandError, match="没有这个账号"):
        call_command("account", "nobody")
    with pytest.raises(CommandError, match="没有启用两步验证"):
        call_command("account", account.username, "--second")
    with acting(county.system):
        assert ActivationSlip.objects.count() == 1
        assert [row.actor["name"] for row in Record.objects.all()] == ["服务器上的操作员"]
