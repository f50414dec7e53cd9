"""Installing a pack of 100 clauses with their rules, beside the bare insert of the same rows."""

import argparse
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from benchmarks.bare import inserter, make_tables, written_by
from benchmarks.house import House
from benchmarks.measuring import percentile, statements, timed
from benchmarks.report import Report
from huyuan.packs import checking
from huyuan.packs.actions import install, install_all

REPEATS = 5
MANIFEST = {"version": "2026.1", "title": "测速用方案", "short": "测速", "nature": "directive"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--clauses 100`"""
    parser.add_argument("--clauses", type=int, default=100, help="clauses, each with one rule (default 100)")


def run(house: House, options: argparse.Namespace) -> Report:
    """One database with the packs on file, then made-up ones of the same size, one after the other."""
    database = house.database("packs")
    urls = {"superuser_url": database.superuser_url, "owner_url": database.owner_url}
    measured = database.run(measure, clauses=options.clauses, **urls)
    report = Report("packs", {"rows": measured.pop("rows")})
    title = (
        f"installing a pack, median of {REPEATS}; floor: its rows inserted bare, one statement for each table"
    )
    report.tables[title] = [measured]
    return report


def measure(clauses: int, superuser_url: str, owner_url: str) -> dict[str, Any]:
    """Milliseconds of the whole command's work, of reading and checking alone, and of the floor."""
    now = datetime.now(UTC)
    install_all(now=now)
    with tempfile.TemporaryDirectory() as directory:
        folders = [made_up(Path(directory), f"made-up-{number}", clauses) for number in range(REPEATS + 2)]
        written = written_by(lambda: install(folders[0], now=now), superuser_url)
        with statements() as sent:
            install(folders[1], now=now)
        whole = [timed(partial(install, folder, now=now))[1] for folder in folders[2:]]
        reading = [timed(partial(read_and_check, folder))[1] for folder in folders[2:]]
    insert = inserter(owner_url, written)
    floor = []
    for _ in range(REPEATS):
        make_tables(owner_url, written)
        floor.append(timed(insert)[1])
    return {
        "clauses": clauses,
        "rules": clauses,
        "statements": len(sent),
        "ms": percentile(whole, 50) * 1000,
        "reading_and_checking_ms": percentile(reading, 50) * 1000,
        "floor_statements": len(written),
        "floor_ms": percentile(floor, 50) * 1000,
        "ratio": percentile(whole, 50) / percentile(floor, 50),
        "rows": {table: len(rows) for table, _, rows in written},
    }


def read_and_check(folder: Path) -> None:
    """What `./huyuan packs check` does: the pack and everything on file that it may use."""
    library = checking.load(settings.PACKS_DIR, folder)
    checking.check(folder.name, library)


def made_up(directory: Path, key: str, clauses: int) -> Path:
    """A directive of so many clauses, each asking for one weekly check."""
    folder = directory / key
    folder.mkdir()
    contents: dict[str, Any] = {
        "pack.yaml": MANIFEST | {"key": key},
        "clauses.yaml": [
            {"key": str(number), "cite": f"第{number}条", "text": "学校每周开展一次安全隐患排查。"}
            for number in range(1, clauses + 1)
        ],
        "rules.yaml": [
            {
                "kind": "do",
                "key": f"check-{number}",
                "title": "每周排查隐患",
                "clauses": [str(number)],
                "theme": "hazard-closed-loop",
                "who": {"org": ["school", "kindergarten"]},
                "every": {"week": 1},
                "proof": {"act": "hazard-check"},
                "note": "测速用，不承担任何义务。",
            }
            for number in range(1, clauses + 1)
        ],
    }  # fmt: skip
    for name, content in contents.items():
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    return folder
