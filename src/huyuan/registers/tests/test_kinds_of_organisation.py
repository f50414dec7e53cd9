"""A question that says which kinds of organisation it means offers those, and takes no other."""

from typing import Any

import pytest
from django.test import Client

from huyuan.kernel.errors import Refused
from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.registers import actions, queries
from huyuan.registers.forms import options_of
from huyuan.registers.models import Entry
from huyuan.registers.schema import FormSpec
from huyuan.registers.tests.library import NOW, install, new_id

SCHOOLS = ["school", "teaching-point"]
VISIT: dict[str, Any] = {
    "key": "visit",
    "title": "检查",
    "theme": "hazards",
    "fields": [
        {"id": "school", "label": "受检学校", "type": "organisation", "of": SCHOOLS, "required": True},
        {"id": "partner", "label": "参加单位", "type": "organisation", "many": True},
        {
            "id": "rows",
            "label": "分工",
            "type": "group",
            "fields": [
                {"id": "station", "label": "派出所", "type": "organisation", "of": ["police-station"]}
            ],
        },
    ],
}
VISIT_SPEC = FormSpec.model_validate(VISIT)


def names(county: SmallCounty, field: str) -> list[str]:
    with acting(county.system):
        offered = options_of(VISIT_SPEC, county.orgs["bureau"].id, {}, NOW)
    return [option["label"].removesuffix("单位") for option in offered[field]]


def test_each_question_offers_its_own_kinds(county: SmallCounty) -> None:
    assert names(county, "school") == ["central", "other", "point"]
    assert names(county, "station") == ["station"], "it looks after one of the bureau's schools"
    beside = {"station", "town", "village"}
    assert set(names(county, "partner")) == {"central", "other", "point", "county"} | beside


def test_in_a_row_too(county: SmallCounty) -> None:
    with acting(county.system):
        offered = options_of(VISIT_SPEC, county.orgs["central"].id, {}, NOW)
    assert [option["label"] for option in offered["station"]] == ["station单位"]


@pytest.mark.parametrize(("chosen", "taken"), [("other", True), ("county", False)])
def test_another_kind_is_not_taken(county: SmallCounty, chosen: str, taken: bool) -> None:
    form, officer = install(VISIT), county.actors["officer"]
    handed_in: dict[str, Any] = {
        "actor": officer,
        "form_id": form.id,
        "org_id": county.orgs["bureau"].id,
        "client_id": new_id(),
        "answers": {"school": [str(county.orgs[chosen].id)], "partner": [str(county.orgs["county"].id)]},
        "now": NOW,
    }
    with acting(officer):
        if not taken:
            with pytest.raises(Refused) as refused:
                actions.submit(**handed_in)
            assert refused.value.facts["errors"] == {"school": "请重新选择，原来选的已经不在了。"}
        else:
            actions.submit(**handed_in)
        assert Entry.objects.exists() is taken


def test_the_page_and_the_table_offer_them(county: SmallCounty) -> None:
    form, bureau = install(VISIT), county.orgs["bureau"].id
    client = Client()
    client.force_login(Account.objects.get(username=f"{COUNTY}-officer"))
    page = client.get(f"/forms/visit/?org={bureau}").content.decode()
    question = page.split("受检学校", 1)[1].split("参加单位", 1)[0]
    assert "central单位" in question and "county单位" not in question
    with acting(county.system):
        _, layout = queries.table_layout(form, bureau, NOW)
    assert [name for _, name in layout.offered["school"]] == ["central单位", "other单位", "point单位"]
