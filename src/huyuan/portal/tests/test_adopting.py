"""Adopting step by step, changing what was agreed, ending; terms and holidays; the library."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from huyuan.duties.actions import adopt
from huyuan.duties.models import Adoption, Clause
from huyuan.duties.queries import bindings_of
from huyuan.duties.tests.adopted import START, World, build, version
from huyuan.duties.tests.judging import rule, weekly
from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.models import CalendarDay, HolidayYear, TermRow
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.packs.models import Pack, PackVersion
from huyuan.portal.tests.adopted import client_of, text_of

HOW_OFTEN = {"local": "how-often", "ask": "多久排查一次？"}
HOW_MANY = {"local": "how-many", "ask": "几人？", "unit": "人"}
HOW_FAST = {"local": "how-fast", "ask": "多长时间内？"}
RULES = (
    weekly("often", every=HOW_OFTEN, who={"org": ["school"], "actor": "校长"}, by={"post": "head"}),
    rule(
        "post",
        "gate",
        point="gate",
        window={"anchor": ["arrival"]},
        at_least={"people": HOW_MANY, "qualified": ["guard"]},
    ),
    rule("when", "report", event="hazard.found", then=[{"act": "report", "within": HOW_FAST}]),
)
NEW = "/adoptions/new/open-questions/"


@pytest.fixture
def world(db: None) -> World:
    """The made-up directive is adopted; another one, full of open questions, lies in the library."""
    world = build()
    pack = Pack.objects.create(key="open-questions")
    row = version(pack, "2026.1", RULES, START)
    row.title = row.short = "问题方案"
    row.save()
    return world


def walk(client: Client, **steps: dict[str, str]) -> None:
    """Answer every step; those not given are left as they are."""
    for step in ("calendar", "subjects", "actors", "values", "points", "days"):
        answer = client.post(f"{NEW}?step={step}", steps.get(step, {}))
        assert (step, answer.status_code) == (step, 302)


def test_a_directive_is_adopted_step_by_step(world: World) -> None:
    officer = client_of(world, "officer")
    assert "问题方案" in text_of(officer.get("/adoptions/new/"))
    assert "示例" not in text_of(officer.get("/adoptions/new/")).split("<main")[1]
    assert "多久排查一次？" in text_of(officer.get(f"{NEW}?step=values"))
    walk(
        officer,
        subjects={"which": "all"},
        actors={"a_0": "head"},
        values={
            "v_how_often": "month-1",
            "v_how_fast": "2",
            "v_how_fast_unit": "days",
            "decided_by": "局务会",
        },
        points={"p_0": "2026-12-01", "window_minutes": "30"},
        calendar={"go_live": "2026-12-01"},
        days={"grace_long": "5"},
    )
    check = text_of(officer.get(f"{NEW}?step=confirm"))
    assert "每月1次" in check and "2天内" in check
    assert "几人？" in check, "what is left open is said"
    assert "12月31日（周四）前" in check, "the first due of the monthly rule"
    answer = officer.post(f"{NEW}?step=confirm")
    with acting(world.county.system):
        row = Adoption.objects.get(pack_key="open-questions")
        assert answer["Location"] == f"/adoptions/{row.id}/"
        assert (row.go_live, row.until) == (date(2026, 12, 1), None)
        assert (row.grace_long, row.grace_daily, row.window_minutes) == (5, 1, 30)
        values = dict(row.local_values.values_list("name", "value"))
        assert values == {"how-often": {"month": 1}, "how-fast": {"days": 2}}
        assert set(row.local_values.values_list("decided_by", flat=True)) == {"局务会"}
        assert list(row.actors.values_list("actor", "post_kind")) == [("校长", "head")]
        assert list(row.sign_ins.values_list("point", "from_day")) == [("gate", date(2026, 12, 1))]
        assert not row.only.exists(), "the bureau binds everybody that the rules speak of"
    assert officer.get(f"{NEW}?step=subjects").status_code == 409, "adopted once"


@pytest.mark.parametrize(
    ("step", "given", "sentence"),
    [
        ("calendar", {"go_live": "2026-13-01"}, "从哪天启用"),
        ("days", {"until": "2026-11-01"}, "不能早于启用日"),
        ("points", {"window_minutes": "-1"}, "多少分钟以内"),
        ("values", {"v_how_fast": "2", "decided_by": "局务会"}, "请选择单位"),
        ("values", {"v_how_often": "month-1"}, "由谁决定"),
        ("values", {"v_how_often": "<script>", "decided_by": "局务会"}, "多久排查一次"),
        ("subjects", {}, "适用哪些单位"),
    ],
)
def test_a_wrong_answer_stays_on_its_page(
    world: World, step: str, given: dict[str, str], sentence: str
) -> None:
    officer = client_of(world, "officer")
    officer.post(f"{NEW}?step=calendar", {"go_live": "2026-12-01"})
    answer = officer.post(f"{NEW}?step={step}", given)
    page = text_of(answer)
    assert answer.status_code == 422 and sentence in page and "<script>" not in page.split("<main")[1]
    assert officer.post(f"{NEW}?step=confirm").status_code == 302
    with acting(world.county.system):
        assert not Adoption.objects.filter(pack_key="open-questions").exists()


def test_a_school_binds_only_itself_and_what_belongs_to_it(world: World) -> None:
    head = client_of(world, "head")
    assert "other单位" not in text_of(head.get(f"{NEW}?step=subjects"))
    walk(head, subjects={"which": "all"}, calendar={"go_live": "2026-12-01"})
    head.post(f"{NEW}?step=confirm")
    with acting(world.county.system):
        row = Adoption.objects.get(pack_key="open-questions")
        assert list(row.only.values_list("key", flat=True)) == ["central"]


def test_a_town_binds_the_schools_that_lie_in_it(world: World) -> None:
    """The other town's school is neither offered nor taken when its id is sent."""
    officer, orgs = client_of(world, "town-officer"), world.county.orgs
    page = text_of(officer.get(f"{NEW}?step=subjects"))
    assert "central单位" in page and "other单位" not in page
    forged = officer.post(f"{NEW}?step=subjects", {"which": "some", "only": str(orgs["other"].id)})
    assert forged.status_code == 422
    walk(officer, subjects={"which": "all"}, calendar={"go_live": "2026-12-01"})
    assert officer.post(f"{NEW}?step=confirm").status_code == 302
    with acting(world.county.system):
        row = Adoption.objects.get(pack_key="open-questions")
        assert (row.org.key, list(row.only.values_list("key", flat=True))) == ("town", ["central"])
        bound = [one for one in bindings_of(COUNTY, date(2026, 12, 1), date(2026, 12, 31)) if one.subjects]
        assert {one.subjects for one in bound} == {frozenset({orgs["central"].id})}
    # The school sees what binds it, the other one nothing; what the bureau runs, a town need not run again.
    assert "问题方案" in text_of(client_of(world, "head").get("/adoptions/")).split("<main")[1]
    assert "问题方案" not in text_of(client_of(world, "other-admin").get("/adoptions/")).split("<main")[1]
    assert "示例" not in text_of(officer.get("/adoptions/new/")).split("<main")[1]


