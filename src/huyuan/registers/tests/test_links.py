"""One-time links: whoever something was recorded for says, without signing in, whether it is right; once."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from huyuan.orgs import rules as limits
from huyuan.orgs.models import Account, Attempt
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.orgs.tests.test_enterprise import Gateway, gateway
from huyuan.registers import actions, after, tasks
from huyuan.registers.models import ConfirmationLink, Entry
from huyuan.registers.rules import LINK_DAYS, why_shut
from huyuan.registers.tests.library import CHECK, NOW, Remembering, answers, install, new_id
from huyuan.registers.tests.test_for_others import VISIT, Desk, browser, desk
from huyuan.trace import keys
from huyuan.trace.models import Record

__all__ = ["desk", "gateway"]
pytestmark = pytest.mark.urls("huyuan.registers.tests.urls")
SECRET = {
    **VISIT,
    "fields": [*VISIT["fields"], {"id": "child", "label": "学生", "type": "text", "personal": True}],
}
LINK = re.compile(r"/confirm/[\w-]+/")


@pytest.fixture
def heard() -> Iterator[list[ConfirmationLink]]:
    """What whoever listens for answers is told."""
    before, told = list(after.ANSWERED), list[ConfirmationLink]()
    after.ANSWERED[:] = [lambda link, now: told.append(link)]
    yield told
    after.ANSWERED[:] = before


@pytest.fixture
def entry(desk: Desk, sink: Remembering) -> Entry:
    with acting(desk.county.actors["safety"]):
        return desk.record(install(SECRET), note=["校门口没有减速带"], child=["不该给人看"])


def ask(desk: Desk, entry: Entry, **more: str) -> str:
    """The address of a link that the school has just made."""
    client = browser(desk.county, "safety")
    posted = {"org_id": str(desk.county.orgs["station"].id), **more}
    answer = client.post(f"/entries/{entry.id}/ask/", posted)
    assert answer.status_code == 200
    found = LINK.search(answer.content.decode())
    return found[0] if found else ""


def link_of(desk: Desk) -> ConfirmationLink:
    with acting(desk.county.system):
        return ConfirmationLink.objects.order_by("-made_at", "-id")[0]


def test_a_link_is_opened_without_signing_in_and_shows_only_what_was_recorded(
    desk: Desk, entry: Entry, heard: list[ConfirmationLink]
) -> None:
    address = ask(desk, entry)
    assert address and link_of(desk).token_digest not in address
    answer = Client().get(address)
    page = answer.content.decode()
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
    assert "station单位" in page and "校门口没有减速带" in page and entry.number in page
    for hidden in ("不该给人看", "签字表.pdf", "/entries/", "/files/", "人员safety"):
        assert hidden not in page
    assert link_of(desk).answered_at is None and heard == []
    assert not Attempt.objects.exists()


def test_confirmed_once_the_first_answer_counts_and_later_ones_are_told(
    desk: Desk, entry: Entry, heard: list[ConfirmationLink], sink: Remembering
) -> None:
    address = ask(desk, entry)
    text = Client().post(address, {"answer": "confirmed"}).content.decode()
    assert "确认属实" in text and "谢谢" in text
    late = Client().post(address, {"answer": "contradicted", "reason": "不是我们"})
    assert late.status_code == 409
    assert "已经有人用这个链接确认属实，以先答复的为准" in late.content.decode()
    assert "以先答复的为准" in Client().get(address).content.decode()
    link = link_of(desk)
    assert (link.answer, link.reason, len(heard)) == ("confirmed", "", 1)
    with acting(desk.county.system):
        traced = Record.objects.get(object_id=entry.id, verb="entry.answer")
    assert traced.after and (traced.after["answer"], traced.after["recorded_for"]) == (
        "confirmed",
        "station单位",
    )
    page = browser(desk.county, "safety").get(f"/entries/{entry.id}/").content.decode()
    assert "对方确认属实" in page and "生成确认链接" not in page
    again = browser(desk.county, "safety").post(
        f"/entries/{entry.id}/ask/", {"org_id": str(desk.county.orgs["station"].id)}
    )
    assert again.status_code == 409


def test_a_contradiction_wants_a_reason_and_voids_nothing(
    desk: Desk, entry: Entry, heard: list[ConfirmationLink], sink: Remembering
) -> None:
    address = ask(desk, entry)
    assert Client().post(address, {"answer": "contradicted", "reason": " "}).status_code == 400
    assert Client().post(address, {"answer": "perhaps"}).status_code == 404
    assert link_of(desk).answered_at is None
    Client().post(address, {"answer": "contradicted", "reason": "那天没有人去过"})
    assert [link.answer for link in heard] == ["contradicted"]
    page = browser(desk.county, "head").get(f"/entries/{entry.id}/").content.decode()
    assert "对方说与事实不符：那天没有人去过" in page
    with acting(desk.county.system):
        assert Entry.objects.get(id=entry.id).state == "submitted"
    assert sink.voided == []


def test_withdrawn_and_replaced_links_take_no_answer(
    desk: Desk, entry: Entry, heard: list[ConfirmationLink]
) -> None:
    first, second = ask(desk, entry), ask(desk, entry)
    assert "收回了这个链接" in Client().get(first).content.decode()
    assert ask(desk, entry, withdraw="1") == ""
    for address in (first, second):
        answer = Client().post(address, {"answer": "confirmed"})
        assert answer.status_code == 409 and "收回了这个链接" in answer.content.decode()
    assert heard == []


def test_an_expired_link_and_one_of_a_void_entry_say_so(
    desk: Desk, entry: Entry, heard: list[ConfirmationLink]
) -> None:
    expired = ask(desk, entry)
    with acting(desk.county.system):
        ConfirmationLink.objects.update(made_at=NOW - timedelta(days=30), expires_at=NOW - timedelta(days=23))
    assert Client().post(expired, {"answer": "confirmed"}).status_code == 409
    assert "过期" in Client().get(expired).content.decode()
    fresh = ask(desk, entry)
    with acting(desk.county.actors["head"]):
        actions.void(actor=desk.county.actors["head"], entry_id=entry.id, reason="登错了", now=NOW)
    page = Client().get(fresh).content.decode()
    assert "已经作废" in page and "校门口没有减速带" not in page
    assert heard == []


def test_a_guessed_token_answers_like_none_and_guessing_is_limited(
    desk: Desk, entry: Entry, heard: list[ConfirmationLink]
) -> None:
    address = ask(desk, entry)
    guesses = (f"/confirm/{COUNTY}-AAAAAAAAAAAAAAAAAAAAAA/", address[:-2] + "*/", "/confirm/x/")
    reference = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
    pages = set()
    for guess in guesses:
        for answer in (Client().get(guess), Client().post(guess, {"answer": "confirmed"})):
            assert answer.status_code == 404
            pages.add(reference.sub("", answer.content.decode()))
    assert len(pages) == 1
    for _ in range(limits.LIMITS["link"].failures - 6):
        Client().get(guesses[0])
    locked = Client().get(address)
    assert locked.status_code == 403 and "分钟" in locked.content.decode()
    assert link_of(desk).answered_at is None and heard == []


def test_a_signature_recorded_by_proxy_is_asked_about_without_the_entry_itself(
    desk: Desk, sink: Remembering, heard: list[ConfirmationLink]
) -> None:
    county, station = desk.county, desk.county.orgs["station"].id
    form = install(CHECK)
    with acting(county.actors["safety"]):
        entry = actions.submit(
            actor=county.actors["safety"], form_id=form.id, org_id=county.orgs["central"].id,
            client_id=new_id(), answers=answers(partner=[str(station)], note="学校自己的话"), now=NOW,
        )  # fmt: skip
        actions.sign(
            actor=county.actors["safety"], entry_id=entry.id, org_id=station, sheet=desk.paper.id, now=NOW
        )
    page = Client().get(ask(desk, entry)).content.decode()
    assert "在纸质表上签了字" in page and "学校自己的话" not in page


def test_only_who_recorded_it_asks(desk: Desk, entry: Entry) -> None:
    station = str(desk.county.orgs["station"].id)
    for who in ("police", "other-admin", "officer"):
        answer = browser(desk.county, who).post(f"/entries/{entry.id}/ask/", {"org_id": station})
        assert answer.status_code in (403, 404)
    central = str(desk.county.orgs["central"].id)
    answer = browser(desk.county, "safety").post(f"/entries/{entry.id}/ask/", {"org_id": central})
    assert answer.status_code == 404
    with acting(desk.county.system):
        assert not ConfirmationLink.objects.exists()


def test_the_database_keeps_answers_whole(desk: Desk, entry: Entry) -> None:
    ask(desk, entry)
    for wrong in (
        {"answer": "confirmed"},
        {"answer": "contradicted", "answered_at": NOW},
        {"answered_at": NOW},
    ):
        refused = pytest.raises(IntegrityError, match="registers_link_answer")
        with acting(desk.county.system), refused, transaction.atomic():
            ConfirmationLink.objects.update(**wrong)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, ""),
        ({"now": NOW + timedelta(days=LINK_DAYS)}, "过期"),
        ({"now": NOW + timedelta(days=LINK_DAYS) - timedelta(microseconds=1)}, ""),
        ({"withdrawn_at": NOW}, "收回"),
        ({"entry_state": "void", "withdrawn_at": NOW}, "作废"),
        ({"answered_at": NOW, "answer": "contradicted", "entry_state": "void"}, "2026年10月14日 10:00"),
    ],
)
def test_why_a_link_takes_no_answer(given: dict[str, Any], word: str) -> None:
    facts: dict[str, Any] = {
        "entry_state": "submitted", "expires_at": NOW + timedelta(days=LINK_DAYS), "withdrawn_at": None,
        "answered_at": None, "answer": "", "now": NOW,
    }  # fmt: skip
    said = why_shut(**{**facts, **given})
    assert word in said and bool(said) == bool(word)


def test_a_link_goes_to_the_agencys_number_and_opens(
    desk: Desk, entry: Entry, gateway: type[Gateway]
) -> None:
    police = desk.county.people["police"]
    sealed, found_by = keys.encrypt(police.id, "13812345678"), keys.fingerprint("phone", "13812345678")
    Account.objects.filter(person=police).update(phone=sealed, phone_hash=found_by)
    ask(desk, entry, text_to=str(police.id))
    (job,) = ProcrastinateJob.objects.filter(task_name="registers.text_link").values_list("args", flat=True)
    assert "13812345678" not in str(job) and not LINK.search(str(job)), "the job holds ciphertext"
    tasks.text_link(**job)
    ((_, content),) = gateway.taken
    told = json.loads(content)
    assert told["mobile"] == "13812345678"
    (address,) = LINK.findall(told["content"])
    assert Client().get(address).status_code == 200
