"""A small county with forms installed, and a sink in the place of duties."""

from collections.abc import Iterator

import pytest

from huyuan.orgs.tests.county import SmallCounty, build
from huyuan.registers import effects
from huyuan.registers.tests.library import Remembering


@pytest.fixture
def county(db: None) -> SmallCounty:
    return build()


@pytest.fixture
def sink() -> Iterator[Remembering]:
    """Only this sink hears of effects during the test."""
    others = list(effects.SINKS)
    remembering = Remembering()
    effects.SINKS[:] = [remembering]
    yield remembering
    effects.SINKS[:] = others
