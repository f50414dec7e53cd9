"""How explanations name things."""

import pytest

from huyuan.duties.rules.because import qualifier

WORDS = {"scope=whole-school": "全校", "orgkind:police-station": "派出所", "paper:three-lists": "三清单"}


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("scope=whole-school", "全校"),
        ("joint-with=police-station", "派出所"),
        ("paper=three-lists", "三清单"),
        ("paper=nobody-knows", "nobody-knows"),
    ],
)
def test_a_qualifier_is_named_by_the_vocabulary_or_as_a_kind_of_organisation(token: str, said: str) -> None:
    assert qualifier(WORDS, token) == said
