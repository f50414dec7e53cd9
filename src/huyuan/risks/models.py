"""Risk notices (风险提示), risk points (风险点) with their reviews, analyses of counts. Nothing in them
is about a person (design.md §4)."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from huyuan.orgs.models import Organisation, Person, Place, Row
from huyuan.risks.rules.notices import PERSONAL
from huyuan.trace.models import File


class RiskNotice(Row):
    """A notice of the police to schools: a kind of risk, a place, a span, what schools are to do, and until
    when it is in force. It expires by the clock; a correction is another notice that `replaces` it.

    代录: the police gave it on paper, `recorded_by_org` wrote it down and holds the signed `sheet`.
    """

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="risk_notices")
    client_id = models.UUIDField()
    number = models.CharField(max_length=40)
    kind = models.CharField(max_length=80)
    place = models.CharField(max_length=120)
    lat = models.FloatField(null=True, help_text="WGS-84")
    lng = models.FloatField(null=True, help_text="WGS-84")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    measure = models.CharField(max_length=500)
    issued_at = models.DateTimeField()
    sign_by = models.DateTimeField()
    expires_at = models.DateTimeField()
    written_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    written_by_name = models.CharField(max_length=40)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    recorded_by_org = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+", help_text="代录单位"
    )
    sheet = models.ForeignKey(File, null=True, on_delete=models.PROTECT, help_text="the paper they signed")
    withdrawn_at = models.DateTimeField(null=True)
    withdraw_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="risks_notice_client"),
            models.UniqueConstraint(
                fields=["org", "recorded_by_org", "number"], name="risks_notice_number", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="risks_notice_span"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at"), expires_at__gte=F("ends_at")),
                name="risks_notice_expires",
            ),
            models.CheckConstraint(
                condition=Q(lat=None, lng=None)
                | Q(lat__isnull=False, lng__isnull=False, lat__range=(-90, 90), lng__range=(-180, 180)),
                name="risks_notice_point",
            ),
            models.CheckConstraint(
                condition=~Q(place__regex=PERSONAL) & ~Q(measure__regex=PERSONAL),
                name="risks_notice_no_person",
            ),
            models.CheckConstraint(
                condition=Q(recorded_by_org=None, sheet=None)
                | Q(recorded_by_org__isnull=False, sheet__isnull=False) & ~Q(recorded_by_org=F("org")),
                name="risks_notice_proxy",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdraw_reason="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdraw_reason=""),
                name="risks_notice_withdrawn",
            ),
            models.CheckConstraint(condition=~Q(replaces=F("id")), name="risks_notice_replaces"),
        ]
        indexes = [
            models.Index(fields=["org", "-issued_at"], name="risks_notice_newest"),
            models.Index(fields=["county_id", "expires_at"], name="risks_notice_force"),
        ]

    @property
    def keeper_id(self) -> UUID:
        """Whose people withdraw and correct it: those who wrote it down."""
        return self.recorded_by_org_id or self.org_id


class RiskReceipt(Row):
    """A school that a notice went to, and when it signed for it."""

    notice = models.ForeignKey(RiskNotice, on_delete=models.PROTECT, related_name="receipts")
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    keeper = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="risk_receipts")
    signed_at = models.DateTimeField(null=True)
    signed_by_name = models.CharField(max_length=40, blank=True)
    chased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "org"], name="risks_receipt_once"),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by_name="") | Q(signed_at__isnull=False),
                name="risks_receipt_signed",
            ),
        ]
        indexes = [models.Index(fields=["org"], condition=Q(signed_at=None), name="risks_receipt_open")]


class RiskMeasure(Row):
    """What a school says that it did about a notice. What is said later stands beside it."""

    receipt = models.ForeignKey(RiskReceipt, on_delete=models.PROTECT, related_name="measures")
    client_id = models.UUIDField()
    text = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="risks_measure_client"),
            models.CheckConstraint(condition=~Q(text__regex=PERSONAL), name="risks_measure_no_person"),
        ]


# ---- risk points
# ---------------------------------------------------------------------------------------------------------
class RiskPoint(Row):
    """A risk point or major hazard source (重大危险源) of a school's ledger, or an item of the `regional`
    list; `origin`: the item that the school took over. What it says stands in its versions."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="risk_points")
    regional = models.BooleanField(default=False)
    origin = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="adopted")
    client_id = models.UUIDField()
    review_on = models.DateField(help_text="the day by which somebody looks at it again")
    removed_on = models.DateField(null=True)
    remove_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="risks_point_client"),
            models.UniqueConstraint(
                fields=["org", "origin"],
                condition=Q(origin__isnull=False, removed_on=None),
                name="risks_point_origin",
            ),
            models.CheckConstraint(
                condition=Q(origin=None) | Q(regional=False) & ~Q(origin=F("id")), name="risks_point_own"
            ),
            models.CheckConstraint(
                condition=Q(removed_on=None, remove_reason="")
                | Q(removed_on__isnull=False) & ~Q(remove_reason=""),
                name="risks_point_removed",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "review_on"], condition=Q(removed_on=None), name="risks_point_open")
        ]


class RiskVersion(Row):
    """What a risk point says; a correction is a new version. `watch_post`: the kind of post that watches it,
    never a person."""

    point = models.ForeignKey(RiskPoint, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    standing = models.BooleanField(default=True)
    what = models.CharField(max_length=120)
    spot = models.CharField(max_length=120)
    place = models.ForeignKey(Place, null=True, on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=40)
    level = models.CharField(max_length=40)
    major_source = models.BooleanField(default=False)
    controls = models.CharField(max_length=500)
    watch_post = models.CharField(max_length=40)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    written_by_name = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["point", "number"], name="risks_version_number"),
            models.UniqueConstraint(
                fields=["point"], condition=Q(standing=True), name="risks_version_standing"
            ),
            models.CheckConstraint(
                condition=~Q(what__regex=PERSONAL) & ~Q(spot__regex=PERSONAL) & ~Q(controls__regex=PERSONAL),
                name="risks_version_no_person",
            ),
        ]


class RiskReview(Row):
    """Somebody looked at a risk point: what was found, and when to look again."""

    point = models.ForeignKey(RiskPoint, on_delete=models.PROTECT, related_name="reviews")
    client_id = models.UUIDField()
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=40)
    found = models.CharField(max_length=500)
    next_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="risks_review_client"),
            models.CheckConstraint(condition=~Q(found__regex=PERSONAL), name="risks_review_no_person"),
        ]


class RiskRound(Row):
    """A whole list was gone through: nothing in it was overdue for review. `points`: how many it held."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="risk_rounds")
    client_id = models.UUIDField()
    points = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="risks_round_client"),
            models.CheckConstraint(condition=Q(points__gt=0), name="risks_round_points"),
        ]
        indexes = [models.Index(fields=["org", "-at"], name="risks_round_newest")]


class RiskAnalysis(Row):
    """What a bureau concluded from the counts of a month; `basis` are keys of the act's qualifier, `warned`
    the warnings that stood then, as they were said."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="risk_analyses")
    client_id = models.UUIDField()
    month = models.CharField(max_length=7)
    basis = ArrayField(models.CharField(max_length=40))
    conclusion = models.CharField(max_length=500)
    warned = ArrayField(models.CharField(max_length=200), default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="risks_analysis_client"),
            models.CheckConstraint(condition=~Q(conclusion__regex=PERSONAL), name="risks_analysis_no_person"),
            models.CheckConstraint(condition=~Q(basis=[]), name="risks_analysis_basis"),
        ]
        indexes = [models.Index(fields=["org", "-at"], name="risks_analysis_newest")]
