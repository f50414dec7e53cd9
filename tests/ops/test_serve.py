"""Production as its operator meets it: what is refused and what the refusal says; then an empty server with
its own authority, the first administrator, monitors, backup and restore drill."""

import http.client
import http.cookiejar
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from config import apt, certificates, postgres, provision, serve
from config.serve import Listen

# In the round on PostgreSQL 15 as well.
pytestmark = [pytest.mark.database, pytest.mark.slow]

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LOCAL = Listen("127.0.0.1", 8000)
SECONDS = 60
PASSWORD = "mountain-River-7"


# ---- what is refused, before any database is asked
@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    """A configuration without fault, behind a proxy on the same machine."""
    provision.make_keys(tmp_path, [str(tmp_path / "keys")])
    return {
        "DATABASE_URL": "postgresql://huyuan_app:vB3nQ8xK2mTz5wLr@127.0.0.1:5432/huyuan",
        "DATABASE_OWNER_URL": "postgresql://huyuan_owner:pX7sD4hJ9kWq2nMb@127.0.0.1:5432/huyuan",
        "HUYUAN_URL": "https://huyuan.example.gov.cn",
        "HUYUAN_KEYS": str(tmp_path / "keys"),
        "HUYUAN_PROXIES": "127.0.0.1",
    }


def refused(given: dict[str, str], tmp_path: Path, listen: Listen = LOCAL) -> list[str]:
    return serve.refusals(given, tmp_path / "state", listen, now=NOW)


def test_a_configuration_without_fault_is_taken(given: dict[str, str], tmp_path: Path) -> None:
    assert refused(given, tmp_path) == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", "", "./huyuan database"),
        ("DATABASE_URL", "mysql://u:vB3nQ8xK2mTz5wLr@h/c", "postgresql://"),
        ("DATABASE_URL", "postgresql://huyuan_app:huyuan_app@127.0.0.1/huyuan", "示例密码"),
        ("DATABASE_URL", "postgresql://huyuan_app@127.0.0.1/huyuan", "示例密码"),
        ("DATABASE_OWNER_URL", "postgresql://huyuan_owner:short@127.0.0.1/huyuan", "少于 12 位"),
        ("HUYUAN_URL", "", "用户输入的网址"),
        ("HUYUAN_URL", "huyuan.example.gov.cn", "用户输入的网址"),
        ("HUYUAN_URL", "http://huyuan.example.gov.cn", "明文传送"),
        ("HUYUAN_PROXIES", "", "HUYUAN_PROXIES"),
        ("HUYUAN_PROXIES", "proxy.example", "不是 IP 地址"),
        ("HUYUAN_KEYS", "", "./huyuan keys"),
        ("HUYUAN_CERTIFICATE", "server.pem", "只写了一个"),
        ("HUYUAN_LEVEL", "4", "只能是 2 或 3"),
        ("HUYUAN_SIGN_IN", "missing.yaml", "读不到"),
    ],
)
def test_each_fault_is_told_with_what_to_do(
    given: dict[str, str], tmp_path: Path, name: str, value: str, told: str
) -> None:
    (sentence,) = refused(given | {name: value}, tmp_path)
    assert told in sentence and name in sentence + "DATABASE_URL HUYUAN_KEYS HUYUAN_SIGN_IN"


def test_plain_http_is_for_this_machine_alone(given: dict[str, str], tmp_path: Path) -> None:
    local = given | {"HUYUAN_URL": "http://localhost:8000", "HUYUAN_PROXIES": ""}
    assert refused(local, tmp_path) == []
    (sentence,) = refused(local, tmp_path, Listen("0.0.0.0", 8000))
    assert "明文" in sentence and "HUYUAN_CERTIFICATE" in sentence


