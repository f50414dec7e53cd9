"""Directives as rows, adoptions, what proves (typed, never JSON), closed verdicts and what stands beside
them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from huyuan.kernel.ids import uuid7
from huyuan.orgs.models import Organisation, Person, Row
from huyuan.packs.models import PackVersion

VERDICTS = [
    ("owed", "待办"),
    ("overdue", "超期"),
    ("met", "已完成"),
    ("late", "补做/补录"),
    ("missed", "未完成"),
    ("waived", "免除"),
    ("not_applicable", "不适用"),
    ("unknown", "资料不全"),
]
RULE_KINDS = [("do", "做"), ("have", "有"), ("post", "在岗"), ("when", "遇事")]


# ---- the library: directives as rows (no county) ---------------------------------------------------------
class Term(models.Model):
    """One word of the vocabulary as installed: act, event, measure, point, qualified, matter."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pack_version = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="terms")
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=80)
    zh = models.CharField(max_length=120)
    spec = models.JSONField()
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack_version", "kind", "key"], name="duties_term_version"),
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(current=True), name="duties_term_current"
            ),
        ]


class Clause(models.Model):
    """A paragraph of a directive's text with what the program does with its sentences (`claims`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pack_version = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="clauses")
    key = models.CharField(max_length=30)
    number = models.PositiveIntegerField()
    cite = models.CharField(max_length=60)
    title = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    simplified = models.TextField(blank=True)
    claims = models.JSONField()
    source = models.TextField(blank=True)
    confidence = models.CharField(max_length=12, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pack_version", "key"], name="duties_clause_once")]


class Rule(models.Model):
    """One rule of a version. `spec` is the checked rule as `duties.schema` reads it; the columns are what
    is listed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pack_version = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="rules")
    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=4, choices=RULE_KINDS)
    title = models.CharField(max_length=120)
    theme = models.CharField(max_length=40)
    matter = models.CharField(max_length=80, blank=True)
    planned = models.CharField(max_length=40, blank=True)
    clauses = ArrayField(models.CharField(max_length=30))
    spec = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pack_version", "key"], name="duties_rule_once")]


# ---- adoption: what binds a county -----------------------------------------------------------------------
class Adoption(Row):
    """An organisation adopts a directive: subjects, from when, go-live; nothing before go-live is owed.

    Subjects are the organisations below the adopter (or the adopter's county) that the rules' own `who`
    selects, narrowed by `only` (organisations) where given. `until` is the last day.
    """

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="adoptions")
    pack_key = models.CharField(max_length=80)
    from_day = models.DateField()
    until = models.DateField(null=True)
    go_live = models.DateField()
    adopted_at = models.DateTimeField()
    adopted_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    grace_long = models.PositiveSmallIntegerField(default=7, help_text="days, weekly and longer do cells")
    grace_daily = models.PositiveSmallIntegerField(default=1, help_text="days, daily do cells")
    window_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="how long after a window its sign-ins may still be recorded"
    )
    only = models.ManyToManyField(Organisation, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "pack_key"], condition=Q(until=None), name="duties_adoption_once"
            ),
            models.CheckConstraint(condition=Q(go_live__gte=F("from_day")), name="duties_adoption_go_live"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("from_day")), name="duties_adoption_until"
            ),
        ]


class AdoptedVersion(Row):
    """Which version of the pack an adoption runs, from which day: the later of its `from`, installation,
    adoption."""

    adoption = models.ForeignKey(Adoption, on_delete=models.CASCADE, related_name="versions")
    pack_version = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="adopted")
    in_force_from = models.DateField()
    cut_now = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["adoption", "pack_version"], name="duties_adopted_version_once")
        ]


class ActorPost(Row):
    """The text's actor → our post."""

    adoption = models.ForeignKey(Adoption, on_delete=models.CASCADE, related_name="actors")
    actor = models.CharField(max_length=80)
    post_kind = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["adoption", "actor"], name="duties_actor_once")]


class LocalValue(Row):
    """What the text leaves open, answered by the adopter: a number, a cadence (`{month: 1}`) or a limit,
    with by whom."""

    adoption = models.ForeignKey(Adoption, on_delete=models.CASCADE, related_name="local_values")
    name = models.CharField(max_length=80)
    value = models.JSONField()
    decided_by = models.CharField(max_length=120)
    from_day = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["adoption", "name", "from_day"], name="duties_local_once")
        ]


