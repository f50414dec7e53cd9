"""``./huyuan run``: database, web server and worker as children of one supervisor.

A child that dies is started again. Every child carries a parent-death signal, so that killing the supervisor
leaves nothing behind; Ctrl-C and SIGTERM stop web, worker and database in this order.
"""

import argparse
import contextlib
import functools
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psycopg

from config import cli, postgres, privileges, roles
from config.cli import migrate_if_needed, point_at, say

HOST = "127.0.0.1"
WEB_WORKERS = "2"
FIRST_PAGE_SECONDS = 30
STOP_SECONDS = 10
LARGE_LOG = 20 * 1024 * 1024
# A child that keeps dying is not started for ever.
RESTARTS = 5
RESTART_WINDOW_SECONDS = 30


class RunFailed(postgres.PostgresError):
    """The program cannot run; the message says in Chinese what to do."""


@dataclass
class Child:
    """A process that the supervisor keeps alive; what it prints goes to ``log``, or where the supervisor's
    own output goes (the journal, under systemd)."""

    name: str
    command: list[str]
    log: Path | None
    process: subprocess.Popen[bytes] | None = None
    started: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start, or start again; raises RunFailed when it has died too often."""
        now = time.monotonic()
        self.started = [moment for moment in self.started if now - moment < RESTART_WINDOW_SECONDS] + [now]
        if len(self.started) > RESTARTS:
            raise RunFailed(f"{self.name} 反复退出，已停止启动。{self.last_words()}")
        with self.output() as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Not SIGTERM: its orderly end waits for a database that is going down as well.
                preexec_fn=functools.partial(postgres.die_with_parent, os.getpid(), signal.SIGKILL),
            )

    @contextlib.contextmanager
    def output(self) -> Iterator[IO[bytes] | None]:
        """Where it prints to; a log that has grown large is put aside first."""
        if self.log is None:
            yield None
            return
        if self.log.exists() and self.log.stat().st_size > LARGE_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            yield log

    def last_words(self) -> str:
        """The end of its log, for the message about its end."""
        if self.log is None:
            return "原因见上面的日志（journalctl -u huyuan）。"
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
        return f"日志 {self.log} 的最后几行：\n{tail}"

    def died(self) -> bool:
        """Has it ended by itself?"""
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """End it and everything it started."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.end_group()
        self.process = None

    def end_group(self) -> None:
        """What a killed master left in its session would keep the port."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def port_number(text: str) -> int:
    """1 to 65535; raises ValueError, which argparse reports."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError(text)
    return number


def options_of(arguments: list[str]) -> argparse.Namespace:
    """``--port``, ``--fresh``, ``--empty``."""
    parser = argparse.ArgumentParser(prog="./huyuan run")
    parser.add_argument("--port", type=port_number, default=8000, help="本机 127.0.0.1 的端口，默认 8000")
    parser.add_argument("--fresh", action="store_true", help="删掉数据目录里的数据库和文件，从头开始")
    parser.add_argument("--empty", action="store_true", help="不装入示例县")
    return parser.parse_args(arguments)


def main(state: Path, arguments: list[str]) -> None:
    """Run until told to stop."""
    options = options_of(arguments)
    address = f"http://{HOST}:{options.port}/"
    if os.geteuid() == 0 and not privileges.drop(state):
        say("程序或数据目录是别的用户进不去的，网页和后台任务只好以 root 运行。正式使用请看 docs/operator。")
    with contextlib.ExitStack() as stack:
        stack.enter_context(postgres.holding(state, f"run {address}"))
        # Whatever is written from here on is the state directory's owner's alone.
        os.umask(0o077)
        require_free_port(options.port)
        stop = stop_on_signal()
        embedded = not cli.external_database()
        if options.fresh:
            make_fresh(state, embedded=embedded)
        server = None
        if embedded:
            say(f"正在启动数据库（{state}）……")
            server = stack.enter_context(postgres.serving(state))
            point_at(server)
        os.environ["HUYUAN_DATA"] = str(state)
        os.environ["HUYUAN_ASSETS"] = "collected"
        prepare(server, sample=not options.empty)
        children = [web(state, options.port), worker(log_file(state, "worker"))]
        # The last one noted is stopped first.
        for child in reversed(children):
            stack.callback(child.stop)
        supervise(children, server, stop, functools.partial(welcome, address, sample=not options.empty))
        say("正在停止……")


