"""The pages as a browser without JavaScript uses them: nothing that was typed is lost, nothing runs."""

import re
from collections.abc import Callable
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from python_calamine import CalamineWorkbook

from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.registers.after import PANELS, Counted
from huyuan.registers.models import Entry, EntryFile, Form
from huyuan.registers.tests.library import CHECK, CONFIRMED, Remembering, install

pytestmark = pytest.mark.urls("huyuan.registers.tests.urls")
SCRIPT = '"><script>alert(1)</script>'
Browser = Callable[[str], Client]


@pytest.fixture
def form(db: None) -> Form:
    return install(CHECK)


@pytest.fixture
def browser(county: SmallCounty) -> Browser:
    def signed_in(who: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(username=f"{COUNTY}-{who}"))
        return client

    return signed_in


def posted(county: SmallCounty, form: Form, **more: object) -> dict[str, object]:
    return {
        "client_uuid": str(uuid4()),
        "form_id": str(form.id),
        "org_id": str(county.orgs["central"].id),
        "day": "2026-10-13",
        "scope": ["whole-school"],
        **{name.replace("__", "."): value for name, value in more.items()},
    }


def entries(county: SmallCounty) -> list[Entry]:
    with acting(county.system):
        return list(Entry.objects.order_by("created_at"))


def photo(name: str = "现场.jpg") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def test_from_the_list_of_forms_to_the_receipt(
    county: SmallCounty, form: Form, browser: Browser, sink: Remembering
) -> None:
    client = browser("safety")
    assert "/forms/check/" in client.get("/forms/").content.decode()
    page = client.get("/forms/check/").content.decode()
    assert f'name="form_id" value="{form.id}"' in page
    assert 'capture="environment"' in page
    answer = client.post("/forms/check/", posted(county, form, photo=photo()), follow=True)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "已收到" in text and "central-隐患排查-" in text
    assert re.search(r'data-received="[0-9a-f-]{36}"', text)
    (entry,) = entries(county)
    assert entry.state == "submitted"
    (shown,) = re.findall(r'<img src="(/files/[^"]+)"', text)
    picture = client.get(shown)
    assert picture["Content-Type"] == "image/jpeg"
    assert browser("guard").get(shown).status_code == 404


def test_a_mistake_keeps_what_was_typed_and_the_photo_that_was_sent(
    county: SmallCounty, form: Form, browser: Browser
) -> None:
    client = browser("safety")
    wrong = posted(county, form, people="三个", note="走廊堆物", photo=photo(), hazards__0__severity="major")
    answer = client.post("/forms/check/", wrong)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "还有 2 处需要改" in text
    assert 'value="三个"' in text and "走廊堆物" in text and "现场.jpg" in text
    (kept,) = re.findall(r'name="photo" value="([0-9a-f-]{36})"', text)
    right = {**wrong, "people": "3", "photo": kept, "hazards.0.what": "漏电"}
    assert client.post("/forms/check/", right).status_code == 302
    (entry,) = entries(county)
    assert (entry.state, entry.body["photo"]) == ("submitted", [kept])
    with acting(county.system):
        assert EntryFile.objects.filter(entry=entry).count() == 1