@pytest.mark.parametrize("person", ["town-officer", "head"])
def test_nobody_binds_whom_they_do_not_reach(world: World, person: str) -> None:
    """Neither by the action nor past it: the table of subjects refuses the row."""
    actor = world.county.actors[person]
    own, other = actor.holdings[0].org_id, world.county.orgs["other"].id

    def standing() -> tuple[int, int]:
        with acting(world.county.system):
            return Adoption.objects.count(), Adoption.only.through.objects.count()

    before = standing()
    for org_id, only, code in ((own, [other], "bad-adoption"), (other, [], "not-found")):
        with pytest.raises(Refused) as refused:
            adopt(
                actor=actor, org_id=org_id, pack_key="open-questions", go_live=date(2026, 12, 1),
                decided_by="办公会", only=only, now=START,
            )  # fmt: skip
        assert refused.value.code == code
    assert standing() == before
    with acting(world.county.system):
        Adoption.objects.filter(id=world.adoption.id).update(org=own)
        with pytest.raises(IntegrityError, match="duties_adoption_only_reach"), transaction.atomic():
            Adoption.only.through.objects.create(adoption_id=world.adoption.id, organisation_id=other)
    assert standing() == before


def terms() -> list[tuple[str, int, date, date]]:
    return list(TermRow.objects.order_by("first").values_list("year", "semester", "first", "last"))


def test_what_is_not_known_of_the_year_is_shown_before_it_is_gone_past(world: World) -> None:
    """The first step flags what is missing from go-live on, once; nothing is guessed."""
    officer = client_of(world, "officer")
    first = text_of(officer.get(NEW))
    assert "第 1 步，共 7 步" in first and "学期和节假日" in first
    stays = officer.post(NEW, {"go_live": "2027-03-01"})
    assert stays["Location"] == f"{NEW}?step=calendar"
    page = text_of(officer.get(stays["Location"]))
    assert "从2027年3月1日起的一年" in page
    assert "? 2026—2027学年第二学期" in page and "? 2027—2028学年第一学期" in page
    assert "? 2027 年放假安排" in page and "不会推测" in page
    assert officer.post(NEW, {"go_live": "2027-03-01"})["Location"] == f"{NEW}?step=subjects"
    check = text_of(officer.get(f"{NEW}?step=confirm"))
    assert "2027年的放假安排还没有录入" in check and "2026—2027学年第二学期还没有录入" in check


