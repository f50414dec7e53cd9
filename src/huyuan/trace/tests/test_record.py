"""What may be put on record."""

import pytest

from huyuan.orgs.tests.county import COUNTY, NOW
from huyuan.trace import actions, verbs
from huyuan.trace.models import Record


def test_a_verb_that_nobody_named_is_refused(db: None) -> None:
    actor = {"county": COUNTY, "name": "测试"}
    with pytest.raises(ValueError, match="no name"):
        actions.record(actor, "made-up", "thing", "1", now=NOW)
    assert not Record.objects.exists()


def test_a_verb_has_one_name() -> None:
    before = dict(verbs.VERBS)
    with pytest.raises(ValueError, match="two names"):
        verbs.register("more", "更多", {"create": "另一个名称"})
    assert before == verbs.VERBS
