"""Forms as installed, entries with their history, the files and signatures on them."""

from uuid import UUID

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from huyuan.kernel.ids import uuid7
from huyuan.orgs.models import Organisation, Person, Place, Row, SchoolClass
from huyuan.packs.models import PackVersion
from huyuan.registers.rules import ANSWERS, SAVED_FILTERS, STATES
from huyuan.trace.models import File


class Form(models.Model):
    """One version of a form. Entries keep theirs; the newest of a key is the one offered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pack_version = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="forms")
    key = models.CharField(max_length=80)
    title = models.CharField(max_length=80)
    theme = models.CharField(max_length=40)
    spec = models.JSONField()
    digest = models.CharField(max_length=64)
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack_version", "key"], name="registers_form_version"),
            models.UniqueConstraint(fields=["key"], condition=Q(current=True), name="registers_form_current"),
        ]


class Entry(Row):
    """A filled-in form: typed header, JSON body. draft → submitted → confirmed → void; a correction is a
    new row.

    The names of filler and confirmer are kept as they were: not everybody who reads the entry may see the
    person. `client_id` comes from the device: a repeat with the same body is a success, another body a
    conflict. `occurred_at` may lie in the past, `submitted_at` is the server's. `device_at` is what the
    device's clock showed when the button was pressed, `device_ahead` by how much it ran ahead of the
    server's: what finds no network is sent later. `content_digest` covers what was said but not when it
    happened, so a copy of an earlier entry is seen to be one. `said` is what search looks through
    (`rules.said`): nothing personal. `sole`: what the organisation says only once (`rules.sole`).

    代录: `org` did it, `recorded_by_org` wrote it down on its behalf, and holds the signed `sheet`.
    """

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="entries")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="entries")
    place = models.ForeignKey(Place, null=True, on_delete=models.PROTECT)
    school_class = models.ForeignKey(SchoolClass, null=True, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=list(STATES.items()), default="draft")
    number = models.CharField(max_length=130, blank=True)
    client_id = models.UUIDField()
    content_digest = models.CharField(max_length=64, blank=True)
    body = models.JSONField(default=dict)
    said = models.TextField(blank=True)
    sole = models.CharField(max_length=90, blank=True)
    occurred_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    device_at = models.DateTimeField(null=True)
    device_ahead = models.DurationField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=300, blank=True)
    return_reason = models.CharField(max_length=200, blank=True)
    filler = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    filler_name = models.CharField(max_length=40)
    confirmer = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    confirmer_name = models.CharField(max_length=40, blank=True)
    single_handed = models.BooleanField(default=False)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    recorded_by_org = models.ForeignKey(
        Organisation,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="代录单位",
    )
    sheet = models.ForeignKey(File, null=True, on_delete=models.PROTECT, help_text="the paper they signed")
    imported = models.ForeignKey(
        "Import", null=True, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    line = models.PositiveIntegerField(null=True, help_text="its first row in the table that was imported")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="registers_entry_client"),
            models.UniqueConstraint(
                fields=["imported", "line"], condition=Q(imported__isnull=False), name="registers_entry_line"
            ),
            models.CheckConstraint(
                condition=Q(imported=None, line=None) | Q(imported__isnull=False, line__isnull=False),
                name="registers_entry_imported",
            ),
            models.UniqueConstraint(
                fields=["org", "sole"],
                condition=~Q(sole="") & Q(state__in=["submitted", "confirmed", "returned"]),
                name="registers_entry_sole",
            ),
            models.UniqueConstraint(
                fields=["org", "form", "number"], condition=~Q(number=""), name="registers_entry_number"
            ),
            # Two corrections of one entry: the second would stand for something that no longer stands.
            models.UniqueConstraint(
                fields=["corrects"], condition=~Q(state="draft"), name="registers_entry_corrects"
            ),
            models.CheckConstraint(
                condition=~Q(state="void") | Q(voided_at__isnull=False) & ~Q(void_reason=""),
                name="registers_entry_void",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(submitted_at__isnull=False, occurred_at__isnull=False),
                name="registers_entry_submitted",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | Q(confirmed_at__gte=F("submitted_at"), confirmer__isnull=False),
                name="registers_entry_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(device_at=None, device_ahead=None)
                | Q(device_at__isnull=False, device_ahead__isnull=False),
                name="registers_entry_device",
            ),
            models.CheckConstraint(
                condition=Q(recorded_by_org=None, sheet=None)
                | Q(recorded_by_org__isnull=False)
                & ~Q(recorded_by_org=F("org"))
                & (Q(state="draft") | Q(sheet__isnull=False)),
                name="registers_entry_proxy",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "form", "-occurred_at"], name="registers_entry_ledger"),
            models.Index(fields=["county_id", "-occurred_at"], name="registers_entry_at"),
            models.Index(fields=["org", "state"], name="registers_entry_state"),
            # `registers_words` comes with the migration.
            GinIndex(Func("said", "org", function="registers_words"), name="registers_entry_said"),
            models.Index(
                fields=["recorded_by_org", "form", "-occurred_at"],
                condition=Q(recorded_by_org__isnull=False),
                name="registers_entry_proxies",
            ),
        ]

    @property
    def keeper_id(self) -> UUID:
        """Whose people confirm, correct and void it: those who recorded it."""
        return self.recorded_by_org_id or self.org_id


class Import(Row):
    """A table of past entries that somebody brought in: looked through when it came, then all its rows
    written, or none.

    `content` is the file as it came, kept as the paper behind its entries; `findings` is what was said of it
    then, `rows` how many entries it holds, `preview` the first of them and the span of all. Where the form
    asks for a confirmation, the table is confirmed as a whole.
    """

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="imports")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="imports")
    name = models.CharField(max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    findings = models.JSONField()
    preview = models.JSONField(default=dict)
    stopped = models.BooleanField()
    uploaded_at = models.DateTimeField()
    uploader = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    uploader_name = models.CharField(max_length=40)
    imported_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(imported_at=None, confirmed_at=None, voided_at=None)
                | Q(imported_at__isnull=False),
                name="registers_import_order",
            ),
            models.CheckConstraint(
                condition=Q(imported_at=None) | Q(stopped=False), name="registers_import_sound"
            ),
        ]
        indexes = [models.Index(fields=["org", "form", "-uploaded_at"], name="registers_import_form")]


class EntryFile(Row):
    """A photo or file on an entry's field."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="files")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    field = models.CharField(max_length=140, help_text="field, or group.row.field")
    file = models.ForeignKey(File, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "field", "file"], name="registers_entry_file_once")
        ]


