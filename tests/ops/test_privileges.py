"""Root gives a state directory away, and nothing else."""

import os
import pwd
import sys
import threading
from pathlib import Path

import pytest

from config import postgres, privileges


def test_what_a_command_of_root_left_is_given_too(state: Path) -> None:
    user = postgres.unprivileged_user()
    if user is None:
        # Nobody but root gives anything away: all of it is ours already.
        assert privileges.drop(state) is None and not state.exists()
        return
    (state / "postgres").mkdir(parents=True)
    (state / "postgres" / "server.log").write_text("")
    (state / "link").symlink_to("/etc/hostname")
    owner = os.stat("/etc/hostname").st_uid
    privileges.give(state, user)
    found = [state, *state.rglob("*")]
    assert {path.lstat().st_uid for path in found} == {user.pw_uid}
    assert os.stat("/etc/hostname").st_uid == owner


@pytest.mark.parametrize("held", [True, False])
def test_a_directory_of_other_things_keeps_its_owner(state: Path, held: bool) -> None:
    state.mkdir()
    (state / ("lock" if held else "letters.txt")).write_text("")
    pid = os.fork()
    if pid == 0:
        # In a child, for it becomes somebody else for good.
        os._exit(0 if privileges.drop(state) else 7)
    _, status = os.waitpid(pid, 0)
    dropped = os.waitstatus_to_exitcode(status) == 0
    user = postgres.unprivileged_user()
    assert dropped is bool(user and held)
    assert state.stat().st_uid == (user.pw_uid if user and held else os.geteuid())


def test_a_program_that_the_user_may_not_start_is_no_traceback(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "home-of-root"
    closed.mkdir()
    python = closed / "python"
    python.symlink_to(sys.executable)
    closed.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    assert privileges.drop(state) is None
    assert not state.exists()


def test_what_another_command_takes_away_meanwhile_is_no_fault(state: Path) -> None:
    user = pwd.getpwuid(os.geteuid())
    state.mkdir(exist_ok=True)
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            for number in range(50):
                (state / f"temporary-{number}").touch()
            for number in range(50):
                (state / f"temporary-{number}").unlink()

    beside = threading.Thread(target=come_and_go)
    beside.start()
    try:
        for _ in range(300):
            privileges.give(state, user)
    finally:
        stop.set()
        beside.join()
