"""Schema of a form: its fields, who fills it in, who confirms, and what an entry of it means elsewhere.

`"$field"` refers to the value of a field of the entry (inside `repeat`, of the row, else of the entry).
What an entry *means* is a list of effects; `registers` computes them and hands them to whoever registered
for them (duties), knowing nothing of rules.
"""

from typing import Annotated, Literal

from pydantic import Field as Meta

from huyuan.kernel.fields import Field
from huyuan.packs.format import Key, Strict, Zh

Ref = Annotated[str, Meta(pattern=r"^\$[a-z][a-z0-9_]*$")]
Detail = Literal["org", "spot", "description", "due", "responsible", "interim", "photos"]
"""Where it lies (organisation and spot), what it is, until when it is to be mended and by whom, what keeps
people safe until then, pictures."""
Values = dict[Key, str | tuple[str, ...]]
"""Qualifier → literal value, `$field`, or several of them; a `choices` field gives all its chosen values."""


class When(Strict):
    """The effect happens only if the field has one of these values (yes_no: "yes"/"no")."""

    field: str
    is_: Annotated[tuple[str, ...], Meta(alias="is")]


class Effect(Strict):
    if_: Annotated[When | None, Meta(alias="if")] = None
    repeat: str | None = None
    at: Ref | None = None


class Act(Effect):
    """The entry proves this act. `with`: organisation field of the partner whose signature makes it joint."""

    effect: Literal["act"]
    act: Key
    where: Values = {}
    people: Ref | None = None
    partner: Ref | None = None
    names_period: Ref | None = None
    answers: Ref | None = None


class Hours(Strict):
    """How many hours passed from the instant in a field until the entry happened."""

    hours_from: Ref


class Measure(Effect):
    """The entry sets a measured value of the organisation from its day on; with `add` it counts up
    (breaches)."""

    effect: Literal["measure"]
    measure: Key
    value: Ref | int | Hours
    add: bool = False


class Event(Effect):
    """The entry reports an event that starts clocks. `says`: the fields that tell one such event from
    another in lists. `details`: what whoever follows it up is told besides. `planned`: it may lie ahead (a
    milestone on its day), else nothing occurs after it was recorded."""

    effect: Literal["event"]
    event: Key
    where: Values = {}
    says: tuple[Ref, ...] = ()
    details: dict[Detail, Ref] = {}
    occurred: Ref | None = None
    planned: bool = False


class Presence(Effect):
    """The entry is a sign-in: this person was at this point, counted as `qualified`, from–until.

    `planned`: a roster.
    """

    effect: Literal["presence"]
    point: str
    qualified: str
    person: Ref
    from_: Annotated[Ref, Meta(alias="from")]
    until: Ref
    planned: bool = False


AnyEffect = Annotated[Act | Measure | Event | Presence, Meta(discriminator="effect")]


class Sum(Strict):
    """What must add up: the `parts` to the `total`, or, where they `may_be_less`, to no more than it.
    `unless`: a field that explains why not; then a difference is asked about and not refused."""

    parts: tuple[str, ...]
    total: tuple[str, ...]
    may_be_less: bool = False
    unless: str | None = None


class FormSpec(Strict):
    """A register form.

    `org` and `posts`: which kinds of organisation and post fill it in (empty: any); `confirmed_by`: posts
    of which one confirms (empty: submitting is enough); `columns`: the fields shown in lists (empty: all);
    `happened`: the field that says when it happened (else: now); `began`: beside it, of what lasts a shift,
    the field of its beginning; `signed_by_partner`: the organisation
    field of the partners whose signature is asked for; `personal`: only the own organisation sees its
    entries; `by_school`: a school may record it for an agency that is linked to it (代录) also where it does
    not name the school; `at_hand`: a button on Today, for what nobody plans; `while_in_force`: only where its
    pack is adopted, and for days on which the order is in force.

    `for_month`: the month field of what an organisation hands in once for each month: a second one is a
    correction, and it happens in its month at the latest. `carries`: field → the field whose answer for the
    month before it takes over. `sums`: the numbers that must add up.
    """

    key: Key
    title: Zh
    theme: Key
    hint: Zh | None = None
    org: tuple[Key, ...] = ()
    posts: tuple[Key, ...] = ()
    confirmed_by: tuple[Key, ...] = ()
    signed_by_partner: str | None = None
    happened: str | None = None
    began: str | None = None
    personal: bool = False
    by_school: bool = False
    at_hand: bool = False
    while_in_force: bool = False
    for_month: str | None = None
    carries: dict[str, str] = {}
    sums: tuple[Sum, ...] = ()
    columns: tuple[str, ...] = ()
    fields: tuple[Field, ...]
    tombstones: tuple[str, ...] = ()
    effects: tuple[AnyEffect, ...] = ()
