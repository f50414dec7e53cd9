"""Send, read, and carry out of the house."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from huyuan.kernel.errors import Refused
from huyuan.notify import channels
from huyuan.notify.channels import NotDelivered
from huyuan.notify.models import Delivery, Message, Receipt, Webhook
from huyuan.notify.queries import unread
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found, require
from huyuan.orgs.session import acting, current
from huyuan.trace import actions as trace

# After the n-th failure; after the last one it is given up.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
# A message older than this is not worth a delivery any more.
FRESH = timedelta(days=2)
AT_ONCE = 50

PLAN = """
INSERT INTO notify_delivery (id, county_id, message_id, webhook_id, attempts, next_at, delivered_at, error)
SELECT gen_random_uuid(), m.county_id, m.id, w.id, 0, %(now)s, NULL, ''
FROM notify_message AS m JOIN notify_webhook AS w ON w.org_id = m.org_id AND w.active AND m.at >= w.since
WHERE m.county_id = %(county)s AND m.at >= %(oldest)s
ON CONFLICT (message_id, webhook_id) DO NOTHING
"""


@dataclass(frozen=True)
class Line:
    """A message to send: to the holders of `post_kind` at `org_id`, once per `key`; `url` is a path of
    ours."""

    org_id: UUID
    post_kind: str
    key: str
    text: str
    url: str


def send(*, org_id: UUID, post_kind: str, key: str, text: str, url: str, now: datetime) -> None:
    """Send one message; see `send_all`."""
    send_all([Line(org_id, post_kind, key, text, url)], now=now)


def send_all(lines: Iterable[Line], *, now: datetime) -> None:
    """Write messages set-wise in the running transaction of `acting`; one that was sent before stays as it
    is.

    The receiver may be out of the sender's reach (a school tells its bureau): it is written, not seen.
    """
    county_id = current().county_id
    Message.objects.bulk_create(
        [
            Message(
                county_id=county_id,
                org_id=line.org_id,
                post_kind=line.post_kind,
                key=line.key,
                text=line.text,
                url=line.url,
                at=now,
            )
            for line in lines
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )


def mark_read(*, actor: Actor, message_ids: Collection[UUID] | None = None, now: datetime) -> int:
    """The actor's person has read these messages (None: all of the actor's); returns how many were unread.

    Messages to others are passed over as if they did not exist.
    """
    if actor.person_id is None:
        return 0
    with acting(actor):
        new = unread(actor)
        if message_ids is not None:
            new = new.filter(id__in=message_ids)
        receipts = [
            Receipt(county_id=actor.county_id, message=message, person_id=actor.person_id, read_at=now)
            for message in new
        ]
        Receipt.objects.bulk_create(receipts, ignore_conflicts=True)
        return len(receipts)


def add_webhook(*, actor: Actor, org_id: UUID, channel: str, url: str, now: datetime) -> Webhook:
    """Messages to this organisation from now on also go to `url`."""
    with acting(actor):
        require(actor, "webhook.alter", org_id)
        if channel not in channels.CHANNELS:
            raise Refused("webhook-channel", "不认识这种消息通道。请从列表里选择。")
        channels.check_address(url)
        webhook = Webhook(county_id=actor.county_id, org_id=org_id, channel=channel, url=url, since=now)
        try:
            with transaction.atomic():
                webhook.save(force_insert=True)
        except IntegrityError:
            raise Refused("already-webhook", "本单位已经有这个地址，不必重复添加。") from None
        # The address contains the robot's secret; the trace names the channel only.
        trace.record(
            actor.snapshot(),
            "create",
            "notify_webhook",
            webhook.id,
            org_id,
            None,
            {"channel": channel},
            now=now,
        )
        return webhook


def stop_webhook(*, actor: Actor, webhook_id: UUID, now: datetime) -> None:
    """Nothing goes there any more, also not what is still waiting."""
    with acting(actor):
        webhook = Webhook.objects.filter(id=webhook_id).select_for_update().first()
        if webhook is None:
            raise not_found()
        require(actor, "webhook.alter", webhook.org_id)
        webhook.active = False
        webhook.save(update_fields=["active"])
        Delivery.objects.filter(webhook=webhook, next_at__isnull=False).update(
            next_at=None, error="通道已停用"
        )
        trace.record(actor.snapshot(), "stop", "notify_webhook", webhook.id, webhook.org_id, now=now)


def plan_deliveries(*, actor: Actor, now: datetime) -> None:
    """Make a delivery for every fresh message and webhook of its organisation that has none; one
    statement."""
    with acting(actor), connection.cursor() as cursor:
        cursor.execute(PLAN, {"county": actor.county_id, "now": now, "oldest": now - FRESH})


def deliver_due(*, actor: Actor, now: datetime) -> int:
    """Try the deliveries that are due, at most `AT_ONCE`; returns how many arrived.

    Each is claimed and committed before it is sent, so that no transaction waits for the network and a crash
    repeats a delivery rather than losing it.
    """
    arrived = 0
    for delivery in _claim(actor, now):
        message = delivery.message
        try:
            page = f"{settings.PUBLIC_URL}{message.url}" if settings.PUBLIC_URL else ""
            channels.post(delivery.webhook.channel, delivery.webhook.url, message.text, page)
            error = ""
            arrived += 1
        except NotDelivered as refusal:
            error = str(refusal)[:200]
        with acting(actor):
            outcome = {"delivered_at": now, "next_at": None, "error": ""}
            if error:
                given_up = delivery.attempts > len(PAUSES)
                outcome = {"error": error} | ({"next_at": None} if given_up else {})
            Delivery.objects.filter(id=delivery.id).update(**outcome)
    return arrived


def _claim(actor: Actor, now: datetime) -> list[Delivery]:
    """The due deliveries, already counted as tried and put off to their next attempt."""
    with acting(actor):
        due = list(
            Delivery.objects.filter(county_id=actor.county_id, next_at__lte=now, webhook__active=True)
            .select_related("message", "webhook")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("next_at", "id")[:AT_ONCE]
        )
        for delivery in due:
            delivery.next_at = now + PAUSES[min(delivery.attempts, len(PAUSES) - 1)]
            delivery.attempts += 1
        Delivery.objects.bulk_update(due, ["attempts", "next_at"])
        return due
