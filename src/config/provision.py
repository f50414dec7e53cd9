"""``./huyuan database`` and ``./huyuan keys``: what ``serve`` needs before its first start."""

import argparse
import os
import secrets
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from config import postgres, roles
from config.database import APP_ROLE, BACKUP_ROLE, DATABASE, OWNER_ROLE, socket_url
from config.serve import KEY_FILES

ADDRESSES = (
    ("DATABASE_URL", APP_ROLE),
    ("DATABASE_OWNER_URL", OWNER_ROLE),
    ("DATABASE_BACKUP_URL", BACKUP_ROLE),
)


def make_database(state: Path, arguments: list[str]) -> None:
    """Three roles with new passwords and the database; prints the lines for the environment file."""
    parser = argparse.ArgumentParser(prog="./huyuan database")
    parser.add_argument(
        "--superuser",
        default="postgresql:///postgres",
        help="数据库超级用户的地址；不写就按本机 postgres 用户连（sudo -u postgres ./huyuan database）",
    )
    parser.add_argument("--name", default=DATABASE, help=f"库名，默认 {DATABASE}")
    options = parser.parse_args(arguments)
    passwords = {role: secrets.token_urlsafe(24) for _, role in ADDRESSES}
    roles.bootstrap(
        options.superuser,
        owner_password=passwords[OWNER_ROLE],
        app_password=passwords[APP_ROLE],
        backup_password=passwords[BACKUP_ROLE],
        name=options.name,
    )
    for variable, role in ADDRESSES:
        print(f"{variable}={address(options.superuser, role, passwords[role], options.name)}")


def address(superuser_url: str, role: str, password: str, name: str) -> str:
    """The address of the new database for a role: as the superuser reached it, but over TCP where that was
    by being known to the operating system (`sudo -u postgres`), for the program's user is not."""
    given = conninfo_to_dict(superuser_url)
    host = str(given.get("host") or "")
    if host.startswith("/") and given.get("password"):
        return socket_url(role=role, password=password, directory=host, name=name)
    with psycopg.connect(superuser_url) as connection:
        port = connection.info.port
    return f"postgresql://{role}:{password}@{'127.0.0.1' if host[:1] in ('', '/') else host}:{port}/{name}"


def make_keys(state: Path, arguments: list[str]) -> None:
    """The directory of the keys, outside the data; what is there stays."""
    parser = argparse.ArgumentParser(prog="./huyuan keys")
    parser.add_argument("directory", type=Path, help="例如 /etc/huyuan/keys")
    directory: Path = parser.parse_args(arguments).directory.absolute()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    for name in KEY_FILES:
        path = directory / name
        if path.exists():
            continue
        content = secrets.token_urlsafe(50).encode() if name == "secret-key" else secrets.token_bytes(32)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        made.append(name)
    if user := postgres.unprivileged_user():
        for path in (directory, *(directory / name for name in KEY_FILES)):
            os.chown(path, user.pw_uid, user.pw_gid)
    print(f"{directory}：{'新建 ' + '、'.join(made) if made else '已经齐全，没有改动'}")
    print(f"请写 HUYUAN_KEYS={directory}，并马上另外备份一份。")