def test_terms_and_holidays_are_entered_where_they_are_missed(world: World) -> None:
    officer = client_of(world, "officer")
    officer.post(NEW, {"go_live": "2026-12-01"})
    assert "保存学期" in text_of(officer.get(f"{NEW}?step=calendar&year=2026-2027&semester=2"))
    term = {"verb": "set-term", "year": "2026-2027", "semester": "2", "last": "2027-07-02"}
    wrong = officer.post(f"{NEW}?step=calendar", term | {"first": "2026-12-24"})
    assert wrong.status_code == 422 and "重叠" in text_of(wrong) and 'value="2026-12-24"' in text_of(wrong)
    done = officer.post(f"{NEW}?step=calendar", term | {"first": "2027-02-22"})
    assert done["Location"] == f"{NEW}?step=calendar"
    page = text_of(officer.get(done["Location"]))
    assert "2027年2月22日" in page and "? 2026" not in page
    with acting(world.county.system):
        assert terms()[1:] == [("2026-2027", 2, date(2027, 2, 22), date(2027, 7, 2))]
        HolidayYear.objects.all().delete()
    assert "国务院办公厅已经公布" in text_of(officer.get(done["Location"]))
    assert officer.post(NEW, {"verb": "seed-year", "holiday_year": "2026"}).status_code == 302
    with acting(world.county.system):
        assert list(HolidayYear.objects.values_list("year", flat=True)) == [2026]
        assert CalendarDay.objects.filter(day=date(2026, 10, 1), kind="holiday").exists()
    # Only these: a term is not taken away in passing.
    gone = {"verb": "remove-term", "year": "2026-2027", "semester": "2"}
    assert officer.post(NEW, gone).status_code == 404
    with acting(world.county.system):
        assert len(terms()) == 2


def test_a_school_that_adopts_does_not_alter_the_countys_calendar(world: World) -> None:
    head = client_of(world, "head")
    with acting(world.county.system):
        before = (terms(), CalendarDay.objects.count())
    assert "由县教育局录入" in text_of(head.get(NEW))
    assert "保存学期" not in text_of(head.get(f"{NEW}?step=calendar&year=2026-2027&semester=2"))
    term = {"verb": "set-term", "year": "2026-2027", "semester": "2", "first": "2027-02-22"}
    assert head.post(NEW, term | {"last": "2027-07-02"}).status_code in (403, 404)
    assert head.post(NEW, {"verb": "seed-year", "holiday_year": "2026"}).status_code in (403, 404)
    with acting(world.county.system):
        assert (terms(), CalendarDay.objects.count()) == before


def test_what_a_school_took_upon_itself_others_may_adopt_too(world: World) -> None:
    head = client_of(world, "head")
    walk(head, subjects={"which": "all"}, calendar={"go_live": "2026-12-01"})
    head.post(f"{NEW}?step=confirm")
    assert "问题方案" not in text_of(head.get("/adoptions/new/")).split("<main")[1]
    assert "问题方案" in text_of(client_of(world, "officer").get("/adoptions/new/"))


def test_a_report_is_offered_to_each_for_itself_alone(world: World) -> None:
    PackVersion.objects.filter(pack__key="open-questions").update(nature="report")
    assert "central单位" not in text_of(client_of(world, "officer").get(f"{NEW}?step=subjects"))
    head = client_of(world, "head")
    assert "central单位" in text_of(head.get(f"{NEW}?step=subjects"))
    walk(head, subjects={"which": "all"}, calendar={"go_live": "2026-12-01"})
    head.post(f"{NEW}?step=confirm")
    with acting(world.county.system):
        row = Adoption.objects.get(pack_key="open-questions")
        assert list(row.only.values_list("key", flat=True)) == ["central"]


def test_a_campaign_that_ends_with_an_event_asks_for_its_last_day(world: World) -> None:
    manifest = {"effective": {"until_event": "博览会结束之前"}}
    PackVersion.objects.filter(pack__key="open-questions").update(nature="campaign", manifest=manifest)
    officer = client_of(world, "officer")
    officer.post(f"{NEW}?step=calendar", {"go_live": "2026-12-01"})
    answer = officer.post(f"{NEW}?step=days", {})
    assert answer.status_code == 422 and "博览会结束之前" in text_of(answer)
    given = {"until": "2026-12-31"}
    assert officer.post(f"{NEW}?step=days", given).status_code == 302


