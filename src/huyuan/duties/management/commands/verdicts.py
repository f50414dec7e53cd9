"""`verdicts --org KEY --period 2026-10`: what an organisation owed in a month, and what came of it."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from huyuan.duties.commands import organisation
from huyuan.duties.queries import month_of
from huyuan.duties.queries.words import words
from huyuan.duties.rules.aggregate import share


def month(text: str) -> date:
    """2026-10 → its first day"""
    return date.fromisoformat(f"{text}-01")


class Command(BaseCommand):
    help = "列出一个单位某个月应做的工作、结论和理由"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--org", required=True, help="单位编号")
        parser.add_argument("--period", required=True, type=month, help="月份，如 2026-10")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: object, **options: Any) -> None:
        now = timezone.now()
        with organisation(options["org"], "命令行") as (actor, org):
            names = words()
            shown = month_of(actor, org_id=org.id, month=options["period"], now=now)
            items: list[dict[str, Any]] = [
                {
                    "rule": each.cell.binding.key,
                    "title": each.cell.binding.rule.title,
                    "clause": each.cell.binding.cite,
                    "part": each.cell.part,
                    "period": each.cell.period,
                    "due": each.cell.due_at.isoformat() if each.cell.due_at else None,
                    "verdict": each.verdict,
                    "marks": list(each.cell.marks),
                    "closed": each.closed,
                    "because": each.because(names),
                    "corrections": [item.becomes for item in each.corrections],
                }
                for each in shown
            ]
            figures = share(each.verdict for each in shown)
        if options["json"]:
            head = {"org": org.key, "period": f"{options['period']:%Y-%m}", "share": figures.percent}
            counts = dict(figures.counts)
            self.stdout.write(
                json.dumps({**head, "counts": counts, "items": items}, ensure_ascii=False, indent=1)
            )
            return
        for item in items:
            self.stdout.write(f"{item['title']}（{item['clause']}）")
            for line in item["because"]:
                self.stdout.write(f"    {line}")
        self.stdout.write(f"{org.name} {options['period']:%Y年%-m月}：完成率{figures.text}")
