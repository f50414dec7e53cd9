import pytest
from pydantic import ValidationError

from huyuan.orgs import vocabulary
from huyuan.orgs.models import Word
from huyuan.orgs.vocabulary import FactSpec, PostSpec


def test_words_are_installed_in_order_and_renamed(db: None) -> None:
    vocabulary.install(
        "post", [PostSpec(key="head", zh="校长"), PostSpec(key="guard", zh="保安", at=("school",))]
    )
    assert list(vocabulary.names("post").items()) == [("head", "校长"), ("guard", "保安")]
    vocabulary.install("post", [PostSpec(key="guard", zh="保安员"), PostSpec(key="admin", zh="管理员")])
    # A word that the new version no longer has stays: rows use it.
    assert set(vocabulary.names("post").items()) == {
        ("guard", "保安员"),
        ("admin", "管理员"),
        ("head", "校长"),
    }
    assert Word.objects.get(key="guard").detail == {}
    assert vocabulary.names("fact") == {}


def test_a_fact_keeps_its_values(db: None) -> None:
    fact = FactSpec.model_validate(
        {"key": "nature", "zh": "办学性质", "sentence": "的办学性质是", "values": {"public": "公办"}}
    )
    vocabulary.install("fact", [fact])
    assert Word.objects.get(key="nature").detail == {"sentence": "的办学性质是", "values": {"public": "公办"}}


@pytest.mark.parametrize("key", ["Head", "head ", "校长", "a--b", "", "x" * 61])
def test_a_key_is_lower_case_latin(key: str) -> None:
    with pytest.raises(ValidationError):
        PostSpec(key=key, zh="校长")
