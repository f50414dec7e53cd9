from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("duties", "0004_event_about")]

    operations = [
        migrations.AddField(
            model_name="clause",
            name="simplified",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="clause",
            name="source",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="clause",
            name="confidence",
            field=models.CharField(blank=True, default="", max_length=12),
            preserve_default=False,
        ),
    ]
