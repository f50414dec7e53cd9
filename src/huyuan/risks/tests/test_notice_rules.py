"""Risk notices as pure functions: what points to a person, spans and expiries, how recipients stand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huyuan.risks.rules.notices import personal, receipt_of, state_of, wrong_times

NOW = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("某人110101199003078888在校门口", "身份证号"),
        ("证件11010119900307888X", "身份证号"),
        ("证件 110101 19900307 888x", "身份证号"),
        ("１１０１０１１９９００３０７８８８８", "身份证号"),
        ("请打13800000000", "手机号"),
        ("电话138-0000-0000", "手机号"),
        ("电话 138 0000 0000。", "手机号"),
        ("白色面包车皖N12345", "车牌号"),
        ("皖N·D1234", "车牌号"),
        ("皖n-12345停在东门", "车牌号"),
        ("皖 N12345", ""),
        ("2026-10-16 07:30至2026-10-18 18:00，东门外路口", ""),
        ("离校门300米、2号楼、3栋401", ""),
        ("有事打派出所值班电话0564-1234567", ""),
        ("预计5000人到场，第12345678901号", ""),
        ("京剧团演出，A区2门", ""),
    ],
)
def test_numbers_that_point_to_a_person(text: str, what: str) -> None:
    assert what in personal(text) if what else personal(text) == ""
    if what:
        assert "公安机关掌握" in personal(text) and "请删去" in personal(text)


@given(st.text(max_size=40), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(max_size=40))
def test_a_phone_number_is_found_wherever_it_stands(before: str, phone: str, after: str) -> None:
    assert personal(f"{before}，{phone}。{after}")


def test_spans_and_expiry() -> None:
    def wrong(starts: int, ends: int, expires: int) -> set[str]:
        return set(wrong_times(NOW + HOUR * starts, NOW + HOUR * ends, NOW + HOUR * expires, 7, NOW))

    assert wrong(0, 5, 24) == set()
    assert wrong(5, 5, 24) == {"ends"}
    assert wrong(5, 2, 24) == {"ends"}
    assert wrong(-9, -5, 0) == {"expires"}
    assert wrong(0, 48, 24) == {"expires"}
    assert wrong(0, 48, 24 * 8) == set()
    assert wrong(0, 48, 24 * 8 + 1) == {"expires"}


def test_how_a_notice_and_a_recipient_stand() -> None:
    assert state_of(NOW + HOUR, None, NOW) == "in-force"
    assert state_of(NOW, None, NOW) == "expired"
    assert state_of(NOW + HOUR, NOW - HOUR, NOW) == "withdrawn"
    assert receipt_of(None, NOW + HOUR, "in-force", NOW) == "waiting"
    assert receipt_of(None, NOW, "in-force", NOW) == "overdue"
    assert receipt_of(None, NOW, "expired", NOW) == "unsigned"
    assert receipt_of(NOW, NOW - HOUR, "withdrawn", NOW) == "signed"
