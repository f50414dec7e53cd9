import django.db.models.deletion
from django.db import migrations, models

import huyuan.kernel.ids
from huyuan.orgs import rls

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

OF_EVENT = "SELECT t.county_id, e.org_id FROM touched t JOIN duties_event e ON e.id = t.event_id"

# Where facts are written → whose cells they may change: a query over the rows that a statement touched.
WHOSE = {
    "duties_proof": "SELECT county_id, org_id FROM touched",
    "duties_measurement": "SELECT county_id, org_id FROM touched",
    "duties_presence": "SELECT county_id, org_id FROM touched",
    "duties_event": "SELECT county_id, org_id FROM touched",
    "duties_learned": OF_EVENT,
    "duties_extension": OF_EVENT,
    "duties_waiver": "SELECT county_id, org_id FROM touched",
    "registers_entry": "SELECT county_id, org_id FROM touched",
    "papers_policy": "SELECT county_id, org_id FROM touched",
    "papers_submission": "SELECT county_id, org_id FROM touched",
    "orgs_organisation": "SELECT county_id, id FROM touched",
    "orgs_attribute": "SELECT county_id, org_id FROM touched",
    "orgs_bell": "SELECT county_id, org_id FROM touched",
    "orgs_place": "SELECT county_id, org_id FROM touched",
    "orgs_schoolclass": "SELECT county_id, org_id FROM touched",
    "orgs_liaison": "SELECT county_id, school_id FROM touched",
    "orgs_appointment": "SELECT t.county_id, p.org_id FROM touched t JOIN orgs_post p ON p.id = t.post_id",
    "orgs_certificate": (
        "SELECT t.county_id, p.org_id FROM touched t JOIN orgs_appointment a ON a.person_id = t.person_id"
        " JOIN orgs_post p ON p.id = a.post_id"
    ),
    "orgs_person": (
        "SELECT t.county_id, p.org_id FROM touched t JOIN orgs_appointment a ON a.person_id = t.id"
        " JOIN orgs_post p ON p.id = a.post_id"
    ),
    # These bind everybody.
    "orgs_termrow": "SELECT county_id, NULL::uuid FROM touched",
    "orgs_calendarday": "SELECT county_id, NULL::uuid FROM touched",
    "orgs_holidayyear": "SELECT county_id, NULL::uuid FROM touched",
    "duties_adoption": "SELECT county_id, NULL::uuid FROM touched",
    "duties_adoptedversion": "SELECT county_id, NULL::uuid FROM touched",
    "duties_localvalue": "SELECT county_id, NULL::uuid FROM touched",
    "duties_signindate": "SELECT county_id, NULL::uuid FROM touched",
    "duties_adoption_only": (
        "SELECT a.county_id, NULL::uuid FROM touched t JOIN duties_adoption a ON a.id = t.adoption_id"
    ),
}

FUNCTION = """
CREATE FUNCTION duties_note_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  EXECUTE 'INSERT INTO duties_change (county_id, org_id, xid)'
    || ' SELECT DISTINCT whose.*, pg_current_xact_id()::text::bigint FROM (' || TG_ARGV[0] || ') AS whose';
  RETURN NULL;
END $body$
"""
ROWS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def note_changes(table: str, whose: str) -> migrations.RunSQL:
    """Triggers that note, once for each statement, whose facts it changed."""
    return migrations.RunSQL(
        [
            f"CREATE TRIGGER duties_note_{verb} AFTER {verb.upper()} ON {table}"
            f" REFERENCING {rows} TABLE AS touched FOR EACH STATEMENT"
            f" EXECUTE FUNCTION duties_note_change('{whose}')"
            for verb, rows in ROWS.items()
        ],
        [f"DROP TRIGGER duties_note_{verb} ON {table}" for verb in ROWS],
    )


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0002_second_lock"),
        ("orgs", "0002_second_lock"),
        ("papers", "0001_initial"),
        ("registers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=huyuan.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("county_id", models.IntegerField(help_text="GB/T 2260 code of the county")),
                ("month", models.CharField(max_length=7)),
                ("theme", models.CharField(max_length=40)),
                ("verdict", models.CharField(choices=VERDICTS, max_length=14)),
                ("becomes", models.CharField(choices=VERDICTS, max_length=14)),
                ("cells", models.PositiveIntegerField()),
                ("good_until", models.DateTimeField(null=True)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="duties.rule"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["county_id", "month", "good_until"], name="duties_tally_month"),
                    models.Index(fields=["rule", "month"], name="duties_tally_rule"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "month", "rule", "verdict", "becomes"), name="duties_tally_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tallied",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=huyuan.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("county_id", models.IntegerField(help_text="GB/T 2260 code of the county")),
                ("month", models.CharField(max_length=7)),
                ("made_at", models.DateTimeField()),
                ("seen", models.TextField(help_text="pg_snapshot")),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("org", "month"), name="duties_tallied_once")],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("county_id", models.IntegerField()),
                ("xid", models.BigIntegerField()),
                (
                    "org",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["county_id", "org"], name="duties_change_org")],
            },
        ),
        rls.protect("duties_tally"),
        rls.protect("duties_tallied"),
        # Only ids: that something changed somewhere tells nobody what.
        rls.protect_county("duties_change"),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION duties_note_change()"),
        *(note_changes(table, whose) for table, whose in WHOSE.items()),
    ]