def test_keys_of_run_and_keys_for_everybody_are_refused(given: dict[str, str], tmp_path: Path) -> None:
    inside = tmp_path / "state" / "keys"
    provision.make_keys(tmp_path, [str(inside)])
    (sentence,) = refused(given | {"HUYUAN_KEYS": str(inside)}, tmp_path)
    assert "里面" in sentence
    (tmp_path / "keys" / "secret-key").chmod(0o644)
    (sentence,) = refused(given, tmp_path)
    assert "chmod" in sentence
    (tmp_path / "keys" / "lookup-key").unlink()
    assert "没有 lookup-key" in refused(given, tmp_path)[0]


def test_keys_are_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = tmp_path / "keys"
    provision.make_keys(tmp_path, [str(directory)])
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    provision.make_keys(tmp_path, [str(directory)])
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before
    assert set(before) == set(serve.KEY_FILES)
    assert "已经齐全" in capsys.readouterr().out


# ---- certificates
def test_a_certificate_is_for_its_names_and_its_time(given: dict[str, str], tmp_path: Path) -> None:
    certificates.make(["huyuan.example.gov.cn", "10.0.0.5"], tmp_path / "tls", now=NOW)
    own = given | {
        "HUYUAN_PROXIES": "",
        "HUYUAN_CERTIFICATE": str(tmp_path / "tls" / "server.pem"),
        "HUYUAN_CERTIFICATE_KEY": str(tmp_path / "tls" / "server-key.pem"),
    }
    assert refused(own, tmp_path, Listen("0.0.0.0", 443)) == []
    assert refused(own | {"HUYUAN_URL": "https://10.0.0.5"}, tmp_path) == []
    (sentence,) = refused(own | {"HUYUAN_URL": "https://other.example"}, tmp_path)
    assert "不含 HUYUAN_URL 里的 other.example" in sentence
    late = NOW + timedelta(days=certificates.SERVER_DAYS + 1)
    (sentence,) = serve.refusals(own, tmp_path / "state", LOCAL, now=late)
    assert "有效期" in sentence
    (sentence,) = refused(own | {"HUYUAN_CERTIFICATE_KEY": str(tmp_path / "tls" / "ca-key.pem")}, tmp_path)
    assert "不是" in sentence and "私钥" in sentence


def test_the_authority_stays_and_the_server_gets_a_new_one(tmp_path: Path) -> None:
    certificates.make(["a.example"], tmp_path, now=NOW)
    ca, server = (tmp_path / "ca.pem").read_bytes(), (tmp_path / "server.pem").read_bytes()
    certificates.make(["a.example"], tmp_path, now=NOW + timedelta(days=300))
    assert (tmp_path / "ca.pem").read_bytes() == ca
    assert (tmp_path / "server.pem").read_bytes() != server
    assert (tmp_path / "ca-key.pem").stat().st_mode & 0o777 == 0o600
    (tmp_path / "ca-key.pem").unlink()
    with pytest.raises(certificates.BadCertificate, match="离线保存"):
        certificates.make(["a.example"], tmp_path, now=NOW)


