"""./huyuan sample: load the sample county, list its accounts, or replay a campaign beside it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from huyuan.kernel.errors import Refused
from sample import load, replay


class Command(BaseCommand):
    help = "装入示例县；列出示例账号（--accounts）；另建一个区，重走一次专项行动（--replay）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="列出示例账号")
        parser.add_argument("--replay", action="store_true", help="另建一个区，逐日重走 2019 年的专项行动")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accounts"]:
            width = max(len(username) for username, *_ in load.ACCOUNTS)
            for username, _, _, what in load.ACCOUNTS:
                self.stdout.write(f"  {username:<{width}}  {load.PASSWORD}  {what}")
            return
        lines = replay.replay() if options["replay"] else load.create(timezone.now())
        try:
            for line in lines:
                self.stdout.write(line)
        except Refused as refused:
            raise CommandError(refused.message) from None
