"""Where a duty is done that no form records: the risk list, the board of warnings; for whoever keeps them."""

import pytest
from django.conf import settings

from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import NOW, SmallCounty, build
from huyuan.packs.actions import install
from huyuan.portal.addresses import doing_url
from huyuan.portal.queries.library import Library
from huyuan.portal.tests.test_rules import TODAY, WORDS, binding, cells


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("act", "who", "org", "address"),
    [
        ("risk-review", "safety", "central", "/risks/org/{org}/"),
        ("risk-review", "officer", "bureau", "/risks/org/{org}/"),
        ("risk-review", "guard", "other", ""),
        ("risk-analysis", "officer", "bureau", "/risks/warnings/"),
        ("risk-analysis", "governor", "county", ""),
    ],
)
def test_what_is_done_on_pages_of_risks(act: str, who: str, org: str, address: str) -> None:
    install(settings.PACKS_DIR / "base", now=NOW)
    county: SmallCounty = build()
    rule = binding("do", "risks", every={"month": 1}, proof={"act": act})
    org_id = county.orgs[org].id
    with acting(county.actors[who]):
        cell = cells(rule, first=TODAY)[0]._replace(org_id=org_id)
        assert doing_url(county.actors[who], cell, Library(WORDS, {}, {})) == address.format(org=org_id)
