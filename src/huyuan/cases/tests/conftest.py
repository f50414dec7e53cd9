"""The small county with two departments more, the vocabulary installed, and people who have signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client

from huyuan.cases import actions
from huyuan.cases.models import Case, Part
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.actor import Actor, actor_for
from huyuan.orgs.models import Account, Appointment, Organisation, Person, Post
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, NOW, SmallCounty, build
from huyuan.packs.actions import install

MORE = {
    "housing": ("housing-office", "clerk", "agency-officer"),
    "urban": ("urban-management", "warden", "agency-officer"),
    "logistics": ("", "logistics", "logistics-officer"),
}


@dataclass
class Town:
    """The county, and what happens in it."""

    county: SmallCounty

    def actor(self, who: str) -> Actor:
        return self.county.actors[who]

    def org(self, key: str) -> UUID:
        return self.county.orgs[key].id

    def report(self, who: str = "safety", at: str = "central", **given: Any) -> Case:
        """Somebody reports a broken stair rail."""
        told: dict[str, Any] = {"category": "buildings", "spot": "东侧楼梯", "description": "扶手松动"}
        asked = told | {"client_id": uuid7(), "now": NOW} | given
        actor = self.actor(who)
        with acting(actor):
            return actions.found(actor=actor, org_id=self.org(at), **asked)

    def do(self, who: str, verb: str, case: Case, **given: object) -> Case:
        """Somebody takes a step."""
        asked = {"client_id": uuid7(), "now": NOW} | given
        actor = self.actor(who)
        with acting(actor):
            done: Case = getattr(actions, verb)(actor=actor, case_id=case.id, **asked)
            return done

    def part(self, case: Case, org: str) -> UUID:
        """The newest part of an organisation."""
        with acting(self.county.system):
            return Part.objects.filter(case=case, org_id=self.org(org)).latest("offered_at", "id").id

    def now(self, case: Case) -> Case:
        """The case as it stands."""
        with acting(self.county.system):
            return Case.objects.get(id=case.id)


@pytest.fixture
def town(db: None) -> Town:
    """The small county, housing office and urban management in it, and a logistics officer at the school."""
    county = build()
    install(settings.PACKS_DIR / "base", now=NOW)
    with acting(county.system):
        for key, (kind, person, post) in MORE.items():
            org = county.orgs["central"]
            if kind:
                org = Organisation.objects.create(
                    county_id=COUNTY,
                    key=key,
                    kind=kind,
                    name=f"{key}单位",
                    short_name=key,
                    parent=county.orgs["county"],
                    region=county.orgs["county"].region,
                )
            county.orgs[key] = org
            county.people[person] = Person.objects.create(county_id=COUNTY, name=f"人员{person}", home=org)
            county.posts[person] = Post.objects.create(county_id=COUNTY, org=org, kind=post, title=post)
            Appointment.objects.create(
                county_id=COUNTY, post=county.posts[person], person=county.people[person], from_day=DAY
            )
            Account.objects.create(
                county_id=COUNTY, person=county.people[person], username=f"{COUNTY}-{person}"
            )
        rebuild_reach(COUNTY, DAY)
        accounts = {
            account.person_id: account
            for account in Account.objects.filter(person__in=county.people.values())
        }
    for person in ("clerk", "warden", "logistics"):
        county.actors[person] = actor_for(accounts[county.people[person].id], DAY)
    return Town(county)


@pytest.fixture
def signed_in(town: Town) -> Callable[[str], Client]:
    """A client in which the person with this key of the county has signed in."""

    def sign_in(person: str) -> Client:
        client = Client()
        with acting(town.county.system):
            account = Account.objects.get(person=town.county.people[person])
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
