"""From when on a change may have touched cells, and how far the closing and the tallies have come."""

from datetime import UTC, datetime

import django.db.models.deletion
from django.db import migrations, models

import huyuan.kernel.ids
from huyuan.orgs import rls


def day(column: str) -> str:
    """The first instant of a day in Shanghai."""
    return f"({column}::timestamp AT TIME ZONE 'Asia/Shanghai')"


EVER = "to_timestamp(0)"
OF_EVENT = (
    "SELECT e.county_id, e.org_id, least(e.occurred_at, e.known_at) FROM {touched} t"
    " JOIN duties_event e ON e.id = t.event_id"
)
AT_ORG = "SELECT t.county_id, t.org_id, {since} FROM {{touched}} t"
OF_COUNTY = "SELECT t.county_id, NULL::uuid, {since} FROM {{touched}} t"
OF_ADOPTION = (
    f"SELECT a.county_id, NULL::uuid, {day('a.from_day')} FROM {{touched}} t"
    " JOIN duties_adoption a ON a.id = t.adoption_id"
)

# Where facts are written → whose cells they may change, and from when on: a query over the rows that a
# statement touched, as they were and as they are.
WHOSE = {
    # A reaction bears on the clock of its event, however long that has been closed.
    "duties_proof": (
        "SELECT t.county_id, t.org_id, least(t.occurred_at, e.occurred_at, e.known_at) FROM {touched} t"
        " LEFT JOIN duties_event e ON e.id = t.answers"
    ),
    "duties_measurement": AT_ORG.format(since=day("t.from_day")),
    "duties_presence": AT_ORG.format(since="t.starts_at"),
    # What is planned is known before it occurs.
    "duties_event": AT_ORG.format(since="least(t.occurred_at, t.known_at)"),
    "duties_learned": OF_EVENT,
    "duties_extension": OF_EVENT,
    "duties_waiver": AT_ORG.format(since=day("t.from_day")),
    # Whether anything could have recorded a breach is asked of the first entry of its form; what an entry
    # means is noted where its effects are written.
    "registers_entry": (
        f"SELECT t.county_id, t.org_id, {EVER} FROM {{touched}} t JOIN registers_form f ON f.id = t.form_id"
        " WHERE t.state <> 'draft' AND NOT EXISTS"
        " (SELECT FROM registers_entry e JOIN registers_form g ON g.id = e.form_id AND g.key = f.key"
        " WHERE e.org_id = t.org_id AND e.state IN ('submitted', 'confirmed')"
        " AND (e.submitted_at, e.id) < (t.submitted_at, t.id))"
    ),
    "papers_policy": AT_ORG.format(since=day("t.from_day")),
    "orgs_organisation": f"SELECT t.county_id, t.id, {EVER} FROM {{touched}} t",
    "orgs_attribute": AT_ORG.format(since=day("t.from_day")),
    "orgs_bell": AT_ORG.format(since=day("t.from_day")),
    # What nobody had on file before was not asked for before.
    "orgs_place": AT_ORG.format(since=f"coalesce({day('t.closed')}, statement_timestamp())"),
    "orgs_schoolclass": AT_ORG.format(since=day("make_date(left(t.school_year, 4)::int, 8, 1)")),
    "orgs_liaison": f"SELECT t.county_id, t.school_id, {day('t.from_day')} FROM {{touched}} t",
    "orgs_appointment": (
        f"SELECT t.county_id, p.org_id, {day('t.from_day')} FROM {{touched}} t"
        " JOIN orgs_post p ON p.id = t.post_id"
    ),
    "orgs_certificate": (
        f"SELECT t.county_id, p.org_id, {day('t.from_day')} FROM {{touched}} t"
        " JOIN orgs_appointment a ON a.person_id = t.person_id JOIN orgs_post p ON p.id = a.post_id"
    ),
    "orgs_person": (
        f"SELECT t.county_id, p.org_id, {day('t.left')} FROM {{touched}} t"
        " JOIN orgs_appointment a ON a.person_id = t.id JOIN orgs_post p ON p.id = a.post_id"
        " WHERE t.left IS NOT NULL"
    ),
    # These bind everybody. The vacation before a term begins where the one before it ends; a holiday's break
    # reaches back over the days off beside it.
    "orgs_termrow": OF_COUNTY.format(
        since=f"least({day('t.first')}, (SELECT max({day('b.last')}) FROM orgs_termrow b"
        " WHERE b.county_id = t.county_id AND b.last < t.first))"
    ),
    "orgs_calendarday": OF_COUNTY.format(since=day("(t.day - 10)")),
    "orgs_holidayyear": OF_COUNTY.format(since=day("make_date(t.year, 1, 1)")),
    "duties_adoption": OF_COUNTY.format(since=day("t.from_day")),
    "duties_adoptedversion": OF_COUNTY.format(since=day("t.in_force_from")),
    "duties_localvalue": OF_COUNTY.format(since=day("t.from_day")),
    "duties_signindate": OF_COUNTY.format(since=day("t.from_day")),
    "duties_adoption_only": OF_ADOPTION,
}

