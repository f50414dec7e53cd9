"""What administrators may do with other people's accounts, and what they may not."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from huyuan.kernel.errors import Refused
from huyuan.orgs import actions, queries, vocabulary
from huyuan.orgs.actions.elevation import elevate, end_elevation
from huyuan.orgs.actions.signing_in import Here, by_slip
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import (
    Account,
    ActivationSlip,
    Appointment,
    Elevation,
    Person,
    Post,
    SecondFactor,
    SignIn,
)
from huyuan.orgs.session import acting
from huyuan.orgs.tests.conftest import PASSWORD as CONFTEST_PASSWORD
from huyuan.orgs.tests.county import COUNTY, DAY, NOW, SmallCounty
from huyuan.orgs.vocabulary import PostSpec
from huyuan.trace import keys
from huyuan.trace.models import Record

HERE = Here("10.1.2.3", "安卓手机，微信")
PASSWORD = "gate-keeper-7"


@pytest.fixture
def admin(county: SmallCounty) -> Actor:
    """The other school's administrator, with a running elevation."""
    actor = county.actors["other-admin"]
    account = Account.objects.get(person=county.people["other-admin"])
    account.set_password(PASSWORD)
    account.save()
    with acting(actor):
        account = Account.objects.select_related("person").get(id=account.id)
        elevate(
            actor=actor, account=account, password=PASSWORD, code="", reason="发激活单", address="10.1.2.3",
            now=NOW,
        )  # fmt: skip
    return actor


@pytest.fixture
def guard(county: SmallCounty) -> Account:
    """An account that was never activated."""
    account = Account.objects.get(person=county.people["guard"])
    account.set_unusable_password()
    account.save()
    return account


def traced(county: SmallCounty) -> list[tuple[str, str]]:
    with acting(county.system):
        return list(Record.objects.order_by("at", "id").values_list("verb", "object_type"))


def test_a_new_account_has_no_password_and_its_number_is_ciphertext(
    county: SmallCounty, admin: Actor
) -> None:
    with acting(county.system):
        person = Person.objects.create(county_id=COUNTY, name="新来的", home=county.orgs["other"])
    (account,) = actions.open_accounts(
        actor=admin, openings=[actions.Opening(person.id, phone="138 1234 5678")], now=NOW
    )
    account.refresh_from_db()
    assert not account.has_usable_password()
    with pytest.raises(Refused, match="已经有账号"):
        actions.open_accounts(actor=admin, openings=[actions.Opening(person.id)], now=NOW)
    assert "1381234" not in account.phone + account.phone_hash
    assert keys.decrypt(person.id, account.phone) == "13812345678"
    with acting(county.system):
        said = str(list(Record.objects.values_list("before", "after")))
    assert "1381234" not in said and account.phone_hash not in said


def test_a_number_belongs_to_one_account(county: SmallCounty, admin: Actor, guard: Account) -> None:
    with acting(county.system):
        people = [
            Person.objects.create(county_id=COUNTY, name=name, home=county.orgs["other"]) for name in "甲乙"
        ]
    openings = [actions.Opening(person.id, phone="13812345678") for person in people]
    before = Account.objects.count()
    with pytest.raises(Refused, match="已经登记在另一个账号") as refused:
        actions.open_accounts(actor=admin, openings=openings, now=NOW)
    assert refused.value.code == "conflict-exists"
    assert Account.objects.count() == before, "all or none"
    with pytest.raises(Refused, match="不是 11 位"):
        actions.set_phone(actor=admin, account_id=guard.id, phone="0476-123", now=NOW)


def test_without_elevation_nothing_is_done(county: SmallCounty, guard: Account) -> None:
    actor = county.actors["other-admin"]
    attempts = (
        lambda: actions.issue_slips(actor=actor, account_ids=[guard.id], now=NOW),
        lambda: actions.close_account(actor=actor, account_id=guard.id, now=NOW),
        lambda: actions.reset_second_factor(actor=actor, account_id=guard.id, now=NOW),
        lambda: actions.set_phone(actor=actor, account_id=guard.id, phone="13812345678", now=NOW),
        lambda: actions.open_accounts(
            actor=actor, openings=[actions.Opening(county.people["guard"].id)], now=NOW
        ),
    )
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "forbidden-elevate"
    assert traced(county) == [] and not ActivationSlip.objects.exists()


