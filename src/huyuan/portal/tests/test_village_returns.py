"""村级排查表: what the villages of a town return, who is asked for what is missing, what is made of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from huyuan.duties.actions import adopt
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.notify.models import Message
from huyuan.orgs.actions import rebuild_reach, set_term
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Account, Appointment, Organisation, Person, Post
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.packs.actions import install_all
from huyuan.portal import actions
from huyuan.portal.queries import village_returns as queries
from huyuan.portal.tests.adopted import Tables
from huyuan.portal.tests.conftest import SignIn
from huyuan.portal.village_returns import COUNTED, Month
from huyuan.registers import actions as registers
from huyuan.registers.models import Entry
from huyuan.registers.queries import current_form
from huyuan.trace import files
from huyuan.trace.models import Record

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
SEPTEMBER, OCTOBER = Month(date(2026, 9, 1)), Month(date(2026, 10, 1))
NOW = datetime(2026, 10, 20, 2, tzinfo=UTC)
KINDS = ("neighbours", "family", "land", "money", "other")
PACK = "town-school-safety-opinion"


@dataclass
class Town:
    """The small county's town with four villages: one with an account, the others without. `more` are those
    beside the county's own; `far` lies in the other town."""

    county: SmallCounty
    more: dict[str, Organisation]
    actor: Actor

    def village(self, key: str) -> Organisation:
        return self.county.orgs["village"] if key == "village" else self.more[key]

    def hand_in(self, key: str, month: Month, day: str, *, open_before: int = 0, **said: Any) -> Entry:
        """What a village returns; the town records it for those without an account."""
        own = key == "village"
        who = self.county.actors["villager" if own else "town-officer"]
        answers = returned(month, day, open_before, **said)
        uploads = {}
        if not own:
            paper = files.store(b"%PDF-1.4 signed by the village", county_id=COUNTY, now=NOW)
            answers["entry_sheet"] = [str(paper.id)]
            uploads = {paper.id: "排查表.pdf"}
        with acting(who):
            return registers.submit(
                actor=who,
                form_id=current_form(queries.RETURN).id,
                org_id=self.village(key).id,
                recorded_by=None if own else self.county.orgs["town"].id,
                client_id=uuid7(),
                answers=answers,
                uploads=uploads,
                corrects=said.get("corrects"),
                reason="报错了" if "corrects" in said else "",
                now=said.get("now", datetime.fromisoformat(f"{day}T10:00+08:00")),
            )

    def page(self, month: Month = OCTOBER, now: datetime = NOW) -> queries.Page:
        with acting(self.actor):
            return queries.page(self.actor, month, now)


def returned(month: Month, day: str, open_before: int, **said: Any) -> dict[str, list[str]]:
    """The answers of a return that add up, unless something else is `said`."""
    found, settled = said.get("found", 0), said.get("settled", 0)
    body = dict.fromkeys(KINDS, 0) | {
        "neighbours": found, "found": found, "school": said.get("school", 0), "settled": settled,
        "open_before": open_before, "open_now": said.get("open_now", open_before + found - settled),
        "month": month.key, "day": day,
    }  # fmt: skip
    body |= {"why": said["why"]} if "why" in said else {}
    return {name: [str(value)] for name, value in body.items()}


@pytest.fixture
def town(county: SmallCounty, settings: Any, tmp_path: Path) -> Town:
    for key in ("base", "catalogue", PACK):
        (tmp_path / key).symlink_to(Path(settings.PACKS_DIR) / key)
    settings.PACKS_DIR = tmp_path
    install_all(now=BEGUN)
    with acting(county.system):
        more = {}
        for key, near in (("ash", "village"), ("elm", "village"), ("oak", "village"), ("far", "other")):
            more[key] = Organisation.objects.create(
                county_id=COUNTY, key=key, kind="village-committee", name=f"{key}村委", short_name=f"{key}村",
                parent=county.orgs["town"], region=county.orgs[near].region,
            )  # fmt: skip
            post = Post.objects.create(county_id=COUNTY, org=more[key], kind="village-head", title="村主任")
            head = Person.objects.create(county_id=COUNTY, name=f"{key}主任", home=more[key])
            Appointment.objects.create(county_id=COUNTY, post=post, person=head, from_day=date(2026, 1, 1))
        more["far"].parent = county.orgs["county"]
        more["far"].save()
        rebuild_reach(COUNTY, date(2026, 10, 1))
        set_term(
            actor=county.system, year="2026-2027", semester=1,
            first=date(2026, 1, 1), last=date(2036, 1, 1), now=BEGUN,
        )  # fmt: skip
        adopt(
            actor=county.system, org_id=county.orgs["town"].id, pack_key=PACK, go_live=date(2026, 9, 1),
            decided_by="镇里", now=BEGUN,
        )  # fmt: skip
    return Town(county, more, county.actors["town-officer"])


