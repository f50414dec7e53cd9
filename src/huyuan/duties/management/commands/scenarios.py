"""`scenarios [PATH]`: run the scenarios of packs, and show that each claim's carriers carry it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from huyuan.duties.scenarios import run_all, run_removals
from huyuan.packs import checking


class Command(BaseCommand):
    help = "运行法规包的场景（tests/*.yaml）；不写路径就运行全部"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, help="法规包文件夹")
        parser.add_argument("--key", help="只运行这一个场景")
        parser.add_argument("--removal", action="store_true", help="再逐个去掉承担者，看场景是否变红")

    def handle(self, *args: object, **options: Any) -> None:
        """Exit status 1 if anything is red, or stays green without its carrier."""
        path = options["path"].resolve() if options["path"] else None
        library = checking.load(settings.PACKS_DIR, *([path] if path else []))
        keys = [key for key, reading in library.readings.items() if path is None or reading.folder == path]
        unread = [f"{key}/{problem}" for key in keys for problem in library.readings[key].problems]
        for problem in unread:
            self.stdout.write(problem)
        if unread:
            raise CommandError(f"先改好这{len(unread)}处问题，再运行场景")
        ran = red = 0
        for key in keys:
            outcomes = list(run_all(library, key))
            if options["removal"]:
                outcomes += run_removals(library, key)
            for outcome in outcomes:
                if options["key"] and outcome.key != options["key"]:
                    continue
                ran += 1
                red += bool(outcome.faults)
                for fault in outcome.faults:
                    self.stdout.write(f"✗ {key}/{outcome.file}:{outcome.line} {outcome.key}\n  {fault}")
        if red:
            raise CommandError(f"{ran}次运行，{red}次不符")
        self.stdout.write(f"{ran}次运行，全部相符")
