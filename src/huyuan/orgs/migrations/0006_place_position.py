from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("orgs", "0005_county")]

    operations = [
        migrations.AddField("place", "lat", models.FloatField(null=True)),
        migrations.AddField("place", "lng", models.FloatField(null=True)),
        migrations.AddConstraint(
            "place",
            models.CheckConstraint(
                condition=Q(lat=None, lng=None)
                | Q(lat__isnull=False, lng__isnull=False, lat__range=(-90, 90), lng__range=(-180, 180)),
                name="orgs_place_point",
            ),
        ),
    ]