def by_name(page: queries.Page) -> dict[str, Any]:
    return {one.name: one for one in page.villages}


def test_a_month_in_one_table(town: Town) -> None:
    """Sums, who is late, who is missing, and last month beside it; the other town's village is not there."""
    town.hand_in("village", SEPTEMBER, "2026-09-12", found=3, settled=1)
    town.hand_in("village", OCTOBER, "2026-10-18", open_before=2, found=1, settled=1, school=1)
    town.hand_in("ash", OCTOBER, "2026-10-19", found=4, settled=4)
    page = town.page()
    villages = by_name(page)
    assert list(villages) == ["elm村", "oak村", "ash村", "village"]  # what is missing first
    assert villages["village"].verdict == "met" and villages["ash村"].verdict == "late"
    assert villages["elm村"].verdict == "overdue" and villages["elm村"].counts is None
    assert (page.totals.villages, page.totals.received, page.totals.late) == (4, 2, 1)
    counts = page.totals.counts
    assert [counts[name] for name in COUNTED] == [2, 5, 5, 2, 1]
    assert page.totals.before["found"] == 3
    assert villages["ash村"].by == "town代录"
    assert page.due_at == datetime(2026, 10, 18, 16, tzinfo=UTC)  # the 18th, 24:00 in Shanghai


def test_late_for_a_past_month_proves_nothing_of_this_one(town: Town) -> None:
    town.hand_in("ash", SEPTEMBER, "2026-10-02", found=1)
    assert by_name(town.page())["ash村"].verdict == "overdue"
    september = by_name(town.page(SEPTEMBER))["ash村"]
    assert september.late and september.counts


def test_a_second_return_of_the_month_is_a_correction(town: Town) -> None:
    first = town.hand_in("village", OCTOBER, "2026-10-10", found=3)
    with pytest.raises(Refused) as refused:
        town.hand_in("village", OCTOBER, "2026-10-11", found=1)
    assert refused.value.code == "already-reported"
    assert by_name(town.page())["village"].counts["found"] == 3
    second = town.hand_in("village", OCTOBER, "2026-10-12", found=1, corrects=first.id)
    page = by_name(town.page())
    assert page["village"].entry_id == second.id and page["village"].counts["found"] == 1
    with acting(town.county.system):
        first.refresh_from_db()
        assert first.state == "void" and second.number in first.void_reason
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.filter(id=first.id).update(state="submitted", sole=second.sole)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"found": -1}, "neighbours"),
        ({"found": 2, "settled": 3, "open_now": 0}, "settled"),
        ({"found": 2, "settled": 3, "open_now": 0, "why": "移交"}, "settled"),
        ({"found": 2, "settled": 1, "open_now": 3}, "settled"),
        ({"found": 1, "school": 2}, "school"),
        ({"found": 1, "month": Month(date(2100, 1, 1))}, "month"),
    ],
)
def test_numbers_that_cannot_be_are_refused_at_their_field(
    town: Town, said: dict[str, Any], field: str
) -> None:
    month = said.pop("month", OCTOBER)
    with pytest.raises(Refused) as refused:
        town.hand_in("village", month, "2026-10-12", **said)
    errors = refused.value.facts["errors"]
    assert isinstance(errors, dict) and field in errors
    with acting(town.county.system):
        assert not Entry.objects.filter(form__key=queries.RETURN).exists()


def test_a_contradiction_is_asked_about_and_taken_with_its_reason(town: Town) -> None:
    with pytest.raises(Refused) as refused:
        town.hand_in("village", OCTOBER, "2026-10-12", found=3, settled=1, open_now=1)
    assert "数字对不上的原因" in str(refused.value.facts["errors"])
    town.hand_in("village", OCTOBER, "2026-10-12", found=3, settled=1, open_now=1, why="一件移交派出所")
    assert by_name(town.page())["village"].counts["open_now"] == 1


