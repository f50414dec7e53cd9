"""Search over everything that somebody may see: each package finds its own rows (registry `SOURCES`)."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any, Protocol, TypeVar

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Length

from huyuan.kernel.days import day_of, zh_date
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Appointment, Word
from huyuan.orgs.permissions import scope
from huyuan.orgs.queries import organisations

SomeRow = TypeVar("SomeRow", bound=Model)


@dataclass(frozen=True)
class Hit:
    """Something found. `key` is what its page is asked for with; `text`: where the terms may stand."""

    key: str
    title: str
    note: str = ""
    text: str = ""


class Source(Protocol):
    """Rows of one kind. `name` is said in addresses, `zh` by people."""

    name: str
    zh: str

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """Those of the rows that the actor may see in which every term stands, the best first, `most` at
        most."""


class Listed(ABC):
    """A source whose rows are one list of `values()`: the page asks for several such lists in one statement,
    which gives days and instants as texts (`as_day`)."""

    @abstractmethod
    def rows(self, actor: Actor, asked: Sequence[str]) -> QuerySet[Any, Any]:
        """Those that the actor may see in which every term stands, the best first."""

    @abstractmethod
    def hit(self, row: Mapping[str, Any], now: datetime) -> Hit:
        """A row as it is listed."""

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """As `Source` has it; one statement."""
        return [self.hit(row, now) for row in self.rows(actor, asked)[:most]]


def as_day(value: date | str) -> date:
    """The day of a row's day or instant, as it is or as a text."""
    if isinstance(value, str):
        value = (
            date.fromisoformat(value) if len(value) == len("2026-10-16") else datetime.fromisoformat(value)
        )
    return day_of(value) if isinstance(value, datetime) else value


SOURCES: dict[str, Source] = {}
OF_POST = ("person__name", "post__title")
OF_ORG = ("post__org__name", "post__org__short_name")


def register(source: Source) -> None:
    """Add a source; called from `AppConfig.ready()`. The same name twice is a programming error."""
    if source.name in SOURCES:
        raise ValueError(f"source {source.name!r} is registered twice")
    SOURCES[source.name] = source


def containing(rows: QuerySet[SomeRow, Any], asked: Sequence[str], *columns: str) -> QuerySet[SomeRow, Any]:
    """The rows in which each term stands in one of the columns."""
    for term in asked:
        rows = rows.filter(any_of([term], *columns))
    return rows


def any_of(asked: Sequence[str], *columns: str) -> Q:
    """One of the terms stands in one of the columns."""
    return reduce(or_, (Q(**{f"{column}__icontains": term}) for term in asked for column in columns))


class Organisations:
    """Schools, agencies and others that the actor has to do with; one statement."""

    name, zh = "organisations", "单位"

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """By name, the shortest first: it is nearest to what was asked."""
        kind = Word.objects.filter(list="orgkind", key=OuterRef("kind")).values("zh")
        seen = organisations(actor).annotate(zh=Subquery(kind[:1]), length=Length("name"))
        rows = containing(seen, asked, "name", "short_name").order_by("length", "name")
        return [
            Hit(str(row["id"]), row["name"], f"{row['zh'] or row['kind']} · {row['region__name']}")
            for row in rows.values("id", "name", "kind", "zh", "region__name")[:most]
        ]


class Posts:
    """People as holders of posts, never by themselves; one statement."""

    name, zh = "posts", "人员岗位"

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """By name, title and organisation; what is only the organisation's name is the organisation."""
        day = day_of(now)
        held = Appointment.objects.filter(
            Q(until=None) | Q(until__gte=day),
            Q(person__left=None) | Q(person__left__gte=day),
            from_day__lte=day,
            post__org__in=scope(actor, "people.see"),
        )
        rows = (
            containing(held, asked, *OF_POST, *OF_ORG)
            .filter(any_of(asked, *OF_POST))
            .select_related("person", "post__org")
            .order_by("post__org__name", "post__title", "id")
        )
        return [
            Hit(
                str(row.post.org_id),
                f"{row.post.title} {row.person.name}{'（代理）' if row.acting else ''}",
                f"{row.post.org.name} · {zh_date(row.from_day)}起",
            )
            for row in rows[:most]
        ]
