"""Finding entries: by Chinese words anywhere in them, under both locks, never anything personal."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huyuan.orgs.models import Place
from huyuan.orgs.search import Hit
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.registers.actions import submit, void
from huyuan.registers.models import Entry, Form
from huyuan.registers.queries import Filters, ledger, spec_of
from huyuan.registers.search import Entries, found
from huyuan.registers.tests.library import CHECK, NOW, PERSONAL, answers, install, new_id

NOTE = "北楼三层走廊发现裂缝，ＡＢ12型灭火器过期"
SPEC: dict[str, Any] = {
    **CHECK,
    "fields": [
        {
            **field,
            "options": [{"value": "whole-school", "label": "全校"}, {"value": "special", "label": "专项"}],
        }
        if field["id"] == "scope"
        else field
        for field in [*CHECK["fields"], {"id": "phone", "label": "电话", "type": "text", "personal": True}]
    ],
}


@pytest.fixture
def form(db: None) -> Form:
    return install(SPEC)


def entry(county: SmallCounty, form: Form, who: str = "safety", **more: str) -> Entry:
    actor = county.actors[who]
    with acting(actor):
        return submit(
            actor=actor, form_id=form.id, org_id=actor.holdings[0].org_id, client_id=new_id(),
            answers=answers(**{"note": NOTE, **more}), now=NOW,
        )  # fmt: skip


def find(county: SmallCounty, who: str, *asked: str, most: int = 20) -> list[Hit]:
    actor = county.actors[who]
    with acting(actor):
        return Entries().find(actor, asked, most, NOW)


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        (("走廊发现裂缝",), True),
        (("裂缝", "北楼"), True),
        (("裂缝", "南楼"), False),
        (("走廊裂缝",), False),
        (("AB12",), True),
        (("ab1",), True),
        (("B12",), False),
        (("central单位", "全校"), True),
        (("whole-school",), False),
        (("0001",), True),
        (("缝，A",), True),
        (("%%",), False),
        (("_0_",), False),
        (("？",), False),
        (("13900000000",), False),
    ],
)
def test_every_term_stands_in_it(
    county: SmallCounty, form: Form, asked: tuple[str, ...], there: bool
) -> None:
    entry(county, form, phone="13900000000")
    assert bool(find(county, "safety", *asked)) is there


def test_what_was_chosen_is_found_by_its_name(county: SmallCounty, form: Form) -> None:
    with acting(county.system):
        place = Place.objects.create(
            county_id=COUNTY, org=county.orgs["central"], kind="building", name="求实楼"
        )
    one = entry(county, form, spot=str(place.id), partner=str(county.orgs["station"].id))
    assert find(county, "safety", "求实楼")[0].key == str(one.id)
    assert find(county, "safety", "station单位")[0].key == str(one.id)
    assert not find(county, "safety", "人员safety"), "people are found by their posts"


def test_the_newest_come_first_and_no_more_than_asked_for(county: SmallCounty, form: Form) -> None:
    old, new = entry(county, form, day="2026-10-12"), entry(county, form, day="2026-10-13")
    assert [hit.key for hit in find(county, "safety", "裂缝")] == [str(new.id), str(old.id)]
    assert [hit.key for hit in find(county, "safety", "裂缝", most=1)] == [str(new.id)]


def test_what_no_longer_stands_says_so_and_a_correction_is_found_by_its_own_words(
    county: SmallCounty, form: Form
) -> None:
    one = entry(county, form)
    with acting(county.actors["safety"]):
        void(actor=county.actors["safety"], entry_id=one.id, reason="填错", now=NOW)
    (hit,) = find(county, "safety", "裂缝")
    assert hit.note.endswith("已作废") and "裂缝" in hit.text and one.number not in hit.text


def test_each_sees_what_the_ledger_shows(county: SmallCounty, form: Form) -> None:
    entry(county, form)
    finding, reading = set(), set()
    for who, actor in county.actors.items():
        if find(county, who, "裂缝"):
            finding.add(who)
        with acting(actor):
            if ledger(actor, spec_of(form), Filters()).exists():
                reading.add(who)
    assert finding == reading == {"safety", "head", "officer", "police", "town-officer"}


def test_of_a_personal_form_only_the_own_organisation_finds_the_number(county: SmallCounty) -> None:
    one = entry(county, install({**PERSONAL, "fields": SPEC["fields"]}))
    assert not find(county, "safety", "裂缝")
    assert find(county, "safety", "关爱记录")[0].key == str(one.id)
    assert not find(county, "officer", "关爱记录")


def test_the_function_gives_ids_and_the_second_lock_keeps_the_rows(county: SmallCounty, form: Form) -> None:
    """Asked for every organisation, a stranger still reads nothing."""
    one = entry(county, form)
    everybody = [org.id for org in county.orgs.values()]
    with acting(county.actors["guard"]), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM registers_found(%s, %s, %s, %s, %s, 20)", [["裂缝"], COUNTY, everybody, [], []]
        )
        ids: list[tuple[UUID]] = cursor.fetchall()
        assert ids == [(one.id,)]
        assert not Entry.objects.filter(id=one.id).exists()
    with acting(county.system), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM registers_found(%s, %s, %s, %s, %s, 20)", [["裂缝"], COUNTY + 1, everybody, [], []]
        )
        assert cursor.fetchall() == []


def test_one_statement(county: SmallCounty, form: Form) -> None:
    entry(county, form)
    actor = county.actors["officer"]
    with acting(actor), CaptureQueriesContext(connection) as captured:
        assert list(found(actor, ("裂缝",), 20))
    assert len(captured) == 1


PLAN = "EXPLAIN SELECT id FROM registers_entry WHERE registers_words(said, org_id) @@ huyuan_query('裂缝')"


@pytest.mark.parametrize(("role", "helps"), [("owner_url", True), ("application_url", False)])
def test_why_there_is_a_function(request: pytest.FixtureRequest, role: str, helps: bool) -> None:
    """Under the policies of the application's role the index is no use; to the function's owner it is."""
    with psycopg.connect(request.getfixturevalue(role)) as here:
        here.execute("SET enable_seqscan = off")
        plan = "\n".join(line for (line,) in here.execute(PLAN).fetchall())
    assert ("registers_entry_said" in plan) is helps
