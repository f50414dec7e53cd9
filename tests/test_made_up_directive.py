"""A directive nobody has seen, installed without code: it is owed the next minute, a new version changes
the months to come, and what it no longer says is no longer asked."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client

from huyuan.duties.actions import close_due
from huyuan.kernel.days import SHANGHAI
from huyuan.orgs.models import Account, Attribute, HolidayYear, TermRow
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty, build
from huyuan.packs.models import PackVersion

PACK = {
    "pack.yaml": """\
key: made-up-2027
version: "2027.1"
title: 关于校园安全三件事的通知
short: 三件事
nature: directive
issuer: 测试县教育局
published: 2027-02-20
effective: {from: 2027-03-01}
""",
    "clauses.yaml": """\
- key: "1"
  cite: 第一条
  text: 各学校每周至少开展一次校园安全隐患排查。
  claims:
    - quote: 每周至少开展一次
      status: carried
      by: ["rule:weekly-check", "form:hazard-check"]
      scenario: all-done
- key: "2"
  cite: 第二条
  text: 500人以下的学校保安员至少3名，每增加400人增加2名。
  claims:
    - {quote: 保安员至少3名, status: carried, by: ["rule:guards"], scenario: all-done}
- key: "3"
  cite: 第三条
  text: 校门钥匙由专人保管，每月清点登记。
  claims:
    - {quote: 每月清点登记, status: carried, by: ["rule:keys", "form:key-register"], scenario: all-done}
""",
    "acts.yaml": "- {key: key-count, zh: 清点校门钥匙}\n",
    "forms/key-register.yaml": """\
key: key-register
title: 校门钥匙清点登记
theme: gate-visitors
org: [school]
posts: [safety-officer]
happened: day
columns: [day, keys, missing]
fields:
  - {id: day, label: 清点日期, type: date, required: true}
  - {id: keys, label: 钥匙数, type: number, unit: 把, required: true}
  - {id: missing, label: 有缺失, type: yes_no, required: true}
effects:
  - {effect: act, act: key-count}
""",
    "rules.yaml": """\
- key: weekly-check
  kind: do
  title: 每周排查一次（三件事）
  clauses: ["1"]
  theme: hazard-closed-loop
  who: {org: [school]}
  by: {post: safety-officer}
  every: {week: 1}
  proof: {act: hazard-check, where: {scope: whole-school}}
- key: keys
  kind: do
  title: 每月清点校门钥匙
  clauses: ["3"]
  theme: gate-visitors
  who: {org: [school]}
  by: {post: safety-officer}
  every: {month: 1}
  proof: {act: key-count, at_least: 1}
- key: guards
  kind: have
  title: 按人数配备保安（三件事）
  clauses: ["2"]
  theme: guard-staffing
  who: {org: [school]}
  all_of:
    - measure: guards.certified
      at_least: {of: students.enrolled, tiers: [{up_to: 500, value: 3}], then: {per: 400, add: 2}}
""",
    "tests/three.yaml": """\
- key: all-done
  title: 三件事都做了
  given:
    org: {kind: school, facts: {students.enrolled: 501}}
    entries:
      - form: hazard-check
        body:
          date: 2027-03-03
          scope: [whole-school]
          places: [gate]
          participants: 安全员
          joint: false
          found: false
        at: 2027-03-03 10:00
      - {form: key-register, body: {day: 2027-03-09, keys: 6, missing: false}, at: 2027-03-09 16:00}
    measures:
      - {measure: guards.certified, from: 2027-03-01, value: 5}
  now: 2027-04-20 08:00
  expect:
    - {rule: weekly-check, period: 2027-W09, verdict: met}
    - {rule: guards, period: 2027-03, verdict: met}
    - {rule: keys, period: 2027-03, verdict: met}
""",
}

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Clock = Callable[[str], datetime]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets what commands and requests read as now, in Shanghai's time."""

    def at(text: str) -> datetime:
        moment = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)

        class Stopped(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Stopped":
                return cls.fromtimestamp(moment.timestamp(), tz)

        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        monkeypatch.setattr("huyuan.orgs.middleware.datetime", Stopped)
        return moment

    return at


@pytest.fixture
def county() -> SmallCounty:
    """The small county in its second semester; the central school has 501 pupils."""
    built = build()
    with acting(built.system):
        TermRow.objects.create(
            county_id=COUNTY, year="2026-2027", semester=2, first=date(2027, 2, 24), last=date(2027, 7, 9)
        )
        HolidayYear.objects.create(county_id=COUNTY, year=2027, source="test")
        Attribute.objects.create(
            county_id=COUNTY,
            org=built.orgs["central"],
            key="students.enrolled",
            from_day=date(2026, 9, 1),
            text="501",
            number=501,
        )
    return built


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "made-up-2027", PACK)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def run(*arguments: str) -> str:
    """What `./huyuan …` prints."""
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def verdicts(period: str) -> dict[str, dict[str, Any]]:
    """`./huyuan verdicts`: rule and period → what is said of it."""
    shown = json.loads(run("verdicts", "--org", "central", "--period", period, "--json"))
    return {f"{item['rule'].partition('/')[2]} {item['period']}": item for item in shown["items"]}


