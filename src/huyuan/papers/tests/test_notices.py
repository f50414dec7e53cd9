"""Notices: issued, owed, answered, sent back, reminded, closed; what is refused changes nothing."""

import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from python_calamine import CalamineWorkbook

from huyuan.kernel.errors import Refused
from huyuan.notify.models import Message
from huyuan.orgs.actor import Actor
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import NOW, SmallCounty
from huyuan.papers import actions, queries, sheets
from huyuan.papers.models import Notice, NoticeAnswer, NoticeRecipient
from huyuan.registers.actions import submit
from huyuan.registers.models import Form
from huyuan.registers.tests.library import answers as check_answers
from huyuan.trace import files

FRIDAY = "2026-10-16 17:00"
LATE = NOW + timedelta(days=5)
TABLE = {
    "title": ["消防器材统计"],
    "text": ["请各校清点。"],
    "due": [FRIDAY],
    "asks": ["table"],
    "many": ["no"],
    "columns.0.label": ["灭火器"],
    "columns.0.kind": ["count"],
    "columns.1.label": ["消火栓"],
    "columns.1.kind": ["count"],
    "columns.2.label": ["合计"],
    "columns.2.kind": ["total"],
    "columns.3.label": ["是否在检"],
    "columns.3.kind": ["choice"],
    "columns.3.choices": ["在检、过期"],
}
RIGHT = {"c1": ["12"], "c2": ["3"], "c3": ["15"], "c4": ["在检"]}


def draft(actor: Actor, org_id: UUID, **more: list[str]) -> Notice:
    with acting(actor):
        return actions.notice_draft(
            actor=actor,
            org_id=org_id,
            client_id=uuid4(),
            answers={**TABLE, **more},
            uploads={},
            now=NOW,
        )


def issue(county: SmallCounty, *schools: str, **more: list[str]) -> Notice:
    officer = county.actors["officer"]
    notice = draft(officer, county.orgs["bureau"].id, **more)
    with acting(officer):
        return actions.notice_issue(
            actor=officer,
            notice_id=notice.id,
            org_ids=[county.orgs[key].id for key in schools or ("central", "other")],
            now=NOW,
        )


def answer(
    county: SmallCounty, notice: Notice, *, now: datetime = NOW, client_id: UUID | None = None, **more: Any
) -> NoticeAnswer:
    actor = county.actors["safety"]
    with acting(actor):
        return actions.notice_answer(
            actor=actor,
            notice_id=notice.id,
            org_id=county.orgs["central"].id,
            client_id=client_id or uuid4(),
            answers={**RIGHT, **more},
            uploads={},
            now=now,
        )


def waiting(county: SmallCounty, person: str = "safety") -> list[queries.Waiting]:
    with acting(county.actors[person]):
        return queries.waiting_notices(county.actors[person])


def standings(county: SmallCounty, notice: Notice) -> dict[str, str]:
    with acting(county.actors["officer"]):
        return {
            one.recipient.org.key: one.state for one in queries.standings(Notice.objects.get(id=notice.id))
        }


def test_issued_is_owed_and_answered_is_done(county: SmallCounty) -> None:
    assert waiting(county) == []
    notice = issue(county)
    (owed,) = waiting(county)
    assert (owed.title, owed.issuer, owed.read) == ("消防器材统计", "bureau", False)
    assert notice.number == "〔2026〕1号"
    with acting(county.system):
        assert set(Message.objects.values_list("org__key", "post_kind")) == {
            ("central", "head"), ("central", "safety-officer"),
        }  # fmt: skip
    answer(county, notice)
    assert waiting(county) == []
    assert standings(county, notice) == {"central": "answered", "other": "unread"}


def test_a_second_notice_has_the_next_number(county: SmallCounty) -> None:
    assert [issue(county).number, issue(county).number] == ["〔2026〕1号", "〔2026〕2号"]


def test_issuing_twice_issues_once(county: SmallCounty) -> None:
    officer, notice = county.actors["officer"], issue(county)
    with acting(officer):
        again = actions.notice_issue(
            actor=officer, notice_id=notice.id, org_ids=[county.orgs["point"].id], now=NOW
        )
    assert again.number == notice.number
    with acting(county.system):
        assert NoticeRecipient.objects.filter(notice=notice).count() == 2


def test_a_total_that_does_not_add_up_is_refused(county: SmallCounty) -> None:
    notice = issue(county)
    with pytest.raises(Refused) as refused:
        answer(county, notice, c3=["14"])
    assert refused.value.facts["errors"] == {
        "c3": "合计：应等于“灭火器”、“消火栓”之和 15，现在是 14，请核对。"
    }
    with acting(county.system):
        assert NoticeAnswer.objects.count() == 0
    assert len(waiting(county)) == 1


