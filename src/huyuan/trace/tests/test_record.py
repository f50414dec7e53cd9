"""What may be put on record."""

from datetime import UTC, datetime

import pytest

from huyuan.trace import actions, verbs
from huyuan.trace.models import Record


def test_a_verb_that_nobody_named_is_refused(db: None) -> None:
    actor, now = {"county": 990101, "name": "测试"}, datetime(2026, 10, 14, tzinfo=UTC)
    with pytest.raises(ValueError, match="no name"):
        actions.record(actor, "made-up", "thing", "1", now=now)
    assert not Record.objects.exists()


def test_a_verb_has_one_name() -> None:
    before = dict(verbs.VERBS)
    with pytest.raises(ValueError, match="two names"):
        verbs.register("more", "更多", {"create": "另一个名称"})
    assert before == verbs.VERBS
