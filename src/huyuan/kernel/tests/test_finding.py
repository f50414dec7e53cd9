"""Terms of a search, and the excerpt that shows what was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huyuan.kernel.finding import LONGEST, MOST_TERMS, excerpt, marked, plain, terms


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("  北楼　裂缝 ", ("北楼", "裂缝")),
        ("ＡＢＣ１２", ("ABC12",)),
        ("楼", ()),
        ("楼 北", ()),
        ("北楼 楼 北楼", ("北楼", "楼")),
        ("", ()),
        ("a\0b", ("ab",)),
    ],
)
def test_what_was_typed_becomes_terms(typed: str, asked: tuple[str, ...]) -> None:
    assert terms(typed) == asked


def test_nobody_asks_without_end() -> None:
    assert len(terms("北楼 " * 100)) == 1
    assert len(terms(" ".join(f"词{number}" for number in range(20)))) == MOST_TERMS
    assert len("".join(terms("北" * 1000))) == LONGEST


def test_the_excerpt_shows_the_place_with_every_term_marked() -> None:
    text = "一" * 100 + "北楼三层走廊，裂缝，北楼" + "二" * 100
    pieces = excerpt(text, ("裂缝", "北楼"))
    assert pieces[0].text.startswith("…") and pieces[-1].text.endswith("…")
    assert [piece.text for piece in pieces if piece.found] == ["北楼", "裂缝", "北楼"]
    assert excerpt("只有开头", ("没有",))[0].text == "只有开头"


def test_the_longer_of_two_terms_at_one_place_is_marked() -> None:
    assert [piece.text for piece in marked("安全隐患排查", ("安全", "安全隐患")) if piece.found] == [
        "安全隐患"
    ]


@given(st.text(), st.lists(st.text(max_size=3), max_size=4))
def test_marking_keeps_every_character(text: str, asked: list[str]) -> None:
    assert "".join(piece.text for piece in marked(text, asked)) == text


@given(st.text())
def test_writing_in_one_way_is_done_once(text: str) -> None:
    assert plain(plain(text)) == plain(text)
