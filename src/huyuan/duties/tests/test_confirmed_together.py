"""Entries that are confirmed together prove what they would prove one by one."""

from datetime import timedelta
from uuid import UUID

import pytest

from huyuan.duties.models import Event, Proof
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import SmallCounty, build
from huyuan.registers import actions
from huyuan.registers.models import Entry
from huyuan.registers.tests.library import CONFIRMED, NOW, answers, install, new_id

LATER = NOW + timedelta(hours=1)
PROOF = (
    "act",
    "org_id",
    "quals",
    "joint",
    "people",
    "occurred_at",
    "recorded_at",
    "confirmed_at",
    "recorder_id",
)
EVENT = ("event", "org_id", "quals", "about", "occurred_at", "known_at")


@pytest.fixture
def county(db: None) -> SmallCounty:
    return build()


def joint_check(county: SmallCounty) -> Entry:
    """A check with the station, which has signed, that found a major hazard."""
    safety, police, station = county.actors["safety"], county.actors["police"], county.orgs["station"].id
    form = install({**CONFIRMED, "key": f"check-{new_id()}"})
    with acting(safety):
        entry = actions.submit(
            actor=safety,
            form_id=form.id,
            org_id=county.orgs["central"].id,
            client_id=new_id(),
            answers=answers(
                partner=[str(station)], hazards__0__what="墙体开裂", hazards__0__severity="major"
            ),
            now=NOW,
        )
    with acting(police):
        actions.sign(actor=police, entry_id=entry.id, org_id=station, now=NOW)
    return entry


def came_of(county: SmallCounty, entry_id: UUID) -> list[list[tuple[object, ...]]]:
    """The proofs and events of an entry, apart from their ids."""
    with acting(county.system):
        return [
            sorted(model.objects.filter(source_id=entry_id).values_list(*names), key=str)
            for model, names in ((Proof, PROOF), (Event, EVENT))
        ]


def test_together_and_alone(county: SmallCounty) -> None:
    alone, first, second = (joint_check(county) for _ in range(3))
    head = county.actors["head"]
    assert came_of(county, alone.id) == came_of(county, first.id) == [[], []]
    with acting(head):
        actions.confirm(actor=head, entry_id=alone.id, now=LATER)
        actions.confirm_all(actor=head, entry_ids=[first.id, second.id], now=LATER)
    proofs, events = came_of(county, alone.id)
    assert {proof[1] for proof in proofs} == {county.orgs[key].id for key in ("central", "station")}
    assert [event[0] for event in events] == ["hazard"]
    assert came_of(county, first.id) == came_of(county, second.id) == [proofs, events]
