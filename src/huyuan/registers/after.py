"""What comes after: what the form page says an entry will count for, and the entry's page what it did; who
hears of an answer to a confirmation link. Filled in from above."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from huyuan.orgs.actor import Actor
from huyuan.registers.models import ConfirmationLink, Entry
from huyuan.registers.schema import FormSpec


@dataclass(frozen=True)
class Counted:
    """A demand that entries of a form meet: how people cite it, its text, where to read it; `note` says how
    far, `note_url` leads to the verdict."""

    citation: str
    text: str = ""
    url: str = ""
    lead: str = "要求"
    note: str = ""
    note_url: str = ""


#: (actor, form, organisation, entry or None before it is submitted, now) → what it counts for
Panel = Callable[[Actor, FormSpec, UUID, Entry | None, datetime], list[Counted]]

PANELS: list[Panel] = []


def counted(actor: Actor, spec: FormSpec, org_id: UUID, entry: Entry | None, now: datetime) -> list[Counted]:
    """Everything that an entry counts for, from all who registered a panel."""
    return [one for panel in PANELS for one in panel(actor, spec, org_id, entry, now)]


#: (link just answered, now): inside the transaction of the answer
Listener = Callable[[ConfirmationLink, datetime], None]

ANSWERED: list[Listener] = []
