"""``./huyuan serve``: production. Like ``run``, with nothing made up: database, keys, address and certificate
are the operator's, and what is not safe is refused with a sentence that says what to do (docs/operator)."""

import argparse
import contextlib
import functools
import ipaddress
import os
import ssl
import stat
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import psycopg

from config import certificates, database, postgres, privileges, roles, run
from config.cli import SOURCES, migrate_if_needed, say

OLDEST_POSTGRESQL = 15
KEY_FILES = ("secret-key", "lookup-key")
# What stands in guides and examples, ours included.
EXAMPLE_PASSWORDS = {
    "huyuan",
    "huyuan_app",
    "huyuan_owner",
    "password",
    "postgres",
    "123456",
    "改成自己的密码",
}
SHORTEST_PASSWORD = 12
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class Refuses(run.RunFailed):
    """Not safe to serve: the message lists everything that has to be put right."""


class Listen(NamedTuple):
    """Where the web server listens."""

    host: str
    port: int

    @property
    def local(self) -> bool:
        return self.host in LOCAL_NAMES


def options_of(arguments: list[str]) -> argparse.Namespace:
    """``--listen``, ``--processes``."""
    parser = argparse.ArgumentParser(prog="./huyuan serve")
    parser.add_argument(
        "--listen",
        type=listen_address,
        default=Listen("127.0.0.1", 8000),
        help="地址:端口，默认 127.0.0.1:8000",
    )
    parser.add_argument(
        "--processes", type=int, choices=range(1, 65), metavar="1–64",
        default=max(2, os.cpu_count() or 2), help="网页进程数，默认为处理器数，至少 2",
    )  # fmt: skip
    return parser.parse_args(arguments)


