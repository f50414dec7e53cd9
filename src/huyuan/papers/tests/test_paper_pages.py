"""The pages of papers, as a browser without JavaScript uses them."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.papers.models import Policy, Submission
from huyuan.registers.effects import ActDone
from huyuan.registers.models import Form
from huyuan.registers.tests.library import Remembering

pytestmark = pytest.mark.urls("huyuan.papers.tests.urls")
SCRIPT = '"><script>alert(1)</script>'
Browser = Callable[[str], Client]


@pytest.fixture
def browser(county: SmallCounty) -> Browser:
    def signed_in(who: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(username=f"{COUNTY}-{who}"))
        return client

    return signed_in


def test_upload_a_policy_and_read_it(county: SmallCounty, form: Form, browser: Browser) -> None:
    client, org = browser("head"), county.orgs["central"].id
    assert "还缺 2 种必备制度" in client.get("/papers/").content.decode()
    sent = {
        "kind": "gate",
        "title": SCRIPT,
        "from_day": "2026-10-01",
        "file": SimpleUploadedFile("门卫.pdf", b"%PDF-1.7 x"),
    }
    wrong = client.post(f"/papers/org/{org}/upload/", {**sent, "from_day": "十月", "file": ""})
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "请填写生效日期" in text and "请选择文件" in text and "&lt;script&gt;" in text
    assert client.post(f"/papers/org/{org}/upload/", sent).status_code == 302
    page = client.get("/papers/").content.decode()
    assert "还缺 1 种必备制度" in page and "<script>alert" not in page
    (link,) = re.findall(r'href="(/papers/policies/[^"]+/file/)"', page)
    assert client.get(link).getvalue() == b"%PDF-1.7 x"
    assert browser("guard").get(link).status_code == 404
    with acting(county.system):
        policy = Policy.objects.get()
    client.post(f"/papers/policies/{policy.id}/withdraw/", {"reason": "重订"})
    assert "停用：重订" in client.get("/papers/").content.decode()


def test_the_bureau_sees_which_policies_are_missing(
    county: SmallCounty, form: Form, browser: Browser
) -> None:
    client, org = browser("head"), county.orgs["central"].id
    sent = {"kind": "gate", "title": "门卫制度", "from_day": "2026-10-01"}
    client.post(f"/papers/org/{org}/upload/", {**sent, "file": SimpleUploadedFile("门卫.pdf", b"%PDF-1.7 x")})
    page = browser("officer").get("/papers/completeness/").content.decode()
    assert "2 个单位，0 个齐全" in page
    first, second = re.findall(r'<a class="row-link" href="([^"]+)"', page)
    assert first == f"/papers/org/{county.orgs['other'].id}/", "the least complete comes first"
    assert second == f"/papers/org/{org}/"
    own = client.get("/papers/completeness/").content.decode()
    assert "1 个单位，0 个齐全" in own and "值班制度" in own


def test_hand_in_and_acknowledge(
    county: SmallCounty, form: Form, browser: Browser, sink: Remembering
) -> None:
    client, org = browser("safety"), county.orgs["central"].id
    address = f"/papers/org/{org}/submit/three-lists/"
    page = client.get(address, {"period": "2026-10"}).content.decode()
    assert "报送给：bureau单位" in page and "零报告" in page
    (device,) = re.findall(r'name="client_uuid" value="([0-9a-f-]{36})"', page)
    sent = {"client_uuid": device, "period": "2026-10"}
    first, second = client.post(address, sent), client.post(address, sent)
    assert first["Location"] == second["Location"]
    assert "已收到" in client.get(first["Location"]).content.decode()
    with acting(county.system):
        submission = Submission.objects.get()
    officer = browser("officer")
    link = f"/papers/submissions/{submission.id}/"
    assert link in officer.get("/papers/inbox/").content.decode()
    assert officer.get(f"{link}file/").status_code == 200
    assert browser("guard").get(f"{link}file/").status_code == 404
    assert browser("guard").post(f"{link}acknowledge/").status_code == 404
    assert client.post(f"{link}acknowledge/").status_code in (403, 404)
    assert officer.post(f"{link}acknowledge/").status_code == 302
    assert "已签收" in client.get(link).content.decode()


def test_send_back_says_why(county: SmallCounty, form: Form, browser: Browser, sink: Remembering) -> None:
    client, org = browser("safety"), county.orgs["central"].id
    client.post(f"/papers/org/{org}/submit/three-lists/", {"client_uuid": str(uuid4()), "period": "2026-10"})
    with acting(county.system):
        link = f"/papers/submissions/{Submission.objects.get().id}/"
    officer = browser("officer")
    assert officer.post(f"{link}return/", {"reason": " "}).status_code == 400
    assert officer.post(f"{link}return/", {"reason": SCRIPT}).status_code == 302
    page = client.get(link).content.decode()
    assert "已退回" in page and "<script>alert" not in page


def test_a_paper_that_is_not_collected_is_handed_in_as_a_file(
    county: SmallCounty, form: Form, browser: Browser, sink: Remembering
) -> None:
    client, org = browser("safety"), county.orgs["central"].id
    address = f"/papers/org/{org}/submit/summary/"
    sent = {"client_uuid": str(uuid4()), "period": "2026-10"}
    missing = client.post(address, sent)
    assert missing.status_code == 422 and "请选择要报送的文件" in missing.content.decode()
    given = {**sent, "file": SimpleUploadedFile("总结.pdf", b"%PDF-1.7 y")}
    assert client.post(address, given).status_code == 302
    ((_, (act,), _),) = sink.recorded
    assert isinstance(act, ActDone) and act.quals == ("paper=summary",)


@pytest.mark.parametrize("who", ["guard", "police", "officer", "villager"])
def test_nobody_opens_the_upload_or_submission_of_another_school(
    county: SmallCounty, form: Form, browser: Browser, who: str
) -> None:
    org = county.orgs["central"].id
    for page in (f"/papers/org/{org}/upload/", f"/papers/org/{org}/submit/three-lists/"):
        assert browser(who).get(page).status_code in (403, 404)
        assert browser(who).post(page, {"client_uuid": str(uuid4())}).status_code in (403, 404)
    with acting(county.system):
        assert not Submission.objects.exists() and not Policy.objects.exists()
