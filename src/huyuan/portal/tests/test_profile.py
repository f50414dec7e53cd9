"""一校一档: everything on file about a school with where it comes from, for whom it is to be seen."""

import re
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from huyuan.duties.tests.adopted import World, build
from huyuan.kernel.days import day_of
from huyuan.orgs.models import Appointment, Certificate, Person, Place, Post, SchoolClass
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.packs.models import PackVersion
from huyuan.papers.models import PaperKind, Policy, Submission
from huyuan.portal.tests.adopted import Tables, client_of, text_of
from huyuan.registers.models import Entry
from huyuan.registers.tests.library import CHECK, install, new_id
from huyuan.trace import files

SINCE = date(2026, 9, 1)


@pytest.fixture
def world(db: None) -> World:
    """A school with two guards (one of them certified), a vacancy, a policy in force and one missing."""
    world = build()
    qualified = {"qualified": [{"key": "guard", "value": {"zh": "保安员", "posts": ["guard"]}}]}
    PackVersion.objects.filter(pack__key="made-up").update(content=qualified)
    check = install(CHECK)
    for key, title in (("gate", "门卫制度"), ("duty", "值班制度")):
        spec = {"key": key, "title": title, "nature": "policy", "required_by": ["school"]}
        PaperKind.objects.create(pack_version=check.pack_version, key=key, title=title, spec=spec)
    school, now = world.county.orgs["central"], timezone.now()
    with acting(world.county.system):
        guard, certified = (
            Person.objects.create(county_id=COUNTY, home=school, name=name) for name in ("甲保安", "乙保安")
        )
        post = Post.objects.create(county_id=COUNTY, org=school, kind="guard", title="保安员")
        for person in (guard, certified):
            Appointment.objects.create(county_id=COUNTY, post=post, person=person, from_day=SINCE)
        for first, until in ((2016, 2021), (2021, 2099)):
            Certificate.objects.create(
                county_id=COUNTY, person=certified, kind="security-guard", number=f"证{until}",
                from_day=date(first, 1, 1), until=date(until, 1, 1),
            )  # fmt: skip
        Post.objects.create(county_id=COUNTY, org=school, kind="vice-principal-safety", title="分管副校长")
        Place.objects.create(county_id=COUNTY, org=school, kind="gate", name="正门")
        year = day_of(now).year if day_of(now).month >= 9 else day_of(now).year - 1
        SchoolClass.objects.create(
            county_id=COUNTY, org=school, name="一年级1班", school_year=f"{year}-{year + 1}", pupils=41
        )
        Policy.objects.create(
            county_id=COUNTY,
            org=school,
            kind="gate",
            title="central门卫制度",
            from_day=SINCE,
            recorded_at=now,
        )
        Entry.objects.create(
            county_id=COUNTY, form=check, org=school, state="submitted", number="第1号", client_id=new_id(),
            filler=world.county.people["safety"], occurred_at=now, created_at=now, submitted_at=now,
        )  # fmt: skip
        stored = files.store(b"%PDF-1.4 list", county_id=COUNTY, now=now)
        Submission.objects.create(
            county_id=COUNTY, org=school, to=world.county.orgs["bureau"], kind="lists", period="2026-10",
            file=stored, client_id=new_id(), name="清单", entries=1,
            sent_by=world.county.people["safety"], received_at=now,
        )  # fmt: skip
    return world


def page_of(world: World, person: str, which: str = "profile/") -> str:
    answer = client_of(world, person).get(f"/orgs/{world.county.orgs['central'].id}/{which}")
    assert answer.status_code == 200
    return text_of(answer)


def test_the_file_says_everything_with_its_source(world: World) -> None:
    page = page_of(world, "safety")
    rows = [row for table in Tables(page).found.values() for row in table]
    assert ["甲保安", "保安员", "2026年9月1日", "—", "—", "没有登记证件"] in rows
    assert ["乙保安", "保安员", "2026年9月1日", "证2099", "2099年1月1日", "有效"] in rows
    assert ["分管副校长", "空缺", "—"] in rows
    assert ["值班制度", "缺", "—", "—", "—"] in rows
    assert ["门卫制度", "在用", "第1版", "2026年9月1日", "—"] in rows
    assert any(row[0] == "隐患排查" and row[2] == "1" for row in rows)
    (figures,) = [row for row in rows if len(row) == 9 and row[0] != "内容"]
    before = re.fullmatch(r"(\d+)% (\d+)／(\d+)", figures[1])
    assert before, figures
    share, done, judged = map(int, before.groups())
    assert done < judged and share == done * 100 // judged, "nobody was at the gate at night"
    for said in ("400", "正门", "一年级1班", "41人", "station单位", "按《示例方案》逐条判定"):
        assert said in page
    assert page.count('class="source"') == 7


def test_papers_are_left_out_for_whoever_may_not_see_them(world: World) -> None:
    page = page_of(world, "governor")
    assert "甲保安" in page and "制度和预案" not in page


def test_the_schools_page_leads_to_its_papers(world: World) -> None:
    page = page_of(world, "officer", "")
    assert "还缺 1 种必备制度：值班制度" in page
    assert "在用制度 1 种" in page and f"/papers/org/{world.county.orgs['central'].id}/" in page
    assert "lists（2026-10）" in page and "待签收" in page
    assert "制度与报送</h2>" not in page_of(world, "governor", "")


def test_another_school_has_no_file_here(world: World) -> None:
    other: Any = world.county.orgs["other"]
    assert client_of(world, "safety").get(f"/orgs/{other.id}/profile/").status_code == 404