def require_free_port(port: int, host: str = HOST) -> None:
    """Raise RunFailed when the port is taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refused:
            raise RunFailed(
                f"端口 {port} 用不了（{refused.strerror}）。请换一个，例如 {port + 1}："
                "run 用 --port，serve 用 --listen。"
            ) from None


def stop_on_signal() -> threading.Event:
    """An event that Ctrl-C and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


def make_fresh(state: Path, *, embedded: bool) -> None:
    """Remove database and files; a database that is not ours to remove stays."""
    if not embedded:
        raise RunFailed("--fresh 只用于内置数据库。请在 DATABASE_URL 指向的服务器上自己清空，再启动。")
    server = postgres.Server(state)
    server.stop_stray()
    for directory in (server.home, state / "files"):
        shutil.rmtree(directory, ignore_errors=True)


def prepare(server: postgres.Server | None, *, sample: bool) -> None:
    """Schema, assets and sample county: whatever is missing or out of date.

    Our own database remembers what it was last prepared for, so that an ordinary start loads nothing.
    """
    roles.refuse_privileged(os.environ["DATABASE_URL"])
    stamp = server.home / "prepared" if server else None
    wanted = fingerprint()
    if stamp and stamp.exists() and stamp.read_text() == wanted and not (sample and nobody_has_an_account()):
        return
    import django
    from django.core.management import CommandError, call_command
    from django.db import connections

    django.setup()
    migrate_if_needed()
    say("正在整理页面资源……")
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    if sample and nobody_has_an_account():
        say("正在装入示例县……")
        try:
            call_command("sample")
        except CommandError as failed:
            raise RunFailed(f"示例县没有装好：{failed}。改正后再启动，或用 --empty 不装示例。") from failed
    connections.close_all()
    if stamp:
        stamp.write_text(wanted)


def fingerprint() -> str:
    """Changes when a migration, an asset or a dependency does."""
    digest = hashlib.sha256((cli.SOURCES.parent / "requirements.lock").read_bytes())
    for path in sorted(cli.SOURCES.glob("huyuan/*/migrations/*.py")) + sorted(
        cli.SOURCES.glob("huyuan/*/static/**/*")
    ):
        seen = path.stat()
        digest.update(f"{path}\0{seen.st_mtime_ns}\0{seen.st_size}\n".encode())
    return digest.hexdigest()


def nobody_has_an_account() -> bool:
    """Is this an installation that nobody uses yet? (The rows of a county are seen only from within it.)"""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM orgs_account)").fetchone()
    return row == (False,)


def web(state: Path, port: int) -> Child:
    """Pages and API."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)]
    command += ["--workers", WEB_WORKERS, "--blocking-threads", "1", "--respawn-failed-workers"]
    command += ["--log-level", "warning", "--no-ws", "config.wsgi:application"]
    return Child("网页服务", command, log_file(state, "web"))


def worker(log: Path | None) -> Child:
    """Jobs."""
    return Child("后台任务", [sys.executable, "-m", "django", "procrastinate", "worker"], log)


def log_file(state: Path, name: str) -> Path:
    """Where a child's output goes."""
    directory = state / "logs"
    directory.mkdir(exist_ok=True)
    return directory / f"{name}.log"


def supervise(
    children: list[Child],
    server: postgres.Server | None,
    stop: threading.Event,
    welcomed: Callable[[], bool],
) -> None:
    """Start the first child, the others once it is ``welcomed``; keep all alive until ``stop``."""
    first, *others = children
    first.start()
    deadline = time.monotonic() + FIRST_PAGE_SECONDS
    answered = False
    while not stop.wait(0.1 if answered else 0.02):
        if server is not None and server.died():
            say("数据库意外退出，正在重新启动……")
            server.start()
        for child in children:
            if child.died():
                say(f"{child.name}意外退出，正在重新启动……")
                child.end_group()
                child.start()
        if not answered and welcomed():
            answered = True
            for child in others:
                child.start()
        if not answered and time.monotonic() > deadline:
            raise RunFailed(f"{FIRST_PAGE_SECONDS} 秒内没有等到第一页。{first.last_words()}")


def welcome(address: str, *, sample: bool) -> bool:
    """When the first page is there: say where, and who may sign in."""
    if not answers(address):
        return False
    say(f"已启动：{address}    （Ctrl-C 停止）")
    if sample:
        subprocess.run([sys.executable, "-m", "django", "sample", "--accounts"])
    return True


def answers(address: str) -> bool:
    """Does the web server answer? Any page will do, an error page will not."""
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return bool(response.status < 500)
    except urllib.error.HTTPError as refused:
        return refused.code < 500
    except OSError:
        return False
