"""`report campaign [--json] [--pack KEY] [--county CODE] [--until DAY]`: what a campaign came to."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from huyuan.duties.models import Adoption
from huyuan.kernel.days import day_of, zh_date
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import system_actor
from huyuan.orgs.queries import counties
from huyuan.orgs.session import acting
from huyuan.reports.campaign import Campaign, Checks, Hazards, campaign

PACK = "district-2019-campaign-report"


class Command(BaseCommand):
    help = "专项行动的各项数字，逐项从登记里数出来：campaign"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("which", choices=["campaign"], help="campaign：专项行动")
        parser.add_argument("--json", action="store_true", help="输出 JSON")
        parser.add_argument("--pack", default=PACK, help=f"方案的编号（不写：{PACK}）")
        parser.add_argument("--county", type=int, help="县（区）代码；只有一个县（区）采用时可以不写")
        parser.add_argument(
            "--until", type=date.fromisoformat, help="截至哪一天，如 2019-07-30（不写：今天）"
        )

    def handle(self, *args: object, **options: Any) -> None:
        county = options["county"] or the_one_that_adopted(options["pack"])
        actor = system_actor("命令行", county)
        with acting(actor):
            try:
                found = campaign(actor, options["pack"], options["until"] or day_of(timezone.now()))
            except Refused as refused:
                raise CommandError(refused.message) from None
        if options["json"]:
            self.stdout.write(json.dumps(as_json(found), ensure_ascii=False, indent=1))
            return
        for line in as_text(found):
            self.stdout.write(line)


def the_one_that_adopted(pack: str) -> int:
    """The county that runs the campaign, where there is only one."""
    adopted = []
    for county in counties():
        with acting(system_actor("命令行", county)):
            if Adoption.objects.filter(county_id=county, pack_key=pack).exists():
                adopted.append(county)
    if len(adopted) != 1:
        which = "、".join(map(str, adopted)) or "没有"
        raise CommandError(f"采用方案 {pack} 的县（区）：{which}。请用 --county 写明是哪一个。")
    return adopted[0]


def as_json(found: Campaign) -> dict[str, Any]:
    """The figures with keys for programs; days as YYYY-MM-DD, rates in whole percents."""

    def gone(hazards: Hazards) -> dict[str, int | None]:
        return {"found": hazards.found, "closed": hazards.closed, "rate": hazards.rate}

    return {
        "title": found.title,
        "adopter": found.adopter,
        "from": found.first.isoformat(),
        "until": found.until.isoformat(),
        "schools": found.schools,
        "hazards": gone(found.hazards)
        | {"by_category": {key: gone(one) for key, _, one in found.categories}},
        "checks": asdict(found.checks) | {"by_month": {month: asdict(one) for month, one in found.months}},
        "agencies": [
            {"name": one.name, "checks": asdict(one.checks), "fixed": one.fixed} for one in found.agencies
        ],
    }


def as_text(found: Campaign) -> Iterator[str]:
    """The figures for people, a line each."""

    def gone(hazards: Hazards) -> str:
        rate = "—" if hazards.rate is None else f"{hazards.rate}%"
        return f"{hazards.found}处，已整改销号{hazards.closed}处，整改完成率{rate}"

    def went(checks: Checks) -> str:
        return f"{checks.times}次，出动{checks.people}人次"

    yield f"{found.title}（{found.adopter}，{zh_date(found.first)}至{zh_date(found.until)}）"
    yield f"摸排学校（校区）　{found.schools}所"
    yield f"隐患　　　　　　　{gone(found.hazards)}"
    for _, words, hazards in found.categories:
        yield f"　　{words}　{gone(hazards)}"
    yield f"检查整治　　　　　{went(found.checks)}"
    for month, checks in found.months:
        yield f"　　{month}　{went(checks)}"
    yield "各单位"
    for agency in found.agencies:
        yield f"　　{agency.name}　检查整治{went(agency.checks)}，整改隐患{agency.fixed}处"
