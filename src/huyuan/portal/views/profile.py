"""一校一档: everything on file about one organisation, each with where it comes from, for print on A4."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from huyuan.duties.rules.aggregate import Share
from huyuan.duties.rules.verdicts import Verdict
from huyuan.kernel.days import SHANGHAI, day_of, zh_date
from huyuan.orgs.models import Place
from huyuan.orgs.queries import HeldPost
from huyuan.orgs.request import SignedInRequest
from huyuan.papers.queries import Kept
from huyuan.portal.figures import done_text
from huyuan.portal.queries import profile as queries
from huyuan.portal.queries.library import Library, library
from huyuan.portal.queries.organisations import Words, words
from huyuan.portal.views.organisations import bell, facts, in_order

SHOWN_VERDICTS: tuple[Verdict, ...] = ("met", "late", "missed", "overdue", "unknown", "waived")


@require_safe
def profile(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """The file of one organisation as it stands today."""
    found = queries.profile(request.actor, org_id, request.now)
    page, names, known = found.page, words(), library()
    today = day_of(request.now)
    months = list(page.months)
    context = {
        "org": page.org,
        "kind": names.kinds.get(page.org.kind, page.org.kind),
        "region": page.org.region.name,
        "parent": page.org.parent,
        "today": zh_date(today),
        "at": request.now.astimezone(SHANGHAI),
        "facts": facts(page.facts, names),
        "posts": None if page.posts is None else posts(page.posts, names),
        "guards": None if found.guards is None else [guard(row, today) for row in found.guards],
        "places": places(page.places),
        "bells": [bell(row) for row in page.bells],
        "classes": page.classes,
        "agencies": [{"kind": names.kinds.get(kind, kind), "name": name} for kind, name in page.agencies],
        "ledgers": [
            {
                "url": f"{reverse('registers:ledger', args=[one['key']])}?org={org_id}",
                "title": one["title"],
                "theme": known.themes.get(one["theme"], "其他"),
                "count": one["count"],
                "last": zh_date(day_of(one["last"])),
            }
            for one in page.ledgers
        ],
        "kept": None if page.kept is None else [policy(one) for one in page.kept],
        "months": [f"{int(month[5:])}月" for month in months],
        "by_theme": [
            theme_row(org_id, theme, page.months, known)
            for theme in sorted(told(page.months), key=known.order)
        ],
        "directives": [f"《{version.title}》" for version in found.directives],
    }
    return render(request, "portal/profile.html", context)


def posts(held_posts: list[HeldPost], names: Words) -> list[dict[str, Any]]:
    """Every post with its holders, one row each."""
    return [row for held in in_order(held_posts, names) for row in rows_of(held)]


def rows_of(held: HeldPost) -> list[dict[str, Any]]:
    """A post with each of its holders; vacant: one row that says so."""
    if held.vacant:
        return [{"post": held.post.title, "name": {"status": "overdue", "word": "空缺"}}]
    return [
        {
            "post": held.post.title,
            "name": f"{one.name}{'（代理）' if one.acting else ''}",
            "since": zh_date(one.from_day),
        }
        for one in held.holders
    ]


def guard(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A guard with the certificate on file, and whether it is valid today."""
    until = row["valid_until"]
    if row["certificate"] is None:
        state = {"status": "unknown", "word": "没有登记证件"}
    elif until and until < today:
        state = {"status": "overdue", "word": "已过期"}
    else:
        state = {"status": "met", "word": "有效"}
    return {
        "name": row["person__name"],
        "post": row["post__title"],
        "since": zh_date(row["from_day"]),
        "number": row["number"] or None,
        "until": zh_date(until) if until else None,
        "state": state,
    }


def places(rows: list[tuple[str, str]]) -> list[dict[str, str]]:
    """Gates, buildings and other places, kind by kind."""
    kinds = dict(Place.KINDS)
    by_kind: dict[str, list[str]] = {kind: [] for kind in kinds}
    for kind, name in rows:
        by_kind[kind].append(name)
    return [
        {"kind": f"{kinds[kind]}（{len(names)}）", "names": "、".join(names)}
        for kind, names in by_kind.items()
        if names
    ]


def policy(one: Kept) -> dict[str, Any]:
    """A kind of policy: what is in force, or that it is missing."""
    if one.in_force is None:
        state = {"status": "overdue", "word": "缺"} if one.required else {"text": "已停用"}
        return {"title": one.spec.title, "state": state}
    review = one.in_force.review_on
    return {
        "title": one.spec.title,
        "name": one.in_force.title,
        "version": f"第{one.in_force.version}版",
        "since": zh_date(one.in_force.from_day),
        "review": zh_date(review) if review else None,
        "state": {"status": "overdue", "word": "应复审"}
        if one.review_due
        else {"status": "met", "word": "在用"},
    }


def told(months: Mapping[str, Mapping[str, Share]]) -> set[str]:
    """The themes of which there is something to say in one of the months."""
    return {
        theme
        for themes in months.values()
        for theme, share in themes.items()
        if any(share.counts[verdict] for verdict in SHOWN_VERDICTS)
    }


def theme_row(
    org_id: UUID, theme: str, months: Mapping[str, Mapping[str, Share]], known: Library
) -> dict[str, Any]:
    """A theme's figures: the share of each month, and the counts of the running one."""
    (before, month) = months
    share = months[month].get(theme) or Share(Counter())
    earlier = months[before].get(theme) or Share(Counter())
    page = reverse("portal:compliance-org", args=[org_id])
    return {
        "url": f"{page}?{urlencode({'month': month, 'theme': theme})}",
        "name": known.themes.get(theme, theme),
        "before": {"text": earlier.text, "hint": done_text(earlier)},
        "now": {"text": share.text, "hint": done_text(share)},
        **{verdict: share.counts[verdict] for verdict in SHOWN_VERDICTS},
    }
