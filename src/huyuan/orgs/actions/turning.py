"""The year turns: classes move up, schools merge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs import rules
from huyuan.orgs.actions.organisations import refuse_circle
from huyuan.orgs.actions.reach import rebuild_reach
from huyuan.orgs.actions.rows import change, change_all, insert_all, locked, remove_all
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Appointment, Liaison, Organisation, Person, Post, SchoolClass
from huyuan.orgs.permissions import require
from huyuan.orgs.session import acting

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Step:
    """A class and what it is called in the next school year; empty: it has graduated."""

    class_id: UUID
    name: str


def move_classes_up(
    *, actor: Actor, org_id: UUID, steps: Sequence[Step], first_day: date, now: datetime
) -> list[SchoolClass]:
    """The classes of a school's newest school year in the next one, which begins with `first_day`.

    Each is a new row, so that last year's entries keep their class. Who teaches it goes on in a post of the
    new class; what is held in an old class ends the day before. Raises Refused `already-moved`,
    `invalid-class`, and where two classes would have one name.
    """
    with acting(actor):
        require(actor, "org.alter", org_id)
        names = {step.class_id: step.name for step in steps}
        old = list(SchoolClass.objects.select_for_update().filter(org_id=org_id, id__in=names))
        years = {row.school_year for row in old}
        if len(old) != len(names) or len(years) != 1:
            raise Refused("invalid-class", "班级已经变了。请刷新后重新核对。")
        year = rules.next_school_year(years.pop())
        if SchoolClass.objects.filter(org_id=org_id, school_year__gte=year).exists():
            raise Refused("already-moved", f"{year}学年的班级已经有了，不能再整校升级。个别班级请逐个登记。")
        moved = {
            row.id: SchoolClass(
                county_id=actor.county_id, org_id=org_id, name=names[row.id], school_year=year,
                pupils=row.pupils,
            )
            for row in old
            if names[row.id]
        }  # fmt: skip
        insert_all([(row, org_id) for row in moved.values()], actor=actor, now=now)
        _teachers_go_along(actor, org_id, moved, set(names), first_day, now)
        return list(moved.values())


def _teachers_go_along(
    actor: Actor,
    org_id: UUID,
    moved: dict[UUID, SchoolClass],
    classes: set[UUID],
    first_day: date,
    now: datetime,
) -> None:
    posts = {
        post.id: Post(
            county_id=actor.county_id, org_id=org_id, kind=post.kind, title=post.title,
            school_class=moved[post.school_class_id],
        )
        for post in Post.objects.filter(school_class_id__in=moved)
        if post.school_class_id
    }  # fmt: skip
    insert_all([(post, org_id) for post in posts.values()], actor=actor, now=now)
    held = list(
        Appointment.objects.filter(Q(until=None) | Q(until__gte=first_day), post__school_class_id__in=classes)
    )
    going_on = [
        Appointment(
            county_id=actor.county_id, post=posts[row.post_id], person_id=row.person_id,
            from_day=max(first_day, row.from_day), until=row.until, acting=row.acting,
        )
        for row in held
        if row.post_id in posts
    ]  # fmt: skip
    insert_all([(row, org_id) for row in going_on], actor=actor, now=now)
    end_all(held, actor, org_id, first_day - DAY, now)


def end_all(held: Sequence[Appointment], actor: Actor, org_id: UUID, last_day: date, now: datetime) -> None:
    """Appointments end with a day; what would begin later is taken back."""
    running = [row for row in held if row.from_day <= last_day]
    change_all([(row, org_id, {"until": last_day}) for row in running], actor=actor, now=now)
    later = [row for row in held if row.from_day > last_day]
    remove_all([(row, org_id) for row in later], actor=actor, now=now)


def merge_organisation(
    *, actor: Actor, org_id: UUID, into_id: UUID, first_day: date, now: datetime
) -> Organisation:
    """From `first_day` on the organisation is part of another one and closed.

    Its posts and liaisons end the day before, its people belong to the other one, which from now on stands
    above it, so that whoever leads there can look up what was recorded. Entries, papers and verdicts stay
    where they are; periods that the day cuts are not applicable, later ones are not owed (the engine, by
    `closed`). Raises Refused `future-merge`: people change hands at once, so it is done when the day has
    come.
    """
    with acting(actor):
        require(actor, "org.rename", org_id)
        require(actor, "org.rename", into_id)
        org = locked(Organisation.objects.filter(county_id=actor.county_id), org_id)
        into = locked(Organisation.objects.filter(county_id=actor.county_id), into_id)
        if org.closed:
            raise Refused("closed-organisation", "这个单位已经撤销，不能再并入。")
        if into.closed or into.id == org.id:
            raise Refused("invalid-merge", "并入的单位要还在办学、办公，也不能是它自己。请另选一个。")
        refuse_circle(org, into_id)
        if first_day > day_of(now):
            raise Refused("future-merge", "并入的日期还没有到。到了那一天再办，人员和任职当天移交。")
        if org.opened and org.opened >= first_day:
            raise Refused("invalid-merge", "并入的日期要晚于设立日期。请改正日期。")
        last_day = first_day - DAY
        held = Appointment.objects.filter(Q(until=None) | Q(until__gt=last_day), post__org_id=org_id)
        end_all(list(held), actor, org_id, last_day, now)
        pairs = list(
            Liaison.objects.filter(Q(school_id=org_id) | Q(agency_id=org_id)).filter(
                Q(until=None) | Q(until__gt=last_day)
            )
        )
        running = [(pair, org_id, {"until": last_day}) for pair in pairs if pair.from_day <= last_day]
        change_all(running, actor=actor, now=now)
        remove_all([(pair, org_id) for pair in pairs if pair.from_day > last_day], actor=actor, now=now)
        people = Person.objects.filter(Q(left=None) | Q(left__gte=first_day), home_id=org_id)
        change_all([(one, into_id, {"home_id": into_id}) for one in people], actor=actor, now=now)
        below = Organisation.objects.filter(parent_id=org_id, closed=None)
        change_all([(one, one.id, {"parent_id": into_id}) for one in below], actor=actor, now=now)
        change(
            org, actor=actor, org_id=org_id, now=now, closed=first_day, merged_into_id=into_id,
            parent_id=into_id,
        )  # fmt: skip
        rebuild_reach(actor.county_id, day_of(now))
        return org
