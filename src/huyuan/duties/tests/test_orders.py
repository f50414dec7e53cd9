"""A form that lives only while an order does."""

from datetime import date
from typing import Any

import pytest

from huyuan.duties.actions import adopt
from huyuan.duties.tests.adopted import START, World, shanghai, version
from huyuan.duties.tests.judging import weekly
from huyuan.kernel.errors import Refused
from huyuan.orgs.session import acting
from huyuan.packs.models import Pack
from huyuan.registers import actions, queries
from huyuan.registers.models import Entry, Form
from huyuan.registers.schema import FormSpec
from huyuan.registers.tests.library import new_id

REPORT: dict[str, Any] = {
    "key": "daily-report",
    "title": "日报告",
    "theme": "health",
    "org": ["school"],
    "posts": ["safety-officer"],
    "happened": "day",
    "while_in_force": True,
    "fields": [{"id": "day", "label": "日期", "type": "date", "required": True}],
}
LAST = date(2026, 10, 10)


@pytest.fixture
def form(world: World) -> Form:
    """A report of an order that the bureau has adopted for one of its two schools, from the 1st of September
    to the 10th of October."""
    order = version(Pack.objects.create(key="order"), "2026.1", (weekly(),), START)
    adopt(
        actor=world.county.system,
        org_id=world.county.orgs["bureau"].id,
        pack_key="order",
        go_live=date(2026, 9, 1),
        until=LAST,
        only=[world.county.orgs["central"].id],
        decided_by="教育局",
        now=START,
    )
    FormSpec.model_validate(REPORT)
    return Form.objects.create(
        pack_version=order, key="daily-report", title="日报告", theme="health", spec=REPORT, digest="0" * 64
    )


def hand_in(world: World, form: Form, day: str, now: str) -> Entry:
    actor = world.county.actors["safety"]
    with acting(actor):
        return actions.submit(
            actor=actor,
            form_id=form.id,
            org_id=world.county.orgs["central"].id,
            client_id=new_id(),
            answers={"day": [day]},
            now=shanghai(now),
        )


def offered(world: World, who: str, day: date) -> list[str]:
    actor = world.county.actors[who]
    with acting(actor):
        return [one.form.key for one in queries.fillable(actor, day)]


def test_it_is_offered_while_the_order_is_in_force(world: World, form: Form) -> None:
    assert offered(world, "safety", date(2026, 8, 31)) == []
    assert offered(world, "safety", date(2026, 9, 1)) == ["daily-report"]
    assert offered(world, "safety", LAST) == ["daily-report"]
    assert offered(world, "safety", date(2026, 10, 11)) == []


def test_it_is_offered_where_the_order_is_in_force(world: World, form: Form) -> None:
    form.spec = {**REPORT, "posts": []}
    form.save()
    assert offered(world, "safety", LAST) == ["daily-report"]
    assert offered(world, "guard", LAST) == [], "the other school is not under the order"


def test_the_last_day_may_be_recorded_the_day_after(world: World, form: Form) -> None:
    assert hand_in(world, form, "2026-10-10", "2026-10-11T08:00").state == "submitted"


def test_a_day_after_the_order_is_refused(world: World, form: Form) -> None:
    with pytest.raises(Refused) as caught:
        hand_in(world, form, "2026-10-11", "2026-10-11T08:00")
    assert caught.value.facts["errors"] == {"day": "这一天不在有关命令的有效期内，不用登记。请核对日期。"}
    with acting(world.county.system):
        assert not Entry.objects.filter(form=form).exists()


def test_without_an_order_there_is_no_such_form(world: World) -> None:
    loose = version(Pack.objects.create(key="order"), "2026.1", (), START)
    Form.objects.create(
        pack_version=loose, key="daily-report", title="日报告", theme="health", spec=REPORT, digest="0" * 64
    )
    assert offered(world, "safety", LAST) == []
