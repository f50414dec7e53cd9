from django.db import migrations

from huyuan.orgs import kept


class Migration(migrations.Migration):
    dependencies = [("packs", "0001_initial"), ("orgs", "0004_revisions")]

    operations = [kept.watch_library("packs_packversion")]
