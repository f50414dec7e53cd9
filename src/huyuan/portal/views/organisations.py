"""Organisations: the list of those I have to do with, and the page of one.

People appear only as holders of posts.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from huyuan.duties.rules.aggregate import Share
from huyuan.duties.rules.verdicts import Verdict
from huyuan.kernel.days import day_of, zh_date, zh_day
from huyuan.orgs.models import Bell, Place
from huyuan.orgs.permissions import allowed, reached
from huyuan.orgs.queries import HeldPost
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.vocabulary import kinds_on
from huyuan.papers.models import Submission
from huyuan.portal.frame import ANSWERABLE_POSTS, COUNTY_POSTS
from huyuan.portal.queries import organisations as queries
from huyuan.portal.queries.library import Library, library
from huyuan.portal.queries.organisations import Filters, Words
from huyuan.risks.queries import keeps_list

PAGE = 50


@require_safe
def organisations(request: SignedInRequest) -> HttpResponse:
    """The organisations I may see, by kind and town, with this month's share."""
    today = day_of(request.now)
    given = request.GET
    text = given.get("text", "").strip()[:60].replace("\0", "")
    filters = Filters(text, given.get("kind", ""), given.get("town", ""))
    words = queries.words()
    pages = Paginator(queries.listed(request.actor, filters, today), PAGE)
    shown = pages.get_page(given.get("page"))
    rows = list(shown.object_list)
    shares = queries.shares(request.actor, [row["id"] for row in rows], f"{today:%Y-%m}")
    query = {name: given[name] for name in ("text", "kind", "town") if given.get(name)}
    context = {
        "rows": [list_row(row, words, shares.get(row["id"])) for row in rows],
        "filters": [
            {"name": "text", "label": "名称", "type": "search", "value": filters.text},
            picker("kind", "类别", words.kinds, filters.kind),
            picker(
                "town", "乡镇", {town: town for town in queries.towns(request.actor.county_id)}, filters.town
            ),
        ],
        "found": pages.count,
        "page": shown.number,
        "pages": pages.num_pages,
        "prefix": f"?{urlencode({**query, 'page': ''})}",
        "filtered": bool(query),
        "month": today.month,
        "may_import": bool(reached(request.actor, "org.alter")),
    }
    return render(request, "portal/organisations.html", context)


def picker(name: str, label: str, options: Mapping[str, str], value: str) -> dict[str, Any]:
    """A filter that offers a list."""
    offered = [{"value": key, "label": text} for key, text in options.items()]
    return {"name": name, "label": label, "type": "select", "options": offered, "value": value}


def list_row(row: Mapping[str, Any], words: Words, share: Share | None) -> dict[str, Any]:
    """One row of the list."""
    kind = words.kinds.get(row["kind"], row["kind"])
    judged = share and share.judged
    return {
        "url": reverse("portal:organisation", args=[row["id"]]),
        "name": {"text": row["name"], "hint": f"{kind} · {row['town']}"},
        "pupils": int(row["pupils"]) if row["pupils"] is not None else None,
        "share": {"text": share.text, "hint": f"{share.done}／{judged}"} if share and judged else None,
    }


