"""What a ledger is narrowed by: as an address or a kept filter says it, and as a query takes it."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from huyuan.kernel.days import ONE_DAY
from huyuan.orgs.actor import Actor
from huyuan.registers.models import SavedFilter
from huyuan.registers.rules import ASKED, STATES

SHOWN = ("submitted", "confirmed", "returned", "void")
#: spans that move with the day on which the ledger is opened
PERIODS = {"this-week": "本周", "last-week": "上周", "this-month": "本月", "last-month": "上月"}
YEARS = range(1990, 2200)
TEXT = 60


@dataclass(frozen=True)
class Filters:
    """What a ledger is narrowed by; empty means all. `first` and `last` are days, both included. `by_proxy`:
    instead of the entries of one's organisations those that they recorded for others (代录). `asked`: what
    was recorded for others, by what those say of it (`rules.ASKED`)."""

    org_id: UUID | None = None
    first: date | None = None
    last: date | None = None
    state: str = ""
    place_id: UUID | None = None
    text: str = ""
    by_proxy: bool = False
    asked: str = ""


def one_of(words: Container[str]) -> Callable[[str], str]:
    """Reads one of these words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return read


def day(text: str) -> date:
    """Reads a day of our time."""
    found = date.fromisoformat(text)
    if found.year not in YEARS:
        raise ValueError(text)
    return found


def words(text: str) -> str:
    """Reads what is looked for."""
    return text.replace("\0", "").strip()[:TEXT]


#: the fields of a filter as addresses name them, and how each is read; what can't be is a ValueError
FIELDS: Mapping[str, Callable[[str], Any]] = {
    "by_proxy": one_of({"1"}),
    "asked": one_of(ASKED),
    "org": UUID,
    "place": UUID,
    "period": one_of(PERIODS),
    "first": day,
    "last": day,
    "state": one_of({state for state in STATES if state in SHOWN}),
    "text": words,
}


def read_filter(given: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The values by field, and the names of those fields that there are not or that can't be read; empty ones
    are left out."""
    values: dict[str, Any] = {}
    unread = []
    for name, text in given.items():
        try:
            value = FIELDS[name](text) if text else ""
        except (KeyError, ValueError):
            unread.append(name)
            continue
        if value:
            values[name] = value
    return values, unread


def filters_of(given: Mapping[str, str], today: date) -> Filters:
    """The filters that an address says; what can't be read is left out. A period and days narrow together."""
    values, _ = read_filter(given)
    spans = [(values.get("first"), values.get("last"))]
    if "period" in values:
        spans.append(span_of(values["period"], today))
    return Filters(
        org_id=values.get("org"),
        first=max((first for first, _ in spans if first), default=None),
        last=min((last for _, last in spans if last), default=None),
        state=values.get("state", ""),
        place_id=values.get("place"),
        text=values.get("text", ""),
        by_proxy="by_proxy" in values,
        asked=values.get("asked", ""),
    )


def span_of(period: str, today: date) -> tuple[date, date]:
    """The first and last day of a relative period; weeks run Monday to Sunday."""
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    next_first = (first + timedelta(days=31)).replace(day=1)
    return {
        "this-week": (monday, monday + timedelta(days=6)),
        "last-week": (monday - timedelta(days=7), monday - ONE_DAY),
        "this-month": (first, next_first - ONE_DAY),
        "last-month": ((first - ONE_DAY).replace(day=1), first - ONE_DAY),
    }[period]


def saved_filters(actor: Actor, form_key: str) -> list[SavedFilter]:
    """The filters that the actor keeps for a ledger, the oldest first."""
    if actor.person_id is None:
        return []
    return list(SavedFilter.objects.filter(person_id=actor.person_id, form_key=form_key).order_by("place"))