def test_rows_add_up_one_by_one(county: SmallCounty) -> None:
    notice = issue(county, many=["yes"])
    rows: dict[str, Any] = {f"rows.{row}.{key}": value for row in (0, 1) for key, value in RIGHT.items()}
    with pytest.raises(Refused) as refused:
        answer(county, notice, **{**rows, "rows.1.c3": ["99"]})
    assert refused.value.facts["errors"] == {
        "rows.1.c3": "合计：应等于“灭火器”、“消火栓”之和 15，现在是 99，请核对。"
    }
    answer(county, notice, **rows)
    assert standings(county, notice)["central"] == "answered"


def test_a_repeat_is_one_answer_and_a_correction_a_new_row(county: SmallCounty) -> None:
    notice, device = issue(county), uuid4()
    first = answer(county, notice, client_id=device)
    assert answer(county, notice, client_id=device, now=LATE).id == first.id
    second = answer(county, notice, c2=["4"], c3=["16"], now=LATE)
    with acting(county.system):
        rows = dict(NoticeAnswer.objects.values_list("id", "standing"))
    assert rows == {first.id: False, second.id: True}
    # Answered in time and corrected later is not late.
    assert standings(county, notice)["central"] == "answered"


def test_late_is_late(county: SmallCounty) -> None:
    notice = issue(county)
    answer(county, notice, now=LATE)
    assert standings(county, notice)["central"] == "late"


def test_sent_back_is_owed_again(county: SmallCounty) -> None:
    officer, notice = county.actors["officer"], issue(county)
    given = answer(county, notice)
    with acting(officer), pytest.raises(Refused, match="missing-reason"):
        actions.notice_return(actor=officer, answer_id=given.id, reason=" ", now=NOW)
    with acting(officer):
        actions.notice_return(actor=officer, answer_id=given.id, reason="数目不对", now=NOW)
    (owed,) = waiting(county)
    assert owed.return_reason == "数目不对"
    assert standings(county, notice)["central"] == "returned"
    answer(county, notice)
    assert waiting(county) == []
    with acting(officer):
        actions.notice_return(actor=officer, answer_id=given.id, reason="再退一次", now=NOW)
    assert standings(county, notice)["central"] == "answered"


def test_an_answer_that_was_replaced_is_not_sent_back(county: SmallCounty) -> None:
    officer, notice = county.actors["officer"], issue(county)
    old = answer(county, notice)
    answer(county, notice, c2=["4"], c3=["16"])
    with acting(officer), pytest.raises(Refused, match="stale-answer"):
        actions.notice_return(actor=officer, answer_id=old.id, reason="数目不对", now=NOW)
    assert standings(county, notice)["central"] == "answered"


def test_reading_alone_is_the_answer_where_nothing_more_is_asked(county: SmallCounty) -> None:
    notice = issue(county, asks=["read"])
    actor = county.actors["safety"]
    with acting(actor):
        actions.notice_read(actor=actor, notice_id=notice.id, org_id=county.orgs["central"].id, now=NOW)
        actions.notice_read(actor=actor, notice_id=notice.id, org_id=county.orgs["central"].id, now=LATE)
    assert waiting(county) == []
    assert standings(county, notice)["central"] == "answered"


def test_a_register_filled_in_after_the_notice_is_the_answer(county: SmallCounty, form: Form) -> None:
    actor, org = county.actors["safety"], county.orgs["central"].id

    def check(now: datetime) -> None:
        with acting(actor):
            submit(
                actor=actor, form_id=form.id, org_id=org, client_id=uuid4(), answers=check_answers(), now=now
            )

    check(NOW - timedelta(hours=1))
    notice = issue(county, asks=["form"], form=["check"])
    assert len(waiting(county)) == 1
    check(NOW + timedelta(hours=1))
    assert waiting(county) == []
    assert standings(county, notice)["central"] == "answered"


def test_closed_takes_nothing_more_and_is_owed_no_more(county: SmallCounty) -> None:
    officer, notice = county.actors["officer"], issue(county)
    with acting(officer):
        actions.notice_close(actor=officer, notice_id=notice.id, reason="改为现场检查", now=NOW)
    assert waiting(county) == []
    with pytest.raises(Refused, match="closed-notice"):
        answer(county, notice)
    with acting(county.system):
        assert NoticeAnswer.objects.count() == 0


def test_reminders_go_once_to_those_who_have_not_answered(county: SmallCounty) -> None:
    officer, notice = county.actors["officer"], issue(county, "central", "point")
    due = notice.due_at

    def reminded(now: datetime) -> int:
        with acting(county.system):
            before = Message.objects.count()
            actions.remind_due(now=now)
            return Message.objects.count() - before

    assert reminded(due - timedelta(days=2)) == 0
    # The central school has a head and a safety officer; the teaching point has nobody who could.
    assert reminded(due - timedelta(hours=5)) == 2
    assert reminded(due - timedelta(hours=4)) == 0
    assert reminded(due + timedelta(hours=1)) == 2
    answer(county, notice)
    with acting(officer):
        assert actions.notice_remind(actor=officer, notice_id=notice.id, now=NOW) == 1
        assert actions.notice_remind(actor=officer, notice_id=notice.id, now=NOW) == 1
    with acting(county.system):
        assert NoticeRecipient.objects.get(org=county.orgs["central"]).reminded_at is None


