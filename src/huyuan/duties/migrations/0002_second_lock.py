from django.db import migrations

from huyuan.orgs import rls

# What the county has adopted and decided is public in it.
COUNTY_WIDE = ("adoption", "adoptedversion", "actorpost", "localvalue", "signindate", "decision")


class Migration(migrations.Migration):
    dependencies = [("duties", "0001_initial"), ("orgs", "0002_second_lock")]

    operations = [
        *(rls.protect_county(f"duties_{table}") for table in COUNTY_WIDE),
        # Whoever recorded a joint act for all parties must be able to void it for all.
        rls.lock("duties_proof", f"org_id IN {rls.REACH} OR recorder_id IN {rls.REACH}"),
        rls.protect("duties_measurement"),
        rls.protect("duties_presence"),
        rls.protect("duties_event"),
        rls.protect_through("duties_learned", "event_id", "duties_event"),
        rls.protect_through("duties_extension", "event_id", "duties_event"),
        rls.protect("duties_verdict"),
        rls.protect_through("duties_correction", "verdict_id", "duties_verdict"),
        rls.protect("duties_waiver"),
    ]
