"""What somebody, or an organisation, leaves unfinished: listed for whoever comes after.

Packages with such things register a source in `AppConfig.ready()`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from huyuan.orgs.actor import Actor


@dataclass(frozen=True)
class Unfinished:
    """A line that people read; `becomes`: what comes of it when the organisation closes; `url`: where it can
    be taken up, empty where there is no such page."""

    text: str
    becomes: str = ""
    url: str = ""


Source = Callable[[Actor, UUID, datetime], list[Unfinished]]
OF_PERSON: list[Source] = []
OF_ORGANISATION: list[Source] = []


def unfinished_of_person(actor: Actor, person_id: UUID, now: datetime) -> list[Unfinished]:
    """What this person has begun or was asked for, as far as the actor may see it."""
    return [one for source in OF_PERSON for one in source(actor, person_id, now)]


def unfinished_of_organisation(actor: Actor, org_id: UUID, now: datetime) -> list[Unfinished]:
    """What is open at this organisation."""
    return [one for source in OF_ORGANISATION for one in source(actor, org_id, now)]