def signed_in(who: str) -> Client:
    client = Client()
    client.force_login(
        Account.objects.get(username=f"{COUNTY}-{who}"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def record(client: Client, form: str, **answers: str) -> str:
    """Fill in a form as its page offers it; the address of the entry."""
    page = client.get(f"/forms/{form}/").content.decode()
    hidden = dict(re.findall(r'name="(form_id|org_id|client_uuid)" value="([^"]+)"', page))
    answer = client.post(f"/forms/{form}/", {"client_uuid": str(uuid4()), **hidden, **answers})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"]).partition("?")[0]


def test_from_a_folder_to_the_verdict(county: SmallCounty, folder: Path, clock: Clock) -> None:
    clock("2027-03-01T09:00")  # a Monday
    assert run("packs", "check", str(folder)) == "1个法规包，没有问题\n"
    for words in ("base", "catalogue"):
        run("packs", "install", f"packs/{words}")
    assert "将安装 made-up-2027 2027.1" in run("packs", "install", str(folder), "--dry-run")
    assert not PackVersion.objects.filter(pack__key="made-up-2027").exists()
    assert "已安装 made-up-2027 2027.1" in run("packs", "install", str(folder))
    assert run("packs", "install", str(folder)) == "made-up-2027 2027.1 已经安装，没有改动\n"
    assert verdicts("2027-03") == {}  # nothing binds before it is adopted
    run("packs", "adopt", "made-up-2027", "--org", "bureau", "--go-live", "2027-03-01")

    clock("2027-03-01T09:01")
    owed = verdicts("2027-03")
    assert owed["weekly-check 2027-W09"]["verdict"] == "owed"
    assert owed["keys 2027-03"]["verdict"] == "owed"
    assert owed["guards 2027-03"]["verdict"] == "overdue"  # no guard at all
    assert any("5" in line for line in owed["guards 2027-03"]["because"])  # 501 pupils: 3 and once 2
    officer = signed_in("safety")
    today = officer.get("/").content.decode()
    assert "每周排查一次（三件事）" in today and "每月清点校门钥匙" in today
    assert "三件事" in today and "第三条" in today
    assert 'href="/forms/key-register/' in today

    clock("2027-03-01T10:00")
    page = officer.get("/forms/key-register/").content.decode()
    assert "每月清点校门钥匙" in page  # what it will count for
    receipt = record(officer, "key-register", day="2027-03-01", keys="6", missing="no")
    assert "第三条" in officer.get(receipt).content.decode()
    check = {
        "participants": "安全员",
        "joint": "no",
        "found": "no",
        "scope": "whole-school",
        "places": "gate",
    }
    entry = record(officer, "hazard-check", date="2027-03-01", **check)
    assert verdicts("2027-03")["weekly-check 2027-W09"]["verdict"] == "owed"  # not confirmed yet
    assert signed_in("head").post(f"{entry}confirm/").status_code == 302
    done = verdicts("2027-03")
    assert (done["keys 2027-03"]["verdict"], done["weekly-check 2027-W09"]["verdict"]) == ("met", "met")
    assert "每月清点校门钥匙" not in officer.get("/").content.decode()


def test_a_new_version_leaves_the_month_that_has_begun(
    county: SmallCounty, folder: Path, clock: Clock
) -> None:
    start = clock("2027-03-01T09:00")
    for pack in ("packs/base", "packs/catalogue", str(folder)):
        run("packs", "install", pack)
    run("packs", "adopt", "made-up-2027", "--org", "bureau", "--go-live", "2027-03-01")
    record(signed_in("safety"), "key-register", day="2027-03-01", keys="6", missing="no")

    middle = clock("2027-03-15T09:00")
    without_guards = PACK["rules.yaml"].partition("- key: guards")[0]
    write(
        folder,
        {
            "pack.yaml": PACK["pack.yaml"].replace('"2027.1"', '"2027.2"'),
            "clauses.yaml": PACK["clauses.yaml"]
            .replace("每月清点登记", "每月清点登记两次")
            .replace(
                'status: carried, by: ["rule:guards"], scenario: all-done',
                "status: guidance, reason: 自本版起由另一份通知规定",
            ),
            "rules.yaml": without_guards.replace("at_least: 1", "at_least: 2"),
            "tests/three.yaml": PACK["tests/three.yaml"]
            .replace("    - {rule: guards, period: 2027-03, verdict: met}\n", "")
            .replace("keys, period: 2027-03, verdict: met", "keys, period: 2027-03, verdict: missed"),
        },
    )
    printed = run("packs", "install", str(folder), "--dry-run")
    assert "proof.at_least：（无） → 2" in printed
    assert "停用规则 guards" in printed
    assert "影响2个单位" in printed
    run("packs", "install", str(folder))
    close_due(COUNTY, middle)  # the hourly job takes versions up
    march = verdicts("2027-03")
    assert march["keys 2027-03"]["verdict"] == "met"
    assert "guards 2027-03" in march

    spring = clock("2027-04-01T09:00")
    close_due(COUNTY, spring)
    april = verdicts("2027-04")
    assert april["keys 2027-04"]["verdict"] == "owed"
    assert not [name for name in april if name.startswith("guards")]
    safety = signed_in("safety")
    record(safety, "key-register", day="2027-04-01", keys="6", missing="no")
    assert verdicts("2027-04")["keys 2027-04"]["verdict"] == "owed"  # one of two
    assert start < middle < spring
