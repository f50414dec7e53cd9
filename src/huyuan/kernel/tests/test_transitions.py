from typing import NamedTuple

import pytest

from huyuan.kernel.errors import Refused
from huyuan.kernel.transitions import Table, Transition


class Hazard(NamedTuple):
    photos: int
    major: bool


def has_photo(hazard: Hazard) -> str | None:
    return None if hazard.photos else "请先上传整改后的照片。"


def is_major(hazard: Hazard) -> str | None:
    return None if hazard.major else "一般隐患由学校销号。"


ROWS: tuple[Transition[Hazard], ...] = (
    Transition("open", "fix", "review", "school", is_major),
    Transition("open", "fix", "closed", "school", has_photo),
    Transition("open", "assign", "open", "bureau"),
    Transition("review", "pass", "closed", "bureau"),
)
STATES = {"open": "待整改", "review": "待复查", "closed": "已销号"}
VERBS = {"fix": "整改完成", "assign": "交办", "pass": "复查通过"}
TABLE = Table(ROWS, STATES, VERBS)


def test_buttons_are_the_steps_that_will_be_taken() -> None:
    for party in ("school", "bureau"):
        for state in STATES:
            for facts in (Hazard(0, False), Hazard(1, False), Hazard(0, True), Hazard(1, True)):
                offered = {row.verb: row.to for row in TABLE.allowed(state, party, facts)}
                taken = {}
                for verb in VERBS:
                    try:
                        taken[verb] = TABLE.apply(state, verb, party, facts)
                    except Refused:
                        continue
                assert offered == taken


def test_the_first_row_whose_guard_passes_counts() -> None:
    assert TABLE.apply("open", "fix", "school", Hazard(1, True)) == "review"
    assert TABLE.apply("open", "fix", "school", Hazard(1, False)) == "closed"
    assert [row.to for row in TABLE.allowed("open", "school", Hazard(1, True))] == ["review"]


@pytest.mark.parametrize(
    ("state", "verb", "party", "code", "status", "words"),
    [
        ("closed", "fix", "school", "conflict-step", 409, "现在是“已销号”，不能“整改完成”"),
        ("open", "burn", "school", "conflict-step", 409, "不能“burn”"),
        ("review", "pass", "school", "forbidden-step", 403, "由另一方办理"),
        ("open", "fix", "school", "conflict-guard", 409, "一般隐患由学校销号"),
    ],
)
def test_refusals_say_why(state: str, verb: str, party: str, code: str, status: int, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        TABLE.apply(state, verb, party, Hazard(0, False))
    assert (refused.value.code, refused.value.http_status) == (code, status)


def test_a_table_that_cannot_be_right_is_refused_when_it_is_written() -> None:
    with pytest.raises(ValueError, match="no Chinese name for lost"):
        Table((Transition("open", "fix", "lost", "school"),), STATES, VERBS)
    with pytest.raises(ValueError, match="no Chinese name for burn"):
        Table((Transition("open", "burn", "closed", "school"),), STATES, VERBS)
    with pytest.raises(ValueError, match="never be reached"):
        Table((Transition("open", "fix", "closed", "school"), *ROWS), STATES, VERBS)
