"""./huyuan sample: load the sample county, or list its accounts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from sample import load


class Command(BaseCommand):
    help = "装入示例县，或列出示例账号（--accounts）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="列出示例账号")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accounts"]:
            width = max(len(username) for username, *_ in load.ACCOUNTS)
            for username, _, _, what in load.ACCOUNTS:
                self.stdout.write(f"  {username:<{width}}  {load.PASSWORD}  {what}")
            return
        for line in load.create(timezone.now()):
            self.stdout.write(line)
