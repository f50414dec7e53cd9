"""Which policies the adopted rules ask an organisation to keep (`papers.required`)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from uuid import UUID

from huyuan.duties.measures import POLICIES
from huyuan.duties.queries.adopted import bindings_of, evaluation
from huyuan.duties.queries.facts import needs_of, stream
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.facts import OrgFacts
from huyuan.duties.rules.who import excluded
from huyuan.duties.schema import HaveRule
from huyuan.kernel.days import start_of


def required(county_id: int, org_ids: Collection[UUID], day: date) -> dict[UUID, set[str]]:
    """The kinds of policy that a rule in force on the day counts, for each organisation of the county that it
    binds and does not exclude: no boarders, no rule for boarders."""
    found: dict[UUID, set[str]] = defaultdict(set)
    asking = [
        binding
        for binding in bindings_of(county_id, day, day)
        if binding.first <= day and (binding.last is None or day <= binding.last) and kinds_of(binding)
    ]
    if not asking:
        return found
    reach = evaluation(county_id, asking, day, day, start_of(day)).reach()
    needs = replace(needs_of(asking, reach), measures=set(), subjects=set())
    for org in stream(county_id, org_ids, needs, asking):
        for binding in asking:
            if binding.binds(org.id, org.kind):
                found[org.id] |= asked_of(binding, org, day)
    return found


def kinds_of(binding: Binding) -> set[str]:
    """The kinds of policy of which the rule wants one in force."""
    if not isinstance(binding.rule, HaveRule):
        return set()
    return {
        each.measure.removeprefix(POLICIES)
        for each in binding.rule.all_of
        if each.measure.startswith(POLICIES) and each.at_least is not None
    }


def asked_of(binding: Binding, org: OrgFacts, day: date) -> set[str]:
    """Those that it wants of this organisation."""
    rule = binding.rule
    if not isinstance(rule, HaveRule) or excluded(rule.who.if_, org, day)[0]:
        return set()
    spared = {each.measure for each in rule.all_of if excluded(each.if_, org, day)[0]}
    return {kind for kind in kinds_of(binding) if f"{POLICIES}{kind}" not in spared}