class Signature(Row):
    """A partner organisation took part and signed: by itself, or by a signed sheet that the school recorded
    (代录).

    `signed_at` empty: named as partner, not signed; took no part.
    """

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="signatures")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="signatures")
    signed_at = models.DateTimeField(null=True)
    signer = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    signer_name = models.CharField(max_length=40, blank=True)
    by_proxy = models.BooleanField(default=False, help_text="代录")
    sheet = models.ForeignKey(File, null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "org"], name="registers_signature_once"),
            models.CheckConstraint(
                condition=Q(by_proxy=False) | Q(sheet__isnull=False), name="registers_signature_proxy_sheet"
            ),
        ]


class ConfirmationLink(Row):
    """A one-time link by which an organisation says whether what was recorded in its name is right (代录): a
    whole entry, or its signature on one.

    Whoever has the link may answer, once; of the token only a keyed hash is kept. A contradiction voids
    nothing by itself.
    """

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="links")
    org = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", help_text="in whose name it was recorded"
    )
    keeper = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", help_text="who recorded it"
    )
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    maker = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    maker_name = models.CharField(max_length=40)
    withdrawn_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=12, blank=True, choices=list(ANSWERS.items()))
    reason = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "org"], condition=Q(withdrawn_at=None), name="registers_link_standing"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="", reason="")
                | Q(answered_at__isnull=False, withdrawn_at=None, answer="confirmed", reason="")
                | Q(answered_at__isnull=False, withdrawn_at=None, answer="contradicted") & ~Q(reason=""),
                name="registers_link_answer",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at"))
                & (Q(answered_at=None) | Q(answered_at__lt=F("expires_at"))),
                name="registers_link_dates",
            ),
        ]


class SavedFilter(Row):
    """A filter of a ledger that somebody named, nobody else's business.

    `query`: its fields as an address says them (`queries.filters.FIELDS`), so 本月 stays the month in which
    it is opened. `place`: the how manieth it is, of `SAVED_FILTERS` at most.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    form_key = models.CharField(max_length=80)
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=20)
    query = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "form_key", "name"], name="registers_filter_name"),
            models.UniqueConstraint(fields=["person", "form_key", "place"], name="registers_filter_place"),
            models.CheckConstraint(
                condition=Q(place__gte=1, place__lte=SAVED_FILTERS), name="registers_filter_most"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(query={}), name="registers_filter_says_something"
            ),
        ]


class Numbering(models.Model):
    """The last number given to entries of a form key in an organisation's year; locked while one is taken."""

    county_id = models.IntegerField()
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    form_key = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "form_key", "year"], name="registers_numbering_once")
        ]
