"""People, posts and appointments. Duties belong to posts; people come and go."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from huyuan.kernel.errors import Refused
from huyuan.orgs.actions.rows import change, insert, locked
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Account, Appointment, Certificate, Person, Post, SchoolClass, SignIn
from huyuan.orgs.permissions import not_found, require
from huyuan.orgs.session import acting
from huyuan.trace import actions as trace


def add_person(*, actor: Actor, org_id: UUID, name: str, now: datetime) -> Person:
    """A person whose home is this organisation."""
    with acting(actor):
        require(actor, "people.alter", org_id)
        person = Person(county_id=actor.county_id, home_id=org_id, name=name)
        insert(person, actor=actor, org_id=org_id, now=now)
        return person


def rename_person(*, actor: Actor, person_id: UUID, name: str, now: datetime) -> Person:
    """Correct a name; history keeps the old one."""
    with acting(actor):
        person = locked(Person.objects.filter(county_id=actor.county_id), person_id)
        require(actor, "people.alter", person.home_id)
        change(person, actor=actor, org_id=person.home_id, now=now, name=name)
        return person


def person_leaves(*, actor: Actor, person_id: UUID, last_day: date, now: datetime) -> Person:
    """The person leaves after `last_day`: running appointments end with it, later ones are taken back, the
    account is closed. The posts stay and are shown vacant."""
    with acting(actor):
        person = locked(Person.objects.filter(county_id=actor.county_id), person_id)
        require(actor, "people.alter", person.home_id)
        change(person, actor=actor, org_id=person.home_id, now=now, left=last_day)
        held = Appointment.objects.filter(person_id=person_id).select_for_update()
        later = held.filter(from_day__gt=last_day)
        running = held.filter(Q(until=None) | Q(until__gt=last_day), from_day__lte=last_day)
        acts = [
            trace.Act(
                "alter", "orgs_appointment", row.id, person.home_id, {"until": row.until}, {"until": last_day}
            )
            for row in running
        ] + [
            trace.Act("remove", "orgs_appointment", row.id, person.home_id, {"from_day": row.from_day}, None)
            for row in later
        ]
        running.update(until=last_day)
        later.delete()
        account = Account.objects.filter(person_id=person_id, is_active=True).first()
        if account:
            account.is_active = False
            account.save(update_fields=["is_active"])
            SignIn.objects.filter(account=account).delete()
            acts.append(trace.Act("close", "orgs_account", account.id, person.home_id))
        trace.record_all(actor.snapshot(), acts, now=now)
        return person


def add_certificate(
    *,
    actor: Actor,
    person_id: UUID,
    kind: str,
    number: str = "",
    from_day: date,
    until: date | None,
    now: datetime,
) -> Certificate:
    """A certificate, valid on both its days and between."""
    with acting(actor):
        person = locked(Person.objects.filter(county_id=actor.county_id), person_id)
        require(actor, "people.alter", person.home_id)
        row = Certificate(
            county_id=actor.county_id,
            person_id=person_id,
            kind=kind,
            number=number,
            from_day=from_day,
            until=until,
        )
        insert(row, actor=actor, org_id=person.home_id, now=now)
        return row


def create_post(
    *, actor: Actor, org_id: UUID, kind: str, title: str, class_id: UUID | None = None, now: datetime
) -> Post:
    """A post of this organisation, vacant at first; a class teacher's names the class."""
    with acting(actor):
        require(actor, "people.alter", org_id)
        if class_id and not SchoolClass.objects.filter(id=class_id, org_id=org_id).exists():
            raise not_found()
        post = Post(
            county_id=actor.county_id, org_id=org_id, kind=kind, title=title, school_class_id=class_id
        )
        insert(post, actor=actor, org_id=org_id, now=now)
        return post


def appoint(
    *,
    actor: Actor,
    post_id: UUID,
    person_id: UUID,
    from_day: date,
    until: date | None = None,
    acting_for: bool = False,
    now: datetime,
) -> Appointment:
    """Give a post to a person, for the time being when `acting_for` (代理). A post may have several
    holders."""
    with acting(actor):
        post = locked(Post.objects.filter(county_id=actor.county_id), post_id)
        require(actor, "people.alter", post.org_id)
        person = Person.objects.filter(county_id=actor.county_id, id=person_id).first()
        if person is None:
            raise not_found()
        if person.left and person.left < (until or date.max):
            raise Refused("closed-person", "这个人已经离开，不能再任职到那一天。请核对人员或日期。")
        row = Appointment(
            county_id=actor.county_id,
            post_id=post_id,
            person_id=person_id,
            from_day=from_day,
            until=until,
            acting=acting_for,
        )
        insert(row, actor=actor, org_id=post.org_id, now=now)
        return row


def end_appointment(*, actor: Actor, appointment_id: UUID, last_day: date, now: datetime) -> Appointment:
    """The appointment ends with `last_day`; one that has already ended earlier stays as it is."""
    with acting(actor):
        row = locked(
            Appointment.objects.filter(county_id=actor.county_id).select_related("post"), appointment_id
        )
        require(actor, "people.alter", row.post.org_id)
        if row.until is not None and row.until <= last_day:
            raise Refused("already-ended", "这项任职在那一天之前已经结束，不必再办。")
        change(row, actor=actor, org_id=row.post.org_id, now=now, until=last_day)
        return row
