"""Today: everything that is asked of me, over all my posts."""

from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from huyuan.cases.queries import LANES, voices_waiting
from huyuan.cases.rules import WAYS
from huyuan.duties.rules.verdicts import Verdict
from huyuan.duties.schema import WhenRule
from huyuan.kernel.days import day_of, zh_day, zh_deadline
from huyuan.notify.queries import unread
from huyuan.orgs.actor import Actor
from huyuan.orgs.request import SignedInRequest
from huyuan.papers.queries import Waiting, waiting_notices
from huyuan.papers.rules import ASKS
from huyuan.portal import addresses, rules
from huyuan.portal.frame import ADOPTING_POSTS, ANSWERABLE_POSTS, BUREAU_POSTS, COUNTY_POSTS
from huyuan.portal.queries import beginning, directives, village_returns, waiting
from huyuan.portal.queries import today as queries
from huyuan.portal.queries.library import Library, Text, library, texts_of
from huyuan.portal.queries.sign_on import offers_of
from huyuan.portal.rules import BUCKETS, Duty
from huyuan.portal.views.organisations import bar_row
from huyuan.portal.views.sign_on import shown
from huyuan.registers.queries import (
    Pile,
    at_hand,
    my_drafts,
    piles_of,
    tables_waiting,
    waiting_for_confirmation,
)
from huyuan.risks import queries as risk_queries
from huyuan.risks.views.notices import kind_zh

FOLDED = ("later", "unknown")
DUE: tuple[Verdict, ...] = ("met", "late", "missed", "overdue")
MESSAGES = 5
NAMED = 3
# Posts that look after the schools of one town, each of which they know.
LOCAL_POSTS = frozenset({"town-officer", "town-leader", "police-liaison"})


@require_safe
def today(request: SignedInRequest) -> HttpResponse:
    """Owed, overdue, waiting for my confirmation, begun and not handed in, messages; or plainly nothing."""
    actor, now = request.actor, request.now
    day = day_of(now)
    known = library()
    asked = queries.asked_of(actor, now)
    cells = [cell for one in asked for duty in one.duties for cell in (duty.cell, *duty.also)]
    texts = texts_of(known, {cell.binding.rule_id for cell in cells})
    posts = {holding.post_kind for holding in actor.holdings}
    several = len({holding.org_id for holding in actor.holdings}) > 1
    shown_posts = len(actor.holdings) > 1
    offers = offers_of(actor, (cell for one in asked for cell in one.windows), now)
    steps = beginning.steps(actor, day) if posts & ADOPTING_POSTS and not asked else []
    waits = waiting.at_once(
        messages=unread(actor).values("id", "text", "url")[:MESSAGES],
        papers=waiting.papers(actor),
        risks=risk_queries.waiting(actor, now),
        cases=waiting.cases(actor),
        voices=voices_waiting(actor, now),
        **looking_after(actor, posts, now),
    )
    context = {
        "today": day,
        "groups": [
            {
                "name": one.org_name if several else "",
                "buckets": [
                    {
                        "key": name,
                        "label": BUCKETS[name],
                        "folded": name in FOLDED,
                        "duties": [row(request, duty, known, texts, shown_posts) for duty in duties],
                    }
                    for name, duties in rules.arranged(one.duties, day).items()
                ],
                "others": one if posts & ANSWERABLE_POSTS and one.others else None,
            }
            for one in asked
        ],
        "sign_on": shown(request, offers) if offers else None,
        "at_hand": buttons(actor, several),
        "to_confirm": [pile_line(pile) for pile in piles_of(waiting_for_confirmation(actor, day))],
        "tables_to_confirm": tables_waiting(actor, day),
        "drafts": my_drafts(actor),
        "messages": waits["messages"],
        "to_answer": [notice_line(one, now) for one in waiting_notices(actor)]
        if posts & (COUNTY_POSTS | ANSWERABLE_POSTS)
        else [],
        "risks": [risk_line(one, now) for one in waits["risks"]],
        "papers": [paper_line(one) for one in waits["papers"]],
        "cases": [
            *(voice_line(one) for one in waits["voices"]),
            *(case_line(one, now) for one in waits["cases"]),
        ],
        "unsigned": [signature_line(one) for one in waits.get("unsigned", ())],
        "undecided": undecided(request) if posts & BUREAU_POSTS else [],
        "looked_after": looked_after(waits["figures"], posts) if "figures" in waits and not steps else None,
        "beginning": steps,
        "urgent": sum(
            rules.bucket(duty.cell, day) in ("overdue", "today", "week")
            for one in asked
            for duty in one.duties
        ),
    }
    return render(request, "portal/today.html", context)


