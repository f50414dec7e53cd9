"""The pages of the risk list and of warnings, as a browser without JavaScript uses them."""

import re
from datetime import timedelta
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from huyuan.duties.models import Event
from huyuan.kernel.ids import uuid7
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.risks.models import RiskAnalysis, RiskPoint, RiskReview
from huyuan.risks.tests.conftest import Browser

SCRIPT = '"><script>alert(1)</script>'
FORM = {
    "what": SCRIPT,
    "category": "traffic",
    "level": "larger",
    "spot": "东门外",
    "controls": "错峰放学。",
    "major_source": "yes",
}


def form(post: str) -> dict[str, str]:
    soon = timezone.localdate() + timedelta(days=30)
    return FORM | {"watch_post": post, "review_on": str(soon), "client_uuid": str(uuid4())}


def written(client: Client, address: str, post: str) -> str:
    sent = client.post(f"{address}new/", form(post))
    assert sent.status_code == 302, sent.content.decode()
    return str(sent["Location"]).partition("?")[0]


def test_from_the_regional_list_to_a_review(county: SmallCounty, browser: Browser) -> None:
    officer, safety = browser("officer"), browser("safety")
    region, school = (f"/risks/org/{county.orgs[key].id}/" for key in ("bureau", "central"))
    item = written(officer, region, "bureau-officer")
    listed = safety.get("/risks/").content.decode()
    assert "采用" in listed and SCRIPT not in listed and "各校风险台账" not in listed
    org = {"org_id": county.orgs["central"].id}
    assert safety.post(f"{item}adopt/", org | {"back": "1"}).status_code == 302
    assert "已采用" in safety.get("/risks/").content.decode()
    watched = officer.get("/risks/").content.decode()
    assert "1 所学校已采用" in watched and "2 所还没有登记" in watched
    with acting(county.system):
        taken = RiskPoint.objects.get(origin__isnull=False)
    page = safety.get(f"/risks/points/{taken.id}/").content.decode()
    assert "记下复查" in page and "区域风险清单（bureau）" in page
    edit = safety.get(f"/risks/points/{taken.id}/edit/").content.decode()
    assert 'name="number" value="1"' in edit
    corrected = form("safety-officer") | {"spot": "东门外50米", "number": "1"}
    assert safety.post(f"/risks/points/{taken.id}/edit/", corrected).status_code == 302
    again = safety.post(f"/risks/points/{taken.id}/edit/", corrected)
    assert again.status_code == 422 and "刚被别人更正过" in again.content.decode()
    wrong = {"found": "看过了", "next_on": "2020-01-01", "client_uuid": uuid4()}
    bad = safety.post(f"/risks/points/{taken.id}/review/", wrong)
    assert bad.status_code == 400 and "看过了" in bad.content.decode()
    right = wrong | {"next_on": timezone.localdate() + timedelta(days=60)}
    assert safety.post(f"/risks/points/{taken.id}/review/", right).status_code == 302
    assert safety.post(f"{school}reviewed/", {"client_uuid": uuid4()}).status_code == 302
    kept = safety.get(school).content.decode()
    assert "东门外50米" in kept and "上次梳理" in kept
    assert safety.post(f"/risks/points/{taken.id}/remove/", {"reason": ""}).status_code == 400
    assert safety.post(f"/risks/points/{taken.id}/remove/", {"reason": "已分流"}).status_code == 302
    assert "还没有登记风险点" in safety.get(school).content.decode()
    assert "已分流" in safety.get(f"{school}?state=removed").content.decode()
    assert safety.post(f"/risks/points/{taken.id}/nonsense/").status_code == 404
    with acting(county.system):
        assert RiskReview.objects.count() == 1


def test_what_others_see(county: SmallCounty, browser: Browser) -> None:
    safety, guard, police = browser("safety"), browser("guard"), browser("police")
    school = f"/risks/org/{county.orgs['central'].id}/"
    point = written(safety, school, "safety-officer")
    assert guard.get(point).status_code == guard.get(school).status_code == 404
    seen = police.get(point)
    assert seen.status_code == 200 and "记下复查" not in seen.content.decode()
    assert police.post(f"{point}remove/", {"reason": "试试"}).status_code == 403
    assert police.get(f"{point}edit/").status_code == police.get(f"{school}new/").status_code == 404
    assert safety.get("/risks/warnings/").status_code == 404


def test_the_board_of_warnings(county: SmallCounty, browser: Browser) -> None:
    officer, police = browser("officer"), browser("police")
    assert "还没有登记过隐患" in officer.get("/risks/warnings/").content.decode()
    now = timezone.now()
    with acting(county.system):
        Event.objects.bulk_create(
            Event(
                county_id=COUNTY, event="hazard.found", org=county.orgs["central"],
                subject_id=county.orgs["central"].id, quals=["category=fire", "severity=minor"],
                occurred_at=now, known_at=now, source="entry", source_id=uuid7(),
            )
            for _ in range(6)
        )  # fmt: skip
    page = officer.get("/risks/warnings/").content.decode()
    assert "east消防隐患" in page and "前3个月没有发现过" in page
    notice = re.search(r'href="(/notices/new/\?[^"]+)"', page)
    assert notice
    begun = officer.get(notice[1].replace("&amp;", "&")).content.decode()
    assert "关于防范east消防隐患的预警通知" in begun
    given = {"basis": "hazard-counts", "conclusion": "下周专项检查。", "client_uuid": uuid4()}
    bad = officer.post("/risks/warnings/", given | {"conclusion": "找13800000000"})
    assert bad.status_code == 400 and "手机号" in bad.content.decode()
    assert officer.post("/risks/warnings/", given).status_code == 302
    assert "下周专项检查" in officer.get("/risks/warnings/").content.decode()
    near = police.get("/risks/warnings/").content.decode()
    assert "east消防隐患" in near and "记下研判" not in near
    assert police.post("/risks/warnings/", given).status_code == 404
    school = browser("safety").get(f"/risks/org/{county.orgs['central'].id}/").content.decode()
    assert "east消防隐患" in school
    with acting(county.system):
        assert RiskAnalysis.objects.get().warned
