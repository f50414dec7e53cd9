"""Where a cell has its page, and where the thing is done that it asks for."""

from django.urls import reverse
from django.utils.http import urlencode

from huyuan.duties.rules.counting import records_reaction
from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.schema import DoRule, HaveRule, PostRule, WhenRule
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import allowed
from huyuan.portal.queries.library import Library
from huyuan.portal.queries.sign_on import SIGN_IN
from huyuan.portal.queries.village_returns import COLLECTION
from huyuan.portal.rules import SUBMISSION
from huyuan.portal.windows import anchor_of
from huyuan.registers.queries import filling_post
from huyuan.risks.actions.points import LIST_ACT
from huyuan.risks.queries import ANALYSIS, keepers_lists

POLICIES = "policies."
"""Measures that count the policy files in force."""


def cell_url(cell: Cell) -> str:
    """The page that explains the cell."""
    pack, _, rule = cell.binding.key.partition("/")
    address = reverse("portal:duty", args=[cell.org_id, pack, rule, day_of(cell.start_at), cell.period])
    which = {"part": cell.part} if cell.part else {}
    if cell.subject_id != cell.org_id:
        which["subject"] = str(cell.subject_id)
    return f"{address}?{urlencode(which)}" if which else address


def doing_url(actor: Actor, cell: Cell, known: Library) -> str:
    """The form, or page of papers or risks, where the actor does what is asked; empty: elsewhere."""
    rule = cell.binding.rule
    papers = reverse("papers:org", args=[cell.org_id])
    if isinstance(rule, DoRule) and rule.proof.act == SUBMISSION:
        paper = rule.proof.where.get("paper")
        return reverse("papers:submit", args=[cell.org_id, paper]) if isinstance(paper, str) else papers
    which = {"org": str(cell.org_id)}
    forms = known.forms_for(cell.binding)
    if isinstance(rule, WhenRule):
        forms = tuple(key for key in forms if records_reaction(known.forms[key], rule, cell.part)) or forms
        which |= {"event": cell.period}
    if isinstance(rule, PostRule) and SIGN_IN in forms and anchor_of(cell.period):
        able = filling_post(actor, known.forms[SIGN_IN], cell.org_id)
        return reverse("portal:sign-on") if able else ""
    if COLLECTION in forms and filling_post(actor, known.forms[COLLECTION], cell.org_id):
        return reverse("portal:village-returns")
    for key in forms:
        if filling_post(actor, known.forms[key], cell.org_id):
            return f"{reverse('registers:fill', args=[key])}?{urlencode(which)}"
    if isinstance(rule, DoRule) and rule.proof.act == LIST_ACT:
        return reverse("risks:ledger", args=[cell.org_id]) if cell.org_id in keepers_lists(actor) else ""
    if isinstance(rule, DoRule) and rule.proof.act == ANALYSIS:
        return reverse("risks:warnings") if allowed(actor, "risk-warning.analyse", cell.org_id) else ""
    if isinstance(rule, HaveRule) and any(each.measure.startswith(POLICIES) for each in rule.all_of):
        return papers
    return ""
