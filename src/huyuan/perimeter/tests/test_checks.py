"""Checks: what they prove, for whom, what a bad finding raises, and what voiding takes back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from huyuan.duties.models import Event, Proof
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, NOW
from huyuan.perimeter.actions import Found, record_check, void_check
from huyuan.perimeter.models import CheckParty, Venue, VenueCheck
from huyuan.perimeter.tests.conftest import Ground
from huyuan.trace import files

PDF = b"%PDF-1.4 a signed sheet"


def check(county: Ground, venue: Venue, person: str = "market", **found: Any) -> VenueCheck:
    """A check of the person's own organisation."""
    actor = county.actors[person]
    said: dict[str, Any] = {"action": "check", "at": NOW, "good": True} | found
    return record_check(
        actor=actor, org_id=actor.holdings[0].org_id, venue_id=venue.id, client_id=uuid7(),
        found=Found(**said), now=NOW,
    )  # fmt: skip


def sheet(county: Ground) -> dict[UUID, str]:
    with acting(county.system):
        return {files.store(PDF, county_id=COUNTY, now=NOW).id: "签字.pdf"}


def proofs(county: Ground) -> list[tuple[str, str, list[str]]]:
    with acting(county.system):
        rows = Proof.objects.filter(voided_at=None).order_by("act", "org__key")
        return [(one.act, one.org.key, one.quals) for one in rows]


def hazards(county: Ground) -> list[tuple[str, str, list[str]]]:
    with acting(county.system):
        rows = Event.objects.filter(event="hazard.found", voided_at=None).order_by("org__key")
        return [(one.org.key, one.about, one.quals) for one in rows]


def test_a_check_proves_what_was_done_and_how_near(county: Ground) -> None:
    venue = county.venue(0, -250, kind="internet-cafe")
    check(county, venue, people=3)
    assert proofs(county) == [
        ("perimeter-survey", "market", ["category=culture"]),
        (
            "venue-check", "market",
            ["done=check", "venues=internet-cafe", "within=1000", "within=300", "within=500"],
        ),
    ]  # fmt: skip
    assert hazards(county) == []


def test_far_from_every_school_it_is_a_check_and_nothing_else(county: Ground) -> None:
    check(county, county.venue(2500, 0), action="clean-up")
    assert proofs(county) == [("venue-check", "market", ["done=clean-up", "venues=restaurant"])]


def test_a_clean_up_counts_for_whoever_signed(county: Ground) -> None:
    venue = county.venue(0, -20, kind="street-stall")
    station = [county.orgs["station"].id]
    check(county, venue, action="clean-up", parties=station)
    assert {org for _, org, _ in proofs(county)} == {"market"}
    check(county, venue, action="clean-up", parties=station, sheet=sheet(county))
    joint = [
        quals for act, org, quals in proofs(county) if org == "station" and act == "rectification-action"
    ]
    assert joint == [["joint-with=market-regulator", "scope=perimeter", "venues=street-stall"]]
    with acting(county.system):
        assert sorted(CheckParty.objects.values_list("signed", flat=True)) == [False, True]


def test_a_bad_finding_raises_a_hazard_where_a_ring_is_in_force(county: Ground) -> None:
    near, beyond = county.venue(0, -150, kind="internet-cafe"), county.venue(0, -260, kind="internet-cafe")
    bad: dict[str, Any] = {"good": False, "what": "接纳未成年人"}
    check(county, near, **bad)
    assert hazards(county) == []
    county.adopt("national-norms")
    check(county, beyond, **bad)
    assert hazards(county) == []
    found = check(county, near, **bad)
    quals = ["area=perimeter", "fixed=no", "severity=minor"]
    assert hazards(county) == [("central", "饭店0--150（网吧）：接纳未成年人", quals)]
    void_check(actor=county.actors["market"], check_id=found.id, reason="看错了", now=NOW)
    assert hazards(county) == []
    assert len([act for act, _, _ in proofs(county) if act == "venue-check"]) == 2


def test_the_same_press_twice_is_one_check(county: Ground) -> None:
    venue, actor = county.venue(0, -50), county.actors["market"]
    given: dict[str, Any] = {
        "actor": actor, "org_id": county.orgs["market"].id, "venue_id": venue.id, "client_id": uuid7(),
    }  # fmt: skip
    found = Found("check", NOW, True)
    first = record_check(**given, found=found, now=NOW)
    assert record_check(**given, found=found, now=NOW + timedelta(hours=1)).id == first.id
    with pytest.raises(Refused, match="conflict-client-id"):
        record_check(**given, found=Found("check", NOW, False, "变了"), now=NOW)
    with acting(county.system):
        assert VenueCheck.objects.count() == 1


@pytest.mark.parametrize(
    "field, wrong",
    [
        ("action", {"action": "look"}),
        ("what", {"good": False}),
        ("what", {"what": "长" * 501}),
        ("at", {"at": NOW + timedelta(minutes=1)}),
        ("people", {"people": 0}),
        ("partner", {"parties": [uuid7()]}),
        ("photos", {"photos": {uuid7(): "别人的.jpg"}}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(county: Ground, field: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="invalid-check") as refused:
        check(county, county.venue(0, -50), **wrong)
    errors: Any = refused.value.facts["errors"]
    assert field in errors
    assert proofs(county) == []


def test_the_bureau_records_for_an_agency_with_the_signed_sheet(county: Ground) -> None:
    venue, officer = county.venue(0, -50), county.actors["officer"]
    given: dict[str, Any] = {
        "actor": officer, "org_id": county.orgs["station"].id, "venue_id": venue.id,
        "recorded_by": county.orgs["bureau"].id,
    }  # fmt: skip
    with pytest.raises(Refused, match="invalid-check"):
        record_check(**given, client_id=uuid7(), found=Found("check", NOW, True), now=NOW)
    kept = record_check(
        **given, client_id=uuid7(), found=Found("check", NOW, True, sheet=sheet(county)), now=NOW
    )
    assert {org for _, org, _ in proofs(county)} == {"station"}
    void_check(actor=officer, check_id=kept.id, reason="登记错了", now=NOW)
    assert proofs(county) == []


def test_who_may_not_check_changes_nothing(county: Ground) -> None:
    venue = county.venue(0, -50)
    for person, code in (("safety", "forbidden"), ("head", "forbidden"), ("governor", "forbidden")):
        with pytest.raises(Refused, match=code):
            check(county, venue, person)
    # What cannot be seen is not there.
    with pytest.raises(Refused, match="not-found"):
        check(county, county.venue(5000, 50), "police")
    assert proofs(county) == []
