"""Matters that are followed until they are gone, the parts of them that organisations got, their history."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from huyuan.cases.rules import AREAS, CARE_KINDS, CARE_ROLES, OPEN_PART, PART_STATES, STATES
from huyuan.cases.voices import KINDS, OPEN_VOICE, VOICE_STATES
from huyuan.orgs.models import Organisation, Person, Place, Row
from huyuan.trace.models import File

IS_OPEN = ~Q(state__in=("closed", "void"))


class Case(Row):
    """A matter: what and where it is, how grave, who has to act, until when.

    `org` is where it lies, and answers for it; `desk` whose turn it is with the matter as a whole (to assign,
    to decide, to check), empty once it is over. `kind`, `category`, `severity`, `level` are words of packs.
    `event_id` is the event of `duties` that it is: the same clocks run for both. `source` and `source_id`
    name the entry that raised it, `place_in_source` the how manieth of its findings it is; a person who
    reported it sent `client_id`. `due_at` is the deadline that holds, `judged_at` the one by which it is
    judged: of an extension given too late the first stays. `said` is what search looks through.
    """

    kind = models.CharField(max_length=40)
    confidential = models.BooleanField(default=False, help_text="not seen from above (rules.Way)")
    number = models.CharField(max_length=40)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    place = models.ForeignKey(Place, null=True, on_delete=models.PROTECT)
    area = models.CharField(max_length=12, choices=list(AREAS.items()))
    spot = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    category = models.CharField(max_length=40)
    branch = models.CharField(max_length=40, blank=True)
    severity = models.CharField(max_length=20)
    cannot_fix_now = models.BooleanField(default=False)
    multi_department = models.BooleanField(default=False)
    breach = models.CharField(max_length=160, blank=True, help_text="pack/rule that it breaks")
    state = models.CharField(max_length=10, choices=list(STATES.items()), default="found")
    level = models.CharField(max_length=20)
    desk = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    event_id = models.UUIDField(null=True)
    client_id = models.UUIDField(null=True)
    source = models.CharField(max_length=20, blank=True)
    source_id = models.UUIDField(null=True)
    place_in_source = models.PositiveIntegerField(null=True)
    reporter_org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reporter = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    reporter_name = models.CharField(max_length=40, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)
    fixed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=2, null=True, help_text="yuan")
    said = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "number"], name="cases_case_number"),
            models.UniqueConstraint(fields=["county_id", "client_id"], name="cases_case_client"),
            models.UniqueConstraint(fields=["event_id"], name="cases_case_event"),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False, desk=None)
                | Q(state="void", desk=None)
                | IS_OPEN & Q(closed_at=None, desk__isnull=False),
                name="cases_case_over",
            ),
            models.CheckConstraint(
                condition=Q(due_at=None, judged_at=None) | Q(due_at__gte=F("judged_at")),
                name="cases_case_due",
            ),
            models.CheckConstraint(
                condition=Q(source="", source_id=None, place_in_source=None)
                | ~Q(source="") & Q(source_id__isnull=False, place_in_source__isnull=False),
                name="cases_case_source",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "-recorded_at"], name="cases_case_org"),
            models.Index(fields=["county_id", "-recorded_at"], name="cases_case_newest"),
            models.Index(fields=["desk", "state"], condition=IS_OPEN, name="cases_case_desk"),
            models.Index(fields=["county_id", "due_at"], condition=IS_OPEN, name="cases_case_open"),
            models.Index(fields=["source_id"], name="cases_case_source"),
            GinIndex(Func("said", "org", function="registers_words"), name="cases_case_said"),
        ]


class Part(Row):
    """What one organisation is to do about a matter: given by `giver`, accepted, done, or sent back.

    `lead`: it answers for the whole, the others support it. `from_part`: whose part it was before it was
    passed on. `fixer` is the person who said that it is done.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parts")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="case_parts")
    giver = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    lead = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=list(PART_STATES.items()), default="offered")
    what = models.CharField(max_length=300, blank=True)
    responsible = models.CharField(max_length=60, blank=True, help_text="the post that answers for it")
    from_part = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True, help_text="returned, passed on, withdrawn")
    fixer = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "org"], condition=Q(state__in=OPEN_PART), name="cases_part_open_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False), name="cases_part_done"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("returned", "passed", "withdrawn")) | Q(left_at__isnull=False),
                name="cases_part_left",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "state"], condition=Q(state__in=OPEN_PART), name="cases_part_desk"),
            models.Index(
                fields=["giver", "state"], condition=Q(state__in=OPEN_PART), name="cases_part_given"
            ),
        ]


class Step(Row):
    """One thing that happened to a case; never changed. `occurred_at` may lie before `recorded_at`.

    `by` acted; where `recorded_by` is another organisation it wrote it down on its behalf, and holds the
    signed sheet (代录). `detail` holds what the step said, as the page shows it: [label, text] pairs.
    `source_id`: the entry that said so.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    part = models.ForeignKey(Part, null=True, on_delete=models.CASCADE, related_name="steps")
    client_id = models.UUIDField(null=True)
    verb = models.CharField(max_length=20)
    by = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=40)
    to = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=list(STATES.items()), help_text="of the case, afterwards")
    text = models.CharField(max_length=1000, blank=True)
    detail = models.JSONField(default=list)
    source_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="cases_step_client"),
        ]
        indexes = [
            models.Index(fields=["case", "recorded_at"], name="cases_step_case"),
            models.Index(
                fields=["source_id"], condition=Q(source_id__isnull=False), name="cases_step_source"
            ),
        ]


class CaseFile(Row):
    """A photo or file of a step: as it was before, as it is afterwards, or a paper."""

    KINDS = [("before", "整改前"), ("after", "整改后"), ("paper", "材料"), ("sheet", "签字表")]
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="files")
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=8, choices=KINDS)
    file = models.ForeignKey(File, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "file"], name="cases_file_once")]


class Share(Row):
    """An organisation outside the reach of a case's own sees it: for what, and until which day."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="shares")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=60)
    until = models.DateField()
    given_by = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "org"], name="cases_share_once")]
        indexes = [models.Index(fields=["org", "until"], name="cases_share_org")]


