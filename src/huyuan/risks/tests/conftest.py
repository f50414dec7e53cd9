"""The small county with the words of the base pack, its station linked with both schools."""

from collections.abc import Callable
from datetime import date

import pytest
from django.conf import settings
from django.test import Client

from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.models import Account, Liaison
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, NOW, SmallCounty, build
from huyuan.packs.actions import install

Browser = Callable[[str], Client]


@pytest.fixture
def county(db: None) -> SmallCounty:
    install(settings.PACKS_DIR / "base", now=NOW)
    county = build()
    with acting(county.system):
        Liaison.objects.create(
            county_id=COUNTY, school=county.orgs["other"], agency=county.orgs["station"],
            from_day=date(2026, 9, 1),
        )  # fmt: skip
        rebuild_reach(COUNTY, DAY)
    return county


@pytest.fixture
def browser(county: SmallCounty) -> Browser:
    def signed_in(who: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(username=f"{COUNTY}-{who}"))
        return client

    return signed_in
