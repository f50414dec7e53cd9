"""The words for organisations: their kinds, their posts, and facts about them, as the installed packs name
them.

The package `packs` reads the files (orgkinds.yaml, posts.yaml, facts.yaml) with these schemas and calls
`install`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from pydantic import BaseModel, ConfigDict, StringConstraints

from huyuan.orgs.kept import per_library
from huyuan.orgs.models import Word

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$", max_length=60)]
Zh = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
List = Literal["orgkind", "post", "fact"]


class WordSpec(BaseModel):
    """A key and its Chinese name."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: Key
    zh: Zh
    note: str | None = None


class OrgKindSpec(WordSpec):
    """A kind of organisation. `side`: a school owes most duties; agencies and others work with schools."""

    side: Literal["school", "agency", "government", "company", "society"]


class PostSpec(WordSpec):
    """A kind of post and the kinds of organisation that may have it (empty: every one). `leads`: it stands
    at the top of its organisation, and what is nobody else's falls to it."""

    at: tuple[Key, ...] = ()
    leads: bool = False


class FactSpec(WordSpec):
    """A fact about an organisation that a rule's `who` and `if` may ask: `values` when it is one of
    several, else it holds or not; `number` when it is a figure, `text` when it is said in words, on a page of
    its own. `sentence` completes 这所学校…"""

    sentence: Zh
    values: dict[Key, Zh] = {}
    number: bool = False
    text: bool = False


def install(which: List, specs: Iterable[WordSpec]) -> None:
    """Make the words of one list what `specs` say, in their order. Words that a newer version no longer
    names stay, for rows use them."""
    words = [
        Word(
            list=which,
            key=spec.key,
            zh=spec.zh,
            place=number,
            detail=spec.model_dump(mode="json", exclude={"key", "zh"}, exclude_defaults=True),
        )
        for number, spec in enumerate(specs)
    ]
    Word.objects.bulk_create(
        words,
        update_conflicts=True,
        unique_fields=["list", "key"],
        update_fields=["zh", "place", "detail"],
    )


def school_kinds() -> QuerySet[Word, Any]:
    """The kinds of organisation that live by school terms, one `key` each."""
    return Word.objects.filter(list="orgkind", detail__side="school").values("key")


def leading_posts() -> QuerySet[Word, Any]:
    """The kinds of post that lead an organisation, one `key` each, in the order of the vocabulary."""
    return Word.objects.filter(list="post", detail__leads=True).order_by("place", "key").values("key")


@per_library
def words(which: List) -> Sequence[Word]:
    """A whole list in its order."""
    return list(Word.objects.filter(list=which).order_by("place", "key"))


def names(which: List) -> Mapping[str, str]:
    """Key → Chinese name of a whole list, in its order."""
    return {word.key: word.zh for word in words(which)}


def kinds_on(*sides: str) -> frozenset[str]:
    """The kinds of organisation on these sides, as `OrgKindSpec` has them."""
    return frozenset(word.key for word in words("orgkind") if word.detail.get("side") in sides)
