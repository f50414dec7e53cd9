"""Everything that the actor may see and in which every term stands, kind by kind."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from huyuan.orgs.actor import Actor
from huyuan.orgs.search import SOURCES, Hit

# The order in which kinds are listed.
ORDER = (
    "organisations",
    "posts",
    "forms",
    "notices",
    "risk-notices",
    "cases",
    "entries",
    "submissions",
    "policies",
    "clauses",
    "directives",
)
FEW, MANY = 5, 50
"""So many of each kind when all are asked, and of one kind when only it is."""


class Found(NamedTuple):
    """What was found of one kind; `more`: there is more than is listed."""

    name: str
    zh: str
    hits: Sequence[Hit]
    more: bool


def find(actor: Actor, asked: Sequence[str], only: str, now: datetime) -> list[Found]:
    """The kinds in which something was found; one statement for each kind that is looked through."""
    most = MANY if only in SOURCES else FEW
    found = []
    for name in [only] if only in SOURCES else ORDER:
        hits = SOURCES[name].find(actor, asked, most + 1, now)
        if hits:
            found.append(Found(name, SOURCES[name].zh, hits[:most], len(hits) > most))
    return found
