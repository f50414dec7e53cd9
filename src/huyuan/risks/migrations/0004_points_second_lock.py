from django.db import migrations

from huyuan.orgs import rls


class Migration(migrations.Migration):
    dependencies = [("risks", "0003_points")]

    operations = [
        # The regional list is for every school to read.
        rls.lock("risks_riskpoint", f"regional OR org_id IN {rls.REACH}"),
        rls.protect_through("risks_riskversion", "point_id", "risks_riskpoint"),
        rls.protect_through("risks_riskreview", "point_id", "risks_riskpoint"),
        rls.protect("risks_riskround"),
        rls.protect("risks_riskanalysis"),
    ]
