"""Which windows are offered to whom: rules about one time of day are one, and only who counts is asked."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from huyuan.duties.rules.binding import RULE, Binding
from huyuan.duties.rules.verdicts import Cell, Verdict
from huyuan.duties.tests.adopted import shanghai
from huyuan.duties.tests.judging import rule
from huyuan.portal.windows import Offer, anchor_of, offered

ORG = uuid4()
DAY = "2026-10-14"


def cell(
    anchor: str,
    start: str,
    end: str,
    *,
    qualified: tuple[str, ...] = ("guard",),
    point: str = "gate",
    part: str = "",
    verdict: Verdict = "owed",
    sign_in_since: str = "2026-09-01",
) -> Cell:
    """A window of a rule on 14 October, from one clock time to another one."""
    spec: dict[str, Any] = {
        "point": point,
        "window": {"anchor": [anchor]},
        "at_least": {"people": 1, "qualified": list(qualified)},
    }
    binding = Binding(
        uuid4(),
        uuid4(),
        "p",
        RULE.validate_python(rule("post", **spec)),
        first=date(2026, 9, 1),
        sign_ins={point: date.fromisoformat(sign_in_since)},
    )
    begins, ends = shanghai(f"{DAY}T{start}"), shanghai(f"{DAY}T{end}")
    ends += timedelta(days=ends <= begins)
    period = f"{DAY}-{anchor}-1"
    return Cell(binding, ORG, ORG, part, period, "", date(2026, 10, 14), begins, ends, ends, verdict)


def offers(now: str, *cells: Cell, counts: tuple[str, ...] = ("guard",)) -> list[Offer]:
    counted: dict[UUID, tuple[str, ...]] = {ORG: counts}
    return offered(cells, counted, shanghai(f"{DAY}T{now}"))


def clocks(offer: Offer) -> tuple[datetime, datetime]:
    return offer.start_at, offer.end_at


def test_rules_about_one_time_of_day_are_one_window_from_the_first_start_to_the_last_end() -> None:
    (offer,) = offers("07:00", cell("arrival", "07:40", "08:10"), cell("arrival", "07:10", "08:00"))
    assert clocks(offer) == (shanghai(f"{DAY}T07:10"), shanghai(f"{DAY}T08:10"))


def test_a_rule_that_does_not_count_me_does_not_widen_my_window() -> None:
    leaders = cell("arrival", "07:00", "09:00", qualified=("leader",))
    (offer,) = offers("07:00", cell("arrival", "07:40", "08:10"), leaders)
    assert clocks(offer) == (shanghai(f"{DAY}T07:40"), shanghai(f"{DAY}T08:10"))
    assert offers("07:00", leaders) == []


def test_points_and_times_of_day_stand_apart_the_first_to_begin_first() -> None:
    found = offers(
        "07:00",
        cell("shift", "08:00", "20:00", point="duty-room"),
        cell("dismissal", "16:20", "16:50"),
        cell("arrival", "07:40", "08:10"),
    )
    assert [(one.point, anchor_of(one.period)) for one in found] == [
        ("gate", "arrival"),
        ("duty-room", "shift"),
        ("gate", "dismissal"),
    ]


@pytest.mark.parametrize(
    ("counts", "as_what"),
    [
        (("leader", "staff"), ("leader", "staff")),
        (("staff", "leader", "teacher"), ("staff", "leader")),  # teachers are not asked for
        (("staff",), ("staff",)),
    ],
)
def test_one_tap_counts_as_everything_that_the_window_asks_for(
    counts: tuple[str, ...], as_what: tuple[str, ...]
) -> None:
    both = cell("arrival", "07:40", "08:10", qualified=("leader", "staff"))
    leaders = cell("arrival", "07:10", "08:10", qualified=("leader", "guard"), part="leader")
    (offer,) = offers("07:00", both, leaders, counts=counts)
    assert offer.qualified == as_what


def test_a_part_of_a_window_counts_its_own_qualification_alone() -> None:
    teachers = cell("arrival", "07:40", "08:10", qualified=("guard", "teacher"), part="teacher")
    assert offers("07:00", teachers) == []


@pytest.mark.parametrize(
    ("now", "near"),
    [("05:39", False), ("05:40", True), ("07:40", True), ("08:09", True)],
)
def test_the_button_is_there_from_two_hours_before_until_the_end(now: str, near: bool) -> None:
    (offer,) = offers(now, cell("arrival", "07:40", "08:10"))
    assert offer.is_near(shanghai(f"{DAY}T{now}")) is near


def test_what_is_over_or_does_not_apply_is_not_offered() -> None:
    assert offers("08:10", cell("arrival", "07:40", "08:10")) == []
    assert offers("07:00", cell("arrival", "07:40", "08:10", verdict="not_applicable")) == []
    assert offers("07:00", cell("day", "00:00", "23:59")) == []


def test_until_sign_in_begins_at_the_point_the_roster_is_judged_and_nobody_is_asked() -> None:
    assert offers("07:00", cell("arrival", "07:40", "08:10", sign_in_since="2026-10-15")) == []
    assert offers("07:00", cell("arrival", "07:40", "08:10", sign_in_since="2026-10-14")) != []


def test_a_time_of_day_that_is_not_on_file_is_no_window() -> None:
    unfiled = cell("arrival", "00:00", "23:59", verdict="unknown")._replace(period=f"{DAY}-arrival")
    assert offers("07:00", unfiled) == []
    unanswered = cell("arrival", "07:40", "08:10", verdict="unknown")
    assert len(offers("07:00", unanswered)) == 1
