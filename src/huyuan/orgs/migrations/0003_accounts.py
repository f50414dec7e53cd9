import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import huyuan.kernel.ids
from huyuan.orgs import rls


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0002_second_lock"),
    ]

    operations = [
        migrations.CreateModel(
            name="ActivationSlip",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=huyuan.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("county_id", models.IntegerField(help_text="GB/T 2260 code of the county")),
                ("code_hash", models.CharField(max_length=64)),
                ("by", models.CharField(choices=[("print", "打印"), ("text", "短信")], max_length=5)),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bucket", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Elevation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=huyuan.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("county_id", models.IntegerField(help_text="GB/T 2260 code of the county")),
                ("reason", models.CharField(max_length=200)),
                ("from_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=huyuan.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("county_id", models.IntegerField(help_text="GB/T 2260 code of the county")),
                ("provider", models.CharField(max_length=30)),
                ("subject_hash", models.CharField(max_length=64)),
                ("linked_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=huyuan.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("county_id", models.IntegerField(help_text="GB/T 2260 code of the county")),
                ("code_hash", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=huyuan.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("county_id", models.IntegerField(help_text="GB/T 2260 code of the county")),
                ("secret", models.CharField(max_length=160)),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "last_step",
                    models.BigIntegerField(
                        default=0, help_text="no code of this step or before counts again"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("since", models.DateTimeField(null=True)),
                ("address", models.GenericIPAddressField(null=True)),
                ("device", models.CharField(blank=True, max_length=60)),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="account",
            name="password_set_at",
            field=models.DateTimeField(help_text="when its owner last chose the password", null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="phone",
            field=models.CharField(blank=True, help_text="ciphertext under the person's key", max_length=120),
        ),
        migrations.AddField(
            model_name="account",
            name="phone_hash",
            field=models.CharField(blank=True, help_text="keyed; finds the number", max_length=64),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("phone", ""), ("phone_hash", "")),
                    models.Q(("phone", ""), ("phone_hash", ""), _connector="OR", _negated=True),
                    _connector="OR",
                ),
                name="orgs_account_phone",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(
                condition=models.Q(("phone_hash", ""), _negated=True),
                fields=("phone_hash",),
                name="orgs_account_phone_once",
            ),
        ),
        migrations.AddField(
            model_name="activationslip",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="slips", to="orgs.person"
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["bucket", "at"], name="orgs_attempt_bucket"),
        ),
        migrations.AddField(
            model_name="elevation",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="elevations", to="orgs.person"
            ),
        ),
        migrations.AddField(
            model_name="identity",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="identities", to="orgs.person"
            ),
        ),
        migrations.AddField(
            model_name="recoverycode",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="recovery_codes", to="orgs.person"
            ),
        ),
        migrations.AddField(
            model_name="secondfactor",
            name="person",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="second_factor", to="orgs.person"
            ),
        ),
        migrations.AddField(
            model_name="signin",
            name="account",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sign_ins",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="activationslip",
            constraint=models.UniqueConstraint(
                condition=models.Q(("used_at", None), ("withdrawn_at", None)),
                fields=("person",),
                name="orgs_slip_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="activationslip",
            constraint=models.CheckConstraint(
                condition=models.Q(("used_at", None), ("withdrawn_at", None), _connector="OR"),
                name="orgs_slip_used_or_withdrawn",
            ),
        ),
        migrations.AddConstraint(
            model_name="activationslip",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("issued_at"))), name="orgs_slip_expires_later"
            ),
        ),
        migrations.AddIndex(
            model_name="elevation",
            index=models.Index(fields=["person", "until"], name="orgs_elevation_open"),
        ),
        migrations.AddConstraint(
            model_name="elevation",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gte", models.F("from_at"))), name="orgs_elevation_times"
            ),
        ),
        migrations.AddConstraint(
            model_name="elevation",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="orgs_elevation_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.UniqueConstraint(
                fields=("provider", "subject_hash"), name="orgs_identity_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.UniqueConstraint(fields=("person", "provider"), name="orgs_identity_person"),
        ),
        migrations.AddConstraint(
            model_name="recoverycode",
            constraint=models.UniqueConstraint(fields=("person", "code_hash"), name="orgs_recoverycode_once"),
        ),
        # What belongs to a person is seen with the person, by its owner before the actor is known.
        *(
            rls.protect_through(table, "person_id", "orgs_person")
            for table in (
                "orgs_activationslip",
                "orgs_secondfactor",
                "orgs_recoverycode",
                "orgs_elevation",
            )
        ),
    ]
