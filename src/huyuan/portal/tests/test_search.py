"""The search page: every kind of thing that may be seen, and nothing that may not."""

from datetime import date, timedelta

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.utils import timezone

from huyuan.cases.models import Case
from huyuan.duties.models import Clause
from huyuan.duties.tests.adopted import World, build
from huyuan.orgs.models import Appointment, Person, Post
from huyuan.orgs.search import SOURCES
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.packs.models import PackVersion
from huyuan.papers.models import Notice, NoticeRecipient, PaperKind, Policy, Submission
from huyuan.portal.queries.search import FEW, ORDER
from huyuan.portal.tests.adopted import client_of, more_schools, text_of
from huyuan.portal.views.search import ADDRESSES
from huyuan.registers.actions import submit
from huyuan.registers.tests.library import CHECK, answers, install, new_id
from huyuan.risks.models import RiskNotice, RiskReceipt
from huyuan.trace import files

SINCE = date(2026, 9, 1)


DAYS = timedelta(days=2)


@pytest.fixture
def world(db: None) -> World:
    """One thing of every kind at the central school, each with 求实 in what people call it."""
    world = build()
    central, bureau = world.county.orgs["central"], world.county.orgs["bureau"]
    form = install({**CHECK, "title": "求实楼检查"})
    spec = {"key": "lists", "title": "求实清单", "nature": "submission", "required_by": ["school"]}
    PaperKind.objects.create(pack_version=form.pack_version, key="lists", title="求实清单", spec=spec)
    version = world.pack.versions.get()
    hazard = yaml.safe_load((settings.PACKS_DIR / "base" / "cases" / "hazard.yaml").read_text())
    content = version.content | {"cases": [{"key": "hazard", "value": hazard}]}
    PackVersion.objects.filter(id=version.id).update(title="关于求实的方案", content=content)
    Clause.objects.create(
        pack_version=version, key="1.2", number=1, cite="一（二）", text="<b>學校</b>應當求實。",
        simplified="学校应当求实。", claims=[],
    )  # fmt: skip
    now = timezone.now()
    with acting(world.county.system):
        central.name = "central求实单位"
        central.save(update_fields=["name"])
        post = Post.objects.create(county_id=COUNTY, org=central, kind="teacher", title="求实楼管理员")
        holder = Person.objects.create(county_id=COUNTY, home=central, name="人员甲")
        Appointment.objects.create(county_id=COUNTY, post=post, person=holder, from_day=SINCE, acting=True)
        Policy.objects.create(
            county_id=COUNTY, org=central, kind="gate", title="求实门卫制度", from_day=SINCE, recorded_at=now
        )
        stored = files.store(b"%PDF-1.4 list", county_id=COUNTY, now=now)
        writer = world.county.people["officer"]
        Submission.objects.create(
            county_id=COUNTY, org=central, to=bureau, kind="lists", period="2026-10", file=stored,
            client_id=new_id(), name="清单", entries=1, sent_by=world.county.people["safety"],
            received_at=now,
        )  # fmt: skip
        notice = Notice.objects.create(
            county_id=COUNTY, org=bureau, client_id=new_id(), state="issued", number="1号",
            title="求实行动填报", body={"asks": "file", "text": ""}, due_at=now, written_by=writer,
            written_by_name="人员officer", written_at=now, issued_at=now,
        )  # fmt: skip
        NoticeRecipient.objects.create(county_id=COUNTY, notice=notice, issuer=bureau, org=central)
        station = world.county.orgs["station"]
        risk = RiskNotice.objects.create(
            county_id=COUNTY, org=station, client_id=new_id(), number="1号", kind="traffic",
            place="求实路口", measure="值守", starts_at=now, ends_at=now + DAYS, issued_at=now, sign_by=now,
            expires_at=now + DAYS, written_by=writer, written_by_name="人员officer",
        )  # fmt: skip
        RiskReceipt.objects.create(county_id=COUNTY, notice=risk, issuer=station, keeper=station, org=central)
        Case.objects.create(
            county_id=COUNTY, kind="hazard", number="隐患〔2026〕1号", org=central, desk=central,
            area="inside",
            spot="求实楼", said="central求实单位，求实楼", category="other", severity="minor",
            level="ordinary", reporter_org=central, occurred_at=now, recorded_at=now,
        )  # fmt: skip
    safety = world.county.actors["safety"]
    with acting(safety):
        submit(
            actor=safety, form_id=form.id, org_id=central.id, client_id=new_id(),
            answers=answers(note="求实楼外墙裂缝"), now=now,
        )  # fmt: skip
    return world


