"""Risk notices (风险提示): where, when, what to do. Nothing in them is about a person (design.md §4)."""

from uuid import UUID

from django.db import models
from django.db.models import F, Q

from huyuan.orgs.models import Organisation, Person, Row
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
