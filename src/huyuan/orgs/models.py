"""Organisations, places, people, posts, accounts, terms and holidays of a county."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q

from huyuan.kernel.ids import uuid7


class Row(models.Model):
    """A business row: a globally unique id, and the county it belongs to."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    county_id = models.IntegerField(help_text="GB/T 2260 code of the county")

    class Meta:
        abstract = True


class Word(models.Model):
    """A kind of organisation, a kind of post, or a fact about organisations, as the packs name it in Chinese.

    `detail` holds what the list's schema in `orgs.vocabulary` says beside key and name.
    """

    LISTS = [("orgkind", "单位类别"), ("post", "职务"), ("fact", "单位情况")]
    list = models.CharField(max_length=8, choices=LISTS)
    key = models.CharField(max_length=60)
    zh = models.CharField(max_length=60)
    place = models.PositiveIntegerField(help_text="position in its list")
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "key"], name="orgs_word_once")]


class Region(Row):
    """County, town or village; the tree of places that people administer."""

    KINDS = [("county", "县"), ("town", "乡镇"), ("village", "村（社区）")]
    kind = models.CharField(max_length=12, choices=KINDS)
    name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["county_id", "parent", "name"], name="orgs_region_name", nulls_distinct=False
            )
        ]


class Organisation(Row):
    """A school, an agency, a company… `kind` and attributes are vocabulary; `key` is stable, for commands."""

    key = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    short_name = models.CharField(max_length=30)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    region = models.ForeignKey(Region, on_delete=models.PROTECT)
    opened = models.DateField(null=True)
    closed = models.DateField(null=True, help_text="the first day without business")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "key"], name="orgs_organisation_key"),
            models.UniqueConstraint(
                fields=["county_id"], condition=Q(kind="county-government"), name="orgs_organisation_root"
            ),
            models.CheckConstraint(
                condition=Q(opened=None) | Q(closed=None) | Q(closed__gt=F("opened")),
                name="orgs_organisation_dates",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | (Q(closed__isnull=False) & ~Q(merged_into=F("id"))),
                name="orgs_organisation_merged",
            ),
        ]


class Attribute(Row):
    """A dated attribute of an organisation, a step function: valid from `from_day` until the next row.

    Keys: boarding, canteen, nature, stage, students.enrolled, students.boarding … `text` holds the value
    ("yes"/"no" for facts that hold or not), `number` also holds it where it is one.
    """

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="attributes")
    key = models.CharField(max_length=60)
    from_day = models.DateField()
    text = models.CharField(max_length=200)
    number = models.DecimalField(max_digits=14, decimal_places=2, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["org", "key", "from_day"], name="orgs_attribute_step")]
        indexes = [models.Index(fields=["county_id", "key", "org"], name="orgs_attribute_key")]


class Place(Row):
    """A building, gate or other place of an organisation; `lat` and `lng` (WGS-84) where it is known."""

    KINDS = [
        ("gate", "校门"),
        ("building", "楼栋"),
        ("dormitory", "宿舍楼"),
        ("canteen", "食堂"),
        ("other", "其他"),
    ]
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="places")
    kind = models.CharField(max_length=12, choices=KINDS)
    name = models.CharField(max_length=60)
    closed = models.DateField(null=True)
    lat = models.FloatField(null=True)
    lng = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "name"], name="orgs_place_name"),
            models.CheckConstraint(
                condition=Q(lat=None, lng=None)
                | Q(lat__isnull=False, lng__isnull=False, lat__range=(-90, 90), lng__range=(-180, 180)),
                name="orgs_place_point",
            ),
        ]


class SchoolClass(Row):
    """A class (班级) of a school year."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="classes")
    name = models.CharField(max_length=40)
    school_year = models.CharField(max_length=9)
    pupils = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["org", "school_year", "name"], name="orgs_class_name")]


class Person(Row):
    """A grown-up who works for school safety. Only the name; no profile."""

    name = models.CharField(max_length=40)
    home = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="people")
    left = models.DateField(null=True)


class Certificate(Row):
    """A dated certificate of a person (保安员证, 健康证). Valid through `until`, both days included."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="certificates")
    kind = models.CharField(max_length=40)
    number = models.CharField(max_length=60, blank=True)
    from_day = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "number", "from_day"], name="orgs_certificate_once"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("from_day")), name="orgs_certificate_dates"
            ),
        ]


