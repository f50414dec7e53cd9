"""Last term's ledger brought in as a table: it proves late, and no closed verdict changes silently."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from huyuan.duties.actions import close_due
from huyuan.duties.models import Correction, Proof, Verdict
from huyuan.duties.tests.adopted import World, build, shanghai
from huyuan.kernel.tests.workbooks import workbook
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.registers import actions
from huyuan.registers.models import Import
from huyuan.registers.tests.library import CHECK, install

#: before the directive was adopted; in a week that is closed; in a week that is open still
ROWS = (
    ("排查日期", "范围"),
    (date(2026, 3, 2), "whole-school"),
    (date(2026, 9, 9), "whole-school"),
    (date(2026, 10, 20), "whole-school"),
)
CLOSED, OPEN = "2026-W37", "2026-W43"


def bring_in(world: World, now: datetime) -> Import:
    actor = world.county.actors["safety"]
    given: dict[str, Any] = {
        "form_key": "check",
        "org_id": world.county.orgs["central"].id,
        "name": "台账.xlsx",
    }
    with acting(actor):
        table = actions.receive_table(actor=actor, content=workbook(ROWS), now=now, **given)
        return actions.import_table(actor=actor, import_id=table.id, now=now)


def closed(world: World) -> dict[str, tuple[UUID, str]]:
    """The closed weeks of the school: period → verdict."""
    with acting(world.county.system):
        weeks = Verdict.objects.filter(org__key="central", rule__key="rule")
        return {week.period: (week.id, week.verdict) for week in weeks}


def corrections(world: World) -> list[tuple[str, str]]:
    with acting(world.county.system):
        beside = Correction.objects.filter(verdict__org__key="central").order_by("id")
        return list(beside.values_list("verdict__period", "becomes"))


def test_a_closed_verdict_stands_and_what_came_late_stands_beside_it(db: None) -> None:
    world = build()
    install(CHECK)
    close_due(COUNTY, shanghai("2026-10-26T00:00"))
    before = closed(world)
    assert before[CLOSED][1] == "missed" and OPEN not in before
    table = bring_in(world, shanghai("2026-10-26T09:00"))
    with acting(world.county.system):
        proofs = list(Proof.objects.filter(source="entry").order_by("occurred_at"))
    assert [(proof.occurred_at, proof.recorded_at) for proof in proofs] == [
        (shanghai(at), shanghai("2026-10-26T09:00"))
        for at in ("2026-03-02T00:00", "2026-09-09T00:00", "2026-10-20T00:00")
    ]
    close_due(COUNTY, shanghai("2026-11-03T00:00"))
    after = closed(world)
    assert {period: after[period] for period in before} == before, "nothing closed has changed"
    assert corrections(world) == [(CLOSED, "late")]
    # The open week takes it like any entry: it was recorded before the close, more than three days late.
    assert after[OPEN][1] == "late"
    assert not [period for period in after if period < "2026-W36"], "before the adoption nothing is owed"

    safety = world.county.actors["head"]
    with acting(safety):
        actions.void_table(
            actor=safety, import_id=table.id, reason="不是本校的", now=shanghai("2026-11-04T09:00")
        )
    close_due(COUNTY, shanghai("2026-11-04T10:00"))
    assert closed(world)[OPEN][1] == "late"
    assert sorted(corrections(world)) == [(CLOSED, "late"), (CLOSED, "missed"), (OPEN, "missed")]
