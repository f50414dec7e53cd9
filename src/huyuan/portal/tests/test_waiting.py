"""What waits on Today beside duties: papers, signatures, matters to settle; and how those looked after
stand."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huyuan.duties import tallies
from huyuan.duties.actions import adopt
from huyuan.duties.models import Term
from huyuan.duties.tests.adopted import START, World, build, version
from huyuan.duties.tests.judging import weekly
from huyuan.kernel.days import day_of
from huyuan.notify.queries import unread
from huyuan.orgs.permissions import scope
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.packs.models import Pack
from huyuan.papers.models import Submission
from huyuan.portal.queries import waiting
from huyuan.portal.tests.adopted import client_of, more_schools, text_of
from huyuan.registers.models import Entry, Signature
from huyuan.registers.tests.library import CHECK, PERSONAL, install, new_id
from huyuan.reports.queries import SEE
from huyuan.trace import files

SENT = timezone.now() - timedelta(days=3)


@pytest.fixture
def world(db: None) -> World:
    return build()


def sent(world: World, org: str, period: str, at: datetime = SENT, **more: Any) -> Submission:
    stored = files.store(f"%PDF-1.4 {org} {period} {at}".encode(), county_id=COUNTY, now=at)
    return Submission.objects.create(
        county_id=COUNTY, org=world.county.orgs[org], to=world.county.orgs["bureau"], kind="three-lists",
        period=period, file=stored, client_id=new_id(), name="清单.xlsx", entries=1,
        sent_by=world.county.people["safety"], received_at=at, **more,
    )  # fmt: skip


def page_of(world: World, person: str) -> str:
    return text_of(client_of(world, person).get("/"))


def test_papers_wait_at_the_bureau_by_kind_and_month(world: World) -> None:
    with acting(world.county.system):
        for org, period in (("central", "2026-09"), ("other", "2026-09"), ("central", "2026-10")):
            one = sent(world, org, period)
        sent(world, "other", "2026-10", acknowledged_at=SENT)
    page = page_of(world, "officer")
    assert "2 份等我签收" in page and "1 份等我签收" in page
    assert "/papers/inbox/?kind=three-lists&amp;period=2026-09&amp;state=received" in page
    assert f"/papers/submissions/{one.id}/" in page, "a single one leads to itself"
    assert "等我签收" not in page_of(world, "governor")


def test_what_was_sent_back_waits_at_its_school_until_it_is_sent_again(world: World) -> None:
    back: dict[str, Any] = {"returned_at": SENT, "return_reason": "缺少签字"}
    with acting(world.county.system):
        returned = sent(world, "central", "2026-10", **back)
        sent(world, "other", "2026-10", **back)
    page = page_of(world, "safety")
    assert f"/papers/submissions/{returned.id}/" in page and "被退回：缺少签字" in page
    assert "今天没有要做的事" not in page
    with acting(world.county.system):
        sent(world, "central", "2026-10", at=SENT + timedelta(days=1))
    assert "被退回：缺少签字" not in page_of(world, "safety")


def entry(world: World, form: Any, state: str = "submitted", days: int = 3) -> Entry:
    """An entry of the central school that names the station as a partner, without its signature."""
    at = timezone.now() - timedelta(days=days)
    filler = world.county.people["safety"]
    row = Entry.objects.create(
        county_id=COUNTY, form=form, org=world.county.orgs["central"], state=state, number=f"第{days}号",
        client_id=new_id(), filler=filler, occurred_at=at, created_at=at, submitted_at=at,
    )  # fmt: skip
    Signature.objects.create(county_id=COUNTY, entry=row, org=world.county.orgs["station"])
    return row


def test_a_partners_signature_is_asked_for_while_it_counts(world: World) -> None:
    check, personal = install(CHECK), install(PERSONAL)
    with acting(world.county.system):
        asked = entry(world, check)
        entry(world, check, days=40)
        entry(world, check, state="returned", days=4)
        entry(world, personal, days=5)
    page = page_of(world, "police")
    assert page.count("待签字") == 1 and f"/entries/{asked.id}/" in page
    assert "待签字" not in page_of(world, "officer")
    with acting(world.county.system):
        Signature.objects.filter(entry=asked).update(signed_at=timezone.now())
    assert "待签字" not in page_of(world, "police")


def test_an_entry_sent_back_stands_above_the_duties(world: World) -> None:
    check = install(CHECK)
    with acting(world.county.system):
        row = entry(world, check, state="returned")
        Entry.objects.filter(id=row.id).update(return_reason="部位不全")
    page = page_of(world, "safety")
    assert page.index("被退回：部位不全") < page.index('class="task-clause"')


def test_matters_to_settle_are_the_bureaus(world: World) -> None:
    spec = {"key": "checks", "zh": "排查频次", "compare": "decide"}
    Term.objects.filter(kind="matter", key="checks").update(spec=spec)
    assert "待决定" not in page_of(world, "officer")
    pack = Pack.objects.create(key="second")
    version(pack, "2026.1", (weekly("more", every={"day": 1}, matter="checks"),), START)
    adopt(
        actor=world.county.system, org_id=world.county.orgs["bureau"].id, pack_key="second",
        go_live=date(2026, 9, 1), decided_by="教育局", now=START,
    )  # fmt: skip
    page = page_of(world, "officer")
    assert "待决定" in page and "排查频次" in page and 'href="/adoptions/matters/"' in page
    assert "待决定" not in page_of(world, "head")


def counted(world: World) -> None:
    """Bring the figures of the running month up to date."""
    now = timezone.now()
    with acting(world.county.system):
        tallies.refresh(COUNTY, scope(world.county.system, SEE), [f"{day_of(now):%Y-%m}"], now)


def test_a_town_leads_to_its_own_page_and_in_one_town_each_school_to_its(world: World) -> None:
    counted(world)
    east, west = (world.county.orgs[key].region_id for key in ("central", "other"))
    central, other = (world.county.orgs[key].id for key in ("central", "other"))
    bureau = page_of(world, "officer")
    assert f'href="/compliance/town/{east}/"' in bureau and f'href="/compliance/town/{west}/"' in bureau
    for person in ("town-officer", "police"):
        page = page_of(world, person)
        assert f'href="/compliance/org/{central}/"' in page and "/compliance/town/" not in page
        assert str(other) not in page
    for row in ("/compliance/town/", "/compliance/org/"):
        assert row not in page_of(world, "safety")


@pytest.mark.parametrize("figures", [waiting.towns, waiting.organisations])
def test_all_of_it_is_one_statement(world: World, figures: Any) -> None:
    more_schools(world, 20)
    counted(world)
    officer, now = world.county.actors["officer"], timezone.now()
    with acting(world.county.system):
        sent(world, "central", "2026-09")
    with acting(officer), CaptureQueriesContext(connection) as captured:
        found = waiting.at_once(
            papers=waiting.papers(officer),
            unsigned=waiting.unsigned(officer, now),
            figures=figures(officer, now),
        )
    assert len(captured) == 1
    assert [(one["period"], one["count"]) for one in found["papers"]] == [("2026-09", 1)]
    assert not found["unsigned"] and found["figures"]


def test_nobody_is_asked_for_what_can_be_nothing(world: World) -> None:
    with acting(world.county.system), CaptureQueriesContext(connection) as captured:
        assert waiting.at_once(messages=unread(world.county.system).values("id")) == {"messages": []}
    assert not captured.captured_queries
