"""Named facts about organisations as step functions over days: what a rule's `who` and `if` may ask.

Most facts are dated attributes. Where one follows from other rows (a policy is in force), the package that
knows registers a provider here. Everything is set-based and streams in the order of organisations."""

import heapq
from collections.abc import Callable, Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from huyuan.orgs.models import Attribute


class Step(NamedTuple):
    """From `from_day` on, `key` of the organisation is `text` ("yes"/"no" where it holds or not), `number`
    where it is a figure; until the next step of the same organisation and key."""

    org_id: UUID
    key: str
    from_day: date
    text: str
    number: Decimal | None = None


Provider = Callable[[Collection[UUID]], Iterator[Step]]
PREDICATES: dict[str, Provider] = {}


def register(key: str, provider: Provider) -> None:
    """Answer the fact `key` by code. The provider gets organisation ids and yields steps ordered by (org_id,
    from_day). A second provider of the same fact is a programming error."""
    if key in PREDICATES:
        raise ValueError(f"fact {key!r} is registered twice")
    PREDICATES[key] = provider


def attributes_of(org_ids: Collection[UUID], keys: Collection[str] | None = None) -> Iterator[Step]:
    """The dated attributes of these organisations (`keys`: only those), ordered by (org_id, key, from_day).

    One query through a server-side cursor, so memory doesn't grow with the county.
    """
    rows = Attribute.objects.filter(org_id__in=org_ids).order_by("org_id", "key", "from_day")
    if keys is not None:
        rows = rows.filter(key__in=keys)
    columns = rows.values_list("org_id", "key", "from_day", "text", "number")
    return (Step(*row) for row in columns.iterator(chunk_size=5000))


def facts_of(org_ids: Collection[UUID], keys: Collection[str]) -> Iterator[Step]:
    """The facts `keys` of these organisations, from providers and attributes, ordered by organisation."""
    streams = [PREDICATES[key](org_ids) for key in sorted(keys) if key in PREDICATES]
    stored = [key for key in keys if key not in PREDICATES]
    if stored:
        streams.append(attributes_of(org_ids, stored))
    return heapq.merge(*streams, key=lambda step: step.org_id)
