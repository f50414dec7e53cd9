"""Risk points: written, taken over, corrected, reviewed, removed; lists gone through; warnings."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from huyuan.duties.models import Event, Proof
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.models import Place
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, NOW, SmallCounty
from huyuan.risks import actions, queries
from huyuan.risks.models import RiskPoint, RiskVersion
from huyuan.trace.models import Record

ANSWERS = {
    "what": ["放学时校门口人车混行"],
    "category": ["traffic"],
    "level": ["larger"],
    "spot": ["东门外"],
    "controls": ["错峰放学，值守分流。"],
    "major_source": ["no"],
    "watch_post": ["safety-officer"],
    "review_on": ["2026-11-14"],
}
LATER = NOW + timedelta(days=40)


def add(county: SmallCounty, who: str = "safety", org: str = "central", **more: list[str]) -> RiskPoint:
    actor = county.actors[who]
    post = {"officer": ["bureau-officer"]}.get(who, ["safety-officer"])
    with acting(actor):
        return actions.risk_point_add(
            actor=actor, org_id=county.orgs[org].id, client_id=uuid4(),
            answers=ANSWERS | {"watch_post": post} | more, now=NOW,
        )  # fmt: skip


def does(county: SmallCounty, who: str, verb: Callable[..., Any], **given: Any) -> Any:
    actor = county.actors[who]
    with acting(actor):
        return verb(**{"actor": actor, "now": NOW} | given)


def code(county: SmallCounty, who: str, verb: Callable[..., Any], **given: Any) -> str:
    with pytest.raises(Refused) as error:
        does(county, who, verb, **given)
    return error.value.code


def test_a_regional_item_in_a_school(county: SmallCounty) -> None:
    item = add(county, "officer", "bureau")
    assert item.regional and not add(county).regional
    central = county.orgs["central"].id
    taken = does(county, "safety", actions.risk_point_adopt, point_id=item.id, org_id=central)
    again = does(county, "head", actions.risk_point_adopt, point_id=item.id, org_id=central)
    assert (taken.id, taken.origin_id, taken.review_on) == (again.id, item.id, date(2026, 11, 14))
    officer, safety = county.actors["officer"], county.actors["safety"]
    with acting(officer):
        (listed,) = queries.regional(officer)
        assert getattr(listed, "taken", None) == 1
        kept = {one.name: (one.points, one.overdue) for one in queries.ledgers(officer, LATER.date())}
    assert kept == {"central单位": (2, 2), "other单位": (0, 0), "point单位": (0, 0)}
    with acting(safety):
        assert queries.taken_by(central) == {item.id}
        assert [one.point_id for one in queries.ledger(county.orgs["central"], removed=False)][-1] == taken.id
    # Whoever works at another school reads the regional list, and nothing of this school's.
    guard = county.actors["guard"]
    with acting(guard):
        assert [one.point_id for one in queries.regional(guard)] == [item.id]
        with pytest.raises(Refused, match="not-found"):
            queries.point_seen(guard, taken.id)
        assert not RiskVersion.objects.filter(point_id=taken.id).exists()
    assert code(county, "safety", actions.risk_point_adopt, point_id=taken.id, org_id=central) == "not-found"


def test_a_correction_keeps_what_was_said(county: SmallCounty) -> None:
    point = add(county)
    new = ANSWERS | {"spot": ["东门外50米"], "review_on": ["2026-12-01"]}
    given = {"point_id": point.id, "number": 1, "answers": new}
    does(county, "head", actions.risk_point_correct, **given)
    assert code(county, "safety", actions.risk_point_correct, **given) == "stale-risk-point"
    safety = county.actors["safety"]
    with acting(safety):
        seen = queries.point_seen(safety, point.id)
        said = [(one.number, one.spot, one.standing) for one in queries.versions_of(seen)]
        assert said == [(2, "东门外50米", True), (1, "东门外", False)]
        assert seen.review_on == date(2026, 12, 1)
    with acting(county.system):
        verbs = Record.objects.filter(object_type="risk_point").order_by("at", "id")
        assert list(verbs.values_list("verb", flat=True)) == ["risk-point.add", "risk-point.correct"]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("what", "11010119900307888X常在门口"),
        ("controls", "找13800000000"),
        ("category", "people"),
        ("level", ""),
        ("watch_post", "police-liaison"),
        ("place", "00000000-0000-0000-0000-000000000000"),
        ("review_on", "2026-10-14"),
        ("review_on", "2026-02-30"),
    ],
)
def test_what_a_point_must_not_say(county: SmallCounty, field: str, given: str) -> None:
    with acting(county.system):
        Place.objects.create(county_id=COUNTY, org=county.orgs["central"], kind="gate", name="东门")
    with pytest.raises(Refused) as error:
        add(county, "safety", "central", **{field: [given]})
    assert error.value.code == "invalid-risk-point" and field in str(error.value.facts["errors"])
    with acting(county.system):
        assert not RiskPoint.objects.exists()


@pytest.mark.parametrize(
    ("who", "org"),
    [
        ("safety", "bureau"), ("safety", "other"), ("guard", "other"), ("police", "station"),
        ("police", "central"), ("town-officer", "central"), ("teacher", "point"), ("governor", "central"),
        ("officer", "central"),
    ],
)  # fmt: skip
def test_who_keeps_no_list(county: SmallCounty, who: str, org: str) -> None:
    with pytest.raises(Refused) as error:
        add(county, who, org)
    assert error.value.code in ("forbidden", "not-found")


def test_reviews_move_the_day_and_prove(county: SmallCounty) -> None:
    point, key = add(county), uuid4()
    given = {"point_id": point.id, "client_id": key, "found": "护栏完好", "next_on": date(2026, 12, 14)}
    for _ in "12":
        does(county, "safety", actions.risk_point_review, **given)
    for wrong, said in (
        ({"next_on": NOW.date()}, "invalid-day"),
        ({"next_on": None}, "invalid-day"),
        ({"found": " "}, "missing-text"),
        ({"found": "找13800000000"}, "invalid-text"),
    ):
        assert (
            code(county, "safety", actions.risk_point_review, **given | {"client_id": uuid4()} | wrong)
            == said
        )
    assert (
        code(county, "safety", actions.risk_point_review, **given | {"found": "别的"}) == "conflict-client-id"
    )
    assert code(county, "officer", actions.risk_point_review, **given | {"client_id": uuid4()}) == "forbidden"
    with acting(county.system):
        point.refresh_from_db()
        assert point.review_on == date(2026, 12, 14)
        assert list(Proof.objects.values_list("act", "org__key")) == [("risk-point-review", "central")]


def test_removed_with_a_reason(county: SmallCounty) -> None:
    item = add(county, "officer", "bureau")
    central = county.orgs["central"].id
    first = does(county, "safety", actions.risk_point_adopt, point_id=item.id, org_id=central)
    assert code(county, "safety", actions.risk_point_remove, point_id=first.id, reason="") == "missing-reason"
    for _ in "12":
        does(county, "safety", actions.risk_point_remove, point_id=first.id, reason="围墙已重建")
    review = {"point_id": first.id, "client_id": uuid4(), "found": "好", "next_on": date(2027, 1, 1)}
    assert code(county, "safety", actions.risk_point_review, **review) == "closed-risk-point"
    # It may come back, as a new one.
    second = does(county, "safety", actions.risk_point_adopt, point_id=item.id, org_id=central)
    assert second.id != first.id
    does(county, "officer", actions.risk_point_remove, point_id=item.id, reason="并入另一条")
    other = {"point_id": item.id, "org_id": central}
    assert code(county, "safety", actions.risk_point_adopt, **other) == "closed-risk-point"
    with acting(county.system):
        for wrong in ({"removed_on": None}, {"origin": first.id}):
            with pytest.raises(IntegrityError), transaction.atomic():
                RiskPoint.objects.filter(id=first.id).update(**wrong)


def test_a_list_gone_through(county: SmallCounty) -> None:
    central = county.orgs["central"].id
    given = {"org_id": central, "client_id": uuid4()}
    assert code(county, "safety", actions.risk_list_review, **given) == "missing-points"
    add(county)
    late = {**given, "now": LATER}
    assert code(county, "safety", actions.risk_list_review, **late) == "open-reviews"
    for _ in "12":
        does(county, "safety", actions.risk_list_review, **given)
    add(county, "officer", "bureau")
    does(county, "officer", actions.risk_list_review, org_id=county.orgs["bureau"].id, client_id=uuid4())
    with acting(county.system):
        proofs = Proof.objects.order_by("occurred_at", "org__key").values_list("act", "org__key", "quals")
        assert list(proofs) == [
            ("risk-review", "bureau", ["list=region"]),
            ("risk-review", "central", ["list=school"]),
        ]


def hazards(county: SmallCounty, org: str, category: str, days: Sequence[date], **more: Any) -> None:
    with acting(county.system):
        Event.objects.bulk_create(
            Event(
                county_id=COUNTY, event="hazard.found", org=county.orgs[org],
                subject_id=county.orgs[org].id, quals=[f"category={category}"] if category else [],
                occurred_at=at, known_at=at, source="entry", source_id=uuid7(), **more,
            )
            for day in days
            for at in [datetime(day.year, day.month, day.day, 4, tzinfo=NOW.tzinfo)]
        )  # fmt: skip


def test_warnings_from_counts(county: SmallCounty) -> None:
    hazards(county, "central", "fire", [date(2026, 10, 5)] * 4 + [date(2026, 9, 7)])
    hazards(county, "point", "fire", [date(2026, 10, 6)] * 2)  # a village of the same town
    hazards(county, "other", "", [date(2026, 10, 6)] * 3)
    hazards(county, "central", "food", [date(2026, 10, 6)] * 9, voided_at=NOW)
    hazards(county, "central", "traffic", [date(2026, 5, 6)] * 9)  # too long ago to be compared with
    officer = county.actors["officer"]
    with acting(officer):
        board = queries.board_of(officer, NOW)
        found = [
            (board.towns[one.count.town], one.count.category, one.count.now, one.count.before, one.level.key)
            for one in board.warnings
            if one.level
        ]
    assert found == [("east", "fire", 6, (0, 0, 1), "alarm"), ("west", "unsorted", 3, (0, 0, 0), "attention")]
    # A school is told of its town, though it may not see the other schools there.
    teacher = county.actors["teacher"]
    with acting(teacher):
        assert not Event.objects.filter(org=county.orgs["central"]).exists()
        near = queries.board_near(queries.listing(teacher, county.orgs["point"].id), NOW)
        assert [(one.count.category, one.count.now) for one in near.warnings] == [("fire", 6)]


def test_an_analysis_proves(county: SmallCounty) -> None:
    bureau, key = county.orgs["bureau"].id, uuid4()
    given: dict[str, Any] = {
        "org_id": bureau, "client_id": key, "basis": ["hazard-counts", "nonsense"],
        "conclusion": "东镇消防隐患偏多，下周专项检查。", "warned": ["东镇消防类隐患10月已发现6处"],
    }  # fmt: skip
    for _ in "12":
        does(county, "officer", actions.risk_analyse, **given)
    new: dict[str, UUID] = {"client_id": uuid4()}
    assert code(county, "officer", actions.risk_analyse, **given | new | {"basis": ["x"]}) == "missing-basis"
    assert code(county, "officer", actions.risk_analyse, **given | new | {"conclusion": ""}) == "missing-text"
    wrong = given | new | {"conclusion": "查皖N12345"}
    assert code(county, "officer", actions.risk_analyse, **wrong) == "invalid-text"
    for who in ("safety", "police", "town-officer", "governor"):
        assert code(county, who, actions.risk_analyse, **given | new) in ("forbidden", "not-found")
    with acting(county.system):
        proof = Proof.objects.get()
        assert (proof.act, proof.org_id, proof.quals) == ("risk-analysis", bureau, ["basis=hazard-counts"])
