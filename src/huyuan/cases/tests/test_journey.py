"""A broken stair rail, from the one who sees it to the one who sees that it is gone."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from huyuan.cases.models import Case, Part, Share, Step
from huyuan.cases.tests.conftest import Town
from huyuan.duties.models import Event, Proof
from huyuan.kernel.days import end_of
from huyuan.kernel.errors import Refused
from huyuan.notify.models import Message
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import DAY, NOW

DUE = date(2026, 10, 28)


def verbs(town: Town, case: Case) -> list[str]:
    with acting(town.county.system):
        return list(
            Step.objects.filter(case=case).order_by("recorded_at", "id").values_list("verb", flat=True)
        )


def test_through_the_agencies_until_somebody_else_says_that_it_is_gone(town: Town) -> None:
    case = town.report()
    assert (case.state, case.desk_id, case.number) == ("found", town.org("central"), "隐患〔2026〕1号")
    town.do("safety", "pass_up", case, reason="要换整段栏杆，学校解决不了")
    assert town.now(case).desk_id == town.org("bureau")
    town.do("officer", "assign", case, lead=town.org("housing"), what="更换栏杆", due=DUE)
    assert town.now(case).state == "working" and town.now(case).due_at == end_of(DUE)
    part = town.part(case, "housing")
    town.do("clerk", "return_", case, part_id=part, reason="校舍归教育局管")
    disputed = town.now(case)
    assert (disputed.state, disputed.desk_id) == ("disputed", town.org("bureau"))
    town.do(
        "officer", "assign", case,
        lead=town.org("housing"), support=[town.org("urban")], what="换栏杆", meeting="10月联席会议议定",
    )  # fmt: skip
    with acting(town.county.system):
        states = dict(Part.objects.filter(case=case).values_list("org__key", "state").order_by("offered_at"))
        leads = list(Part.objects.filter(case=case, lead=True).values_list("org__key", "state"))
    assert states == {"housing": "offered", "urban": "offered"}
    assert leads == [("housing", "reassigned"), ("housing", "offered")]
    for who, org in (("clerk", "housing"), ("warden", "urban")):
        town.do(who, "accept", case, part_id=town.part(case, org), responsible="工程科")
        town.do(who, "fix", case, part_id=town.part(case, org), what="已更换")
    fixed = town.now(case)
    assert (fixed.state, fixed.desk_id, fixed.due_at) == ("fixed", town.org("central"), end_of(DUE))
    town.do("head", "verify", case, what="现场看过，牢固")
    closed = town.now(case)
    assert (closed.state, closed.desk_id, closed.closed_at) == ("closed", None, NOW)
    assert verbs(town, case) == [
        "found", "pass-up", "assign", "return", "assign", "accept", "fix", "accept", "fix", "verify",
    ]  # fmt: skip


def test_every_step_proves_for_the_school_and_for_whoever_took_it(town: Town) -> None:
    case = town.report()
    town.do("safety", "pass_up", case, reason="解决不了")
    town.do("officer", "assign", case, lead=town.org("housing"), due=DUE)
    town.do("clerk", "fix", case, part_id=town.part(case, "housing"), what="已更换")
    town.do("head", "verify", case)
    with acting(town.county.system):
        event = Event.objects.get(id=str(case.event_id))
        proofs = set(Proof.objects.filter(answers=event.id, voided_at=None).values_list("act", "org__key"))
        given = Event.objects.get(event="hazard.assigned", voided_at=None)
        theirs = list(Proof.objects.filter(answers=given.id).values_list("act", "org__key"))
    assert event.org_id == town.org("central") and event.assigned_at == NOW
    assert "severity=minor" in event.quals and event.about == "东侧楼梯，扶手松动"
    assert proofs == {
        ("report", "central"),
        ("set-deadline", "central"),
        ("set-deadline", "bureau"),
        ("rectification", "central"),
        ("recheck", "central"),
    }
    # The department's own clock, apart from the school's.
    assert given.org_id == town.org("housing") and theirs == [("rectification", "housing")]


def test_whoever_fixes_does_not_verify(town: Town) -> None:
    case = town.report()
    town.do("safety", "take", case, due=DUE, responsible="后勤主任")
    town.do("safety", "fix", case, part_id=town.part(case, "central"), what="换了螺栓")
    with pytest.raises(Refused) as refused:
        town.do("safety", "verify", case)
    assert refused.value.code == "conflict-guard" and "不能复查自己" in refused.value.message
    assert town.now(case).state == "fixed" and verbs(town, case) == ["found", "take", "fix"]
    town.do("head", "verify", case)
    assert town.now(case).state == "closed"


def test_what_is_major_is_verified_above(town: Town) -> None:
    case = town.report(severity="major")
    town.do("safety", "take", case, due=DUE)
    town.do("safety", "fix", case, part_id=town.part(case, "central"), what="换了螺栓")
    assert town.now(case).desk_id == town.org("bureau")
    with pytest.raises(Refused) as refused:
        town.do("head", "verify", case)
    assert "上级单位复查" in refused.value.message
    town.do("officer", "verify", case)
    assert town.now(case).state == "closed"


def test_a_part_does_not_come_back_by_the_way_it_went(town: Town) -> None:
    case = town.report()
    town.do("officer", "assign", case, lead=town.org("housing"), due=DUE)
    town.do(
        "clerk", "pass_on", case, part_id=town.part(case, "housing"), to=town.org("urban"), reason="归城管"
    )
    with pytest.raises(Refused) as refused:
        town.do(
            "warden", "pass_on", case, part_id=town.part(case, "urban"), to=town.org("housing"), reason="不归"
        )
    assert refused.value.code == "conflict-guard" and "不能再转回去" in refused.value.message
    town.do("warden", "return_", case, part_id=town.part(case, "urban"), reason="两家都不管，请会商")
    assert town.now(case).state == "disputed" and town.now(case).due_at == end_of(DUE)
    with acting(town.county.system):
        assert not Event.objects.filter(event="hazard.assigned", voided_at=None).exists()


def test_an_extension_given_too_late_moves_nothing_that_is_judged(town: Town) -> None:
    case = town.report()
    town.do("officer", "assign", case, lead=town.org("housing"), due=date(2026, 10, 16))
    town.do("officer", "extend", case, until=date(2026, 10, 20), reason="等材料")
    assert town.now(case).judged_at == end_of(date(2026, 10, 20))
    late = NOW + timedelta(days=10)
    town.do("officer", "extend", case, until=date(2026, 10, 30), reason="还在等", now=late)
    now = town.now(case)
    assert (now.judged_at, now.due_at) == (end_of(date(2026, 10, 20)), end_of(date(2026, 10, 30)))
    with pytest.raises(Refused):
        town.do("clerk", "extend", case, until=date(2026, 11, 30), reason="自己批")


def test_a_repeat_is_harmless(town: Town) -> None:
    key = uuid4()
    case = town.report(client_id=key)
    again = town.report(client_id=key)
    assert again.id == case.id
    step = uuid4()
    for _ in range(2):
        town.do("safety", "take", case, due=DUE, client_id=step)
    assert verbs(town, case) == ["found", "take"]
    with pytest.raises(Refused) as refused:
        town.report(client_id=key, spot="西侧楼梯")
    assert refused.value.code == "conflict-device"
    with acting(town.county.system):
        assert Case.objects.count() == 1


def test_who_gets_a_part_sees_the_case_and_nobody_else_does(town: Town) -> None:
    case = town.report()
    for who in ("clerk", "warden", "guard", "town-officer"):
        sees = town.actor(who)
        with acting(sees):
            assert Case.objects.filter(id=case.id).exists() is (who == "town-officer")
    town.do("officer", "assign", case, lead=town.org("housing"), due=DUE)
    with acting(town.actor("clerk")):
        assert Case.objects.get(id=case.id).spot == "东侧楼梯"
        share = Share.objects.get(case=case)
        assert (share.org_id, share.purpose) == (town.org("housing"), "整改")
        assert share.until == DUE + timedelta(days=181)
    with acting(town.actor("warden")):
        assert not Case.objects.filter(id=case.id).exists()
        assert not Step.objects.filter(case_id=case.id).exists()
        assert not Part.objects.filter(case_id=case.id).exists()


def test_those_concerned_are_told(town: Town) -> None:
    case = town.report("police")
    town.do("officer", "assign", case, lead=town.org("housing"), due=DUE)
    with acting(town.county.system):
        told = set(Message.objects.values_list("org__key", "post_kind"))
        line = Message.objects.get(org__key="housing").text
    assert {("central", "head"), ("central", "safety-officer"), ("housing", "agency-officer")} <= told
    assert line == "交办给本单位：隐患〔2026〕1号（东侧楼梯扶手松动），请接办或说明理由退回。"


def test_reopened_it_keeps_history_and_clock(town: Town) -> None:
    case = town.report()
    town.do("safety", "take", case, due=DUE)
    town.do("safety", "fix", case, part_id=town.part(case, "central"), what="紧固")
    town.do("head", "verify", case)
    town.do("officer", "reopen", case, reason="又松了")
    now = town.now(case)
    assert (now.state, now.reopened, now.closed_at, now.due_at) == ("working", 1, None, end_of(DUE))
    assert verbs(town, case)[-1] == "reopen"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"lead": UUID(int=1)}, "unknown-organisation"),
        ({"due": DAY - timedelta(days=1)}, "invalid-due"),
    ],
)
def test_what_can_not_be_assigned_changes_nothing(town: Town, given: dict[str, object], code: str) -> None:
    case = town.report()
    asked: dict[str, object] = {"lead": town.org("housing"), "due": DUE}
    with pytest.raises(Refused) as refused:
        town.do("officer", "assign", case, **(asked | given))
    assert refused.value.code == code
    assert town.now(case).state == "found" and verbs(town, case) == ["found"]
