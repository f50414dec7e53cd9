"""Who did what, when; and files by content. Records and seals are inserted, never changed: the application
role has no UPDATE or DELETE there. Actors are snapshots without foreign keys: history outlives people."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from huyuan.kernel.ids import uuid7


class Record(models.Model):
    """One act of one actor on one object; `before` and `after` hold what changed, nothing sensitive."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    county_id = models.IntegerField()
    at = models.DateTimeField()
    actor = models.JSONField(encoder=DjangoJSONEncoder)
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    org_id = models.UUIDField(null=True)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["county_id", "object_type", "object_id"], name="trace_record_object"),
            models.Index(fields=["county_id", "at"], name="trace_record_at"),
        ]


class Seal(models.Model):
    """The chain: row n seals one record; `digest` = SHA-256 over the digest before and the record."""

    county_id = models.IntegerField()
    number = models.BigIntegerField()
    record = models.OneToOneField(Record, on_delete=models.PROTECT, db_constraint=True)
    digest = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county_id", "number"], name="trace_seal_number")]


class File(models.Model):
    """A file by content: its bytes lie under the data directory at their SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    county_id = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "sha256"], name="trace_file_content"),
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="trace_file_sha256"
            ),
        ]
