"""The test harness: a throw-away PostgreSQL per run, a database per worker, the application's own role.

With TEST_DATABASE_URL (a superuser's address) that server is used instead, for this run alone.
Databases are cloned from a template that is migrated once per run. Row-level security is on in every test,
because the application never connects as owner.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from hypothesis import settings as properties
from psycopg import sql
from pytest_django import DjangoDbBlocker

from config import database, postgres, roles
from config.database import APP_ROLE, OWNER_ROLE

TEMPLATE = "huyuan_test_template"
# Rows that migrations and Django itself keep; a test never makes them.
KEPT_TABLES = ("django_migrations", "django_content_type", "auth_permission")
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_app"}

# How long an example takes says how busy the machine is, nothing else.
properties.register_profile("huyuan", deadline=None)
properties.load_profile("huyuan")

run_dir: Path | None = None
server: postgres.Server | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's directory; with xdist the first process starts the server for all workers."""
    global run_dir
    if hasattr(config, "workerinput"):
        run_dir = Path(os.environ["HUYUAN_TEST_DIR"])
    else:
        sweep_dead_runs()
        run_dir = Path(tempfile.mkdtemp(prefix=f"huyuan-test-{os.getpid()}-"))
        run_dir.chmod(0o711)
        os.environ["HUYUAN_TEST_DIR"] = str(run_dir)
        os.environ["HUYUAN_TEST_PASSWORD"] = secrets.token_urlsafe(16)
        if config.getoption("numprocesses", None):
            superuser_url()
    settings.DATA_DIR = run_dir / "state"
    settings.KEYS_DIR = settings.DATA_DIR / "keys"
    settings.STATIC_ROOT = settings.DATA_DIR / "static"
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": settings.DATA_DIR / "files"},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    # A busy machine makes no figure late.
    settings.FIGURES_SECONDS = 60
    # Argon2 is slow on purpose; a test that is about hashing sets its own.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove everything."""
    if server is not None:
        server.stop()
    if run_dir is not None and not hasattr(config, "workerinput"):
        shutil.rmtree(run_dir, ignore_errors=True)


def sweep_dead_runs() -> None:
    """Remove what runs that were killed left behind; their servers died with them."""
    for leftover in Path(tempfile.gettempdir()).glob("huyuan-test-*-*"):
        if not Path(f"/proc/{leftover.name.split('-')[2]}").exists():
            shutil.rmtree(leftover, ignore_errors=True)


def superuser_url() -> str:
    """The run's server, started when first asked for."""
    global server
    given = os.environ.get("TEST_DATABASE_URL") or os.environ.get("HUYUAN_TEST_SERVER")
    if given:
        return given
    assert run_dir is not None
    server = postgres.Server(run_dir / "server", durable=False)
    server.start()
    os.environ["HUYUAN_TEST_SERVER"] = server.url(postgres.SUPERUSER, "postgres")
    return os.environ["HUYUAN_TEST_SERVER"]


def role_url(role: str, name: str) -> str:
    """Address of a test database for one of the two roles."""
    server_url = superuser_url()
    parts = database.parse(server_url)
    password = os.environ["HUYUAN_TEST_PASSWORD"]
    if parts["HOST"].startswith("/"):
        return database.socket_url(role=role, password=password, directory=parts["HOST"], name=name)
    return f"postgresql://{role}:{password}@{parts['HOST']}:{parts['PORT'] or 5432}/{name}"


def connect_django(name: str) -> None:
    """Point both of Django's aliases at a test database."""
    for alias, role in (("default", APP_ROLE), ("owner", OWNER_ROLE)):
        connections[alias].close()
        connections[alias].settings_dict.update(database.parse(role_url(role, name)))


