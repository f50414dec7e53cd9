from django.db import migrations

from huyuan.orgs import kept


class Migration(migrations.Migration):
    dependencies = [("registers", "0005_imports"), ("orgs", "0004_revisions")]

    operations = [kept.watch_library("registers_form")]
