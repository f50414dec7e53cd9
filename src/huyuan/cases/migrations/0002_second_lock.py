"""Cases are seen in reach of where they lie, by those who reported them, and by those with whom they are
shared; parts, steps and files with their case."""

from django.db import migrations

from huyuan.orgs import rls

SHARED = (
    "id IN (SELECT share.case_id FROM cases_share AS share WHERE share.org_id = ANY"
    f" ({rls.VIEWERS}::uuid[]) AND share.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date)"
)
MINE = f"reporter_org_id = ANY ({rls.VIEWERS}::uuid[])"


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("orgs", "0002_second_lock")]

    operations = [
        rls.protect_county("cases_share"),
        rls.lock("cases_case", f"org_id IN {rls.REACH} OR {MINE} OR {SHARED}"),
        rls.protect_through("cases_part", "case_id", "cases_case"),
        rls.protect_through("cases_step", "case_id", "cases_case"),
        rls.protect_through("cases_casefile", "case_id", "cases_case"),
    ]
