"""``./huyuan test``: every check of the project, in order, none skipped."""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config import apt, postgres
from config.cli import say
from config.settings import ROOT

PYTHON = sys.executable
PYTEST = (PYTHON, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile")


@dataclass(frozen=True)
class Step:
    """One check: what is run, in the quick round or not, what it needs from apt, on which server."""

    name: str
    title: str
    command: tuple[str, ...]
    quick: bool = True
    apt: tuple[str, ...] = ()
    postgresql_15: bool = False


STEPS = (
    Step("format", "格式", (PYTHON, "-m", "ruff", "format", "--check", ".")),
    Step("lint", "规范", (PYTHON, "-m", "ruff", "check", ".")),
    Step("types", "类型", (PYTHON, "-m", "mypy")),
    Step("imports", "分层", (PYTHON, "-c", "from importlinter.cli import lint_imports_command as c; c()")),
    Step("migrations", "迁移", (PYTHON, "-m", "config.cli", "makemigrations", "--check", "--dry-run")),
    Step("packs", "法规包", (PYTHON, "-m", "config.cli", "packs", "check")),
    Step("coverage", "义务覆盖", (PYTHON, "-m", "config.cli", "coverage")),
    Step(
        "unit", "单元与数据库测试", (*PYTEST, "-m", "not browser and not slow", "--ignore=tests/benchmarks")
    ),
    Step("slow", "耗时长的测试", (*PYTEST, "-m", "slow and not browser"), quick=False),
    Step("benchmarks", "测速程序能跑通", (*PYTEST, "tests/benchmarks"), quick=False),
    Step(
        "browser",
        "浏览器测试",
        (*PYTEST, "-m", "browser"),
        quick=False,
        apt=("chromium", "fonts-noto-cjk"),
    ),
    Step(
        "postgresql-15",
        "PostgreSQL 15 上的数据库测试",
        (*PYTEST, "-m", "database and not browser"),
        quick=False,
        apt=("postgresql-15",),
        postgresql_15=True,
    ),
)


def main(arguments: list[str]) -> None:
    """Run the steps asked for; exits with 1 and their names when any failed."""
    parser = argparse.ArgumentParser(prog="./huyuan test")
    parser.add_argument(
        "--quick", action="store_true", help="省去耗时长的测试、测速程序、浏览器和 PostgreSQL 15"
    )
    parser.add_argument("--only", choices=[step.name for step in STEPS], help="只做一步")
    options = parser.parse_args(arguments)
    chosen = [
        step
        for step in STEPS
        if (step.name == options.only if options.only else step.quick or not options.quick)
    ]
    failed = []
    begun = time.monotonic()
    for step in chosen:
        say(f"—— {step.title}（{step.name}）")
        start = time.monotonic()
        passed = run(step)
        say(f"{'通过' if passed else '未通过'}：{step.title}，{time.monotonic() - start:.1f} 秒")
        if not passed:
            failed.append(step)
    say(f"共 {len(chosen)} 步，{time.monotonic() - begun:.0f} 秒，{len(failed)} 步未通过")
    for step in failed:
        say(f"未通过：{step.title}    重做这一步：./huyuan test --only {step.name}")
    if failed:
        sys.exit(1)


def run(step: Step) -> bool:
    """Run one step in the clone, its output shown as it comes."""
    try:
        apt.require(*step.apt)
    except apt.AptMissing as missing:
        say(str(missing))
        return False
    with contextlib.ExitStack() as stack:
        environment = dict(os.environ)
        # A database that the developer works on is not the tests' to use.
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "HUYUAN_DATA"):
            environment.pop(name, None)
        if step.postgresql_15:
            environment["TEST_DATABASE_URL"] = stack.enter_context(debian_postgresql())
        return subprocess.run(step.command, cwd=ROOT, env=environment).returncode == 0


@contextlib.contextmanager
def debian_postgresql() -> Iterator[str]:
    """A throw-away cluster of Debian's PostgreSQL 15; yields its superuser's address."""
    with tempfile.TemporaryDirectory(prefix="huyuan-pg15-") as directory:
        Path(directory).chmod(0o711)
        server = postgres.Server(Path(directory) / "server", durable=False, binaries=apt.POSTGRESQL_15)
        try:
            server.start()
            yield server.url(postgres.SUPERUSER, "postgres")
        finally:
            server.stop()
