from django.db import migrations

from huyuan.orgs import kept


class Migration(migrations.Migration):
    dependencies = [("papers", "0004_notices_second_lock"), ("orgs", "0004_revisions")]

    operations = [kept.watch_library("papers_paperkind")]
