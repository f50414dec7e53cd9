"""The throw-away house of a benchmark: a server with durable settings, in a directory that goes with it.

What is measured runs in a process of its own, so that no memory or cache is inherited.
"""

import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from psycopg import sql

from config import postgres
from config.database import APP_ROLE, DATABASE, OWNER_ROLE
from config.settings import ROOT


@dataclass(frozen=True)
class Database:
    """One database of the house; its owner's and its superuser's address are for floors and bulk loading."""

    server: postgres.Server
    name: str

    @property
    def superuser_url(self) -> str:
        return self.server.url(postgres.SUPERUSER, self.name)

    @property
    def owner_url(self) -> str:
        return self.server.url(OWNER_ROLE, self.name)

    def run(self, function: Callable[..., Any], **arguments: Any) -> Any:
        """Call a function of this package in a new process that sees this database as the program does.

        Arguments and result travel as JSON. Raises CalledProcessError when the process fails.
        """
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": self.server.url(APP_ROLE, self.name),
            "DATABASE_OWNER_URL": self.owner_url,
            "HUYUAN_DATA": str(self.server.state),
            "HUYUAN_ASSETS": "collected",
        }
        called = [f"{function.__module__}:{function.__qualname__}", json.dumps(arguments)]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.process", *called],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
            preexec_fn=functools.partial(postgres.die_with_parent, os.getpid(), signal.SIGKILL),
        )
        return json.loads(done.stdout)


@dataclass(frozen=True)
class House:
    """A running server with migrated databases on request."""

    server: postgres.Server
    template: Database

    def database(self, name: str) -> Database:
        """A new one, without any data."""
        with psycopg.connect(self.server.url(postgres.SUPERUSER, "postgres"), autocommit=True) as admin:
            names = (name, self.template.name, OWNER_ROLE)
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*map(sql.Identifier, names))
            )
        return Database(self.server, name)


@contextmanager
def opened(*, durable: bool = True) -> Iterator[House]:
    """The house for as long as the block runs. Not durable: for tests of the benchmarks themselves."""
    with tempfile.TemporaryDirectory(prefix="huyuan-bench-") as directory:
        # As root the server runs as another user, who must be able to pass.
        Path(directory).chmod(0o711)
        server = postgres.Server(Path(directory) / "state", durable=durable)
        try:
            server.start()
            template = Database(server, DATABASE)
            template.run(migrate)
            yield House(server, template)
        finally:
            server.stop()


def migrate() -> None:
    """Bring an empty database up to the schema."""
    call_command("migrate", database="owner", verbosity=0, interactive=False)
