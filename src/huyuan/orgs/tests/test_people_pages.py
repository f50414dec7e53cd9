"""The pages on which organisations and people are looked after, as their posts see them."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huyuan.orgs import vocabulary
from huyuan.orgs.models import (
    Account,
    Appointment,
    Attribute,
    Bell,
    Organisation,
    Person,
    Place,
    Post,
    Upload,
)
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import SmallCounty
from huyuan.orgs.vocabulary import FactSpec, OrgKindSpec, PostSpec

SignedIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def words(db: None) -> None:
    vocabulary.install("orgkind", [OrgKindSpec(key="school", zh="中小学", side="school")])
    vocabulary.install(
        "post",
        [
            PostSpec(key="head", zh="校长", at=("school",), leads=True),
            PostSpec(key="guard", zh="保安员", at=("school",)),
            PostSpec(key="police-liaison", zh="联系民警", at=("police-station",)),
        ],
    )
    vocabulary.install(
        "fact",
        [
            FactSpec(key="boarding", zh="有寄宿生", sentence="有寄宿生"),
            FactSpec(key="students.enrolled", zh="在校学生数", sentence="的在校学生数", number=True),
        ],
    )


def test_a_post_is_set_up_filled_and_vacant_again(county: SmallCounty, signed_in: SignedIn) -> None:
    client, org = signed_in("head"), county.orgs["central"]
    page = f"/orgs/{org.id}/people/"
    assert client.post(f"{page}post/", {"kind": "guard"}).status_code == 302
    assert client.post(f"{page}person/", {"name": "新来的"}).status_code == 302
    assert "空缺：保安员" in client.get(page).content.decode()
    with acting(county.system):
        post, person = Post.objects.get(org=org, kind="guard"), Person.objects.get(name="新来的")
    sent = {
        "post_id": str(post.id), "person_id": str(person.id), "from_day": "2026-10-01", "acting_for": "yes",
    }  # fmt: skip
    assert client.post(f"{page}appoint/", sent).status_code == 302
    shown = client.get(page).content.decode()
    assert "由人代理：保安员" in shown and "新来的（代理）" in shown and "空缺：" not in shown
    with acting(county.system):
        held = Appointment.objects.get(post=post)
    assert "保安员（代理）" in client.get(f"/people/{person.id}/").content.decode()
    ending = client.get(f"/appointments/{held.id}/end/").content.decode()
    assert "结束任职：新来的（代理）" in ending and "2026年10月1日起" in ending
    assert client.post(f"/appointments/{held.id}/end/", {"last_day": "2026-10-02"}).status_code == 302
    assert "空缺：保安员" in client.get(page).content.decode()


def test_what_is_wrong_stays_typed(county: SmallCounty, signed_in: SignedIn) -> None:
    client, org = signed_in("head"), county.orgs["central"]
    with acting(county.system):
        before = Appointment.objects.count()
    sent = {
        "post_id": str(county.posts["safety"].id),
        "person_id": str(county.people["head"].id),
        "from_day": "2026-10-10",
        "until": "2026-10-01",
        "acting_for": "no",
    }
    answer = client.post(f"/orgs/{org.id}/people/appoint/", sent)
    assert answer.status_code == 422
    body = answer.content.decode()
    assert "任职的结束日期不能早于开始日期" in body and 'value="2026-10-10"' in body
    # Somebody who is not offered does not exist here.
    foreign = client.post(
        f"/orgs/{org.id}/people/appoint/", {**sent, "person_id": str(county.people["guard"].id), "until": ""}
    )
    assert foreign.status_code == 422 and "请从列出的里面选" in foreign.content.decode()
    with acting(county.system):
        assert Appointment.objects.count() == before


def test_whoever_leaves_is_shown_so(county: SmallCounty, signed_in: SignedIn) -> None:
    client, person = signed_in("officer"), county.people["safety"]
    assert client.post(f"/people/{person.id}/leave/", {"last_day": "2026-10-31"}).status_code == 302
    shown = client.get(f"/people/{person.id}/").content.decode()
    assert "最后一天是2026年10月31日" in shown and "登记离开" not in shown
    assert not Account.objects.get(person=person).is_active
    assert "空缺：safety-officer" in client.get(f"/orgs/{county.orgs['central'].id}/people/").content.decode()


def test_who_may_only_look(county: SmallCounty, signed_in: SignedIn) -> None:
    client, org = signed_in("safety"), county.orgs["central"]
    shown = client.get(f"/orgs/{org.id}/people/").content.decode()
    assert "人员head" in shown and "结束" not in shown and "<form method" not in shown.split("<main")[1]
    assert client.post(f"/orgs/{org.id}/people/person/", {"name": "谁"}).status_code == 403
    assert client.post(f"/people/{county.people['head'].id}/rename/", {"name": "谁"}).status_code == 403
    with acting(county.system):
        assert not Person.objects.filter(name="谁").exists()


def test_an_organisation_is_altered(county: SmallCounty, signed_in: SignedIn) -> None:
    client, org = signed_in("officer"), county.orgs["central"]
    page = f"/orgs/{org.id}/manage/"
    sent = {
        "name": "中心小学", "short_name": "中心小学", "kind": "school", "parent_id": str(org.parent_id),
        "region_id": str(org.region_id),
    }  # fmt: skip
    assert client.post(f"{page}standing/", sent).status_code == 302
    circle = client.post(f"{page}standing/", {**sent, "parent_id": str(county.orgs["point"].id)})
    assert circle.status_code == 422 and "上级单位不能是本单位或它的下级" in circle.content.decode()
    for fact in (
        {"key": "students.enrolled", "from_day": "2026-09-01", "value_students_enrolled": "501"},
        {"key": "boarding", "from_day": "2026-09-01", "value_boarding": "yes"},
    ):
        assert client.post(f"{page}fact/", fact).status_code == 302
    assert client.post(f"{page}place/", {"kind": "gate", "name": "东门"}).status_code == 302
    assert client.post(f"{page}class/", {"name": "一年级1班", "pupils": "41"}).status_code == 302
    shown = client.get(page).content.decode()
    assert all(word in shown for word in ("中心小学：单位管理", "501", "东门", "一年级1班", "41 人"))
    with acting(county.system):
        assert Organisation.objects.get(id=org.id).name == "中心小学"
        steps = Attribute.objects.filter(org=org).order_by("key").values_list("key", "text", "number")
        assert list(steps) == [("boarding", "yes", None), ("students.enrolled", "501", 501)]
        gate = Place.objects.get(name="东门")
    assert client.post(f"/places/{gate.id}/", {"name": "东门", "closed": "2026-10-01"}).status_code == 302
    assert "2026年10月1日起停用" in client.get(page).content.decode()


def test_times_of_day_are_set_and_taken_away(county: SmallCounty, signed_in: SignedIn) -> None:
    head, org = signed_in("head"), county.orgs["central"]
    page = f"/orgs/{org.id}/manage/"
    first = {
        "kind": "arrival", "number": "1", "starts": "07:10", "ends": "07:40", "from_day": "2026-09-01",
    }  # fmt: skip
    assert head.post(f"{page}bell/", first).status_code == 302
    assert (
        head.post(f"{page}bell/", {**first, "starts": "07:20", "from_day": "2026-11-01"}).status_code == 302
    )
    refused = head.post(f"{page}bell/", {**first, "starts": "七点", "from_day": "2026-12-01"})
    assert refused.status_code == 422 and "开始时刻" in refused.content.decode()
    shown = head.get(page).content.decode()
    assert "07:10—07:40" in shown and "07:20—07:40" in shown and "2026年11月1日起" in shown
    with acting(county.system):
        bells = list(Bell.objects.order_by("from_day"))
    assert [bell.from_day for bell in bells] == [date(2026, 9, 1), date(2026, 11, 1)]
    for other, refusal in (("guard", 404), ("police", 403)):
        assert signed_in(other).post(f"/bells/{bells[1].id}/remove/").status_code == refusal
    with acting(county.system):
        assert Bell.objects.count() == 2
    assert head.post(f"/bells/{bells[1].id}/remove/").status_code == 302
    assert head.post(f"/bells/{bells[1].id}/remove/").status_code == 404
    with acting(county.system):
        assert list(Bell.objects.all()) == [bells[0]]


def test_the_head_changes_facts_not_the_name(county: SmallCounty, signed_in: SignedIn) -> None:
    client, org = signed_in("head"), county.orgs["central"]
    shown = client.get(f"/orgs/{org.id}/manage/").content.decode()
    assert "登记楼栋、校门" in shown and "名称和归属" not in shown and "并入别的单位" not in shown
    answer = client.post(f"/orgs/{org.id}/manage/standing/", {"name": "自己改"})
    assert answer.status_code == 404
    assert client.get(f"/orgs/{org.id}/merge/").status_code == 403


def test_a_table_is_looked_through_and_then_brought_in(county: SmallCounty, signed_in: SignedIn) -> None:
    client = signed_in("head")
    assert "人员" in client.get("/tables/").content.decode()
    for address in ("/tables/people/blank/", "/tables/people/excel/"):
        assert b"".join(client.get(address))[:2] == b"PK"

    def sent(text: str) -> str:
        file = SimpleUploadedFile("人员.csv", text.encode("gb18030"))
        return client.post("/tables/people/", {"file": file})["Location"]

    wrong = sent("单位,姓名\r\ncentral单位,王一\r\nother单位,王二\r\n")
    body = client.get(wrong).content.decode()
    assert "第3行" in body and "没有叫“other单位”的" in body and "全部导入" not in body
    client.post(wrong)
    with acting(county.system):
        assert not Person.objects.filter(name="王一").exists()
    right = sent("单位,姓名\r\ncentral单位,王一\r\n")
    assert client.get(wrong).status_code == 404  # another one took its place
    assert "将新增 1 项" in client.get(right).content.decode()
    for _ in range(2):
        assert client.post(right).status_code == 302
    assert "已导入" in client.get(right).content.decode()
    with acting(county.system):
        assert Person.objects.filter(name="王一").count() == 1
    dropped = sent("单位,姓名\r\ncentral单位,王三\r\n")
    client.post(dropped, {"drop": "1"})
    with acting(county.actors["head"]):
        assert Upload.objects.filter(done_at=None).count() == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "空的"), (b"PK\x03\x04broken", "请"), (b"<html>login</html>", "网页")],
)
def test_a_file_that_is_no_table(
    county: SmallCounty, signed_in: SignedIn, content: bytes, sentence: str
) -> None:
    client = signed_in("head")
    answer = client.post("/tables/people/", {"file": SimpleUploadedFile("x.xlsx", content)})
    assert answer.status_code == 422 and sentence in answer.content.decode().split("<main")[1]
    assert client.post("/tables/people/").status_code == 422
    assert client.post("/tables/nothing/").status_code == 404


def test_an_appointment_from_a_day_to_come_is_announced(county: SmallCounty, signed_in: SignedIn) -> None:
    with acting(county.system):
        Appointment.objects.create(
            county_id=county.system.county_id, post=county.posts["safety"], person=county.people["head"],
            from_day=date(2099, 9, 1), acting=True,
        )  # fmt: skip
    shown = signed_in("head").get(f"/orgs/{county.orgs['central'].id}/people/").content.decode()
    assert "2099年9月1日起：人员head（代理）" in shown
