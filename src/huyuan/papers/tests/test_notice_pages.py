"""The pages of notices, as a browser without JavaScript uses them."""

import re
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huyuan.orgs import vocabulary
from huyuan.orgs.models import Account, Organisation
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.orgs.vocabulary import OrgKindSpec
from huyuan.papers.models import Notice, NoticeAnswer

pytestmark = pytest.mark.urls("huyuan.papers.tests.urls")
SCRIPT = '"><script>alert(1)</script>'
Browser = Callable[[str], Client]
#: far enough away for whatever day this is run on
DUE = "2199-12-31T17:00"
TABLE: Mapping[str, object] = {
    "title": SCRIPT,
    "text": "请各校清点。",
    "due": DUE,
    "asks": "table",
    "many": "yes",
    "columns.0.label": "校车",
    "columns.0.kind": "count",
    "columns.1.label": "合计",
    "columns.1.kind": "total",
}


@pytest.fixture
def browser(county: SmallCounty) -> Browser:
    def signed_in(who: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(username=f"{COUNTY}-{who}"))
        return client

    return signed_in


def issued(county: SmallCounty, officer: Client, given: Mapping[str, object] = TABLE) -> str:
    """Compose, choose, issue; the address of the notice."""
    mine = {"client_uuid": str(uuid4()), "org_id": str(county.orgs["bureau"].id)}
    choosing = officer.post("/notices/new/", {**given, **mine})
    assert choosing.status_code == 302, choosing.content.decode()
    page = officer.get(choosing["Location"]).content.decode()
    assert "central单位" in page and "other单位" in page and "station单位" not in page
    sent = officer.post(choosing["Location"], {"org": [str(county.orgs["central"].id)]})
    assert sent.status_code == 302
    return str(sent["Location"])


def test_from_composing_to_the_collated_table(county: SmallCounty, browser: Browser) -> None:
    officer, school = browser("officer"), browser("safety")
    wrong = officer.post(
        "/notices/new/",
        {
            **TABLE,
            "due": "2020-01-01T08:00",
            "client_uuid": uuid4(),
            "org_id": county.orgs["bureau"].id,
            "attachment": "",  # so a browser says that no file was chosen
        },
    )
    assert wrong.status_code == 422 and "已经过了，请往后定" in wrong.content.decode()
    assert "已收到的文件" not in wrong.content.decode()
    notice = issued(county, officer)
    assert notice in school.get("/notices/").content.decode()
    page = school.get(notice).content.decode()
    assert "未签收" in page and "<script>alert" not in page
    (answer,) = re.findall(r'href="(/notices/[^"]+/answer/[^"]+)"', page)
    given = {"client_uuid": uuid4(), "rows.0.c1": "2", "rows.0.c2": "2", "rows.1.c1": "3", "rows.1.c2": "4"}
    refused = school.post(answer, given)
    assert refused.status_code == 422 and "应等于“校车”之和 3" in refused.content.decode()
    taken = school.post(answer, {**given, "rows.1.c2": "3"})
    assert "已收到" in school.get(taken["Location"]).content.decode()
    collated = officer.get(f"{notice}collated/").content.decode()
    total = collated[collated.index("<tfoot>") :]
    assert ">5<" in total
    assert officer.get(f"{notice}excel/").status_code == 200
    # Only those who sent it see what everybody answered.
    assert school.get(f"{notice}collated/").status_code in (403, 404)
    assert browser("guard").get(notice).status_code == 404


