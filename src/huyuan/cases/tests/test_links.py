"""One-time links by which an organisation that does not sign in acts on its part of a case."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from huyuan.cases import actions
from huyuan.cases.models import Case, CaseFile, PartLink, Step
from huyuan.cases.rules import OPEN_PART, PART_STATES, STATES, why_shut
from huyuan.cases.tests.conftest import Town
from huyuan.cases.tests.test_voices import photo
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, NOW
from huyuan.registers.rules import LINK_DAYS
from huyuan.trace import files, keys

SignIn = Callable[[str], Client]
DUE = date(2099, 10, 28)


@pytest.fixture
def case(town: Town) -> Case:
    """A broken rail, with a photo, given to the housing office; another part to urban management."""
    with acting(town.county.system):
        stored = files.store(photo().read(), county_id=COUNTY, now=NOW)
    case = town.report(photos={stored.id: "现场.jpg"})
    lead, support = town.org("housing"), town.org("urban")
    return town.do("officer", "assign", case, lead=lead, support=[support], what="更换栏杆", due=DUE)


def asked(client: Client, case: Case, part: UUID, **given: str) -> str:
    """The address that is shown when a link is made, as the officer makes it."""
    page = client.post(f"/cases/{case.id}/link/", {"part": str(part)} | given).content.decode()
    found = re.search(r"/part/\d{6}-[A-Za-z0-9_-]{22}/", page)
    assert found, page
    return found[0]


def post(address: str, verb: str, **given: object) -> tuple[int, str]:
    answer = Client().post(address, {"verb": verb, "client_uuid": str(uuid4())} | given)
    return answer.status_code, answer.content.decode()


def test_accepted_and_done_through_the_link(town: Town, case: Case, signed_in: SignIn) -> None:
    officer = signed_in("officer")
    address = asked(officer, case, town.part(case, "housing"))
    page = Client().get(address).content.decode()
    assert "东侧楼梯" in page and "更换栏杆" in page and "人员" not in page and "urban单位" not in page
    picture = re.search(rf"{address}files/[0-9a-f-]+/", page)
    assert picture and Client().get(picture[0]).status_code == 200
    status, text = post(address, "accept", responsible="工程科")
    assert status == 200 and "已接办" in text
    status, text = post(address, "fix", what="换了整段栏杆", photos=photo())
    assert status == 200 and "由别人复查" in text
    with acting(town.county.system):
        steps = list(Step.objects.filter(case=case, person_name="通过链接办理").order_by("recorded_at"))
        after = CaseFile.objects.select_related("file").get(case=case, kind="after")
        stored = files.open_file(after.file).read()
    assert [(step.verb, step.by_id) for step in steps] == [
        ("accept", town.org("housing")),
        ("fix", town.org("housing")),
    ]
    assert b"Secret Phone 7" not in stored
    assert "housing单位 通过链接办理" in officer.get(f"/cases/{case.id}/").content.decode()
    assert post(address, "fix", what="再来一次")[0] == 409
    assert Client().get(picture[0]).status_code == 404


def test_returned_through_the_link(town: Town, case: Case, signed_in: SignIn) -> None:
    address = asked(signed_in("officer"), case, town.part(case, "housing"))
    status, text = post(address, "return")
    assert status == 422 and "退回理由" in text
    assert post(address, "return", reason="校舍归教育局管")[0] == 200
    status, text = post(address, "accept")
    assert status == 409 and "已经通过这个链接办过了" in text
    with acting(town.county.system):
        assert Step.objects.get(case=case, verb="return").text == "校舍归教育局管"


def test_used_after_closing_it_says_why_and_does_nothing(town: Town, case: Case, signed_in: SignIn) -> None:
    address = asked(signed_in("officer"), case, town.part(case, "housing"))
    for who, org in (("clerk", "housing"), ("warden", "urban")):
        town.do(who, "fix", case, part_id=town.part(case, org), what="已更换")
    town.do("head", "verify", case)
    with acting(town.county.system):
        before = Step.objects.filter(case=case).count()
    for verb, given in (("accept", {}), ("return", {"reason": "不归我们"}), ("fix", {"what": "修好了"})):
        status, text = post(address, verb, **given)
        assert status == 409 and "这件事已销号，不用再办" in text and "东侧楼梯" not in text
    assert Client().get(address).status_code == 409
    assert town.now(case).state == "closed"
    with acting(town.county.system):
        assert Step.objects.filter(case=case).count() == before
        assert PartLink.objects.get().used_at is None


def test_a_new_link_ends_the_old_one_and_a_withdrawn_one_is_shut(
    town: Town, case: Case, signed_in: SignIn
) -> None:
    officer, part = signed_in("officer"), town.part(case, "housing")
    old = asked(officer, case, part)
    new = asked(officer, case, part)
    assert "收回办理链接" in officer.get(f"/cases/{case.id}/").content.decode()
    assert [Client().get(one).status_code for one in (old, new)] == [409, 200]
    officer.post(f"/cases/{case.id}/link/", {"part": str(part), "withdraw": "1"})
    status, text = post(new, "accept")
    assert status == 409 and "收回了这个链接" in text
    assert "收回办理链接" not in officer.get(f"/cases/{case.id}/").content.decode()


def test_a_part_taken_back_or_a_link_too_old_is_shut(town: Town, case: Case) -> None:
    officer, part = town.actor("officer"), town.part(case, "housing")
    with acting(officer):
        link, token = actions.make_link(actor=officer, case_id=case.id, part_id=part, now=NOW)
    late = NOW + timedelta(days=LINK_DAYS)
    with (
        actions.opened_link(token, address="203.0.113.5", now=late) as opened,
        pytest.raises(Refused) as refused,
    ):
        actions.act_by_link(link=opened, verb="accept", client_id=uuid7(), given={}, now=late)
    assert refused.value.code == "closed-link" and "过期" in refused.value.message
    town.do("officer", "withdraw", case, part_id=part, reason="弄错了")
    with (
        actions.opened_link(token, address="203.0.113.5", now=NOW) as opened,
        pytest.raises(Refused) as refused,
    ):
        actions.act_by_link(link=opened, verb="accept", client_id=uuid7(), given={}, now=NOW)
    assert "已撤回" in refused.value.message
    assert token not in repr(link.__dict__)


def test_a_repeat_through_the_link_is_harmless(town: Town, case: Case, signed_in: SignIn) -> None:
    address = asked(signed_in("officer"), case, town.part(case, "housing"))
    client_id = str(uuid4())
    for _ in range(2):
        status, _ = post(address, "accept", client_uuid=client_id)
        assert status == 200
    with acting(town.county.system):
        assert Step.objects.filter(case=case, verb="accept").count() == 1


def test_only_who_may_record_for_them_sends_links(town: Town, case: Case, signed_in: SignIn) -> None:
    part = town.part(case, "housing")
    for who in ("clerk", "warden", "police", "guard"):
        assert signed_in(who).post(f"/cases/{case.id}/link/", {"part": str(part)}).status_code == 404
    with acting(town.county.system):
        assert not PartLink.objects.exists()


def test_photos_of_another_case_are_not_reached(town: Town, case: Case, signed_in: SignIn) -> None:
    address = asked(signed_in("officer"), case, town.part(case, "housing"))
    with acting(town.county.system):
        stored = files.store(photo().read(), county_id=COUNTY, now=NOW)
    other = town.report(spot="西侧楼梯", photos={stored.id: "别处.jpg"})
    with acting(town.county.system):
        theirs = CaseFile.objects.get(case=other)
    assert Client().get(f"{address}files/{theirs.id}/").status_code == 404


def test_texted_where_a_gateway_is_configured(
    town: Town, case: Case, signed_in: SignIn, settings: Any, tmp_path: Path
) -> None:
    path = tmp_path / "text.yaml"
    gateway = {"url": "http://127.0.0.1:9/", "form": {"to": "{phone}"}}
    path.write_text(yaml.safe_dump({"text_messages": gateway}))
    settings.SIGN_IN_FILE = str(path)
    clerk = town.county.people["clerk"]
    with acting(town.county.system):
        Account.objects.filter(person=clerk).update(
            phone=keys.encrypt(clerk.id, "13800002222"), phone_hash="0" * 64
        )
    officer, part = signed_in("officer"), town.part(case, "housing")
    shown = officer.post(f"/cases/{case.id}/link/", {"part": str(part)}).content.decode()
    assert "138****2222" in shown and "已发短信" not in shown
    address = asked(officer, case, part, text_to=str(clerk.id))
    job = ProcrastinateJob.objects.get(task_name="cases.text_link")
    assert keys.decrypt(clerk.id, job.args["sealed"]).endswith(address) and address not in repr(job.args)


@pytest.mark.parametrize("case_state", [*STATES])
@pytest.mark.parametrize("part_state", [*PART_STATES])
@pytest.mark.parametrize("wrong", ["", "withdrawn", "used", "late"])
def test_a_link_is_open_for_an_open_part_of_an_open_case(
    case_state: str, part_state: str, wrong: str
) -> None:
    at = NOW + timedelta(days=LINK_DAYS + (1 if wrong == "late" else -1))
    expires = NOW + timedelta(days=LINK_DAYS)
    given = {"withdrawn": wrong == "withdrawn", "used": wrong == "used"}
    why = why_shut(case_state, part_state, expires_at=expires, now=at, **given)
    over = case_state in ("closed", "void") or part_state not in OPEN_PART
    assert bool(why) is (over or bool(wrong))
