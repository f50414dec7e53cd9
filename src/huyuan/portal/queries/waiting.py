"""What waits for somebody beside duties: papers to receive or to mend, signatures; how those looked after
stand. One statement each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce

from huyuan.duties.models import Tally
from huyuan.duties.rules.aggregate import Share
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import scope
from huyuan.papers.models import PaperKind, Submission
from huyuan.portal.queries.organisations import by_key
from huyuan.registers.models import Form, Signature
from huyuan.reports.queries import SEE, TOWN

SIGN_WITHIN = timedelta(days=31)
"""How long ago something may have happened that still asks for a partner's signature."""
MOST = 5


@dataclass(frozen=True)
class Papers:
    """Submissions of one kind and month that wait: `returned` ones of my own for the `reason` to be mended,
    others to be received. `first`: one of them."""

    kind: str
    title: str
    period: str
    returned: bool
    reason: str
    count: int
    first: UUID


def papers(actor: Actor) -> list[Papers]:
    """What was sent back to my organisations and not sent again, then what they have to receive."""
    again = Submission.objects.filter(
        org=OuterRef("org"),
        kind=OuterRef("kind"),
        period=OuterRef("period"),
        received_at__gt=OuterRef("received_at"),
    )
    to_receive = Q(to__in=scope(actor, "paper.receive"), acknowledged_at=None, returned_at=None)
    to_mend = Q(org__in=scope(actor, "paper.submit"), returned_at__isnull=False) & ~Exists(again)
    title = PaperKind.objects.filter(key=OuterRef("kind"), current=True).values("title")
    rows = (
        Submission.objects.filter(to_receive | to_mend)
        .annotate(
            returned=Case(When(returned_at=None, then=False), default=True, output_field=BooleanField()),
            title=Coalesce(Subquery(title), F("kind")),
        )
        .values("kind", "title", "period", "returned", "return_reason")
        .annotate(count=Count("id"), ids=ArrayAgg("id"))
        .order_by("-returned", "period", "title")
    )
    return [
        Papers(
            row["kind"],
            row["title"],
            row["period"],
            row["returned"],
            row["return_reason"],
            row["count"],
            row["ids"][0],
        )
        for row in rows
    ]


def unsigned(actor: Actor, now: datetime) -> Sequence[Mapping[str, Any]]:
    """Entries that name one of my organisations as a partner and wait for its signature, the newest first,
    `MOST` at most: entry_id, title, org_name, number, at."""
    personal = Form.objects.filter(spec__personal=True).values("id")
    rows = (
        Signature.objects.filter(
            org__in=scope(actor, "entry.sign"),
            signed_at=None,
            entry__state__in=("submitted", "confirmed"),
            entry__occurred_at__gt=now - SIGN_WITHIN,
            entry__org__in=scope(actor, "entry.view"),
        )
        .exclude(entry__form__in=personal)
        .order_by("-entry__occurred_at", "id")
        .values(
            "entry_id",
            title=F("entry__form__title"),
            org_name=F("entry__org__name"),
            number=F("entry__number"),
            at=F("entry__occurred_at"),
        )
    )
    return list(rows[:MOST])


class Standing(NamedTuple):
    """How a town, or one organisation, stands this month."""

    id: UUID
    name: str
    share: Share


def towns(actor: Actor, now: datetime) -> list[Standing]:
    """Those whom the actor looks after, town by town, by the figures of the last minute; the compliance
    pages, where each leads to, have them exactly."""
    name = Case(
        When(org__region__kind="village", then="org__region__parent__name"), default="org__region__name"
    )
    return _standing(actor, now, TOWN, name)


def organisations(actor: Actor, now: datetime) -> list[Standing]:
    """The same, each organisation for itself: for whoever looks after a single town."""
    return _standing(actor, now, F("org_id"), F("org__short_name"))


def _standing(actor: Actor, now: datetime, key: Case | F, name: Case | F) -> list[Standing]:
    rows: Sequence[tuple[UUID, str, str, int]] = list(
        Tally.objects.filter(
            county_id=actor.county_id, month=f"{day_of(now):%Y-%m}", org__in=scope(actor, SEE)
        )
        .exclude(org_id__in=actor.viewers)
        .annotate(key=key, name=name, stands=F("verdict"))
        .order_by("name", "key")
        .values_list("key", "name", "stands")
        .annotate(cells=Sum("cells"))
    )
    names = {key: name for key, name, _, _ in rows}
    shares = by_key((key, verdict, cells) for key, _, verdict, cells in rows)
    return [Standing(key, name, shares[key]) for key, name in names.items()]
