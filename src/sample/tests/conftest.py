"""The sample county as of one evening, loaded once for a file of tests; they read it and change nothing."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime

import pytest
from pytest_django import DjangoDbBlocker

from huyuan.kernel.days import SHANGHAI
from huyuan.orgs.actor import Actor, system_actor
from huyuan.orgs.session import acting
from sample import load
from sample.county import CODE

EVENING = datetime(2026, 10, 21, 20, 0, tzinfo=SHANGHAI)  # a Wednesday, seven weeks into the term


@pytest.fixture(scope="module")
def loaded(
    database_of_its_own: Callable[[str], AbstractContextManager[None]], django_db_blocker: DjangoDbBlocker
) -> Iterator[list[str]]:
    """What the load said it did."""
    with database_of_its_own("sample"):
        with django_db_blocker.unblock():
            said = list(load.create(EVENING))
        yield said


@pytest.fixture
def county(loaded: list[str], db: None) -> Iterator[Actor]:
    """Whoever sees the whole county, inside its scope."""
    actor = system_actor("测试", CODE)
    with acting(actor):
        yield actor
