"""Recording for an organisation that does not sign in (代录): for whom, and what."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Reach, Word
from huyuan.registers.models import Form
from huyuan.registers.permissions import COUNTY, PROXIED, PROXY
from huyuan.registers.queries.forms import current_forms
from huyuan.registers.rules import may_be_recorded_for, school_may_record
from huyuan.registers.schema import FormSpec


@dataclass(frozen=True)
class Keeper:
    """One of the actor's organisations that records for agencies. `school`: it may record only what concerns
    it."""

    org_id: UUID
    name: str
    school: bool


def keepers(actor: Actor) -> list[Keeper]:
    """The organisations for whose agencies the actor may record, each once."""
    schools = set(Word.objects.filter(list="orgkind", detail__side="school").values_list("key", flat=True))
    found = {
        holding.org_id: Keeper(holding.org_id, holding.org_name, holding.org_kind in schools)
        for holding in actor.holdings
        if holding.post_kind in PROXY
    }
    return list(found.values())


def agencies_of(actor: Actor, keeper_id: UUID) -> list[Organisation]:
    """The agencies for which the actor may record with the posts held at `keeper_id`, by name
    (`permissions.PROXY`); one query."""
    relations = {
        relation
        for holding in actor.holdings
        if holding.org_id == keeper_id
        for relation in PROXY.get(holding.post_kind, ())
    }
    if not relations:
        return []
    related = Reach.objects.filter(org_id=keeper_id, relation__in=relations - {COUNTY}).values("viewer_id")
    whose = Q(county_id=actor.county_id) if COUNTY in relations else Q(id__in=related)
    sides = Word.objects.filter(list="orgkind", detail__side__in=PROXIED).values("key")
    return list(
        Organisation.objects.filter(whose, kind__in=sides, closed=None).exclude(id=keeper_id).order_by("name")
    )


def recordable(keeper: Keeper, agency_kind: str) -> list[tuple[Form, FormSpec]]:
    """The forms that may be recorded for an agency of this kind, by theme and title."""
    return [
        (form, spec)
        for form, spec in current_forms().values()
        if may_be_recorded_for(spec, agency_kind) and (not keeper.school or school_may_record(spec))
    ]