def test_starting_from_another_number_than_last_month_is_shown(town: Town, signed_in: SignIn) -> None:
    town.hand_in("village", SEPTEMBER, "2026-09-12", found=3, settled=1)
    town.hand_in("village", OCTOBER, "2026-10-12", open_before=1, settled=1)
    assert by_name(town.page())["village"].contradicts
    page = body_of(signed_in("town-officer"), "/village-returns/?month=2026-10")
    assert "上月报的是2件" in page and "1个村报的“上月没有化解”与上月那份对不上" in page


def test_what_is_open_is_carried_over(town: Town, signed_in: SignIn) -> None:
    town.hand_in("village", SEPTEMBER, "2026-09-12", found=3, settled=1)
    page = body_of(signed_in("villager"), f"/forms/{queries.RETURN}/?month=2026-10")
    assert 'name="month" type="month" value="2026-10"' in page
    assert 'name="open_before" type="text" value="2"' in page


def test_a_table_of_past_returns_is_not_brought_in(town: Town, signed_in: SignIn) -> None:
    """Each adds up by itself and stands for its month; a table would pass by both."""
    client = signed_in("villager")
    assert client.get(f"/forms/{queries.RETURN}/import/template/").status_code == 403
    assert "/import/" not in body_of(client, f"/forms/{queries.RETURN}/")


def test_chasing_tells_each_village_once_a_day_and_names_whom_to_telephone(town: Town) -> None:
    town.hand_in("ash", OCTOBER, "2026-10-12", found=1)
    with acting(town.actor):
        done = actions.chase(actor=town.actor, month=OCTOBER, now=NOW)
        again = actions.chase(actor=town.actor, month=OCTOBER, now=NOW + timedelta(hours=1))
    assert (done.asked, done.before, done.by_telephone) == (1, 0, 2)
    assert (again.asked, again.before) == (0, 1)
    with acting(town.county.system):
        messages = Message.objects.filter(key__startswith="village-return:")
        assert {one.org_id for one in messages} == {town.village("village").id}
        assert Record.objects.filter(verb="returns.chase").count() == 1
    with acting(town.actor):
        assert actions.chase(actor=town.actor, month=OCTOBER, now=NOW + timedelta(days=1)).asked == 1
    elm = by_name(town.page())["elm村"]
    assert not elm.reachable and elm.names == ["elm主任（村主任）"]


def test_a_village_merged_away_owes_nothing_from_then_on(town: Town) -> None:
    with acting(town.county.system):
        elm = town.village("elm")
        elm.closed, elm.merged_into = date(2026, 10, 5), town.village("ash")
        elm.save()
    assert "elm村" not in by_name(town.page()) and "elm村" in by_name(town.page(SEPTEMBER))
    with pytest.raises(Refused) as refused:
        town.hand_in("elm", OCTOBER, "2026-10-12")
    assert refused.value.code == "not-found"


def test_the_town_records_only_for_its_own_villages(town: Town) -> None:
    with pytest.raises(Refused) as refused:
        town.hand_in("far", OCTOBER, "2026-10-12")
    assert refused.value.code == "not-found"
    assert "far村" not in by_name(town.page())


@pytest.mark.parametrize("person", ["villager", "head", "officer", "police"])
def test_nobody_else_sees_the_villages(town: Town, signed_in: SignIn, person: str) -> None:
    client = signed_in(person)
    for address in ("", "excel/"):
        assert client.get(f"/village-returns/{address}").status_code == 404
    for address in ("chase/", "collection/", "bulletin/"):
        given = {"month": "2026-10", "client_uuid": str(uuid7())}
        assert client.post(f"/village-returns/{address}", given).status_code == 404
    with acting(town.county.system):
        assert not Message.objects.filter(key__startswith="village-return:").exists()


def test_the_county_reads_sums_by_town_and_no_village(town: Town, signed_in: SignIn) -> None:
    town.hand_in("village", OCTOBER, "2026-10-12", found=3, settled=1)
    town.hand_in("ash", OCTOBER, "2026-10-12", found=2)
    client = signed_in("governor")
    page = body_of(client, "/village-returns/?month=2026-10")
    rows = Tables(page).found["data-table"]
    assert ["east", "4", "2", "0", "5", "1", "4", "0"] in rows
    assert ["west", "1", "0", "0", "0", "0", "0", "0"] in rows
    assert rows[-1] == ["全县", "5", "2", "0", "5", "1", "4", "0"]
    assert "ash村" not in page
    sheet = sheet_of(client)
    assert ["east", 4, 2, 0, 5, 1, 4, 0] in sheet and not any("ash村" in row for row in sheet)


