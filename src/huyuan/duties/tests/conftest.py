"""A small county that has adopted a made-up directive."""

from collections.abc import Iterator

import pytest

from huyuan.duties.tests.adopted import World, build


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """The county, its directive and its adoption from 1 September 2026."""
    yield build()
