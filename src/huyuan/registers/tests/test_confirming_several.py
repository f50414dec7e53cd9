"""Confirming several entries at once: what one may, what others did meanwhile, what comes of each."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, SmallCounty, build
from huyuan.registers import actions, queries
from huyuan.registers.actions import Confirmed
from huyuan.registers.models import Entry, Form
from huyuan.registers.tests.library import CONFIRMED, NOW, Remembering, answers, install, new_id
from huyuan.registers.tests.test_deciding import appoint, at_once, state_of
from huyuan.registers.tests.test_for_others import VISIT, Desk, desk
from huyuan.trace.models import Record

__all__ = ["desk"]
LATER = NOW + timedelta(hours=1)
ANOTHER: dict[str, Any] = {**CONFIRMED, "key": "another-check", "title": "另一种排查"}
SECRET: dict[str, Any] = {**CONFIRMED, "key": "secret-check", "personal": True, "effects": []}


def submit(county: SmallCounty, form: Form, count: int, who: str = "safety") -> list[Entry]:
    """Entries of the central school that wait for its head."""
    actor = county.actors[who]
    with acting(actor):
        return [
            actions.submit(
                actor=actor,
                form_id=form.id,
                org_id=county.orgs["central"].id,
                client_id=new_id(),
                answers=answers(people=str(number + 1)),
                now=NOW,
            )
            for number in range(count)
        ]


def confirm(actor: Actor, entries: list[Entry]) -> Confirmed:
    with acting(actor):
        return actions.confirm_all(actor=actor, entry_ids=[entry.id for entry in entries], now=LATER)


def test_each_proves_and_leaves_its_own_trace(county: SmallCounty, sink: Remembering) -> None:
    entries = [*submit(county, install(CONFIRMED), 3), *submit(county, install(ANOTHER), 1)]
    head = county.actors["head"]
    became = confirm(head, entries)
    assert ([entry.id for entry in became.done], became.earlier) == (
        sorted(entry.id for entry in entries),
        [],
    )
    assert {header.source_id: header.confirmed_at for header, _, _ in sink.recorded} == {
        entry.id: LATER for entry in entries
    }
    assert all(effects for _, effects, _ in sink.recorded)
    with acting(county.system):
        stored = Entry.objects.values_list("state", "confirmer_name", "confirmed_at", "single_handed")
        assert set(stored) == {("confirmed", head.name, LATER, False)}
        traced = Record.objects.filter(verb="entry.confirm")
        assert {record.object_id for record in traced} == {str(entry.id) for entry in entries}
        assert {(str(one.before), str(one.after), one.org_id) for one in traced} == {
            ("{'state': 'submitted'}", "{'state': 'confirmed'}", county.orgs["central"].id)
        }


def test_what_others_did_meanwhile_is_told_and_stays(county: SmallCounty, sink: Remembering) -> None:
    confirmed, returned, voided, waiting = submit(county, install(CONFIRMED), 4)
    officer, head, safety = (county.actors[who] for who in ("officer", "head", "safety"))
    confirm(officer, [confirmed])
    with acting(head):
        actions.return_(actor=head, entry_id=returned.id, reason="少了宿舍楼", now=NOW)
    with acting(safety):
        actions.void(actor=safety, entry_id=voided.id, reason="登重了", now=NOW)
    became = confirm(head, [confirmed, returned, voided, waiting])
    assert [entry.id for entry in became.done] == [waiting.id]
    assert {entry.id: entry.state for entry in became.earlier} == {
        confirmed.id: "confirmed",
        returned.id: "returned",
        voided.id: "void",
    }
    with acting(county.system):
        assert Entry.objects.get(id=confirmed.id).confirmer_id == officer.person_id
        assert Record.objects.filter(verb="entry.confirm").count() == 2
    assert [header.source_id for header, _, _ in sink.recorded] == [confirmed.id, waiting.id]


def test_a_foreign_or_missing_id_is_none_and_nothing_changes(county: SmallCounty, sink: Remembering) -> None:
    own = submit(county, install(CONFIRMED), 2)
    with acting(county.actors["head"]), pytest.raises(Refused, match="not-found"):
        ids = [*(entry.id for entry in own), new_id()]
        actions.confirm_all(actor=county.actors["head"], entry_ids=ids, now=LATER)
    with acting(county.system):
        Entry.objects.filter(id=own[0].id).update(org=county.orgs["other"])
    with pytest.raises(Refused, match="not-found"):
        confirm(county.actors["head"], own)
    assert [state_of(county, entry) for entry in own] == ["submitted"] * 2
    assert sink.recorded == []
    with acting(county.system):
        assert not Record.objects.filter(verb="entry.confirm").exists()


@pytest.mark.parametrize(
    ("who", "code"), [("police", "forbidden"), ("guard", "not-found"), ("safety", "forbidden-confirm")]
)
def test_who_may_not_confirm_one_confirms_none(
    county: SmallCounty, sink: Remembering, who: str, code: str
) -> None:
    form = install(CONFIRMED)
    entries = [*submit(county, form, 1, who="head"), *submit(county, form, 2)]
    with pytest.raises(Refused, match=code):
        confirm(county.actors[who], entries)
    assert [state_of(county, entry) for entry in entries] == ["submitted"] * 3
    assert sink.recorded == []


def test_what_only_the_own_organisation_sees_nobody_else_confirms(
    county: SmallCounty, sink: Remembering
) -> None:
    (entry,) = submit(county, install(SECRET), 1)
    with pytest.raises(Refused, match="not-found"):
        confirm(county.actors["officer"], [entry])
    assert state_of(county, entry) == "submitted"
    assert confirm(county.actors["head"], [entry]).done == [entry]


def test_what_was_recorded_for_an_agency_is_confirmed_among_others(desk: Desk, sink: Remembering) -> None:
    form = install({**VISIT, "confirmed_by": ["vice-principal-safety"]})
    with acting(desk.county.actors["safety"]):
        entries = [desk.record(form) for _ in range(2)]
    head, station = desk.county.actors["head"], desk.county.orgs["station"]
    with acting(head):
        (pile,) = queries.piles_of(queries.waiting_for_confirmation(head, DAY))
    assert pile.query == {"state": "submitted", "by_proxy": "1"} and len(pile.entries) == 2
    confirm(head, entries)
    assert {header.org_id for header, _, _ in sink.recorded} == {station.id}
    with acting(desk.county.system):
        for record in Record.objects.filter(verb="entry.confirm"):
            assert record.after == {"state": "confirmed", "recorded_for": "station单位"}


def test_two_people_with_the_same_entries_confirm_each_once(
    transactional_db: None, sink: Remembering
) -> None:
    county = build()
    entries = submit(county, install(CONFIRMED), 6)

    def work(who: str, mine: list[Entry]) -> Callable[[], object]:
        return lambda: confirm(county.actors[who], mine)

    outcomes = at_once(work("head", entries), work("officer", list(reversed(entries))))
    done = [entry.id for one in outcomes if isinstance(one, Confirmed) for entry in one.done]
    earlier = [entry.id for one in outcomes if isinstance(one, Confirmed) for entry in one.earlier]
    assert sorted(done) == sorted(earlier) == sorted(entry.id for entry in entries)
    assert sorted(header.source_id for header, _, _ in sink.recorded) == sorted(done)


@pytest.mark.parametrize("count", [2, 40])
def test_any_number_takes_the_same_statements(county: SmallCounty, sink: Remembering, count: int) -> None:
    before, *entries = submit(county, install(CONFIRMED), count + 1)
    head = county.actors["head"]
    # From here on the process keeps who reaches whom.
    confirm(head, [before])
    with acting(head), CaptureQueriesContext(connection) as caught:
        actions.confirm_all(actor=head, entry_ids=[entry.id for entry in entries], now=LATER)
    # Savepoint and release, the entries, their forms; whether what is kept still holds, for who may and for
    # the facts, who holds the posts; the entries written, their trace.
    assert len(caught) == 9


# ---- pages
@pytest.fixture
def browser(county: SmallCounty) -> Callable[[str], Client]:
    def signed_in(who: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(username=f"{COUNTY}-{who}"))
        return client

    return signed_in


LEDGER = "/ledgers/confirmed-check/"
BOX = re.compile(r'type="checkbox"[^>]* name="entry" value="([0-9a-f-]{36})"( checked)?')


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_boxes_stand_where_one_may_confirm(
    county: SmallCounty, sink: Remembering, browser: Callable[[str], Client]
) -> None:
    form = install(CONFIRMED)
    not_theirs, *others = submit(county, form, 3)
    # The vice principal confirms, but not what she filled in herself: that falls to the head.
    vice = appoint(county, "分管副校长", "vice-principal-safety")
    with acting(county.system):
        Entry.objects.filter(id__in=[entry.id for entry in others]).update(filler_id=vice.person_id)
    head = browser("head")
    page = head.get(f"{LEDGER}?state=submitted").content.decode()
    assert sorted(BOX.findall(page)) == sorted((str(entry.id), "") for entry in others)
    assert not_theirs.number in page and "待确认" in page
    ticked = head.get(f"{LEDGER}?state=submitted&picked=all").content.decode()
    assert [checked for _, checked in BOX.findall(ticked)] == [" checked"] * 2
    for who, address in (
        ("head", LEDGER),
        ("safety", f"{LEDGER}?state=submitted&first=2026-10-14"),
        ("police", f"{LEDGER}?state=submitted"),
        ("head", f"{LEDGER}?state=submitted&print=1"),
    ):
        assert not BOX.search(browser(who).get(address).content.decode()), (who, address)


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_from_the_ledger_to_what_became_of_them(
    county: SmallCounty, sink: Remembering, browser: Callable[[str], Client]
) -> None:
    first, second = submit(county, install(CONFIRMED), 2)
    head = browser("head")
    query = {"state": "submitted", "text": "whole"}
    nothing = head.post(f"{LEDGER}confirm/", query)
    assert nothing.status_code == 400 and "还没有勾选" in nothing.content.decode()
    confirm(county.actors["officer"], [first])
    answer = head.post(f"{LEDGER}confirm/", {**query, "entry": [str(first.id), str(second.id)]})
    assert answer.status_code == 302
    assert answer["Location"] == f"{LEDGER}?state=submitted&text=whole&confirmed=1&earlier={first.id}"
    page = head.get(answer["Location"]).content.decode()
    assert "已确认 1 份" in page and "有 1 份在这之前已经办过" in page
    assert f"{county.actors['officer'].name}于2026年10月14日 11:00确认" in page
    assert state_of(county, second) == "confirmed"


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_a_foreign_entry_among_the_ticked_does_not_exist(
    county: SmallCounty, sink: Remembering, browser: Callable[[str], Client]
) -> None:
    own, foreign = submit(county, install(CONFIRMED), 2)
    with acting(county.system):
        Entry.objects.filter(id=foreign.id).update(org=county.orgs["other"])
    for ids in ([str(own.id), str(foreign.id)], [str(own.id), "no-id"]):
        assert browser("head").post(f"{LEDGER}confirm/", {"entry": ids}).status_code == 404
    shown = browser("head").get(f"{LEDGER}?state=submitted&earlier={foreign.id}").content.decode()
    assert foreign.number not in shown and "已经办过" not in shown
    assert {state_of(county, entry) for entry in (own, foreign)} == {"submitted"}
