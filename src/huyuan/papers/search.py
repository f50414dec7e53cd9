"""Papers for the search (`orgs.search`): notices, policies, submissions; one statement each."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from huyuan.kernel.days import day_of, zh_date
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import scope
from huyuan.orgs.search import Hit, containing
from huyuan.papers.models import Notice, NoticeRecipient, PaperKind, Policy, Submission

OF_ORG = ("org__name", "org__short_name")


class Notices:
    """Ad-hoc notices that the actor's organisations wrote or received."""

    name, zh = "notices", "通知"

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """By title, number and issuer, the newest first."""
        received = NoticeRecipient.objects.filter(
            notice=OuterRef("pk"), org__in=scope(actor, "notice.answer")
        )
        seen = Notice.objects.filter(
            Q(org__in=scope(actor, "notice.issue")) | Exists(received) & ~Q(state="draft")
        )
        rows = containing(seen, asked, "title", "number", *OF_ORG).order_by("-written_at")
        states = dict(Notice.STATES)
        return [
            Hit(
                str(row["id"]),
                row["title"],
                f"{row['org__name']} · {row['number'] or states[row['state']]}"
                f" · {zh_date(day_of(row['due_at']))}前",
            )
            for row in rows.values("id", "title", "number", "state", "due_at", "org__name")[:most]
        ]


class Policies:
    """Policy files (制度、预案) of organisations whose papers the actor may see; `key` is the
    organisation's."""

    name, zh = "policies", "制度"

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """By title and organisation, the newest version first."""
        seen = Policy.objects.filter(org__in=scope(actor, "paper.view")).select_related("org")
        rows = containing(seen, asked, "title", "name", *OF_ORG).order_by("-from_day", "title", "-version")
        return [
            Hit(
                str(row.org_id),
                row.title,
                f"{row.org.name} · 第{row.version}版 · {zh_date(row.from_day)}起"
                + (" · 已停用" if row.withdrawn_on and row.withdrawn_on <= day_of(now) else ""),
            )
            for row in rows[:most]
        ]


class Submissions:
    """Papers that were handed in, at both ends."""

    name, zh = "submissions", "报送材料"

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """By title, month and sender, the newest first."""
        title = PaperKind.objects.filter(key=OuterRef("kind"), current=True).values("title")
        seen = (
            Submission.objects.filter(
                Q(org__in=scope(actor, "paper.view")) | Q(to__in=scope(actor, "paper.receive"))
            )
            .select_related("org", "to")
            .annotate(title=Coalesce(Subquery(title), F("kind")))
        )
        rows = containing(seen, asked, "title", "period", "name", *OF_ORG).order_by("-received_at", "id")
        return [
            Hit(
                str(row.id),
                f"{row.title}（{row.period}）",
                f"{row.org.name} · {zh_date(day_of(row.received_at))}报送{row.to.short_name}",
            )
            for row in rows[:most]
        ]
