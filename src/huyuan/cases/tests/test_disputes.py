"""A dispute, from the class teacher who hears of it to the day on which it stays settled; who sees it, and
who learns no more than that there is one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from huyuan.cases import queries
from huyuan.cases.models import Case, Part, Share, Step
from huyuan.cases.rules import names_somebody
from huyuan.cases.tests.conftest import Town
from huyuan.duties.models import Event, Proof
from huyuan.kernel.errors import Refused
from huyuan.notify.models import Message
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import NOW
from huyuan.trace.models import Record

TOLD: dict[str, object] = {"category": "home-school", "spot": "三年级教室", "description": "对座位安排有意见"}


def told(town: Town, who: str = "safety", **given: object) -> Case:
    asked: dict[str, Any] = TOLD | {"kind": "dispute"} | given
    return town.report(who, **asked)


def handed_on(town: Town) -> Case:
    """The school can't settle it, the police station tries."""
    case = told(town)
    town.do("head", "assign", case, lead=town.org("station"), what="请到场调解")
    return case


def sees(town: Town, who: str, case: Case) -> tuple[bool, bool, bool]:
    """Through the first lock; the row, and its history, through the second."""
    actor = town.actor(who)
    with acting(actor):
        return (
            queries.filtered(actor, "dispute", queries.Filters(), NOW).filter(id=case.id).exists(),
            Case.objects.filter(id=case.id).exists(),
            Step.objects.filter(case_id=case.id).exists(),
        )


def test_settled_at_the_school_and_visited_until_it_stays_so(town: Town) -> None:
    case = told(town, people=3)
    assert (case.number, case.confidential, case.state) == ("矛盾纠纷〔2026〕1号", True, "found")
    town.do("head", "take", case, responsible="德育主任")
    town.do("head", "mediate", case, what="约谈双方，达成一致")
    town.do("head", "fix", case, part_id=town.part(case, "central"), what="调整座位")
    assert town.now(case).state == "fixed"
    with pytest.raises(Refused) as refused:
        town.do("head", "verify", case)
    assert refused.value.code == "missing-reason" and town.now(case).state == "fixed"
    town.do("head", "visit", case, what="一周后回访，平稳")
    town.do("head", "reject", case, reason="又起争执")
    assert town.now(case).state == "working"
    town.do("head", "fix", case, part_id=town.part(case, "central"), what="再次协调")
    town.do("head", "verify", case, what="一个月后回访，平稳")
    assert town.now(case).state == "closed"
    town.do("head", "reopen", case, reason="又有反复")
    assert (town.now(case).state, town.now(case).reopened) == ("working", 1)
    with acting(town.county.system):
        first = Step.objects.get(case=case, verb="found")
        steps = {
            qual
            for quals in Proof.objects.filter(answers=str(case.event_id), act="mediation").values_list(
                "quals", flat=True
            )
            for qual in quals
        }
    assert first.detail == [["涉及人数", "3人"]]
    assert steps == {"step=start", "step=talk", "step=settled", "step=visit"}


def test_an_office_settles_it_or_sends_it_back(town: Town) -> None:
    case = handed_on(town)
    town.do("police", "return_", case, part_id=town.part(case, "station"), reason="属民事纠纷")
    back = town.now(case)
    assert (back.state, back.desk_id) == ("disputed", town.org("central"))
    town.do("head", "assign", case, lead=town.org("station"), what="家长到校吵闹，请再次到场")
    town.do("police", "mediate", case, what="到场劝解")
    town.do("police", "fix", case, part_id=town.part(case, "station"), what="双方和解")
    assert town.now(case).state == "fixed"
    with acting(town.county.system):
        clock = Event.objects.filter(event="dispute.referred", org_id=town.org("station"), voided_at=None)
        answered = Proof.objects.filter(
            act="mediation", org_id=town.org("station"), answers__in=clock.values("id")
        )
        assert clock.count() == 1 and answered.count() == 2


@pytest.mark.parametrize("who", ["officer", "town-officer", "guard", "clerk", "police", "logistics"])
def test_nobody_else_sees_it(town: Town, who: str) -> None:
    case = told(town)
    colleague = town.actor(who).viewers == (town.org("central"),)
    assert sees(town, who, case) == (False, colleague, colleague)
    with pytest.raises(Refused) as refused:
        town.do(who, "note", case, what="打听")
    assert refused.value.code == "not-found"
    with acting(town.county.system):
        assert Step.objects.filter(case=case).count() == 1


