"""Today over a real county: from an adopted directive to the line, and what it costs."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from huyuan.duties.actions import adopt
from huyuan.notify.actions import send
from huyuan.orgs.actions import set_term
from huyuan.orgs.models import Appointment, Post
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.packs.actions import install_all
from huyuan.portal.tests.conftest import SignIn

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
WEEKLY = "每周一次排查安全隐患风险点，如实做好记录"


@pytest.fixture
def adopted(county: SmallCounty) -> SmallCounty:
    """The bureau runs the six mechanisms since the beginning of the year, in a term that never ends."""
    install_all(now=BEGUN)
    with acting(county.system):
        set_term(
            actor=county.system, year="2026-2027", semester=1,
            first=date(2026, 1, 1), last=date(2036, 1, 1), now=BEGUN,
        )  # fmt: skip
        adopt(
            actor=county.system, org_id=county.orgs["bureau"].id, pack_key="jinzhai-2018-six-mechanisms",
            go_live=date(2026, 1, 1), decided_by="教育局", now=BEGUN,
        )  # fmt: skip
    return county


def page_of(client: Client) -> str:
    answer = client.get("/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_safety_officer_is_asked_with_the_sentence_behind_it(
    adopted: SmallCounty, signed_in: SignIn
) -> None:
    page = page_of(signed_in("safety"))
    assert WEEKLY in page
    assert "依据：《六项机制方案》三（一）3" in page
    assert "/forms/hazard-check/?org=" in page
    assert WEEKLY not in page_of(signed_in("head"))


def test_a_county_that_begins_is_told_what_comes_next(county: SmallCounty, signed_in: SignIn) -> None:
    install_all(now=BEGUN)
    page = page_of(signed_in("officer"))
    steps = page[page.index("本县启用步骤") :]
    assert "采用第一个文件" in steps and "/adoptions/new/" in steps
    # What is another's to do has no link; what is there already is ticked.
    assert "开通账号，打印激活单" in steps and "由系统管理员办" in steps and "/accounts/" not in steps
    assert steps.count("已办") == 3  # organisations, posts, accounts
    assert "本县启用步骤" not in page_of(signed_in("safety"))


def test_once_something_is_adopted_nobody_is_told_to_begin(adopted: SmallCounty, signed_in: SignIn) -> None:
    assert "本县启用步骤" not in page_of(signed_in("officer"))


def test_a_vacant_post_shows_at_the_head(adopted: SmallCounty, signed_in: SignIn) -> None:
    assert WEEKLY not in page_of(signed_in("head"))
    with acting(adopted.system):
        Appointment.objects.filter(person=adopted.people["safety"]).update(until=date(2026, 9, 2))
    page = page_of(signed_in("head"))
    assert WEEKLY in page
    assert "safety-officer岗位空缺" in page


def test_several_organisations_are_told_apart(adopted: SmallCounty, signed_in: SignIn) -> None:
    with acting(adopted.system):
        post = Post.objects.create(county_id=COUNTY, org=adopted.orgs["point"], kind="head", title="负责人")
        Appointment.objects.create(
            county_id=COUNTY,
            post=post,
            person=adopted.people["safety"],
            from_day=date(2026, 1, 1),
            acting=True,
        )
    page = page_of(signed_in("safety"))
    assert page.count(WEEKLY) >= 2
    assert "central单位</h2>" in page and "point单位</h2>" in page


@pytest.mark.parametrize("kind", ["staff", "guard", "class-teacher"])
def test_whoever_works_at_a_school_reports_from_today(
    adopted: SmallCounty, signed_in: SignIn, kind: str
) -> None:
    with acting(adopted.system):
        Post.objects.filter(appointments__person=adopted.people["guard"]).update(kind=kind)
    assert f"/forms/first-encounter/?org={adopted.orgs['other'].id}" in page_of(signed_in("guard"))
    assert "/forms/first-encounter/" not in page_of(signed_in("officer"))


def test_messages_are_shown_until_they_are_read(adopted: SmallCounty, signed_in: SignIn) -> None:
    with acting(adopted.system):
        send(
            org_id=adopted.orgs["central"].id, post_kind="safety-officer", key="1",
            text="九月清单被退回", url="/papers/", now=BEGUN,
        )  # fmt: skip
    client = signed_in("safety")
    assert "九月清单被退回" in page_of(client)
    assert client.post("/messages/read/").status_code == 302
    assert "九月清单被退回" not in page_of(client)
    assert "九月清单被退回" in client.get("/messages/").content.decode()
