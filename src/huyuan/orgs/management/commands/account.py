"""./huyuan account: a way back in when no administrator can sign in any more."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from huyuan.kernel.days import SHANGHAI
from huyuan.kernel.errors import Refused
from huyuan.orgs.actions import issue_slips, reset_second_factor
from huyuan.orgs.actions.signing_in import find_account
from huyuan.orgs.actor import system_actor


class Command(BaseCommand):
    help = (
        "给一个账号发一张新的激活单，打印在这里。平时请由系统管理员在网页上办；这里留痕为“服务器上的操作员”。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="账号或手机号")
        parser.add_argument("--second", action="store_true", help="同时重置两步验证")

    def handle(self, *args: Any, **options: Any) -> None:
        now = datetime.now(UTC)
        account = find_account(options["name"])
        if account is None:
            raise CommandError("没有这个账号或手机号。请核对后再运行。")
        operator = system_actor("服务器上的操作员", account.county_id)
        try:
            if options["second"]:
                reset_second_factor(actor=operator, account_id=account.id, now=now)
            (slip,) = issue_slips(actor=operator, account_ids=[account.id], now=now)
        except Refused as refused:
            raise CommandError(refused.message) from None
        until = slip.expires_at.astimezone(SHANGHAI)
        self.stdout.write(f"账号　　{slip.account.username}（{slip.account.person.name}）")
        self.stdout.write(f"激活码　{slip.code}，到 {until:%Y-%m-%d %H:%M}，只能用一次")
        self.stdout.write(f"网址　　{settings.PUBLIC_URL}{reverse('orgs:activate')}")