def migrate_template() -> None:
    """Make the run's template database, once for all workers."""
    making = f"{TEMPLATE}_new"
    password = os.environ["HUYUAN_TEST_PASSWORD"]
    with psycopg.connect(superuser_url(), autocommit=True) as admin:
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
        roles.bootstrap(superuser_url(), owner_password=password, app_password=password, name=making)
        connect_django(making)
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        connections["owner"].close()
        admin.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (making, TEMPLATE)))
        )


def clone_template(name: str) -> None:
    """A new database with all tables and no rows."""
    assert run_dir is not None
    with (run_dir / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        migrate_template()
        with psycopg.connect(superuser_url(), autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    *map(sql.Identifier, (name, TEMPLATE, OWNER_ROLE))
                )
            )


def worker_database() -> str:
    """Each worker process has its own database."""
    return f"huyuan_test_{os.environ.get('PYTEST_XDIST_WORKER', 'master')}"


@pytest.fixture(scope="session")
def test_database() -> str:
    """Name of this worker's database, for tests that start other processes on it."""
    return worker_database()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, test_database: str
) -> Iterator[None]:
    """Instead of pytest-django's: a clone of the migrated template, seen through the application's role."""
    with django_db_blocker.unblock():
        clone_template(test_database)
        connect_django(test_database)
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(scope="session")
def database_of_its_own(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, test_database: str
) -> Callable[[str], AbstractContextManager[None]]:
    """For rows that many tests read and none changes: inside `with database_of_its_own("sample"):` Django
    works on a fresh database, which no other test fills or empties."""

    @contextmanager
    def connected(purpose: str) -> Iterator[None]:
        name = f"{test_database}_{purpose}"
        with django_db_blocker.unblock():
            clone_template(name)
            connect_django(name)
        yield
        with django_db_blocker.unblock():
            connect_django(test_database)

    return connected


@pytest.fixture(scope="session")
def application_url(django_db_setup: None, test_database: str) -> str:
    """Address of this worker's database for the application's role, as DATABASE_URL wants it."""
    return role_url(APP_ROLE, test_database)


@pytest.fixture(scope="session")
def owner_url(django_db_setup: None, test_database: str) -> str:
    """Address of this worker's database for the owner of the tables."""
    return role_url(OWNER_ROLE, test_database)


@pytest.fixture(scope="session")
def superuser_address(django_db_setup: None, test_database: str) -> str:
    """Address of this worker's database for a superuser."""
    return database.with_name(superuser_url(), test_database)


@pytest.fixture
def owner_connection(owner_url: str) -> Iterator[psycopg.Connection]:
    """A connection of the tables' owner, committing every statement; use it in transactional tests only."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        yield connection


def uses_transactions(item: pytest.Item) -> bool:
    """Does this test commit, so that its rows must be taken away again?"""
    marker = item.get_closest_marker("django_db")
    asked = bool(marker and marker.kwargs.get("transaction"))
    return asked or "transactional_db" in getattr(item, "fixturenames", ())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """After a test that committed: empty every table. The application's role may not, the superuser may."""
    yield
    if uses_transactions(item):
        empty_tables(worker_database())


def empty_tables(name: str) -> None:
    """Truncate all tables but Django's own, without firing the triggers that keep the trace append-only."""
    with psycopg.connect(database.with_name(superuser_url(), name), autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("SET lock_timeout = '10s'")
        tables = admin.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace AND relname <> ALL (%s)",
            [list(KEPT_TABLES)],
        ).fetchall()
        if tables:
            names = sql.SQL(", ").join(sql.Identifier(table) for (table,) in tables)
            admin.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))


@pytest.fixture(scope="session")
def empty_database(test_database: str) -> Callable[[], None]:
    """For fixtures that keep their rows over several tests, and so take them away themselves."""
    return partial(empty_tables, test_database)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures they use or by where they stand, so that nobody forgets it."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & {"browser", "page", "phone"} or item.path.parent.name == "browser":
            item.add_marker("browser")
        if names & DATABASE_FIXTURES or item.get_closest_marker("django_db"):
            item.add_marker("database")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
