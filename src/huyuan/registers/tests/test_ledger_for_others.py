"""代录 in ledgers: who recorded what for whom and what those say of it, as a state, as a filter, in Excel."""

from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from huyuan.orgs.session import acting
from huyuan.registers import actions, queries, sheets
from huyuan.registers.models import Entry
from huyuan.registers.queries import Filters
from huyuan.registers.rules import ASKED
from huyuan.registers.tests.library import CHECK, NOW, Remembering, answers, install, new_id
from huyuan.registers.tests.test_for_others import VISIT, Desk, browser, desk

__all__ = ["desk"]


def answer(desk: Desk, entry: Entry, said: str) -> None:
    """The station is asked, and says so; `waiting`: nothing yet."""
    safety, station = desk.county.actors["safety"], desk.county.orgs["station"]
    with acting(safety):
        _, token = actions.make_link(actor=safety, entry_id=entry.id, org_id=station.id, now=NOW)
    if said != "waiting":
        with actions.opened_link(token, "192.0.2.1", NOW) as link:
            actions.answer_link(link=link, answer=said, reason="不是我们", address="192.0.2.1", now=NOW)


@pytest.fixture
def visits(desk: Desk, sink: Remembering) -> dict[str, Entry]:
    """Visits of the station that the school recorded: by what the station says of them."""
    form = install(VISIT)
    with acting(desk.county.actors["safety"]):
        made = {said: desk.record(form) for said in ("unasked", "waiting", "confirmed", "contradicted")}
    for said, entry in made.items():
        if said != "unasked":
            answer(desk, entry, said)
    return made


@pytest.fixture
def checks(desk: Desk, sink: Remembering) -> dict[str, Entry]:
    """Checks of the school with the station: not signed, signed by itself, on paper, on paper and asked."""
    form, station = install(CHECK), desk.county.orgs["station"].id
    safety, police = desk.county.actors["safety"], desk.county.actors["police"]
    made: dict[str, Entry] = {}
    for how in ("unsigned", "itself", "unasked", "confirmed"):
        with acting(safety):
            made[how] = actions.submit(
                actor=safety, form_id=form.id, org_id=desk.county.orgs["central"].id, client_id=new_id(),
                answers=answers(partner=[str(station)], people=str(len(made) + 1)), now=NOW,
            )  # fmt: skip
        if how == "itself":
            with acting(police):
                actions.sign(actor=police, entry_id=made[how].id, org_id=station, now=NOW)
        elif how != "unsigned":
            with acting(safety):
                actions.sign(
                    actor=safety, entry_id=made[how].id, org_id=station, sheet=desk.paper.id, now=NOW
                )
    answer(desk, made["confirmed"], "confirmed")
    return made


def found(desk: Desk, key: str, who: str = "safety", **filters: Any) -> set[Entry]:
    actor = desk.county.actors[who]
    with acting(actor):
        spec = queries.spec_of(queries.current_form(key))
        return set(queries.ledger(actor, spec, Filters(**filters)))


def test_what_was_recorded_for_an_agency_is_found_by_its_answer(desk: Desk, visits: dict[str, Entry]) -> None:
    for said, entry in visits.items():
        assert found(desk, "visit", by_proxy=True, asked=said) == {entry}
        assert found(desk, "visit", who="police", asked=said) == {entry}
    assert found(desk, "visit", by_proxy=True, asked="any") == set(visits.values())


def test_signatures_on_paper_are_found_by_their_answer(desk: Desk, checks: dict[str, Entry]) -> None:
    assert found(desk, "check", asked="any") == {checks["unasked"], checks["confirmed"]}
    assert found(desk, "check", asked="unasked") == {checks["unasked"]}
    assert found(desk, "check", asked="confirmed") == {checks["confirmed"]}
    assert found(desk, "check", asked="waiting") == found(desk, "check", asked="contradicted") == set()


def test_a_link_that_was_taken_back_was_never_asked(desk: Desk, visits: dict[str, Entry]) -> None:
    safety, station = desk.county.actors["safety"], desk.county.orgs["station"].id
    with acting(safety):
        actions.withdraw_link(actor=safety, entry_id=visits["waiting"].id, org_id=station, now=NOW)
        ((_, said),) = queries.marks_of([visits["waiting"]]).values()
    assert said == ["central代录，没有请对方确认"]
    assert found(desk, "visit", by_proxy=True, asked="unasked") == {visits["unasked"], visits["waiting"]}


def test_the_excel_file_says_the_same_of_each(
    desk: Desk, visits: dict[str, Entry], checks: dict[str, Entry]
) -> None:
    safety = desk.county.actors["safety"]
    states: dict[str, str] = {}
    for key, by_proxy in (("visit", True), ("check", False)):
        out = BytesIO()
        with acting(safety):
            spec = queries.spec_of(queries.current_form(key))
            entries = queries.ledger(safety, spec, Filters(by_proxy=by_proxy))
            shown = [row.texts[-2] for row in sheets.rows(spec, entries)]
            sheets.write_excel(out, spec, entries, heading="", printed_by="", now=NOW)
            numbers = [row.texts[0] for row in sheets.rows(spec, entries)]
        table = CalamineWorkbook.from_filelike(BytesIO(out.getvalue())).get_sheet_by_index(0).to_python()
        assert [row[-2] for row in table[3:]] == shown
        states |= dict(zip(numbers, shown, strict=True))
    assert {said: states[entry.number] for said, entry in visits.items()} == {
        said: f"已提交（central代录，{ASKED[said]}）" for said in visits
    }
    assert {how: states[entry.number] for how, entry in checks.items()} == {
        "unsigned": "已提交",
        "itself": "已提交",
        "unasked": "已提交（station签字代录，没有请对方确认）",
        "confirmed": "已提交（station签字代录，对方确认属实）",
    }


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_the_filter_stands_where_it_says_something(desk: Desk, visits: dict[str, Entry]) -> None:
    page = (
        browser(desk.county, "safety").get("/ledgers/visit/?by_proxy=1&asked=contradicted").content.decode()
    )
    assert visits["contradicted"].number in page and visits["confirmed"].number not in page
    assert "central代录，对方说与事实不符" in page
    assert 'name="asked"' in browser(desk.county, "police").get("/ledgers/visit/").content.decode()
    assert 'name="asked"' not in browser(desk.county, "teacher").get("/ledgers/visit/").content.decode()