def test_the_table_in_excel_has_numbers(town: Town, signed_in: SignIn) -> None:
    town.hand_in("village", OCTOBER, "2026-10-12", found=3, settled=1, school=1)
    rows = sheet_of(signed_in("town-officer"))
    assert ["合计", "", 0, 3, 1, 2, 1] in rows
    mine = next(row for row in rows if row[0] == "village")
    assert mine[2:] == [0, 3, 1, 2, 1] and "10月12日" in str(mine[1])


@pytest.mark.parametrize("what", ["collection", "bulletin"])
def test_what_the_town_makes_of_it_begins_with_the_numbers(town: Town, signed_in: SignIn, what: str) -> None:
    town.hand_in("village", SEPTEMBER, "2026-09-12", found=1, settled=1)
    town.hand_in("village", OCTOBER, "2026-10-12", found=3, settled=1, school=1)
    town.hand_in("ash", OCTOBER, "2026-10-19", found=2)
    client = signed_in("town-officer")
    given = {"month": "2026-10", "client_uuid": str(uuid7())}
    answer = client.post(f"/village-returns/{what}/", given)
    again = client.post(f"/village-returns/{what}/", given)
    assert answer.status_code == 302 and again.headers["Location"] == answer.headers["Location"]
    with acting(town.county.system):
        (draft,) = Entry.objects.filter(state="draft")
    assert (
        answer.headers["Location"] == f"/entries/{draft.id}/edit/"
        and draft.org_id == town.county.orgs["town"].id
    )
    if what == "collection":
        said = {"villages": 4, "received": 2, "complete": False, "found": 5, "open_now": 4, "school": 1}
        assert draft.body.items() >= said.items()
    else:
        text = draft.body["content"]
        assert "应报4个村（居），已报2个，其中逾期1个，还有2个没有报" in text
        assert "本月新排查出5件（邻里纠纷5件、婚姻家庭纠纷0件" in text
        assert "新排查出多4件，已经化解持平，还在跟踪多4件" in text
        assert "ash" not in text and "village" not in text


def test_the_office_for_public_order_collects_like_the_town(town: Town) -> None:
    """四位一体办 belongs to the town; what it sums up is its own."""
    county = town.county
    with acting(county.system):
        office = Organisation.objects.create(
            county_id=COUNTY, key="stability", kind="town-stability-office", name="综治办", short_name="办",
            parent=county.orgs["town"], region=county.orgs["town"].region,
        )  # fmt: skip
        post = Post.objects.create(county_id=COUNTY, org=office, kind="town-officer", title="专干")
        person = Person.objects.create(county_id=COUNTY, name="专干", home=office)
        Appointment.objects.create(county_id=COUNTY, post=post, person=person, from_day=date(2026, 1, 1))
        account = Account.objects.create(county_id=COUNTY, person=person, username="zongzhi")
        rebuild_reach(COUNTY, date(2026, 10, 1))
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    page = body_of(client, "/village-returns/?month=2026-10")
    assert "elm村" in page and f"by={office.id}" in page and "far村" not in page


def test_the_page_takes_as_many_statements_however_many_villages(town: Town, signed_in: SignIn) -> None:
    client = signed_in("town-officer")
    few = statements(client)
    with acting(town.county.system):
        Organisation.objects.bulk_create(
            Organisation(
                county_id=COUNTY, key=f"v{number}", kind="village-committee", name=f"第{number}村",
                short_name=f"v{number}", parent=town.county.orgs["town"], region=town.village("ash").region,
            )
            for number in range(66)
        )  # fmt: skip
        rebuild_reach(COUNTY, date(2026, 10, 1))
    assert statements(client) == few


def statements(client: Client) -> int:
    client.get("/village-returns/?month=2026-10")
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/village-returns/?month=2026-10").status_code == 200
    return len(captured)


def body_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def sheet_of(client: Client) -> list[list[Any]]:
    answer: Any = client.get("/village-returns/excel/?month=2026-10")
    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content)))
    return book.get_sheet_by_index(0).to_python()
