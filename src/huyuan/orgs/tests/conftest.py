import pytest

from huyuan.orgs.tests.county import SmallCounty, build


@pytest.fixture
def county(db: None) -> SmallCounty:
    """The small county, in the test's transaction."""
    return build()
