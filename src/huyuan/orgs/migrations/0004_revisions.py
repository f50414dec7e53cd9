from django.db import migrations, models

from huyuan.orgs import kept

# What a county decides about its days, and who administers whom.
WATCHED = (
    "orgs_termrow",
    "orgs_calendarday",
    "orgs_holidayyear",
    "orgs_region",
    "orgs_organisation",
    "orgs_reach",
)


class Migration(migrations.Migration):
    dependencies = [("orgs", "0003_accounts")]

    operations = [
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("county_id", models.IntegerField(primary_key=True, serialize=False)),
                ("number", models.UUIDField()),
            ],
        ),
        kept.FUNCTION,
        *map(kept.watch, WATCHED),
        kept.watch_library("orgs_word"),
    ]
