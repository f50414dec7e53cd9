from django.db import migrations

from huyuan.orgs import kept


class Migration(migrations.Migration):
    dependencies = [("packs", "0002_revisions")]

    operations = [kept.watch_library("packs_pack")]
