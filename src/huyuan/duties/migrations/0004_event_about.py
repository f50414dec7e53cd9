from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("duties", "0003_tallies")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="about",
            field=models.CharField(blank=True, help_text="what and where, in a few words", max_length=200),
        ),
    ]