class SignInDate(Row):
    """From this day a roster alone proves nothing at this point; until then the published roster is
    judged."""

    adoption = models.ForeignKey(Adoption, on_delete=models.CASCADE, related_name="sign_ins")
    point = models.CharField(max_length=40)
    from_day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["adoption", "point"], name="duties_sign_in_once")]


class Decision(Row):
    """The adopting bureau settles a matter whose rules can't be compared: which rule holds, why, by whom."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="decisions")
    matter = models.CharField(max_length=80)
    holds = models.CharField(max_length=160, help_text="pack key/rule key")
    reason = models.CharField(max_length=300)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


# ---- what proves: typed rows -----------------------------------------------------------------------------
class Proof(Row):
    """An act of one organisation. A joint act has one row for each party that signed, sharing `act_id`.

    `quals` are the qualifiers as sorted "key=value" tokens. `names_period`: a period key the act says it
    is for.
    """

    act_id = models.UUIDField()
    act = models.CharField(max_length=80)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="proofs")
    subject_id = models.UUIDField(help_text="the organisation, or its class, gate, building")
    quals = ArrayField(models.CharField(max_length=120), default=list)
    joint = models.BooleanField(default=False)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    names_period = models.CharField(max_length=20, blank=True)
    people = models.PositiveIntegerField(null=True)
    single_handed = models.BooleanField(default=False)
    answers = models.UUIDField(null=True, help_text="the event this reacts to")
    recorder = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", help_text="who recorded it, for all parties"
    )
    source = models.CharField(max_length=20)
    source_id = models.UUIDField()
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["act_id", "org", "subject_id"], name="duties_proof_once"),
        ]
        indexes = [
            models.Index(fields=["county_id", "org", "occurred_at"], name="duties_proof_org"),
            models.Index(fields=["source_id"], name="duties_proof_source"),
        ]


class Measurement(Row):
    """A measured value of a subject from an instant on (step function); `delta` rows count up (breaches)."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="measurements")
    subject_id = models.UUIDField()
    measure = models.CharField(max_length=80)
    from_day = models.DateField()
    value = models.DecimalField(max_digits=14, decimal_places=2)
    delta = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=20)
    source_id = models.UUIDField()
    voided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["county_id", "org", "measure", "from_day"], name="duties_measurement_org"),
            models.Index(fields=["source_id"], name="duties_measurement_source"),
        ]


class Presence(Row):
    """Somebody at a point, from–until, counted as `qualified`; `planned`: from the published roster."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="presences")
    point = models.CharField(max_length=40)
    person = models.CharField(max_length=60, help_text="person id, or the name on the sheet")
    qualified = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    planned = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=20)
    source_id = models.UUIDField()
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="duties_presence_span"),
        ]
        indexes = [
            models.Index(fields=["county_id", "org", "starts_at"], name="duties_presence_org"),
            models.Index(fields=["source_id"], name="duties_presence_source"),
        ]


class Event(Row):
    """Something that happened and starts clocks; nothing later restarts them; ending it needs a reason."""

    event = models.CharField(max_length=80)
    about = models.CharField(max_length=200, blank=True, help_text="what and where, in a few words")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="events")
    subject_id = models.UUIDField()
    quals = ArrayField(models.CharField(max_length=120), default=list)
    occurred_at = models.DateTimeField()
    known_at = models.DateTimeField()
    assigned_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=20)
    source_id = models.UUIDField()
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(end_reason=""), name="duties_event_end_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["county_id", "org", "known_at"], name="duties_event_org"),
            models.Index(fields=["source_id"], name="duties_event_source"),
        ]


class Learned(Row):
    """A qualifier of an event that became known later than the event; nothing is ever unlearned."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="learned")
    qual = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "qual"], name="duties_learned_once")]