def listen_address(text: str) -> Listen:
    """10.0.0.5:8443, [::]:8443; raises ValueError, which argparse reports."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if host != "localhost":
        ipaddress.ip_address(host)
    return Listen(host, run.port_number(port))


def main(state: Path, arguments: list[str]) -> None:
    """Serve until told to stop."""
    options = options_of(arguments)
    # Whether keys and certificates can be read is a question for the user who will read them.
    found = dropped(state) if os.geteuid() == 0 else []
    found += refusals(os.environ, state, options.listen, now=datetime.now(UTC))
    if found:
        raise Refuses(
            "拒绝启动，请先改正：\n" + "\n".join(f"  {number}. {one}" for number, one in enumerate(found, 1))
        )
    with contextlib.ExitStack() as stack:
        stack.enter_context(postgres.holding(state, f"serve {os.environ['HUYUAN_URL']}"))
        os.umask(0o077)
        run.require_free_port(options.listen.port, options.listen.host)
        stop = run.stop_on_signal()
        os.environ["HUYUAN_DATA"] = str(state)
        os.environ["HUYUAN_ASSETS"] = "collected"
        prepare()
        children = [web(options.listen, options.processes), run.worker(None)]
        for child in reversed(children):
            stack.callback(child.stop)
        run.supervise(children, None, stop, functools.partial(welcome, options.listen))
        say("正在停止……")


def refusals(given: Mapping[str, str], state: Path, listen: Listen, *, now: datetime) -> list[str]:
    """Everything about the configuration that is not safe, a sentence each; asks no database."""
    url = urlsplit(given.get("HUYUAN_URL", ""))
    return [
        *_database(given),
        *_address(given, url),
        *_transport(given, url, listen, now),
        *_keys(given, state),
        *_sign_in(given),
    ]


def _database(given: Mapping[str, str]) -> Iterator[str]:
    if not given.get("DATABASE_URL"):
        yield (
            "没有 DATABASE_URL：serve 不用内置数据库。请在数据库服务器上运行 ./huyuan database 建库，"
            "把它打印的几行写进 /etc/huyuan/huyuan.env。"
        )
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        if not given.get(name):
            continue
        try:
            parts = database.parse(given[name])
        except database.AddressError as wrong:
            yield f"{name}：{wrong}"
            continue
        password = parts["PASSWORD"]
        by_socket = parts["HOST"].startswith("/") and not password
        if not by_socket and (password in EXAMPLE_PASSWORDS or len(password) < SHORTEST_PASSWORD):
            yield (
                f"{name} 里的密码是示例密码或少于 {SHORTEST_PASSWORD} 位。"
                "请运行 ./huyuan database 重设，它会生成随机的。"
            )


def _address(given: Mapping[str, str], url: SplitResult) -> Iterator[str]:
    if not url.hostname or url.scheme not in ("http", "https") or url.path.strip("/"):
        yield "HUYUAN_URL 应是用户输入的网址，形如 https://huyuan.example.gov.cn。请写进 huyuan.env。"
    elif url.scheme == "http" and url.hostname not in LOCAL_NAMES:
        yield (
            f"HUYUAN_URL 是 http://{url.hostname}：密码会在网络上明文传送。请改成 https，"
            "用反向代理或 ./huyuan certificate 做证书。"
        )
    if given.get("HUYUAN_LEVEL", "2") not in ("2", "3"):
        yield "HUYUAN_LEVEL 只能是 2 或 3（网络安全等级保护的级别）。请改正，不写就是 2。"


def _transport(given: Mapping[str, str], url: SplitResult, listen: Listen, now: datetime) -> Iterator[str]:
    certificate, key = given.get("HUYUAN_CERTIFICATE"), given.get("HUYUAN_CERTIFICATE_KEY")
    if bool(certificate) != bool(key):
        yield "HUYUAN_CERTIFICATE 和 HUYUAN_CERTIFICATE_KEY 只写了一个。请两个都写，或都不写。"
    elif certificate and key:
        try:
            certificates.check(Path(certificate), Path(key), url.hostname or "", now=now)
        except certificates.BadCertificate as bad:
            yield str(bad)
    else:
        if not listen.local:
            yield (
                f"没有证书却监听 {listen.host}：别的机器会用明文连进来。请写 HUYUAN_CERTIFICATE 和"
                " HUYUAN_CERTIFICATE_KEY，或只监听 127.0.0.1 并在前面放反向代理。"
            )
        if url.scheme == "https" and not given.get("HUYUAN_PROXIES"):
            yield (
                "HUYUAN_URL 是 https，但既没有证书，也没有写反向代理的地址。"
                "请写 HUYUAN_CERTIFICATE，或把代理的地址写进 HUYUAN_PROXIES（同一台机器写 127.0.0.1）。"
            )
    for address in filter(None, (one.strip() for one in given.get("HUYUAN_PROXIES", "").split(","))):
        try:
            ipaddress.ip_address(address)
        except ValueError:
            yield f"HUYUAN_PROXIES 里的“{address}”不是 IP 地址。请写代理服务器的 IP，几个之间用逗号。"


def _keys(given: Mapping[str, str], state: Path) -> Iterator[str]:
    if not given.get("HUYUAN_KEYS"):
        yield (
            "没有 HUYUAN_KEYS：密钥要放在数据目录之外。请运行 ./huyuan keys /etc/huyuan/keys，"
            "再写 HUYUAN_KEYS=/etc/huyuan/keys。"
        )
        return
    directory = Path(given["HUYUAN_KEYS"])
    if directory.resolve().is_relative_to(state.resolve()):
        yield f"密钥目录 {directory} 在数据目录 {state} 里面，备份数据会连密钥一起带走。请换到别处。"
    if directory.exists() and not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        yield f"程序的用户读写不了密钥目录 {directory}。请运行 chown -R huyuan: {directory}。"
        return
    missing = [name for name in KEY_FILES if not (directory / name).is_file()]
    if missing:
        yield (
            f"密钥目录 {directory} 里没有 {'、'.join(missing)}。请运行 ./huyuan keys {directory}，"
            "或放回备份的密钥。"
        )
    open_to_others = [
        path
        for path in (directory, *(directory / name for name in KEY_FILES))
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if open_to_others:
        yield f"别的用户读得到 {open_to_others[0]}。请运行 chmod -R go= {directory}。"


def _sign_in(given: Mapping[str, str]) -> Iterator[str]:
    if given.get("HUYUAN_SIGN_IN"):
        from huyuan.orgs import outside

        try:
            read = outside.read(Path(given["HUYUAN_SIGN_IN"]))
        except outside.BadFile as bad:
            yield str(bad)
            return
        for one in read.oidc:
            if not one.issuer.startswith("https://") and urlsplit(one.issuer).hostname not in LOCAL_NAMES:
                yield f"企业登录“{one.zh}”的 issuer 不是 https。请改成 https 网址。"


def dropped(state: Path) -> list[str]:
    """As root: become the unprivileged user; a sentence when that cannot be."""
    if privileges.drop(state):
        return []
    return [
        f"以 root 启动时程序改以用户 huyuan 运行，它用不了 {SOURCES.parent} 或 {state}。"
        "请把程序放在 /opt/huyuan 这样人人可读的地方，数据放在 /var/lib/huyuan，"
        "或用 systemd 的 User=huyuan 启动。"
    ]


def prepare() -> None:
    """Check what only the database can tell, bring the schema up to date, collect the assets."""
    roles.refuse_privileged(os.environ["DATABASE_URL"])
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        if connection.info.server_version < OLDEST_POSTGRESQL * 10000:
            raise Refuses(
                f"PostgreSQL 的版本是 {connection.info.server_version // 10000}，"
                f"需要 {OLDEST_POSTGRESQL} 或更新的。请先升级数据库。"
            )
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    from huyuan.orgs.rules import LEVELS

    # Children read it from the environment; what the operator wrote wins.
    level = LEVELS[int(os.environ.get("HUYUAN_LEVEL", "2"))]
    os.environ.setdefault("HUYUAN_SECOND_FACTOR", ",".join(level.second_factor))
    django.setup()
    migrate_if_needed()
    refuse_sample(os.environ["DATABASE_URL"])
    say("正在整理页面资源……")
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    connections.close_all()


def refuse_sample(application_url: str) -> None:
    """Raise Refuses when the database holds accounts of the sample county, whose password is public."""
    with psycopg.connect(application_url) as connection:
        row = connection.execute("SELECT count(*) FROM orgs_account WHERE sample").fetchone()
    if row and row[0]:
        raise Refuses(
            f"拒绝启动：库里有 {row[0]} 个示例账号，密码是公开的。示例县不能改成正式的："
            "请用 ./huyuan database 另建一个空库，改 DATABASE_URL。"
        )


def web(listen: Listen, processes: int) -> run.Child:
    """Pages and API; with a certificate it speaks TLS itself."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    command += ["--host", listen.host, "--port", str(listen.port), "--workers", str(processes)]
    command += ["--blocking-threads", "1", "--respawn-failed-workers", "--log-level", "warning", "--no-ws"]
    if os.environ.get("HUYUAN_CERTIFICATE"):
        # Old phones speak 1.2; nothing older is offered.
        command += ["--ssl-protocol-min", "tls1.2", "--ssl-certificate", os.environ["HUYUAN_CERTIFICATE"]]
        command += ["--ssl-keyfile", os.environ["HUYUAN_CERTIFICATE_KEY"]]
    return run.Child("网页服务", [*command, "config.wsgi:application"], None)


def welcome(listen: Listen) -> bool:
    """When the web server answers: say where; and that nobody can sign in yet, if so."""
    secure = bool(os.environ.get("HUYUAN_CERTIFICATE"))
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)
    shown = f"[{host}]" if ":" in host else host
    # Asked by number, while the certificate names the domain.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        address = f"{'https' if secure else 'http'}://{shown}:{listen.port}/healthz/live"
        urllib.request.urlopen(address, timeout=5, context=context).close()
    except OSError:
        return False
    say(f"已启动：{os.environ['HUYUAN_URL']}    （监听 {listen.host}:{listen.port}）")
    if run.nobody_has_an_account():
        say("还没有县，也没有人能登录。请运行 ./huyuan county --help 建立县和第一位管理员。")
    return True
