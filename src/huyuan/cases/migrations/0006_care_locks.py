"""Children who are cared for are seen by the persons to whom that was granted, as long as it lasts; jobs of
the system act for nobody, and see what their county reaches. Others may know how many there are."""

from django.db import migrations

from huyuan.orgs import rls

SYSTEM = f"{rls.PERSON} IS NULL AND org_id IN {rls.REACH}"
GRANTED = (
    "id IN (SELECT held.care_id FROM cases_caregrant AS held WHERE held.person_id ="
    f" {rls.PERSON} AND held.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date)"
)
COUNTS = """
SELECT county_id, org_id, kind, ended_at IS NULL AS running, count(*)::int AS number
  FROM cases_care WHERE {county} GROUP BY 1, 2, 3, 4
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_care")]

    operations = [
        rls.lock("cases_caregrant", f"org_id = ANY ({rls.VIEWERS}::uuid[]) OR {SYSTEM}"),
        rls.lock("cases_care", f"{GRANTED} OR {SYSTEM}"),
        rls.protect_through("cases_caretalk", "care_id", "cases_care"),
        rls.protect_through("cases_carereading", "care_id", "cases_care"),
        rls.fact_view("cases_care_count", COUNTS, "cases_care"),
    ]
