import pytest

from huyuan.orgs.tests.county import SmallCounty, build


@pytest.fixture
def county(db: None) -> SmallCounty:
    """The small county, in the test's transaction."""
    return build()


@pytest.fixture
def committed_county(transactional_db: None) -> SmallCounty:
    """The small county, committed, for tests of what survives a request."""
    return build()
