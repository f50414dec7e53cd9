"""Who hears what an organisation says of what was recorded in its name."""

from datetime import timedelta

import pytest

from huyuan.notify.models import Message
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, NOW, SmallCounty, build
from huyuan.portal.telling import tell_of_answer
from huyuan.registers.models import ConfirmationLink, Entry
from huyuan.registers.tests.library import CHECK, install, new_id


@pytest.mark.parametrize(
    ("answer", "reason", "heard"),
    [("confirmed", "", {"central"}), ("contradicted", "没有去过", {"central", "bureau"})],
)
def test_the_recorder_hears_and_of_a_contradiction_the_bureau_too(
    db: None, answer: str, reason: str, heard: set[str]
) -> None:
    county: SmallCounty = build()
    central, station, safety = county.orgs["central"], county.orgs["station"], county.people["safety"]
    with acting(county.system):
        entry = Entry.objects.create(
            county_id=COUNTY, form=install(CHECK), org=central, state="submitted", number="0001",
            client_id=new_id(), filler=safety, occurred_at=NOW, created_at=NOW, submitted_at=NOW,
        )  # fmt: skip
        link = ConfirmationLink.objects.create(
            county_id=COUNTY, entry=entry, org=station, keeper=central, token_digest="0" * 64, made_at=NOW,
            expires_at=NOW + timedelta(days=7), maker=safety, answered_at=NOW, answer=answer, reason=reason,
        )  # fmt: skip
        for _ in range(2):
            tell_of_answer(link, NOW)
        told = list(Message.objects.all())
    assert {message.org_id for message in told} == {county.orgs[key].id for key in heard}
    assert len(told) == len({(message.org_id, message.post_kind) for message in told})
    for message in told:
        assert message.url == f"/entries/{entry.id}/" and "station单位" in message.text
        assert reason in message.text
