"""The directive browser: every sentence with what became of it, this month's figures, meeting directives."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.utils import timezone

from huyuan.duties.actions import adopt, decide_matter
from huyuan.duties.models import Clause, Term
from huyuan.duties.tests.adopted import START, World, build, check, shanghai, version
from huyuan.duties.tests.judging import weekly
from huyuan.orgs.session import acting
from huyuan.packs.models import Pack
from huyuan.portal.tests.adopted import client_of, text_of

CLAIMS = [
    {"quote": "每周排查一次", "status": "carried", "by": ["rule:rule", "form:unknown-form"], "scenario": "s"},
    {"quote": "逐步推进", "status": "guidance", "reason": "没有数量和期限"},
    {"quote": "建立预警", "status": "planned", "capability": "risk-ledger"},
    {"quote": "<script>alert(1)</script>", "status": "not-ours", "reason": "由公安机关负责"},
]


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """The made-up directive with a text, and a second one that asks for the same more often."""
    world = build()
    Clause.objects.create(
        pack_version=world.pack.versions.get(), key="1", number=1, cite="第一条",
        text="学校每周排查一次，逐步推进，建立预警，<script>alert(1)</script>。", claims=CLAIMS,
    )  # fmt: skip
    yield world


def second(world: World, **spec: object) -> None:
    """A second directive about the same matter, adopted too."""
    pack = Pack.objects.create(key="second")
    version(pack, "2026.1", (weekly("more", title="每天排查", every={"day": 1}, **spec),), START)
    adopt(
        actor=world.county.system, org_id=world.county.orgs["bureau"].id, pack_key="second",
        go_live=date(2026, 9, 1), decided_by="教育局", now=START,
    )  # fmt: skip


def test_every_sentence_says_what_became_of_it(world: World) -> None:
    page = text_of(client_of(world, "safety").get("/directives/made-up/"))
    for said in (
        "每周1次安全隐患排查",
        "没有数量和期限",
        "等待功能：risk-ledger",
        "由公安机关负责",
        "已承担 1",
    ):
        assert said in page
    assert "<script>alert" not in page
    assert 'id="1"' in page and 'href="#d-1"' in page


def test_beside_the_text_stand_its_reading_and_its_source(world: World) -> None:
    Clause.objects.create(
        pack_version=world.pack.versions.get(), key="2", number=2, cite="第二条", claims=[], text="學校門口",
        simplified="学校门口", source="某网站<b>", confidence="second-hand",
    )  # fmt: skip
    page = text_of(client_of(world, "safety").get("/directives/made-up/"))
    assert (
        page.index("學校門口")
        < page.index("学校门口")
        < page.index("某网站&lt;b&gt;（转述所见，待核对原文）")
    )
    assert page.count("简体对照") == 1


def test_a_report_says_that_nobody_need_follow_it(world: World) -> None:
    row = version(Pack.objects.create(key="a-report"), "2026.1", (weekly(),), START)
    row.nature = "report"
    row.save()
    page = text_of(client_of(world, "officer").get("/directives/a-report/"))
    assert "情况报告不要求别的单位照办" in page and "本县没有采用" not in page


def test_the_month_is_counted_within_my_reach(world: World) -> None:
    with acting(world.county.system):
        world.record("central", check("2026-11-18T09:00"), at=shanghai("2026-11-18T10:00"))
    mine = text_of(client_of(world, "safety").get("/directives/made-up/"))
    teachers = text_of(client_of(world, "teacher").get("/directives/made-up/"))
    assert "/compliance/rule/" in mine
    assert "/compliance/rule/" not in teachers and 'class="carrier-counts"' not in teachers


def test_not_adopted_is_for_reading_only(world: World) -> None:
    pack = Pack.objects.create(key="library-only")
    version(pack, "2026.1", (weekly(),), START)
    client = client_of(world, "officer")
    assert "本县没有采用这个文件" in text_of(client.get("/directives/library-only/"))
    listed = text_of(client.get("/directives/"))
    assert listed.index("已采用") < listed.index("没有采用")
    assert client.get("/directives/no-such-pack/").status_code == 404


def test_the_strictest_of_two_directives_is_shown_with_the_other(world: World) -> None:
    second(world, matter="checks")
    page = text_of(client_of(world, "officer").get("/directives/made-up/"))
    assert "排查频次：按最严的执行" in page
    winner, loser = page.index("每天排查"), page.index("（本文件）")
    assert winner < loser


def test_what_cannot_be_compared_waits_for_the_bureau(world: World) -> None:
    spec = {"key": "checks", "zh": "排查频次", "compare": "decide", "default": "先按本校的做。"}
    Term.objects.filter(kind="matter", key="checks").update(spec=spec)
    second(world, matter="checks")
    officer = client_of(world, "officer")
    page = text_of(officer.get("/directives/made-up/"))
    assert "不能比较，尚未决定" in page and "先按本校的做。" in page
    answer = {
        "org": str(world.county.orgs["bureau"].id),
        "matter": "checks",
        "holds": "second/more",
        "reason": "",
    }
    assert officer.post("/adoptions/matters/", answer).status_code == 422
    assert client_of(world, "head").post("/adoptions/matters/", answer | {"reason": "x"}).status_code == 404
    assert officer.post("/adoptions/matters/", answer | {"reason": "会议决定"}).status_code == 302
    assert "会议决定" in text_of(officer.get("/adoptions/matters/"))
    decide_matter(
        actor=world.county.actors["officer"], org_id=world.county.orgs["bureau"].id, matter="checks",
        holds="made-up/rule", reason="改回每周", now=timezone.now(),
    )  # fmt: skip
    assert "改回每周" in text_of(officer.get("/adoptions/matters/"))