def test_rows_come_and_go_without_a_script(county: SmallCounty, form: Form, browser: Browser) -> None:
    client = browser("safety")
    rows = {"hazards.0.what": "甲", "hazards.1.what": "乙"}
    more = client.post("/forms/check/", {**posted(county, form), **rows, "_add": "hazards"}).content.decode()
    assert 'name="hazards.2.what"' in more and 'value="乙"' in more
    fewer = client.post("/forms/check/", {**posted(county, form), **rows, "_remove": "hazards.0"})
    text = fewer.content.decode()
    assert 'value="甲"' not in text and 'name="hazards.0.what" type="text" value="乙"' in text
    assert entries(county) == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("照片.jpg", b"MZ\x90\x00" + b"\0" * 4000, "不是能收的格式"),
        ("大.jpg", b"\xff\xd8\xff\xe0" + b"\0" * (50 * 1024 * 1024), "超过"),
        ("空.jpg", b"", ""),
    ],
)
def test_a_bad_file_is_said_at_its_field_and_nothing_is_lost(
    county: SmallCounty, form: Form, browser: Browser, name: str, content: bytes, says: str
) -> None:
    sent = posted(county, form, note="门禁坏了", photo=SimpleUploadedFile(name, content, "image/jpeg"))
    answer = browser("safety").post("/forms/check/", sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text and "门禁坏了" in text
    assert entries(county) == []


def test_a_double_submit_is_one_entry(
    county: SmallCounty, form: Form, browser: Browser, sink: Remembering
) -> None:
    client, sent = browser("safety"), posted(county, form)
    first, second = client.post("/forms/check/", sent), client.post("/forms/check/", sent)
    assert first["Location"] == second["Location"]
    assert len(entries(county)) == len(sink.recorded) == 1


def test_other_answers_under_the_same_id_are_kept_as_a_draft(
    county: SmallCounty, form: Form, browser: Browser
) -> None:
    client, sent = browser("safety"), posted(county, form)
    client.post("/forms/check/", sent)
    answer = client.post("/forms/check/", {**sent, "people": "8"})
    assert answer.status_code == 422
    assert "先提交的有效" in answer.content.decode()
    assert [entry.state for entry in entries(county)] == ["submitted", "draft"]


def test_a_form_unknown_by_now_is_said_with_the_answers_kept(
    county: SmallCounty, form: Form, browser: Browser
) -> None:
    sent = posted(county, form, note="楼梯扶手松动") | {"form_id": str(uuid4())}
    text = browser("safety").post("/forms/check/", sent).content.decode()
    assert "这张表已更新" in text and "楼梯扶手松动" in text
    assert f'name="form_id" value="{form.id}"' in text
    assert entries(county) == []


def test_a_draft_is_gone_on_with(county: SmallCounty, form: Form, browser: Browser) -> None:
    client = browser("safety")
    client.post("/forms/check/", posted(county, form, note="先写一半", _draft="1"))
    (draft,) = entries(county)
    assert draft.state == "draft"
    assert f"/entries/{draft.id}/edit/" in client.get("/forms/").content.decode()
    assert "先写一半" in client.get(f"/entries/{draft.id}/edit/").content.decode()
    assert browser("head").get(f"/entries/{draft.id}/edit/").status_code == 404


def test_script_in_every_text_is_shown_and_never_runs(
    county: SmallCounty, form: Form, browser: Browser, sink: Remembering
) -> None:
    client = browser("safety")
    given = posted(county, form, note=SCRIPT, hazards__0__what=SCRIPT, photo=photo(f"{SCRIPT}.jpg"))
    draft = client.post("/forms/check/", {**given, "day": SCRIPT}).content.decode()
    given["photo"] = photo(f"{SCRIPT}.jpg")
    entry_page = client.post("/forms/check/", given, follow=True)
    (entry,) = entries(county)
    reason = {"reason": SCRIPT}
    pages = {
        "form again": draft,
        "entry": entry_page.content.decode(),
        "ledger": client.get("/ledgers/check/", {"text": SCRIPT}).content.decode(),
        "print": client.get("/ledgers/check/", {"print": "1"}).content.decode(),
        "copy": client.get("/forms/check/", {"copy": str(entry.id)}).content.decode(),
        "void": client.post(f"/entries/{entry.id}/void/", reason, follow=True).content.decode(),
    }
    for name, page in pages.items():
        assert "<script>alert" not in page, name
    for name in ("form again", "entry", "void", "ledger"):
        assert "&lt;script&gt;alert" in pages[name], name


def test_what_it_counts_for_stands_before_and_after(
    county: SmallCounty, form: Form, browser: Browser, sink: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "huyuan.registers.after.PANELS",
        [
            lambda actor, spec, org_id, entry, now: [
                Counted("第三条（一）3", "每周排查" + ("" if entry else "（将）"))
            ]
        ],
    )
    client = browser("safety")
    assert "每周排查（将）" in client.get("/forms/check/").content.decode()
    after = client.post("/forms/check/", posted(county, form), follow=True).content.decode()
    assert "第三条（一）3" in after and "（将）" not in after
    assert PANELS is not None


def test_confirming_on_the_page(county: SmallCounty, browser: Browser, sink: Remembering) -> None:
    form = install(CONFIRMED)
    browser("safety").post("/forms/confirmed-check/", posted(county, form))
    (entry,) = entries(county)
    page = f"/entries/{entry.id}/"
    assert "确认无误" not in browser("safety").get(page).content.decode()
    head = browser("head")
    assert page in head.get("/forms/").content.decode()
    assert "确认无误" in head.get(page).content.decode()
    assert head.post(f"{page}confirm/").status_code == 302
    late = browser("officer").post(f"{page}confirm/")
    assert late.status_code == 409
    assert "人员head已于" in late.content.decode()


def test_returning_and_handing_in_again_on_the_page(
    county: SmallCounty, browser: Browser, sink: Remembering
) -> None:
    form = install(CONFIRMED)
    sent = posted(county, form)
    browser("safety").post("/forms/confirmed-check/", sent)
    (entry,) = entries(county)
    browser("head").post(f"/entries/{entry.id}/return/", {"reason": "补上宿舍"})
    again = browser("safety").get(f"/entries/{entry.id}/edit/").content.decode()
    assert "补上宿舍" in again
    answer = browser("safety").post(f"/entries/{entry.id}/edit/", {**sent, "note": "宿舍已查"})
    assert answer.status_code == 302
    (entry,) = entries(county)
    assert (entry.state, entry.body["note"]) == ("submitted", "宿舍已查")


def test_correcting_on_the_page(county: SmallCounty, form: Form, browser: Browser, sink: Remembering) -> None:
    client = browser("safety")
    client.post("/forms/check/", posted(county, form, photo=photo()))
    (old,) = entries(county)
    page = client.get(f"/entries/{old.id}/correct/").content.decode()
    (kept,) = re.findall(r'name="photo" value="([0-9a-f-]{36})"', page)
    sent = posted(county, form, photo=kept, people="7")
    assert client.post(f"/entries/{old.id}/correct/", sent).status_code == 422  # no reason given
    assert client.post(f"/entries/{old.id}/correct/", {**sent, "_reason": "人数"}).status_code == 302
    states = {entry.body.get("people"): entry.state for entry in entries(county)}
    assert states == {None: "void", 7: "submitted"}
    assert "更正为" in client.get(f"/entries/{old.id}/").content.decode()


def test_the_ledger_of_the_page_is_the_ledger_of_the_file(
    county: SmallCounty, form: Form, browser: Browser, sink: Remembering
) -> None:
    client = browser("head")
    for people in ("3", "12"):
        browser("safety").post("/forms/check/", posted(county, form, people=people, note="甲、乙"))
    page = client.get("/ledgers/check/").content.decode()
    assert "共 2 条" in page
    answer = client.get("/ledgers/check/excel/")
    table = CalamineWorkbook.from_filelike(BytesIO(answer.getvalue())).get_sheet_by_index(0).to_python()
    on_page = re.findall(r"central-隐患排查-2026-\d{4}|central-隐患排查-\d{4}-\d{4}", page)
    assert [line[0] for line in table[3:]] == list(dict.fromkeys(on_page))
    assert [line[5] for line in table[3:]] in ([3, 12], [12, 3])


@pytest.mark.parametrize("who", ["guard", "teacher", "villager", "police", "officer"])
@pytest.mark.parametrize("verb", ["confirm", "return", "void", "sign", "discard", "nothing"])
def test_nobody_decides_on_what_is_not_theirs(
    county: SmallCounty, form: Form, browser: Browser, sink: Remembering, who: str, verb: str
) -> None:
    browser("safety").post("/forms/check/", posted(county, form))
    (entry,) = entries(county)
    may = who == "officer" and verb == "void"
    given = {"reason": "不该", "org_id": str(county.orgs["central"].id)}
    answer = browser(who).post(f"/entries/{entry.id}/{verb}/", given)
    assert (answer.status_code < 400) is may
    if who in ("guard", "teacher", "villager"):
        assert answer.status_code == 404
    assert [one.state for one in entries(county)] == ["void" if may else "submitted"]


def test_a_partner_that_does_not_log_in_is_recorded_with_the_signed_sheet(
    county: SmallCounty, form: Form, browser: Browser, sink: Remembering
) -> None:
    client, station = browser("safety"), str(county.orgs["station"].id)
    client.post("/forms/check/", posted(county, form, partner=[station]))
    (entry,) = entries(county)
    page = f"/entries/{entry.id}/"
    assert "尚未签字，只算自查" in client.get(page).content.decode()
    given = {"org_id": station, "by_proxy": "1"}
    missing = client.post(f"{page}sign/", given)
    assert missing.status_code == 400 and "请拍下" in missing.content.decode()
    assert client.post(f"{page}sign/", {**given, "sheet": photo()}).status_code == 302
    text = client.get(page).content.decode()
    assert "签字（代录）" in text
    (sheet,) = re.findall(r'<a href="(/files/[^"]+)">查看签字表', text)
    assert client.get(sheet)["Content-Type"] == "image/jpeg"
    assert sink.recorded[-1][2] == {entry.org_id, county.orgs["station"].id}


def test_the_blank_form_prints(county: SmallCounty, form: Form, browser: Browser) -> None:
    page = browser("safety").get("/forms/check/blank/").content.decode()
    assert "□ whole-school" in page and "□ 是" in page
