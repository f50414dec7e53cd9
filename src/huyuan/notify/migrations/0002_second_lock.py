from django.db import migrations

from huyuan.orgs import rls


class Migration(migrations.Migration):
    dependencies = [("notify", "0001_initial"), ("orgs", "0002_second_lock")]

    operations = [
        rls.protect("notify_message"),
        rls.protect_through("notify_receipt", "message_id", "notify_message"),
        rls.protect("notify_webhook"),
        rls.protect_through("notify_delivery", "message_id", "notify_message"),
    ]
