"""Schemas of what a directive pack says about duties: vocabulary, clauses, rules, scenarios.

This is the language of the directives. It has four kinds of rule and no expressions: `who` and `if` name
typed predicates; numbers a text leaves open are `{local: name, ask: …}` and are answered at adoption,
never invented.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from huyuan.kernel.limits import Limit
from huyuan.kernel.recurrence import Cadence
from huyuan.packs.format import Key, Strict, Zh

Where = dict[Key, str | tuple[str, ...]]
"""Qualifiers: `{scope: whole-school}`; several values mean all of them must be present."""


# ---- vocabulary (packs/base/*.yaml; any pack may add to it) ----------------------------------------------
class Qualifier(Strict):
    """A qualifier of an act or event: the closed list of its values, or `of`: the words whose keys they
    are."""

    key: Key
    zh: Zh
    values: dict[Key, Zh] = {}
    of: Literal["orgkinds", "papers", "venues"] | None = None


class ActSpec(Strict):
    """An act: something done that can prove a rule. `joint`: may be done by several organisations that
    each sign. `recorded_on`: the page of the program on which it is recorded, where that is no form."""

    key: Key
    zh: Zh
    qualifiers: tuple[Qualifier, ...] = ()
    joint: bool = False
    recorded_on: Zh | None = None
    note: Zh | None = None


class EventSpec(Strict):
    """Something that happens and starts clocks."""

    key: Key
    zh: Zh
    qualifiers: tuple[Qualifier, ...] = ()


class MeasureSpec(Strict):
    """A measured value of an organisation, a step function over days.

    `source`: `form` (entries set it), `attribute` (dated attribute of the organisation), `counted` (a
    provider in code counts rows, e.g. certified guards), `breaches` (counts recorded breaches; unknown
    where nothing could record one).
    """

    key: Key
    zh: Zh
    unit: Zh | None = None
    source: Literal["form", "attribute", "counted", "breaches"]
    recorded_by: tuple[Key, ...] = ()


class PointSpec(Strict):
    """A place or task at which people are on duty (gate, duty room, dormitory)."""

    key: Key
    zh: Zh


class QualifiedSpec(Strict):
    """Whom a rule may count at a post (staff, guard, leader, police, volunteer, parent)."""

    key: Key
    zh: Zh
    posts: tuple[Key, ...] = ()


class MatterSpec(Strict):
    """A matter groups rules of several directives about the same thing.

    `compare`: headcount (larger), cadence (more often), lead (earlier), retention (longer), evidence
    (union), or `decide` — incomparable: the bureau decides once, until then `default` holds.
    """

    key: Key
    zh: Zh
    compare: Literal["headcount", "cadence", "lead", "retention", "evidence", "decide"]
    default: Zh | None = None


# ---- rules -----------------------------------------------------------------------------------------------
class Local(Strict):
    """A value that the text leaves open; the adopting organisation gives it. `ask` is the question put to
    it."""

    local: Key
    ask: Zh
    unit: Zh | None = None


class Predicate(Strict):
    """`{fact: boarding}`, `{fact: nature, is: private}`, `{fact: stage, is: [primary, junior]}`, `not:
    true`."""

    fact: Key
    is_: Annotated[str | tuple[str, ...] | None, Field(alias="is")] = None
    not_: Annotated[bool, Field(alias="not")] = False


class Who(Strict):
    """Which organisations a rule binds: kinds of organisation, narrowed by predicates (all must hold).

    `actor` is the text's own word for the one who acts; adoption maps it to a post of ours.
    """

    org: tuple[Key, ...]
    if_: Annotated[tuple[Predicate, ...], Field(alias="if")] = ()
    actor: Zh | None = None


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class By(Strict):
    """The post that does it and, where the text asks for it, the post that confirms.

    Of several kinds of post it is the first that the organisation has (a rule that binds both bureaus names
    one of each); where it has none of them, whoever leads there.
    """

    posts: Annotated[tuple[Key, ...], BeforeValidator(_several), Field(alias="post", min_length=1)]
    confirmed_by: Key | None = None


class Alternative(Strict):
    """Another act that proves the same."""

    act: Key
    where: Where = {}


class Proof(Strict):
    """Which acts prove a `do` rule: n of `act` with these qualifiers; `gap_days` apart; `self_only`:
    joint acts do not count; `any_of`: other acts that count as well; `each`: every value must occur
    (union of evidence)."""

    act: Key
    where: Where = {}
    at_least: int | Local = 1
    gap_days: int = 1
    self_only: bool = False
    any_of: tuple[Alternative, ...] = ()
    each: dict[Key, tuple[Key, ...]] = {}


class Tier(Strict):
    up_to: int
    value: int


class Then(Strict):
    per: int
    add: int


class Tiers(Strict):
    """A step table over another measure: 4 up to 500 pupils, then one more for each further 500 begun
    (rounded up)."""

    of: Key
    tiers: tuple[Tier, ...]
    then: Then | None = None


class Threshold(Strict):
    """One measured value against a bound. `if` narrows it (no dormitory: this position does not apply)."""

    measure: Key
    at_least: int | Decimal | Tiers | Local | None = None
    at_most: int | Decimal | Local | None = None
    if_: Annotated[tuple[Predicate, ...], Field(alias="if")] = ()

    @model_validator(mode="after")
    def one_bound(self) -> "Threshold":
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("at_least 和 at_most 要写且只写一个")
        return self


class Window(Strict):
    """When people must be there: anchors of the organisation's day, opened earlier or held longer by
    minutes."""

    anchor: tuple[Literal["arrival", "dismissal", "shift", "night", "day", "class-hours"], ...]
    before_minutes: int | Local = 0
    after_minutes: int | Local = 0


class Staffing(Strict):
    people: int | Local
    qualified: tuple[Key, ...]


class Reaction(Strict):
    """What must follow an event: an act with qualifiers inside a limit; `unstated` never ages into missed."""

    act: Key
    where: Where = {}
    within: Limit | Local
    self_only: bool = False


class RuleBase(Strict):
    """What all rules have. `active`: left out, it is `term` for schools and `always` for offices."""

    key: Key
    title: Zh
    clauses: tuple[str, ...]
    theme: Key
    matter: Key | None = None
    who: Who
    by: By | None = None
    to: tuple[Key, ...] = ()
    active: Literal["term", "vacation", "always"] | None = None
    planned: Key | None = None
    record_within_days: int = 3
    note: Zh | None = None


class DoRule(RuleBase):
    """Do something n times in each period, by a day. `subject`: one cell per organisation, or per
    class/gate/building."""

    kind: Literal["do"]
    subject: Literal["org", "class", "gate", "building"] = "org"
    every: Cadence | Local
    proof: Proof


class HaveRule(RuleBase):
    """Hold a standard: all thresholds, judged each active day; the cell is a month without grace."""

    kind: Literal["have"]
    subject: Literal["org", "class", "gate", "building"] = "org"
    all_of: tuple[Threshold, ...]
    grace_days: int = 0


class PostRule(RuleBase):
    """Be there: enough qualified people at a point during a window; `each` makes one cell per
    qualification."""

    kind: Literal["post"]
    point: Key
    window: Window
    at_least: Staffing
    each: bool = False
    tolerance_minutes: int = 5


class WhenRule(RuleBase):
    """An event starts a clock; every reaction in `then` is its own cell."""

    kind: Literal["when"]
    event: Key
    where: Where = {}
    start: Literal["occurred", "known", "assigned"] = "known"
    then: tuple[Reaction, ...]


RuleSpec = Annotated[DoRule | HaveRule | PostRule | WhenRule, Field(discriminator="kind")]


# ---- clauses ---------------------------------------------------------------------------------------------
class Claim(Strict):
    """What the program does with one sentence of the text.

    `status`: carried (by names carriers, `rule:key`, `form:key`, `measure:key`, `paper:key`, `act:key`,
    and `scenario` a scenario of the pack that goes red without them), planned (`capability` it waits
    for), fact (a figure of a report), guidance (no threshold, no record asked for; `reason`), not-ours
    (`reason`).
    """

    id: Annotated[str, Field(pattern=r"^S[0-3]-P[1-9]-\d{3}$")] | None = None
    quote: Zh
    status: Literal["carried", "planned", "fact", "guidance", "not-ours"]
    by: tuple[str, ...] = ()
    scenario: Key | None = None
    capability: Key | None = None
    reason: Zh | None = None


class ClauseSpec(Strict):
    """One paragraph of the text, in order. `key` follows the text's own numbering ("3.1.3"), `cite` is
    how people cite it (第三条（一）3), `text` is verbatim but for 〔职务〕 in place of names; every
    quote of a claim stands in it. `simplified`: the same in simplified characters, where the text has others.

    In a pack of norms `source` says where the requirement was read and `confidence` how: the norm's own words
    were seen there, or only what others say of it.
    """

    key: Annotated[str, Field(pattern=r"^[0-9a-z]+(\.[0-9a-z]+)*$")]
    cite: Zh
    title: Zh | None = None
    text: Zh
    simplified: Zh | None = None
    source: Zh | None = None
    confidence: Literal["seen", "second-hand"] | None = None
    note: Zh | None = None
    claims: tuple[Claim, ...] = ()


# ---- scenarios -------------------------------------------------------------------------------------------
class GivenOrg(Strict):
    """A made-up school; its facts hold from the first day on. `times`: its bells, `{arrival: [["07:10",
    "07:40"]]}`; `classes`: the names of its classes."""

    kind: Key = "school"
    opened: date | None = None
    closed: date | None = None
    facts: dict[Key, str | int | bool] = {}
    times: dict[
        Literal["arrival", "dismissal", "night", "shift", "class-hours"], tuple[tuple[str, str], ...]
    ] = {}
    classes: tuple[str, ...] = ()


class GivenFact(Strict):
    """A fact of the organisation that changes on a day."""

    fact: Key
    from_: Annotated[date, Field(alias="from")]
    value: str | int | bool


class GivenAct(Strict):
    """An act. `signed_by`: kinds of the partners that signed; `event`: the `ref` of the event that it
    answers; `of_class`: the class for which it was done."""

    act: Key
    where: Where = {}
    at: datetime
    recorded: datetime | None = None
    confirmed: datetime | None = None
    voided: datetime | None = None
    single_handed: bool = False
    signed_by: tuple[Key, ...] = ()
    names_period: str | None = None
    event: str | None = None
    of_class: str | None = None


class GivenEntry(Strict):
    """A form filled in and submitted (and confirmed, where the form asks): its acts, measures, events follow.

    Fields of later entries name its event by `ref` ("check/2": the second of several); so do the periods of
    the clocks that its events start. `of_class`: a class teacher made it for that class.
    """

    ref: str | None = None
    form: Key
    body: dict[str, object]
    at: datetime
    recorded: datetime | None = None
    confirmed: datetime | None = None
    voided: datetime | None = None
    signed_by: tuple[Key, ...] = ()
    of_class: str | None = None


class GivenMeasure(Strict):
    measure: Key
    from_: Annotated[date, Field(alias="from")]
    value: Decimal


class GivenPresence(Strict):
    """Somebody at a point, signed in at `recorded` (default: `from`); `planned`: so says the roster."""

    point: Key
    qualified: Key
    from_: Annotated[datetime, Field(alias="from")]
    until: datetime
    person: str
    recorded: datetime | None = None
    planned: bool = False


class GivenEvent(Strict):
    """Something that happened. `learned`: qualifiers that became known later than `known`."""

    event: Key
    ref: str
    where: Where = {}
    occurred: datetime
    known: datetime | None = None
    assigned: datetime | None = None
    learned: dict[str, datetime] = {}
    ended: datetime | None = None


class GivenWaiver(Strict):
    """A duty excused from one day to another; `given` is when (default: before everything)."""

    rule: Key
    from_: Annotated[date, Field(alias="from")]
    until: date
    given: datetime | None = None


class Given(Strict):
    """What was so and what was recorded. `sign_in`: point → the day from which a roster alone proves nothing
    (default: go-live); `until`: the adoption's last day; `terms`: first and last day of each term, by key
    ("2014-2015-1"), where the usual ones of 2025 to 2027 are not meant."""

    org: GivenOrg = GivenOrg()
    terms: dict[Annotated[str, Field(pattern=r"^\d{4}-\d{4}-[12]$")], tuple[date, date]] = {}
    go_live: date = date(2026, 9, 1)
    until: date | None = None
    local: dict[str, object] = {}
    sign_in: dict[Key, date] = {}
    window_grace_minutes: int = 0
    changes: tuple[GivenFact, ...] = ()
    entries: tuple[GivenEntry, ...] = ()
    acts: tuple[GivenAct, ...] = ()
    measures: tuple[GivenMeasure, ...] = ()
    presence: tuple[GivenPresence, ...] = ()
    events: tuple[GivenEvent, ...] = ()
    waivers: tuple[GivenWaiver, ...] = ()


class Expect(Strict):
    """The verdict of a rule's cell. `period`: "2026-10", "2026-W41", "2026-10-12", a window
    "2026-10-12-arrival-1", an event's ref; "2026-10-12" also takes all windows of that day together.
    `part`: one reaction's act or qualification; `of_class`: the cell of that class. Several cells together
    are judged as `all`. `correction`: what is shown beside a closed verdict. `none` as verdict: there is no
    such cell."""

    rule: Key
    period: str
    part: str | None = None
    of_class: str | None = None
    verdict: Literal[
        "owed", "overdue", "met", "late", "missed", "waived", "not_applicable", "unknown", "none"
    ]
    correction: str | None = None
    because: Zh | None = None


class Scenario(Strict):
    """Given a school and what was recorded, expect these verdicts at `now` (Shanghai time where no zone
    is given)."""

    key: Key
    title: Zh
    given: Given
    now: datetime
    expect: tuple[Expect, ...]
