"""The application's role is bound by row-level security, and the program refuses any other."""

import subprocess
import sys

import psycopg
import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import ProgrammingError, connection
from psycopg import sql

from config import database, roles


@pytest.mark.django_db
def test_application_connects_as_an_ordinary_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('is_superuser')")
        assert cursor.fetchone() == ("huyuan_app", "off")


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["CREATE TABLE ops_made (id int)", "TRUNCATE django_session"])
def test_application_cannot_change_the_schema(statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_application_writes_what_the_owner_made() -> None:
    made = ContentType.objects.create(app_label="ops", model="written")
    assert ContentType.objects.get(pk=made.pk).model == "written"
    made.delete()
    assert not ContentType.objects.filter(app_label="ops").exists()


@pytest.mark.database
def test_row_level_security_binds_the_application_and_not_its_owner(
    owner_connection: psycopg.Connection, application_url: str
) -> None:
    owner_connection.execute("CREATE TABLE ops_locked (id int)")
    try:
        owner_connection.execute("ALTER TABLE ops_locked ENABLE ROW LEVEL SECURITY")
        owner_connection.execute("INSERT INTO ops_locked VALUES (1)")
        with psycopg.connect(application_url) as application:
            assert application.execute("SELECT id FROM ops_locked").fetchall() == []
        assert owner_connection.execute("SELECT id FROM ops_locked").fetchall() == [(1,)]
    finally:
        owner_connection.execute("DROP TABLE ops_locked")


@pytest.mark.database
def test_only_the_applications_role_is_accepted(application_url: str, owner_url: str) -> None:
    roles.refuse_privileged(application_url)
    with pytest.raises(roles.PrivilegedRole, match="所有者"):
        roles.refuse_privileged(owner_url)


@pytest.mark.database
def test_superuser_is_refused(superuser_address: str) -> None:
    with pytest.raises(roles.PrivilegedRole, match="超级用户"):
        roles.refuse_privileged(superuser_address)


@pytest.mark.database
def test_bypassrls_is_refused(superuser_address: str) -> None:
    with psycopg.connect(superuser_address, autocommit=True) as admin:
        admin.execute("CREATE ROLE ops_bypass LOGIN BYPASSRLS PASSWORD 'ops'")
        try:
            place = database.parse(superuser_address)
            address = database.socket_url(
                role="ops_bypass", password="ops", directory=place["HOST"], name=place["NAME"]
            )
            with pytest.raises(roles.PrivilegedRole, match="BYPASSRLS"):
                roles.refuse_privileged(address)
        finally:
            admin.execute("DROP ROLE ops_bypass")


@pytest.mark.database
def test_a_command_refuses_to_start_as_owner(owner_url: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.cli", "--data", str(settings.DATA_DIR), "shell", "-c", "print('ran')"],
        env={**environment, "DATABASE_URL": owner_url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "拒绝启动" in done.stderr and "DATABASE_OWNER_URL" in done.stderr
    assert "ran" not in done.stdout


@pytest.mark.database
def test_the_backup_role_reads_past_the_locks_and_writes_nothing(
    superuser_address: str, owner_connection: psycopg.Connection
) -> None:
    owner_connection.execute("CREATE TABLE ops_forced (id int)")
    try:
        owner_connection.execute("ALTER TABLE ops_forced ENABLE ROW LEVEL SECURITY")
        owner_connection.execute("INSERT INTO ops_forced VALUES (1)")
        owner_connection.execute("ALTER TABLE ops_forced FORCE ROW LEVEL SECURITY")
        assert owner_connection.execute("SELECT id FROM ops_forced").fetchall() == []
        with psycopg.connect(superuser_address, autocommit=True) as admin:
            roles.make_backup_role(admin, "ops-backup-password")
            place = database.parse(superuser_address)
            admin.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO huyuan_backup").format(sql.Identifier(place["NAME"]))
            )
        address = database.socket_url(
            role="huyuan_backup", password="ops-backup-password", directory=place["HOST"], name=place["NAME"]
        )
        with psycopg.connect(address) as backup:
            assert backup.execute("SELECT id FROM ops_forced").fetchall() == [(1,)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                backup.execute("INSERT INTO ops_forced VALUES (2)")
        with pytest.raises(roles.PrivilegedRole, match="BYPASSRLS"):
            roles.refuse_privileged(address)
    finally:
        owner_connection.execute("DROP TABLE ops_forced")
        with psycopg.connect(superuser_address, autocommit=True) as admin:
            admin.execute("DROP OWNED BY huyuan_backup")
            admin.execute("DROP ROLE huyuan_backup")
