"""Who did what, when; and files by content. Rows are inserted, never changed: the application role has no UPDATE or
DELETE here. Actors are snapshots without foreign keys, so history outlives people and organisations."""

from django.db import models

from huyuan.kernel.ids import uuid7


class Record(models.Model):
    """One act of one actor on one object. `before`/`after` hold what changed, sensitive values never in clear."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    county_id = models.IntegerField()
    at = models.DateTimeField()
    actor = models.JSONField()
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    org_id = models.UUIDField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["county_id", "object_type", "object_id"], name="trace_record_object"),
            models.Index(fields=["county_id", "at"], name="trace_record_at"),
        ]


class Seal(models.Model):
    """The chain: row n seals one record; `digest` = SHA-256 over the previous digest and the record's content."""

    county_id = models.IntegerField()
    number = models.BigIntegerField()
    record = models.OneToOneField(Record, on_delete=models.PROTECT, db_constraint=True)
    digest = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county_id", "number"], name="trace_seal_number")]


class File(models.Model):
    """A file by content: the bytes lie under the data directory at their SHA-256; a second upload is the same file."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    county_id = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "sha256"], name="trace_file_content"),
            models.CheckConstraint(condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="trace_file_sha256"),
        ]
