"""State directories that the database's own user can reach."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from config import postgres


@contextmanager
def fresh_state() -> Iterator[Path]:
    """A state directory that does not exist yet; what still runs on it afterwards is stopped.

    Unlike pytest's own, its parent lets other users pass through.
    """
    directory = Path(tempfile.mkdtemp(prefix="huyuan-ops-"))
    directory.chmod(0o711)
    yield directory / "state"
    postgres.Server(directory / "state").stop_stray()
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """What the ``huyuan`` script hands over, without any database of this test run."""
    ours = ("DATABASE_", "HUYUAN_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(settings.ROOT / "src")}


@pytest.fixture
def state() -> Iterator[Path]:
    """For one test."""
    with fresh_state() as path:
        yield path


@pytest.fixture(scope="module")
def module_state() -> Iterator[Path]:
    """For all tests of a module."""
    with fresh_state() as path:
        yield path
