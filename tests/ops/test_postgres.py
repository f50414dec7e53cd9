"""Lifecycle of the embedded server."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from config import postgres
from config.database import APP_ROLE, OWNER_ROLE

pytestmark = pytest.mark.slow

START_AND_HANG = """
import sys, time
from pathlib import Path
from config import postgres
server = postgres.Server(Path(sys.argv[1]), durable=True)
server.start()
print(server.process.pid, flush=True)
time.sleep(600)
"""


def alive(pid: int) -> bool:
    """Is this process there, and not merely waiting to be reaped?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(pid: int, seconds: float = 10) -> bool:
    """Does it end in time?"""
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


def query(url: str, statement: str) -> object:
    """First column of the first row."""
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()
        assert row is not None
        return row[0]


def test_data_survives_a_restart_and_the_server_does_not_outlive_stop(state: Path) -> None:
    server = postgres.Server(state)
    server.start()
    assert server.process is not None
    pid = server.process.pid
    with psycopg.connect(server.url(OWNER_ROLE)) as owner:
        owner.execute("CREATE TABLE kept AS SELECT '护园' AS word")
    server.stop()
    assert not alive(pid)
    again = postgres.Server(state)
    again.start()
    try:
        assert query(again.url(APP_ROLE), "SELECT word FROM kept") == "护园"
        assert query(again.url(APP_ROLE), "SHOW fsync") == "on"
    finally:
        again.stop()


def test_nobody_else_gets_in(state: Path) -> None:
    with postgres.serving(state) as server:
        assert server.process is not None
        assert os.stat(f"/proc/{server.process.pid}").st_uid != 0
        for private in (server.socket, server.data):
            assert stat.S_IMODE(private.stat().st_mode) & 0o077 == 0
        assert stat.S_IMODE((state / "passwords.json").stat().st_mode) == 0o600
        wrong = server.url(APP_ROLE).replace(server.passwords[APP_ROLE], "wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
        assert query(server.url(APP_ROLE), "SHOW listen_addresses") == ""


def test_it_dies_with_the_process_that_started_it(state: Path, environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", START_AND_HANG, str(state)], env=environment, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert postgres.stray(state / "postgres" / "data") == pid
        starter.kill()
    assert ends(pid)


def test_a_stray_server_is_stopped_at_the_next_start(state: Path) -> None:
    with postgres.serving(state):
        pass
    first = postgres.Server(state)
    first.start()
    assert first.process is not None
    stray = first.process.pid
    second = postgres.Server(state)
    second.start()
    try:
        first.process.wait()
        assert second.process is not None and second.process.pid != stray
        assert query(second.url(APP_ROLE), "SELECT 1") == 1
    finally:
        second.stop()


def test_a_killed_server_starts_again(state: Path) -> None:
    server = postgres.Server(state)
    server.start()
    assert server.process is not None
    with psycopg.connect(server.url(OWNER_ROLE)) as owner:
        owner.execute("CREATE TABLE saved AS SELECT 1 AS answered")
        owner.commit()
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        assert server.died()
        server.start()
    try:
        assert query(server.url(APP_ROLE), "SELECT answered FROM saved") == 1
    finally:
        server.stop()


def test_a_stale_pid_file_of_another_process_harms_nobody(state: Path) -> None:
    with postgres.serving(state) as server:
        pass
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    assert postgres.stray(server.data) is None


def test_an_interrupted_initdb_is_done_again(state: Path) -> None:
    with postgres.serving(state):
        pass
    server = postgres.Server(state)
    server.data.rename(server.home / "data.new")
    (server.home / "data.new" / "PG_VERSION").unlink()
    with postgres.serving(state) as again:
        assert query(again.url(APP_ROLE), "SELECT 1") == 1


def test_data_of_another_version_is_refused(state: Path) -> None:
    with postgres.serving(state) as server:
        pass
    (server.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(postgres.PostgresError, match=r"PostgreSQL 16 .*pg_dump"):
        server.start()


def test_programs_that_the_servers_user_cannot_reach_are_copied(state: Path) -> None:
    wheel = postgres.packaged_binaries()
    private = state.parent / "private" / wheel.parents[1].name
    shutil.copytree(wheel.parent, private / wheel.parent.name, symlinks=True)
    libraries = f"{private.name}.libs"
    shutil.copytree(wheel.parents[2] / libraries, private.parent / libraries)
    private.parent.chmod(0o700)
    server = postgres.Server(state, binaries=private / wheel.parent.name / "bin")
    server.start()
    try:
        assert query(server.url(APP_ROLE), "SELECT 1") == 1
        assert (state / "program").exists() == (os.geteuid() == 0)
    finally:
        server.stop()


def test_a_path_too_long_for_a_socket_is_refused(state: Path) -> None:
    with pytest.raises(postgres.PostgresError, match="--data"):
        postgres.Server(state / ("long" * 20)).start()


def test_many_make_a_state_directory_at_once(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def make(state: Path) -> int:
        together.wait()
        postgres.make_state(state)
        return stat.S_IMODE(state.stat().st_mode)

    with ThreadPoolExecutor(8) as commands:
        for number in range(50):
            modes = commands.map(make, [tmp_path / f"{number}" / "state"] * 8)
            assert set(modes) <= {0o700, 0o711}


def test_making_a_state_directory_leaves_one_that_is_there_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    postgres.make_state(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_a_state_directory_has_one_holder(state: Path) -> None:
    with postgres.holding(state, "run http://127.0.0.1:8000/"):
        with pytest.raises(postgres.StateBusy) as busy, postgres.holding(state, "command"):
            raise AssertionError("both hold it")
        assert busy.value.purpose == "run http://127.0.0.1:8000/"
    with postgres.holding(state, "command"):
        assert (state / "lock").read_text() == "command"
