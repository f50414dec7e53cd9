from django.db import migrations

from huyuan.orgs import kept

# What a county has adopted and decided.
WATCHED = (
    "duties_adoption",
    "duties_adoptedversion",
    "duties_actorpost",
    "duties_localvalue",
    "duties_signindate",
    "duties_decision",
)
LIBRARY = ("duties_term", "duties_clause", "duties_rule")


class Migration(migrations.Migration):
    dependencies = [("duties", "0005_clause_reading"), ("orgs", "0004_revisions")]

    operations = [
        *map(kept.watch, WATCHED),
        # Joins two rows and has no county of its own.
        kept.watch(
            "duties_adoption_only",
            "(SELECT county_id FROM duties_adoption WHERE id = touched.adoption_id)",
        ),
        *map(kept.watch_library, LIBRARY),
    ]
