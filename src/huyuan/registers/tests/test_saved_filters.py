"""Filters of ledgers that people keep: theirs alone, checked, relative periods staying relative."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client

from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty, build
from huyuan.registers import actions, queries
from huyuan.registers.models import Form, SavedFilter
from huyuan.registers.queries import PERIODS, Filters, filters_of
from huyuan.registers.queries.filters import span_of
from huyuan.registers.rules import SAVED_FILTERS
from huyuan.registers.tests.library import CHECK, CONFIRMED, install
from huyuan.registers.tests.test_ledger import write

OCTOBER = {"first": "2026-10-01", "last": "2026-10-31", "text": "隐患"}


@pytest.fixture
def form(db: None) -> Form:
    return install(CHECK)


def save(actor: Actor, name: str = "十月隐患", query: dict[str, str] = OCTOBER, key: str = "check") -> UUID:
    with acting(actor):
        return actions.save_filter(actor=actor, form_key=key, name=name, query=query).id


def kept(actor: Actor, key: str = "check") -> dict[str, dict[str, str]]:
    with acting(actor):
        return {one.name: one.query for one in queries.saved_filters(actor, key)}


def test_a_filter_is_its_persons_alone(county: SmallCounty, form: Form) -> None:
    head, safety = county.actors["head"], county.actors["safety"]
    mine = save(head)
    save(safety, "我的")
    assert (kept(head), kept(safety)) == ({"十月隐患": OCTOBER}, {"我的": OCTOBER})
    with acting(safety), pytest.raises(Refused, match="not-found"):
        actions.drop_filter(actor=safety, filter_id=mine)
    assert kept(head) == {"十月隐患": OCTOBER}
    with acting(head):
        actions.drop_filter(actor=head, filter_id=mine)
    assert kept(head) == {}


def test_the_second_lock_alone_keeps_it_so(county: SmallCounty, form: Form) -> None:
    head, safety = county.actors["head"], county.actors["safety"]
    save(head)
    for other in (safety, county.actors["officer"], county.system):
        with acting(other):
            assert not SavedFilter.objects.exists()
            assert SavedFilter.objects.update(name="改") == 0
            assert SavedFilter.objects.all().delete()[0] == 0
    foisted = SavedFilter(
        county_id=COUNTY,
        person=county.people["head"],
        form_key="check",
        place=2,
        name="别人的",
        query=OCTOBER,
    )
    with pytest.raises(ProgrammingError, match="row-level security"), acting(safety), transaction.atomic():
        foisted.save()
    assert list(kept(head)) == ["十月隐患"]


@pytest.mark.parametrize(
    ("name", "query", "code"),
    [
        ("", OCTOBER, "missing-filter-name"),
        ("　 \0", OCTOBER, "missing-filter-name"),
        ("名" * 21, OCTOBER, "missing-filter-name"),
        ("空的", {}, "invalid-filter"),
        ("空的", {"state": "", "text": " "}, "invalid-filter"),
        ("没有这一项", {**OCTOBER, "owner": "1"}, "invalid-filter"),
        ("坏日子", {"first": "2026-02-30"}, "invalid-filter"),
        ("远日子", {"last": "9999-12-31"}, "invalid-filter"),
        ("草稿", {"state": "draft"}, "invalid-filter"),
        ("时段", {"period": "for-ever"}, "invalid-filter"),
        ("单位", {"org": "一中"}, "invalid-filter"),
        ("代录", {"by_proxy": "yes"}, "invalid-filter"),
        ("答复", {"asked": "perhaps"}, "invalid-filter"),
    ],
)
def test_what_is_no_filter_is_refused(
    county: SmallCounty, form: Form, name: str, query: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        save(county.actors["head"], name, query)
    assert refused.value.code == code
    assert kept(county.actors["head"]) == {}


def test_every_field_of_a_ledger_can_be_kept(county: SmallCounty, form: Form) -> None:
    query = {
        "by_proxy": "1", "asked": "waiting", "org": str(county.orgs["central"].id),
        "place": str(county.orgs["point"].id), "period": "this-month", "first": "2026-10-01",
        "last": "2026-10-31", "state": "submitted", "text": "配电",
    }  # fmt: skip
    assert set(query) == set(queries.FIELDS)
    save(county.actors["head"], "全部", query)
    assert kept(county.actors["head"]) == {"全部": query}


def test_a_name_given_again_stands_for_the_new_filter(county: SmallCounty, form: Form) -> None:
    head = county.actors["head"]
    first = save(head)
    assert save(head, " 十月隐患 ", {"state": "void"}) == first
    assert kept(head) == {"十月隐患": {"state": "void"}}


def test_no_more_than_can_be_overlooked(county: SmallCounty, form: Form) -> None:
    head = county.actors["head"]
    saved = [save(head, f"第{number}个") for number in range(SAVED_FILTERS)]
    with pytest.raises(Refused, match="too-many-filters"):
        save(head, "再来一个")
    assert save(head, "第0个", {"state": "void"}) == saved[0]
    install({**CHECK, "key": "other-check"})
    save(head, "另一本台账的", key="other-check")
    with acting(head):
        actions.drop_filter(actor=head, filter_id=saved[3])
    save(head, "再来一个")
    assert len(kept(head)) == SAVED_FILTERS and "第3个" not in kept(head)


def test_the_database_holds_the_limit_too(county: SmallCounty, form: Form) -> None:
    head = county.actors["head"]
    save(head)
    row = {"county_id": COUNTY, "person_id": head.person_id, "form_key": "check", "query": OCTOBER}
    for wrong in ({"place": 21, "name": "多"}, {"place": 1, "name": "同一处"}, {"place": 2, "name": ""}):
        with acting(head), pytest.raises(IntegrityError), transaction.atomic():
            SavedFilter.objects.create(**row, **wrong)


def test_two_saved_at_once_are_both_kept(transactional_db: None) -> None:
    county = build()
    install(CHECK)
    barrier = Barrier(4)

    def work(number: int) -> None:
        barrier.wait()
        save(county.actors["head"], f"同时{number}")
        connection.close()

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kept(county.actors["head"])) == [f"同时{number}" for number in range(4)]


@pytest.mark.parametrize(
    ("today", "spans"),
    [
        # A Wednesday.
        (
            date(2026, 10, 14),
            {
                "this-week": ("2026-10-12", "2026-10-18"),
                "last-week": ("2026-10-05", "2026-10-11"),
                "this-month": ("2026-10-01", "2026-10-31"),
                "last-month": ("2026-09-01", "2026-09-30"),
            },
        ),
        # A Sunday at the year's turn, a Monday, a leap day.
        (
            date(2026, 1, 4),
            {"this-week": ("2025-12-29", "2026-01-04"), "last-month": ("2025-12-01", "2025-12-31")},
        ),
        (
            date(2027, 3, 1),
            {"this-week": ("2027-03-01", "2027-03-07"), "last-month": ("2027-02-01", "2027-02-28")},
        ),
        (date(2028, 2, 29), {"this-month": ("2028-02-01", "2028-02-29")}),
    ],
)
def test_periods_move_with_the_day(today: date, spans: dict[str, tuple[str, str]]) -> None:
    assert spans.keys() <= PERIODS.keys()
    for period, (first, last) in spans.items():
        assert span_of(period, today) == (date.fromisoformat(first), date.fromisoformat(last))
        found = filters_of({"period": period}, today)
        assert (str(found.first), str(found.last)) == (first, last)


def test_a_period_and_days_narrow_together() -> None:
    today = date(2026, 10, 14)
    both = filters_of({"period": "this-month", "first": "2026-10-10", "last": "2026-12-31"}, today)
    assert (both.first, both.last) == (date(2026, 10, 10), date(2026, 10, 31))
    assert filters_of({"period": "x", "first": "y", "state": "z", "org": "w"}, today) == Filters()


# ---- pages
@pytest.fixture
def browser(county: SmallCounty) -> Callable[[str], Client]:
    def signed_in(who: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(username=f"{COUNTY}-{who}"))
        return client

    return signed_in


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_named_opened_and_deleted_without_a_script(
    county: SmallCounty, form: Form, browser: Callable[[str], Client]
) -> None:
    write(county, form, "central", {"note": "配电箱门开着"}, {"note": "很好"})
    client = browser("safety")
    assert 'action="/ledgers/check/filters/"' not in client.get("/ledgers/check/").content.decode()
    narrowed = client.get("/ledgers/check/?text=配电").content.decode()
    assert 'action="/ledgers/check/filters/"' in narrowed and 'name="text" value="配电"' in narrowed
    answer = client.post("/ledgers/check/filters/", {"text": "配电", "name": "<b>电</b>"}, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200 and "共 1 条" in page
    (chip,) = re.findall(r'<a href="([^"]+)" aria-current="true">&lt;b&gt;电&lt;/b&gt;</a>', page)
    assert "共 1 条" in client.get(chip).content.decode()
    elsewhere = browser("head").get("/ledgers/check/").content.decode()
    assert "&lt;b&gt;电" not in elsewhere
    (drop,) = re.findall(r'action="(/ledgers/check/filters/[0-9a-f-]+/delete/)"', page)
    assert browser("head").post(drop).status_code == 404
    gone = client.post(drop, {"text": "配电"}, follow=True).content.decode()
    assert "&lt;b&gt;电" not in gone and "共 1 条" in gone


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_a_refused_filter_is_said_on_the_ledger(
    county: SmallCounty, form: Form, browser: Callable[[str], Client]
) -> None:
    client = browser("safety")
    for posted, says in (
        ({"state": "void", "name": ""}, "起个名字"),
        ({"state": "void", "name": "甲", "owner": "1"}, "认不出的条件（owner）"),
        ({"name": "甲"}, "还没有设筛选条件"),
    ):
        answer = client.post("/ledgers/check/filters/", posted)
        assert answer.status_code == 400 and says in answer.content.decode()
    assert client.post("/ledgers/none/filters/", {"state": "void", "name": "甲"}).status_code == 404
    assert kept(county.actors["safety"]) == {}


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_a_ledger_that_asks_for_confirmation_has_that_filter_ready(
    county: SmallCounty, form: Form, browser: Callable[[str], Client]
) -> None:
    install(CONFIRMED)
    ready = '<a href="/ledgers/confirmed-check/?state=submitted">待确认</a>'
    assert ready in browser("head").get("/ledgers/confirmed-check/").content.decode()
    assert "待确认" not in browser("head").get("/ledgers/check/").content.decode()


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_this_month_is_the_month_in_which_it_is_opened(
    county: SmallCounty, form: Form, browser: Callable[[str], Client]
) -> None:
    old, new = write(county, form, "central", {}, {})
    with acting(county.system):
        type(new).objects.filter(id=new.id).update(occurred_at=datetime.now(UTC))
    page = browser("safety").get("/ledgers/check/?period=this-month").content.decode()
    assert new.number in page and old.number not in page
