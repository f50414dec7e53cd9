"""The pages of a hazard: reporting with a photo, steps as forms, what is printed, what search finds."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huyuan.cases.models import Case, CaseFile, Step
from huyuan.cases.tests.conftest import Town
from huyuan.cases.tests.test_entries import PIXEL
from huyuan.kernel.days import day_of
from huyuan.orgs.session import acting

SignIn = Callable[[str], Client]
DUE = date(2026, 10, 28)


def told(**more: str) -> dict[str, str]:
    return {
        "client_uuid": str(uuid4()),
        "category": "buildings",
        "spot": "东侧楼梯",
        "description": "扶手松动",
    } | more


def test_a_hazard_is_reported_with_a_photo(town: Town, signed_in: SignIn) -> None:
    client = signed_in("safety")
    photo = SimpleUploadedFile("rail.png", PIXEL, "image/png")
    answer = client.post(reverse("cases:report"), {**told(), "photos": photo})
    with acting(town.county.system):
        case, file = Case.objects.get(), CaseFile.objects.get()
    assert answer["Location"].startswith(reverse("cases:case", args=[case.id]))
    page = client.get(answer["Location"]).content.decode()
    assert f"{case.number}。" in page and "已收到" in page and "整改前" in page
    shown = client.get(reverse("cases:file", args=[file.id]))
    assert shown["Content-Type"] == "image/png"
    assert signed_in("warden").get(reverse("cases:file", args=[file.id])).status_code == 404


def test_what_can_not_be_taken_keeps_what_was_typed_and_the_photo(town: Town, signed_in: SignIn) -> None:
    client = signed_in("safety")
    photo = SimpleUploadedFile("rail.png", PIXEL, "image/png")
    form = told(spot="")
    refused = client.post(reverse("cases:report"), {**form, "photos": photo})
    page = refused.content.decode()
    assert (
        refused.status_code == 422
        and "在哪里：请填写。" in page
        and "扶手松动" in page
        and "rail.png" in page
    )
    kept = page.split('name="photos" value="')[1][:36]
    done = client.post(reverse("cases:report"), {**form, "spot": "东侧楼梯", "photos": kept})
    assert done.status_code == 302
    with acting(town.county.system):
        assert str(CaseFile.objects.get().file_id) == kept
    # A file that somebody else sent is nobody's to attach.
    other = signed_in("head").post(reverse("cases:report"), {**told(), "photos": kept})
    with acting(town.county.system):
        assert other.status_code == 302 and CaseFile.objects.count() == 1


def test_steps_are_taken_on_pages(town: Town, signed_in: SignIn) -> None:
    case = town.report()
    officer, clerk = signed_in("officer"), signed_in("clerk")
    assert clerk.get(reverse("cases:case", args=[case.id])).status_code == 404
    step = reverse("cases:step", args=[case.id, "assign"])
    page = officer.get(step).content.decode()
    assert page.index("housing单位") < page.index("urban单位")  # who can usually remove it comes first
    given = {
        "client_uuid": str(uuid4()),
        "lead": str(town.org("housing")),
        "due": (day_of(timezone.now()) + timedelta(days=14)).isoformat(),
        "what": "更换",
    }
    assert officer.post(step, given).status_code == 302
    part = town.part(case, "housing")
    mine = clerk.get(reverse("cases:board")).content.decode()
    assert "待接办" in mine and "东侧楼梯" in mine
    fix = f"{reverse('cases:step', args=[case.id, 'fix'])}?part={part}"
    refused = clerk.post(fix, {"client_uuid": str(uuid4()), "what": ""})
    assert refused.status_code == 422 and "做了什么：请填写。" in refused.content.decode()
    done = {"client_uuid": str(uuid4()), "what": "已更换", "cost": "860.50"}
    assert clerk.post(fix, done).status_code == 302
    assert (
        clerk.post(reverse("cases:step", args=[case.id, "verify"]), {"client_uuid": str(uuid4())}).status_code
        == 422
    )
    now = town.now(case)
    assert (now.state, str(now.cost)) == ("fixed", "860.50")


def test_a_step_is_recorded_for_whoever_does_not_sign_in(town: Town, signed_in: SignIn) -> None:
    case = town.report()
    town.do("officer", "assign", case, lead=town.org("housing"), due=DUE)
    client, part = signed_in("officer"), town.part(case, "housing")
    address = f"{reverse('cases:step', args=[case.id, 'return'])}?part={part}&proxy=1"
    without = client.post(address, {"client_uuid": str(uuid4()), "reason": "不归我局"})
    assert without.status_code == 422 and town.now(case).state == "working"
    sheet = SimpleUploadedFile("sheet.png", PIXEL, "image/png")
    assert (
        client.post(address, {"client_uuid": str(uuid4()), "reason": "不归我局", "proxy": sheet}).status_code
        == 302
    )
    with acting(town.county.system):
        step = Step.objects.get(case=case, verb="return")
        assert (step.by_id, step.recorded_by_id) == (town.org("housing"), town.org("bureau"))
    assert "代录" in client.get(reverse("cases:case", args=[case.id])).content.decode()


def test_papers_are_printed_when_there_is_something_to_say(town: Town, signed_in: SignIn) -> None:
    case, client = town.report(), signed_in("officer")
    assert client.get(reverse("cases:paper", args=[case.id, "notice"])).status_code == 404
    town.do("officer", "assign", case, lead=town.org("housing"), what="更换栏杆", due=DUE)
    notice = client.get(reverse("cases:paper", args=[case.id, "notice"])).content.decode()
    assert (
        "安全隐患整改通知书" in notice and "housing单位：" in notice and "2026年10月28日前完成整改" in notice
    )
    town.do("clerk", "fix", case, part_id=town.part(case, "housing"), what="已更换")
    town.do("head", "verify", case)
    closure = client.get(reverse("cases:paper", args=[case.id, "closure"])).content.decode()
    assert "安全隐患销号单" in closure and "人员head" in closure and "已更换" in closure


def test_search_finds_what_one_may_see(town: Town, signed_in: SignIn) -> None:
    case = town.report(spot="食堂后门", description="灭火器压力不足")
    for who, sees in (
        ("safety", True),
        ("officer", True),
        ("police", True),
        ("warden", False),
        ("guard", False),
    ):
        page = signed_in(who).get("/search/?q=灭火器压力").content.decode()
        assert (case.number in page) is sees, who
        listed = signed_in(who).get(f"{reverse('cases:list')}?q=食堂后门").content.decode()
        assert (case.number in listed) is sees, who
