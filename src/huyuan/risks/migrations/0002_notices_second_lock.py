from django.db import migrations

from huyuan.orgs import rls

# Who gave it, who wrote it down, who received it: none of them need look after another.
BOTH_ENDS = f"org_id IN {rls.REACH} OR issuer_id IN {rls.REACH} OR keeper_id IN {rls.REACH}"


class Migration(migrations.Migration):
    dependencies = [("risks", "0001_notices")]

    operations = [
        rls.lock("risks_riskreceipt", BOTH_ENDS),
        rls.protect_through("risks_riskmeasure", "receipt_id", "risks_riskreceipt"),
        rls.lock(
            "risks_risknotice",
            f"org_id IN {rls.REACH} OR recorded_by_org_id IN {rls.REACH}"
            " OR EXISTS (SELECT FROM risks_riskreceipt AS one WHERE one.notice_id = risks_risknotice.id)",
        ),
    ]
