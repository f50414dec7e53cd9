import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from huyuan.orgs import rls

OWN = f"{rls.COUNTY} AND (org_id IN {rls.REACH})"
# Whoever recorded it for an organisation out of reach sees it all the same.
OWN_OR_RECORDED = f"{rls.COUNTY} AND (org_id IN {rls.REACH} OR recorded_by_org_id IN {rls.REACH})"


def policies(seen: str) -> list[str]:
    return [
        f"ALTER POLICY huyuan_select ON registers_entry USING ({seen})",
        f"ALTER POLICY huyuan_update ON registers_entry USING ({seen}) WITH CHECK ({seen})",
        f"ALTER POLICY huyuan_delete ON registers_entry USING ({seen})",
    ]


class Migration(migrations.Migration):
    dependencies = [("registers", "0007_import_preview"), ("trace", "0002_append_only")]

    operations = [
        migrations.AddField(
            "entry",
            "recorded_by_org",
            models.ForeignKey(
                db_index=False,
                help_text="代录单位",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orgs.organisation",
            ),
        ),
        migrations.AddField(
            "entry",
            "sheet",
            models.ForeignKey(
                help_text="the paper they signed",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="trace.file",
            ),
        ),
        migrations.AddConstraint(
            "entry",
            models.CheckConstraint(
                condition=Q(recorded_by_org=None, sheet=None)
                | Q(recorded_by_org__isnull=False)
                & ~Q(recorded_by_org=F("org"))
                & (Q(state="draft") | Q(sheet__isnull=False)),
                name="registers_entry_proxy",
            ),
        ),
        migrations.AddIndex(
            "entry",
            models.Index(
                fields=["recorded_by_org", "form", "-occurred_at"],
                condition=Q(recorded_by_org__isnull=False),
                name="registers_entry_proxies",
            ),
        ),
        migrations.RunSQL(policies(OWN_OR_RECORDED), policies(OWN)),
    ]
