"""Reads of organisations, people, posts and the calendar. Whatever is about people begins with `scope`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal, NamedTuple, cast
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Max, OuterRef, Prefetch, Q, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject

from huyuan.kernel.calendar import Calendar, DayKind, Term
from huyuan.kernel.days import day_of, end_of, start_of
from huyuan.orgs import rules
from huyuan.orgs.actor import Actor
from huyuan.orgs.kept import per_county
from huyuan.orgs.models import (
    Account,
    ActivationSlip,
    Appointment,
    Bell,
    CalendarDay,
    Elevation,
    HolidayYear,
    Liaison,
    Organisation,
    Person,
    Post,
    Reach,
    SignIn,
    TermRow,
)
from huyuan.orgs.permissions import allowed, not_found, require, scope
from huyuan.trace import keys
from huyuan.trace.models import Record


class BellStep(NamedTuple):
    """From `from_day` on, the `number`-th time of this kind; `ends` where it is a span."""

    org_id: UUID
    kind: str
    number: int
    from_day: date
    starts: time
    ends: time | None


class Holder(NamedTuple):
    """Who holds a post from a day on; `id` is the appointment's."""

    id: UUID
    person_id: UUID
    name: str
    from_day: date
    until: date | None
    acting: bool


@dataclass(frozen=True)
class HeldPost:
    """A post with who holds it on a day; no holders: vacant. `coming`: who will from a later day on."""

    post: Post
    holders: tuple[Holder, ...]
    coming: tuple[Holder, ...] = ()

    @property
    def vacant(self) -> bool:
        return not self.holders

    @property
    def only_acting(self) -> bool:
        return bool(self.holders) and all(holder.acting for holder in self.holders)


def counties() -> list[int]:
    """The counties of this installation, for jobs that run for each of them."""
    return sorted(Reach.objects.values_list("county_id", flat=True).distinct())


def organisations(actor: Actor, action: str = "org.see") -> QuerySet[Organisation]:
    """The organisations to which the actor may do `action`."""
    return Organisation.objects.filter(county_id=actor.county_id, id__in=scope(actor, action))


def organisation(actor: Actor, org_id: UUID) -> Organisation:
    """One organisation with its region and parent; `not-found` when it is out of reach."""
    if not allowed(actor, "org.see", org_id):
        raise not_found()
    return Organisation.objects.select_related("region", "parent").get(id=org_id)


@per_county
def kinds_of(county_id: int) -> Mapping[UUID, str]:
    """Organisation → its kind, of the whole county."""
    return dict(Organisation.objects.filter(county_id=county_id).values_list("id", "kind"))


def everyones_names(actor: Actor) -> QuerySet[Organisation]:
    """All organisations of the county, for naming a partner: names are public, nothing else follows from
    them."""
    return Organisation.objects.filter(county_id=actor.county_id).order_by("name")


def people(actor: Actor, day: date) -> QuerySet[Person]:
    """The people whom the actor may see and who have not left by `day`."""
    return Person.objects.filter(
        Q(left=None) | Q(left__gte=day), county_id=actor.county_id, home__in=scope(actor, "people.see")
    ).order_by("name", "id")


def posts_of(actor: Actor, org_id: UUID, day: date) -> list[HeldPost]:
    """The posts of an organisation with their holders on `day`, vacant ones too, without those of classes
    whose school year is over; one query."""
    require(actor, "people.see", org_id)
    standing = Appointment.objects.filter(
        Q(until=None) | Q(until__gte=day),
        Q(person__left=None) | Q(person__left__gte=day),
        post=OuterRef("pk"),
    ).order_by("acting", "from_day", "id")
    holder = JSONObject(
        id="id",
        person_id="person_id",
        name="person__name",
        from_day="from_day",
        until="until",
        acting="acting",
    )
    posts = (
        Post.objects.filter(county_id=actor.county_id, org_id=org_id)
        .select_related("school_class")
        .annotate(held=ArraySubquery(standing.values(json=holder)))
        .order_by("kind", "title", "id")
    )
    return [
        _held_post(post, [_holder(row) for row in post.held], day)
        for post in posts
        if not (post.school_class and rules.class_ended(post.school_class.school_year, day))
    ]


def _held_post(post: Post, standing: Sequence[Holder], day: date) -> HeldPost:
    return HeldPost(
        post,
        tuple(one for one in standing if one.from_day <= day),
        tuple(one for one in standing if one.from_day > day),
    )


