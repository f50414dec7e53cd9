"""``./huyuan <command>``: our own commands, and every Django management command, on the right database."""

import argparse
import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.core import management
from django.core.management import find_commands

from config import certificates, postgres, privileges, roles
from config.database import APP_ROLE, OWNER_ROLE, AddressError, parse

SOURCES = Path(__file__).resolve().parents[1]
COMMANDS = (
    ("run", "启动整套程序，首次启动建库并装入示例县：--port 8000 | --fresh 删掉数据重来 | --empty 不装示例"),
    ("serve", "正式运行：--listen 127.0.0.1:8000 | --processes N（见 docs/operator）"),
    ("database", "在 PostgreSQL 上建库和三个角色，打印要写的地址：--superuser 地址"),
    ("keys", "新建密钥目录"),
    ("certificate", "自建证书：域名或 IP… --to 目录"),
    ("county", "建立县和第一位管理员，打印激活单"),
    ("account", "管理员都登录不了时：给一个账号发新的激活单"),
    ("backup", "备份数据库和文件：目录 | --keep 份数"),
    ("drill", "恢复演练：把备份恢复到临时数据库并核对"),
    ("test", "全部检查和测试：--quick 省去耗时长的测试、测速程序、浏览器和 PostgreSQL 15 | --only 步骤"),
    ("packs", "法规包：check [路径] | diff | install 路径 [--dry-run] | list | adopt"),
    ("scenarios", "运行法规包的场景：[路径] [--removal 逐个去掉承担者]"),
    ("coverage", "每条义务由什么承担：[--json | --markdown]"),
    ("verdicts", "某单位某期的判定：--org 编号 --period 2026-10 [--json]"),
    (
        "report",
        "统计：campaign 专项行动的各项数字：[--json] | --pack 编号 | --county 代码 | --until 2019-07-30",
    ),
    ("trace", "留痕：verify"),
    ("bench", "测速，在用完即弃的数据库上：verdicts | proof | pages | packs [--json]"),
    ("sample", "示例县：--accounts 列出示例账号 | --replay 另建一个区，逐日重走一次专项行动"),
    ("migrate", "升级数据库结构"),
    ("makemigrations", "为改过的模型生成迁移"),
    ("shell", "带环境的 Python"),
)
# Commands of this package that see to the database themselves, or need none: where they are.
OURS = {
    "run": ("config.run", "main"),
    "serve": ("config.serve", "main"),
    "database": ("config.provision", "make_database"),
    "keys": ("config.provision", "make_keys"),
    "certificate": ("config.certificates", "main"),
    "backup": ("config.backup", "backup"),
    "drill": ("config.backup", "drill"),
}
# Commands of Django and of the applications we stand on, beside those of Django's core and our packages.
OF_APPLICATIONS = ("collectstatic", "procrastinate", "clearsessions")
# These hold people's data in files, which are the program's own user's.
THAT_WRITE = ("sample", "county", "account")
# These need models and files but no database, so none is started for them.
WITHOUT_DATABASE = (
    ("packs", "check"),
    ("scenarios",),
    ("coverage",),
    ("makemigrations",),
    ("collectstatic",),
    ("help",),
)
# These act on the schema, as its owner.
AS_OWNER = ("migrate", "showmigrations", "sqlmigrate")


class UnknownCommand(RuntimeError):
    """No such command; the message says where the list is."""


REFUSALS = (
    UnknownCommand,
    AddressError,
    postgres.PostgresError,
    roles.PrivilegedRole,
    certificates.BadCertificate,
)


def usage() -> str:
    """The list that ``./huyuan`` alone shows."""
    lines = ["护园 Huyuan", "", "用法：./huyuan 命令 [选项]    （--data 目录 对每条命令都有效）", ""]
    lines += [f"  {name:<16}{text}" for name, text in COMMANDS]
    lines += [
        "",
        f"数据放在 {postgres.default_state()}；设了 DATABASE_URL 就用那台 PostgreSQL，不启动内置的。",
    ]
    return "\n".join(lines)


def say(text: str) -> None:
    """One line of progress, for people."""
    print(f"[护园] {text}", file=sys.stderr, flush=True)