class Extension(Row):
    """The due of a clock moved by whoever set it; counts only if given before the due."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="extensions")
    rule_key = models.CharField(max_length=160)
    due_at = models.DateTimeField()
    given_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    approver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")


# ---- verdicts --------------------------------------------------------------------------------------------
class Verdict(Row):
    """A closed cell: never recomputed. `because` holds arithmetic and proofs as shown to people."""

    adoption = models.ForeignKey(Adoption, on_delete=models.PROTECT, related_name="verdicts")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="verdicts")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="verdicts")
    subject_id = models.UUIDField()
    part = models.CharField(
        max_length=80, blank=True, help_text="reaction, window or qualification within the rule"
    )
    period = models.CharField(max_length=40)
    period_name = models.CharField(max_length=80)
    start_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    close_at = models.DateTimeField(null=True)
    month = models.CharField(max_length=7, help_text="the month the cell is shown under, 2026-10")
    theme = models.CharField(max_length=40)
    verdict = models.CharField(max_length=14, choices=VERDICTS)
    marks = ArrayField(models.CharField(max_length=20), default=list)
    because = models.JSONField()
    proofs = ArrayField(models.UUIDField(), default=list)
    post_kind = models.CharField(max_length=40, blank=True)
    holder = models.CharField(max_length=80, blank=True, help_text="who held the post at the due, frozen")
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["adoption", "rule", "subject_id", "part", "period"], name="duties_verdict_once"
            ),
            models.CheckConstraint(
                condition=~Q(verdict__in=["owed", "overdue"]), name="duties_verdict_closed"
            ),
        ]
        indexes = [
            models.Index(fields=["county_id", "month", "theme", "org"], name="duties_verdict_board"),
            models.Index(fields=["org", "month"], name="duties_verdict_org"),
        ]


class Closing(Row):
    """Up to `at` every closed cell of one kind of rule of an organisation is stored, with the corrections
    that follow from everything that `seen` shows; `made_with` as in `Tallied`. `next_at`: the next instant
    at which to look again though nothing is recorded, None: not before something is."""

    org = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=4, choices=RULE_KINDS)
    at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    made_with = models.CharField(max_length=32)
    seen = models.TextField(help_text="pg_snapshot")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["org", "kind"], name="duties_closing_once")]
        indexes = [models.Index(fields=["county_id", "next_at"], name="duties_closing_next")]


class Correction(Row):
    """What was learned after the close, beside the verdict: a late entry, a voided proof, a waiver."""

    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="corrections")
    becomes = models.CharField(max_length=14, choices=VERDICTS)
    reason = models.CharField(max_length=300)
    proof_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["verdict", "becomes", "proof_id"], name="duties_correction_once", nulls_distinct=False
            )
        ]


class Waiver(Row):
    """A duty excused by the rule's owner or the adopting bureau, never by who owes it: scope, reason,
    expiry."""

    adoption = models.ForeignKey(Adoption, on_delete=models.PROTECT, related_name="waivers")
    rule_key = models.CharField(max_length=80)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="waivers")
    from_day = models.DateField()
    until = models.DateField()
    reason = models.CharField(max_length=300)
    given_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("from_day")), name="duties_waiver_days")
        ]


# ---- figures ---------------------------------------------------------------------------------------------
class Tally(Row):
    """How many cells of one rule stand at a verdict, for one organisation and month: a figure, made of cells.

    `becomes` is the verdict with the corrections beside it. It holds until `good_until`, the next instant
    at which time alone changes one of the cells, unless something is recorded before (`Change`).
    """

    org = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    month = models.CharField(max_length=7)
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="+")
    theme = models.CharField(max_length=40)
    verdict = models.CharField(max_length=14, choices=VERDICTS)
    becomes = models.CharField(max_length=14, choices=VERDICTS)
    cells = models.PositiveIntegerField()
    good_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "month", "rule", "verdict", "becomes"], name="duties_tally_once"
            )
        ]
        indexes = [
            models.Index(fields=["county_id", "month", "good_until"], name="duties_tally_month"),
            models.Index(fields=["rule", "month"], name="duties_tally_rule"),
        ]


class Tallied(Row):
    """The tallies of an organisation's month were made with everything that `seen` shows, by the program and
    the packs behind `made_with`. What changes only cells from `reaches` on cannot touch them: all theirs are
    closed by then (None: one is open for ever)."""

    org = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    month = models.CharField(max_length=7)
    made_with = models.CharField(max_length=32)
    reaches = models.DateTimeField(null=True)
    seen = models.TextField(help_text="pg_snapshot")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["org", "month"], name="duties_tallied_once")]


class Change(models.Model):
    """Something was recorded that may change cells of an organisation (None: of all of the county's).

    Triggers write it in the transaction of whatever writes the fact, so no way of writing can forget it.
    `xid` is that transaction: a tally whose snapshot does not show it is out of date, whatever the order
    of commits. Cells that closed before `since` are as they were (1970: any may have changed).
    """

    id = models.BigAutoField(primary_key=True)
    county_id = models.IntegerField()
    org = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="+")
    xid = models.BigIntegerField()
    since = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["county_id", "org"], name="duties_change_org")]
