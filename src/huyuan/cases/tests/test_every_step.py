"""Every step from every state by every party, made of the tables: those in the table work, all others change
nothing and say why."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.forms.models import model_to_dict

from huyuan.cases import actions
from huyuan.cases.models import Case, Part, Step
from huyuan.cases.queries import spec_of
from huyuan.cases.queries.standing import choices, facts_of, roles
from huyuan.cases.rules import CASE, PART, Facts
from huyuan.cases.tests.conftest import Town
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.kernel.transitions import Table
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import NOW

DUE = date(2026, 10, 28)
# Who: of the school, above it, of the department that got a part, of another one, linked to the school.
PEOPLE = ("head", "officer", "clerk", "warden", "police")


def found(town: Town) -> Case:
    return town.report()


def offered(town: Town) -> Case:
    case = found(town)
    return town.do("officer", "assign", case, lead=town.org("housing"), due=DUE)


def accepted(town: Town) -> Case:
    case = offered(town)
    return town.do("clerk", "accept", case, part_id=town.part(case, "housing"))


def own(town: Town) -> Case:
    return town.do("safety", "take", found(town), due=DUE)


def disputed(town: Town) -> Case:
    case = offered(town)
    return town.do("clerk", "return_", case, part_id=town.part(case, "housing"), reason="不归我们管")


def fixed(town: Town) -> Case:
    case = accepted(town)
    return town.do("clerk", "fix", case, part_id=town.part(case, "housing"), what="已更换")


def closed(town: Town) -> Case:
    return town.do("head", "verify", fixed(town))


def void(town: Town) -> Case:
    return town.do("officer", "void", found(town), reason="不是隐患")


REACHED: dict[str, tuple[Callable[[Town], Case], str]] = {
    "found": (found, "found"),
    "offered": (offered, "working"),
    "accepted": (accepted, "working"),
    "own": (own, "working"),
    "disputed": (disputed, "disputed"),
    "fixed": (fixed, "fixed"),
    "closed": (closed, "closed"),
    "void": (void, "void"),
}


def said(verb: str, town: Town, part: Part | None) -> dict[str, Any]:
    """What a step is given."""
    reason = {"reason": "理由"}
    given: dict[str, dict[str, Any]] = {
        "take": {"due": DUE},
        "assign": {"lead": town.org("urban")},
        "pass-up": reason,
        "dispute": reason,
        "verify": {},
        "reject": reason,
        "reopen": reason,
        "interim": {"what": "拉警戒线"},
        "classify": {
            "category": "buildings", "severity": "larger", "area": "inside", "cannot_fix_now": False,
            "multi_department": False,
        },
        "report": {"to": ["government"], "what": "请求解决"},
        "supervise": {"level": "supervised", "reason": "期限近"},
        "ask-extension": {"until": date(2026, 11, 28), "reason": "等材料"},
        "extend": {"until": date(2026, 11, 28), "reason": "等材料"},
        "note": {"what": "已备料"},
        "void": reason,
        "accept": {},
        "fix": {"what": "已更换"},
        "pass-on": {"to": town.org("urban"), **reason},
        "return": reason,
        "bring-in": {"to": town.org("urban"), "what": "请配合"},
        "withdraw": reason,
    }  # fmt: skip
    return given[verb] | ({"part_id": part.id} if part else {})


def snapshot(case_id: Any) -> tuple[Any, ...]:
    """Everything of a case that a step could change."""
    parts = [model_to_dict(part) for part in Part.objects.filter(case_id=case_id).order_by("id")]
    return model_to_dict(Case.objects.get(id=case_id)), parts, Step.objects.filter(case_id=case_id).count()


def by_table(table: Table[Facts], state: str, verb: str, parties: list[str], facts: Facts) -> bool:
    """What the literal rows say."""
    return any(
        row.source == state and row.verb == verb and row.party in parties
        and (row.guard is None or row.guard(facts) is None)
        for row in table.rows
    )  # fmt: skip


class Undone(Exception):
    """Takes a step back."""


@pytest.mark.parametrize("name", REACHED)
def test_the_table_and_nothing_else(town: Town, name: str) -> None:
    reach, state = REACHED[name]
    case = town.now(reach(town))
    assert case.state == state
    for who in PEOPLE:
        every_step(town, case, name, who)


def every_step(town: Town, case: Case, name: str, who: str) -> None:
    """Each verb by this person: what the table allows works, and is offered as a button; nothing else."""
    actor = town.actor(who)
    with acting(town.county.system):
        parts = list(Part.objects.filter(case=case).order_by("offered_at", "id"))
        spec = spec_of(case.kind)
    may, part = roles(actor, case, parts), parts[-1] if parts else None
    offers = {(one.verb, one.part.id if one.part else None) for one in choices(actor, case, parts, spec)}
    for table in (CASE, PART):
        for verb in table.verbs:
            about = part if table is PART else None
            if table is PART and part is None:
                continue
            facts = facts_of(
                actor, case, parts, spec, about, [town.org("urban")] if verb in ("assign", "pass-on") else ()
            )
            if about:
                able = case.state not in ("closed", "void") and by_table(
                    PART, about.state, verb, may.of_part(about), facts
                )
            else:
                able = by_table(CASE, case.state, verb, may.of_case(), facts)
            assert able == ((verb, about.id if about else None) in offers), (name, who, verb)
            attempt(town, who, case, verb, about, able)


def attempt(town: Town, who: str, case: Case, verb: str, part: Part | None, able: bool) -> None:
    """Take the step, and take it back; what may not be done changes nothing and says why."""
    actor, act = town.actor(who), getattr(actions, "return_" if verb == "return" else verb.replace("-", "_"))
    with acting(town.county.system):
        before = snapshot(case.id)
    told = ""
    try:
        with acting(actor), transaction.atomic():
            act(actor=actor, case_id=case.id, client_id=uuid7(), now=NOW, **said(verb, town, part))
            raise Undone
    except Undone:
        assert able, (who, verb, "was done")
    except Refused as refused:
        told = refused.message
        assert not able, (who, verb, refused)
    with acting(town.county.system):
        assert snapshot(case.id) == before
    assert able or len(told) > 6