def buttons(actor: Actor, several: bool) -> list[dict[str, str]]:
    """What nobody plans: forms, and the pages on which risk notices are written and the villages' returns are
    collected."""
    forms = [
        {
            "url": f"{reverse('registers:fill', args=[one.spec.key])}?org={one.org_id}",
            "title": f"{one.org_name}：{one.spec.title}" if several else one.spec.title,
        }
        for one in at_hand(actor)
    ]
    pages = (
        ("发风险提示", "risks:notice-new", bool(risk_queries.issuers(actor))),
        ("村级排查表", "portal:village-returns", village_returns.offered(actor)),
    )
    return [*forms, *({"url": reverse(name), "title": title} for title, name, mine in pages if mine)]


def undecided(request: SignedInRequest) -> list[str]:
    """Matters whose rules can't be compared and that nobody has settled yet."""
    return [one.matter.zh for one in directives.met_matters(request.actor, request.now) if one.undecided]


def pile_line(pile: Pile) -> dict[str, str]:
    """Entries of one ledger that wait for my confirmation; a single one leads to itself, several to the
    ledger, where they are confirmed together."""
    first, several = pile.entries[0], len(pile.entries) > 1
    if not several:
        note = f"{first.filler_name} 提交 · {first.number}"
        return {"url": reverse("registers:entry", args=[first.id]), "title": pile.form.title, "note": note}
    names = list(dict.fromkeys(entry.filler_name for entry in pile.entries))
    return {
        "url": f"{reverse('registers:ledger', args=[pile.form.key])}?{urlencode(pile.query)}#waiting",
        "title": f"{pile.form.title}（{len(pile.entries)} 份）",
        "note": f"{'、'.join(names[:NAMED])}{'等' if len(names) > NAMED else ''} 提交 · 可以一起确认",
    }


def notice_line(one: Waiting, now: datetime) -> dict[str, Any]:
    """A notice that one of my organisations has not answered."""
    overdue = one.due_at <= now
    return {
        "url": reverse("papers:notice", args=[one.notice_id]),
        "title": one.title,
        "note": f"{one.issuer} · {one.org_name} · {ASKS[one.asks]} · {zh_deadline(one.due_at, now)}"
        + (f" · 被退回：{one.return_reason}" if one.return_reason else ""),
        "verdict": "overdue" if overdue or one.return_reason else "owed",
        "word": "已退回" if one.return_reason else "已过期" if overdue else "待报" if one.read else "待签收",
    }


