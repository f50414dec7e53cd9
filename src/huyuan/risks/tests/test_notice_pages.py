"""The pages of risk notices, as a browser without JavaScript uses them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import SmallCounty
from huyuan.risks.models import RiskNotice
from huyuan.risks.tests.conftest import Browser

pytestmark = pytest.mark.urls("huyuan.risks.tests.urls")
SCRIPT = '"><script>alert(1)</script>'
FORM = {
    "kind": "traffic",
    "place": SCRIPT,
    "measure": "增加值守。",
    "to": "all",
}


@pytest.fixture
def form() -> dict[str, str]:
    """A form that is right today."""
    today = timezone.localdate()
    return FORM | {
        "starts": f"{today}T07:00",
        "ends": f"{today + timedelta(days=1)}T18:00",
        "expires": f"{today + timedelta(days=2)}",
    }


def test_from_the_phone_of_the_station_to_the_receipt(
    county: SmallCounty, browser: Browser, form: dict[str, str]
) -> None:
    police, school = browser("police"), browser("safety")
    page = police.get("/risk-notices/new/")
    assert page.status_code == 200 and "central单位" in page.content.decode()
    mine = form | {"client_uuid": str(uuid4())}
    wrong = police.post("/risk-notices/new/", mine | {"measure": "找13800000000"})
    assert wrong.status_code == 422 and "手机号" in wrong.content.decode()
    assert "&lt;script" in wrong.content.decode() and SCRIPT not in wrong.content.decode()
    sent = police.post("/risk-notices/new/", mine)
    assert sent.status_code == 302, sent.content.decode()
    address = sent["Location"].partition("?")[0]
    assert "已收到" in police.get(sent["Location"]).content.decode()
    seen = school.get(address).content.decode()
    assert "签收</button>" in seen and "other单位" not in seen and SCRIPT not in seen
    assert school.get("/risk-notices/").content.decode().count(address) == 1
    org = {"org_id": county.orgs["central"].id}
    assert school.post(f"{address}sign/", org).status_code == 302
    asked = school.get(address).content.decode()
    key = re.search(r'name="client_uuid" value="([^"]+)"', asked)
    assert key and "签收</button>" not in asked
    bad = school.post(f"{address}measures/", org | {"client_uuid": key[1], "text": "问13800000000"})
    assert bad.status_code == 400 and "问13800000000" in bad.content.decode()
    assert (
        school.post(f"{address}measures/", org | {"client_uuid": key[1], "text": "加派2人"}).status_code
        == 302
    )
    told = police.get(address).content.decode()
    assert "加派2人" in told and "还有 1 所没有签收" in told and "催签 1 所" in told
    assert police.post(f"{address}chase/").status_code == 302
    assert police.post(f"{address}withdraw/", {"reason": ""}).status_code == 400
    assert police.post(f"{address}nonsense/").status_code == 404
    corrected = police.get(f"/risk-notices/new/?replaces={address.split('/')[2]}").content.decode()
    assert "更正风险提示" in corrected and "增加值守。" in corrected
    assert police.post(f"{address}withdraw/", {"reason": "情况解除"}).status_code == 302
    over = school.get(address).content.decode()
    assert "已撤回：情况解除" in over
    assert school.get("/risk-notices/?state=withdrawn").content.decode().count(address) == 1
    assert address not in school.get("/risk-notices/").content.decode()


def test_recorded_by_a_school(county: SmallCounty, browser: Browser, form: dict[str, str]) -> None:
    safety, police = browser("safety"), browser("police")
    assert "代录风险提示" in safety.get("/risk-notices/").content.decode()
    page = safety.get("/risk-notices/new/").content.decode()
    assert "代录风险提示" in page and "签字" in page
    mine = form | {"client_uuid": str(uuid4())}
    assert safety.post("/risk-notices/new/", mine).status_code == 422
    paper = SimpleUploadedFile("签字.pdf", b"%PDF-1.4 signed")
    # The paper stays while something else is mended.
    half = safety.post("/risk-notices/new/", mine | {"entry_sheet": paper, "place": ""})
    assert half.status_code == 422
    held = re.search(r'name="held" value="([^"]+)"', half.content.decode())
    kept = re.search(r'name="entry_sheet" value="([^"]+)"', half.content.decode())
    assert held and kept
    sent = safety.post("/risk-notices/new/", mine | {"held": held[1], "entry_sheet": kept[1]})
    assert sent.status_code == 302, sent.content.decode()
    with acting(county.system):
        notice = RiskNotice.objects.get()
    assert notice.sheet and notice.recorded_by_org_id == county.orgs["central"].id
    shown = police.get(f"/risk-notices/{notice.id}/").content.decode()
    assert "代录" in shown and "提前撤回" not in shown
    assert b"".join(police.get(f"/risk-notices/{notice.id}/sheet/")) == b"%PDF-1.4 signed"


def test_strangers_find_nothing(county: SmallCounty, browser: Browser, form: dict[str, str]) -> None:
    police = browser("police")
    to = {"to": "chosen", "schools": str(county.orgs["other"].id)}
    address = police.post("/risk-notices/new/", form | to | {"client_uuid": str(uuid4())})["Location"]
    address = address.partition("?")[0]
    for who in ("safety", "head", "teacher", "villager"):
        stranger = browser(who)
        assert stranger.get(address).status_code == 404
        assert stranger.post(f"{address}chase/").status_code == 404
        assert address not in stranger.get("/risk-notices/").content.decode()
        assert stranger.get(f"/risk-notices/new/?replaces={address.split('/')[2]}").status_code == 404
    for who in ("guard", "teacher", "villager"):
        assert browser(who).get("/risk-notices/new/").status_code == 404
