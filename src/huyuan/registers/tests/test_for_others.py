"""代录: what an organisation did that does not sign in, recorded by another with the paper that it signed."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from huyuan.kernel.errors import Refused
from huyuan.orgs import vocabulary
from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.models import Account, Liaison
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, SmallCounty
from huyuan.orgs.vocabulary import OrgKindSpec
from huyuan.registers import actions, queries
from huyuan.registers.effects import ActDone
from huyuan.registers.models import Entry, Form
from huyuan.registers.queries import Filters
from huyuan.registers.tests.library import NOW, PERSONAL, Remembering, install, new_id
from huyuan.trace import files
from huyuan.trace.models import File, Record

SIDES = {
    "school": "school",
    "teaching-point": "school",
    "education-bureau": "agency",
    "police-station": "agency",
    "market-regulator": "agency",
    "town-government": "government",
    "village-committee": "government",
    "county-government": "government",
    "security-company": "company",
}
VISIT: dict[str, Any] = {
    "key": "visit",
    "title": "督导检查",
    "theme": "hazards",
    "org": ["police-station", "village-committee", "town-government"],
    "posts": ["police-liaison"],
    "happened": "day",
    "fields": [
        {"id": "day", "label": "日期", "type": "date", "required": True},
        {"id": "school", "label": "学校", "type": "organisation", "many": True},
        {"id": "note", "label": "说明", "type": "long_text"},
    ],
    "effects": [{"effect": "act", "act": "inspection"}],
}
SERVICE = {
    **VISIT,
    "key": "service",
    "title": "志愿服务",
    "by_school": True,
    "fields": [VISIT["fields"][0], VISIT["fields"][2]],
}
PATROL = {**SERVICE, "key": "patrol", "title": "巡逻", "by_school": False}
# It asks for an organisation, which no school can be.
JOINT = {
    **VISIT,
    "key": "joint",
    "title": "联合巡逻",
    "fields": [VISIT["fields"][0], {**VISIT["fields"][1], "of": ["village-committee"]}],
}


@dataclass
class Desk:
    """A county where things are recorded for others. `paper`: a signed sheet just stored."""

    county: SmallCounty
    paper: File

    def record(
        self, form: Form, who: str = "safety", agency: str = "station", by: str = "central", **more: Any
    ) -> Entry:
        actor = self.county.actors[who]
        school = more.pop("school", None)
        given = {
            "school": [str(self.county.orgs["central"].id)] if school is None else school,
            "entry_sheet": [str(self.paper.id)],
        }
        return actions.submit(
            actor=actor,
            form_id=form.id,
            org_id=self.county.orgs[agency].id,
            recorded_by=self.county.orgs[by].id,
            client_id=more.pop("client_id", None) or new_id(),
            answers={"day": ["2026-10-13"], **given, **more},
            uploads={self.paper.id: "签字表.pdf"},
            now=NOW,
        )


def errors_of(refused: Refused) -> list[str]:
    errors = refused.facts["errors"]
    assert isinstance(errors, dict)
    return list(errors)


@pytest.fixture
def desk(county: SmallCounty) -> Desk:
    vocabulary.install(
        "orgkind",
        [OrgKindSpec.model_validate({"key": key, "zh": key, "side": side}) for key, side in SIDES.items()],
    )
    return Desk(county, files.store(b"%PDF-1.4 signed by the station", county_id=COUNTY, now=NOW))


def test_what_a_school_records_for_its_station_is_the_stations_act(desk: Desk, sink: Remembering) -> None:
    form, safety = install(VISIT), desk.county.actors["safety"]
    station, central = (desk.county.orgs[key] for key in ("station", "central"))
    with acting(safety):
        entry = desk.record(form)
    assert (entry.org_id, entry.recorded_by_org_id, entry.sheet_id) == (station.id, central.id, desk.paper.id)
    assert entry.number.startswith("station-督导检查-2026-")
    ((header, done, parties),) = sink.recorded
    assert (header.org_id, header.recorder_id) == (station.id, central.id)
    assert parties == {station.id}
    assert [effect.act for effect in done if isinstance(effect, ActDone)] == ["inspection"]
    with acting(desk.county.system):
        traced = Record.objects.get(object_id=entry.id, verb="entry.submit")
    assert traced.org_id == central.id and traced.after and traced.after["recorded_for"] == "station单位"


def test_nobody_records_for_others_without_the_signed_paper(desk: Desk, sink: Remembering) -> None:
    form, safety = install(VISIT), desk.county.actors["safety"]
    with acting(safety), pytest.raises(Refused) as refused:
        desk.record(form, entry_sheet=[])
    assert errors_of(refused.value) == ["entry_sheet"]
    with acting(desk.county.system):
        assert not Entry.objects.exists()


def test_the_database_wants_the_paper_too(desk: Desk, sink: Remembering) -> None:
    with acting(desk.county.actors["safety"]):
        entry = desk.record(install(VISIT))
    central = desk.county.orgs["central"].id
    for wrong in ({"sheet": None}, {"recorded_by_org": None}, {"org_id": central}):
        refused = pytest.raises(IntegrityError, match="registers_entry_proxy")
        with acting(desk.county.system), refused, transaction.atomic():
            Entry.objects.filter(id=entry.id).update(**wrong)


def test_a_table_is_no_signed_paper(desk: Desk, sink: Remembering) -> None:
    with acting(desk.county.system):
        File.objects.filter(id=desk.paper.id).update(media_type=files.OFFICE["xl/workbook.xml"])
    with acting(desk.county.actors["safety"]), pytest.raises(Refused) as refused:
        desk.record(install(VISIT))
    assert refused.value.facts["errors"] == {"entry_sheet": "请交签字表的照片或 PDF，不收表格和文档。"}


@pytest.mark.parametrize(
    ("who", "by", "agency", "code"),
    [
        ("safety", "central", "village", None),  # not a liaison, and not over the school's region
        ("safety", "central", "town", ""),
        ("head", "central", "station", ""),
        ("officer", "bureau", "station", ""),  # any agency of the county
        ("officer", "bureau", "village", ""),
        ("officer", "bureau", "other", None),  # a school signs in itself
        ("teacher", "point", "station", None),  # no post that records for others
        ("police", "station", "town", None),
        ("safety", "bureau", "station", None),  # in the name of an organisation that is not one's own
    ],
)
def test_who_records_for_whom(
    desk: Desk, sink: Remembering, who: str, by: str, agency: str, code: str | None
) -> None:
    form = install(VISIT)
    with acting(desk.county.actors[who]):
        if code is None:
            with pytest.raises(Refused, match=r"not-found|forbidden"):
                desk.record(form, who, agency, by=by)
        else:
            entry = desk.record(form, who, agency, by=by, school=[] if by == "bureau" else None)
            assert entry.recorded_by_org_id == desk.county.orgs[by].id
    with acting(desk.county.system):
        assert Entry.objects.count() == (code is not None)


def test_a_school_records_only_what_names_it_or_what_the_form_allows(desk: Desk, sink: Remembering) -> None:
    visit, service, patrol, joint, care = (
        install(spec) for spec in (VISIT, SERVICE, PATROL, JOINT, {**PERSONAL, "org": []})
    )
    safety = desk.county.actors["safety"]
    with acting(safety):
        with pytest.raises(Refused) as refused:
            desk.record(visit, school=[])
        assert errors_of(refused.value) == ["school"]
        assert desk.record(service, school=[]).state == "submitted"
        for form in (patrol, joint, care):
            with pytest.raises(Refused, match="forbidden-form"):
                desk.record(form)
    with acting(desk.county.actors["officer"]):
        assert desk.record(patrol, "officer", by="bureau", school=[]).state == "submitted"


def test_a_repeat_is_one_entry(desk: Desk, sink: Remembering) -> None:
    form, client_id = install(VISIT), new_id()
    with acting(desk.county.actors["safety"]):
        assert desk.record(form, client_id=client_id).id == desk.record(form, client_id=client_id).id
    assert len(sink.recorded) == 1


def test_recorder_and_agency_see_it_and_the_other_school_does_not(desk: Desk, sink: Remembering) -> None:
    form = install(VISIT)
    with acting(desk.county.actors["safety"]):
        entry = desk.record(form)
    spec = queries.spec_of(form)
    seen = {}
    for who in ("safety", "head", "police", "governor", "other-admin", "villager"):
        actor = desk.county.actors[who]
        with acting(actor):
            try:
                queries.entry_detail(actor, entry.id)
                seen[who] = [
                    queries.ledger(actor, spec, Filters(by_proxy=proxy)).count() for proxy in (False, True)
                ]
            except Refused:
                seen[who] = []
    assert seen == {
        "safety": [0, 1],
        "head": [0, 1],
        "police": [1, 1],
        "governor": [],
        "other-admin": [],
        "villager": [],
    }
    with acting(desk.county.actors["police"]):
        detail = queries.entry_detail(desk.county.actors["police"], entry.id)
        said = [one.said for one in detail.proxied]
        assert said == queries.marks_of([detail.entry])[entry.id].for_others
        assert queries.state_name(detail.entry, for_others=said) == "已提交（central代录，没有请对方确认）"


def test_the_recorder_takes_it_back_and_the_agency_does_not(desk: Desk, sink: Remembering) -> None:
    with acting(desk.county.actors["safety"]):
        entry = desk.record(install(VISIT))
    with acting(desk.county.actors["police"]), pytest.raises(Refused):
        actions.void(actor=desk.county.actors["police"], entry_id=entry.id, reason="不是我们", now=NOW)
    assert sink.voided == []
    with acting(desk.county.actors["head"]):
        actions.void(actor=desk.county.actors["head"], entry_id=entry.id, reason="登错了", now=NOW)
    assert sink.voided == [entry.id]


def test_the_liaison_that_ended_is_no_agency_of_the_school(desk: Desk, sink: Remembering) -> None:
    with acting(desk.county.system):
        Liaison.objects.update(until=DAY.replace(day=1))
        rebuild_reach(COUNTY, DAY)
    safety = desk.county.actors["safety"]
    with acting(safety):
        assert [one.short_name for one in queries.agencies_of(safety, desk.county.orgs["central"].id)] == [
            "town"
        ]


# ---- pages
def browser(county: SmallCounty, who: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=f"{COUNTY}-{who}"))
    return client


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_from_the_choice_of_an_agency_to_the_marked_entry(desk: Desk, sink: Remembering) -> None:
    form, client = install(VISIT), browser(desk.county, "safety")
    station, central = (desk.county.orgs[key].id for key in ("station", "central"))
    assert "/for-others/" in client.get("/forms/").content.decode()
    page = client.get(f"/for-others/?of={central}~{station}").content.decode()
    address = f"/forms/visit/?org={station}&by={central}"
    assert address.replace("&", "&amp;") in page
    page = client.get(address).content.decode()
    assert "central单位代station单位登记" in page and 'name="entry_sheet"' in page
    assert re.search(f'value="{central}"[^>]* checked', page)
    posted = {
        "client_uuid": str(new_id()), "form_id": str(form.id), "org_id": str(station),
        "_recorded_by": str(central), "day": "2026-10-13", "school": [str(central)], "note": "查了校门",
    }  # fmt: skip
    answer = client.post("/forms/visit/", posted)
    assert answer.status_code == 422 and "查了校门" in answer.content.decode()
    paper = SimpleUploadedFile("签字.pdf", b"%PDF-1.4 signed", "application/pdf")
    text = client.post("/forms/visit/", {**posted, "entry_sheet": paper}, follow=True).content.decode()
    assert "由central单位代station单位登记" in text and "查看签字表" in text
    assert "已提交（central代录，没有请对方确认）" in text
    ledgers = client.get("/ledgers/").content.decode()
    assert "/ledgers/visit/?by_proxy=1" in ledgers
    assert "central代录" in client.get("/ledgers/visit/?by_proxy=1").content.decode()
    assert "central代录" not in client.get("/ledgers/visit/").content.decode()


@pytest.mark.urls("huyuan.registers.tests.urls")
def test_who_does_not_record_for_others_is_told_so(desk: Desk, sink: Remembering) -> None:
    install(VISIT)
    teacher = browser(desk.county, "teacher")
    assert "/for-others/" not in teacher.get("/forms/").content.decode()
    assert teacher.get("/for-others/").status_code == 403
    safety, village = browser(desk.county, "safety"), desk.county.orgs["village"].id
    central: UUID = desk.county.orgs["central"].id
    for address in (f"/for-others/?of={central}~{village}", f"/forms/visit/?org={village}&by={central}"):
        assert safety.get(address).status_code == 404
