from django.db import migrations

from huyuan.orgs import rls

COUNTY_WIDE = (
    "orgs_region",
    "orgs_organisation",
    "orgs_attribute",
    "orgs_place",
    "orgs_schoolclass",
    "orgs_post",
    "orgs_appointment",
    "orgs_liaison",
    "orgs_bell",
    "orgs_termrow",
    "orgs_calendarday",
    "orgs_holidayyear",
)

# Whose home is in reach, who holds a post there (the policeman who is a school's 法治副校长), and oneself:
# that is how an actor comes about before its organisations are known.
PERSON = f"""
    home_id IN {rls.REACH}
    OR id = {rls.PERSON}
    OR EXISTS (
        SELECT FROM orgs_appointment AS held JOIN orgs_post AS post ON post.id = held.post_id
        WHERE held.person_id = orgs_person.id AND post.org_id IN {rls.REACH}
    )
"""


class Migration(migrations.Migration):
    dependencies = [("orgs", "0001_initial"), ("trace", "0002_append_only")]

    operations = [
        *map(rls.protect_county, COUNTY_WIDE),
        rls.lock("orgs_person", PERSON),
        rls.protect_through("orgs_certificate", "person_id", "orgs_person"),
        # Acts on the county itself belong to no organisation.
        rls.lock("trace_record", f"org_id IS NULL OR org_id IN {rls.REACH}"),
        # The sealer chains and verifies every record of every county (trace.sealing).
        migrations.RunSQL(
            "CREATE POLICY huyuan_sealer ON trace_record FOR SELECT"
            " USING ((SELECT current_setting('huyuan.sealing', true)) = 'on')",
            "DROP POLICY huyuan_sealer ON trace_record",
        ),
    ]
