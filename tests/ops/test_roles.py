"""The application's role is bound by row-level security, and the program refuses any other."""

import psycopg
import pytest
from django.db import connection

from config import roles


@pytest.mark.django_db
def test_application_connects_as_an_ordinary_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('is_superuser')")
        assert cursor.fetchone() == ("huyuan_app", "off")


@pytest.mark.django_db
def test_application_cannot_change_the_schema() -> None:
    from django.db import ProgrammingError

    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE made_by_application (id int)")


@pytest.mark.django_db(transaction=True)
def test_application_writes_what_the_owner_made() -> None:
    from django.contrib.contenttypes.models import ContentType

    ContentType.objects.create(app_label="x", model="y")
    assert ContentType.objects.filter(app_label="x").delete()[0] == 1


@pytest.mark.django_db(transaction=True)
def test_owner_is_refused(owner_connection: psycopg.Connection) -> None:
    with pytest.raises(roles.PrivilegedRole, match="所有者"):
        roles.refuse_privileged(owner_connection)