class Post(Row):
    """A post of an organisation (安全副校长, 班主任 of a class). Duties belong to posts, not to people."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="posts")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=60)
    school_class = models.ForeignKey(SchoolClass, null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "kind", "title", "school_class"], name="orgs_post_once", nulls_distinct=False
            )
        ]


class Appointment(Row):
    """Who holds a post, from–until (both days included); `acting` stands in (代理). No row today: vacant."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    from_day = models.DateField()
    until = models.DateField(null=True)
    acting = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "person", "from_day"], name="orgs_appointment_once"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("from_day")), name="orgs_appointment_dates"
            ),
        ]


class Liaison(Row):
    """A standing pair: this agency is the liaison (station, traffic squad, market office) of that school."""

    school = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="liaisons")
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="liaison_schools")
    from_day = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "agency", "from_day"], name="orgs_liaison_once"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("from_day")), name="orgs_liaison_dates"
            ),
            models.CheckConstraint(condition=~Q(school=F("agency")), name="orgs_liaison_two"),
        ]


class Reach(models.Model):
    """Which organisations a viewer organisation has to do with, and how; derived by `actions.rebuild_reach`.

    relation: own, below (administers it), linked (liaison), region (its town). Permissions name relations;
    the second lock (row-level security) reads this table too.
    """

    county_id = models.IntegerField()
    viewer = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    org = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    relation = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["viewer", "org", "relation"], name="orgs_reach_once"),
            models.CheckConstraint(
                condition=Q(relation__in=["own", "below", "linked", "region"]), name="orgs_reach_relation"
            ),
        ]


class Revision(models.Model):
    """Another number whenever a table changes of which processes keep what it says (`orgs.kept`); county 0 is
    the library of packs. Triggers write it; no number comes twice, whatever is rolled back or restored."""

    county_id = models.IntegerField(primary_key=True)
    number = models.UUIDField()


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(username=username)


class Account(AbstractBaseUser):
    """A sign-in of a person. What it may do follows from the appointments alone: no groups, no superuser."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    county_id = models.IntegerField()
    username = models.CharField(max_length=40, unique=True)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="account")
    phone = models.CharField(max_length=120, blank=True, help_text="ciphertext under the person's key")
    phone_hash = models.CharField(max_length=64, blank=True, help_text="keyed; finds the number")
    password_set_at = models.DateTimeField(null=True, help_text="when its owner last chose the password")
    is_active = models.BooleanField(default=True)
    sample = models.BooleanField(default=False)

    USERNAME_FIELD = "username"
    objects = AccountManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(phone="", phone_hash="") | ~(Q(phone="") | Q(phone_hash="")),
                name="orgs_account_phone",
            ),
            models.UniqueConstraint(
                fields=["phone_hash"], condition=~Q(phone_hash=""), name="orgs_account_phone_once"
            ),
        ]


class ActivationSlip(Row):
    """A one-time code that opens an account or replaces a forgotten password, printed or sent as a text.

    Only a keyed hash of the code is kept. An account has at most one slip that is neither used nor withdrawn.
    """

    BY = [("print", "打印"), ("text", "短信")]
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="slips")
    code_hash = models.CharField(max_length=64)
    by = models.CharField(max_length=5, choices=BY)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(used_at=None, withdrawn_at=None), name="orgs_slip_one_open"
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(withdrawn_at=None), name="orgs_slip_used_or_withdrawn"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="orgs_slip_expires_later"
            ),
        ]


class SecondFactor(Row):
    """The secret of a person's authenticator app, as ciphertext; asked for from `confirmed_at` on."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.CharField(max_length=160)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0, help_text="no code of this step or before counts again")


