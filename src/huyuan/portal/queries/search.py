"""Everything that the actor may see and in which every term stands, kind by kind."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from huyuan.orgs.actor import Actor
from huyuan.orgs.search import SOURCES, Hit, Listed
from huyuan.portal.queries.waiting import at_once

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
    """The kinds in which something was found; one statement for all whose rows are lists (`Listed`), one for
    each other kind."""
    most = MANY if only in SOURCES else FEW
    names = [only] if only in SOURCES else ORDER
    listed = {name: one for name in names if isinstance(one := SOURCES[name], Listed)}
    rows = at_once(**{name: one.rows(actor, asked)[: most + 1] for name, one in listed.items()})
    found = []
    for name in names:
        if name in listed:
            hits = [listed[name].hit(row, now) for row in rows[name]]
        else:
            hits = SOURCES[name].find(actor, asked, most + 1, now)
        if hits:
            found.append(Found(name, SOURCES[name].zh, hits[:most], len(hits) > most))
    return found
