"""Every write about a child who is cared for. What is noted is encrypted before it meets the database; the
record, the proofs and the messages know its number alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from huyuan.cases.actions.raising import take_numbers
from huyuan.cases.models import Care, CareGrant, CareReading, CareTalk
from huyuan.cases.queries.caring import care_seen, spec
from huyuan.cases.rules import CARE_KINDS, months_after
from huyuan.kernel.days import day_of, start_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Appointment, Person
from huyuan.orgs.permissions import not_found, require
from huyuan.orgs.session import current
from huyuan.registers import effects
from huyuan.trace import actions as trace
from huyuan.trace import keys

LEADERS = ("head", "vice-principal-safety")


def open_care(
    *,
    actor: Actor,
    org_id: UUID,
    client_id: UUID,
    kind: str,
    child: str,
    situation: str,
    review_on: date,
    now: datetime,
) -> Care:
    """Begin to care for a child; whoever opens it and the heads of the school may read it. A repeat gives the
    first one. Raises Refused: `unknown-care-kind`, `missing-child`, `invalid-review`, `conflict-device`."""
    require(actor, "care.open", org_id)
    if actor.person_id is None:
        raise not_found()
    if kind not in CARE_KINDS:
        raise Refused("unknown-care-kind", "请从列表里选择关爱的类别。")
    if not child.strip() or not situation.strip():
        raise Refused("missing-child", "请写明孩子的姓名，和需要关爱、帮助的情况。")
    after_today(review_on, now)
    with transaction.atomic():
        first = Care.objects.filter(county_id=actor.county_id, client_id=client_id).first()
        if first:
            return first
        year = day_of(now).year
        care = Care(id=uuid7(), county_id=actor.county_id, org_id=org_id, kind=kind, client_id=client_id)
        care.number = f"关爱〔{year}〕{take_numbers(actor.county_id, 'care', year, 1)}号"
        care.child = keys.encrypt(care.id, child.strip()[:40])
        care.situation = keys.encrypt(care.id, situation.strip()[:1000])
        care.opened_at, care.review_on = now, review_on
        care.save(force_insert=True)
        today = day_of(now)
        heads = Appointment.objects.filter(
            Q(until=None) | Q(until__gte=today),
            post__org_id=org_id,
            post__kind__in=LEADERS,
            from_day__lte=today,
        ).exclude(person_id=actor.person_id)
        grant(care, actor.person_id, actor.name, "opener", "登记和帮教", now)
        for person_id, name in heads.values_list("person_id", "person__name").distinct():
            grant(care, person_id, name, "leader", "督促帮教", now)
        note(care, "open", now)
        return care


def pair(*, actor: Actor, care_id: UUID, person_id: UUID, purpose: str, now: datetime) -> Care:
    """A teacher of the school looks after the child, and may read it for that. Raises Refused:
    `missing-reason`, `unknown-person`, `not-responsible`."""
    with leading(actor, care_id, now) as care:
        if not purpose.strip():
            raise Refused("missing-reason", "请写明结对为了什么，如：每周谈心一次。")
        today = day_of(now)
        held = Appointment.objects.filter(
            Q(until=None) | Q(until__gte=today), person=person_id, post__org=care.org_id, from_day__lte=today
        )
        person = Person.objects.filter(id__in=held.values("person_id")).first()
        if person is None:
            raise Refused("unknown-person", "请从本单位的教职工里选择结对教师。")
        row = grant(care, person.id, person.name, "paired", purpose, now)
        if row.paired_at is None:
            row.paired_at = now
            row.save(update_fields=["paired_at"])
            prove(care, row.id, "care-pairing", now, now)
        note(care, "pair", now)
        return care


def talk(*, actor: Actor, care_id: UUID, client_id: UUID, on: date, summary: str, now: datetime) -> Care:
    """A talk with the child. A repeat changes nothing. Raises Refused: `missing-reason`, `invalid-day`."""
    with moving(actor, care_id, now) as care:
        if not summary.strip():
            raise Refused("missing-reason", "请写明谈了什么。")
        if not day_of(care.opened_at) <= on <= day_of(now):
            raise Refused("invalid-day", "谈话的日期要在登记那天以后、今天以前（含今天）。请改一个日期。")
        row, made = CareTalk.objects.get_or_create(
            county_id=care.county_id,
            client_id=client_id,
            defaults={
                "care": care,
                "on": on,
                "by_name": actor.name,
                "summary": keys.encrypt(care.id, summary.strip()[:2000]),
                "recorded_at": now,
            },
        )
        if made:
            prove(care, row.id, "care-talk", now if on == day_of(now) else start_of(on), now)
            note(care, "talk", now)
        return care


def review(*, actor: Actor, care_id: UUID, plan: str, review_on: date, now: datetime) -> Care:
    """How it goes on, and when it is looked at again; those who may read it may do so until then. Raises
    Refused: `missing-reason`, `invalid-review`, `not-responsible`."""
    with leading(actor, care_id, now) as care:
        if not plan.strip():
            raise Refused("missing-reason", "请写明下一步怎么帮。")
        after_today(review_on, now)
        care.plan, care.review_on = keys.encrypt(care.id, plan.strip()[:1000]), review_on
        care.save(update_fields=["plan", "review_on"])
        care.grants.update(until=review_on + timedelta(days=spec().lapse_days))
        note(care, "review", now)
        return care


def end_care(*, actor: Actor, care_id: UUID, now: datetime) -> Care:
    """It is over; some months later what was noted is gone. Raises Refused `not-responsible`."""
    with leading(actor, care_id, now) as care:
        over(care, now)
        note(care, "end", now)
        return care


def read(*, actor: Actor, care_id: UUID, purpose: str, now: datetime) -> Care:
    """Somebody opens it: for what, is on record before anything is shown. Raises Refused: `missing-reason`,
    `not-found`."""
    with transaction.atomic():
        care = care_seen(actor, care_id, now)
        assert actor.person_id is not None
        if not purpose.strip():
            raise Refused("missing-reason", "请写明这次查阅为了什么。")
        CareReading.objects.create(
            county_id=care.county_id,
            care=care,
            person_id=actor.person_id,
            person_name=actor.name,
            purpose=purpose.strip()[:60],
            at=now,
        )
        return care


def erase_due(*, now: datetime) -> int:
    """Every day, as a job of the system: end what nobody reviewed, destroy the keys of what has been over for
    long enough, and empty its rows. How many were erased."""
    today = day_of(now)
    for care in Care.objects.filter(
        ended_at=None, review_on__lt=today - timedelta(days=spec().lapse_days)
    ).select_for_update():
        over(care, now)
        note(care, "lapse", now)
    due = list(Care.objects.filter(erased_at=None, erase_on__lte=today).select_for_update())
    CareTalk.objects.filter(care__in=due).delete()
    Care.objects.filter(id__in=[care.id for care in due]).update(
        child="", situation="", plan="", erased_at=now
    )
    for care in due:
        note(care, "erase", now)
        # Only once the rows are empty for good; the other way round a rollback would leave them unreadable.
        transaction.on_commit(partial(keys.destroy, care.id))
    return len(due)


# ---- parts
# ---------------------------------------------------------------------------------------------------------
@contextmanager
def moving(actor: Actor, care_id: UUID, now: datetime) -> Iterator[Care]:
    """The case under a row lock, for whoever may read it. Raises Refused: `not-found`, `ended-care`."""
    with transaction.atomic():
        care_seen(actor, care_id, now)
        care = Care.objects.select_for_update(of=("self",)).get(id=care_id)
        if care.ended_at:
            raise Refused("ended-care", "这件关爱帮教已经结束，没有改动。需要再帮的，请重新登记。")
        yield care


@contextmanager
def leading(actor: Actor, care_id: UUID, now: datetime) -> Iterator[Care]:
    """The same for whoever opened it or leads the school. Raises Refused `not-responsible`."""
    with moving(actor, care_id, now) as care:
        if not care.grants.filter(person=actor.person_id).exclude(role="paired").exists():
            raise Refused("not-responsible", "结对、复核和结束由登记人或校（园）领导办理，没有改动。")
        yield care


def grant(care: Care, person_id: UUID, name: str, role: str, purpose: str, now: datetime) -> CareGrant:
    """A person may read it until some time after the next review; who may already keeps the role."""
    row, _ = CareGrant.objects.get_or_create(
        care=care,
        person_id=person_id,
        defaults={
            "county_id": care.county_id,
            "org_id": care.org_id,
            "person_name": name,
            "role": role,
            "purpose": purpose.strip()[:60],
            "until": care.review_on + timedelta(days=spec().lapse_days),
            "given_at": now,
            "given_by_name": current().name,
        },
    )
    return row


def over(care: Care, now: datetime) -> None:
    """From now on it only waits to be erased."""
    care.ended_at, care.erase_on = now, months_after(day_of(now), spec().keep_months)
    care.save(update_fields=["ended_at", "erase_on"])


def prove(care: Care, source_id: UUID, act: str, occurred_at: datetime, now: datetime) -> None:
    """That it was done at the school on that day; nothing of whom."""
    header = effects.Header("case", source_id, care.county_id, care.org_id, now, recorder_id=care.org_id)
    done = effects.ActDone(act=act, quals=(), occurred_at=occurred_at, index=0)
    for sink in effects.SINKS:
        sink.record(header, [done], frozenset({care.org_id}), now)


def note(care: Care, verb: str, now: datetime) -> None:
    """The record names the number, and nothing of the child."""
    said = {"number": care.number}
    trace.record(current().snapshot(), f"care.{verb}", "care", care.id, care.org_id, None, said, now=now)


def after_today(day: date, now: datetime) -> None:
    """Raises Refused `invalid-review`."""
    if not day_of(now) < day <= months_after(day_of(now), 12):
        raise Refused("invalid-review", "复核日期要在今天以后、一年以内。请改一个日期。")