def _holder(row: Mapping[str, Any]) -> Holder:
    """A holder from JSON, in which ids and days are texts."""
    return Holder(
        UUID(row["id"]),
        UUID(row["person_id"]),
        row["name"],
        date.fromisoformat(row["from_day"]),
        row["until"] and date.fromisoformat(row["until"]),
        row["acting"],
    )


def people_of(actor: Actor, org_id: UUID, day: date) -> QuerySet[Person]:
    """Everybody whose home is this organisation and who has not left by `day`, each with `held`: the posts of
    the day, there and elsewhere. Raises Refused where the actor may not see people."""
    require(actor, "people.see", org_id)
    return people(actor, day).filter(home_id=org_id).prefetch_related(_with_posts(day))


def person(actor: Actor, person_id: UUID, day: date) -> Person:
    """One person whom the actor may see, through the home or through a post held; with `held`."""
    seen = scope(actor, "people.see")
    found = (
        Person.objects.filter(Q(home__in=seen) | Q(appointments__post__org__in=seen), id=person_id)
        .select_related("home", "account")
        .prefetch_related(_with_posts(day))
        .first()
    )
    if found is None:
        raise not_found()
    return found


def _with_posts(day: date) -> "Prefetch[Any]":
    held = _held(day).select_related("person", "post__org", "post__school_class")
    return Prefetch("appointments", held.order_by("acting", "from_day", "id"), "held")


def holders(org_ids: Collection[UUID], post_kind: str, day: date) -> QuerySet[Appointment]:
    """Who holds this kind of post in these organisations on `day`: those in office before those that act."""
    return (
        _held(day)
        .filter(post__org_id__in=org_ids, post__kind=post_kind)
        .select_related("post")
        .order_by("post__org_id", "acting", "from_day", "id")
    )


def liaisons_of(school_id: UUID | OuterRef, day: date) -> QuerySet[Liaison]:
    """The school's liaison agencies on `day`."""
    return (
        Liaison.objects.filter(Q(until=None) | Q(until__gte=day), school_id=school_id, from_day__lte=day)
        .select_related("agency")
        .order_by("agency__kind", "agency__name")
    )


def bells_of(org_ids: Collection[UUID]) -> Iterator[BellStep]:
    """Every step of the times of day of these organisations, ordered by organisation, kind, number and
    day."""
    rows = Bell.objects.filter(org_id__in=org_ids).order_by("org_id", "kind", "number", "from_day")
    columns = rows.values_list("org_id", "kind", "number", "from_day", "starts", "ends")
    return (BellStep(*row) for row in columns.iterator(chunk_size=5000))


@per_county
def calendar_of(county_id: int) -> Calendar:
    """The county's terms, special days and published years."""
    terms = TermRow.objects.filter(county_id=county_id).order_by("first")
    days = list(CalendarDay.objects.filter(county_id=county_id).values_list("day", "kind", "name"))
    years = HolidayYear.objects.filter(county_id=county_id).values_list("year", flat=True)
    return Calendar(
        terms=tuple(Term(row.year, cast(Literal[1, 2], row.semester), row.first, row.last) for row in terms),
        days={day: cast(DayKind, kind) for day, kind, _ in days},
        published=frozenset(years),
        names={day: name for day, _, name in days if name},
    )


def _held(day: date) -> QuerySet[Appointment]:
    """Appointments in force on `day`, of people whom the transaction may see."""
    return Appointment.objects.filter(
        Q(until=None) | Q(until__gte=day), Q(person__left=None) | Q(person__left__gte=day), from_day__lte=day
    ).select_related("person")


@dataclass(frozen=True)
class AccountState:
    """A person's account as administrators see it: the number masked, no secret. `state`: none, closed,
    waiting (never activated), slip (a code is out), open."""

    person: Person
    posts: tuple[str, ...]
    account: Account | None
    state: Literal["none", "closed", "waiting", "slip", "open"]
    phone: str
    second_factor: bool
    last_seen: datetime | None
    slip_until: datetime | None


def account_states(actor: Actor, org_id: UUID, now: datetime) -> list[AccountState]:
    """Everybody whose home is this organisation, with the posts held there and the account; a constant number
    of queries. Raises Refused when the actor may not manage accounts there."""
    require(actor, "account.alter", org_id)
    day = day_of(now)
    open_slips = ActivationSlip.objects.filter(used_at=None, withdrawn_at=None, expires_at__gt=now)
    people = (
        Person.objects.filter(Q(left=None) | Q(left__gte=day), county_id=actor.county_id, home_id=org_id)
        .select_related("account", "second_factor")
        .prefetch_related(
            Prefetch("appointments", queryset=_held(day).select_related("post"), to_attr="held"),
            Prefetch("slips", queryset=open_slips, to_attr="open_slips"),
        )
        .annotate(last_seen=Max("account__sign_ins__since"))
        .order_by("name", "id")
    )
    return [_account_state(person) for person in people]