def test_files_come_in_and_go_out_as_one_archive(county: SmallCounty, browser: Browser) -> None:
    officer, school = browser("officer"), browser("safety")
    notice = issued(county, officer, {"title": "交方案", "text": "请交。", "due": DUE, "asks": "file"})
    address = f"{notice}answer/{county.orgs['central'].id}/"
    pdf = SimpleUploadedFile("方案.pdf", b"%PDF-1.7 plan")
    # What came with a form that could not be taken need not be sent again.
    refused = school.post(address, {"client_uuid": uuid4(), "files": pdf, "remark": "长" * 6000})
    page = refused.content.decode()
    assert refused.status_code == 422 and "方案.pdf" in page
    (held,) = re.findall(r'name="held" value="([^"]+)"', page)
    (kept,) = re.findall(r'name="files" value="([0-9a-f-]{36})"', page)
    forged = school.post(address, {"client_uuid": uuid4(), "files": kept, "held": held[:-2]})
    assert forged.status_code == 422
    taken = school.post(address, {"client_uuid": uuid4(), "files": kept, "held": held})
    assert taken.status_code == 302
    with acting(county.system):
        assert NoticeAnswer.objects.count() == 1
    with zipfile.ZipFile(BytesIO(officer.get(f"{notice}files/").getvalue())) as archive:
        assert archive.namelist() == ["central单位/1-方案.pdf"]
        assert archive.read("central单位/1-方案.pdf") == b"%PDF-1.7 plan"
    (answered,) = re.findall(r'href="(/notices/answers/[^"]+)"', officer.get(notice).content.decode())
    (file,) = re.findall(r'href="(/notices/files/[^"]+)"', officer.get(answered).content.decode())
    assert officer.get(file).getvalue() == b"%PDF-1.7 plan"
    assert browser("other-admin").get(file).status_code == 404
    back = officer.post(f"{answered}return/", {"reason": "请盖章"})
    assert back.status_code == 302
    assert "已退回：请盖章" in school.get(notice).content.decode()


def test_societies_are_asked_only_when_they_are_chosen(county: SmallCounty, browser: Browser) -> None:
    vocabulary.install("orgkind", [OrgKindSpec(key="parent-committee", zh="家长委员会", side="society")])
    with acting(county.system):
        Organisation.objects.filter(id=county.orgs["other"].id).update(kind="parent-committee")
    officer = browser("officer")
    mine = {"client_uuid": str(uuid4()), "org_id": str(county.orgs["bureau"].id)}
    choosing = officer.post("/notices/new/", {**TABLE, **mine})["Location"].split("?")[0]
    page = officer.get(choosing).content.decode()
    assert "central单位" in page and "other单位" not in page and "家长委员会" in page
    assert "other单位" in officer.get(f"{choosing}?kind=parent-committee").content.decode()


def test_a_draft_is_changed_and_thrown_away(county: SmallCounty, browser: Browser) -> None:
    officer = browser("officer")
    mine = {"client_uuid": str(uuid4()), "org_id": str(county.orgs["bureau"].id)}
    pdf = SimpleUploadedFile("附件.pdf", b"%PDF-1.7 attached")
    choosing = officer.post("/notices/new/", {**TABLE, **mine, "attachment": pdf})["Location"]
    draft = choosing.split("recipients/")[0]
    page = officer.get(f"{draft}edit/").content.decode()
    assert "附件.pdf" in page and "校车" in page
    (attached,) = re.findall(r'name="attachment" value="([0-9a-f-]{36})"', page)
    changed = officer.post(f"{draft}edit/", {**TABLE, **mine, "title": "改过", "attachment": attached})
    assert changed.status_code == 302
    assert officer.get(f"{draft}attachment/").getvalue() == b"%PDF-1.7 attached"
    nobody = officer.post(f"{draft}recipients/", {})
    assert nobody.status_code == 422 and "请至少选一个" in nobody.content.decode()
    assert officer.post(f"{draft}close/").status_code == 302
    with acting(county.system):
        assert Notice.objects.count() == 0


def test_reminding_extending_and_closing_are_the_issuers(county: SmallCounty, browser: Browser) -> None:
    officer, school = browser("officer"), browser("safety")
    notice = issued(county, officer)
    for verb in ("remind", "extend", "close"):
        answer = school.post(f"{notice}{verb}/", {"reason": "不想报", "due": "2199-12-31T18:00"})
        assert answer.status_code in (403, 404), verb
    with acting(county.system):
        assert Notice.objects.get().state == "issued"
    assert officer.post(f"{notice}remind/").status_code == 302
    assert "催办" in officer.get(notice).content.decode()
    assert officer.post(f"{notice}extend/", {"reason": "台风", "due": "x"}).status_code == 400
    assert officer.post(f"{notice}close/", {"reason": "改为现场检查"}).status_code == 302
    assert "已办结：改为现场检查" in school.get(notice).content.decode()
