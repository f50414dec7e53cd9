"""Pages of organisations, the account and search: who sees what, in how many queries."""

from datetime import date
from typing import Any

from django.test import Client

from huyuan.orgs.models import Account, Appointment, Attribute, Person, Place, Post
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.portal.tests.conftest import SignIn


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_school_shows_its_facts_with_their_dates(county: SmallCounty, signed_in: SignIn) -> None:
    with acting(county.system):
        school = county.orgs["central"]
        for day, pupils in ((date(2025, 9, 1), 610), (date(2026, 9, 1), 640)):
            Attribute.objects.create(
                county_id=COUNTY,
                org=school,
                key="students.enrolled",
                from_day=day,
                text=str(pupils),
                number=pupils,
            )
        Attribute.objects.create(
            county_id=COUNTY, org=school, key="boarding", from_day=date(2025, 9, 1), text="yes"
        )
        Place.objects.create(county_id=COUNTY, org=school, kind="gate", name="正门")
    page = text_of(signed_in("safety").get(f"/orgs/{school.id}/"))
    assert "640" in page and "2026年9月1日起" in page
    assert "610" not in page
    assert ">是<" in page
    assert "正门（校门）" in page
    assert "station单位" in page


def test_a_vacant_post_is_shown_and_people_only_as_holders(county: SmallCounty, signed_in: SignIn) -> None:
    with acting(county.system):
        school = county.orgs["central"]
        Post.objects.create(county_id=COUNTY, org=school, kind="vice-principal-safety", title="分管副校长")
        Person.objects.create(county_id=COUNTY, home=school, name="没有岗位的人")
    page = text_of(signed_in("safety").get(f"/orgs/{school.id}/"))
    assert "分管副校长" in page and "空缺" in page
    assert "有 1 个岗位空缺" in page
    assert "人员head" in page
    assert "没有岗位的人" not in page


def test_another_school_answers_like_none(county: SmallCounty, signed_in: SignIn) -> None:
    client = signed_in("safety")
    foreign = client.get(f"/orgs/{county.orgs['other'].id}/")
    nothing = client.get(f"/orgs/{county.people['head'].id}/")
    assert (foreign.status_code, nothing.status_code) == (404, 404)
    assert "没有找到您要的内容" in text_of(foreign)
    assert "今日" in text_of(foreign), "the page keeps its navigation"


def test_the_list_is_narrowed(county: SmallCounty, signed_in: SignIn) -> None:
    client = signed_in("officer")
    everything, west = client.get("/orgs/"), client.get("/orgs/?town=west")
    assert "central单位" in text_of(everything) and "other单位" in text_of(everything)
    assert "other单位" in text_of(west) and "central单位" not in text_of(west)
    assert "没有符合条件的单位" in text_of(client.get("/orgs/?text=没有这个"))


def test_search_finds_only_what_is_mine(county: SmallCounty, signed_in: SignIn) -> None:
    assert "other单位" not in text_of(signed_in("safety").get("/search/?q=单位"))
    assert "central单位" in text_of(signed_in("safety").get("/search/?q=单位"))
    assert "请输入至少两个字" in text_of(signed_in("safety").get("/search/?q=单"))
    assert "<script>" not in text_of(signed_in("safety").get("/search/?q=<script>alert(1)</script>"))


def test_the_account_page_shows_every_post(county: SmallCounty, signed_in: SignIn) -> None:
    with acting(county.system):
        post = Post.objects.create(county_id=COUNTY, org=county.orgs["point"], kind="head", title="负责人")
        Appointment.objects.create(
            county_id=COUNTY,
            post=post,
            person=county.people["safety"],
            from_day=date(2026, 9, 1),
            acting=True,
        )
    page = text_of(signed_in("safety").get("/account/"))
    assert "central单位" in page and "point单位" in page and "（代理）" in page


def test_the_password_changes_only_with_the_old_one(county: SmallCounty, signed_in: SignIn) -> None:
    client = signed_in("safety")
    with acting(county.system):
        account = Account.objects.get(person=county.people["safety"])
        account.set_password("mountain-river-7")
        account.save()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")

    def change(old: str, new: str, again: str) -> Any:
        return client.post("/account/password/", {"old": old, "new": new, "again": again})

    assert "现在的密码不对" in text_of(change("wrong-password", "stone-bridge-9", "stone-bridge-9"))
    assert "两次填写的新密码不一样" in text_of(change("mountain-river-7", "stone-bridge-9", "stone-bridge-8"))
    assert "密码不够安全" in text_of(change("mountain-river-7", "short", "short"))
    assert change("mountain-river-7", "stone-bridge-9", "stone-bridge-9").status_code == 302
    assert client.get("/account/?changed=1").status_code == 200, "this sign-in goes on"
    with acting(county.system):
        account.refresh_from_db()
    assert account.check_password("stone-bridge-9")


def test_an_address_that_leads_nowhere(signed_in: SignIn) -> None:
    response = signed_in("safety").get("/no-such-page/")
    assert response.status_code == 404
    assert "没有这个网址" in text_of(response) and "说明编号" in text_of(response)


def test_a_stale_page_is_refused_kindly(county: SmallCounty) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/sign-in/", {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert "请返回上一页并刷新" in text_of(response)
