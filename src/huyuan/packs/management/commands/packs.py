"""`packs check | diff | install | list | adopt`: the library of directives on the command line."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from huyuan.packs import checking


class Command(BaseCommand):
    help = "法规包：检查、比较、安装、列出、采用"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, parser_class=argparse.ArgumentParser)
        check = commands.add_parser("check", help="检查法规包文件夹，一次列出全部问题；不写路径就检查全部")
        check.add_argument("path", nargs="?", type=Path)
        check.set_defaults(run=self.check_packs)

    def handle(self, *args: object, **options: Any) -> None:
        options["run"](options)

    def check_packs(self, options: dict[str, Any]) -> None:
        """Exit status 1 if anything is wrong."""
        path: Path | None = options["path"]
        library = checking.load(settings.PACKS_DIR, *([path.resolve()] if path else []))
        keys = [k for k, r in library.readings.items() if path is None or r.folder == path.resolve()]
        wrong = 0
        for key in keys:
            problems = checking.check(key, library)
            wrong += len(problems)
            for problem in problems:
                self.stdout.write(f"{library.readings[key].folder.name}/{problem}")
        if wrong:
            raise CommandError(f"{len(keys)}个法规包，{wrong}处问题")
        self.stdout.write(f"{len(keys)}个法规包，没有问题")
