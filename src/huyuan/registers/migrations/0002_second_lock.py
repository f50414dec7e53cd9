from django.db import migrations

from huyuan.orgs import rls


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_initial"), ("orgs", "0002_second_lock")]

    operations = [
        rls.protect("registers_entry"),
        rls.protect_through("registers_entryfile", "entry_id", "registers_entry"),
        rls.protect_through("registers_signature", "entry_id", "registers_entry"),
    ]
