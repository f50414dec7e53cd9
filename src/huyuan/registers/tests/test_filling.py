"""Submitting, drafts, corrections: through the actions, on the database, as the application's role."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Place
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import SmallCounty
from huyuan.registers import actions
from huyuan.registers.effects import ActDone, EventRaised
from huyuan.registers.models import Entry, EntryFile, Form, Numbering, Signature
from huyuan.registers.tests.library import (
    CHECK,
    CONFIRMED,
    NOW,
    Remembering,
    answers,
    install,
    new_id,
)
from huyuan.trace import files
from huyuan.trace.models import Record


@pytest.fixture
def form(db: None) -> Form:
    return install(CHECK)


def given(county: SmallCounty, form: Form, who: str, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "actor": county.actors[who],
        "form_id": form.id,
        "org_id": county.orgs["central"].id,
        "client_id": new_id(),
        "answers": answers(),
        "now": NOW,
    } | more


def submit(county: SmallCounty, form: Form, who: str = "safety", **more: Any) -> Entry:
    with acting(county.actors[who]):
        return actions.submit(**given(county, form, who, more))


def refused(code: str, county: SmallCounty, form: Form, who: str = "safety", **more: Any) -> Refused:
    """The refusal; what was written outside the refused part is committed, as after a page that says so."""
    with acting(county.actors[who]), pytest.raises(Refused) as caught:
        actions.submit(**given(county, form, who, more))
    assert caught.value.code == code
    return caught.value


def wrong_fields(refused: Refused) -> set[str]:
    errors = refused.facts["errors"]
    assert isinstance(errors, dict)
    return set(errors)


def all_entries(actor: Actor) -> list[Entry]:
    with acting(actor):
        return list(Entry.objects.order_by("created_at", "id"))


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, "JPEG")
    return out.getvalue()


def test_a_submission_has_a_number_a_trace_and_effects(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    entry = submit(county, form)
    assert (entry.state, entry.number) == ("submitted", "central-隐患排查-2026-0001")
    assert entry.submitted_at == NOW
    ((header, effects, parties),) = sink.recorded
    assert (header.source_id, header.org_id, header.recorded_at) == (entry.id, entry.org_id, NOW)
    assert [type(effect) for effect in effects] == [ActDone]
    assert parties == {entry.org_id}
    with acting(county.actors["safety"]):
        (record,) = Record.objects.filter(object_id=str(entry.id))
    assert record.verb == "entry.submit"
    assert record.after and record.after["number"] == entry.number


def test_numbers_run_without_gaps_by_organisation_and_form(county: SmallCounty, form: Form) -> None:
    other = install(CONFIRMED)
    numbers = [submit(county, form).number, submit(county, other).number, submit(county, form).number]
    refused("invalid-entry", county, form, answers={})
    numbers.append(submit(county, form).number)
    assert [number[-4:] for number in numbers] == ["0001", "0001", "0002", "0003"]


def test_a_repeat_with_the_same_answers_is_a_success(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    device = new_id()
    first = submit(county, form, client_id=device)
    again = submit(county, form, client_id=device, now=NOW + timedelta(minutes=3))
    assert (again.id, again.submitted_at) == (first.id, NOW)
    assert len(sink.recorded) == 1
    assert len(all_entries(county.actors["safety"])) == 1


def test_other_answers_under_the_same_id_are_a_conflict_and_both_are_kept(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    device = new_id()
    first = submit(county, form, client_id=device)
    for _ in range(2):  # the device tries again: the same draft, not a second one
        conflict = refused("conflict-client-id", county, form, client_id=device, answers=answers(people="9"))
    stored = {str(entry.id): entry for entry in all_entries(county.actors["safety"])}
    assert stored.keys() == {str(first.id), conflict.facts["kept"]}
    assert stored[str(first.id)].body["people"] == 3
    kept = stored[str(conflict.facts["kept"])]
    assert (kept.state, kept.body["people"]) == ("draft", 9)
    assert len(sink.recorded) == 1


def test_an_id_that_another_school_has_used_takes_nothing(county: SmallCounty, form: Form) -> None:
    device, other = new_id(), county.actors["guard"]
    theirs = install({**CHECK, "key": "gate", "posts": ["guard"]})
    first = submit(county, theirs, "guard", client_id=device, org_id=county.orgs["other"].id)
    refused("conflict-device", county, form, client_id=device)
    assert [entry.id for entry in all_entries(other)] == [first.id]
    assert all_entries(county.actors["safety"]) == []
    assert submit(county, form).number.endswith("0001")


def test_a_submission_writes_its_entry_once(county: SmallCounty, form: Form, sink: Remembering) -> None:
    with CaptureQueriesContext(connection) as sent:
        submit(county, form)
    statements = [query["sql"] for query in sent if "registers_entry" in query["sql"]]
    written = [sql.split()[0] for sql in statements if not sql.startswith("SELECT")]
    assert written == ["INSERT"]


def test_missing_and_wrong_answers_are_named_at_their_fields(county: SmallCounty, form: Form) -> None:
    wrong = refused(
        "invalid-entry", county, form, answers={"people": ["三个"], "hazards.0.severity": ["major"]}
    )
    assert wrong_fields(wrong) == {"day", "scope", "people", "hazards.0.what"}
    assert all_entries(county.actors["safety"]) == []


def test_what_has_not_happened_yet_is_refused_at_its_field(county: SmallCounty, form: Form) -> None:
    wrong = refused("invalid-entry", county, form, answers=answers(day="2026-10-15"))
    assert wrong_fields(wrong) == {"day"}


def test_a_place_of_another_school_can_not_be_chosen(county: SmallCounty, form: Form) -> None:
    with acting(county.system):
        theirs = Place.objects.create(
            county_id=county.orgs["other"].county_id, org=county.orgs["other"], kind="gate", name="北门"
        )
        ours = Place.objects.create(
            county_id=theirs.county_id, org=county.orgs["central"], kind="gate", name="南门"
        )
    wrong = refused("invalid-entry", county, form, answers=answers(spot=str(theirs.id)))
    assert wrong_fields(wrong) == {"spot"}
    assert submit(county, form, answers=answers(spot=str(ours.id))).place_id == ours.id


@pytest.mark.parametrize(
    ("who", "org", "code"),
    [
        ("guard", "other", "forbidden-form"),  # the form names another post
        ("guard", "central", "not-found"),  # another school
        ("police", "central", "forbidden"),  # sees it, does not fill it in
        ("officer", "central", "forbidden"),
    ],
)
def test_a_denial_changes_nothing(
    county: SmallCounty, form: Form, sink: Remembering, who: str, org: str, code: str
) -> None:
    refused(code, county, form, who, org_id=county.orgs[org].id)
    assert all_entries(county.system) == []
    with acting(county.system):
        assert not Numbering.objects.exists()
        assert not Record.objects.filter(object_type="entry").exists()
    assert sink.recorded == []


def test_the_head_may_fill_in_for_a_vacant_post(county: SmallCounty, form: Form) -> None:
    assert submit(county, form, "head").state == "submitted"


def test_a_form_that_changed_meanwhile_is_taken_under_its_version(county: SmallCounty, form: Form) -> None:
    newer = install({**CHECK, "title": "隐患排查（新）"}, "2026.2")
    entry = submit(county, form)
    assert entry.form_id == form.id != newer.id
    assert entry.body["people"] == 3


def test_an_unknown_version_is_said_and_nothing_is_written(county: SmallCounty, form: Form) -> None:
    refused("unknown-form-version", county, form, form_id=new_id())
    assert all_entries(county.actors["safety"]) == []


def test_a_draft_proves_nothing_and_becomes_the_entry(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    device, actor = new_id(), county.actors["safety"]
    with acting(actor):
        draft = actions.draft_save(
            actor=actor,
            form_id=form.id,
            org_id=county.orgs["central"].id,
            client_id=device,
            answers={"people": ["4"], "day": ["不知道"]},
            now=NOW,
        )
    assert (draft.state, draft.body) == ("draft", {"people": 4})
    assert sink.recorded == []
    entry = submit(county, form, client_id=device)
    assert (entry.id, entry.state) == (draft.id, "submitted")


def test_a_draft_is_thrown_away_by_its_filler_alone(county: SmallCounty, form: Form) -> None:
    actor = county.actors["safety"]
    with acting(actor):
        draft = actions.draft_save(
            actor=actor,
            form_id=form.id,
            org_id=county.orgs["central"].id,
            client_id=new_id(),
            answers=answers(),
            now=NOW,
        )
    head = county.actors["head"]
    with acting(head), pytest.raises(Refused, match="not-found"):
        actions.discard(actor=head, entry_id=draft.id, now=NOW)
    assert len(all_entries(actor)) == 1
    with acting(actor):
        actions.discard(actor=actor, entry_id=draft.id, now=NOW)
    assert all_entries(actor) == []


def test_files_must_come_with_the_entry(county: SmallCounty, form: Form) -> None:
    with acting(county.actors["safety"]):
        stored = files.store(photo(), county_id=county.actors["safety"].county_id, now=NOW)
    sent = answers(photo=str(stored.id), hazards__0__what="漏电", hazards__0__picture=str(stored.id))
    refused("unknown-file", county, form, answers=sent)
    entry = submit(county, form, answers=sent, uploads={stored.id: "现场.jpg"})
    with acting(county.actors["safety"]):
        kept = dict(EntryFile.objects.filter(entry=entry).values_list("field", "name"))
    assert kept == {"photo": "现场.jpg", "hazards.0.picture": "现场.jpg"}


def test_a_correction_replaces_the_entry_and_what_came_of_it(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    old, actor = submit(county, form), county.actors["safety"]
    replacing: dict[str, Any] = {
        "actor": actor,
        "entry_id": old.id,
        "client_id": new_id(),
        "answers": answers(people="5"),
    }
    with acting(actor), pytest.raises(Refused, match="missing-reason"):
        actions.correct(**replacing, reason=" ", now=NOW)
    assert [entry.state for entry in all_entries(actor)] == ["submitted"]
    with acting(actor):
        new = actions.correct(**replacing, reason="人数写错", now=NOW + timedelta(hours=1))
    first, second = all_entries(actor)
    assert (first.state, second.state, second.corrects_id) == ("void", "submitted", old.id)
    assert "人数写错" in first.void_reason and new.number in first.void_reason
    assert sink.voided == [old.id]
    assert [header.source_id for header, _, _ in sink.recorded] == [old.id, new.id]
    with acting(actor), pytest.raises(Refused, match="conflict-step"):
        actions.correct(**{**replacing, "client_id": new_id()}, reason="再改", now=NOW)


def test_only_major_hazards_raise_an_event(county: SmallCounty, form: Form, sink: Remembering) -> None:
    rows = {
        "hazards__0__what": "小",
        "hazards__0__severity": "minor",
        "hazards__4__what": "大",
        "hazards__4__severity": "major",
    }
    submit(county, form, answers=answers(**rows))
    ((_, effects, _),) = sink.recorded
    assert [effect.quals for effect in effects if isinstance(effect, EventRaised)] == [("severity=major",)]


def test_a_partner_signs_by_itself_and_the_act_is_recorded_again(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    station = county.orgs["station"].id
    entry = submit(county, form, answers=answers(partner=[str(station)]))
    assert sink.recorded[-1][2] == {entry.org_id}
    outsider = county.actors["guard"]
    with acting(outsider), pytest.raises(Refused, match="not-found"):
        actions.sign(actor=outsider, entry_id=entry.id, org_id=station, now=NOW)
    police = county.actors["police"]
    for _ in range(2):  # a second press changes nothing
        with acting(police):
            actions.sign(actor=police, entry_id=entry.id, org_id=station, now=NOW)
    assert len(sink.recorded) == 2
    assert sink.recorded[-1][2] == {entry.org_id, station}
    ((_, (act,), _), _) = sink.recorded
    assert isinstance(act, ActDone) and act.partners == (str(station),)


def test_a_partner_that_is_not_named_can_not_sign(county: SmallCounty, form: Form) -> None:
    entry = submit(county, form)
    police = county.actors["police"]
    with acting(police), pytest.raises(Refused, match="unknown-partner"):
        actions.sign(actor=police, entry_id=entry.id, org_id=county.orgs["station"].id, now=NOW)


def test_a_signed_sheet_records_the_partner_by_proxy(
    county: SmallCounty, form: Form, sink: Remembering
) -> None:
    actor, station = county.actors["safety"], county.orgs["station"].id
    with acting(actor):
        sheet: UUID = files.store(photo(), county_id=actor.county_id, now=NOW).id
    entry = submit(
        county,
        form,
        answers=answers(partner=[str(station)], signed_sheet=str(sheet)),
        uploads={sheet: "签字表.jpg"},
    )
    with acting(actor):
        signature = Signature.objects.get(entry=entry)
    assert (signature.by_proxy, signature.sheet_id, signature.signed_at) == (True, sheet, NOW)
    assert sink.recorded[-1][2] == {entry.org_id, station}