def test_an_elevation_ends_by_itself_and_by_hand(county: SmallCounty, admin: Actor, guard: Account) -> None:
    late = NOW + timedelta(minutes=30)
    actions.issue_slips(actor=admin, account_ids=[guard.id], now=late - timedelta(seconds=1))
    with pytest.raises(Refused) as refused:
        actions.issue_slips(actor=admin, account_ids=[guard.id], now=late)
    assert refused.value.code == "forbidden-elevate"
    with acting(admin):
        account = Account.objects.select_related("person").get(person=county.people["other-admin"])
        soon = NOW + timedelta(minutes=1)
        end_elevation(actor=admin, account=account, address="10.1.2.3", now=soon)
        assert queries.elevated_until(admin, soon) is None
    with pytest.raises(Refused, match="30 分钟"):
        actions.issue_slips(actor=admin, account_ids=[guard.id], now=soon)
    assert [verb for verb, _ in traced(county)] == ["elevate", "end-elevation", "issue-slip"]


def test_an_elevation_needs_password_reason_and_second_factor(county: SmallCounty) -> None:
    actor = county.actors["other-admin"]
    account = Account.objects.get(person=county.people["other-admin"])
    account.set_password(PASSWORD)
    account.save()
    with acting(actor):
        account = Account.objects.select_related("person").get(id=account.id)
        how: dict[str, Any] = {
            "actor": actor,
            "account": account,
            "address": "10.1.2.3",
            "now": NOW,
            "code": "",
        }
        with pytest.raises(Refused) as refused:
            elevate(**how, password=PASSWORD, reason=" ")
        assert refused.value.code == "invalid-reason"
        with pytest.raises(Refused) as refused:
            elevate(**how, password="wrong", reason="看看")
        assert refused.value.code == "invalid-elevation"
        SecondFactor.objects.create(
            county_id=COUNTY, person_id=account.person_id, confirmed_at=NOW,
            secret=keys.encrypt(account.person_id, "JBSWY3DPEHPK3PXP"),
        )  # fmt: skip
        with pytest.raises(Refused):
            elevate(**how, password=PASSWORD, reason="看看")
        assert not Elevation.objects.exists()
    assert [verb for verb, _ in traced(county)] == ["elevate-failed"] * 2


@pytest.mark.parametrize("person", ["head", "safety", "teacher", "police", "town-officer", "officer"])
def test_others_cannot_touch_the_account(county: SmallCounty, guard: Account, person: str) -> None:
    before = Account.objects.filter(id=guard.id).values().get()
    with pytest.raises(Refused) as refused:
        actions.issue_slips(actor=county.actors[person], account_ids=[guard.id], now=NOW)
    assert refused.value.code in ("forbidden", "not-found")
    assert Account.objects.filter(id=guard.id).values().get() == before
    with acting(county.system):
        assert not ActivationSlip.objects.exists()


def test_a_schools_administrator_does_not_become_an_officer_of_the_bureau(
    county: SmallCounty, admin: Actor, guard: Account
) -> None:
    with acting(county.system):
        post = Post.objects.get(org=county.orgs["bureau"], kind="bureau-officer")
        Appointment.objects.create(county_id=COUNTY, post=post, person=county.people["guard"], from_day=DAY)
    with pytest.raises(Refused, match="bureau单位任职") as refused:
        actions.issue_slips(actor=admin, account_ids=[guard.id], now=NOW)
    assert refused.value.code == "forbidden-other-posts"
    with acting(county.system):
        assert not ActivationSlip.objects.exists()


def test_slips_are_all_or_none(county: SmallCounty, admin: Actor, guard: Account) -> None:
    foreign = Account.objects.get(person=county.people["head"])
    with pytest.raises(Refused) as refused:
        actions.issue_slips(actor=admin, account_ids=[guard.id, foreign.id], now=NOW)
    assert refused.value.code == "not-found"
    with acting(county.system):
        assert not ActivationSlip.objects.exists()


