"""August: what a school enters for the new school year, each block as a whole: posts handed over, people who
leave and come, new classes, numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from huyuan.kernel.errors import Refused
from huyuan.orgs.actions.people import leave_all
from huyuan.orgs.actions.rows import change_all, insert_all
from huyuan.orgs.actions.turning import DAY, end_all
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Appointment, Attribute, Person, Post, SchoolClass
from huyuan.orgs.permissions import require
from huyuan.orgs.session import acting
from huyuan.orgs.tables.plan import Plan

STALE = "人员或任职已经变了，可能别人刚刚办过。请核对下面的内容再办。"


@dataclass(frozen=True)
class HandOver:
    """From the first day on a post is no longer held by `appointment_id` (None: it is vacant) but by
    `person_id` (None: by nobody)."""

    post_id: UUID
    appointment_id: UUID | None
    person_id: UUID | None


def hand_over(
    *, actor: Actor, org_id: UUID, handovers: Sequence[HandOver], first_day: date, now: datetime
) -> None:
    """Posts of an organisation change hands with `first_day`: all of these or none, in a constant number of
    statements. Who is not named stays.

    Raises Refused `stale-posts` (a post or appointment is no longer there), `closed-person` (who takes over
    does not belong here or leaves before), `already-holds`.
    """
    with acting(actor):
        require(actor, "people.alter", org_id)
        posts = {one.post_id for one in handovers}
        ending_ids = {one.appointment_id for one in handovers if one.appointment_id}
        taking = {one.person_id for one in handovers if one.person_id}
        held = list(
            Appointment.objects.select_for_update(of=("self",)).filter(
                Q(until=None) | Q(until__gte=first_day), post__in=posts, post__org_id=org_id
            )
        )
        ending = [row for row in held if row.id in ending_ids]
        known = Post.objects.filter(id__in=posts, org_id=org_id).count()
        named = {(row.post_id, row.id) for row in ending}
        if known != len(posts) or named != {
            (one.post_id, one.appointment_id) for one in handovers if one.appointment_id
        }:
            raise Refused("stale-posts", STALE)
        here = Person.objects.filter(
            Q(left=None) | Q(left__gte=first_day), id__in=taking, home_id=org_id
        ).count()
        if here != len(taking):
            raise Refused("closed-person", "接任的人不在本单位，或者那时已经离开。请先登记人员，再办交接。")
        stays = {(row.post_id, row.person_id) for row in held if row.id not in ending_ids}
        taken = [(one.post_id, one.person_id) for one in handovers if one.person_id]
        if len(set(taken)) != len(taken) or stays & set(taken):
            raise Refused("already-holds", "有人已经担任这个职务，或者填了两次。请核对接任的人。")
        end_all(ending, actor, org_id, first_day - DAY, now)
        rows = [
            Appointment(county_id=actor.county_id, post_id=post, person_id=person, from_day=first_day)
            for post, person in taken
        ]
        insert_all([(row, org_id) for row in rows], actor=actor, now=now)


def people_leave(
    *, actor: Actor, org_id: UUID, person_ids: Sequence[UUID], last_day: date, now: datetime
) -> None:
    """These people leave the organisation after one and the same day. Raises Refused `stale-people`."""
    with acting(actor):
        require(actor, "people.alter", org_id)
        people = list(Person.objects.select_for_update().filter(id__in=person_ids, home_id=org_id, left=None))
        if len(people) != len(set(person_ids)):
            raise Refused("stale-people", STALE)
        leave_all(dict.fromkeys(people, last_day), actor=actor, now=now)


def people_come(*, actor: Actor, org_id: UUID, names: Sequence[str], now: datetime) -> list[Person]:
    """New people of the organisation, by name. Raises Refused `same-name`: the same person twice is a likely
    mistake, namesakes are entered singly."""
    with acting(actor):
        require(actor, "people.alter", org_id)
        known = Person.objects.filter(home_id=org_id, left=None, name__in=names)
        twice = sorted(
            {*known.values_list("name", flat=True), *(one for one in names if names.count(one) > 1)}
        )
        if twice:
            raise Refused(
                "same-name",
                f"{'、'.join(twice)}：已有同名的人。确实是另一个人的，请在“人员和任职”里单独登记。",
            )
        rows = [Person(county_id=actor.county_id, home_id=org_id, name=name) for name in names]
        insert_all([(row, org_id) for row in rows], actor=actor, now=now)
        return rows


def add_classes(
    *, actor: Actor, org_id: UUID, school_year: str, classes: Mapping[str, int | None], now: datetime
) -> list[SchoolClass]:
    """New classes of a school year: name → pupils, None: not known yet."""
    with acting(actor):
        require(actor, "org.alter", org_id)
        rows = [
            SchoolClass(
                county_id=actor.county_id, org_id=org_id, school_year=school_year, name=name, pupils=pupils
            )
            for name, pupils in classes.items()
        ]
        insert_all([(row, org_id) for row in rows], actor=actor, now=now)
        return rows


def set_numbers(
    *, actor: Actor, org_id: UUID, numbers: Mapping[str, int], from_day: date, now: datetime
) -> None:
    """A handful of figures (pupils, staff) from one day on, all or none; one that holds already is left."""
    with acting(actor):
        require(actor, "org.alter", org_id)
        found: dict[str, dict[date, Attribute]] = {key: {} for key in numbers}
        for row in Attribute.objects.select_for_update().filter(org_id=org_id, key__in=numbers):
            found[row.key][row.from_day] = row
        plan = Plan()
        for key, number in numbers.items():
            step = Attribute(county_id=actor.county_id, org_id=org_id, key=key, from_day=from_day)
            plan.step(found[key], step, org_id, text=str(number), number=Decimal(number))
        insert_all(plan.new, actor=actor, now=now)
        change_all(plan.changed, actor=actor, now=now)
