from collections.abc import Callable

import pytest
from django.test import Client

from huyuan.orgs.models import Account
from huyuan.orgs.tests.county import SmallCounty, build

PASSWORD = "guard-the-gate-7"


@pytest.fixture
def county(db: None) -> SmallCounty:
    """The small county, in the test's transaction."""
    return build()


@pytest.fixture
def committed_county(transactional_db: None) -> SmallCounty:
    """The small county, committed, for tests of what survives a request."""
    return build()


@pytest.fixture
def account_of(county: SmallCounty) -> Callable[[str], Account]:
    """The account of a person of the small county, with `PASSWORD`."""

    def account(person: str) -> Account:
        found = Account.objects.get(person_id=county.people[person].id)
        found.set_password(PASSWORD)
        found.save(update_fields=["password"])
        return found

    return account


@pytest.fixture
def signed_in(account_of: Callable[[str], Account]) -> Callable[[str], Client]:
    """A browser in which this person is signed in."""

    def client(person: str) -> Client:
        client = Client()
        client.force_login(account_of(person))
        return client

    return client
