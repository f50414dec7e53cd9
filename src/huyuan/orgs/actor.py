"""Who acts: a person with the posts held today, or a named job of the system."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection

from huyuan.orgs import session
from huyuan.orgs.models import Account, Organisation

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


# Who somebody is and what posts are held on a day, several and acting ones too, none past or to come. Posts
# of an organisation that is closed by then give nothing; a person who has left holds nothing. What may be
# seen through the posts is settled by the same statement: an aggregate is made when all has been read.
POSTS = f"""
SELECT {session.REVISION}, person.name,
       json_agg(json_build_array(post.id, post.kind, org.id, org.kind, held.acting, post.school_class_id,
                                 post.title, org.name)
                ORDER BY held.acting, held.from_day, held.id) FILTER (WHERE held.id IS NOT NULL),
       set_config('huyuan.viewers', coalesce(string_agg(DISTINCT org.id::text, ','), ''), true),
       set_config('huyuan.reading', %s, true)
  FROM orgs_person AS person
  LEFT JOIN (orgs_appointment AS held JOIN orgs_post AS post ON post.id = held.post_id
             JOIN orgs_organisation AS org ON org.id = post.org_id)
    ON held.person_id = person.id
   AND %s BETWEEN held.from_day AND least(held.until, person.left, 'infinity')
   AND %s < coalesce(org.closed, 'infinity')
 WHERE person.id = %s AND person.county_id = %s
 GROUP BY person.id
"""


def actor_for(account: Account, day: date) -> Actor:
    """The account's person with every post held on `day`."""
    with session.declared(county_id=account.county_id, person_id=account.person_id):
        actor, _ = arrived(account, day, reading=False)
    return actor


def arrived(account: Account, day: date, *, reading: bool) -> tuple[Actor, session.Revision]:
    """The account's person with every post held on `day`, and the revision of the county; one statement.

    Inside a transaction that sees the person; it reaches what the posts reach from now on.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            POSTS,
            [
                account.county_id,
                session.LIBRARY,
                "on" if reading else "",
                day,
                day,
                account.person_id,
                account.county_id,
            ],
        )
        row = cursor.fetchone()
    name, posts = row[2:4]
    holdings = tuple(
        Holding(
            UUID(post_id),
            kind,
            UUID(org_id),
            org_kind,
            acting,
            UUID(class_id) if class_id else None,
            title,
            org_name,
        )
        for post_id, kind, org_id, org_kind, acting, class_id, title, org_name in posts or ()
    )
    return Actor(account.county_id, account.person_id, name, holdings), session.revision_in(row)


def system_actor(name: str, county_id: int) -> Actor:
    """The named job of a county (history shows its Chinese name), with the reach of the root organisation.

    While a county is being set up and has no root yet, the job reaches nothing, but may insert.
    """
    with session.declared(county_id=county_id):
        root = Organisation.objects.filter(county_id=county_id, kind=ROOT_KIND).order_by("id").first()
    return Actor(county_id, None, name, (), system=name, root_id=root.id if root else None)
