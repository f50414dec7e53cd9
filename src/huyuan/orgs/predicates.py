"""Named facts about organisations as step functions over days: what a rule's `who` and `if` may ask.

Most facts are dated attributes. Where one follows from other rows (a policy is in force), the package that
knows registers a source here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar

S = TypeVar("S")


class Step(NamedTuple):
    """From `from_day` on, the fact is `text` ("yes"/"no" where it holds or not), `number` where it is a
    figure; until its next step."""

    from_day: date
    text: str
    number: Decimal | None = None


@dataclass(frozen=True)
class Source(Generic[S]):
    """Where the steps of one organisation come from.

    `sql` is a SELECT of one value: the JSON list of what the organisation of the row `org` has on file, null
    where it has nothing; it runs as a part of one statement for all organisations. `steps` makes the steps
    of it, in order of their days.
    """

    sql: str
    steps: Callable[[Sequence[Any]], Iterable[S]]


PREDICATES: dict[str, Source[Step]] = {}


def register(key: str, source: Source[Step]) -> None:
    """Answer the fact `key` by code. A second source of the same fact is a programming error."""
    if key in PREDICATES:
        raise ValueError(f"fact {key!r} is registered twice")
    PREDICATES[key] = source
