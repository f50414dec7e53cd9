"""./huyuan county: the first county of an empty installation."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from huyuan.kernel.days import SHANGHAI
from huyuan.kernel.errors import Refused
from huyuan.orgs.actions import Founding, found_county
from huyuan.packs.actions import install_all


class Command(BaseCommand):
    help = "建立县、教育局和第一位系统管理员，打印激活单。法规包装入文件库，启用与否由教育局决定。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--code", type=int, required=True, help="县的行政区划代码（GB/T 2260，6 位）")
        parser.add_argument("--name", required=True, help="县名，例如 青禾县")
        parser.add_argument("--bureau", help="教育局名称，不写就是 县名+教育局")
        parser.add_argument("--admin", required=True, help="第一位系统管理员的姓名")
        parser.add_argument("--phone", default="", help="这位管理员的手机号，可以不写")

    def handle(self, *args: Any, **options: Any) -> None:
        now = datetime.now(UTC)
        founding = Founding(
            code=options["code"],
            name=options["name"],
            bureau=options["bureau"] or f"{options['name']}教育局",
            admin=options["admin"],
            phone=options["phone"],
        )
        try:
            with transaction.atomic():
                slip = found_county(founding, now=now)
                install_all(now=now)
        except Refused as refused:
            raise CommandError(refused.message) from None
        until = slip.expires_at.astimezone(SHANGHAI)
        address = settings.PUBLIC_URL + reverse("orgs:activate")
        for line in (
            f"已建立：{founding.name}、{founding.bureau}，法规包已装入文件库。",
            "",
            "　　　　护园系统激活单",
            f"　姓　名　{founding.admin}（系统管理员）",
            f"　账　号　{slip.account.username}",
            f"　激活码　{slip.code}",
            f"　有效到　{until:%Y年%m月%d日 %H:%M}，只能用一次",
            f"　网　址　{address}",
            "",
            "激活码只显示这一次。请当面交给本人，在网页上设密码；设好后清掉屏幕和终端记录。",
        ):
            self.stdout.write(line)
