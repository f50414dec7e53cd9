"""A text cut by claims: nothing lost, nothing twice, each sentence with its claims."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huyuan.portal.segments import Segment, segments

TEXT = "学校每周排查一次，每月28日前报送台账。教育局每月会商。"


def claims(*quotes: str) -> list[dict[str, str]]:
    return [{"quote": quote, "status": "carried"} for quote in quotes]


def test_sentences_and_what_lies_between() -> None:
    assert segments(TEXT, claims("每周排查一次", "教育局每月会商")) == [
        Segment("学校", ()),
        Segment("每周排查一次", (1,)),
        Segment("，每月28日前报送台账。", ()),
        Segment("教育局每月会商", (2,)),
        Segment("。", ()),
    ]


def test_claims_that_overlap_share_a_segment() -> None:
    found = segments(TEXT, claims("每周排查一次，每月28日前报送台账", "每月28日前"))
    assert [one for one in found if one.claims] == [
        Segment("每周排查一次，", (1,)),
        Segment("每月28日前", (1, 2)),
        Segment("报送台账", (1,)),
    ]


def test_the_same_words_twice_are_told_apart_by_their_order() -> None:
    found = segments("每月检查。每月通报。", claims("每月检查", "每月"))
    assert [one for one in found if one.claims] == [Segment("每月", (1, 2)), Segment("检查", (1,))]
    later = segments("每月检查。每月通报。", claims("检查", "每月"))
    assert [one.text for one in later] == ["每月", "检查", "。", "每月", "通报。"]
    assert later[3].claims == (2,)


@pytest.mark.parametrize("quote", ["没有这句话", "学校每日"])
def test_a_quote_that_is_not_there_marks_nothing(quote: str) -> None:
    assert segments(TEXT, claims(quote)) == [Segment(TEXT, ())]


@given(st.lists(st.tuples(st.integers(0, 26), st.integers(1, 9)), max_size=6))
def test_the_pieces_are_the_text(spans: list[tuple[int, int]]) -> None:
    quotes = [quote for start, length in spans if (quote := TEXT[start : start + length])]
    found = segments(TEXT, claims(*quotes))
    assert "".join(one.text for one in found) == TEXT
    for number, quote in enumerate(quotes, start=1):
        assert "".join(one.text for one in found if number in one.claims) == quote