def without_account(actor: Actor, post_kinds: Collection[str], now: datetime, most: int) -> list[Person]:
    """People without an account who hold one of these posts today where the actor manages accounts, with
    `held` (those posts), ordered by their home and name; two queries."""
    day = day_of(now)
    mine = scope(actor, "account.alter")
    wanted = _held(day).filter(post__kind__in=post_kinds, post__org__in=mine)
    # Whoever also holds a post elsewhere gets the account from somebody who manages both.
    elsewhere = _held(day).exclude(post__org__in=mine)
    return list(
        Person.objects.filter(
            Q(left=None) | Q(left__gte=day),
            county_id=actor.county_id,
            home__in=mine,
            account=None,
            id__in=wanted.values("person_id"),
        )
        .exclude(id__in=elsewhere.values("person_id"))
        .select_related("home")
        .prefetch_related(Prefetch("appointments", queryset=wanted.select_related("post"), to_attr="held"))
        .order_by("home__name", "home_id", "name", "id")[:most]
    )


def posts_without_account(actor: Actor, now: datetime) -> dict[str, int]:
    """Kind of post → how many people hold it today without an account, where the actor manages accounts."""
    waiting = _held(day_of(now)).filter(
        person__account=None, person__home__in=scope(actor, "account.alter"),
        post__org__in=scope(actor, "account.alter"),
    )  # fmt: skip
    rows = waiting.order_by().values_list("post__kind").annotate(Count("person_id", distinct=True))
    return dict(rows)


def _account_state(person: Any) -> AccountState:
    account: Account | None = getattr(person, "account", None)
    factor = getattr(person, "second_factor", None)
    slip = person.open_slips[0] if person.open_slips else None
    state: Literal["none", "closed", "waiting", "slip", "open"]
    if account is None:
        state = "none"
    elif not account.is_active:
        state = "closed"
    elif slip:
        state = "slip"
    else:
        state = "open" if account.has_usable_password() else "waiting"
    return AccountState(
        person=person,
        posts=tuple(sorted({held.post.title for held in person.held})),
        account=account,
        state=state,
        phone=rules.masked_phone(keys.decrypt(person.id, account.phone)) if account and account.phone else "",
        second_factor=bool(factor and factor.confirmed_at),
        last_seen=person.last_seen,
        slip_until=slip.expires_at if slip else None,
    )


def elevated_until(actor: Actor, now: datetime) -> datetime | None:
    """Until when the actor may manage accounts; None: not now. (A job needs no elevation and has none.)"""
    if actor.person_id is None:
        return None
    running = Elevation.objects.filter(person_id=actor.person_id, from_at__lte=now, until__gt=now)
    return running.order_by("-until").values_list("until", flat=True).first()


def sign_ins_of(account: Account, now: datetime) -> QuerySet[SignIn]:
    """The running sign-ins of an account, the newest first."""
    return SignIn.objects.filter(account=account, expire_date__gt=now).order_by("-since")


@dataclass(frozen=True)
class RecordFilter:
    """Which records are looked for; empty: all. `text` stands in names, objects or what was written."""

    first: date
    last: date
    verbs: tuple[str, ...] = ()
    org_id: UUID | None = None
    text: str = ""


def records(actor: Actor, wanted: RecordFilter) -> QuerySet[Record]:
    """What was done to the things of the organisations whose record the actor may read, newest first."""
    found = Record.objects.filter(
        county_id=actor.county_id,
        org_id__in=scope(actor, "trace.see"),
        at__gte=start_of(wanted.first),
        at__lt=end_of(wanted.last),
    )
    if wanted.verbs:
        found = found.filter(verb__in=wanted.verbs)
    if wanted.org_id:
        found = found.filter(org_id=wanted.org_id)
    if wanted.text:
        found = found.annotate(said=Cast("after", TextField())).filter(
            Q(actor__name__icontains=wanted.text)
            | Q(object_id=wanted.text)
            | Q(said__icontains=wanted.text)
            | Q(request_id=wanted.text)
        )
    return found.order_by("-at", "-id")