def test_a_slip_opens_the_account_once(county: SmallCounty, admin: Actor, guard: Account) -> None:
    (slip,) = actions.issue_slips(actor=admin, account_ids=[guard.id], now=NOW)
    stored = str(list(ActivationSlip.objects.values()))
    assert slip.code.replace("-", "") not in stored
    use: dict[str, Any] = {"name": guard.username, "code": slip.code.lower(), "here": HERE}
    by_slip(**use, new="mountain-river-7", now=NOW + timedelta(days=1))
    guard.refresh_from_db()
    assert guard.check_password("mountain-river-7") and guard.password_set_at == NOW + timedelta(days=1)
    with pytest.raises(Refused, match=r"已在 10月15日 10:00 用过") as refused:
        by_slip(**use, new="another-river-8", now=NOW + timedelta(days=2))
    assert refused.value.code == "already-used-slip"
    guard.refresh_from_db()
    assert guard.check_password("mountain-river-7")
    assert [verb for verb, _ in traced(county)] == ["elevate", "issue-slip", "activate", "activation-failed"]


@pytest.mark.parametrize(
    ("days", "again", "code", "refusal"),
    [
        pytest.param(15, False, None, "closed-slip", id="expired"),
        pytest.param(1, True, None, "closed-slip", id="withdrawn"),
        pytest.param(1, False, "AAAA-BBBB-CCCC", "invalid-slip", id="wrong"),
    ],
)
def test_a_slip_that_is_no_good_says_why(
    county: SmallCounty, admin: Actor, guard: Account, days: int, again: bool, code: str | None, refusal: str
) -> None:
    (slip,) = actions.issue_slips(actor=admin, account_ids=[guard.id], now=NOW)
    if again:
        actions.issue_slips(actor=admin, account_ids=[guard.id], now=NOW + timedelta(minutes=1))
    with pytest.raises(Refused) as refused:
        by_slip(
            name=guard.username, code=code or slip.code, new="mountain-river-7", here=HERE,
            now=NOW + timedelta(days=days),
        )  # fmt: skip
    assert refused.value.code == refusal
    guard.refresh_from_db()
    assert not guard.has_usable_password()


def test_a_weak_password_does_not_use_the_slip_up(county: SmallCounty, admin: Actor, guard: Account) -> None:
    (slip,) = actions.issue_slips(actor=admin, account_ids=[guard.id], now=NOW)
    with pytest.raises(Refused, match="至少要 10 个字符"):
        by_slip(name=guard.username, code=slip.code, new="short", here=HERE, now=NOW)
    by_slip(name=guard.username, code=slip.code, new="mountain-river-7", here=HERE, now=NOW)


def test_a_closed_account_is_closed_at_once(county: SmallCounty, admin: Actor, guard: Account) -> None:
    (slip,) = actions.issue_slips(actor=admin, account_ids=[guard.id], now=NOW)
    SignIn.objects.create(session_key="k" * 32, session_data="", expire_date=NOW, account=guard)
    actions.close_account(actor=admin, account_id=guard.id, now=NOW)
    assert not SignIn.objects.filter(account=guard).exists()
    with pytest.raises(Refused):
        by_slip(name=guard.username, code=slip.code, new="mountain-river-7", here=HERE, now=NOW)
    with pytest.raises(Refused, match="已停用"):
        actions.issue_slips(actor=admin, account_ids=[guard.id], now=NOW)
    actions.reopen_account(actor=admin, account_id=guard.id, now=NOW)
    guard.refresh_from_db()
    assert guard.is_active and not guard.has_usable_password()


def test_whoever_leaves_is_signed_out(county: SmallCounty, guard: Account) -> None:
    SignIn.objects.create(session_key="k" * 32, session_data="", expire_date=NOW, account=guard)
    actions.person_leaves(
        actor=county.actors["other-admin"], person_id=guard.person_id, last_day=DAY, now=NOW
    )
    guard.refresh_from_db()
    assert not guard.is_active and not SignIn.objects.exists()


def test_a_lost_second_factor_is_reset_with_a_trace(
    county: SmallCounty, admin: Actor, guard: Account
) -> None:
    with pytest.raises(Refused, match="不需要重置"):
        actions.reset_second_factor(actor=admin, account_id=guard.id, now=NOW)
    with acting(county.system):
        SecondFactor.objects.create(county_id=COUNTY, person_id=guard.person_id, confirmed_at=NOW, secret="x")
    actions.reset_second_factor(actor=admin, account_id=guard.id, now=NOW)
    with acting(county.system):
        assert not SecondFactor.objects.exists()
        record = Record.objects.get(verb="reset-second-factor")
    assert record.actor["name"] == "人员other-admin" and record.object_id == str(guard.id)


