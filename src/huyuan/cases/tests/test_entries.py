"""What entries say of hazards becomes cases; what they say was done moves them; what is voided is undone."""

from typing import Any
from uuid import uuid4

import pytest

from huyuan.cases.models import Case, CaseFile, Part, Step
from huyuan.cases.tests.conftest import Town
from huyuan.duties.models import Event
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import NOW
from huyuan.registers import actions as registers
from huyuan.registers.models import Entry
from huyuan.registers.queries import current_form
from huyuan.trace import files

ROWS = (
    {
        "spot": "东楼梯",
        "area": "inside",
        "category": "buildings",
        "description": "扶手松动",
        "severity": "minor",
        "fixed": "no",
        "deadline": "2026-10-28",
        "responsible": "总务处",
        "cannot_fix_now": "no",
        "multi_department": "no",
    },
    {
        "spot": "配电间",
        "area": "inside",
        "category": "electricity",
        "description": "堆放杂物",
        "severity": "larger",
        "fixed": "yes",
        "multi_department": "no",
    },
)
PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


def check(
    town: Town, rows: tuple[dict[str, str], ...] = ROWS, *, picture: bool = False, **given: Any
) -> Entry:
    """The weekly check, handed in by the safety officer; confirmed by the head."""
    actor = town.actor("safety")
    answers = {
        "date": ["2026-10-14"], "scope": ["whole-school"], "places": ["stairs"], "participants": ["安全员"],
        "joint": ["no"], "found": ["yes" if rows else "no"],
        **{f"hazards.{place}.{name}": [said] for place, row in enumerate(rows) for name, said in row.items()},
    }  # fmt: skip
    uploads = {}
    with acting(actor):
        if picture:
            file = files.store(PIXEL, county_id=actor.county_id, now=NOW)
            answers["hazards.0.picture"], uploads = [str(file.id)], {file.id: "楼梯.png"}
        entry = registers.submit(
            actor=actor, form_id=current_form("hazard-check").id, org_id=town.org("central"),
            client_id=uuid4(), answers=answers, uploads=uploads, now=NOW, **given,
        )  # fmt: skip
    return entry


def confirmed(town: Town, entry: Entry) -> Entry:
    with acting(town.actor("head")):
        return registers.confirm(actor=town.actor("head"), entry_id=entry.id, now=NOW)


def handled(town: Town, who: str, case: Case, step: str) -> Entry:
    """A line of the ledger of what was done."""
    actor = town.actor(who)
    told = {"hazard": str(case.event_id), "date": "2026-10-14", "step": step, "what": "紧固"}
    with acting(actor):
        return registers.submit(
            actor=actor, form_id=current_form("hazard-handling").id, org_id=town.org("central"),
            client_id=uuid4(), answers={name: [said] for name, said in told.items()}, now=NOW,
        )  # fmt: skip


def cases(town: Town) -> list[Case]:
    with acting(town.county.system):
        return list(Case.objects.order_by("place_in_source", "number"))


def test_findings_open_cases_once_they_are_confirmed(town: Town) -> None:
    entry = check(town, picture=True)
    assert cases(town) == []
    confirmed(town, entry)
    stairs, wiring = cases(town)
    assert (stairs.state, stairs.spot, stairs.category, stairs.severity) == (
        "working",
        "东楼梯",
        "buildings",
        "minor",
    )
    assert stairs.reporter_name == "人员safety" and stairs.source_id == entry.id
    assert (wiring.state, wiring.severity, wiring.desk_id) == ("closed", "larger", None)
    with acting(town.county.system):
        part = Part.objects.get()
        assert (part.org_id, part.state, part.responsible) == (town.org("central"), "accepted", "总务处")
        assert Event.objects.filter(id__in=[str(stairs.event_id), str(wiring.event_id)]).count() == 2
        assert CaseFile.objects.get().kind == "before"
        told = list(Step.objects.order_by("case__number", "id").values_list("case__place_in_source", "verb"))
    assert told == [(0, "found"), (1, "found"), (1, "settle")]


def test_the_ledger_of_what_was_done_moves_the_case(town: Town) -> None:
    confirmed(town, check(town))
    stairs, _ = cases(town)
    fixing = handled(town, "safety", stairs, "fixed")
    assert town.now(stairs).state == "fixed"
    handled(town, "safety", stairs, "rechecked")
    assert town.now(stairs).state == "fixed"  # not by whoever fixed it
    handled(town, "head", stairs, "rechecked")
    assert town.now(stairs).state == "closed"
    with acting(town.actor("head")):
        registers.void(actor=town.actor("head"), entry_id=fixing.id, reason="记错了", now=NOW)
    with acting(town.county.system):
        assert Step.objects.filter(case=stairs).latest("id").verb == "undone"


def test_a_voided_recheck_opens_the_case_again(town: Town) -> None:
    confirmed(town, check(town))
    stairs, _ = cases(town)
    handled(town, "safety", stairs, "fixed")
    entry = handled(town, "head", stairs, "rechecked")
    with acting(town.actor("officer")):
        registers.void(actor=town.actor("officer"), entry_id=entry.id, reason="没有去现场", now=NOW)
    again = town.now(stairs)
    assert (again.state, again.desk_id, again.closed_at) == ("fixed", town.org("central"), None)


def test_voiding_the_check_voids_what_it_raised(town: Town) -> None:
    entry = confirmed(town, check(town))
    with acting(town.actor("officer")):
        registers.void(actor=town.actor("officer"), entry_id=entry.id, reason="不是本校", now=NOW)
    assert {one.state for one in cases(town)} == {"void"}
    with acting(town.county.system):
        assert set(Part.objects.values_list("state", flat=True)) == {"withdrawn"}


@pytest.mark.parametrize(("kept", "state"), [(1, "working"), (0, "void")])
def test_a_corrected_check_goes_on_with_what_it_still_finds(town: Town, kept: int, state: str) -> None:
    entry = confirmed(town, check(town))
    stairs, _ = cases(town)
    rows = ({**ROWS[0], "spot": "西楼梯"},) if kept else ()
    corrected = check(town, rows, corrects=entry.id, reason="写错了位置")
    assert town.now(stairs).state == "working"
    confirmed(town, corrected)
    now = town.now(stairs)
    assert (now.state, now.number) == (state, stairs.number)
    assert now.spot == ("西楼梯" if kept else "东楼梯")
    if kept:
        assert now.source_id == corrected.id and now.event_id != stairs.event_id
    assert len(cases(town)) == 2
