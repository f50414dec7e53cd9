"""The library: packs and their versions. A version is dated, installed once and never edited."""

from django.db import models

from huyuan.kernel.ids import uuid7


class Pack(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=80, unique=True)


class PackVersion(models.Model):
    """One version of a pack as installed. `content` is the normalised text of every file, kept for diffs."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    short = models.CharField(max_length=60)
    nature = models.CharField(max_length=12)
    issuer = models.CharField(max_length=120, blank=True)
    published = models.DateField(null=True)
    in_force_from = models.DateField(null=True)
    in_force_until = models.DateField(null=True)
    review_on = models.DateField(null=True)
    cut_now = models.BooleanField(default=False)
    manifest = models.JSONField()
    content = models.JSONField()
    installed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pack", "version"], name="packs_version_once")]

    @property
    def key(self) -> str:
        return self.pack.key