def test_the_page_masks_numbers_and_needs_few_queries(
    county: SmallCounty, admin: Actor, guard: Account, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    actions.set_phone(actor=admin, account_id=guard.id, phone="13812345678", now=NOW)
    with acting(admin), django_assert_max_num_queries(8):
        states = queries.account_states(admin, county.orgs["other"].id, NOW)
    by_name = {state.person.name: state for state in states}
    assert by_name["人员guard"].phone == "138****5678" and by_name["人员guard"].state == "waiting"
    assert by_name["人员other-admin"].state == "open"


@pytest.fixture
def county_admin(county: SmallCounty, account_of: Callable[[str], Account]) -> Client:
    """The county's administrator in a browser, who has just proved to be there; two schools have people
    without accounts, one of whom also works for a company outside."""
    vocabulary.install(
        "post", [PostSpec(key="guard", zh="保安员"), PostSpec(key="safety-officer", zh="安全员")]
    )
    with acting(county.system):
        seat = Post.objects.create(county_id=COUNTY, org=county.orgs["bureau"], kind="admin", title="管理员")
        Appointment.objects.create(
            county_id=COUNTY, post=seat, person=county.people["officer"], from_day=date(2026, 9, 1)
        )
        Account.objects.filter(person__in=[county.people["guard"], county.people["safety"]]).delete()
    client = Client()
    client.force_login(account_of("officer"))
    given = {"reason": "全县开通账号", "password": CONFTEST_PASSWORD, "code": ""}
    assert client.post("/accounts/many/", given).status_code == 302
    return client


def test_accounts_are_opened_by_post_over_all_schools(county: SmallCounty, county_admin: Client) -> None:
    page = county_admin.get("/accounts/many/").content.decode()
    assert "保安员" in page and page.count("1 人没有账号") == 2
    page = county_admin.get("/accounts/many/?post=guard&post=safety-officer").content.decode()
    assert "人员guard" in page and "人员safety" in page and "人员head" not in page
    ids = [str(county.people[name].id) for name in ("guard", "safety")]
    slips = county_admin.post("/accounts/many/", {"open": "1", "person": ids}).content.decode()
    assert slips.count("护园系统激活单") == 2
    assert slips.index("central单位") < slips.index("人员safety") < slips.index("other单位")
    with acting(county.system):
        assert Account.objects.filter(person_id__in=ids).count() == 2
        assert ActivationSlip.objects.filter(person_id__in=ids, used_at=None).count() == 2
    # Who has one is not opened twice.
    assert county_admin.post("/accounts/many/", {"open": "1", "person": ids}).status_code == 409
    assert "都有账号了" in county_admin.get("/accounts/many/").content.decode()


def test_nobody_is_opened_whose_post_lies_outside(county: SmallCounty, county_admin: Client) -> None:
    with acting(county.system):
        outside = Post.objects.create(
            county_id=COUNTY, org=county.orgs["company"], kind="guard", title="队长"
        )
        Appointment.objects.create(
            county_id=COUNTY, post=outside, person=county.people["guard"], from_day=date(2026, 9, 1)
        )
    page = county_admin.get("/accounts/many/?post=guard").content.decode()
    assert "人员guard" not in page
    answer = county_admin.post("/accounts/many/", {"open": "1", "person": [str(county.people["guard"].id)]})
    assert answer.status_code in (403, 404, 422)
    with acting(county.system):
        assert not Account.objects.filter(person=county.people["guard"]).exists()


def test_without_proof_or_post_nothing_is_opened(
    county: SmallCounty, county_admin: Client, account_of: Callable[[str], Account]
) -> None:
    assert county_admin.post("/accounts/many/", {"end": "1"}).status_code == 302
    ids = [str(county.people["safety"].id)]
    assert county_admin.post("/accounts/many/", {"open": "1", "person": ids}).status_code in (403, 422)
    head = Client()
    head.force_login(account_of("head"))
    assert head.get("/accounts/many/").status_code == 403
    assert head.post("/accounts/many/", {"open": "1", "person": ids}).status_code in (403, 404)
    with acting(county.system):
        assert not Account.objects.filter(person=county.people["safety"]).exists()