class RecoveryCode(Row):
    """A code that stands in for the authenticator once, as a keyed hash."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "code_hash"], name="orgs_recoverycode_once")]


class Identity(Row):
    """A person at an enterprise sign-in (OIDC); the provider's name for the person is a keyed hash."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="identities")
    provider = models.CharField(max_length=30)
    subject_hash = models.CharField(max_length=64)
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject_hash"], name="orgs_identity_subject"),
            models.UniqueConstraint(fields=["person", "provider"], name="orgs_identity_person"),
        ]


class Elevation(Row):
    """For this time, and with this reason, an administrator may manage accounts."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="elevations")
    reason = models.CharField(max_length=200)
    from_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("from_at")), name="orgs_elevation_times"),
            models.CheckConstraint(condition=~Q(reason=""), name="orgs_elevation_reason"),
        ]
        indexes = [models.Index(fields=["person", "until"], name="orgs_elevation_open")]


class Attempt(models.Model):
    """An attempt to sign in that has not succeeded, once in each `bucket` that `rules.LIMITS` counts.

    A bucket is a keyed hash of what is counted; whoever fails belongs to no county yet.
    """

    bucket = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["bucket", "at"], name="orgs_attempt_bucket")]


class SignIn(AbstractBaseSession):
    """A browser's session: Django's row, and whose it is, so that it can be listed and ended.

    `account` is null until the sign-in is complete; the county is that of the account.
    """

    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="sign_ins")
    since = models.DateTimeField(null=True)
    address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=60, blank=True)


class Upload(Row):
    """A table of the county (`orgs.tables`) that was looked through and waits for its uploader's word.

    Once it is brought in, or another one takes its place, the content goes; what it did stays in the trace.
    """

    table = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    uploader = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    uploaded_at = models.DateTimeField()
    counts = models.JSONField(default=dict, help_text="new, changed, same: how many")
    findings = models.JSONField(default=list, help_text="[row, column, sentence, stops]")
    stopped = models.BooleanField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uploader", "table"], condition=Q(done_at=None), name="orgs_upload_one_waiting"
            ),
            models.CheckConstraint(condition=Q(done_at=None) | Q(stopped=False), name="orgs_upload_done"),
        ]


class TermRow(Row):
    """A semester of the county's school calendar; `last` is its last school day."""

    year = models.CharField(max_length=9)
    semester = models.PositiveSmallIntegerField()
    first = models.DateField()
    last = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "year", "semester"], name="orgs_term_once"),
            models.CheckConstraint(condition=Q(last__gt=F("first")), name="orgs_term_dates"),
            models.CheckConstraint(condition=Q(semester__in=[1, 2]), name="orgs_term_semester"),
        ]


class CalendarDay(Row):
    """A day that differs from its weekday; the kinds are those of `kernel.calendar.DAY_KINDS`."""

    KINDS = [
        ("holiday", "放假"),
        ("makeup", "调休上班、上课"),
        ("office", "调休上班、不上课"),
        ("closed", "停课"),
        ("school", "补课"),
    ]
    day = models.DateField()
    kind = models.CharField(max_length=8, choices=KINDS)
    name = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county_id", "day"], name="orgs_calendar_day")]


class HolidayYear(Row):
    """A year whose official holiday table is in `CalendarDay`; other years are flagged, never guessed."""

    year = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county_id", "year"], name="orgs_holiday_year")]


class Bell(Row):
    """Times of a school's day, a step function; `ends` where it is a span (night, shift)."""

    KINDS = [
        ("arrival", "上学"),
        ("dismissal", "放学"),
        ("night", "夜间"),
        ("shift", "值班时段"),
        ("class-hours", "上课"),
    ]
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bells")
    kind = models.CharField(max_length=12, choices=KINDS)
    number = models.PositiveSmallIntegerField(default=1)
    from_day = models.DateField()
    starts = models.TimeField()
    ends = models.TimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "kind", "number", "from_day"], name="orgs_bell_step")
        ]
