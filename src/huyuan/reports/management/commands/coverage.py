"""`coverage [--json | --markdown]`: what became of every obligation of the catalogue."""

import json
import unicodedata
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from huyuan.packs import checking
from huyuan.packs.registry import known
from huyuan.reports.coverage import as_json, cover, table
from huyuan.reports.coverage_page import page


class Command(BaseCommand):
    help = "每条义务由什么承担"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        output = parser.add_mutually_exclusive_group()
        output.add_argument("--json", action="store_true", help="输出 JSON")
        output.add_argument(
            "--markdown", action="store_true", help="每句话由什么承担，即 docs/coverage.md 的内容"
        )

    def handle(self, *args: object, **options: Any) -> None:
        library = checking.load(settings.PACKS_DIR)
        broken = [key for key, reading in library.readings.items() if reading.problems]
        if broken:
            raise CommandError(f"法规包 {'、'.join(broken)} 有问题，请先运行 ./huyuan packs check")
        if options["markdown"]:
            self.stdout.write(page(library), ending="")
            return
        lines = cover(library)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(lines), ensure_ascii=False))
            return
        for name, *figures in table(lines, known(library.content(), "capabilities")):
            self.stdout.write(_pad(name, 40) + "".join(_pad(figure, 14) for figure in figures))


def _pad(text: str, width: int) -> str:
    """Left-aligned in a terminal, where Chinese characters take two columns."""
    used = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * max(1, width - used)
