"""One adopted rule, ready to judge: local values filled in, and the days between which it binds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from huyuan.duties.schema import Local, Reaction, RuleSpec, WhenRule
from huyuan.kernel.calendar import Active
from huyuan.kernel.errors import Refused
from huyuan.kernel.limits import UNSTATED
from huyuan.kernel.recurrence import Cadence

RULE: TypeAdapter[RuleSpec] = TypeAdapter(RuleSpec)

Fit = Literal["in", "cut", "out"]


class Resolved(NamedTuple):
    """A rule with its local values, and the questions that nobody has answered."""

    rule: RuleSpec
    missing: tuple[Local, ...]


def resolve(rule: RuleSpec, local_values: Mapping[str, Any]) -> Resolved:
    """Fill in the answers to what the text leaves open; raises Refused for an answer that doesn't fit its
    question.

    Unanswered, a time limit is unstated; anything else stays open and makes the rule's cells unknown.
    """
    missing: list[Local] = []
    filled = _fill(rule, local_values, missing)
    return Resolved(filled, tuple(missing))


def _fill(value: Any, answers: Mapping[str, Any], missing: list[Local], within: bool = False) -> Any:
    if isinstance(value, Local):
        if value.local in answers:
            return answers[value.local]
        if within:
            return UNSTATED
        missing.append(value)
        return value
    if isinstance(value, tuple):
        return tuple(_fill(part, answers, missing) for part in value)
    if not isinstance(value, BaseModel) or not _has_local(value):
        return value
    filled = {
        name: _fill(getattr(value, name), answers, missing, name == "within")
        for name in type(value).model_fields
    }
    try:
        # Fields are given by name here, by alias in a pack; what was left out stays left out.
        return type(value).model_validate(
            {name: filled[name] for name in value.model_fields_set}, by_name=True, by_alias=True
        )
    except ValidationError as error:
        names = "、".join(sorted(local.local for local in locals_of(value)))
        raise Refused(
            "local-value-unfit", f"本地约定“{names}”的取值不合适，请按提问重新填写。", problem=str(error)
        ) from error


def _has_local(value: Any) -> bool:
    return any(True for _ in locals_of(value))


def locals_of(value: Any) -> Iterable[Local]:
    """Every question that a rule asks of its adopter."""
    if isinstance(value, Local):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from locals_of(part)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from locals_of(getattr(value, name))


def reactions(rule: WhenRule) -> dict[str, Reaction]:
    """What the rule asks for after an event, by the part of its cells' key: the act, numbered where it is
    asked for several times."""
    acts = [reaction.act for reaction in rule.then]
    return {
        reaction.act if acts.count(reaction.act) == 1 else f"{reaction.act}.{number}": reaction
        for number, reaction in enumerate(rule.then, start=1)
    }


def tokens(where: Mapping[str, str | tuple[str, ...]]) -> frozenset[str]:
    """Qualifiers as "key=value" tokens, all of which an act must carry."""
    return frozenset(
        f"{key}={value}"
        for key, values in where.items()
        for value in (values if isinstance(values, tuple) else (values,))
    )


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """A rule of an adopted pack version.

    A period binds whole between `first` (the latest of adoption, order and go-live) and `last` (their
    last day). Of the versions of one rule each judges the periods that are its own: those that start from
    `starts_from` on and before `starts_before`; where a version cuts at once, those that end from
    `ends_from` on or before `ends_before`. `anchor` is the adoption's first judged day, the same for all
    versions; `until` the last day that the order names, else the adoption's: a campaign lasts to it, and is
    cut where the adoption ends sooner. `subjects`: organisations, None: all. `grace_long`, `grace_daily` are
    days, `window_minutes` how long after a window its sign-ins may be recorded. `posts`: the kinds of post
    whose duty it is, `leading` those that lead an organisation, in order of precedence; `schools`: the kinds
    of organisation that live by school terms, all others being offices.
    """

    adoption_id: UUID
    rule_id: UUID
    pack: str
    rule: RuleSpec
    first: date
    last: date | None = None
    anchor: date | None = None
    until: date | None = None
    missing: tuple[Local, ...] = ()
    starts_from: date | None = None
    starts_before: date | None = None
    ends_from: date | None = None
    ends_before: date | None = None
    grace_long: int = 7
    grace_daily: int = 1
    window_minutes: int = 0
    sign_ins: Mapping[str, date] = field(default_factory=dict)
    subjects: frozenset[UUID] | None = None
    cite: str = ""
    posts: tuple[str, ...] = ()
    leading: tuple[str, ...] = ()
    schools: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """ "pack/rule", as people and decisions name it."""
        return f"{self.pack}/{self.rule.key}"

    def binds(self, org_id: UUID, kind: str) -> bool:
        """Does the rule speak of this organisation? A rule that waits for a capability is not judged yet."""
        return (
            not self.rule.planned
            and kind in self.rule.who.org
            and (self.subjects is None or org_id in self.subjects)
        )

    def active_for(self, kind: str) -> Active:
        """When the rule runs: as it says, else in term for schools and always for offices."""
        return self.rule.active or ("term" if kind in self.schools else "always")

    def post_at(self, there: Collection[str]) -> str:
        """The kind of post whose duty it is at an organisation that has the kinds of post `there`: the first
        of those named, else the one that leads there; "" where there is none of them and none is named."""
        found = (kind for kind in (*self.posts, *self.leading) if kind in there)
        return next(found, self.posts[0] if self.posts else "")

    def fit(
        self, start: date, end: date | None, opened: date | None = None, closed: date | None = None
    ) -> Fit:
        """How a period from `start` to its last day lies in the days in force: in, cut (not applicable),
        or out.

        `end` None is an open end. `closed` is the organisation's first day without business.
        """
        if (self.starts_from and start < self.starts_from) or (
            self.starts_before and start >= self.starts_before
        ):
            return "out"
        if end and (
            (self.ends_from and end < self.ends_from) or (self.ends_before and end >= self.ends_before)
        ):
            return "out"
        first = max(self.first, opened) if opened else self.first
        if (end and end < first) or (self.last and start > self.last) or (closed and start >= closed):
            return "out"
        if start < first or (end and self.last and end > self.last) or (end and closed and end >= closed):
            return "cut"
        return "in"

    def grace_days(self, cadence: Cadence) -> int:
        """Calendar days from due to close of a `do` cell."""
        match cadence.kind:
            case "night" | "shift":
                return 0
            case "weekend_day":
                return self.grace_daily
            case "day":
                return self.grace_daily if cadence.units < 7 else self.grace_long
            case _:
                return self.grace_long
