"""Adoptions with everything that belongs to them, and whom an adopter may bind."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, QuerySet

from huyuan.duties.actions.adopting import ADOPTABLE, REPORT
from huyuan.duties.models import ActorPost, AdoptedVersion, Adoption, Decision, LocalValue, Rule, SignInDate
from huyuan.duties.rules.binding import RULE
from huyuan.duties.schema import RuleSpec
from huyuan.orgs.actor import Actor
from huyuan.orgs.kept import per_county
from huyuan.orgs.models import Organisation, Reach
from huyuan.orgs.permissions import allowed, looking_after, not_found, reached, scope
from huyuan.packs.models import PackVersion
from huyuan.packs.queries import newest

ADOPT = "duty.adopt"
# What these adopt binds the whole county; what a school or a town adopts binds itself, what belongs to
# it and what lies in its town.
COUNTY_WIDE = frozenset({"education-bureau", "county-government"})


@dataclass(frozen=True)
class Page:
    """One adoption. `versions` in the order of their days; `may_alter`: the actor may change it."""

    adoption: Adoption
    title: str
    versions: Sequence[AdoptedVersion]
    actors: Sequence[ActorPost]
    values: Sequence[LocalValue]
    sign_ins: Sequence[SignInDate]
    only: Sequence[str]
    rules: Sequence[RuleSpec]
    may_alter: bool


@per_county
def _known(county_id: int) -> Sequence[Adoption]:
    """Everything that was adopted in the county, running ones first."""
    rows = Adoption.objects.filter(county_id=county_id).select_related("org")
    return list(rows.order_by(F("until").asc(nulls_first=True), "pack_key", "from_day"))


def seen(actor: Actor) -> list[Adoption]:
    """Adoptions of those who look after one of the actor's organisations, and of those that the actor sees,
    running ones first; what another school took upon itself is its own matter."""
    theirs = looking_after(actor) | reached(actor, "org.see")
    return [one for one in _known(actor.county_id) if one.org_id in theirs]


def listed(actor: Actor) -> list[tuple[Adoption, PackVersion]]:
    """The adoptions seen with the newest version of their packs, running ones first."""
    versions = newest()
    return [(row, versions[row.pack_key]) for row in seen(actor)]


def page(actor: Actor, adoption_id: UUID) -> Page:
    """One adoption; raises Refused `not-found`."""
    adoption = next((one for one in seen(actor) if one.id == adoption_id), None)
    if adoption is None:
        raise not_found()
    versions = list(
        AdoptedVersion.objects.filter(adoption=adoption)
        .select_related("pack_version")
        .defer("pack_version__content")
        .order_by("in_force_from", "pack_version__installed_at")
    )
    return Page(
        adoption,
        versions[-1].pack_version.title,
        versions,
        list(adoption.actors.order_by("actor")),
        list(adoption.local_values.order_by("name", "from_day")),
        list(adoption.sign_ins.order_by("point")),
        list(adoption.only.order_by("name").values_list("name", flat=True)),
        rules_of(versions[-1].pack_version_id),
        allowed(actor, ADOPT, adoption.org_id),
    )


def adoptable(actor: Actor) -> list[PackVersion]:
    """Directives of the library that nobody runs now for the whole county, nor any of those who look after
    the actor's organisations, by title; what another school took upon itself is its own matter."""
    above = looking_after(actor)
    running = {
        one.pack_key
        for one in _known(actor.county_id)
        if one.until is None and (one.org_id in above or one.org.kind in COUNTY_WIDE)
    }
    found = [
        version for key, version in newest().items() if version.nature in ADOPTABLE and key not in running
    ]
    return sorted(found, key=lambda version: version.title)


def adopters(actor: Actor) -> list[Organisation]:
    """The organisations for which the actor may adopt through a post of their own, those above first."""
    mine = {holding.org_id for holding in actor.holdings}
    rows = Organisation.objects.filter(id__in=scope(actor, ADOPT)).filter(id__in=mine)
    return sorted(rows, key=lambda org: (org.kind not in COUNTY_WIDE, org.name))


def subjects(
    actor: Actor, adopter: Organisation, nature: str, kinds: Sequence[str]
) -> QuerySet[Organisation]:
    """Whom the adopter may bind, of the kinds that the directive speaks of; by a report only itself."""
    rows = Organisation.objects.filter(county_id=actor.county_id, kind__in=kinds, closed=None).order_by(
        "name"
    )
    if nature == REPORT:
        return rows.filter(id=adopter.id)
    if adopter.kind in COUNTY_WIDE:
        return rows
    below = Reach.objects.filter(viewer=adopter, relation__in=("own", "below", "region"))
    return rows.filter(id__in=below.values("org_id"))


def rules_of(version_id: UUID) -> list[RuleSpec]:
    """The rules of a version that are judged."""
    rows = Rule.objects.filter(pack_version=version_id, planned="").order_by("key")
    return [RULE.validate_python(spec) for spec in rows.values_list("spec", flat=True)]


def planned_of(version_id: UUID) -> int:
    """How many rules of a version wait for a capability."""
    return Rule.objects.filter(pack_version=version_id).exclude(planned="").count()


def decisions(actor: Actor) -> dict[str, Decision]:
    """Matter → the latest decision."""
    rows = Decision.objects.filter(county_id=actor.county_id).select_related("decided_by").order_by("at")
    return {row.matter: row for row in rows}
