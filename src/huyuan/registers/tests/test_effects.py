"""What an entry means, as tables: effects_of is pure."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from huyuan.registers.effects import (
    ActDone,
    EventRaised,
    MeasureTaken,
    PresenceSeen,
    effects_of,
    happened_at,
)
from huyuan.registers.schema import FormSpec

AT = datetime(2026, 10, 13, 1, 0, tzinfo=UTC)


def form(effects: list[dict[str, Any]], fields: list[dict[str, Any]], **more: Any) -> FormSpec:
    return FormSpec.model_validate(
        {"key": "f", "title": "表", "theme": "t", "fields": fields, "effects": effects, **more}
    )


CHOICES = {"id": "topics", "label": "主题", "type": "choices", "options": ["fire", "water"]}
JOINT = {"id": "joint", "label": "联合", "type": "yes_no"}
PARTNER = {"id": "partner", "label": "联合单位", "type": "organisation", "many": True}
COUNT = {"id": "people", "label": "人数", "type": "people_count"}
NAMES = {"id": "names", "label": "人员", "type": "person", "many": True}
ROWS = {
    "id": "rows",
    "label": "行",
    "type": "group",
    "fields": [
        {"id": "kind", "label": "类", "type": "choice", "options": ["a", "b"]},
        {"id": "gate", "label": "校门", "type": "place"},
        {"id": "who", "label": "谁", "type": "text"},
        {"id": "from", "label": "从", "type": "time"},
        {"id": "to", "label": "到", "type": "time"},
    ],
}


def test_an_act_with_literal_and_chosen_qualifiers_sorted() -> None:
    spec = form(
        [
            {
                "effect": "act",
                "act": "lesson",
                "where": {"topic": "$topics", "mode": "class"},
                "people": "$people",
            }
        ],
        [CHOICES, COUNT],
    )
    (act,) = effects_of(spec, {"topics": ["water", "fire"], "people": 30}, occurred_at=AT)
    assert act == ActDone("lesson", ("mode=class", "topic=fire", "topic=water"), AT, 0, people=30)


def test_an_unanswered_field_gives_no_token() -> None:
    spec = form([{"effect": "act", "act": "lesson", "where": {"topic": "$topics"}}], [CHOICES])
    (act,) = effects_of(spec, {}, occurred_at=AT)
    assert isinstance(act, ActDone) and act.quals == ()


@pytest.mark.parametrize(
    ("body", "happens"), [({"joint": True}, True), ({"joint": False}, False), ({}, False)]
)
def test_an_effect_may_hang_on_an_answer(body: dict[str, Any], happens: bool) -> None:
    spec = form([{"effect": "act", "act": "x", "if": {"field": "joint", "is": ["yes"]}}], [JOINT])
    assert bool(effects_of(spec, body, occurred_at=AT)) is happens


def test_people_are_counted_by_name() -> None:
    spec = form([{"effect": "act", "act": "x", "people": "$names"}], [NAMES])
    (act,) = effects_of(spec, {"names": ["p1", "p2"]}, occurred_at=AT)
    assert isinstance(act, ActDone) and act.people == 2


def test_partners_are_named_and_their_kind_qualifies() -> None:
    spec = form(
        [{"effect": "act", "act": "x", "where": {"with": "$partner"}, "partner": "$partner"}], [PARTNER]
    )
    (act,) = effects_of(spec, {"partner": ["id1"]}, occurred_at=AT, org_kinds={"id1": "police-station"})
    assert isinstance(act, ActDone)
    assert act.partners == ("id1",)
    assert act.quals == ("with=police-station",)


def test_rows_give_an_effect_each_with_their_own_place_and_number() -> None:
    spec = form(
        [
            {
                "effect": "event",
                "event": "e",
                "repeat": "rows",
                "if": {"field": "kind", "is": ["a"]},
                "where": {"k": "$kind"},
            }
        ],
        [ROWS],
    )
    body = {"rows": [{"kind": "a", "gate": "g1"}, {"kind": "b"}, {"kind": "a"}]}
    assert effects_of(spec, body, occurred_at=AT, class_id="c9") == [
        EventRaised("e", ("k=a",), AT, 0, "g1"),
        EventRaised("e", ("k=a",), AT, 1, "c9"),
    ]


RAISED = {"effect": "event", "event": "e"}
DONE = {"effect": "act", "act": "x"}
IN_ROWS: dict[str, Any] = {"repeat": "rows"}


@pytest.mark.parametrize(
    ("effects", "answered"),
    [
        ([RAISED | IN_ROWS, DONE | IN_ROWS | {"if": {"field": "kind", "is": ["a"]}}], [0]),  # its own row
        ([DONE | IN_ROWS, RAISED | IN_ROWS], [2, 3]),  # whichever stands first in the form
        ([RAISED, DONE | IN_ROWS], [0, 0]),  # of the entry, where rows raise none
        ([RAISED, RAISED | IN_ROWS, DONE], [0]),  # of the entry, beside those of rows
        ([RAISED | IN_ROWS | {"if": {"field": "kind", "is": ["a"]}}, DONE], [0]),  # the only one
        ([RAISED | IN_ROWS, DONE], [None]),  # one of two: nobody said which
        ([RAISED | IN_ROWS | {"if": {"field": "kind", "is": ["a"]}}, DONE | IN_ROWS], [0, None]),
        ([DONE], [None]),
    ],
)
def test_an_act_answers_the_event_of_its_own_row(
    effects: list[dict[str, Any]], answered: list[int | None]
) -> None:
    body = {"rows": [{"kind": "a"}, {"kind": "b"}]}
    found = effects_of(form(effects, [ROWS]), body, occurred_at=AT)
    assert [act.event for act in found if isinstance(act, ActDone)] == answered


def test_an_act_that_names_what_it_answers_answers_nothing_else() -> None:
    spec = form([RAISED, DONE | {"answers": "$which"}], [{"id": "which", "label": "哪一件", "type": "text"}])
    _, act = effects_of(spec, {"which": "other"}, occurred_at=AT)
    assert isinstance(act, ActDone) and (act.answers, act.event) == ("other", None)


def test_an_event_says_what_it_is_about_in_the_words_of_the_form() -> None:
    kind = {"id": "kind", "label": "类", "type": "choice", "options": [{"value": "a", "label": "甲类"}]}
    rows = {
        "id": "rows",
        "label": "行",
        "type": "group",
        "fields": [{"id": "what", "label": "事", "type": "text"}],
    }
    spec = form(
        [RAISED | IN_ROWS | {"says": ["$partner", "$kind", "$what"]}], [PARTNER | {"many": False}, kind, rows]
    )
    body = {"partner": "id1", "kind": "a", "rows": [{"what": "墙裂"}, {}]}
    found = effects_of(spec, body, occurred_at=AT, org_names={"id1": "二小"})
    assert [event.about for event in found if isinstance(event, EventRaised)] == [
        "二小，甲类，墙裂",
        "二小，甲类",
    ]
    (unnamed, _) = effects_of(spec, body, occurred_at=AT)
    assert isinstance(unnamed, EventRaised) and unnamed.about == "甲类，墙裂"


def test_a_measure_holds_from_its_day_and_is_left_out_when_empty() -> None:
    spec = form([{"effect": "measure", "measure": "cameras", "value": "$people"}], [COUNT])
    assert effects_of(spec, {"people": 0}, occurred_at=AT) == [
        MeasureTaken("cameras", Decimal(0), date(2026, 10, 13))
    ]
    assert effects_of(spec, {}, occurred_at=AT) == []


@pytest.mark.parametrize(
    ("kept_from", "hours"),
    [
        ("2026-10-11T09:00", 48),
        ("2026-10-11T09:01", 47),
        ("2026-10-13T09:00", 0),
        ("2026-10-13T09:30", -1),
    ],
)
def test_hours_are_counted_whole_until_the_entry_happened(kept_from: str, hours: int) -> None:
    kept = {"id": "kept", "label": "留样时间", "type": "datetime"}
    spec = form([{"effect": "measure", "measure": "hours", "value": {"hours_from": "$kept"}}], [kept])
    assert effects_of(spec, {"kept": kept_from}, occurred_at=AT) == [
        MeasureTaken("hours", Decimal(hours), date(2026, 10, 13))
    ]
    assert effects_of(spec, {}, occurred_at=AT) == []


def test_none_of_what_is_counted_up_adds_nothing() -> None:
    spec = form([{"effect": "measure", "measure": "breaches", "value": "$people", "add": True}], [COUNT])
    assert effects_of(spec, {"people": 0}, occurred_at=AT) == []
    (taken,) = effects_of(spec, {"people": 2}, occurred_at=AT)
    assert isinstance(taken, MeasureTaken) and taken.value == 2


def test_a_literal_measure_adds_up() -> None:
    spec = form([{"effect": "measure", "measure": "breaches", "value": 1, "add": True}], [COUNT])
    (taken,) = effects_of(spec, {}, occurred_at=AT)
    assert taken == MeasureTaken("breaches", Decimal(1), date(2026, 10, 13), add=True)


@pytest.mark.parametrize(
    ("starts", "ends", "last"),
    [
        ("07:30", "08:10", datetime(2026, 10, 13, 0, 10, tzinfo=UTC)),
        ("22:00", "06:00", datetime(2026, 10, 13, 22, 0, tzinfo=UTC)),
        ("22:00", "24:00", datetime(2026, 10, 13, 16, 0, tzinfo=UTC)),
    ],
)
def test_a_presence_lies_on_its_shanghai_day_and_may_cross_midnight(
    starts: str, ends: str, last: datetime
) -> None:
    spec = form(
        [
            {
                "effect": "presence",
                "repeat": "rows",
                "point": "gate",
                "qualified": "guard",
                "person": "$who",
                "from": "$from",
                "until": "$to",
            }
        ],
        [ROWS],
    )
    body = {"rows": [{"who": "甲", "from": starts, "to": ends}, {"who": "乙"}]}
    (seen,) = effects_of(spec, body, occurred_at=AT)
    assert isinstance(seen, PresenceSeen)
    assert (seen.person, seen.ends_at) == ("甲", last)


@pytest.mark.parametrize(
    ("value", "when"),
    [
        (None, AT),
        ("2026-10-13", AT),  # today: now
        ("2026-10-12", datetime(2026, 10, 11, 16, 0, tzinfo=UTC)),  # an earlier day: its first instant
        ("2026-10-12T07:30", datetime(2026, 10, 11, 23, 30, tzinfo=UTC)),
        ("2026-10-12T07:30+08:00", datetime(2026, 10, 11, 23, 30, tzinfo=UTC)),
    ],
)
def test_when_an_entry_happened(value: str | None, when: datetime) -> None:
    spec = form([], [{"id": "day", "label": "日", "type": "date"}], happened="day")
    assert happened_at(spec, {"day": value} if value else {}, AT) == when


@pytest.mark.parametrize(
    ("day", "when"),
    [
        ("2026-10-12", datetime(2026, 10, 11, 16, 0, tzinfo=UTC)),
        (
            "2026-09-29",
            datetime(2026, 9, 30, 16, 0, tzinfo=UTC),
        ),  # handed in early: the month's first instant
        ("2026-11-03", datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC)),  # late: its last one
    ],
)
def test_what_is_said_of_a_month_happened_in_it(day: str, when: datetime) -> None:
    fields = [{"id": "month", "label": "月", "type": "month"}, {"id": "day", "label": "日", "type": "date"}]
    spec = form([], fields, happened="day", for_month="month")
    assert happened_at(spec, {"month": "2026-10", "day": day}, datetime(2026, 11, 5, tzinfo=UTC)) == when
