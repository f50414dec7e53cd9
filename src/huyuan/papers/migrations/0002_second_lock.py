from django.db import migrations

from huyuan.orgs import rls


class Migration(migrations.Migration):
    dependencies = [("papers", "0001_initial"), ("orgs", "0002_second_lock")]

    operations = [
        rls.protect("papers_policy"),
        # Both ends see it: the receiver need not look after the sender.
        rls.lock("papers_submission", f"org_id IN {rls.REACH} OR to_id IN {rls.REACH}"),
    ]
