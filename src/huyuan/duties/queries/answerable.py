"""Events as people choose them when they record what was done about one (`registers.answerable`)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from huyuan.duties.models import Event, Proof, Term
from huyuan.kernel.days import day_of, zh_date
from huyuan.registers.answerable import Answerable

RECENT = timedelta(days=366)
MOST = 200
"""So many events are offered, none older than `RECENT`."""


class Events:
    """The source of this package (`registers.answerable.Source`); two queries each."""

    def open_at(self, org_id: UUID, now: datetime) -> list[Answerable]:
        """The organisation's events that nobody has ended, the newest first."""
        mine = Event.objects.filter(
            org_id=org_id, ended_at=None, voided_at=None, known_at__lte=now, occurred_at__gt=now - RECENT
        )
        return lines(mine.order_by("-occurred_at", "-id")[:MOST])

    def named(self, ids: Collection[UUID]) -> list[Answerable]:
        """These events, ended ones too; voided ones did not happen."""
        return lines(Event.objects.filter(id__in=list(ids), voided_at=None))


def lines(events: QuerySet[Event]) -> list[Answerable]:
    """ "2026年10月14日 发现安全隐患：北楼屋面，开裂渗水（已登记：限期整改）"."""
    done = (
        Proof.objects.filter(answers=OuterRef("pk"), voided_at=None).order_by("act").values("act").distinct()
    )
    rows = list(
        events.annotate(done=ArraySubquery(done)).values_list(
            "id", "org_id", "event", "about", "occurred_at", "done"
        )
    )
    words = dict(
        Term.objects.filter(current=True, kind__in=("act", "event")).values_list("key", "zh") if rows else ()
    )
    return [
        Answerable(
            event_id,
            org_id,
            event,
            f"{zh_date(day_of(occurred_at))} {words.get(event, event)}"
            + (f"：{about}" if about else "")
            + (f"（已登记：{'、'.join(words.get(act, act) for act in acts)}）" if acts else ""),
        )
        for event_id, org_id, event, about, occurred_at, acts in rows
    ]
