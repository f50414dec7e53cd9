"""Past ledgers as tables: looked through, brought in whole or not at all, confirmed and voided as a whole."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from huyuan.kernel.errors import Refused
from huyuan.kernel.tests.workbooks import Rows, workbook
from huyuan.orgs.models import Account, Person, Place
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.registers import actions, queries, sheets
from huyuan.registers.effects import ActDone, EventRaised
from huyuan.registers.models import Entry, Form, Import, Numbering, Signature
from huyuan.registers.queries import Filters
from huyuan.registers.tests.library import CHECK, CONFIRMED, NOW, PERSONAL, Remembering, install
from huyuan.trace.models import Record

HEAD = ("排查日期", "范围", "参加人数（人）", "说明", "登记人")
TERM: Rows = [
    HEAD,
    (date(2026, 3, 2), "whole-school", 3, "正常", "甲老师"),
    ("2026.3.9", "special", "4人", "食堂", ""),
    (date(2026, 3, 16), "whole-school、special", "", "=1+1", "乙老师"),
]
Signed = Callable[[str], Client]


@pytest.fixture
def form(db: None) -> Form:
    return install(CHECK)


@pytest.fixture
def browser(county: SmallCounty) -> Signed:
    def signed_in(who: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(username=f"{COUNTY}-{who}"))
        return client

    return signed_in


def receive(county: SmallCounty, rows: Rows = TERM, who: str = "safety", **more: Any) -> Import:
    actor = county.actors[who]
    given: dict[str, Any] = {
        "form_key": "check",
        "org_id": county.orgs["central"].id,
        "name": "上学期台账.xlsx",
        "now": NOW,
    } | more
    with acting(actor):
        return actions.receive_table(actor=actor, content=workbook(rows), **given)


def bring_in(county: SmallCounty, table: Import, who: str = "safety", now: datetime = NOW) -> Import:
    actor = county.actors[who]
    with acting(actor):
        return actions.import_table(actor=actor, import_id=table.id, now=now)


def entries(county: SmallCounty) -> list[Entry]:
    with acting(county.system):
        return list(Entry.objects.order_by("number").select_related("imported"))


def said(table: Import, *, stops: bool) -> list[tuple[int, str, str]]:
    return [(line, column, text) for line, column, text, stopping in table.findings if stopping is stops]


# ---- looking through, and bringing in
# ---------------------------------------------------------------------------------------------------------
def test_a_table_becomes_entries_of_then_recorded_now(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    table = receive(county)
    assert (table.rows, table.stopped, table.findings) == (3, False, [])
    assert entries(county) == [] and sink.recorded == []
    bring_in(county, table)
    found = entries(county)
    assert [entry.number for entry in found] == [f"central-隐患排查-2026-000{number}" for number in (1, 2, 3)]
    assert [entry.occurred_at for entry in found] == [
        datetime(2026, 3, day, 16, tzinfo=UTC) for day in (1, 8, 15)
    ]
    assert {entry.submitted_at for entry in found} == {NOW}
    assert found[1].body == {"day": "2026-03-09", "scope": ["special"], "people": 4, "note": "食堂"}
    assert [entry.filler_name for entry in found] == ["甲老师", "人员safety", "乙老师"]
    assert [(entry.imported_id, entry.line) for entry in found] == [(table.id, line) for line in (2, 3, 4)]
    assert queries.state_name(found[0]) == "已提交（导入）"
    assert "食堂" in found[1].said


def test_they_prove_and_are_traced_like_any_entry(county: SmallCounty, form: Form, sink: Remembering) -> None:
    bring_in(county, receive(county))
    found = {entry.id: entry for entry in entries(county)}
    assert [(header.source_id, header.recorded_at) for header, _, _ in sink.recorded] == [
        (key, NOW) for key in found
    ]
    acts = [effect for _, effects, _ in sink.recorded for effect in effects]
    assert all(isinstance(act, ActDone) and act.act == "hazard-check" for act in acts)
    assert isinstance(acts[2], ActDone) and acts[2].quals == ("scope=special", "scope=whole-school")
    with acting(county.actors["safety"]):
        verbs = sorted(Record.objects.filter(verb__startswith="entry").values_list("object_id", flat=True))
        (whole,) = Record.objects.filter(verb="import.write")
    assert verbs == sorted(map(str, found))
    assert whole.after and whole.after["entries"] == 3 and len(whole.after["sha256"]) == 64


def test_one_wrong_row_and_nothing_is_brought_in(county: SmallCounty, form: Form, sink: Remembering) -> None:
    table = receive(county, [*TERM, (date(2026, 3, 23), "操场", 3, "", "")])
    assert table.stopped and table.rows == 4
    assert said(table, stops=True) == [(5, "范围", "没有“操场”这一项，请从这些里选：whole-school、special。")]
    with pytest.raises(Refused) as refused:
        bring_in(county, table)
    assert refused.value.code == "stale-import"
    assert entries(county) == [] and sink.recorded == []
    with acting(county.system):
        assert not Numbering.objects.exists()
        with pytest.raises(IntegrityError), transaction.atomic():
            Import.objects.filter(id=table.id).update(imported_at=NOW)


def test_what_changed_since_it_was_looked_through_stops_it(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    with acting(county.system):
        place = Place.objects.create(county_id=COUNTY, org=county.orgs["central"], kind="gate", name="南门")
    table = receive(county, [("排查日期", "范围", "地点"), (date(2026, 3, 2), "special", "南门")])
    assert not table.stopped
    with acting(county.system):
        Place.objects.filter(id=place.id).update(name="正门")
    actor = county.actors["safety"]
    with acting(actor):
        with pytest.raises(Refused, match="stale-import"):
            actions.import_table(actor=actor, import_id=table.id, now=NOW)
        table.refresh_from_db()
    assert said(table, stops=True) == [(2, "地点", "没有叫“南门”的，请核对名称，或从模板的下拉列表里选。")]
    assert entries(county) == []


def test_a_second_press_brings_nothing_in_twice(county: SmallCounty, form: Form, sink: Remembering) -> None:
    table = receive(county)
    first, second = bring_in(county, table), bring_in(county, table, now=NOW + timedelta(minutes=1))
    assert first.imported_at == second.imported_at == NOW
    assert len(entries(county)) == len(sink.recorded) == 3


def test_what_is_there_already_is_left_out_and_said(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    bring_in(county, receive(county))
    again = receive(county, [*TERM, (date(2026, 3, 23), "special", 2, "新的一条", "")])
    assert (again.rows, again.stopped) == (1, False)
    assert said(again, stops=False) == [(0, "", "有3行（第2、3、4行）已经登记过，没有再导入。")]
    bring_in(county, again)
    assert [entry.body["note"] for entry in entries(county)] == ["正常", "食堂", "=1+1", "新的一条"]
    empty = receive(county)
    assert (empty.rows, empty.stopped) == (0, False)
    with pytest.raises(Refused, match="stale-import"):
        bring_in(county, empty)


def test_rows_alike_are_one_and_another_day_is_another(county: SmallCounty, form: Form) -> None:
    same = (date(2026, 3, 2), "special", 3, "", "")
    table = receive(county, [HEAD, same, same, (date(2026, 3, 3), *same[1:])])
    assert table.rows == 2
    assert [text.partition("。")[0] for _, _, text in said(table, stops=False)] == [
        "有1行（第3行）和前面的行完全相同，只导入一次"
    ]


def test_what_has_not_happened_yet_is_no_past(county: SmallCounty, form: Form) -> None:
    table = receive(county, [HEAD, (date(2026, 10, 15), "special", 3, "", "")])
    assert said(table, stops=True) == [(2, "排查日期", "还没有到这个时间，请核对年月日和时刻。")]


def test_people_who_left_and_closed_places_are_known_to_the_past(county: SmallCounty) -> None:
    fields = [*CHECK["fields"], {"id": "leader", "label": "带队", "type": "person"}]
    install({**CHECK, "fields": fields})
    with acting(county.system):
        gone = Person.objects.create(
            county_id=COUNTY, name="已调走的人", home=county.orgs["central"], left=date(2026, 7, 1)
        )
        Place.objects.create(
            county_id=COUNTY, org=county.orgs["central"], kind="gate", name="旧门", closed=date(2026, 7, 1)
        )
        Person.objects.create(county_id=COUNTY, name="外校的人", home=county.orgs["other"])
    head = ("排查日期", "范围", "地点", "带队")
    good = receive(county, [head, (date(2026, 3, 2), "special", "旧门", "已调走的人")])
    assert not good.stopped
    bring_in(county, good)
    (entry,) = entries(county)
    assert entry.body["leader"] == str(gone.id) and entry.place_id
    foreign = receive(county, [head, (date(2026, 3, 3), "special", "", "外校的人")])
    assert [column for _, column, _ in said(foreign, stops=True)] == ["带队"]


def test_rows_of_a_group_and_unsigned_partners(county: SmallCounty, form: Form, sink: Remembering) -> None:
    rows = [
        ("排查日期", "范围", "联合单位", "隐患：情况", "隐患：程度"),
        (date(2026, 3, 2), "special", "station单位", "漏电", "major"),
        ("", "", "", "堆物", "minor"),
    ]
    bring_in(county, receive(county, rows))
    (entry,) = entries(county)
    assert [row["what"] for row in entry.body["hazards"]] == ["漏电", "堆物"]
    ((_, effects, parties),) = sink.recorded
    assert [type(effect) for effect in effects] == [ActDone, EventRaised]
    assert parties == {entry.org_id}, "nobody signed"
    with acting(county.system):
        (signature,) = Signature.objects.all()
    assert (signature.org_id, signature.signed_at) == (county.orgs["station"].id, None)


def test_our_own_excel_file_comes_back_without_what_was_out_of_force(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    bring_in(county, receive(county))
    actor, spec = county.actors["safety"], queries.spec_of(form)
    with acting(actor):
        first = Entry.objects.order_by("number")[0]
        actions.void(actor=actor, entry_id=first.id, reason="登错了", now=NOW)
        out = BytesIO()
        found = queries.ledger(actor, spec, Filters())
        sheets.write_excel(out, spec, found, heading="x", printed_by="x", now=NOW)
        assert actor.person_id
        Entry.objects.all().update(state="void", voided_at=NOW, void_reason="换一个库")
        table = actions.receive_table(
            actor=actor,
            form_key="check",
            org_id=first.org_id,
            name="台账.xlsx",
            content=out.getvalue(),
            now=NOW,
        )
    assert (table.rows, table.stopped) == (2, False), table.findings
    left_out = [text for _, _, text in said(table, stops=False) if "作废" in text]
    assert left_out == ["有1行（第6行）已作废或已退回，没有导入。"]
    bring_in(county, table)
    again = [entry for entry in entries(county) if entry.state == "submitted"]
    assert sorted(str(entry.body["note"]) for entry in again) == ["=1+1", "食堂"]


def test_rows_of_another_school_are_not_taken_for_ones_own(county: SmallCounty, form: Form) -> None:
    rows = [("单位", *HEAD), ("central单位", *TERM[1]), ("other单位", *TERM[2])]
    table = receive(county, rows)
    assert said(table, stops=True) == [(3, "单位", "这一行是“other单位”的，请由该单位导入，或删去这一行。")]


def test_a_form_that_does_not_say_when_asks_for_it(county: SmallCounty, sink: Remembering) -> None:
    fields = [field for field in CHECK["fields"] if field["id"] != "day"]
    install({**CHECK, "fields": fields, "happened": None})
    table = receive(county, [("范围", "发生时间"), ("special", datetime(2026, 3, 2, 7, 30))])
    bring_in(county, table)
    (entry,) = entries(county)
    assert entry.occurred_at == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert entry.body == {"scope": ["special"]}
    missing = receive(county, [("范围",), ("special",)])
    assert "发生时间" in said(missing, stops=True)[0][2]


def test_any_number_of_rows_takes_the_same_statements(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    taken = []
    for month, rows in ((3, 3), (4, 60)):
        days = (date(2026, month, number % 28 + 1) for number in range(rows))
        table = receive(
            county, [HEAD, *((day, "special", number, "", "") for number, day in enumerate(days))]
        )
        with CaptureQueriesContext(connection) as sent:
            bring_in(county, table)
        taken.append(len(sent))
    assert len(entries(county)) == 63
    assert taken[0] == taken[1] < 30


# ---- who may
# ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "org", "code"),
    [
        ("guard", "central", "not-found"),
        ("guard", "other", "forbidden"),
        ("police", "central", "forbidden"),
        ("officer", "central", "forbidden"),
    ],
)
def test_who_does_not_answer_for_the_ledger_brings_nothing_in(
    county: SmallCounty, form: Form, who: str, org: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        receive(county, who=who, org_id=county.orgs[org].id)
    assert refused.value.code == code
    with acting(county.system):
        assert not Import.objects.exists()


def test_a_table_that_was_not_brought_in_is_its_uploaders_alone(county: SmallCounty, form: Form) -> None:
    table = receive(county)
    head = county.actors["head"]
    for act in (actions.import_table, actions.confirm_table):
        with acting(head), pytest.raises(Refused, match="not-found"):
            act(actor=head, import_id=table.id, now=NOW)
    with acting(head), pytest.raises(Refused, match="not-found"):
        queries.table_seen(head, table.id)
    with acting(head), pytest.raises(Refused, match="not-found"):
        actions.discard_table(actor=head, import_id=table.id)
    assert entries(county) == []
    other = receive(county, who="head")
    with acting(county.system):
        assert set(Import.objects.values_list("id", flat=True)) == {table.id, other.id}
    newer = receive(county)
    with acting(county.system):
        assert set(Import.objects.values_list("id", flat=True)) == {newer.id, other.id}, (
            "the older one is gone"
        )


def test_the_second_lock_hides_the_file_of_another_school(county: SmallCounty, form: Form) -> None:
    table = receive(county)
    with acting(county.actors["guard"]):
        assert not Import.objects.filter(id=table.id).exists()
    with acting(county.actors["officer"]):
        assert Import.objects.filter(id=table.id).exists()


def test_a_personal_ledger_stays_in_its_school(county: SmallCounty) -> None:
    install(PERSONAL)
    table = receive(county, [HEAD[:2], (date(2026, 3, 2), "special")], form_key="care")
    bring_in(county, table)
    officer = county.actors["officer"]
    with acting(officer), pytest.raises(Refused, match="not-found"):
        queries.table_seen(officer, table.id)
    with acting(county.actors["head"]):
        assert queries.table_seen(county.actors["head"], table.id)[0] == table


# ---- confirming and voiding as a whole
# ---------------------------------------------------------------------------------------------------------
def test_a_table_is_confirmed_as_a_whole_by_another_person(county: SmallCounty, sink: Remembering) -> None:
    install(CONFIRMED)
    table = receive(county, form_key="confirmed-check")
    bring_in(county, table)
    assert sink.recorded == []
    safety, head = county.actors["safety"], county.actors["head"]
    with acting(head):
        assert queries.waiting_for_confirmation(head, NOW.date()) == []
        assert [one.id for one in queries.tables_waiting(head, NOW.date())] == [table.id]
    with acting(safety):
        assert queries.tables_waiting(safety, NOW.date()) == []
    with acting(safety), pytest.raises(Refused, match="conflict-guard"):
        actions.confirm_table(actor=safety, import_id=table.id, now=NOW)
    assert {entry.state for entry in entries(county)} == {"submitted"}
    later = NOW + timedelta(hours=1)
    for _ in range(2):  # a second press changes nothing
        with acting(head):
            actions.confirm_table(actor=head, import_id=table.id, now=later)
    found = entries(county)
    assert {(one.state, one.confirmer_name, one.confirmed_at) for one in found} == {
        ("confirmed", "人员head", later)
    }
    assert [header.confirmed_at for header, _, _ in sink.recorded] == [later] * 3
    with acting(head):
        assert queries.tables_waiting(head, NOW.date()) == []


def test_the_wrong_table_is_voided_as_a_whole(county: SmallCounty, form: Form, sink: Remembering) -> None:
    table = receive(county)
    bring_in(county, table)
    head, police = county.actors["head"], county.actors["police"]
    with acting(police), pytest.raises(Refused, match="forbidden"):
        actions.void_table(actor=police, import_id=table.id, reason="不该", now=NOW)
    with acting(head), pytest.raises(Refused, match="missing-reason"):
        actions.void_table(actor=head, import_id=table.id, reason=" ", now=NOW)
    assert sink.voided == []
    with acting(head):
        actions.void_table(actor=head, import_id=table.id, reason="是别的学校的", now=NOW)
    assert {(one.state, one.void_reason) for one in entries(county)} == {("void", "是别的学校的")}
    assert sorted(sink.voided) == sorted(entry.id for entry in entries(county))
    with acting(county.system):
        assert Record.objects.filter(verb="entry.void").count() == 3
    again = receive(county)
    assert again.rows == 3, "what is void may come again"


# ---- pages
# ---------------------------------------------------------------------------------------------------------
pytestmark = pytest.mark.urls("huyuan.registers.tests.urls")


def upload(rows: Rows, name: str = "台账.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, workbook(rows))


def test_from_the_template_to_the_ledger(
    county: SmallCounty, form: Form, browser: Signed, sink: Remembering
) -> None:
    client = browser("safety")
    page = client.get("/forms/check/import/").content.decode()
    (template,) = re.findall(r'href="(/forms/check/import/template/[^"]*)"', page)
    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(client.get(template))))
    assert book.get_sheet_by_index(0).to_python()[0][:2] == ["排查日期 *", "范围 *"]
    report = client.post("/forms/check/import/", {"table": upload(TERM)}, follow=True)
    text = report.content.decode()
    assert "还没有导入" in text and "确认导入 3 条" in text and "2026年3月2日—2026年3月16日" in text
    assert entries(county) == []
    (address,) = re.findall(r'action="(/imports/[^"]+/import/)"', text)
    done = client.post(address, follow=True).content.decode()
    assert "已导入 3 条" in done and "整批作废" in done
    ledger = client.get("/ledgers/check/").content.decode()
    assert ledger.count("已提交（导入）") == 3 and "/forms/check/import/" in ledger
    (first, *_) = entries(county)
    assert "第2行导入" in client.get(f"/entries/{first.id}/").content.decode()


def test_the_report_says_row_by_row_what_to_do(county: SmallCounty, form: Form, browser: Signed) -> None:
    client = browser("safety")
    wrong = [
        *TERM,
        ("三月", "special", "", "", ""),
        (date(2026, 3, 23), "<script>alert(1)</script>", "", "", ""),
    ]
    text = client.post("/forms/check/import/", {"table": upload(wrong)}, follow=True).content.decode()
    assert "一条也没有导入" in text and "请填写完整日期，如 2026-10-01" in text
    assert "&lt;script&gt;alert" in text and "<script>alert" not in text
    assert "确认导入" not in text and "重新上传" in text
    assert entries(county) == []


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "请先选择要导入的表格"),
        ({"table": SimpleUploadedFile("台账.xlsx", b"MZ\x90\0\0")}, "不是能读的表格"),
        ({"table": SimpleUploadedFile("台账.xls", b"<html><table></table></html>")}, "另存为 xlsx"),
    ],
)
def test_what_is_no_table_is_said_on_the_page(
    county: SmallCounty, form: Form, browser: Signed, sent: dict[str, Any], says: str
) -> None:
    answer = browser("safety").post("/forms/check/import/", sent)
    assert answer.status_code == 400 and says in answer.content.decode()


@pytest.mark.parametrize("who", ["guard", "police", "officer", "teacher", "villager"])
def test_others_find_no_way_in(county: SmallCounty, form: Form, browser: Signed, who: str) -> None:
    client = browser(who)
    assert client.get(f"/forms/check/import/?org={county.orgs['central'].id}").status_code in (403, 404)
    assert client.post("/forms/check/import/", {"table": upload(TERM)}).status_code in (403, 404)
    assert entries(county) == []


def test_on_the_page_the_table_is_confirmed_by_who_may(
    county: SmallCounty, browser: Signed, sink: Remembering
) -> None:
    install(CONFIRMED)
    client = browser("safety")
    text = client.post(
        "/forms/confirmed-check/import/", {"table": upload(TERM)}, follow=True
    ).content.decode()
    (address,) = re.findall(r'action="(/imports/[^"]+/import/)"', text)
    text = client.post(address, follow=True).content.decode()
    assert "还有 3 条等" in text and "整批确认" not in text
    head = browser("head")
    (page,) = re.findall(r'href="(/imports/[^"]+)"', head.get("/forms/").content.decode())
    assert "整批确认 3 条" in head.get(page).content.decode()
    assert "整批确认" not in head.post(f"{page}confirm/", follow=True).content.decode()
    assert {entry.state for entry in entries(county)} == {"confirmed"}
