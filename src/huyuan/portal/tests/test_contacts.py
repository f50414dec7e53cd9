"""联系人: liaison pairs, posts, the telephone of the organisation, the last test; no private numbers."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from huyuan.duties.models import Proof
from huyuan.orgs.models import Account, Attribute
from huyuan.orgs.rules import duty_phone
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, NOW, SmallCounty, build
from huyuan.packs.actions import install


@pytest.fixture
def county(db: None) -> SmallCounty:
    install(settings.PACKS_DIR / "base", now=NOW)
    return build()


def browser(who: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=f"{COUNTY}-{who}"))
    return client


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("0564-1234567", "0564-1234567"),
        ("０５６４ 1234567", "0564-1234567"),
        ("110", "110"),
        ("400-123-4567", "400-123-4567"),
        ("13800000000", ""),
        ("138 0000 0000", ""),
        ("+86 138-0000-0000", ""),
        ("张某 0564-1234567", ""),
        ("", ""),
        ("12", ""),
    ],
)
def test_a_telephone_of_an_organisation(typed: str, plain: str) -> None:
    assert duty_phone(typed) == plain


def test_a_school_and_its_station_find_each_other(county: SmallCounty) -> None:
    central, station = county.orgs["central"], county.orgs["station"]
    with acting(county.system):
        Proof.objects.bulk_create(
            Proof(
                county_id=COUNTY, act_id=uuid4(), act="contact-test", org=central, subject_id=central.id,
                quals=["with=police-station"], occurred_at=NOW - timedelta(days=days), recorded_at=NOW,
                recorder=central, source="entry", source_id=uuid4(), voided_at=voided,
            )
            for days, voided in ((9, None), (3, None), (1, NOW))
        )  # fmt: skip
    at_school, at_station = f"/orgs/{central.id}/contacts/", f"/orgs/{station.id}/contacts/"
    safety, police, officer = browser("safety"), browser("police"), browser("officer")
    page = safety.get(at_school).content.decode()
    assert "station单位" in page and "town单位" in page and "bureau单位" in page
    assert "police-liaison" in page and "10月11日（周日）" in page and "人员police" not in page
    assert "central单位" in police.get(at_station).content.decode()
    assert police.post(at_station, {"org_id": station.id, "phone": "0564-1234567"}).status_code == 302
    assert "0564-1234567" in safety.get(at_school).content.decode()
    bad = police.post(at_station, {"org_id": station.id, "phone": "13800000000"})
    assert bad.status_code == 400 and "个人的手机号" in bad.content.decode()
    # The bureau arranges who is whose liaison, and writes down how it is reached.
    assert officer.post(at_school, {"org_id": station.id, "phone": "110"}).status_code == 302
    assert safety.post(at_school, {"org_id": station.id, "phone": "119"}).status_code in (403, 404)
    assert safety.post(at_school, {"org_id": central.id, "phone": "0564-7654321"}).status_code == 302
    for who in ("guard", "villager"):
        assert browser(who).get(at_school).status_code == 404
        assert browser(who).post(at_school, {"org_id": central.id, "phone": "119"}).status_code == 404
    with acting(county.system):
        phones = Attribute.objects.filter(key="duty-phone").order_by("org__key")
        assert list(phones.values_list("org__key", "text")) == [
            ("central", "0564-7654321"),
            ("station", "110"),
        ]