def test_whom_it_is_handed_to_sees_it_as_long_as_it_is_shared(town: Town) -> None:
    case = handed_on(town)
    assert sees(town, "police", case) == (True, True, True)
    assert sees(town, "officer", case) == (False, False, False)
    with acting(town.county.system):
        share = Share.objects.get(case=case)
        assert (share.org_id, share.purpose) == (town.org("station"), "调解")
        Share.objects.update(until=NOW.date() - timedelta(days=3650))
    assert sees(town, "police", case)[1:] == (False, False)


def test_it_goes_to_offices_that_settle_such_and_never_to_the_bureau(town: Town) -> None:
    case = told(town)
    for org in ("bureau", "housing"):
        with pytest.raises(Refused) as refused:
            town.do("head", "assign", case, lead=town.org(org), what="请处理")
        assert refused.value.code == "unknown-organisation"
    with acting(town.county.system):
        assert not Part.objects.exists() and not Share.objects.exists()
    assert town.now(case).state == "found"


def test_messages_record_and_clock_say_nothing_of_it(town: Town) -> None:
    case = handed_on(town)
    town.do("head", "note", case, what="对座位安排仍有意见")
    with acting(town.county.system):
        messages = list(Message.objects.values_list("org__key", "text"))
        traced = [str(row.after) for row in Record.objects.filter(object_id=str(case.id))]
        about = set(Event.objects.filter(event__startswith="dispute.").values_list("about", flat=True))
    assert {org for org, _ in messages} == {"station"} and about == {case.number}
    assert len(traced) == 3
    said = "".join([*traced, *(text for _, text in messages)])
    assert "座位" not in said and "教室" not in said


def test_above_there_are_counts(town: Town) -> None:
    for _ in range(2):
        told(town)
    done = told(town, category="pupils")
    town.do("head", "take", done)
    town.do("head", "fix", done, part_id=town.part(done, "central"), what="握手言和")
    for who in ("officer", "town-officer"):
        actor = town.actor(who)
        with acting(actor):
            counts = queries.confidential_counts(actor, "dispute")
        assert queries.summed(counts) == {"found": 3, "open": 2, "settled": 1, "closed": 0, "again": 0}
        assert {(one.category, one.number) for one in counts} == {("home-school", 2), ("pupils", 1)}
    for who in ("police", "guard", "clerk"):
        actor = town.actor(who)
        with acting(actor):
            assert queries.confidential_counts(actor, "dispute") == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("与13812345678联系", True),
        ("138 1234 5678", True),
        ("身份证11010119900101123X", True),
        ("110101199001011234", True),
        ("１３８１２３４５６７８", True),
        ("隐患2026年11月22日", False),
        ("1381234567890", False),
        ("三年级12人，20261122", False),
    ],
)
def test_numbers_that_name_somebody(text: str, named: bool) -> None:
    assert names_somebody(text) is named


def test_what_names_somebody_is_not_kept(town: Town) -> None:
    with pytest.raises(Refused) as refused:
        told(town, description="家长电话13812345678")
    assert refused.value.code == "names-somebody"
    case = told(town)
    with pytest.raises(Refused):
        town.do("head", "note", case, what="身份证110101199001011234")
    with acting(town.county.system):
        assert Case.objects.count() == 1 and Step.objects.count() == 1


def test_pages_by_who_looks(town: Town, signed_in: Callable[[str], Client]) -> None:
    case = told(town)
    page = signed_in("head").get("/disputes/").content.decode()
    assert "对座位安排有意见" in page and "件数" in page
    counts = signed_in("officer").get("/disputes/").content.decode()
    assert "对座位安排有意见" not in counts and "一共发现 1 件" in counts
    assert signed_in("officer").get(f"/cases/{case.id}/").status_code == 404
    assert signed_in("guard").get("/disputes/").status_code == 404
    assert "/disputes/" in signed_in("head").get("/cases/").content.decode()
    assert "/disputes/" not in signed_in("guard").get("/cases/").content.decode()
    whole = signed_in("head").get(f"/cases/{case.id}/").content.decode()
    assert "开始调解" in whole and "整改" not in whole.split("<main", 1)[1].split("</main", 1)[0]
    assert signed_in("head").get(f"/cases/{case.id}/supervise/").status_code == 404


def test_recorded_on_a_phone_in_one_form(town: Town, signed_in: Callable[[str], Client]) -> None:
    sent: dict[str, Any] = {**TOLD, "client_uuid": str(UUID(int=7)), "org_id": str(town.org("central"))}
    answer = signed_in("safety").post("/disputes/report/", sent)
    assert answer.status_code == 302
    refused = signed_in("safety").post(
        "/disputes/report/", {**sent, "client_uuid": str(UUID(int=8)), "description": "找13812345678"}
    )
    assert refused.status_code == 422 and "不登记个人信息" in refused.content.decode()
    with acting(town.county.system):
        assert Case.objects.filter(kind="dispute").count() == 1
