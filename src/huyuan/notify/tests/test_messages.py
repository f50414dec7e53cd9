from datetime import timedelta

import pytest
from django.db import connection

from huyuan.kernel.ids import uuid7
from huyuan.notify.actions import Line, mark_read, send, send_all
from huyuan.notify.models import Message, Receipt
from huyuan.notify.queries import for_actor, unread
from huyuan.orgs.actor import Actor
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import NOW, SmallCounty


def tell(county: SmallCounty, sender: str, org: str, post: str, key: str = "k", text: str = "请处理") -> None:
    with acting(county.actors[sender]):
        send(org_id=county.orgs[org].id, post_kind=post, key=key, text=text, url="/today/", now=NOW)


def texts(actor: Actor) -> list[str]:
    with acting(actor):
        return [message.text for message in unread(actor)]


def test_a_message_reaches_the_post_at_that_organisation_alone(county: SmallCounty) -> None:
    tell(county, "officer", "central", "head")
    assert texts(county.actors["head"]) == ["请处理"]
    for other in ("safety", "guard", "officer", "police"):
        assert texts(county.actors[other]) == []


def test_the_same_key_is_sent_once(county: SmallCounty) -> None:
    tell(county, "officer", "central", "head")
    tell(county, "officer", "central", "head", text="又一次")
    tell(county, "officer", "central", "head", key="another", text="另一件")
    assert sorted(texts(county.actors["head"])) == ["另一件", "请处理"]


def test_a_school_tells_its_bureau_without_seeing_it(county: SmallCounty) -> None:
    tell(county, "guard", "bureau", "bureau-officer")
    with acting(county.actors["guard"]):
        assert not Message.objects.exists()
    assert texts(county.actors["officer"]) == ["请处理"]


def test_reading_is_each_persons_own(county: SmallCounty) -> None:
    head = county.actors["head"]
    tell(county, "officer", "central", "head")
    with acting(head):
        (message,) = unread(head)
    assert mark_read(actor=county.actors["guard"], message_ids=[message.id, uuid7()], now=NOW) == 0
    assert texts(head) == ["请处理"]
    assert mark_read(actor=head, message_ids=[message.id], now=NOW) == 1
    assert mark_read(actor=head, message_ids=[message.id], now=NOW) == 0
    assert texts(head) == []
    with acting(head):
        assert [m.id for m in for_actor(head)] == [message.id]
        assert Receipt.objects.count() == 1
    with acting(county.actors["guard"]):
        assert not Receipt.objects.exists()


def test_all_are_read_at_once_the_newest_first(county: SmallCounty) -> None:
    head = county.actors["head"]
    with acting(county.system):
        for number in range(3):
            send_all(
                [Line(county.orgs["central"].id, "head", f"k{number}", f"第{number}件", "/")],
                now=NOW + timedelta(minutes=number),
            )
    assert texts(head) == ["第2件", "第1件", "第0件"]
    assert mark_read(actor=head, now=NOW) == 3
    assert texts(head) == []


def test_outside_a_transaction_of_an_actor_nothing_is_sent(county: SmallCounty) -> None:
    with pytest.raises(RuntimeError, match="outside acting"):
        send(org_id=county.orgs["central"].id, post_kind="head", key="k", text="x", url="/", now=NOW)


def test_plain_sql_of_a_stranger_sees_no_message(county: SmallCounty) -> None:
    """The second lock alone."""
    tell(county, "officer", "central", "head")
    head = county.actors["head"]
    mark_read(actor=head, now=NOW)
    for viewer, seen in (("guard", 0), ("head", 1), ("officer", 1)):
        with acting(county.actors[viewer]), connection.cursor() as cursor:
            for table in ("notify_message", "notify_receipt"):
                cursor.execute(f"SELECT count(*) FROM {table}")
                assert cursor.fetchone() == (seen,)
    with acting(county.actors["guard"]), connection.cursor() as cursor:
        for change in ("UPDATE notify_message SET text = 'x'", "DELETE FROM notify_receipt"):
            cursor.execute(change)
            assert cursor.rowcount == 0