class Numbering(models.Model):
    """The last number given to cases of a kind in a county's year; locked while one is taken."""

    county_id = models.IntegerField()
    kind = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "kind", "year"], name="cases_numbering_once")
        ]


class PartLink(Row):
    """A one-time link by which an organisation that does not sign in acts on its part of a case.

    Whoever has it may accept, return or finish that part, each once; of the token only a keyed hash is kept.
    `used_at`: the part was returned or done through it.
    """

    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="links")
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    maker = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    maker_name = models.CharField(max_length=40)
    withdrawn_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part"], condition=Q(withdrawn_at=None, used_at=None), name="cases_link_standing"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at"))
                & (Q(used_at=None) | Q(withdrawn_at=None, used_at__lt=F("expires_at"))),
                name="cases_link_dates",
            ),
        ]


class GateCode(Row):
    """The code at a school's gate by which parents and the public reach it; the newest alone is good.

    Its token is derived from the id under this installation's key, so that the page can be printed again;
    only a keyed hash of it stands here.
    """

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="gate_codes")
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    maker_name = models.CharField(max_length=40)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org"], condition=Q(withdrawn_at=None), name="cases_gate_code_standing"
            )
        ]


class Voice(Row):
    """What somebody outside reported or suggested to a school through its code, without a name.

    `client_digest` and `token_digest` are keyed hashes of what the browser sent with the form, by which a
    repeat and the link to the answer are found. `phone`: ciphertext under a key of the row's own, empty
    where none was given or it was deleted. `event_id`: the event of `duties` that it is; `case`: the hazard
    that it was taken up as.
    """

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="voices")
    code = models.ForeignKey(GateCode, on_delete=models.PROTECT, related_name="+")
    client_digest = models.CharField(max_length=64)
    token_digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12, choices=list(KINDS.items()))
    spot = models.CharField(max_length=120)
    content = models.CharField(max_length=500)
    phone = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=list(VOICE_STATES.items()), default="received")
    event_id = models.UUIDField()
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    case = models.OneToOneField(Case, null=True, on_delete=models.PROTECT, related_name="voice")
    answer = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_digest"], name="cases_voice_client"),
            models.CheckConstraint(
                condition=Q(state="received", case=None, answered_at=None, answer="")
                | Q(state="taken", case__isnull=False, answered_at=None, answer="")
                | Q(state__in=("answered", "aside"), answered_at__isnull=False) & ~Q(answer=""),
                name="cases_voice_state",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "-received_at"], name="cases_voice_org"),
            models.Index(
                fields=["org", "due_at"], condition=Q(state__in=OPEN_VOICE), name="cases_voice_open"
            ),
            models.Index(fields=["answered_at"], condition=~Q(phone=""), name="cases_voice_phone"),
        ]


class VoiceFile(Row):
    """A photo that came with what was reported."""

    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(File, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["voice", "file"], name="cases_voice_file_once")]


class Care(Row):
    """A child whom the school cares for (关爱帮教). Who it is and what is noted are ciphertext under a key of
    this row (`trace.keys`); everywhere else its `number` stands for it: 关爱〔2026〕3号.

    `erase_on`: the day on which the key is destroyed, set when it ends.
    """

    number = models.CharField(max_length=40)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=list(CARE_KINDS.items()))
    child = models.TextField(blank=True)
    situation = models.TextField(blank=True)
    plan = models.TextField(blank=True)
    client_id = models.UUIDField()
    opened_at = models.DateTimeField()
    review_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    erase_on = models.DateField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "number"], name="cases_care_number"),
            models.UniqueConstraint(fields=["county_id", "client_id"], name="cases_care_client"),
            models.CheckConstraint(
                condition=Q(ended_at=None, erase_on=None, erased_at=None)
                | Q(ended_at__isnull=False, erase_on__isnull=False),
                name="cases_care_end",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(child="", situation="", plan=""), name="cases_care_erased"
            ),
        ]
        indexes = [
            models.Index(fields=["erase_on"], condition=Q(erased_at=None), name="cases_care_erase"),
            models.Index(fields=["review_on"], condition=Q(ended_at=None), name="cases_care_review"),
        ]


class CareGrant(Row):
    """A person who may read it: as what, for what, until which day (included)."""

    care = models.ForeignKey(Care, on_delete=models.CASCADE, related_name="grants")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=40)
    role = models.CharField(max_length=8, choices=list(CARE_ROLES.items()))
    purpose = models.CharField(max_length=60)
    until = models.DateField()
    paired_at = models.DateTimeField(null=True)
    given_at = models.DateTimeField()
    given_by_name = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["care", "person"], name="cases_care_grant_once")]
        indexes = [models.Index(fields=["person", "until"], name="cases_care_grant_person")]


class CareTalk(Row):
    """A talk with the child; `summary` is ciphertext under the key of its case."""

    care = models.ForeignKey(Care, on_delete=models.CASCADE, related_name="talks")
    client_id = models.UUIDField()
    on = models.DateField()
    by_name = models.CharField(max_length=40)
    summary = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_id", "client_id"], name="cases_care_talk_once")
        ]


class CareReading(Row):
    """Somebody read it, and for what; never changed."""

    care = models.ForeignKey(Care, on_delete=models.CASCADE, related_name="readings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=40)
    purpose = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["care", "-at"], name="cases_care_reading")]
