"""Premises round schools, the walls of schools, how far one is from the other, and what agencies found.

Nothing here is about a person: who owns a place and how to reach them is the licensing agency's own record.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from huyuan.kernel.ids import uuid7
from huyuan.orgs.models import Organisation, Person, Region, Row
from huyuan.packs.models import PackVersion
from huyuan.trace.models import File


class VenueKind(models.Model):
    """A kind of premises as installed; the library, of no county. `spec` as `schema.VenueKindSpec` has it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pack_version = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="venue_kinds")
    key = models.CharField(max_length=80)
    zh = models.CharField(max_length=60)
    place = models.PositiveIntegerField(help_text="position in its list")
    spec = models.JSONField()
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack_version", "key"], name="perimeter_kind_version"),
            models.UniqueConstraint(fields=["key"], condition=Q(current=True), name="perimeter_kind_current"),
        ]


class Venue(Row):
    """A place where somebody does business, at its point (WGS-84). `agency` looks after it; `closed`: the
    first day without business; `datum`: in which its point came."""

    kind = models.CharField(max_length=80)
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=120, blank=True)
    lat = models.FloatField()
    lng = models.FloatField()
    datum = models.CharField(max_length=8)
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="venues")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="venues")
    licence_kind = models.CharField(max_length=60, blank=True)
    licence_number = models.CharField(max_length=60, blank=True)
    licence_until = models.DateField(null=True)
    opened = models.DateField(null=True)
    closed = models.DateField(null=True, help_text="the first day without business")
    source = models.CharField(max_length=60, blank=True)
    client_id = models.UUIDField(default=uuid7)
    recorded_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="perimeter_venue_client"),
            models.UniqueConstraint(
                fields=["county_id", "kind", "name", "address"],
                condition=Q(closed=None),
                name="perimeter_venue_once",
            ),
            models.CheckConstraint(
                condition=Q(lat__range=(-90, 90), lng__range=(-180, 180)), name="perimeter_venue_point"
            ),
            models.CheckConstraint(
                condition=Q(opened=None) | Q(closed=None) | Q(closed__gt=F("opened")),
                name="perimeter_venue_dates",
            ),
        ]
        # Comparing numbers is leakproof, so that this serves under the second lock, too; a GiST index on
        # points would not.
        indexes = [models.Index(fields=["county_id", "lat", "lng"], name="perimeter_venue_where")]


class Wall(Row):
    """Where a school's wall runs: its corners [lat, lng] (WGS-84) in order, from `from_day` until another one
    is drawn."""

    SOURCES = [("drawn", "在图上画的"), ("imported", "导入的")]
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="walls")
    corners = ArrayField(ArrayField(models.FloatField(), size=2))
    datum = models.CharField(max_length=8)
    source = models.CharField(max_length=8, choices=SOURCES)
    from_day = models.DateField()
    until = models.DateField(null=True, help_text="the first day on which it no longer holds")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_by_name = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org"], condition=Q(until=None), name="perimeter_wall_one"),
            models.CheckConstraint(condition=Q(corners__len__gte=3), name="perimeter_wall_corners"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("from_day")), name="perimeter_wall_dates"
            ),
        ]


class Near(Row):
    """A venue is so many whole metres outside an organisation's wall (0: within it), or from its gates where
    no wall is on file; a step from `from_day` on. Derived by `actions.near.refresh`."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="near")
    org = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="near_venues")
    metres = models.PositiveIntegerField()
    by_wall = models.BooleanField()
    from_day = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "org"], condition=Q(until=None), name="perimeter_near_one"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("from_day")), name="perimeter_near_dates"
            ),
        ]
        indexes = [models.Index(fields=["org", "metres"], condition=Q(until=None), name="perimeter_near_org")]


class VenueCheck(Row):
    """What agencies did at a venue and found: the acting agency (`org`; `recorded_by_org` where another one
    recorded it for them), with those that took part in `parties`."""

    ACTIONS = [("check", "检查"), ("clean-up", "整治"), ("closure", "取缔（关停）"), ("reopened", "恢复营业")]
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="checks")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="venue_checks")
    recorded_by_org = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    client_id = models.UUIDField()
    action = models.CharField(max_length=8, choices=ACTIONS)
    at = models.DateTimeField()
    people = models.PositiveIntegerField(null=True)
    good = models.BooleanField()
    what = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    recorded_by_name = models.CharField(max_length=40)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="perimeter_check_client"),
            models.CheckConstraint(condition=Q(good=True) | ~Q(what=""), name="perimeter_check_what"),
            models.CheckConstraint(
                condition=Q(voided_at=None) | ~Q(void_reason=""), name="perimeter_check_void"
            ),
        ]
        indexes = [models.Index(fields=["venue", "-at"], name="perimeter_check_last")]


class CheckParty(Row):
    """Another agency that took part; `signed`: on the sheet that is kept with the check. Unsigned it took no
    part."""

    venue_check = models.ForeignKey(VenueCheck, on_delete=models.CASCADE, related_name="parties")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    signed = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["venue_check", "org"], name="perimeter_party_once")]


class CheckFile(Row):
    """A photo of a check, or its signed sheet."""

    KINDS = [("photo", "照片"), ("sheet", "签字表")]
    venue_check = models.ForeignKey(VenueCheck, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=5, choices=KINDS)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue_check", "kind", "file"], name="perimeter_file_once")
        ]
