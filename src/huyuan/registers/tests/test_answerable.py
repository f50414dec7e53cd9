"""Choosing what an entry answers: offered by line, prefilled by the address, checked at submission."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from django.test import Client

from huyuan.kernel.errors import Refused
from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.registers import actions, answerable
from huyuan.registers.answerable import Answerable
from huyuan.registers.effects import ActDone
from huyuan.registers.models import Entry, Form
from huyuan.registers.tests.library import HANDLING, NOW, Happened, Remembering, install

pytestmark = pytest.mark.urls("huyuan.registers.tests.urls")


@dataclass
class Scene:
    """A form that answers something, and three things that happened: ours, theirs, another kind."""

    county: SmallCounty
    form: Form
    ours: Answerable
    theirs: Answerable
    incident: Answerable
    source: Happened

    def submit(self, about: UUID) -> Entry:
        actor = self.county.actors["safety"]
        with acting(actor):
            return actions.submit(
                actor=actor,
                form_id=self.form.id,
                org_id=self.county.orgs["central"].id,
                client_id=uuid4(),
                answers={"about": [str(about)], "what": ["拉起警戒线"]},
                now=NOW,
            )

    def page(self, query: str = "") -> str:
        client = Client()
        client.force_login(Account.objects.get(username=f"{COUNTY}-safety"))
        return client.get(f"/forms/handling/{query}").content.decode()


@pytest.fixture
def scene(county: SmallCounty) -> Iterator[Scene]:
    ours, theirs = county.orgs["central"].id, county.orgs["other"].id
    events = [
        Answerable(uuid4(), ours, "hazard", "10月14日 北楼屋面开裂"),
        Answerable(uuid4(), theirs, "hazard", "10月14日 别校围墙"),
        Answerable(uuid4(), ours, "incident", "10月14日 食堂起火"),
    ]
    source = Happened(events)
    before = list(answerable.SOURCES)
    answerable.SOURCES[:] = [source]
    mine, others, incident = events
    yield Scene(county, install(HANDLING), mine, others, incident, source)
    answerable.SOURCES[:] = before


def test_only_ones_own_events_of_the_kind_are_offered_by_their_line(scene: Scene) -> None:
    page = scene.page()
    assert scene.ours.line in page and str(scene.ours.id) in page
    assert scene.theirs.line not in page and scene.incident.line not in page
    assert " checked" not in page


def test_the_address_fills_in_what_is_answered_also_when_it_is_no_longer_offered(scene: Scene) -> None:
    scene.source.done = frozenset({scene.ours.id})
    assert scene.ours.line not in scene.page()
    page = scene.page(f"?event={scene.ours.id}")
    assert scene.ours.line in page and " checked" in page
    assert scene.theirs.line not in scene.page(f"?event={scene.theirs.id}")


def test_the_act_answers_what_was_chosen_and_the_ledger_names_it(scene: Scene, sink: Remembering) -> None:
    entry = scene.submit(scene.ours.id)
    ((_, (act,), _),) = sink.recorded
    assert isinstance(act, ActDone) and act.answers == str(scene.ours.id)
    client = Client()
    client.force_login(Account.objects.get(username=f"{COUNTY}-safety"))
    for address in (f"/entries/{entry.id}/", "/ledgers/handling/"):
        page = client.get(address).content.decode()
        assert scene.ours.line in page and str(scene.ours.id) not in page


@pytest.mark.parametrize("which", ["theirs", "incident", "nowhere"])
def test_what_could_not_be_chosen_is_refused(scene: Scene, sink: Remembering, which: str) -> None:
    chosen = {"theirs": scene.theirs.id, "incident": scene.incident.id}.get(which, uuid4())
    with pytest.raises(Refused) as refused:
        scene.submit(chosen)
    assert refused.value.facts["errors"] == {"about": "请重新选择，原来选的已经不在了。"}
    with acting(scene.county.system):
        assert not Entry.objects.exists()
    assert sink.recorded == []