# ---- the whole of it
class Installation:
    """An empty installation on a database server of its own."""

    def __init__(self, home: Path, environment: dict[str, str], binaries: Path | None) -> None:
        self.home, self.state = home, home / "state"
        self.server = postgres.Server(home / "pg", durable=False, binaries=binaries)
        self.environment = dict(environment)
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        self.process: subprocess.Popen[str] | None = None

    def huyuan(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "config.cli", "--data", str(self.state), *arguments],
            env=self.environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    def done(self, *arguments: str) -> str:
        """What a command printed that has to succeed."""
        done = self.huyuan(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def set_up(self) -> None:
        """What docs/operator has an operator type before the first start."""
        self.server.start()
        made = self.done("database", "--superuser", self.server.url(postgres.SUPERUSER, "postgres"))
        self.environment |= dict(line.split("=", 1) for line in made.splitlines() if "=" in line)
        self.done("keys", str(self.home / "keys"))
        self.done("certificate", "localhost", "127.0.0.1", "--to", str(self.home / "tls"))
        user = postgres.unprivileged_user()
        for path in (self.home / "tls").iterdir():
            if user:
                os.chown(path, user.pw_uid, user.pw_gid)
        self.environment |= {
            "HUYUAN_URL": self.url,
            "HUYUAN_KEYS": str(self.home / "keys"),
            "HUYUAN_CERTIFICATE": str(self.home / "tls" / "server.pem"),
            "HUYUAN_CERTIFICATE_KEY": str(self.home / "tls" / "server-key.pem"),
        }

    def serve(self) -> None:
        """Start and wait for the first answer."""
        log = (self.home / "serve.log").open("a")
        command = ["serve", "--listen", f"127.0.0.1:{self.port}", "--processes", "2"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.cli", "--data", str(self.state), *command],
            env=self.environment, stdout=log, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        eventually(lambda: self.process and (self.process.poll() is not None or "已启动" in self.log()))
        assert self.process.poll() is None, self.log()

    def log(self) -> str:
        return (self.home / "serve.log").read_text()

    def browser(self) -> urllib.request.OpenerDirector:
        """Trusts the authority that `certificate` made and nobody else."""
        context = ssl.create_default_context(cafile=str(self.home / "tls" / "ca.pem"))
        jar = http.cookiejar.CookieJar()
        return urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), urllib.request.HTTPCookieProcessor(jar)
        )

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(SECONDS)
        self.server.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def installation(module_state: Path, environment: dict[str, str]) -> Iterator[Installation]:
    """Started empty; on Debian's PostgreSQL 15 in the round that is about it."""
    binaries = apt.POSTGRESQL_15 if os.environ.get("TEST_DATABASE_URL") else None
    found = Installation(module_state.parent, environment, binaries)
    try:
        found.set_up()
        found.serve()
        yield found
    finally:
        found.stop()


def ask(browser: urllib.request.OpenerDirector, address: str, form: dict[str, str] | None = None) -> str:
    """A page; with `form`, sent with the page's own token."""
    if form is None:
        with browser.open(address, timeout=30) as answer:
            return str(answer.read().decode())
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', ask(browser, address))[0]
    body = urllib.parse.urlencode({**form, "csrfmiddlewaretoken": token}).encode()
    request = urllib.request.Request(address, body, {"Referer": address})
    with browser.open(request, timeout=30) as answer:
        return f"{answer.geturl()}\n{answer.read().decode()}"


