"""Kinds of case as installed, and to whom their matters go up."""

from collections.abc import Mapping
from uuid import UUID

from huyuan.cases.rules import WAYS
from huyuan.cases.schema import CaseSpec
from huyuan.orgs.kept import per_county, per_library
from huyuan.orgs.models import Organisation
from huyuan.packs.queries import words

HAZARD, DISPUTE = "hazard", "dispute"


@per_library
def specs() -> Mapping[str, CaseSpec]:
    """Key → every kind of case in the library."""
    return {key: CaseSpec.model_validate(value) for key, value in words("cases").items()}


def spec_of(kind: str) -> CaseSpec:
    """The kind of case as its pack wrote it."""
    return specs()[kind]


@per_county
def above(county_id: int) -> Mapping[UUID, tuple[UUID | None, str]]:
    """Organisation → the one above it, and its own kind."""
    rows = Organisation.objects.filter(county_id=county_id).values_list("id", "parent_id", "kind")
    return {org_id: (parent_id, kind) for org_id, parent_id, kind in rows}


def overseer_of(county_id: int, org_id: UUID, spec: CaseSpec) -> UUID:
    """To whom a matter of the organisation goes up: the nearest above it of a kind that oversees such
    matters, else the one directly above, else itself. What is confidential goes nowhere up."""
    if WAYS[spec.key].confidential:
        return org_id
    known = above(county_id)
    parent, kind = known[org_id]
    at = parent
    while at is not None:
        up, its_kind = known[at]
        if its_kind in spec.overseers:
            return at
        at = up
    return org_id if kind in spec.overseers or parent is None else parent
