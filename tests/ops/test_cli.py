"""``./huyuan`` as a newcomer types it: lists, refuses clearly, starts a database only when one is needed."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config import cli

Huyuan = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def huyuan(environment: dict[str, str]) -> Huyuan:
    """Run a command as the script does; keywords become environment variables."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "config.cli", *arguments],
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_alone_it_lists_the_commands(huyuan: Huyuan, arguments: tuple[str, ...]) -> None:
    done = huyuan(*arguments)
    assert done.returncode == 0
    for name, sentence in cli.COMMANDS:
        assert f"  {name} " in done.stdout and sentence in done.stdout


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("packs check", False),
        ("packs check packs/base", False),
        ("packs install packs/base", True),
        ("packs install --help", False),
        ("coverage --json", False),
        ("scenarios packs/base --removal", False),
        ("makemigrations", False),
        ("verdicts --org a --period 2026-10", True),
        ("migrate", True),
    ],
)
def test_only_what_asks_a_database_gets_one(line: str, needed: bool) -> None:
    assert cli.needs_database(line.split()) is needed


def test_an_unknown_command_starts_nothing(huyuan: Huyuan, state: Path) -> None:
    done = huyuan("--data", str(state), "verdict")
    assert done.returncode == 1
    assert "没有“verdict”这条命令" in done.stderr
    assert not state.exists()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://u@h/c", "postgresql://"),
        ("postgresql://u@h", "库名"),
        ("postgresql://127.0.0.1:1/c", "连不上数据库"),
    ],
)
def test_a_missing_database_is_told_plainly(huyuan: Huyuan, state: Path, url: str, told: str) -> None:
    done = huyuan("--data", str(state), "shell", "-c", "print('ran')", DATABASE_URL=url)
    assert done.returncode == 1
    assert told in done.stderr and "Traceback" not in done.stderr
    assert "ran" not in done.stdout


@pytest.mark.parametrize("port", ["0", "65536", "web"])
def test_an_impossible_port_is_refused(huyuan: Huyuan, state: Path, port: str) -> None:
    done = huyuan("--data", str(state), "run", "--port", port)
    assert done.returncode == 2
    assert port in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_two_commands_at_once_wait_for_each_other(state: Path, environment: dict[str, str]) -> None:
    shell = ("-m", "config.cli", "--data", str(state), "shell", "-v0", "-c")
    ask = "from django.db import connection as c; print(*c.cursor().execute('SELECT 1').fetchone())"
    both = [
        subprocess.Popen([sys.executable, *shell, ask], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate(timeout=400)[0].strip() for process in both] == ["1", "1"]
    assert [process.returncode for process in both] == [0, 0]