@require_safe
def organisation(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """One organisation: facts with their dates, posts and holders, partners, how this month stands."""
    today = day_of(request.now)
    month = f"{today:%Y-%m}"
    page = queries.page(request.actor, org_id, [month], request.now)
    words = queries.words()
    known = library()
    region = page.org.region
    context = {
        "org": page.org,
        "kind": words.kinds.get(page.org.kind, page.org.kind),
        "region": region.name,
        "parent": page.org.parent,
        "facts": facts(page.facts, words),
        "posts": None if page.posts is None else posts(page.posts, words),
        "vacant": sum(held.vacant for held in page.posts or ()),
        "agencies": [{"kind": words.kinds.get(kind, kind), "name": name} for kind, name in page.agencies],
        "places": [f"{name}（{dict(Place.KINDS)[kind]}）" for kind, name in page.places],
        "bells": [bell(row) for row in page.bells],
        "by_theme": theme_rows(page.months[month], known),
        "ledgers": [
            {**one, "url": f"{reverse('registers:ledger', args=[one['key']])}?org={org_id}"}
            for one in page.ledgers
        ],
        "sees_duties": page.sees_duties,
        "may_alter": page.may_alter,
        "sees_risks": keeps_list(page.org.kind) and allowed(request.actor, "risk-point.see", org_id),
        "surrounded": page.org.kind in kinds_on("school") and allowed(request.actor, "venue.see", org_id),
        "kept": page.kept,
        "missing": [one.spec.title for one in page.kept or () if one.required and one.in_force is None],
        "sent": [sent_row(one, known.words) for one in queries.sent(request.actor, org_id)],
        "month": f"{today.year}年{today.month}月",
    }
    return render(request, "portal/organisation.html", context)


def sent_row(one: Submission, names: Mapping[str, str]) -> dict[str, str]:
    """A paper that was handed in, and how far it came."""
    state = "已退回" if one.returned_at else "已签收" if one.acknowledged_at else "待签收"
    return {
        "title": f"{names.get(f'paper:{one.kind}', one.kind)}（{one.period}）",
        "url": reverse("papers:submission", args=[one.id]),
        "note": f"{zh_day(day_of(one.received_at))}报送{one.to.short_name}，{state}",
    }


def facts(rows: Sequence[Mapping[str, Any]], words: Words) -> list[dict[str, Any]]:
    """The attributes in force, in the order of the vocabulary; each with the day from which it holds."""
    found = {row["key"]: row for row in rows}
    known = [key for key in words.facts if key in found]
    listed = []
    for key in [*known, *sorted(found.keys() - set(known))]:
        name, values = words.facts.get(key, (key, {}))
        row = found[key]
        text = "、".join(values.get(part, YES_NO.get(part, part)) for part in row["text"].split(","))
        listed.append({"key": name, "value": {"text": text, "hint": f"{zh_date(row['from_day'])}起"}})
    return listed


YES_NO = {"yes": "是", "no": "否"}


def posts(held_posts: list[HeldPost], words: Words) -> list[dict[str, Any]]:
    """Every post with who holds it, in the order of the vocabulary."""
    return [
        {
            "post": held.post.title,
            "first": held.vacant or held.post.kind in FIRST,
            "holders": [f"{one.name}{'（代理）' if one.acting else ''}" for one in held.holders],
            "since": zh_date(min(one.from_day for one in held.holders)) if held.holders else "",
        }
        for held in in_order(held_posts, words)
    ]


def in_order(held_posts: list[HeldPost], words: Words) -> list[HeldPost]:
    """The posts in the order of the vocabulary."""
    order = {kind: place for place, kind in enumerate(words.posts)}
    return sorted(held_posts, key=lambda held: (order.get(held.post.kind, len(order)), held.post.title))


# Posts shown at once; teachers and guards fold away.
FIRST = ANSWERABLE_POSTS | COUNTY_POSTS


def bell(row: Mapping[str, Any]) -> dict[str, str]:
    """上学 07:30; 值班时段 08:00—20:00"""
    name = dict(Bell.KINDS)[row["kind"]]
    until = f"—{row['ends']:%H:%M}" if row["ends"] else ""
    return {"name": name, "time": f"{row['starts']:%H:%M}{until}"}


def theme_rows(themes: Mapping[str, Share], known: Library) -> list[dict[str, Any]]:
    """How the month stands, theme by theme in the vocabulary's order."""
    told = [key for key in sorted(themes, key=known.order) if any(themes[key].counts[one] for one in BARS)]
    return [bar_row(known.themes.get(key, key), themes[key]) for key in told]


BARS: tuple[Verdict, ...] = ("met", "late", "missed", "overdue", "unknown")


def bar_row(label: str, share: Share, url: str = "", verdicts: Sequence[Verdict] = BARS) -> dict[str, Any]:
    """A row of `parts.bar_table`: what was asked and how it stands."""
    parts = [{"verdict": verdict, "count": share.counts[verdict]} for verdict in verdicts]
    return {"label": label, "parts": parts, "figure": share.text, "url": url}