def needs_database(arguments: list[str]) -> bool:
    """Does this command line ask a database? Help never does."""
    if {"-h", "--help"} & set(arguments):
        return False
    return not any(tuple(arguments[: len(words)]) == words for words in WITHOUT_DATABASE)


def is_command(name: str) -> bool:
    """Does Django or one of our packages know it? Asked before a database is started for it."""
    ours = {path.stem for path in SOURCES.glob("**/management/commands/*.py")}
    return name in ours | {*find_commands(management.__path__[0])} | {*OF_APPLICATIONS}


def external_database() -> bool:
    """Is DATABASE_URL set? Raises AddressError when it or DATABASE_OWNER_URL cannot be read."""
    given = [os.environ[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL") if os.environ.get(name)]
    for url in given:
        parse(url)
    return bool(os.environ.get("DATABASE_URL"))


def point_at(server: postgres.Server) -> None:
    """Let settings that are loaded from now on use the embedded server."""
    os.environ["DATABASE_URL"] = server.url(APP_ROLE)
    os.environ["DATABASE_OWNER_URL"] = server.url(OWNER_ROLE)


@contextlib.contextmanager
def database(state: Path) -> Iterator[None]:
    """For one command: DATABASE_URL, else the server of a running ``run``, else one of its own."""
    if external_database():
        yield
        return
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(postgres.holding(state, "command"))
            except postgres.StateBusy as busy:
                if busy.purpose.startswith("run"):
                    point_at(postgres.Server(state))
                    break
                say("另一条命令正在使用数据库，等它结束……")
                postgres.wait_until_free(state)
            else:
                point_at(stack.enter_context(postgres.serving(state)))
                break
        yield


def migrate_if_needed() -> None:
    """Bring the schema up to date as its owner; a question of milliseconds when it is."""
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["default"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        if "DATABASE_OWNER_URL" not in os.environ:
            raise AddressError(
                "数据库结构需要升级：请把表的所有者的地址写进 DATABASE_OWNER_URL，再启动一次。"
            )
        say("正在升级数据库结构……")
        call_command("migrate", database="owner", verbosity=0, interactive=False)
    connections["default"].close()
    connections["owner"].close()


def manage(arguments: list[str]) -> None:
    """Run a Django management command in this process."""
    import django
    from django.core.management import execute_from_command_line

    if needs_database(arguments):
        roles.refuse_privileged(os.environ["DATABASE_URL"])
    django.setup()
    if needs_database(arguments):
        if arguments[0] in AS_OWNER:
            arguments = [*arguments, "--database=owner"]
        else:
            migrate_if_needed()
    else:
        # makemigrations would compare its files with a database's history, if there were one.
        warnings.filterwarnings("ignore", "Got an error checking a consistent migration history")
    execute_from_command_line(["huyuan", *arguments])


def dispatch(state: Path, arguments: list[str]) -> None:
    """Run one command."""
    if arguments[0] in OURS:
        module, function = OURS[arguments[0]]
        getattr(importlib.import_module(module), function)(state, arguments[1:])
    elif arguments[0] == "test":
        from config import suite

        suite.main(arguments[1:])
    elif arguments[0] == "bench":
        # On a server and in a directory of its own: the user's data are not touched.
        os.chdir(SOURCES.parent)
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks", *arguments[1:]])
    elif not is_command(arguments[0]):
        raise UnknownCommand(f"没有“{arguments[0]}”这条命令。运行 ./huyuan 看全部命令。")
    elif needs_database(arguments):
        postgres.make_state(state)
        if arguments[0] in THAT_WRITE:
            privileges.drop(state)
        with database(state):
            # Whatever a command leaves in the state directory is its owner's alone.
            os.umask(0o077)
            os.environ["HUYUAN_DATA"] = str(state)
            manage(arguments)
    else:
        manage(arguments)


def main() -> None:
    """Entry point of ``./huyuan``."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data", type=Path)
    options, arguments = parser.parse_known_args()
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage())
        return
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    try:
        dispatch((options.data or postgres.default_state()).absolute(), arguments)
    except psycopg.OperationalError as unreachable:
        say(f"连不上数据库：{str(unreachable).strip()}")
        sys.exit(1)
    except REFUSALS as refused:
        say(str(refused))
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
