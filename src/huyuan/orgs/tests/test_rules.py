"""Passwords, numbers, codes and the second factor as pure functions."""

from datetime import UTC, datetime, timedelta

import pytest

from huyuan.orgs import rules

NOW = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)


# RFC 6238, appendix B, SHA-1; the last six of its eight figures.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    secret = b"12345678901234567890"
    assert rules.totp(secret, seconds // 30) == code
    assert (
        rules.matching_step(secret, code, now=datetime.fromtimestamp(seconds, UTC), after=0) == seconds // 30
    )


@pytest.mark.parametrize(("late", "right"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_a_clock_may_be_one_step_off(late: int, right: bool) -> None:
    start = datetime.fromtimestamp(NOW.timestamp() // 30 * 30 + (0 if late < 0 else 29), UTC)
    code = rules.totp(b"secret", int(start.timestamp()) // 30)
    found = rules.matching_step(b"secret", code, now=start + timedelta(seconds=late), after=0)
    assert (found is not None) is right


def test_a_code_counts_once() -> None:
    step = int(NOW.timestamp()) // 30
    code = rules.totp(b"secret", step)
    assert rules.matching_step(b"secret", code, now=NOW, after=step - 1) == step
    assert rules.matching_step(b"secret", code, now=NOW, after=step) is None


@pytest.mark.parametrize(
    ("level", "password", "faults"),
    [
        (2, "shanqing12", 0),
        (2, "shanqing1", 1),
        (2, "shanqingxx", 1),
        (2, "short", 2),
        (2, "zhang3-shan", 1),
        (2, "13812345678-a", 1),
        (3, "shanqing12", 2),
        (3, "Shanqing12-x", 0),
        (3, "shanqing-xian", 1),
    ],
)
def test_passwords_by_protection_level(level: int, password: str, faults: int) -> None:
    found = rules.password_faults(password, rules.LEVELS[level], ["zhang3", "13812345678"])
    assert len(found) == faults, found


def test_level_three_asks_for_no_less_than_level_two() -> None:
    two, three = rules.LEVELS[2], rules.LEVELS[3]
    assert three.length >= two.length and three.classes >= two.classes
    assert three.change_after <= two.change_after and three.idle <= two.idle
    assert three.second_factor == ("*",)


def test_a_password_grows_old_only_when_its_owner_chose_it() -> None:
    level = rules.LEVELS[3]
    assert not rules.password_expired(None, level, NOW)
    assert not rules.password_expired(NOW - timedelta(days=89), level, NOW)
    assert rules.password_expired(NOW - timedelta(days=90), level, NOW)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("13812345678", "13812345678"),
        (" 138-1234 5678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("(138)12345678", "13812345678"),
        ("12812345678", None),
        ("1381234567", None),
        ("138123456789", None),
        ("0476-1234567", None),
        ("张三", None),
        ("", None),
    ],
)
def test_mobile_numbers(typed: str, plain: str | None) -> None:
    assert rules.plain_phone(typed) == plain


def test_numbers_are_masked_and_codes_grouped() -> None:
    assert rules.masked_phone("13812345678") == "138****5678"
    assert rules.grouped("ABCDEFGHJKMN") == "ABCD-EFGH-JKMN"
    assert rules.plain_code(" abcd-efgh jkmn。") == "ABCDEFGHJKMN"
    assert not set("OIL01") & set(rules.CODE_LETTERS)


def test_figures_in_names_sort_as_numbers() -> None:
    names = ["保安10", "值日教师", "保安2", "保安", "二年级1班", "保安2甲"]
    assert sorted(names, key=rules.by_number) == [
        "二年级1班", "保安", "保安2", "保安2甲", "保安10", "值日教师",
    ]  # fmt: skip
