"""Confidential matters (disputes) are seen by their own organisation and by those they are shared with; what
others may know of them are counts, which come from a view."""

from django.db import migrations, models

from huyuan.orgs import rls

SHARED = (
    "id IN (SELECT share.case_id FROM cases_share AS share WHERE share.org_id = ANY"
    f" ({rls.VIEWERS}::uuid[]) AND share.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date)"
)
MINE = f"reporter_org_id = ANY ({rls.VIEWERS}::uuid[])"
# Jobs of the system act for nobody, and see all that their county reaches.
OWN = f"NOT confidential OR org_id = ANY ({rls.VIEWERS}::uuid[]) OR {rls.PERSON} IS NULL"

COUNTS = """
SELECT county_id, kind, org_id, category, state, reopened > 0 AS again,
       date_trunc('month', recorded_at AT TIME ZONE 'Asia/Shanghai')::date AS month, count(*)::int AS number
  FROM cases_case WHERE {county} AND confidential AND state <> 'void' GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
COMMANDS = ("select", "insert", "update", "delete")


def unlock(table: str) -> migrations.RunSQL:
    """Take the policies of a table away, to lock it otherwise."""
    return migrations.RunSQL([f"DROP POLICY huyuan_{command} ON {table}" for command in COMMANDS], [])


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_voices")]

    operations = [
        migrations.AddField(
            "case",
            "confidential",
            models.BooleanField(default=False, help_text="not seen from above (rules.Way)"),
        ),
        unlock("cases_case"),
        rls.lock("cases_case", f"org_id IN {rls.REACH} AND ({OWN}) OR {MINE} OR {SHARED}"),
        rls.fact_view("cases_confidential_count", COUNTS, "cases_case"),
    ]