def search(client: Client, text: str, **more: str) -> str:
    answer = client.get("/search/", {"q": text, **more})
    assert answer.status_code == 200
    return text_of(answer)


def kinds(page: str) -> set[str]:
    return {name for name in SOURCES if f'id="found-{name}"' in page}


def test_every_kind_has_a_page_and_a_place_on_the_list() -> None:
    assert set(ORDER) == set(ADDRESSES) == set(SOURCES)


def test_one_word_finds_every_kind(world: World) -> None:
    page = search(client_of(world, "safety"), "求实")
    assert kinds(page) == set(SOURCES)
    assert "外墙裂缝" in page and "<mark>求实</mark>楼外墙裂缝" in page
    assert "学校应当<mark>求实</mark>。" in page, "the simplified reading, where the word stands in it"
    assert "人员甲（代理）" in page and "/directives/made-up/#1.2" in page


def test_every_link_leads_somewhere(world: World) -> None:
    client = client_of(world, "safety")
    for name, source in SOURCES.items():
        actor = world.county.actors["safety"]
        with acting(actor):
            hits = source.find(actor, ("求实",), 5, timezone.now())
        assert hits, name
        for hit in hits:
            assert client.get(ADDRESSES[name](hit.key)).status_code == 200, (name, hit)


def test_strangers_find_only_what_everybody_may_read(world: World) -> None:
    page = search(client_of(world, "guard"), "求实")
    assert kinds(page) == {"clauses", "directives"}
    page = search(client_of(world, "other-admin"), "central求实单位")
    assert "没有找到" in page and "更多" not in page


def test_whoever_looks_after_the_school_finds_what_they_may_see(world: World) -> None:
    assert kinds(search(client_of(world, "governor"), "求实")) == {
        "organisations", "posts", "clauses", "directives", "cases", "risk-notices"
    }  # fmt: skip
    assert "notices" not in kinds(search(client_of(world, "police"), "求实"))
    assert {"entries", "policies", "notices", "submissions"} <= kinds(
        search(client_of(world, "officer"), "求实")
    )


def test_several_words_narrow(world: World) -> None:
    client = client_of(world, "officer")
    assert kinds(search(client, "求实 裂缝")) == {"entries"}
    assert kinds(search(client, "central 管理员")) == {"posts"}
    assert "没有找到" in search(client, "求实 不会有的")


@pytest.mark.parametrize("text", ["", "求", "  ", "\0"])
def test_too_little_is_not_looked_for(world: World, text: str) -> None:
    assert "请输入至少两个字" in search(client_of(world, "safety"), text)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "%", "__", "' OR 1=1 --", "\\\\", "：*&|!"])
def test_signs_are_looked_for_as_they_are(world: World, text: str) -> None:
    page = search(client_of(world, "safety"), text)
    assert "<script>alert" not in page and not kinds(page)


def test_one_kind_is_listed_further(world: World) -> None:
    more_schools(world, FEW + 3)
    client = client_of(world, "officer")
    page = search(client, "新建")
    assert page.count("小学</a>") == FEW and "更多单位" in page
    further = search(client, "新建", **{"in": "organisations"})
    assert kinds(further) == {"organisations"} and "只查单位" in further
    assert further.count("小学</a>") == FEW + 3
    assert kinds(search(client, "求实", **{"in": "nothing-of-ours"})) > {"entries"}
