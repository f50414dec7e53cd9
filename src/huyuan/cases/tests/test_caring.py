"""A child who is cared for: who reads it, who does not, what stays when it is over."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from huyuan.cases.actions import caring
from huyuan.cases.models import Care, CareGrant, CareReading, CareTalk
from huyuan.cases.queries.caring import GONE, care_counts, cares, plain
from huyuan.cases.rules import months_after
from huyuan.cases.tests.conftest import Town
from huyuan.duties.models import Proof
from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.session import acting
from huyuan.trace.models import Record

# The second lock reads the database's own clock.
NOW = datetime.now(UTC)
CHILD, SITUATION, SAID = "王小明", "父母在外地，跟祖母生活", "想念父母，约定每周通一次电话"
TABLES = ("cases_care", "cases_caretalk", "cases_carereading")
OTHERS = ("safety", "logistics", "officer", "police", "town-officer", "guard", "clerk")


def opened(town: Town, **given: Any) -> Care:
    asked: dict[str, Any] = {"kind": "left-behind", "child": CHILD, "situation": SITUATION}
    asked |= {"client_id": uuid7(), "review_on": day_of(NOW) + timedelta(days=90)} | given
    with acting(town.actor("head")):
        return caring.open_care(actor=town.actor("head"), org_id=town.org("central"), now=NOW, **asked)


def do(town: Town, who: str, verb: str, care: Care, now: datetime = NOW, **given: Any) -> Care:
    with acting(town.actor(who)):
        done: Care = getattr(caring, verb)(actor=town.actor(who), care_id=care.id, now=now, **given)
        return done


def talked(town: Town, who: str, care: Care) -> Care:
    return do(town, who, "talk", care, client_id=uuid7(), on=day_of(NOW), summary=SAID)


def paired(town: Town, care: Care) -> Care:
    return do(town, "head", "pair", care, person_id=town.county.people["safety"].id, purpose="每周谈心")


def rows_seen(town: Town, who: str) -> list[int]:
    with acting(town.actor(who)), connection.cursor() as cursor:
        counts = []
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts.append(cursor.fetchone()[0])
        return counts


def test_paired_talked_reviewed_and_ended(town: Town) -> None:
    care = paired(town, opened(town))
    assert care.number.endswith("〕1号") and care.number.startswith("关爱〔")
    talked(town, "safety", care)
    do(town, "head", "review", care, plan="联系村里的志愿者", review_on=day_of(NOW) + timedelta(days=180))
    with acting(town.actor("safety")):
        seen = cares(town.actor("safety"), NOW).get()
        talk = CareTalk.objects.get()
        assert (plain(seen, seen.child), plain(seen, talk.summary)) == (CHILD, SAID)
        assert set(CareGrant.objects.values_list("until", flat=True)) == {
            day_of(NOW) + timedelta(days=180 + 30)
        }
    ended = do(town, "head", "end_care", care)
    assert ended.erase_on == months_after(day_of(NOW), 6)
    with pytest.raises(Refused) as refused:
        talked(town, "head", care)
    assert refused.value.code == "ended-care"


def test_what_is_noted_stands_nowhere_readable(town: Town) -> None:
    care = talked(town, "head", paired(town, opened(town)))
    with acting(town.county.system):
        kept = [
            *Care.objects.values_list("child", "situation", "plan"),
            *CareTalk.objects.values_list("summary"),
        ]
        traced = [str((row.before, row.after)) for row in Record.objects.filter(object_id=str(care.id))]
        proofs = list(
            Proof.objects.filter(act__startswith="care-").values("act", "quals", "people", "answers")
        )
    assert len(traced) == 3 and {one["act"] for one in proofs} == {"care-pairing", "care-talk"}
    said = f"{kept}{traced}{proofs}"
    assert not [word for word in (CHILD, SITUATION, SAID, "left-behind") if word in said]


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_sees_anything(town: Town, who: str) -> None:
    care = talked(town, "head", opened(town))
    do(town, "head", "read", care, purpose="看看进展")
    assert rows_seen(town, "head") == [1, 1, 1]
    assert rows_seen(town, who) == [0, 0, 0]
    for verb, given in (
        ("read", {"purpose": "打听"}),
        ("talk", {"client_id": uuid7(), "on": day_of(NOW), "summary": "打听"}),
        ("review", {"plan": "打听", "review_on": day_of(NOW) + timedelta(days=30)}),
        ("end_care", {}),
    ):
        with pytest.raises(Refused) as refused:
            do(town, who, verb, care, **given)
        assert refused.value.code == "not-found"
    with acting(town.actor(who)), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_care SET plan = '改'")
        assert cursor.rowcount == 0
    assert rows_seen(town, "head") == [1, 1, 1]


def test_a_grant_lasts_until_its_day(town: Town) -> None:
    care = paired(town, opened(town))
    assert rows_seen(town, "safety")[0] == 1
    with acting(town.county.system):
        CareGrant.objects.filter(role="paired").update(until=day_of(NOW) - timedelta(days=1))
    assert rows_seen(town, "safety") == [0, 0, 0]
    with pytest.raises(Refused) as refused:
        do(town, "safety", "read", care, purpose="继续帮教")
    assert refused.value.code == "not-found"
    with acting(town.county.system):
        assert not CareReading.objects.exists()


def test_who_is_paired_talks_but_does_not_decide(town: Town) -> None:
    care = paired(town, opened(town))
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("end_care", {}),
        ("pair", {"person_id": town.county.people["logistics"].id, "purpose": "帮忙"}),
    )
    for verb, given in steps:
        with pytest.raises(Refused) as refused:
            do(town, "safety", verb, care, **given)
        assert refused.value.code == "not-responsible"
    with acting(town.county.system):
        assert Care.objects.get().ended_at is None and CareGrant.objects.count() == 2


def test_only_staff_of_the_school_is_paired(town: Town) -> None:
    care = opened(town)
    with pytest.raises(Refused) as refused:
        do(town, "head", "pair", care, person_id=town.county.people["police"].id, purpose="帮教")
    assert refused.value.code == "unknown-person"
    with acting(town.county.system):
        assert CareGrant.objects.count() == 1


def test_some_months_after_the_end_it_is_gone(
    town: Town, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    care = talked(town, "head", opened(town))
    sealed = care.child
    do(town, "head", "end_care", care)
    with acting(town.county.system), django_capture_on_commit_callbacks(execute=True):
        assert caring.erase_due(now=NOW + timedelta(days=100)) == 0
    assert plain(care, sealed) == CHILD
    with acting(town.county.system), django_capture_on_commit_callbacks(execute=True):
        assert caring.erase_due(now=NOW + timedelta(days=200)) == 1
    assert plain(care, sealed) == GONE
    with acting(town.county.system):
        left = Care.objects.get()
        assert (left.child, left.situation, left.plan) == ("", "", "") and left.erased_at
        assert not CareTalk.objects.exists()
    assert plain(left, "") == ""


def test_what_nobody_reviews_ends_by_itself(town: Town) -> None:
    care = opened(town)
    with acting(town.county.system):
        caring.erase_due(now=NOW + timedelta(days=119))
        assert Care.objects.get().ended_at is None
        caring.erase_due(now=NOW + timedelta(days=122))
        assert Care.objects.get().ended_at
    assert care.ended_at is None


def test_the_bureau_learns_numbers_that_are_not_small(town: Town) -> None:
    for _ in range(5):
        opened(town)
    opened(town, kind="bullying")
    with acting(town.actor("officer")):
        told = {one.kind: str(one) for one in care_counts(town.actor("officer"))}
    assert told == {"left-behind": "5", "bullying": "不足5"}
    for who in ("police", "town-officer", "guard"):
        with acting(town.actor(who)):
            assert care_counts(town.actor(who)) == []


def test_a_purpose_opens_the_page_for_the_day_and_is_on_record(
    town: Town, signed_in: Callable[[str], Client]
) -> None:
    care = opened(town)
    page, head = f"/care/{care.id}/", signed_in("head")
    asked = head.get(page).content.decode()
    assert "查阅为了什么" in asked and CHILD not in asked
    assert head.post(page, {"purpose": " "}).status_code == 422
    with acting(town.county.system):
        assert not CareReading.objects.exists()
    assert CHILD in head.post(page, {"purpose": "家访前了解"}, follow=True).content.decode()
    answer = head.get(f"{page}?paper=1")
    assert SITUATION in answer.content.decode() and "no-store" in answer["Cache-Control"]
    with acting(town.county.system):
        assert list(CareReading.objects.values_list("purpose", flat=True)) == ["家访前了解"] * 2
    for who in ("officer", "police", "safety"):
        assert signed_in(who).get(page).status_code == 404
    assert CHILD not in head.get("/care/").content.decode()


def test_steps_by_their_pages(town: Town, signed_in: Callable[[str], Client]) -> None:
    head = signed_in("head")
    new = {"kind": "hardship", "child": CHILD, "situation": SITUATION, "client_uuid": str(UUID(int=5))}
    review = (day_of(NOW) + timedelta(days=60)).isoformat()
    assert head.post("/care/new/", {**new, "review_on": "2020-01-01"}).status_code == 422
    opened_at = head.post("/care/new/", {**new, "review_on": review})["Location"]
    assert CHILD in head.get(opened_at).content.decode()
    person = str(town.county.people["safety"].id)
    sent = {
        "pair": {"person": person, "purpose": "每周谈心"},
        "talk": {"on": day_of(NOW).isoformat(), "summary": SAID},
        "review": {"plan": "继续", "review_on": review},
        "end": {},
    }
    for number, (verb, body) in enumerate(sent.items()):
        assert head.get(f"{opened_at}{verb}/").status_code == 200
        given = {**body, "client_uuid": str(UUID(int=10 + number))}
        assert head.post(f"{opened_at}{verb}/", given).status_code == 302, verb
    assert "已结束" in head.get(opened_at).content.decode()


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 6, 15), 6, date(2026, 12, 15)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
    ],
)
def test_months_after(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then