FUNCTION = """
CREATE OR REPLACE FUNCTION duties_note_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  EXECUTE 'INSERT INTO duties_change (county_id, org_id, since, xid)'
    || ' SELECT county_id, org_id, min(since), pg_current_xact_id()::text::bigint'
    || ' FROM (' || TG_ARGV[0] || ') AS whose (county_id, org_id, since) GROUP BY county_id, org_id';
  RETURN NULL;
END $body$
"""
ROWS = {
    "insert": ("NEW TABLE AS now_so", "now_so"),
    "update": ("OLD TABLE AS was_so NEW TABLE AS now_so", "(TABLE was_so UNION ALL TABLE now_so)"),
    "delete": ("OLD TABLE AS was_so", "was_so"),
}


def note_changes(table: str, whose: str) -> migrations.RunSQL:
    """Triggers that note, once for each statement, whose facts it changed, and from when on."""
    made = []
    for verb, (rows, touched) in ROWS.items():
        query = whose.format(touched=touched).replace("'", "''")
        made += [
            f"DROP TRIGGER duties_note_{verb} ON {table}",
            f"CREATE TRIGGER duties_note_{verb} AFTER {verb.upper()} ON {table}"
            f" REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION duties_note_change('{query}')",
        ]
    return migrations.RunSQL(made)


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0007_fact_views"),
        ("orgs", "0002_second_lock"),
        ("papers", "0001_initial"),
        ("registers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="change",
            name="since",
            field=models.DateTimeField(default=datetime.fromtimestamp(0, UTC)),
            preserve_default=False,
        ),
        migrations.RemoveField(model_name="tallied", name="made_at"),
        migrations.AddField(
            model_name="tallied",
            name="made_with",
            field=models.CharField(default="", max_length=32),
            preserve_default=False,
        ),
        migrations.AddField(model_name="tallied", name="reaches", field=models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="Closing",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=huyuan.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("county_id", models.IntegerField(help_text="GB/T 2260 code of the county")),
                (
                    "kind",
                    models.CharField(
                        choices=[("do", "做"), ("have", "有"), ("post", "在岗"), ("when", "遇事")],
                        max_length=4,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("next_at", models.DateTimeField(null=True)),
                ("made_with", models.CharField(max_length=32)),
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
                "indexes": [models.Index(fields=["county_id", "next_at"], name="duties_closing_next")],
                "constraints": [models.UniqueConstraint(fields=("org", "kind"), name="duties_closing_once")],
            },
        ),
        rls.protect("duties_closing"),
        migrations.RunSQL(FUNCTION),
        *(note_changes(table, whose) for table, whose in WHOSE.items()),
        # Nothing is judged by the rows of submissions: their acts are proofs.
        migrations.RunSQL([f"DROP TRIGGER duties_note_{verb} ON papers_submission" for verb in ROWS]),
    ]