def test_who_may_not_adopt_is_told_so(world: World) -> None:
    for person in ("safety", "villager", "teacher"):
        client = client_of(world, person)
        assert client.get("/adoptions/new/").status_code == 403
        assert client.post(f"{NEW}?step=subjects", {"which": "all"}).status_code == 403
    assert client_of(world, "officer").get("/adoptions/new/no-such-pack/").status_code == 404


def test_an_adoption_is_changed_and_ended(world: World) -> None:
    officer, url = client_of(world, "officer"), f"/adoptions/{world.adoption.id}/"
    given = {"verb": "answer", "name": "interim", "v_interim": "3", "v_interim_unit": "days"}
    wrong = officer.post(url, given | {"from_day": "2026-11-01"})
    assert wrong.status_code == 422 and "由谁决定" in text_of(wrong)
    assert officer.post(url, given | {"from_day": "2026-11-01", "decided_by": "局务会"}).status_code == 302
    assert (
        officer.post(url, {"verb": "sign-in", "point": "gate", "from_day": "2026-11-01"}).status_code == 302
    )
    page = text_of(officer.get(url))
    assert "3天内" in page and "局务会" in page and "2026年11月1日起以签到为准" in page
    assert officer.post(url, {"verb": "end", "until": "2026-09-02", "reason": "试行期满"}).status_code == 422
    last = (date.today() + timedelta(days=30)).isoformat()
    assert officer.post(url, {"verb": "end", "until": last, "reason": ""}).status_code == 422
    assert officer.post(url, {"verb": "end", "until": last, "reason": "试行期满"}).status_code == 302
    with acting(world.county.system):
        assert Adoption.objects.get(id=world.adoption.id).until == date.fromisoformat(last)
    assert officer.post(url, {"verb": "no-such-verb"}).status_code == 404
    assert (
        client_of(world, "head").post(url, {"verb": "end", "until": last, "reason": "x"}).status_code == 404
    )


def test_terms_and_days_are_edited_by_the_bureau(world: World) -> None:
    officer = client_of(world, "officer")
    term = {
        "verb": "set-term",
        "year": "2026-2027",
        "semester": "2",
        "first": "2027-02-22",
        "last": "2027-07-02",
    }
    assert officer.post("/calendar/", term).status_code == 302
    assert officer.post("/calendar/", term | {"first": "2026-10-01"}).status_code == 422
    day = {"verb": "set-day", "day": "2026-12-24", "kind": "closed", "name": "暴雪停课"}
    assert officer.post("/calendar/", day).status_code == 302
    page = text_of(officer.get("/calendar/"))
    assert "2026—2027学年第二学期" in page and "暴雪停课" in page
    assert "2027 年的放假安排还没有录入" in page
    assert officer.post("/calendar/", {"verb": "clear-day", "day": "2026-12-24"}).status_code == 302
    remove = {"verb": "remove-term", "year": "2026-2027", "semester": "2"}
    assert officer.post("/calendar/", remove).status_code == 302
    with acting(world.county.system):
        assert TermRow.objects.filter(county_id=COUNTY).count() == 1
        assert not CalendarDay.objects.exists()
    reader = client_of(world, "safety")
    assert "保存学期" not in text_of(reader.get("/calendar/"))
    assert reader.post("/calendar/", term).status_code in (403, 404)


def test_the_library_shows_versions_and_what_they_changed(world: World) -> None:
    content = {"rules": [{"key": "often", "say": "经常排查", "value": {"key": "often", "times": 1}}]}
    pack = Pack.objects.get(key="open-questions")
    old = pack.versions.get()
    old.content = content
    old.review_on = day_of(START)
    old.save()
    new = version(pack, "2026.2", (), START + timedelta(days=1))
    new.title = new.short = "问题方案"
    new.content = {"rules": [{"key": "often", "say": "经常排查", "value": {"key": "often", "times": 2}}]}
    new.save()
    client = client_of(world, "officer")
    page = text_of(client.get("/packs/"))
    assert "问题方案" in page and "./huyuan packs install 路径" in page
    one = text_of(client.get("/packs/open-questions/"))
    assert "经常排查" in one and "2026.2" in one and "a=2026.1&amp;b=2026.2" in one
    changed = text_of(client.get("/packs/open-questions/diff/?a=2026.1&b=2026.2"))
    assert "规则：经常排查（times）" in changed
    assert client.get("/packs/open-questions/diff/?a=2020.1&b=2026.2").status_code == 404
    assert client.get("/packs/no-such-pack/").status_code == 404


def test_coverage_counts_the_whole_catalogue(world: World) -> None:
    Clause.objects.all().delete()
    client = client_of(world, "safety")
    page = text_of(client.get("/packs/coverage/"))
    assert "文件目录共 592 条" in page
    planned = text_of(client.get("/packs/coverage/?status=planned"))
    assert "等待" in planned and "S0-P4-" in planned
