"""One form filled in, and how a school's habit decides whether and when."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, Protocol

from huyuan.kernel.days import SHANGHAI
from sample.county import HABITS, STEADY
from sample.names import draw, share


class Ref(NamedTuple):
    """What a body points to: an organisation by key, or the n-th holder of a post in the doing's
    organisation."""

    kind: str
    key: str
    number: int = 0


@dataclass(frozen=True)
class Doing:
    """One form filled in at `org` by the n-th holder of `post`; `signed`: partners that signed it."""

    form: str
    org: str
    post: str
    body: dict[str, Any]
    occurred: datetime
    recorded: datetime
    confirmed: datetime | None = None
    confirmer: str = ""
    signed: tuple[str, ...] = ()
    number: int = 0
    asked: tuple[str, ...] = field(default=())


class Keeper(Protocol):
    """Whoever keeps registers: a school or another organisation, known by its key."""

    @property
    def key(self) -> str: ...


def clock(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def habit(keeper: Keeper) -> str:
    """steady, late, lazy or careless; the school that visitors look at is steady."""
    return "steady" if keeper.key in STEADY else HABITS[draw(f"{keeper.key}/habit", len(HABITS))]


def done(keeper: Keeper, what: str, usual: float = 0.97) -> bool:
    """Did they do it at all?"""
    chance = {"steady": usual, "late": usual - 0.07, "lazy": 0.55, "careless": usual - 0.05}[habit(keeper)]
    return share(f"{keeper.key}/{what}/done") < chance


def recorded(keeper: Keeper, what: str, occurred: datetime) -> datetime:
    """When it was entered: the same evening, or days later where the keeper is late."""
    delay = timedelta(minutes=20 + draw(f"{keeper.key}/{what}/delay", 200))
    if habit(keeper) == "late" and share(f"{keeper.key}/{what}/late") < 0.45:
        delay += timedelta(days=4 + draw(f"{keeper.key}/{what}/days", 3))
    return occurred + delay


def signed_in(school: Keeper, what: str, begun: datetime) -> datetime:
    """A sign-in is entered within the first minutes; where the school is late, some are entered days
    after."""
    late = habit(school) == "late" and share(f"{school.key}/{what}/late") < 0.15
    return begun + (timedelta(days=3) if late else timedelta(minutes=1 + draw(f"{school.key}/{what}", 3)))
