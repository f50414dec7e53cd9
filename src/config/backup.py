"""``./huyuan backup`` and ``./huyuan drill``: a copy by PostgreSQL's own tools, and the proof that it can be
restored. A backup that was never restored is a hope."""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from config import postgres
from config.cli import point_at, say
from config.database import DATABASE
from huyuan.kernel.days import SHANGHAI

DEBIAN = Path("/usr/lib/postgresql")
KEEP = 14
COUNTED = (("单位", "orgs_organisation"), ("人员", "orgs_person"), ("登记", "registers_entry"))
COUNT = sql.SQL("SELECT count(*) FROM {}")
NAME = re.compile(r"huyuan-\d{8}-\d{6}\.dump")


class BackupFailed(postgres.PostgresError):
    """Nothing was kept, or what was kept is no good; the message says in Chinese what to do."""


def backup(state: Path, arguments: list[str]) -> None:
    """A dump and the files, into one directory; the keys are not in it (docs/operator)."""
    parser = argparse.ArgumentParser(prog="./huyuan backup")
    parser.add_argument("to", type=Path, help="备份目录，最好在另一台机器或另一块盘上")
    parser.add_argument("--keep", type=int, default=KEEP, help=f"留最近几份，默认 {KEEP}")
    options = parser.parse_args(arguments)
    url = os.environ.get("DATABASE_BACKUP_URL")
    if not url:
        raise BackupFailed(
            "没有 DATABASE_BACKUP_URL：行级安全管着表的所有者，只有带 BYPASSRLS 的备份角色导得全。"
            "请运行 ./huyuan database 建这个角色，把地址写进 huyuan.env。"
        )
    os.umask(0o077)
    options.to.mkdir(parents=True, exist_ok=True)
    with psycopg.connect(url) as connection:
        version = connection.info.server_version // 10000
    name = f"huyuan-{datetime.now(SHANGHAI):%Y%m%d-%H%M%S}.dump"
    unfinished = options.to / f"{name}.part"
    tool(version, "pg_dump", "--format=custom", f"--file={unfinished}", f"--dbname={url}")
    tool(version, "pg_restore", "--list", str(unfinished))
    unfinished.rename(options.to / name)
    copied = copy_files(state / "files", options.to / "files")
    dumps = sorted(path for path in options.to.iterdir() if NAME.fullmatch(path.name))
    for old in dumps[: -max(options.keep, 1)]:
        old.unlink()
    size = (options.to / name).stat().st_size
    say(f"已备份：{options.to / name}（{size / 1e6:.1f} MB），新增文件 {copied} 个。")


def copy_files(source: Path, target: Path) -> int:
    """Copy what the backup does not have yet; how many. A file's name is its content, so it never changes."""
    copied = 0
    for path in source.rglob("*") if source.exists() else ():
        copy = target / path.relative_to(source)
        if path.is_file() and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            unfinished = copy.with_name(f"{copy.name}.part")
            shutil.copyfile(path, unfinished)
            unfinished.rename(copy)
            copied += 1
    return copied


def tool(version: int, name: str, *arguments: str) -> str:
    """Run one of PostgreSQL's own tools, of the server's version; what it printed. Raises BackupFailed."""
    binaries = [DEBIAN / str(version) / "bin", postgres.packaged_binaries()]
    program = next((path / name for path in binaries if (path / name).exists()), Path(name))
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise BackupFailed(
            f"{name} 没有成功：{done.stderr.strip()[:600]}\n"
            f"版本不合时请安装：apt-get install postgresql-client-{version}"
        )
    return done.stdout


def drill(state: Path, arguments: list[str]) -> None:
    """Restore a backup into a server of its own, look whether all is there, and throw it away."""
    parser = argparse.ArgumentParser(prog="./huyuan drill")
    parser.add_argument("backup", type=Path, help="备份目录（用最新一份）或某一份 .dump")
    options = parser.parse_args(arguments)
    dump = newest(options.backup)
    begun = time.monotonic()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huyuan-drill-")))
        scratch.chmod(0o711)
        server = postgres.Server(scratch / "state", durable=False)
        stack.callback(server.stop)
        say(f"正在把 {dump} 恢复到一台临时数据库……")
        server.start()
        superuser = server.url(postgres.SUPERUSER, DATABASE)
        with psycopg.connect(superuser, autocommit=True) as admin:
            # The dump brings grants to the role that made it.
            admin.execute("CREATE ROLE huyuan_backup")
        program = str(server.binaries / "pg_restore")
        done = subprocess.run(
            [program, "--exit-on-error", f"--dbname={superuser}", str(dump)], capture_output=True, text=True
        )
        if done.returncode != 0:
            raise BackupFailed(f"恢复不了，这份备份不能用：{done.stderr.strip()[:600]}")
        restored = time.monotonic() - begun
        point_at(server)
        os.environ["HUYUAN_DATA"] = str(scratch / "state")
        look(server, dump.parent / "files")
    whole = time.monotonic() - begun
    say(f"演练通过：恢复用了 {restored:.0f} 秒，连同核对共 {whole:.0f} 秒。临时数据库已删除。")


def newest(given: Path) -> Path:
    """The dump itself, or the newest of a directory. Raises BackupFailed when there is none."""
    if given.is_file():
        return given
    dumps = sorted(path for path in given.glob("*.dump") if NAME.fullmatch(path.name))
    if not dumps:
        raise BackupFailed(f"{given} 里没有备份（huyuan-日期-时间.dump）。请先运行 ./huyuan backup。")
    return dumps[-1]


def look(server: postgres.Server, files: Path) -> None:
    """Is all of it there: the schema of this version, rows, an unbroken trace, every file by its content,
    and the keys to what is encrypted? Raises BackupFailed with what is not."""
    import django

    django.setup()
    from django.core.management import CommandError, call_command

    from huyuan.orgs.models import Account
    from huyuan.trace import keys

    try:
        call_command("trace", "verify", stdout=sys.stderr)
    except CommandError as broken:
        raise BackupFailed(f"恢复出来的操作记录有问题：{broken}") from None
    with psycopg.connect(server.url(postgres.SUPERUSER)) as admin:
        counts = {
            name: admin.execute(COUNT.format(sql.Identifier(table))).fetchone() for name, table in COUNTED
        }
        digests = [digest for (digest,) in admin.execute("SELECT sha256 FROM trace_file ORDER BY sha256")]
    say("，".join(f"{name} {row[0]}" for name, row in counts.items() if row))
    lost = [digest for digest in digests if not intact(files / digest[:2] / digest)]
    if lost:
        raise BackupFailed(f"备份里缺少或损坏 {len(lost)} 个文件（共 {len(digests)} 个），例如 {lost[0]}。")
    say(f"文件 {len(digests)} 个，逐个核对了内容。")
    if not os.environ.get("HUYUAN_KEYS"):
        say("没有设 HUYUAN_KEYS，没有核对密钥。")
        return
    sealed = Account.objects.exclude(phone="").values_list("person_id", "phone")
    gone = []
    for person_id, phone in sealed.iterator():
        try:
            keys.decrypt(person_id, phone)
        except keys.KeyGone:
            gone.append(person_id)
    if gone:
        raise BackupFailed(
            f"{len(gone)} 个手机号码用 HUYUAN_KEYS 里的密钥解不开。请找出与这份备份配套的密钥备份。"
        )
    say(f"密钥配套，{sealed.count()} 个加密的号码都解得开。")


def intact(path: Path) -> bool:
    """Is the file there, with the content that is its name?"""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == path.name
