"""`when`: an event starts a clock; every reaction is its own cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from huyuan.duties.rules.binding import Binding, reactions, tokens
from huyuan.duties.rules.desk import Desk
from huyuan.duties.rules.do import NONE, recorded_within, waived
from huyuan.duties.rules.facts import EventFact, OrgFacts, ProofFact
from huyuan.duties.rules.verdicts import Cell, Correction, Reason, Verdict, cut
from huyuan.duties.rules.who import excluded
from huyuan.duties.schema import Reaction, WhenRule
from huyuan.kernel.days import day_of, last_day, zh_day
from huyuan.kernel.limits import Limit, due_after

INSTANT = timedelta(microseconds=1)
# So much of what an event is about stands in the name of its clocks.
ABOUT = 40


@dataclass(frozen=True, eq=False)
class Asked:
    """One reaction worked out once. `part` names it in the cell's key."""

    reaction: Reaction
    part: str
    quals: frozenset[str]
    limit: Limit


@dataclass(eq=False)
class Plan:
    """A `when` rule worked out once."""

    binding: Binding
    rule: WhenRule
    quals: frozenset[str] = field(init=False)
    asked: tuple[Asked, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.quals = tokens(self.rule.where)
        self.asked = tuple(
            Asked(
                reaction,
                part,
                tokens(reaction.where),
                reaction.within if isinstance(reaction.within, Limit) else Limit(unstated=True),
            )
            for part, reaction in reactions(self.rule).items()
        )


@dataclass(frozen=True, slots=True)
class Clock:
    """One reaction's clock: when it started, when it is due (None: no time stated), and the instant after
    which a reaction comes too late (hours and minutes include their last instant)."""

    start_at: datetime
    due_at: datetime | None
    close_at: datetime | None


def started_at(event: EventFact, plan: Plan) -> datetime | None:
    """When all conditions of the event were first known together, but not before the instant that the
    rule names. None: not yet, or never."""
    base = {"occurred": event.occurred_at, "known": event.known_at, "assigned": event.assigned_at}[
        plan.rule.start
    ]
    missing = plan.quals - event.quals
    if base is None or any(token not in event.learned for token in missing):
        return None
    return max((base, *(event.learned[token] for token in missing)))


def clock_of(event: EventFact, asked: Asked, plan: Plan, desk: Desk, start_at: datetime) -> Clock:
    """The clock with the extensions that were given before the due they move."""
    due_at = due_after(start_at, asked.limit, desk.calendar)
    if due_at is None:
        return Clock(start_at, None, None)
    inclusive = asked.limit.includes_last_instant
    for moved in sorted(event.moved, key=lambda moved: moved.given_at):
        if moved.rule == plan.binding.key and moved.given_at < due_at and moved.given_at <= desk.now:
            due_at, inclusive = moved.due_at, False
    return Clock(start_at, due_at, due_at + INSTANT if inclusive else due_at)


def judge(org: OrgFacts, plan: Plan, desk: Desk) -> Iterator[Cell]:
    """The cells of one organisation: for each of its events that started a clock, one for each reaction.

    A clock runs in all weathers: an event asks for its reaction on days without lessons too.
    """
    binding, rule = plan.binding, plan.rule
    waivers = org.waivers.get((binding.adoption_id, rule.key), ())
    for event in org.events.get(rule.event, ()):
        start_at = started_at(event, plan)
        if start_at is None or start_at > desk.now or (event.voided_at and event.voided_at <= desk.now):
            continue
        for asked in plan.asked:
            clock = clock_of(event, asked, plan, desk, start_at)
            start = day_of(start_at)
            end = last_day(clock.close_at) if clock.close_at else None
            fit = binding.fit(start, end, org.opened, org.closed)
            if fit == "out" or start > desk.last or desk.passes(clock.close_at):
                continue
            acts = matching(org, event, asked, desk.now)
            if running_until(clock, acts, desk) < desk.first:
                continue
            away, why = excluded(rule.who.if_, org, start)
            waiver = waived(waivers, end or start, clock.close_at, desk.now)
            proofs: tuple[UUID, ...] = NONE
            marks: tuple[str, ...] = ()
            correction = None
            verdict: Verdict
            because: tuple[Reason, ...]
            if fit == "cut":
                verdict, because = "not_applicable", cut(binding, org)
            elif away:
                verdict, because = "not_applicable", why
            elif waiver and waiver.in_time:
                verdict, because = "waived", (Reason("waived", {"reason": waiver.reason}),)
            elif away is None:
                verdict, because = "unknown", why
            else:
                verdict, because, marks, proofs = settle(acts, event, asked, plan, clock, desk.now)
                correction = corrected(verdict, acts, asked, plan, clock, desk.now)
                if waiver and correction is None:
                    correction = Correction("waived", Reason("waived", {"reason": waiver.reason}), None)
            yield Cell(
                binding,
                org.id,
                event.subject_id,
                asked.part,
                str(event.id),
                f"{zh_day(start)}起" + (f"：{event.about[:ABOUT]}" if event.about else ""),
                end or start,
                start_at,
                clock.due_at,
                clock.close_at,
                verdict,
                marks,
                because,
                proofs,
                correction,
            )


def running_until(clock: Clock, acts: Sequence[ProofFact], desk: Desk) -> date:
    """The last day on which the clock has to be looked at: its due, or without one the day it was
    answered."""
    if clock.close_at:
        return last_day(clock.close_at)
    return max(day_of(clock.start_at), day_of(acts[0].occurred_at)) if acts else desk.today


def matching(org: OrgFacts, event: EventFact, asked: Asked, now: datetime) -> list[ProofFact]:
    """The reactions to this event known by now, in order of time; also those from before its clock
    started."""
    return sorted(
        (
            proof
            for proof in org.proofs.get(asked.reaction.act, ())
            if proof.answers == event.id
            and asked.quals <= proof.quals
            and proof.known_at <= now
            and not (asked.reaction.self_only and proof.joint)
        ),
        key=lambda proof: (proof.occurred_at, proof.known_at, proof.act_id),
    )


def settle(
    acts: Sequence[ProofFact], event: EventFact, asked: Asked, plan: Plan, clock: Clock, now: datetime
) -> tuple[Verdict, tuple[Reason, ...], tuple[str, ...], tuple[UUID, ...]]:
    """Verdict, arithmetic, marks and proofs of one clock at `now`."""
    close_at = clock.close_at
    closed = close_at is not None and now >= close_at
    standing = [
        act for act in acts if (act.stood_before(close_at) if closed and close_at else act.stands_at(now))
    ]
    verdict, act = weigh(standing, plan, clock, now)
    facts = {
        "asked": asked,
        "clock": clock,
        "plan": plan,
        "act": act,
        "days": (day_of(now) - day_of(clock.start_at)).days,
    }
    if act:
        marks = (
            ("backfilled", not recorded_within(act, plan.rule.record_within_days)),
            ("single-handed", act.single_handed),
            ("joint", act.joint),
        )
        return verdict, (Reason("when", facts),), tuple(mark for mark, holds in marks if holds), (act.id,)
    ended = event.ended_at
    if ended and ended <= now and (clock.close_at is None or ended < clock.close_at):
        return "not_applicable", (Reason("ended", {"at": ended, "reason": event.end_reason}),), (), NONE
    after = next(
        (act for act in acts if close_at and act.occurred_at >= close_at and act.stands_at(now)), None
    )
    because: tuple[Reason, ...] = (Reason("when", facts),)
    if after and clock.due_at:
        because = (*because, Reason("delayed", {"act": after, "due_at": clock.due_at}))
    return verdict, because, (), NONE


def weigh(
    acts: Sequence[ProofFact], plan: Plan, clock: Clock, now: datetime
) -> tuple[Verdict, ProofFact | None]:
    """The verdict from acts each of which may count, and the one that does."""
    inside = [act for act in acts if clock.close_at is None or act.occurred_at < clock.close_at]
    timely = [act for act in inside if recorded_within(act, plan.rule.record_within_days)]
    if inside:
        return ("met", timely[0]) if timely else ("late", inside[0])
    return ("missed" if clock.close_at and now >= clock.close_at else "owed"), None


def corrected(
    verdict: Verdict, acts: Sequence[ProofFact], asked: Asked, plan: Plan, clock: Clock, now: datetime
) -> Correction | None:
    """What was learned after the close: another verdict from the records as they now stand, or how much
    later the reaction came."""
    close_at = clock.close_at
    if close_at is None or now < close_at or verdict == "not_applicable":
        return None
    standing = [act for act in acts if act.stands_at(now)]
    becomes, act = weigh(standing, plan, clock, now)
    if becomes != verdict:
        voided = next((act for act in acts if act.voided_at and close_at <= act.voided_at <= now), None)
        says = "recorded-since" if act else "voided-since"
        proof = act or voided
        return Correction(becomes, Reason(says, {"act": proof}), proof.id if proof else None)
    after = next((act for act in standing if act.occurred_at >= close_at), None)
    if verdict == "missed" and after and clock.due_at:
        return Correction("missed", Reason("delayed", {"act": after, "due_at": clock.due_at}), after.id)
    return None
