import pickle

import pytest

from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("missing-field", 400),
        ("not-ready", 400),
        ("closedness", 400),
        ("not-found", 404),
        ("forbidden", 403),
        ("forbidden-step", 403),
        ("unknown-entry", 404),
        ("conflict-uuid", 409),
        ("stale-version", 409),
        ("already-confirmed", 409),
        ("closed-period", 409),
    ],
)
def test_the_family_of_a_code_decides_its_status(code: str, status: int) -> None:
    assert Refused(code, "请刷新页面后重试。").http_status == status


def test_a_refusal_keeps_its_facts_when_it_travels_between_processes() -> None:
    refused = pickle.loads(
        pickle.dumps(Refused("closed-period", "本期已结束，请登记更正。", period="2026-10"))
    )
    assert (refused.code, refused.message, refused.facts) == (
        "closed-period",
        "本期已结束，请登记更正。",
        {"period": "2026-10"},
    )


def test_ids_sort_by_the_order_in_which_they_were_made() -> None:
    made = [uuid7() for _ in range(5000)]
    assert made == sorted(made) and len(set(made)) == len(made)
    assert {made_id.version for made_id in made} == {7}
