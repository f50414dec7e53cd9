"""Papers: policy files with versions and review dates, and submissions from one organisation to another."""

from django.db import models
from django.db.models import F, Q

from huyuan.kernel.ids import uuid7
from huyuan.orgs.models import Organisation, Person, Row
from huyuan.packs.models import PackVersion
from huyuan.trace.models import File


class PaperKind(models.Model):
    """A kind of paper a directive names: a required rule or plan (policy), a list to hand in (submission)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pack_version = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="paper_kinds")
    key = models.CharField(max_length=80)
    title = models.CharField(max_length=80)
    spec = models.JSONField()
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack_version", "key"], name="papers_kind_version"),
            models.UniqueConstraint(fields=["key"], condition=Q(current=True), name="papers_kind_current"),
        ]


class Policy(Row):
    """A policy file of an organisation (门卫制度, 应急预案): in force from `from_day` until a newer version
    or `withdrawn_on` (the first day on which it no longer holds); to be looked at again by `review_on`."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="policies")
    kind = models.CharField(max_length=80)
    title = models.CharField(max_length=120)
    version = models.PositiveSmallIntegerField(default=1)
    from_day = models.DateField()
    review_on = models.DateField(null=True)
    withdrawn_on = models.DateField(null=True)
    withdraw_reason = models.CharField(max_length=200, blank=True)
    file = models.ForeignKey(File, null=True, on_delete=models.PROTECT)
    name = models.CharField(max_length=120, blank=True)
    approved_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_by_name = models.CharField(max_length=40, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "kind", "version"], name="papers_policy_version"),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None) | Q(withdrawn_on__gte=F("from_day")) & ~Q(withdraw_reason=""),
                name="papers_policy_withdrawn",
            ),
        ]


class Submission(Row):
    """A paper handed from one organisation to another for a period; it occurs when it is received.

    A returned one stays, with the reason, and proves nothing. Names stand beside the people, as in entries.
    """

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="submissions")
    to = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="received_submissions")
    kind = models.CharField(max_length=80)
    period = models.CharField(max_length=20)
    client_id = models.UUIDField()
    file = models.ForeignKey(File, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    entries = models.PositiveIntegerField(help_text="entries collected into the file")
    sent_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    sent_by_name = models.CharField(max_length=40, blank=True)
    received_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    acknowledged_by_name = models.CharField(max_length=40, blank=True)
    returned_at = models.DateTimeField(null=True)
    return_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="papers_submission_client"),
            models.CheckConstraint(
                condition=Q(returned_at=None) | ~Q(return_reason="") & Q(acknowledged_at=None),
                name="papers_submission_returned",
            ),
        ]
        indexes = [models.Index(fields=["to", "kind", "period"], name="papers_submission_inbox")]


class Notice(Row):
    """An ad-hoc notice (临时通知): written by an organisation, issued to others, with what they are to do by
    when. `body` is what the officer composed; `asked` the questions that come of it, as `kernel.fields`."""

    STATES = [("draft", "草稿"), ("issued", "已发出"), ("closed", "已办结")]
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="notices")
    client_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=STATES, default="draft")
    number = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=80)
    body = models.JSONField()
    asked = models.JSONField(default=list)
    totals = models.JSONField(default=dict, help_text="column that is a total → columns that it sums")
    form_key = models.CharField(max_length=80, blank=True, help_text="the register to fill in, if any")
    file = models.ForeignKey(File, null=True, on_delete=models.PROTECT)
    file_name = models.CharField(max_length=120, blank=True)
    due_at = models.DateTimeField()
    written_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    written_by_name = models.CharField(max_length=40)
    written_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="papers_notice_client"),
            models.UniqueConstraint(
                fields=["org", "number"], condition=~Q(number=""), name="papers_notice_number"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", issued_at=None, number="")
                | Q(issued_at__isnull=False) & ~Q(state="draft") & ~Q(number=""),
                name="papers_notice_issued",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) & ~Q(close_reason="")
                | ~Q(state="closed") & Q(closed_at=None),
                name="papers_notice_closed",
            ),
        ]
        indexes = [models.Index(fields=["org", "-written_at"], name="papers_notice_newest")]


class NoticeRecipient(Row):
    """An organisation to which a notice was issued: when it signed for it and when it first answered.

    `answered_at` stands while an answer stands: a returned one empties it, a corrected one keeps it.
    """

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="recipients")
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="received_notices")
    read_at = models.DateTimeField(null=True)
    read_by_name = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField(null=True)
    return_reason = models.CharField(max_length=200, blank=True)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "org"], name="papers_noticerecipient_once"),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(read_at__isnull=False) & Q(return_reason=""),
                name="papers_noticerecipient_answered",
            ),
        ]
        indexes = [
            models.Index(fields=["org"], condition=Q(answered_at=None), name="papers_noticerecipient_open")
        ]


class NoticeAnswer(Row):
    """What a recipient answered. A correction is a new row; of each recipient at most one stands."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="answers")
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    client_id = models.UUIDField()
    body = models.JSONField()
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    answered_by_name = models.CharField(max_length=40)
    standing = models.BooleanField(default=True)
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="papers_noticeanswer_client"),
            models.UniqueConstraint(
                fields=["notice", "org"], condition=Q(standing=True), name="papers_noticeanswer_standing"
            ),
            models.CheckConstraint(
                condition=Q(returned_at=None) | Q(standing=False), name="papers_noticeanswer_returned"
            ),
        ]


class NoticeFile(Row):
    """A file that came with an answer, under the name that it had."""

    answer = models.ForeignKey(NoticeAnswer, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(File, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
