"""An entry that a school recorded for its station (代录) is voided: nothing that came of it counts any more
for the station, and only those who recorded it may do that."""

from datetime import date
from typing import Any

import pytest
from django.db.models import Model

from huyuan.duties import queries
from huyuan.duties.actions import adopt, set_sign_in
from huyuan.duties.models import Event, Measurement, Presence, Proof
from huyuan.duties.queries.board import Shown
from huyuan.duties.tests.adopted import START, World, shanghai, version
from huyuan.duties.tests.judging import rule, weekly
from huyuan.kernel.errors import Refused
from huyuan.orgs import vocabulary
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.orgs.vocabulary import OrgKindSpec
from huyuan.packs.models import Pack
from huyuan.registers import actions
from huyuan.registers.models import Entry, Form
from huyuan.registers.tests.library import install, new_id
from huyuan.trace import files
from huyuan.trace.models import Record

STATIONS = {"who": {"org": ["police-station"]}}
RULES = (
    weekly("visit", **STATIONS | {"proof": {"act": "hazard-check"}}),
    rule("have", "cameras", all_of=[{"measure": "cameras.dormitory", "at_least": 1}], **STATIONS),
    rule(
        "post", "gate", point="gate", window={"anchor": ["night"]},
        at_least={"people": 1, "qualified": ["guard"]}, **STATIONS,
    ),
    rule(
        "when", "interim", event="hazard.found", then=[{"act": "report", "within": {"days": 2}}], **STATIONS,
    ),
)  # fmt: skip
NIGHT: dict[str, Any] = {
    "key": "night",
    "title": "夜间驻校",
    "theme": "hazards",
    "org": ["police-station"],
    "happened": "day",
    "fields": [
        {"id": "day", "label": "日期", "type": "date", "required": True},
        {"id": "school", "label": "学校", "type": "organisation"},
        {"id": "who", "label": "人员", "type": "text"},
        {"id": "from_time", "label": "从", "type": "time"},
        {"id": "to_time", "label": "到", "type": "time"},
        {"id": "cameras", "label": "探头", "type": "number"},
    ],
    "effects": [
        {"effect": "act", "act": "hazard-check"},
        {"effect": "measure", "measure": "cameras.dormitory", "value": "$cameras"},
        {"effect": "event", "event": "hazard.found"},
        {
            "effect": "presence",
            "at": "$day",
            "point": "gate",
            "qualified": "guard",
            "person": "$who",
            "from": "$from_time",
            "until": "$to_time",
        },
    ],
}
RECORDED, VOIDED = shanghai("2026-10-15T05:59"), shanghai("2026-10-15T09:00")
LATER = shanghai("2026-12-01T09:00")
PERIODS = {"visit": "2026-W42", "cameras": "2026-11", "gate": "2026-10-14-night-1"}
CAME: tuple[type[Model], ...] = (Proof, Measurement, Event, Presence)


@pytest.fixture
def entry(world: World) -> Entry:
    """What the school recorded, with a directive that the station has adopted."""
    sides = {"school": "school", "police-station": "agency"}
    vocabulary.install(
        "orgkind",
        [OrgKindSpec.model_validate({"key": key, "zh": key, "side": side}) for key, side in sides.items()],
    )
    version(Pack.objects.create(key="stations"), "2026.1", RULES, START)
    form: Form = install(NIGHT)
    county, safety = world.county, world.county.actors["safety"]
    station = county.orgs["station"].id
    with acting(county.system):
        adoption = adopt(
            actor=county.system, org_id=station, pack_key="stations", go_live=date(2026, 9, 1),
            only=[station], decided_by="派出所", now=START,
        )  # fmt: skip
        set_sign_in(
            actor=county.system, adoption_id=adoption.id, point="gate", from_day=date(2026, 9, 1), now=START
        )
    with acting(safety):
        paper = files.store(b"%PDF-1.4 signed by the station", county_id=COUNTY, now=RECORDED)
        return actions.submit(
            actor=safety, form_id=form.id, org_id=station, recorded_by=county.orgs["central"].id,
            client_id=new_id(), uploads={paper.id: "签字表.pdf"}, now=RECORDED,
            answers={
                "day": ["2026-10-14"], "school": [str(county.orgs["central"].id)], "who": ["民警"],
                "from_time": ["20:00"], "to_time": ["05:58"], "cameras": ["2"],
                "entry_sheet": [str(paper.id)],
            },
        )  # fmt: skip


def told(shown: Shown) -> str:
    return shown.verdict if shown.now_known == shown.verdict else f"{shown.verdict}>{shown.now_known}"


def stands(world: World) -> tuple[dict[str, str], list[int]]:
    """The verdicts of the station in `PERIODS` and on the event (what was closed before the voiding, with its
    correction), and how many rows of each kind count."""
    with acting(world.county.system):
        orgs, first, last = [world.county.orgs["station"].id], date(2026, 10, 14), date(2026, 11, 30)
        cells = queries.cells(world.county.system, org_ids=orgs, first=first, last=last, now=LATER)
        named = [(shown.cell.binding.rule.key, shown.cell.period, told(shown)) for shown in cells]
        found: dict[str, str] = {
            key: verdict for key, period, verdict in named if PERIODS.get(key, period) == period
        }
        return found, [model._default_manager.filter(voided_at=None).count() for model in CAME]


def test_what_came_of_it_counts_no_more(world: World, entry: Entry) -> None:
    assert stands(world) == (
        {"visit": "met", "cameras": "met", "gate": "met", "interim": "missed"}, [1, 1, 1, 1],
    )  # fmt: skip
    head = world.county.actors["head"]
    with acting(head):
        actions.void(actor=head, entry_id=entry.id, reason="登错了派出所", now=VOIDED)
    assert stands(world) == ({"visit": "missed", "cameras": "unknown", "gate": "met>missed"}, [0, 0, 0, 0])
    with acting(world.county.system):
        assert all(model._default_manager.filter(voided_at=VOIDED).exists() for model in CAME)
        assert Record.objects.get(object_id=entry.id, verb="entry.void").org_id == entry.recorded_by_org_id


@pytest.mark.parametrize("who", ["police", "villager", "town-officer", "other-admin", "teacher", "governor"])
def test_others_may_not_and_nothing_changes(world: World, entry: Entry, who: str) -> None:
    before = stands(world)
    with acting(world.county.actors[who]), pytest.raises(Refused):
        actions.void(actor=world.county.actors[who], entry_id=entry.id, reason="不是我们", now=VOIDED)
    assert stands(world) == before
    with acting(world.county.system):
        assert Entry.objects.get().state == "submitted"
        assert not Record.objects.filter(verb="entry.void").exists()


@pytest.mark.parametrize("who", ["safety", "head", "officer"])
def test_whoever_recorded_it_may_and_the_bureau(world: World, entry: Entry, who: str) -> None:
    with acting(world.county.actors[who]):
        actions.void(actor=world.county.actors[who], entry_id=entry.id, reason="登错了", now=VOIDED)
    assert stands(world)[1] == [0, 0, 0, 0]
