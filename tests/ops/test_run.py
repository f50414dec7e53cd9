"""``./huyuan run`` as its operator meets it: starts, survives kill -9 of any part, stops, leaves nothing."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config import postgres

pytestmark = pytest.mark.slow

SECONDS = 120  # a busy machine is no failure


@dataclass
class Run:
    """A running ``./huyuan run`` and its processes."""

    process: subprocess.Popen[str]
    state: Path
    port: int

    def answers(self) -> bool:
        """Does a page come, and is it no server error?"""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5).close()
        except urllib.error.HTTPError as answer:
            return answer.code < 500
        except OSError:
            return False
        return True

    def find(self, words: str) -> list[int]:
        """Processes that belong to this run and have these words in their command line, oldest first."""
        return [pid for pid in processes_on(self.state) if words in command_line(pid)]


def command_line(pid: int) -> str:
    """Empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def processes_on(state: Path) -> list[int]:
    """Every process that has this state directory in its command line or its environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(state) in told:
            found.append(int(entry.name))
    return sorted(found)


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait for it, or fail."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in {SECONDS} s"
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(state: Path, port: int) -> list[str]:
    """An empty county: this is about processes."""
    return [sys.executable, "-m", "config.cli", "run", "--empty", "--port", str(port), "--data", str(state)]


def start(state: Path, environment: dict[str, str]) -> Run:
    """Start it and wait for its first page."""
    port = free_port()
    process = subprocess.Popen(
        command(state, port), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    run = Run(process, state, port)
    eventually(lambda: run.answers() or process.poll() is not None, "the first page")
    if process.poll() is not None:
        assert process.stdout is not None
        raise AssertionError(process.stdout.read())
    return run


@pytest.fixture(scope="module")
def run(module_state: Path, environment: dict[str, str]) -> Iterator[Run]:
    """One run for the tests of this module; ended for good afterwards."""
    started = start(module_state, environment)
    yield started
    started.process.kill()
    started.process.communicate()
    eventually(lambda: not processes_on(started.state), "the end of all processes")


def test_only_this_machine_is_served(run: Run) -> None:
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert f"0100007F:{run.port:04X}" in listening
    assert f"00000000:{run.port:04X}" not in listening


def test_nothing_of_it_runs_as_root(run: Run) -> None:
    """Started by root, the whole of it is the unprivileged user's, and so is what it writes."""
    user = postgres.unprivileged_user()
    expected = user.pw_uid if user else os.geteuid()
    eventually(lambda: run.find("procrastinate worker"), "the worker")
    assert {os.stat(f"/proc/{pid}").st_uid for pid in processes_on(run.state)} == {expected}
    assert {path.stat().st_uid for path in (run.state, *run.state.iterdir())} == {expected}


def test_a_second_run_on_the_same_data_is_refused(run: Run, environment: dict[str, str]) -> None:
    second = subprocess.run(
        command(run.state, free_port()), env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    assert second.returncode == 1
    assert f"http://127.0.0.1:{run.port}/" in second.stderr and "--data" in second.stderr
    assert run.answers()


def test_a_busy_port_is_refused(run: Run, state: Path, environment: dict[str, str]) -> None:
    second = subprocess.run(
        command(state, run.port), env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    assert second.returncode == 1
    assert f"端口 {run.port}" in second.stderr and "--port" in second.stderr
    assert not (state / "postgres").exists()


def test_a_command_uses_the_running_server(run: Run, environment: dict[str, str]) -> None:
    shell = [sys.executable, "-m", "config.cli", "--data", str(run.state), "shell", "-c"]
    code = "from django.db import connection as c; u = c.cursor().execute('select current_user'); print(*u)"
    done = subprocess.run([*shell, code], env=environment, capture_output=True, text=True, timeout=SECONDS)
    assert "huyuan_app" in done.stdout, done.stderr
    assert run.answers()


@pytest.mark.parametrize("words", ["granian", "procrastinate worker", "postgres -D"])
def test_a_killed_part_comes_back(run: Run, words: str) -> None:
    eventually(lambda: run.find(words), f"a {words}")
    before = run.find(words)
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: before[0] not in run.find(words) and run.find(words), f"a new {words}")
    eventually(run.answers, "a page after the kill")
    assert run.process.poll() is None


def test_a_killed_web_worker_comes_back(run: Run) -> None:
    victim = run.find("granian")[-1]
    os.kill(victim, signal.SIGKILL)
    eventually(
        lambda: len(run.find("granian")) >= 3 and victim not in run.find("granian"), "a new web worker"
    )
    eventually(run.answers, "a page after the kill")


def test_a_killed_supervisor_leaves_nothing(state: Path, environment: dict[str, str]) -> None:
    first = start(state, environment)
    first.process.kill()
    first.process.communicate()
    eventually(lambda: not processes_on(state), "the end of every child")
    second = start(state, environment)
    second.process.send_signal(signal.SIGINT)
    told, _ = second.process.communicate(timeout=SECONDS)
    assert second.process.returncode == 0, told
    assert "已启动" in told and "正在停止" in told
    assert processes_on(state) == []
    assert postgres.stray(state / "postgres" / "data") is None
