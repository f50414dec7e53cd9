"""The small county of `orgs`, and browsers in which its people have signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import SmallCounty, build

SignIn = Callable[[str], Client]


@pytest.fixture
def county(db: None) -> SmallCounty:
    """The small county, in the test's transaction."""
    return build()


@pytest.fixture
def signed_in(county: SmallCounty) -> SignIn:
    """A client in which the person with this key of the county has signed in."""

    def sign_in(person: str) -> Client:
        client = Client()
        with acting(county.system):
            account = Account.objects.get(person=county.people[person])
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
