"""Whom a rule excludes: named facts of an organisation, asked of dated attributes."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date

from huyuan.duties.rules.facts import OrgFacts, Step, SubjectFact
from huyuan.duties.rules.verdicts import Reason
from huyuan.duties.schema import Predicate


def on(steps: list[Step], day: date) -> Step | None:
    """The step in force on a day."""
    index = bisect_right(steps, day, key=lambda step: step.from_day)
    return steps[index - 1] if index else None


def holds(predicate: Predicate, org: OrgFacts, day: date) -> bool | None:
    """Does the predicate hold on that day? None: there is no such fact on file.

    An attribute with several values ("primary,junior") has each of them.
    """
    step = on(org.attributes.get(predicate.fact, []), day)
    if step is None:
        return None
    wanted = predicate.is_ or ("yes",)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    return bool(set(step.text.split(",")) & set(wanted)) != predicate.not_


def excluded(
    predicates: Iterable[Predicate], org: OrgFacts, *days: date
) -> tuple[bool | None, tuple[Reason, ...]]:
    """(True, why) when a predicate excludes the organisation on one of the days; (None, what is missing)
    when that cannot be told; (False, ()) when the rule speaks of it."""
    missing: tuple[Reason, ...] = ()
    for predicate in predicates:
        for day in days:
            answer = holds(predicate, org, day)
            if answer is False:
                return True, (Reason("excluded", {"predicate": predicate, "day": day}),)
            if answer is None:
                missing = (Reason("fact-missing", {"fact": predicate.fact, "day": day}),)
    return (None, missing) if missing else (False, ())


def subjects_of(kind: str, org: OrgFacts, day: date) -> Sequence[SubjectFact | None]:
    """The subjects on which the cells of a rule stand on that day; of an organisation-wide rule, the
    organisation.

    A single None says that the organisation has none on file, so nothing can be judged.
    """
    if kind == "org":
        return (SubjectFact(org.id, ""),)
    found = [
        subject
        for subject in org.subjects.get(kind, ())
        if (subject.from_day is None or subject.from_day <= day)
        and (subject.until is None or day <= subject.until)
    ]
    return found or (None,)
