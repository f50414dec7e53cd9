"""What an act may answer: things that happened and started clocks. Filled in from above (duties)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from huyuan.kernel.fields import Field


@dataclass(frozen=True)
class Answerable:
    """Something that happened at an organisation. `kind`: the event's key; `line`: when, what and where, as
    people choose it."""

    id: UUID
    org_id: UUID
    kind: str
    line: str


class Source(Protocol):
    """Where they come from. Both read only what the viewer may see."""

    def open_at(self, org_id: UUID, now: datetime) -> list[Answerable]:
        """What an entry of the organisation may answer now, the newest first."""

    def named(self, ids: Collection[UUID]) -> list[Answerable]:
        """Those of the ids that stand, also where they are long done."""


SOURCES: list[Source] = []


def open_at(org_id: UUID, now: datetime) -> list[Answerable]:
    """What an entry of the organisation may answer now."""
    return [one for source in SOURCES for one in source.open_at(org_id, now)]


def named(ids: Collection[UUID]) -> dict[str, Answerable]:
    """Those of the ids that stand, by the id as entries hold it."""
    return {str(one.id): one for source in SOURCES for one in source.named(ids)} if ids else {}


def fits(one: Answerable, field: Field) -> bool:
    """Is it of a kind that the field asks for?"""
    return not field.of or one.kind in field.of
