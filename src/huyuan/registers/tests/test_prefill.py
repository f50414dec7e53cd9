"""What a fresh form knows, what an address may fill in, and which forms come first."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huyuan.orgs.models import Account, Bell, Liaison, Place
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.packs.models import Pack, PackVersion
from huyuan.registers import actions, prefill
from huyuan.registers.queries import choices_of, used_recently
from huyuan.registers.schema import FormSpec
from huyuan.registers.tests.library import CHECK, HANDLING, NOW, Remembering, answers, install, new_id

SIGN_IN: dict[str, Any] = {
    "key": "sign-in",
    "title": "值守签到",
    "theme": "gate",
    "happened": "at",
    "fields": [
        {"id": "at", "label": "时间", "type": "datetime", "required": True},
        {"id": "gate", "label": "校门", "type": "place", "required": True},
        {"id": "side_gate", "label": "侧门", "type": "place"},
        {
            "id": "crew",
            "label": "在岗人员",
            "type": "group",
            "fields": [
                {"id": "who", "label": "姓名", "type": "person", "required": True},
                {"id": "as", "label": "身份", "type": "choice", "options": ["staff", "guard"]},
                {"id": "came", "label": "到岗", "type": "time"},
                {"id": "picture", "label": "照片", "type": "photo"},
            ],
        },
    ],
    "effects": [
        {"effect": "presence", "repeat": "crew", "point": "gate", "qualified": "$as", "person": "$who",
         "from": "$came", "until": "$came"}
    ],
}  # fmt: skip


def spec(**changed: Any) -> FormSpec:
    return FormSpec.model_validate({**SIGN_IN, **changed})


def check(partner: dict[str, Any]) -> FormSpec:
    """The hazard check with its partner field changed."""
    fields = [{**one, **partner} if one["id"] == "partner" else one for one in CHECK["fields"]]
    return FormSpec.model_validate({**CHECK, "fields": fields})


@pytest.fixture
def words(db: None) -> None:
    """Whom posts count as, as the base pack says it; themes, as the catalogue does."""
    content: dict[str, dict[str, Any]] = {
        "qualified": {
            "leader": {"zh": "领导", "posts": ["head"]},
            "staff": {"zh": "教职工", "posts": ["head", "safety-officer"]},
        },
        "capabilities": {"gate": {"zh": "上下学安全岗"}, "hazards": {"zh": "隐患排查"}},
    }
    PackVersion.objects.create(
        pack=Pack.objects.create(key="words"),
        version="1",
        digest="0" * 64,
        title="词表",
        short="词表",
        nature="vocabulary",
        manifest={},
        content={
            kind: [{"key": key, "value": value} for key, value in items.items()]
            for kind, items in content.items()
        },
        installed_at=NOW,
    )


@pytest.fixture
def browser(county: SmallCounty) -> Callable[[str], Client]:
    def signed_in(who: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(username=f"{COUNTY}-{who}"))
        return client

    return signed_in


def known(county: SmallCounty, form: FormSpec, who: str = "safety") -> dict[str, Any]:
    actor = county.actors[who]
    with acting(actor):
        return prefill.known(form, actor, county.orgs["central"].id, NOW)


def test_a_fresh_sign_in_knows_when_who_and_as_what(county: SmallCounty, words: None) -> None:
    me = str(county.people["safety"].id)
    assert known(county, spec()) == {"at": "2026-10-14T10:00+08:00", "crew": [{"who": me, "as": "staff"}]}


def test_of_several_qualifications_the_foremost_that_the_form_offers(
    county: SmallCounty, words: None
) -> None:
    (row,) = known(county, spec(), "head")["crew"]
    assert row["as"] == "staff", "the form does not offer leaders"


def test_a_roster_is_nobodys_own(county: SmallCounty, words: None) -> None:
    planned = [{**SIGN_IN["effects"][0], "planned": True}]
    assert "crew" not in known(county, spec(effects=planned))


def test_the_only_place_is_the_place_and_of_two_neither(county: SmallCounty, words: None) -> None:
    with acting(county.system):
        gate = Place.objects.create(county_id=COUNTY, org=county.orgs["central"], kind="gate", name="正门")
    values = known(county, spec())
    assert values["gate"] == str(gate.id) and "side_gate" not in values
    with acting(county.system):
        Place.objects.create(county_id=COUNTY, org=county.orgs["central"], kind="gate", name="后门")
    assert "gate" not in known(county, spec())


LOG: dict[str, Any] = {
    "key": "duty-log",
    "title": "值班登记",
    "theme": "gate",
    "happened": "ended",
    "began": "began",
    "fields": [
        {"id": "began", "label": "值班开始", "type": "datetime", "required": True},
        {"id": "ended", "label": "值班结束", "type": "datetime", "required": True},
    ],
}


@pytest.mark.parametrize(
    ("at", "began", "ended"),
    [
        ("2026-10-14T20:10", "2026-10-14T08:00", "2026-10-14T20:00"),
        ("2026-10-14T19:50", "2026-10-14T08:00", "2026-10-14T19:50"),  # nothing ends in the future
        ("2026-10-14T08:20", "2026-10-13T20:00", "2026-10-14T08:00"),
        ("2026-10-15T01:00", "2026-10-14T08:00", "2026-10-14T20:00"),
        ("2026-09-02T10:00", None, "2026-09-02T10:00"),  # no shift on file on that day
    ],
)
def test_a_log_of_a_shift_is_of_the_one_just_over(
    county: SmallCounty, at: str, began: str | None, ended: str
) -> None:
    with acting(county.system):
        Bell.objects.bulk_create(
            Bell(
                county_id=COUNTY,
                org=county.orgs["central"],
                kind="shift",
                number=number,
                from_day=date(2026, 9, 10),
                starts=time(starts),
                ends=time(ends),
            )
            for number, (starts, ends) in enumerate(((8, 20), (20, 8)), start=1)
        )
    actor = county.actors["safety"]
    now = datetime.fromisoformat(f"{at}+08:00")
    with acting(actor):
        values = prefill.known(FormSpec.model_validate(LOG), actor, county.orgs["central"].id, now)
    wanted = {"began": began and f"{began}+08:00", "ended": f"{ended}+08:00"}
    assert values == {key: value for key, value in wanted.items() if value}


def test_the_liaison_station_is_the_usual_partner_of_what_is_joint(county: SmallCounty) -> None:
    station = str(county.orgs["station"].id)
    joint = check({"show_if": {"field": "found", "equals": True}})
    assert known(county, joint)["partner"] == [station]
    assert known(county, check({"required": True}))["partner"] == [station]
    assert "partner" not in known(county, check({})), "what may be left out is not claimed"
    with acting(county.system):
        Liaison.objects.update(until=date(2026, 10, 13))
    assert "partner" not in known(county, joint)


def test_who_looks_after_the_same_schools_can_be_named_as_a_partner(county: SmallCounty) -> None:
    with acting(county.system):
        offered = {
            key: {
                name for _, name in choices_of(check({}), county.orgs[key].id, date(2026, 10, 14))["partner"]
            }
            for key in ("bureau", "town", "central")
        }
    assert {"town单位", "station单位", "central单位"} <= offered["bureau"]
    assert {"bureau单位", "station单位"} <= offered["town"]
    assert "other单位" not in offered["town"] | offered["central"]
    assert not any("company" in name for names in offered.values() for name in names)


def test_an_address_fills_in_what_the_form_would_take_and_nothing_else() -> None:
    asked = {
        "at": ["2026-10-14 07:05"],
        "gate": ["'><script>"],
        "nothing": ["x"],
        "crew.0.as": ["king"],
        "crew.0.came": ["7点05分"],
        "crew.0.picture": [str(uuid4())],
    }
    assert prefill.given(spec(), asked) == {"at": "2026-10-14T07:05+08:00", "crew": [{"came": "07:05"}]}


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_the_page_shows_what_is_known_and_what_the_address_says(
    county: SmallCounty, words: None, browser: Callable[[str], Client]
) -> None:
    install(CHECK)
    page = browser("safety").get("/forms/check/?people=4&hours=abc&day=2026-10-12").content.decode()
    assert re.search(r'name="people"[^>]* value="4"', page)
    assert re.search(r'name="day"[^>]* value="2026-10-12"', page)
    assert re.search(r'name="hours"[^>]* value=""', page)
    fresh = browser("safety").get("/forms/check/").content.decode()
    today = datetime.now(UTC) + timedelta(hours=8)
    assert re.search(rf'name="day"[^>]* value="{today.date()}"', fresh)


def hand_in(county: SmallCounty, key: str, at: datetime, **given: str) -> None:
    """The safety officer hands in a check."""
    actor = county.actors["safety"]
    with acting(actor):
        form = install({**CHECK, "key": key, "title": key}, version=f"{at:%m%d%H%M%S}")
        actions.submit(
            actor=actor,
            form_id=form.id,
            org_id=county.orgs["central"].id,
            client_id=uuid4(),
            answers=answers(day=str(at.date()), **given),
            now=at,
        )


def test_the_usual_forms_are_those_of_the_last_thirty_days_in_one_query(
    county: SmallCounty, sink: Remembering
) -> None:
    central = county.orgs["central"].id
    for key, days in (("old", 31), ("rare", 1), ("often", 2), ("often", 9)):
        hand_in(county, key, NOW - timedelta(days=days))
    actor = county.actors["safety"]
    with acting(actor), CaptureQueriesContext(connection) as captured:
        used = used_recently(actor, NOW)
    assert len(captured) == 1
    assert list(used.items()) == [
        ((central, "often"), NOW - timedelta(days=2)),
        ((central, "rare"), NOW - timedelta(days=1)),
    ]
    with acting(county.actors["head"]):
        assert used_recently(county.actors["head"], NOW) == {}


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_the_list_goes_by_themes_with_the_usual_forms_first(
    county: SmallCounty, words: None, browser: Callable[[str], Client], sink: Remembering
) -> None:
    install(HANDLING)
    install(SIGN_IN)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    hand_in(county, "weekly", yesterday)
    client = browser("safety")
    page = client.get("/forms/").content.decode()
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", page)
    assert headings == ["我常用的", "上下学安全岗", "隐患排查"]
    local = yesterday + timedelta(hours=8)
    assert f"上次 {local.month}月{local.day}日" in page
    found = client.get("/forms/?q=签到").content.decode()
    assert "/forms/sign-in/" in found and "/forms/handling/" not in found and "我常用的" not in found
    by_theme = client.get("/forms/?q=隐患排查").content.decode()
    assert "/forms/handling/" in by_theme and "/forms/sign-in/" not in by_theme
    none = client.get('/forms/?q="><script>').content.decode()
    assert "没有名称里有" in none and "<script>" not in none.split("<main")[1].split("</main>")[0]


@pytest.mark.urls("huyuan.registers.tests.urls")
@pytest.mark.usefixtures("words")
def test_ledgers_stand_under_their_themes_in_the_order_of_the_forms(
    county: SmallCounty, browser: Callable[[str], Client]
) -> None:
    safety, central = county.actors["safety"], county.orgs["central"].id
    for key, theme, times in (("night", "unheard-of", 1), ("check", "hazards", 2), ("duty", "gate", 1)):
        form = install({**CHECK, "key": key, "title": f"表{key}", "theme": theme})
        for _ in range(times):
            with acting(safety):
                actions.submit(
                    actor=safety, form_id=form.id, org_id=central, client_id=new_id(), answers=answers(),
                    now=NOW,
                )  # fmt: skip
    page = browser("safety").get("/ledgers/").content.decode().partition("<main")[2]
    shown = re.findall(r"<h2>(.*?)</h2>|>(表\w+)<span|>(\d+ 条)<", page)
    assert ["".join(one) for one in shown] == [
        "上下学安全岗", "表duty", "1 条", "隐患排查", "表check", "2 条", "其他", "表night", "1 条",
    ]  # fmt: skip
