"""Messages to posts (in-page) and their deliveries (webhook), written in the transaction that caused them."""

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


class Receipt(Row):
    """A person has read a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="receipts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "person"], name="notify_receipt_once")]


class Webhook(Row):
    """Where an organisation's messages also go (a group robot)."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="webhooks")
    url = models.CharField(max_length=300)
    active = models.BooleanField(default=True)


class Delivery(Row):
    """One message to one webhook; retried with growing pauses until delivered or given up."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "webhook"], name="notify_delivery_once")]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(delivered_at=None), name="notify_delivery_due")
        ]
