"""Who acts: a person with the posts held today, or a named job of the system."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from huyuan.orgs import session
from huyuan.orgs.models import Account, Organisation, Person

ROOT_KIND = "county-government"


@dataclass(frozen=True)
class Holding:
    """One post that the actor holds, with the names that history shows. `acting`: stands in (代理)."""

    post_id: UUID
    post_kind: str
    org_id: UUID
    org_kind: str
    acting: bool = False
    class_id: UUID | None = None
    title: str = ""
    org_name: str = ""


# Where the columns of a Holding lie, seen from a person, in the order of its fields.
HOLDING = (
    "appointments__post_id",
    "appointments__post__kind",
    "appointments__post__org_id",
    "appointments__post__org__kind",
    "appointments__acting",
    "appointments__post__school_class_id",
    "appointments__post__title",
    "appointments__post__org__name",
)
IN_FORCE = ("left", "appointments__from_day", "appointments__until", "appointments__post__org__closed")


@dataclass(frozen=True)
class Actor:
    """A person with all posts of the day, or a named job of the county (`system` not empty, no `person_id`).

    A job holds no posts; it sees what the county's root organisation (`root_id`) reaches: everything.
    """

    county_id: int
    person_id: UUID | None
    name: str
    holdings: tuple[Holding, ...]
    system: str = ""
    root_id: UUID | None = None

    @cached_property
    def viewers(self) -> tuple[UUID, ...]:
        """The organisations through which the actor sees anything, each once."""
        orgs = {holding.org_id for holding in self.holdings}
        return tuple(sorted(orgs | {self.root_id} if self.root_id else orgs, key=str))

    def snapshot(self) -> dict[str, Any]:
        """What the trace keeps: ids and names as they were, readable after the people and posts are gone."""
        return {
            "county": self.county_id,
            "person": str(self.person_id) if self.person_id else None,
            "name": self.name,
            "system": self.system,
            "posts": [
                {
                    "kind": holding.post_kind,
                    "title": holding.title,
                    "org": str(holding.org_id),
                    "org_name": holding.org_name,
                    "acting": holding.acting,
                }
                for holding in self.holdings
            ],
        }


def actor_for(account: Account, day: date) -> Actor:
    """The account's person with every post held on `day`: several, acting ones too, none past or to come.

    Posts of an organisation that is closed by then give nothing. A person who has left holds nothing.
    """
    with session.declared(county_id=account.county_id, person_id=account.person_id):
        rows: list[tuple[Any, ...]] = list(
            Person.objects.filter(id=account.person_id, county_id=account.county_id)
            .order_by("appointments__acting", "appointments__from_day", "appointments__id")
            .values_list("name", *IN_FORCE, *HOLDING)
        )
    holdings = tuple(
        Holding(*columns)
        for _, left, since, until, closed, *columns in rows
        if since and since <= day <= min(filter(None, (left, until, day))) and (not closed or day < closed)
    )
    return Actor(account.county_id, account.person_id, rows[0][0], holdings)


def system_actor(name: str, county_id: int) -> Actor:
    """The named job of a county (history shows its Chinese name), with the reach of the root organisation.

    While a county is being set up and has no root yet, the job reaches nothing, but may insert.
    """
    with session.declared(county_id=county_id):
        root = Organisation.objects.filter(county_id=county_id, kind=ROOT_KIND).order_by("id").first()
    return Actor(county_id, None, name, (), system=name, root_id=root.id if root else None)
