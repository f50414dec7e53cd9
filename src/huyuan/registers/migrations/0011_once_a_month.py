from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("registers", "0010_saved_filters")]

    operations = [
        migrations.AddField("entry", "sole", models.CharField(blank=True, default="", max_length=90), False),
        migrations.AddConstraint(
            "entry",
            models.UniqueConstraint(
                condition=~Q(sole="") & Q(state__in=["submitted", "confirmed", "returned"]),
                fields=("org", "sole"),
                name="registers_entry_sole",
            ),
        ),
    ]
