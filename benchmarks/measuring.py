"""How seconds, statements and memory are taken."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection

Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What it returned and how many seconds it took."""
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def percentile(values: list[float], percent: int) -> float:
    """The value below which so many percent lie."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement sent while the block runs; savepoints count, BEGIN and COMMIT don't."""
    sent: list[str] = []

    def note(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(statement)
        return execute(statement, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def peak_memory() -> float:
    """The most memory that this process has held so far, in MB.

    The kernel's own mark of this program: `getrusage` would also count what the process that started it held.
    """
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024
