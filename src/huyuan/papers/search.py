"""Papers for the search (`orgs.search`): notices, policies, submissions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from huyuan.kernel.days import day_of, zh_date
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import scope
from huyuan.orgs.search import Hit, Listed, as_day, containing
from huyuan.papers.models import Notice, NoticeRecipient, PaperKind, Policy, Submission

OF_ORG = ("org__name", "org__short_name")


class Notices(Listed):
    """Ad-hoc notices that the actor's organisations wrote or received."""

    name, zh = "notices", "通知"

    def rows(self, actor: Actor, asked: Sequence[str]) -> QuerySet[Any, Any]:
        """By title, number and issuer, the newest first."""
        received = NoticeRecipient.objects.filter(
            notice=OuterRef("pk"), org__in=scope(actor, "notice.answer")
        )
        seen = Notice.objects.filter(
            Q(org__in=scope(actor, "notice.issue")) | Exists(received) & ~Q(state="draft")
        )
        rows = containing(seen, asked, "title", "number", *OF_ORG).order_by("-written_at")
        return rows.values("id", "title", "number", "state", "due_at", "org__name")

    def hit(self, row: Mapping[str, Any], now: datetime) -> Hit:
        """2026年度安全检查 教育局 · 〔2026〕3号 · 2026年10月28日前"""
        states = dict(Notice.STATES)
        number = row["number"] or states[row["state"]]
        return Hit(
            str(row["id"]),
            row["title"],
            f"{row['org__name']} · {number} · {zh_date(as_day(row['due_at']))}前",
        )


class Policies(Listed):
    """Policy files (制度、预案) of organisations whose papers the actor may see; `key` is the
    organisation's."""

    name, zh = "policies", "制度"

    def rows(self, actor: Actor, asked: Sequence[str]) -> QuerySet[Any, Any]:
        """By title and organisation, the newest version first."""
        seen = Policy.objects.filter(org__in=scope(actor, "paper.view"))
        rows = containing(seen, asked, "title", "name", *OF_ORG).order_by("-from_day", "title", "-version")
        return rows.values("org_id", "title", "version", "from_day", "withdrawn_on", "org__name")

    def hit(self, row: Mapping[str, Any], now: datetime) -> Hit:
        """门卫制度 县二幼 · 第2版 · 2026年9月1日起"""
        withdrawn = row["withdrawn_on"] and as_day(row["withdrawn_on"]) <= day_of(now)
        return Hit(
            str(row["org_id"]),
            row["title"],
            f"{row['org__name']} · 第{row['version']}版 · {zh_date(as_day(row['from_day']))}起"
            + (" · 已停用" if withdrawn else ""),
        )


class Submissions(Listed):
    """Papers that were handed in, at both ends."""

    name, zh = "submissions", "报送材料"

    def rows(self, actor: Actor, asked: Sequence[str]) -> QuerySet[Any, Any]:
        """By title, month and sender, the newest first."""
        title = PaperKind.objects.filter(key=OuterRef("kind"), current=True).values("title")
        seen = Submission.objects.filter(
            Q(org__in=scope(actor, "paper.view")) | Q(to__in=scope(actor, "paper.receive"))
        ).annotate(title=Coalesce(Subquery(title), F("kind")))
        rows = containing(seen, asked, "title", "period", "name", *OF_ORG).order_by("-received_at", "id")
        return rows.values("id", "title", "period", "received_at", "org__name", "to__short_name")

    def hit(self, row: Mapping[str, Any], now: datetime) -> Hit:
        """三清单（2026-10） 县二幼 · 2026年10月28日报送教育局"""
        return Hit(
            str(row["id"]),
            f"{row['title']}（{row['period']}）",
            f"{row['org__name']} · {zh_date(as_day(row['received_at']))}报送{row['to__short_name']}",
        )