def test_an_extension_gives_a_reason_and_is_later(county: SmallCounty) -> None:
    officer, notice = county.actors["officer"], issue(county)
    given: dict[str, Any] = {"actor": officer, "notice_id": notice.id, "now": NOW}
    for due_at, reason, code in (
        (notice.due_at - timedelta(hours=1), "台风", "invalid-due"),
        (LATE, "", "missing-reason"),
    ):
        with acting(officer), pytest.raises(Refused, match=code):
            actions.notice_extend(**given, due_at=due_at, reason=reason)
    with acting(officer):
        actions.notice_extend(**given, due_at=LATE + timedelta(hours=1), reason="台风")
    answer(county, notice, now=LATE)
    assert standings(county, notice)["central"] == "answered"


@pytest.mark.parametrize("recipient", ["station", "county"])
def test_only_those_below_are_written_to(county: SmallCounty, recipient: str) -> None:
    officer = county.actors["officer"]
    notice = draft(officer, county.orgs["bureau"].id)
    with acting(officer), pytest.raises(Refused, match="invalid-recipients"):
        actions.notice_issue(actor=officer, notice_id=notice.id, org_ids=[county.orgs[recipient].id], now=NOW)
    with acting(county.system):
        assert NoticeRecipient.objects.count() == 0
        assert Notice.objects.get().state == "draft"


@pytest.mark.parametrize("person", ["guard", "teacher", "governor"])
def test_who_may_not_issue_writes_nothing(county: SmallCounty, person: str) -> None:
    with pytest.raises(Refused):
        draft(county.actors[person], county.orgs["bureau"].id)
    with acting(county.system):
        assert Notice.objects.count() == 0


def test_another_school_sees_neither_notice_nor_answer(county: SmallCounty) -> None:
    notice = issue(county, "central")
    given = answer(county, notice)
    stranger = county.actors["other-admin"]
    with acting(stranger):
        # The second lock alone …
        assert (Notice.objects.count(), NoticeRecipient.objects.count(), NoticeAnswer.objects.count()) == (
            0, 0, 0,
        )  # fmt: skip
        # … and the first.
        for ask in (
            lambda: queries.notice_seen(stranger, notice.id),
            lambda: queries.answer_seen(stranger, given.id),
        ):
            with pytest.raises(Refused, match="not-found"):
                ask()
        with pytest.raises(Refused):
            actions.notice_answer(
                actor=stranger, notice_id=notice.id, org_id=county.orgs["central"].id, client_id=uuid4(),
                answers=RIGHT, uploads={}, now=NOW,
            )  # fmt: skip
    with acting(county.system):
        assert NoticeAnswer.objects.count() == 1


def test_a_draft_is_seen_by_nobody_but_its_writers(county: SmallCounty) -> None:
    notice = draft(county.actors["officer"], county.orgs["bureau"].id)
    with acting(county.actors["safety"]), pytest.raises(Refused, match="not-found"):
        queries.notice_seen(county.actors["safety"], notice.id)


def test_a_file_of_somebody_else_cannot_be_handed_in(county: SmallCounty) -> None:
    notice = issue(county, asks=["file"])
    with acting(county.system):
        foreign = files.store(b"%PDF-1.7 foreign", county_id=notice.county_id, now=NOW)
    with pytest.raises(Refused, match="unknown-file"):
        answer(county, notice, files=[str(foreign.id)])
    with acting(county.system):
        assert NoticeAnswer.objects.count() == 0


def test_the_collated_workbook_says_what_was_answered(county: SmallCounty) -> None:
    notice = issue(county, "central", "other", title=["=1+1"])
    answer(county, notice)
    officer = county.actors["officer"]
    with acting(officer):
        seen = queries.notice_seen(officer, notice.id)
        table = sheets.collate(queries.questions_of(seen), queries.answers_standing(seen))
        content = sheets.collation(seen, table, ["other单位"], made_by="科员", now=NOW)
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    whole = book.get_sheet_by_name("汇总").to_python()
    rows = whole[2:]
    assert rows[0][:5] == ["单位", "灭火器", "消火栓", "合计", "是否在检"]
    assert rows[1][:5] == ["central单位", 12, 3, 15, "在检"]
    assert rows[2][:4] == ["合计", 12, 3, 15]
    assert whole[0][0] == "'=1+1"
    assert book.get_sheet_by_name("未报").to_python() == [["未报单位 1 个"], ["other单位"]]
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert b"<f>SUM(B4:B4)</f>" in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_leave_one_standing(county: SmallCounty) -> None:
    notice = issue(county)

    def one(count: int) -> None:
        try:
            answer(county, notice, c1=[str(count)], c3=[str(count + 3)])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(8)))
    with acting(county.system), transaction.atomic():
        assert NoticeAnswer.objects.filter(standing=True).count() == 1
        assert NoticeAnswer.objects.count() == 8
