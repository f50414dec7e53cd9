"""`do`: n acts that match in each period, by a day."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from huyuan.duties.rules.binding import Binding, tokens
from huyuan.duties.rules.desk import BY_BELLS, MONTH, ROLLS, Desk, Slot
from huyuan.duties.rules.facts import NO_TIMES, OrgFacts, ProofFact, SubjectFact, WaiverFact
from huyuan.duties.rules.verdicts import Cell, Correction, Reason, Verdict, cut
from huyuan.duties.rules.who import excluded, subjects_of
from huyuan.duties.schema import DoRule
from huyuan.kernel.calendar import Active
from huyuan.kernel.days import day_of, end_of
from huyuan.kernel.recurrence import Cadence
from huyuan.kernel.windows import DayTimes

NONE: tuple[UUID, ...] = ()


@dataclass(eq=False)
class Plan:
    """A `do` rule worked out once: which acts match, how many, how far apart."""

    binding: Binding
    rule: DoRule
    cadence: Cadence = field(init=False)
    grace: int = field(init=False)
    asks: tuple[tuple[str, frozenset[str]], ...] = field(init=False)
    each: tuple[str, ...] = field(init=False)
    need: int = field(init=False)
    unanswered: tuple[Reason, ...] = field(init=False)

    def __post_init__(self) -> None:
        proof = self.rule.proof
        # A cadence that nobody has settled is shown once a month, as unknown.
        self.cadence = self.rule.every if isinstance(self.rule.every, Cadence) else MONTH
        self.grace = self.binding.grace_days(self.cadence)
        self.asks = (
            (proof.act, tokens(proof.where)),
            *((ask.act, tokens(ask.where)) for ask in proof.any_of),
        )
        self.each = tuple(sorted(tokens(proof.each)))
        self.need = proof.at_least if isinstance(proof.at_least, int) else 1
        self.unanswered = tuple(
            Reason("unanswered", {"ask": local.ask, "name": local.local}) for local in self.binding.missing
        )

    @property
    def own_days(self) -> timedelta | None:
        """How far before the days asked for a period may begin that an organisation has for itself, by its
        times of day or its opening; None: all have the same periods."""
        due = self.cadence.due
        if self.cadence.kind in ("night", "shift"):
            return timedelta(0)
        if self.counts_from_opening and due.anchors:
            days = (due.days_after_start or 0) + 2 * (due.working_days_after_start or 0)
            return timedelta(days=days + self.grace) + ROLLS
        return None

    @property
    def counts_from_opening(self) -> bool:
        return self.cadence.once is True or self.cadence.campaign is not None


def matching(org: OrgFacts, plan: Plan, now: datetime) -> list[ProofFact]:
    """The acts known by now that match the rule, in order of time."""
    found = [
        proof
        for act, wanted in plan.asks
        for proof in org.proofs.get(act, ())
        if wanted <= proof.quals and proof.known_at <= now and not (plan.rule.proof.self_only and proof.joint)
    ]
    if len(found) > 1:
        found.sort(key=lambda proof: (proof.occurred_at, proof.known_at, proof.act_id))
    return found


def judge(org: OrgFacts, plan: Plan, desk: Desk) -> Iterator[Cell]:
    """The cells of one organisation."""
    binding, rule = plan.binding, plan.rule
    active = binding.active_for(org.kind)
    anchor = binding.anchor or binding.first
    if org.opened and org.opened > anchor and plan.counts_from_opening:
        anchor = org.opened
    slots = slots_of(org, plan, desk, active, anchor)
    wanted = [index for index, slot in enumerate(slots) if slot.asked and not desk.passes(slot.close_at)]
    if not wanted:
        return
    waivers = org.waivers.get((binding.adoption_id, rule.key), ())
    acts = matching(org, plan, desk.now)
    by_subject: dict[UUID, list[ProofFact]] = {}
    for act in acts:
        # What was done at one place is done by the organisation; how much it must cover, the qualifiers say.
        by_subject.setdefault(org.id if rule.subject == "org" else act.subject_id, []).append(act)
    assigned = {subject: assign(mine, slots) for subject, mine in by_subject.items()}
    dated = org.opened is not None or org.closed is not None
    for index in wanted:
        slot = slots[index]
        fit = binding.fit(slot.period.start, slot.last, org.opened, org.closed) if dated else slot.fit
        if fit == "out":
            continue
        for subject in subjects_of(rule.subject, org, slot.period.start):
            reached = assigned.get(subject.id) if subject else None
            mine = reached.get(index, ()) if reached else ()
            yield one(org, plan, desk, slot, fit, subject, mine, waivers)


def slots_of(org: OrgFacts, plan: Plan, desk: Desk, active: Active, anchor: date) -> Sequence[Slot]:
    """The periods asked for; shifts and nights by the times that the organisation had on their days."""

    def by(times: DayTimes) -> list[Slot]:
        return desk.slots(plan.binding, plan.cadence, plan.grace, active, anchor, times)

    if plan.cadence.kind not in ("night", "shift"):
        return by(NO_TIMES)
    kept = {NO_TIMES, *(times for _, times in org.times)}
    found = [slot for times in kept for slot in by(times) if org.times_on(slot.period.start) == times]
    return sorted(found, key=lambda slot: slot.period.start_at)


def assign(acts: Sequence[ProofFact], slots: Sequence[Slot]) -> Mapping[int, list[ProofFact]]:
    """Which period each act counts in: the one in which it occurred. For an earlier one still before its
    close only if it names that one, or lies in no period of the rule."""
    found: dict[int, list[ProofFact]] = {}
    starts = [slot.period.start_at for slot in slots]
    names = {slot.named: index for index, slot in enumerate(slots) if slot.named}
    for act in acts:
        at = act.occurred_at
        before = bisect_right(starts, at) - 1
        if before < 0:
            continue
        inside = at < slots[before].period.end_at
        named = names.get(act.names_period) if act.names_period else None
        if named is not None and named < before and at < slots[named].close_at:
            found.setdefault(named, []).append(act)
        elif inside or at < slots[before].close_at:
            found.setdefault(before, []).append(act)
    return found


def one(
    org: OrgFacts,
    plan: Plan,
    desk: Desk,
    slot: Slot,
    fit: str,
    subject: SubjectFact | None,
    acts: Sequence[ProofFact],
    waivers: Sequence[WaiverFact],
) -> Cell:
    """The verdict on one period of one subject; no subject: the organisation has none on file."""
    period, now = slot.period, desk.now
    close_at = slot.close_at if slot.last else None
    # A night ends on another day than the one it belongs to.
    day = period.start if plan.cadence.kind in BY_BELLS else slot.last or period.start
    proofs: tuple[UUID, ...] = NONE
    marks: tuple[str, ...] = ()
    correction = None
    because: tuple[Reason, ...]
    verdict: Verdict
    away, why = excluded(plan.rule.who.if_, org, period.start, min(day, max(period.start, desk.today)))
    waiver = waived(waivers, day, close_at, now)
    if fit == "cut":
        verdict, because = "not_applicable", cut(plan.binding, org)
    elif period.active_days == 0:
        verdict, because = "not_applicable", (Reason("no-active-day", {}),)
    elif away:
        verdict, because = "not_applicable", why
    elif waiver and waiver.in_time:
        verdict, because = "waived", (Reason("waived", {"reason": waiver.reason}),)
    elif plan.unanswered or away is None or subject is None:
        verdict = "unknown"
        because = plan.unanswered or why or (Reason("no-subject", {"kind": plan.rule.subject}),)
    else:
        verdict, because, marks, proofs = settle(acts, plan, slot, now)
        if close_at and now >= close_at:
            correction = corrected(verdict, acts, plan, slot, now)
            if waiver and correction is None:
                correction = Correction("waived", Reason("waived", {"reason": waiver.reason}), None)
    if period.flagged:
        marks = (*marks, "calendar")
    return Cell(
        plan.binding,
        org.id,
        subject.id if subject else org.id,
        "",
        period.key,
        f"{period.name}（{subject.name}）" if subject and subject.name else period.name,
        day,
        period.start_at,
        period.due_at,
        close_at,
        verdict,
        marks,
        because,
        proofs,
        correction,
    )


def settle(
    acts: Sequence[ProofFact], plan: Plan, slot: Slot, now: datetime
) -> tuple[Verdict, tuple[Reason, ...], tuple[str, ...], tuple[UUID, ...]]:
    """Verdict, arithmetic, marks and proofs from the acts that count in the period."""
    close_at = slot.close_at
    closed = now >= close_at
    standing = [act for act in acts if (act.stood_before(close_at) if closed else act.stands_at(now))]
    return weigh(standing, plan, slot, now)


def weigh(
    standing: Sequence[ProofFact], plan: Plan, slot: Slot, now: datetime
) -> tuple[Verdict, tuple[Reason, ...], tuple[str, ...], tuple[UUID, ...]]:
    """The same from acts of which each is to be counted if it can be."""
    period = slot.period
    if not standing:
        # Most cells of a bad month come this way.
        return (
            open_or_missed(period.due_at, slot.close_at, now),
            (Reason("do", {"plan": plan, "acts": ()}),),
            (),
            NONE,
        )
    within = plan.rule.record_within_days
    timely = [
        act
        for act in standing
        if (period.due_at is None or act.occurred_at < period.due_at) and recorded_within(act, within)
    ]
    verdict: Verdict
    if enough(timely, plan):
        verdict, counted = "met", select(timely, plan)
    else:
        late = enough(standing, plan)
        verdict = "late" if late else open_or_missed(period.due_at, slot.close_at, now)
        counted = select(standing, plan)
    marks = marks_of(counted, within)
    reason = Reason("do", {"plan": plan, "acts": tuple(counted), "short": lacking(standing, plan)})
    return verdict, (reason,), marks, tuple(act.id for act in counted)


def select(acts: Sequence[ProofFact], plan: Plan) -> list[ProofFact]:
    """The acts that are counted; where a rule needs every value, all that bring one."""
    return list({act.act_id: act for act in acts}.values()) if plan.each else apart(acts, plan)


def apart(acts: Sequence[ProofFact], plan: Plan) -> list[ProofFact]:
    """As many acts as can be counted, each once and `gap_days` apart: taking the earliest first gives the
    most."""
    counted: list[ProofFact] = []
    seen: set[UUID] = set()
    free_from = date.min
    for act in acts:
        if act.act_id in seen:
            continue
        day = day_of(act.occurred_at)
        if plan.need > 1 and day < free_from:
            continue
        counted.append(act)
        seen.add(act.act_id)
        free_from = day + timedelta(days=plan.rule.proof.gap_days)
    return counted


def enough(acts: Sequence[ProofFact], plan: Plan) -> bool:
    return len(apart(acts, plan)) >= plan.need and not lacking(acts, plan)


def lacking(acts: Sequence[ProofFact], plan: Plan) -> tuple[str, ...]:
    """The values of `each` that no act has."""
    return tuple(token for token in plan.each if not any(token in act.quals for act in acts))


def recorded_within(act: ProofFact, days: int) -> bool:
    """Was it received by the server within so many days? The day on which it occurred is not counted."""
    if act.recorded_at - act.occurred_at <= timedelta(days=days):
        return True
    return act.recorded_at < end_of(day_of(act.occurred_at) + timedelta(days=days))


def open_or_missed(due_at: datetime | None, close_at: datetime, now: datetime) -> Verdict:
    if due_at is None or now < due_at:
        return "owed"
    return "overdue" if now < close_at else "missed"


def marks_of(counted: Sequence[ProofFact], within: int) -> tuple[str, ...]:
    marks = (
        ("backfilled", any(not recorded_within(act, within) for act in counted)),
        ("single-handed", any(act.single_handed for act in counted)),
        ("joint", any(act.joint for act in counted)),
    )
    return tuple(mark for mark, holds in marks if holds)


def corrected(
    verdict: Verdict, acts: Sequence[ProofFact], plan: Plan, slot: Slot, now: datetime
) -> Correction | None:
    """What the closed verdict would be from the records as they now stand; None if the same."""
    close_at = slot.close_at
    news = [
        act
        for act in acts
        if act.known_at >= close_at or (act.voided_at is not None and close_at <= act.voided_at <= now)
    ]
    if not news:
        return None
    becomes, _, _, _ = weigh([act for act in acts if act.stands_at(now)], plan, slot, now)
    if becomes == verdict:
        return None
    last = max(news, key=lambda act: max(act.known_at, act.voided_at or act.known_at))
    says = "voided-since" if last.voided_at and close_at <= last.voided_at <= now else "recorded-since"
    return Correction(becomes, Reason(says, {"act": last}), last.id)


class Excuse:
    """A waiver that covers a cell; `in_time`: given before the close, else it is a correction."""

    __slots__ = ("in_time", "reason")

    def __init__(self, reason: str, in_time: bool) -> None:
        self.reason = reason
        self.in_time = in_time


def waived(
    waivers: Sequence[WaiverFact], day: date, close_at: datetime | None, now: datetime
) -> Excuse | None:
    """The waiver in whose days the due lies, the earliest given first."""
    for waiver in waivers:
        if waiver.from_day <= day <= waiver.until and waiver.given_at <= now:
            return Excuse(waiver.reason, close_at is None or waiver.given_at < close_at)
    return None