def risk_line(one: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A risk notice for which one of my organisations has not signed."""
    sign_by = datetime.fromisoformat(one["sign_by"])
    overdue = sign_by <= now
    until = zh_day(day_of(datetime.fromisoformat(one["ends"])))
    return {
        "url": reverse("risks:notice", args=[one["notice_id"]]),
        "title": f"{kind_zh(one['kind'])}风险：{one['place']}",
        "note": f"{one['issued_by']} · {one['org_name']} · 到{until} · {zh_deadline(sign_by, now)}签收",
        "verdict": "overdue" if overdue else "owed",
        "word": "超时未签收" if overdue else "待签收",
    }


def paper_line(one: Mapping[str, Any]) -> dict[str, Any]:
    """Papers of one kind and month; a single one leads to itself, several to the inbox."""
    which = {"kind": one["kind"], "period": one["period"], "state": "received"}
    several = one["count"] > 1 and not one["returned"]
    return {
        "title": f"{one['title']}（{one['period']}）",
        "returned": one["returned"],
        "reason": one["return_reason"],
        "count": one["count"],
        "url": f"{reverse('papers:inbox')}?{urlencode(which)}"
        if several
        else reverse("papers:submission", args=[one["ids"][0]]),
    }


def case_line(one: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A hazard or a dispute of which one of my organisations has the turn."""
    due_at = datetime.fromisoformat(one["due_at"]) if one["due_at"] else None
    judged_at = datetime.fromisoformat(one["judged_at"]) if one["judged_at"] else None
    overdue = judged_at is not None and judged_at <= now
    note = f"{one['org_name']} · {one['number']}"
    way = WAYS[one["kind"]]
    word = way.case.states[one["state"]] if way.confidential else LANES[one["lane"]]
    return {
        "url": reverse("cases:case", args=[one["id"]]),
        "title": f"{one['spot']}，{one['description']}".rstrip("，"),
        "note": f"{note} · {zh_deadline(due_at, now)}" if due_at else note,
        "verdict": "overdue" if overdue else "owed",
        "word": "超期" if overdue else word,
    }


def voice_line(one: Mapping[str, Any]) -> dict[str, Any]:
    """What parents and the public reported to one of my organisations and nobody answered."""
    overdue = one["overdue"]
    return {
        "url": reverse("cases:voices"),
        "title": f"家长和群众反映，{one['count']} 件待答复",
        "note": f"{one['org_name']} · {overdue} 件超期" if overdue else one["org_name"],
        "verdict": "overdue" if overdue else "owed",
        "word": "超期" if overdue else "待答复",
    }


def signature_line(one: Mapping[str, Any]) -> dict[str, str]:
    """An entry in which another organisation names mine as a partner."""
    return {
        "url": reverse("registers:entry", args=[one["entry_id"]]),
        "title": f"{one['title']}：{one['org_name']}",
        "note": f"{zh_day(day_of(datetime.fromisoformat(one['at'])))} · {one['number']}",
    }


def looking_after(actor: Actor, posts: Set[str], now: datetime) -> dict[str, waiting.Rows]:
    """What is asked for posts that look after others: signatures, and how those stand."""
    if not posts & COUNTY_POSTS:
        return {}
    figures = waiting.organisations if is_local(posts) else waiting.towns
    return {"unsigned": waiting.unsigned(actor, now), "figures": figures(actor, now)}


def is_local(posts: Set[str]) -> bool:
    """Do these posts look after the schools of one town alone?"""
    return not posts & (COUNTY_POSTS - LOCAL_POSTS)


def looked_after(figures: list[dict[str, Any]], posts: Set[str]) -> dict[str, Any]:
    """How those stand whom I look after: towns, or in one town its schools, what is overdue first."""
    local = is_local(posts)
    found = waiting.standings(figures)
    page = "portal:compliance-org" if local else "portal:compliance-town"
    if local:
        found.sort(key=lambda one: not one.share.counts["overdue"])
    return {
        "local": local,
        "rows": [bar_row(one.name, one.share, reverse(page, args=[one.id]), DUE) for one in found],
    }


def row(
    request: SignedInRequest, duty: Duty, known: Library, texts: Mapping[Any, Text], shown_posts: bool
) -> dict[str, Any]:
    """One duty as the page draws it."""
    cell = duty.cell
    actor = request.actor
    post = f"{duty.instead_of}岗位空缺" if duty.instead_of else duty.holding.title if shown_posts else ""
    cell_url = addresses.cell_url(cell)
    return {
        "title": rules.title(cell, known.words),
        "told": rules.told(duty.cells, known.words, request.now),
        "status": cell.verdict,
        "post": post,
        "vacant": bool(duty.instead_of),
        "url": addresses.doing_url(actor, cell, known) or cell_url,
        "cell_url": cell_url,
        "events": [
            {"name": one.name, "url": addresses.doing_url(actor, one, known) or addresses.cell_url(one)}
            for one in duty.cells
            if isinstance(one.binding.rule, WhenRule)
        ],
        "text": texts[cell.binding.rule_id],
        "also": [
            {"title": rules.title(one, known.words), "citation": texts[one.binding.rule_id].citation,
             "url": addresses.cell_url(one)}
            for one in duty.also
        ],
    }  # fmt: skip
