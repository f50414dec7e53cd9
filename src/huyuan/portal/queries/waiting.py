"""What waits for somebody beside duties: papers to receive or to mend, signatures; how those looked after
stand. All of it in one statement (`at_once`)."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from huyuan.cases.queries import turns
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

Rows = QuerySet[Any, Any]


def at_once(**asked: Rows) -> dict[str, list[dict[str, Any]]]:
    """Several lists of `values()` in one statement, each under its name; ids and instants are texts, as JSON
    has them."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in asked}
    parts: list[str] = []
    params: list[Any] = []
    for name, rows in asked.items():
        try:
            sql, given = rows.query.sql_with_params()
        except EmptyResultSet:
            # It is known without asking that there is nothing.
            continue
        parts.append(f"SELECT '{name}', (SELECT json_agg(listed) FROM ({sql}) AS listed)")
        params += given
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), params)
            found |= {name: rows or [] for name, rows in cursor.fetchall()}
    return found


def papers(actor: Actor) -> Rows:
    """Submissions of one kind and month that wait, how many and which (`ids`): what was sent back to my
    organisations and not sent again (`returned`, for the `return_reason` to be mended), then what they have
    to receive."""
    again = Submission.objects.filter(
        org=OuterRef("org"),
        kind=OuterRef("kind"),
        period=OuterRef("period"),
        received_at__gt=OuterRef("received_at"),
    )
    to_receive = Q(to__in=scope(actor, "paper.receive"), acknowledged_at=None, returned_at=None)
    to_mend = Q(org__in=scope(actor, "paper.submit"), returned_at__isnull=False) & ~Exists(again)
    title = PaperKind.objects.filter(key=OuterRef("kind"), current=True).values("title")
    return (
        Submission.objects.filter(to_receive | to_mend)
        .annotate(
            returned=Case(When(returned_at=None, then=False), default=True, output_field=BooleanField()),
            title=Coalesce(Subquery(title), F("kind")),
        )
        .values("kind", "title", "period", "returned", "return_reason")
        .annotate(count=Count("id"), ids=ArrayAgg("id"))
        .order_by("-returned", "period", "title")
    )


def cases(actor: Actor) -> Rows:
    """Hazards and disputes of which one of my organisations has the turn, what is due first, `MOST` at most:
    id, kind, state, number, spot, description, org_name, lane, due_at, judged_at."""
    fields = ("id", "kind", "state", "number", "spot", "description", "lane", "due_at", "judged_at")
    return turns(actor, MOST).values(*fields, org_name=F("org__short_name"))


def unsigned(actor: Actor, now: datetime) -> Rows:
    """Entries that name one of my organisations as a partner and wait for its signature, the newest first,
    `MOST` at most: entry_id, title, org_name, number, at."""
    personal = Form.objects.filter(spec__personal=True).values("id")
    return (
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
        )[:MOST]
    )


def towns(actor: Actor, now: datetime) -> Rows:
    """Figures of those whom the actor looks after, town by town, as of the last minute; the compliance pages,
    where each leads to, have them exactly."""
    name = Case(
        When(org__region__kind="village", then="org__region__parent__name"), default="org__region__name"
    )
    return _figures(actor, now, TOWN, name)


def organisations(actor: Actor, now: datetime) -> Rows:
    """The same, each organisation for itself: for whoever looks after a single town."""
    return _figures(actor, now, F("org_id"), F("org__short_name"))


def _figures(actor: Actor, now: datetime, key: Case | F, name: Case | F) -> Rows:
    return (
        Tally.objects.filter(
            county_id=actor.county_id, month=f"{day_of(now):%Y-%m}", org__in=scope(actor, SEE)
        )
        .exclude(org_id__in=actor.viewers)
        .annotate(key=key, name=name, stands=F("verdict"))
        .order_by("name", "key")
        .values("key", "name", "stands")
        .annotate(cells=Sum("cells"))
    )


class Standing(NamedTuple):
    """How a town, or one organisation, stands this month."""

    id: str
    name: str
    share: Share


def standings(figures: list[dict[str, Any]]) -> list[Standing]:
    """The figures of `towns` or `organisations`, each as a whole."""
    shares = by_key((row["key"], row["stands"], row["cells"]) for row in figures)
    names = {row["key"]: row["name"] for row in figures}
    return [Standing(key, name, shares[key]) for key, name in names.items()]
