"""People, posts and appointments. Duties belong to posts; people come and go."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actions.rows import change, change_all, insert, locked, remove_all
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
    account is closed, at once on that day or later, else by `close_accounts_of_leavers`. The posts stay and
    are shown vacant."""
    with acting(actor):
        person = locked(Person.objects.filter(county_id=actor.county_id), person_id)
        require(actor, "people.alter", person.home_id)
        leave_all({person: last_day}, actor=actor, now=now)
        return person


def leave_all(leaving: Mapping[Person, date], *, actor: Actor, now: datetime) -> None:
    """The same for any number of people, each with the last day; a constant number of statements for each
    thousand. Whoever calls has asked whether the actor may."""
    change_all(
        [(person, person.home_id, {"left": day}) for person, day in leaving.items()], actor=actor, now=now
    )
    last = {person.id: day for person, day in leaving.items()}
    running, later = [], []
    for row in (
        Appointment.objects.filter(person_id__in=last).select_related("post").select_for_update(of=("self",))
    ):
        if row.from_day > last[row.person_id]:
            later.append(row)
        elif row.until is None or row.until > last[row.person_id]:
            running.append(row)
    change_all(
        [(row, row.post.org_id, {"until": last[row.person_id]}) for row in running], actor=actor, now=now
    )
    remove_all([(row, row.post.org_id) for row in later], actor=actor, now=now)
    _close_accounts(Person.objects.filter(id__in=last, left__lte=day_of(now)), actor, now)


def close_accounts_of_leavers(*, actor: Actor, now: datetime) -> None:
    """Every night: the accounts of those whose last day is over by now."""
    with acting(actor):
        gone = Person.objects.filter(county_id=actor.county_id, left__lt=day_of(now))
        _close_accounts(gone, actor, now)


def _close_accounts(people: QuerySet[Person], actor: Actor, now: datetime) -> None:
    homes = dict(people.filter(account__is_active=True).values_list("account", "home_id"))
    SignIn.objects.filter(account_id__in=homes).delete()
    Account.objects.filter(id__in=homes).update(is_active=False)
    acts = [trace.Act("close", "orgs_account", key, home_id) for key, home_id in homes.items()]
    trace.record_all(actor.snapshot(), acts, now=now)


def person_moves(*, actor: Actor, person_id: UUID, to_id: UUID, last_day: date, now: datetime) -> Person:
    """The person goes to another organisation of the county: what is held at the old one ends with
    `last_day`, and from now on the new one looks after the person. The account stays.

    The actor must look after both; else the old one lets the person go and the new one enters the name.
    """
    with acting(actor):
        person = locked(Person.objects.filter(county_id=actor.county_id), person_id)
        require(actor, "people.alter", person.home_id)
        require(actor, "people.alter", to_id)
        if to_id == person.home_id:
            raise Refused("invalid-home", "这个人已经在这个单位。请另选一个单位。")
        held = Appointment.objects.filter(person_id=person_id, post__org_id=person.home_id)
        running = held.filter(Q(until=None) | Q(until__gt=last_day)).select_related("post")
        ending = [row for row in running if row.from_day <= last_day]
        change_all([(row, row.post.org_id, {"until": last_day}) for row in ending], actor=actor, now=now)
        later = [(row, row.post.org_id) for row in running if row.from_day > last_day]
        remove_all(later, actor=actor, now=now)
        change(person, actor=actor, org_id=to_id, now=now, home_id=to_id)
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
