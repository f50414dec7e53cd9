"""Schema of a kind of case (cases/*.yaml): what its matters are about, how grave they are, how long they may
take, what its steps prove. The steps themselves are the program's (`rules`)."""

from typing import Annotated, Literal

from pydantic import Field as Meta

from huyuan.packs.format import Key, Strict, Zh

Days = Annotated[int, Meta(strict=True, ge=0, le=3650)]


class Branch(Strict):
    """A finer category."""

    key: Key
    zh: Zh


class Category(Strict):
    """What a matter is about. `to`: the kinds of organisation that can usually remove it, offered first."""

    key: Key
    zh: Zh
    to: tuple[Key, ...] = ()
    branches: tuple[Branch, ...] = ()


class Severity(Strict):
    """How grave it is. `days`: the deadline that is proposed, in calendar days; whoever sets it decides.
    `verified_by`: who may say that it is gone, the organisation where it lies or the one above."""

    key: Key
    zh: Zh
    days: Days | None = None
    verified_by: Literal["owner", "overseer"] = "owner"


class Level(Strict):
    """How closely it is watched, the loosest first. Whoever has to act is reminded `remind_before` days
    before the deadline, and after it every `remind_every` days; `escalate_after` days after it the overseer
    is told to watch it more closely."""

    key: Key
    zh: Zh
    remind_before: Days
    remind_every: Annotated[int, Meta(strict=True, ge=1)]
    escalate_after: Days | None = None


class RaisedBy(Strict):
    """An event that opens a case by itself; one with a token of `settled` was dealt with on the spot and is
    closed as soon as it is known."""

    event: Key
    settled: tuple[str, ...] = ()


class Realised(Strict):
    """The act that a step proves, for the organisation where the matter lies and for whoever took the step.
    `$to` among the values stands for whom the step named."""

    act: Key
    where: dict[Key, str | tuple[str, ...]] = {}


class Proof(Strict):
    """What a step proves."""

    verb: Key
    acts: tuple[Realised, ...]


class Voices(Strict):
    """How what parents and the public report through a school's code counts, and when it is answered.

    `event`: what it is, with the `level` it comes from and, by its own kind, the event's; `received` and
    `answered`: the acts that its arrival and its answer prove; `answer_days`: calendar days within which an
    answer is expected; `phone_days`: days after the answer on which a telephone number is deleted.
    """

    event: Key
    level: Key
    kinds: dict[Key, Key]
    received: tuple[Realised, ...] = ()
    answered: tuple[Realised, ...] = ()
    answer_days: Days
    phone_days: Days


class CaseSpec(Strict):
    """A kind of case.

    `given`: the event that an organisation is told of when it gets a part, so that a clock of its own runs;
    `overseers`: kinds of organisation to which its matters go up, the nearest above the school first;
    `share_days`: how long an organisation that got a part of it sees the case after its deadline;
    `same_days`: within so many days a like matter at the same organisation may be the same one; `voices`:
    what the public reports can become one of them.
    """

    key: Key
    title: Zh
    raised_by: tuple[RaisedBy, ...] = ()
    given: Key | None = None
    overseers: tuple[Key, ...] = ()
    share_days: Days
    same_days: Days
    categories: tuple[Category, ...]
    severities: tuple[Severity, ...]
    levels: tuple[Level, ...]
    proofs: tuple[Proof, ...] = ()
    voices: Voices | None = None

    def category(self, key: str) -> Category | None:
        """The category with this key."""
        return next((one for one in self.categories if one.key == key), None)

    def severity(self, key: str) -> Severity:
        """The severity with this key, else the lightest."""
        return next((one for one in self.severities if one.key == key), self.severities[0])


class CareSpec(Strict):
    """How children who are cared for are remembered. What was noted is erased `keep_months` after the end; it
    may be read until `lapse_days` after the review day; numbers below `counted_from` are told to nobody
    outside the school."""

    key: Key
    zh: Zh
    keep_months: Annotated[int, Meta(strict=True, ge=0, le=60)]
    lapse_days: Days
    counted_from: Annotated[int, Meta(strict=True, ge=2)]
