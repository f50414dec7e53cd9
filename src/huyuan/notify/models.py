"""Messages to posts (in-page) and their deliveries through channels: a message is written in the transaction
that caused it, its deliveries by the job that makes them."""

from django.db import models
from django.db.models import Q

from huyuan.orgs.models import Organisation, Person, Row


class Message(Row):
    """A line for the holders of a post kind at an organisation, with the page to open; once per `key`."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="messages")
    post_kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "post_kind", "key"], name="notify_message_once")
        ]
        indexes = [models.Index(fields=["org", "post_kind", "-at"], name="notify_message_newest")]


class Receipt(Row):
    """A person has read a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="receipts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "person"], name="notify_receipt_once")]


class Webhook(Row):
    """Where an organisation's messages also go (a group robot), from `since` on. `channel`: see
    `channels`."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="webhooks")
    channel = models.CharField(max_length=20)
    url = models.CharField(max_length=300)
    since = models.DateTimeField()
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["org", "url"], name="notify_webhook_once")]


class Delivery(Row):
    """One message to one webhook; retried with growing pauses until delivered or given up.

    Due while `next_at` is set. Both it and `delivered_at` empty: given up, `error` says why.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "webhook"], name="notify_delivery_once")]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="notify_delivery_due")
        ]
