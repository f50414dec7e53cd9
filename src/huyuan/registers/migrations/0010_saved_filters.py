import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import huyuan.kernel.ids
from huyuan.orgs import rls

OWN = f"person_id = {rls.PERSON}"


class Migration(migrations.Migration):
    dependencies = [("orgs", "0006_place_position"), ("registers", "0009_confirmation_links")]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=huyuan.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("county_id", models.IntegerField(help_text="GB/T 2260 code of the county")),
                ("form_key", models.CharField(max_length=80)),
                ("place", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=20)),
                ("query", models.JSONField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orgs.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "form_key", "name"), name="registers_filter_name"
                    ),
                    models.UniqueConstraint(
                        fields=("person", "form_key", "place"), name="registers_filter_place"
                    ),
                    models.CheckConstraint(
                        condition=Q(place__gte=1, place__lte=20), name="registers_filter_most"
                    ),
                    models.CheckConstraint(
                        condition=~Q(name="") & ~Q(query={}), name="registers_filter_says_something"
                    ),
                ],
            },
        ),
        rls.lock("registers_savedfilter", OWN),
        # Also made for oneself alone.
        migrations.RunSQL(
            f"ALTER POLICY huyuan_insert ON registers_savedfilter WITH CHECK ({rls.COUNTY} AND {OWN})",
            f"ALTER POLICY huyuan_insert ON registers_savedfilter WITH CHECK ({rls.COUNTY})",
        ),
    ]