def test_from_empty_to_the_first_administrator(installation: Installation) -> None:
    eventually(lambda: "还没有县" in installation.log())
    found = installation.huyuan("county", "--code", "150400", "--name", "青禾县", "--admin", "云某")
    assert found.returncode == 1 and "不是县级" in found.stderr
    told = installation.done(
        "county", "--code", "150421", "--name", "青禾县", "--admin", "云某", "--phone", "13812345678"
    )
    (code,) = re.findall(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", told)
    again = installation.huyuan("county", "--code", "150421", "--name", "青禾县", "--admin", "云某")
    assert again.returncode == 1 and "已经建立" in again.stderr
    browser = installation.browser()
    form = {"username": "13812345678", "code": code, "new": PASSWORD, "again": PASSWORD}
    page = ask(browser, f"{installation.url}/sign-in/activate/", form)
    # An administrator needs a second factor in production.
    assert page.startswith(f"{installation.url}/sign-in/enrol/") and "启用两步验证" in page


def test_cookies_and_pages_are_for_https_alone(installation: Installation) -> None:
    with installation.browser().open(f"{installation.url}/sign-in/", timeout=30) as answer:
        assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
        assert "Secure" in answer.headers["Set-Cookie"]
    with pytest.raises((OSError, http.client.HTTPException)):
        urllib.request.urlopen(f"http://127.0.0.1:{installation.port}/sign-in/", timeout=10)
    with pytest.raises(urllib.error.HTTPError) as refused:
        request = urllib.request.Request(f"{installation.url}/sign-in/", headers={"Host": "evil.example"})
        installation.browser().open(request, timeout=30)
    assert refused.value.code == 400


def test_nothing_of_it_runs_as_root(installation: Installation) -> None:
    user = postgres.unprivileged_user()
    expected = user.pw_uid if user else os.geteuid()
    assert installation.process is not None
    family = [installation.process.pid]
    for pid in family:
        for task in Path(f"/proc/{pid}/task").iterdir():
            family += map(int, (task / "children").read_text().split())
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ") for pid in family]
    assert any("granian" in one for one in commands) and any("procrastinate" in one for one in commands)
    assert {os.stat(f"/proc/{pid}").st_uid for pid in family} == {expected}


def test_monitors_are_answered_and_nobody_else(installation: Installation) -> None:
    browser = installation.browser()
    assert ask(browser, f"{installation.url}/healthz/live") == "ok\n"
    assert ask(browser, f"{installation.url}/healthz/ready") == "ok\n"
    figures = ask(browser, f"{installation.url}/metrics")
    for line in figures.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) huyuan_\w+ .+|huyuan_\w+(\{\w+="\w+"\})? [\d.]+', line), line
    assert "huyuan_database_bytes" in figures
    # Through a proxy that nobody told us of, the world would look like this machine.
    for path in ("/metrics", "/healthz/ready"):
        request = urllib.request.Request(
            f"{installation.url}{path}", headers={"X-Forwarded-For": "203.0.113.9"}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            browser.open(request, timeout=30)
        assert refused.value.code == 404


def test_a_backup_is_restored_in_a_drill(installation: Installation) -> None:
    target = installation.home / "backup"
    store = (
        "from datetime import datetime, UTC; from huyuan.trace.files import store;"
        "from huyuan.orgs.actor import system_actor; from huyuan.orgs.session import acting;"
        "\nwith acting(system_actor('存文件', 150421)):"
        " store(b'%PDF-1.4 a paper', county_id=150421, now=datetime.now(UTC))"
    )
    installation.done("shell", "-v0", "-c", store)
    told = installation.done("backup", str(target), "--keep", "1")
    assert "已备份" in told
    installation.done("backup", str(target), "--keep", "1")
    assert len(list(target.glob("*.dump"))) == 1 and not list(target.glob("*.part"))
    told = installation.done("drill", str(target))
    assert "演练通过" in told and "人员 1" in told and "1 个加密的号码都解得开" in told
    assert "文件 1 个" in told
    (copy,) = (path for path in (target / "files").rglob("*") if path.is_file())
    copy.write_bytes(b"something else")
    spoilt = installation.huyuan("drill", str(target))
    assert spoilt.returncode == 1 and "缺少或损坏 1 个文件" in spoilt.stderr
    (dump,) = target.glob("*.dump")
    dump.write_bytes(dump.read_bytes()[:-5000])
    spoilt = installation.huyuan("drill", str(target))
    assert spoilt.returncode == 1 and "不能用" in spoilt.stderr


def test_the_owner_cannot_take_the_backup(installation: Installation) -> None:
    owner = installation.environment["DATABASE_OWNER_URL"]
    kept = dict(installation.environment)
    installation.environment["DATABASE_BACKUP_URL"] = owner
    try:
        refused = installation.huyuan("backup", str(installation.home / "nothing"))
    finally:
        installation.environment = kept
    assert refused.returncode == 1 and "没有成功" in refused.stderr
    assert not list((installation.home / "nothing").glob("*.dump"))


def test_sample_accounts_are_refused(installation: Installation) -> None:
    url = installation.environment["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as application:
        application.execute("UPDATE orgs_account SET sample = true")
        with pytest.raises(serve.Refuses, match="示例账号"):
            serve.refuse_sample(url)
        application.execute("UPDATE orgs_account SET sample = false")
    serve.refuse_sample(url)


def test_a_refusal_starts_nothing(installation: Installation) -> None:
    kept = dict(installation.environment)
    installation.environment |= {"HUYUAN_URL": "http://huyuan.example.gov.cn"}
    del installation.environment["HUYUAN_KEYS"]
    try:
        refused = installation.huyuan("serve", "--listen", f"127.0.0.1:{free_port()}")
    finally:
        installation.environment = kept
    assert refused.returncode == 1
    assert "  1. " in refused.stderr and "  2. " in refused.stderr and "Traceback" not in refused.stderr
