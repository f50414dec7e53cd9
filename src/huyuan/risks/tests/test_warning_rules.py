"""Early warning as a pure function of counts."""

from datetime import date

import pytest

from huyuan.risks.rules.warnings import Count, counted, months_before, warned
from huyuan.risks.schema import WarningSpec

ALARM = WarningSpec(key="alarm", zh="预警", at_least=6, percent=200, months=3)
ATTENTION = WarningSpec(key="attention", zh="关注", at_least=3, percent=150, months=3)


@pytest.mark.parametrize(
    ("now", "before", "level"),
    [
        (0, (0, 0, 0), None),
        (2, (0, 0, 0), None),
        (3, (0, 0, 0), ATTENTION),
        (6, (0, 0, 0), ALARM),
        (6, (3, 3, 3), ALARM),
        (6, (3, 3, 4), ATTENTION),
        (6, (4, 4, 4), ATTENTION),
        (6, (4, 4, 5), None),
        (3, (2, 2, 2), ATTENTION),
        (3, (2, 2, 3), None),
        (100, (90, 90, 90), None),
    ],
)
def test_levels(now: int, before: tuple[int, ...], level: WarningSpec | None) -> None:
    assert warned(Count("east", "fire", now, before), (ALARM, ATTENTION)).level == level


def test_months_and_counts() -> None:
    months = months_before(date(2026, 2, 1), 3)
    assert months == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    found = counted([("east", "fire", date(2026, 2, 1), 4), ("east", "fire", date(2025, 12, 1), 2)], months)
    assert found == {("east", "fire"): Count("east", "fire", 4, (0, 2, 0))}
    assert found["east", "fire"].mean == pytest.approx(2 / 3)
