"""./huyuan trace verify"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from huyuan.trace.sealing import Verified, counties, verify


class Command(BaseCommand):
    help = "核对操作记录：重算整条封存链，指出第一条被改动的记录。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify"], help="verify：核对")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [verify(county_id) for county_id in counties()]
        for county in found:
            self.stdout.write(say(county))
        if any(county.broken for county in found):
            raise CommandError("操作记录被改动过。请保留数据库现状和备份，报告系统管理员。")


def say(county: Verified) -> str:
    """One county's result in two lines at most."""
    state = f"有问题：{county.broken}" if county.broken else "完好"
    tail = f"，另有 {county.unsealed} 条尚未封存" if county.unsealed else ""
    return f"{county.county_id}：已封存 {county.sealed} 条，{state}{tail}。末尾校验值 {county.head}"
