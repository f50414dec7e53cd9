"""Policies, submissions and the inbox: through the actions, on the database, as the application's role."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from python_calamine import CalamineWorkbook

from huyuan.kernel.errors import Refused
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import DAY, SmallCounty
from huyuan.papers import actions, queries, required
from huyuan.papers.models import Policy, Submission
from huyuan.papers.queries import InboxFilters, InForce
from huyuan.registers import actions as registers
from huyuan.registers.effects import ActDone
from huyuan.registers.models import Form
from huyuan.registers.tests.library import NOW, Remembering, answers, new_id
from huyuan.trace import files
from huyuan.trace.models import Record

PDF = actions.Upload("制度.pdf", b"%PDF-1.7 x")
OCTOBER = "2026-10"
STRANGERS = [("police", "forbidden"), ("officer", "forbidden"), ("guard", "not-found")]


def check(county: SmallCounty, form: Form, **more: str) -> None:
    actor = county.actors["safety"]
    with acting(actor):
        registers.submit(
            actor=actor,
            form_id=form.id,
            org_id=county.orgs["central"].id,
            client_id=new_id(),
            answers=answers(**more),
            now=NOW,
        )


def put(county: SmallCounty, who: str = "head", **more: Any) -> Policy:
    actor = county.actors[who]
    given: dict[str, Any] = {
        "actor": actor,
        "org_id": county.orgs["central"].id,
        "kind": "gate",
        "title": "门卫制度（试行）",
        "from_day": DAY,
        "review_on": date(2027, 9, 1),
        "upload": PDF,
        "now": NOW,
    }
    with acting(actor):
        return actions.policy_put(**(given | more))


def hand_in(county: SmallCounty, who: str = "safety", **more: Any) -> Submission:
    actor = county.actors[who]
    given: dict[str, Any] = {
        "actor": actor,
        "org_id": county.orgs["central"].id,
        "kind": "three-lists",
        "period": OCTOBER,
        "client_id": uuid4(),
        "now": NOW,
    }
    with acting(actor):
        return actions.submit_collected(**(given | more))


def steps(*org_ids: UUID) -> list[tuple[str, date, int]]:
    return [(one.kind, one.from_day, one.value) for one in queries.policies_in_force(org_ids)]


# ---- policies ----
def test_a_new_version_takes_over_and_the_old_one_stays_readable(county: SmallCounty, form: Form) -> None:
    first = put(county)
    second = put(county, from_day=DAY + timedelta(days=30), title="门卫制度")
    head = county.actors["head"]
    with acting(head):
        by_key = {kept.spec.key: kept for kept in queries.policies(head, first.org_id, DAY)}
        later = {
            kept.spec.key: kept for kept in queries.policies(head, first.org_id, DAY + timedelta(days=30))
        }
    assert by_key["gate"].in_force == first and by_key["gate"].older == (second,)
    assert later["gate"].in_force == second and later["gate"].older == (first,)
    assert by_key["duty"].in_force is None and by_key["duty"].required
    assert (first.version, second.version) == (1, 2)


def test_withdrawing_needs_a_reason_and_leaves_a_gap(county: SmallCounty, form: Form) -> None:
    policy, head = put(county), county.actors["head"]
    with acting(head), pytest.raises(Refused, match="missing-reason"):
        actions.policy_withdraw(actor=head, policy_id=policy.id, reason=" ", now=NOW)
    later = NOW + timedelta(days=3)
    with acting(head):
        actions.policy_withdraw(actor=head, policy_id=policy.id, reason="重订", now=later)
        assert steps(policy.org_id) == [("gate", DAY, 1), ("gate", DAY + timedelta(days=3), 0)]


def test_steps_of_several_kinds_and_versions(county: SmallCounty, form: Form) -> None:
    put(county, kind="gate")
    put(county, kind="duty", from_day=DAY + timedelta(days=1))
    put(county, kind="gate", from_day=DAY + timedelta(days=9))
    org = county.orgs["central"].id
    with acting(county.system):
        found = list(queries.policies_in_force([org, county.orgs["other"].id]))
    assert found == [
        InForce(org, "duty", DAY + timedelta(days=1), 1),
        InForce(org, "gate", DAY, 1),
        InForce(org, "gate", DAY + timedelta(days=9), 1),
    ]


def test_completeness_of_all_schools_in_sight(county: SmallCounty, form: Form) -> None:
    put(county, kind="gate")
    officer = county.actors["officer"]
    with acting(officer):
        found = queries.completeness(officer, DAY)
    assert {one.org_id: (one.required, one.missing) for one in found} == {
        county.orgs["central"].id: (2, ("值班制度",)),
        county.orgs["other"].id: (2, ("值班制度", "门卫制度")),
    }


def test_files_in_force_that_are_due_for_review_are_counted(county: SmallCounty, form: Form) -> None:
    officer, due = county.actors["officer"], DAY + timedelta(days=30)
    put(county, kind="gate", review_on=due)
    put(county, kind="duty", review_on=due + timedelta(days=1))

    def counted(day: date) -> int:
        with acting(officer):
            return next(one.review_due for one in queries.completeness(officer, day) if one.required)

    assert [counted(due - timedelta(days=1)), counted(due), counted(due + timedelta(days=1))] == [0, 1, 2]
    put(county, kind="gate", from_day=due, review_on=None)
    assert counted(due) == 0, "the new version has been looked at"


def test_what_is_asked_from_above_must_be_kept(
    county: SmallCounty, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = county.orgs["point"].id
    monkeypatch.setattr(
        required, "SOURCES", [lambda county_id, org_ids, day: {point: {"gate"}} if day >= DAY else {}]
    )
    officer = county.actors["officer"]
    with acting(officer):
        today = {one.org_id: one.missing for one in queries.completeness(officer, DAY)}
        before = {one.org_id for one in queries.completeness(officer, DAY - timedelta(days=1))}
        kept = queries.policies(officer, point, DAY)
    assert today[point] == ("门卫制度",) and point not in before
    assert [(one.spec.key, one.required, one.in_force) for one in kept] == [("gate", True, None)]


def test_a_policy_proves_its_act_from_its_first_day_but_never_ahead(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    put(county, kind="gate")
    assert sink.recorded == []  # this kind names no act
    put(county, kind="duty", from_day=DAY + timedelta(days=10), review_on=None)
    ((header, (act,), _),) = sink.recorded
    assert header.source == "policy"
    assert act == ActDone("policy-adoption", ("policy=duty",), NOW, 0)


@pytest.mark.parametrize(("who", "code"), STRANGERS)
def test_only_the_own_organisation_keeps_its_policies(
    county: SmallCounty, form: Form, who: str, code: str
) -> None:
    with pytest.raises(Refused) as caught:
        put(county, who)
    assert caught.value.code == code
    with acting(county.system):
        assert not Policy.objects.exists()
        assert not Record.objects.filter(verb="policy.put").exists()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"upload": actions.Upload("制度.pdf", b"MZ" + b"\0" * 100)}, "file-type"),
        ({"title": " "}, "invalid-policy"),
        ({"review_on": DAY}, "invalid-policy"),
        ({"kind": "three-lists"}, "invalid-policy"),
        ({"kind": "nothing"}, "unknown-paper"),
    ],
)
def test_bad_policies_are_refused(county: SmallCounty, form: Form, wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        put(county, **wrong)
    assert caught.value.code == code
    with acting(county.system):
        assert not Policy.objects.exists()


# ---- submissions ----
def test_the_lists_are_collected_from_the_months_entries(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    check(county, form, hazards__0__what="漏电", hazards__0__severity="major", hazards__1__what="=1+1")
    check(county, form, day="2026-09-30", hazards__0__what="上月的")
    check(county, form)
    sink.recorded.clear()
    submission = hand_in(county)
    assert (submission.entries, submission.to_id) == (2, county.orgs["bureau"].id)
    with files.open_file(submission.file) as stored:
        book = CalamineWorkbook.from_filelike(BytesIO(stored.read()))
    assert book.sheet_names == ["问题清单", "重大"]
    problems = book.get_sheet_by_index(0).to_python()
    assert problems[2] == ["登记号", "日期", "情况"]
    assert [line[1:] for line in problems[3:]] == [
        ["2026年10月13日", "漏电"],
        ["2026年10月13日", "'=1+1"],
    ]
    assert [line for line in book.get_sheet_by_index(1).to_python()[3:]] == [["漏电", "人员safety"]]
    ((header, (act,), parties),) = sink.recorded
    assert (header.source, header.source_id, header.recorded_at) == ("submission", submission.id, NOW)
    assert act == ActDone("submission", ("paper=three-lists",), NOW, 0, names_period=OCTOBER)
    assert parties == {submission.org_id}


def test_a_month_without_hazards_is_handed_in_as_zero(county: SmallCounty, form: Form) -> None:
    submission = hand_in(county)
    with files.open_file(submission.file) as stored:
        table = CalamineWorkbook.from_filelike(BytesIO(stored.read())).get_sheet_by_index(0).to_python()
    assert "零报告" in str(table[3][0])


def test_a_repeat_is_one_submission_and_another_month_a_conflict(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    device = uuid4()
    first, again = hand_in(county, client_id=device), hand_in(county, client_id=device)
    assert first.id == again.id
    assert len(sink.recorded) == 1
    with pytest.raises(Refused, match="conflict-client-id"):
        hand_in(county, client_id=device, period="2026-09")


@pytest.mark.parametrize("period", ["", "2026-13", "十月", "2026-10-01'"])
def test_a_period_that_is_no_month_is_refused(county: SmallCounty, form: Form, period: str) -> None:
    with pytest.raises(Refused, match="invalid-period"):
        hand_in(county, period=period)


@pytest.mark.parametrize(("who", "code"), STRANGERS)
def test_nobody_hands_in_for_another_school(
    county: SmallCounty, form: Form, sink: Remembering, who: str, code: str
) -> None:
    with pytest.raises(Refused) as caught:
        hand_in(county, who)
    assert caught.value.code == code
    with acting(county.system):
        assert not Submission.objects.exists()
    assert sink.recorded == []


def test_a_returned_submission_no_longer_proves(county: SmallCounty, form: Form, sink: Remembering) -> None:
    submission, officer = hand_in(county), county.actors["officer"]
    with acting(county.actors["head"]), pytest.raises(Refused):
        actions.send_back(actor=county.actors["head"], submission_id=submission.id, reason="不", now=NOW)
    with acting(officer), pytest.raises(Refused, match="missing-reason"):
        actions.send_back(actor=officer, submission_id=submission.id, reason="", now=NOW)
    assert sink.voided == []
    for _ in range(2):
        with acting(officer):
            actions.send_back(actor=officer, submission_id=submission.id, reason="漏了宿舍", now=NOW)
    assert sink.voided == [submission.id]
    with acting(officer), pytest.raises(Refused, match="closed-submission"):
        actions.acknowledge(actor=officer, submission_id=submission.id, now=NOW)


def test_what_was_acknowledged_is_not_returned(county: SmallCounty, form: Form, sink: Remembering) -> None:
    submission, officer = hand_in(county), county.actors["officer"]
    with acting(officer):
        actions.acknowledge(actor=officer, submission_id=submission.id, now=NOW)
    with acting(officer), pytest.raises(Refused, match="closed-submission"):
        actions.send_back(actor=officer, submission_id=submission.id, reason="晚了", now=NOW)
    assert sink.voided == []
    with acting(county.actors["safety"]):
        seen = queries.submission_seen(county.actors["safety"], submission.id)
    assert seen.acknowledged_by_name == officer.name


def test_the_inbox_shows_what_was_handed_to_me(county: SmallCounty, form: Form) -> None:
    submission = hand_in(county)
    for who, sees in (("officer", True), ("head", False), ("police", False), ("guard", False)):
        actor = county.actors[who]
        with acting(actor):
            assert list(queries.inbox(actor, InboxFilters())) == ([submission] if sees else []), who
    officer = county.actors["officer"]
    with acting(officer):
        for filters, count in (
            (InboxFilters(kind="three-lists", period=OCTOBER, state="received"), 1),
            (InboxFilters(state="returned"), 0),
            (InboxFilters(period="2026-09"), 0),
        ):
            assert queries.inbox(officer, filters).count() == count


def test_a_foreign_submission_is_unseen_also_without_the_first_lock(county: SmallCounty, form: Form) -> None:
    submission = hand_in(county)
    with acting(county.actors["guard"]):
        assert not Submission.objects.filter(id=submission.id).exists()
        with pytest.raises(Refused, match="not-found"):
            queries.submission_seen(county.actors["guard"], submission.id)
