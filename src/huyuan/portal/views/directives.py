"""Directives: the text with every claimed sentence, what the program does with it, how this month stands."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from huyuan.duties.rules.strictest import Asking, Strictest
from huyuan.kernel.days import day_of, zh_date
from huyuan.orgs.request import SignedInRequest
from huyuan.portal.figures import COUNTED, waiting_text
from huyuan.portal.frame import ADOPTING_POSTS
from huyuan.portal.queries import directives as queries
from huyuan.portal.queries.directives import Page, Paragraph
from huyuan.portal.queries.library import Library, library
from huyuan.portal.saying import say_rule
from huyuan.reports.queries import Figure, month_key

# status of a claim: mark, word; the same on every page that counts them
STATUSES: Mapping[str, tuple[str, str]] = {
    "carried": ("●", "已承担"),
    "planned": ("◌", "计划中"),
    "fact": ("◆", "事实"),
    "guidance": ("○", "倡导"),
    "not-ours": ("–", "不由本系统管"),
    "unclaimed": ("?", "未认领"),
}
# how a norm's requirement was read
CONFIDENCE: Mapping[str, str] = {"seen": "原文所见", "second-hand": "转述所见，待核对原文"}
NATURES: Mapping[str, str] = {
    "directive": "文件",
    "campaign": "专项行动",
    "norm": "国家规定",
    "report": "情况报告",
    "vocabulary": "基础词汇",
}


@require_safe
def directives(request: SignedInRequest) -> HttpResponse:
    """Every directive of the library; those that bind this county first."""
    rows = [
        {
            "title": one.version.title,
            "url": reverse("portal:directive", args=[one.version.key]),
            "nature": NATURES[one.version.nature],
            "issuer": one.version.issuer,
            "published": one.version.published,
            "adopted_by": one.adopted_by,
            "go_live": one.go_live,
            "until": one.until,
            "bar": coverage_bar(one.counts),
        }
        for one in queries.listed(request.actor, day_of(request.now))
    ]
    adopts = any(holding.post_kind in ADOPTING_POSTS for holding in request.actor.holdings)
    context = {"rows": rows, "statuses": STATUSES, "adopts": adopts}
    return render(request, "portal/directives/list.html", context)


@require_safe
def directive(request: SignedInRequest, key: str) -> HttpResponse:
    """One directive, set like a document."""
    today = day_of(request.now)
    month = month_key(today)
    page = queries.page(request.actor, key, month, request.now)
    known = library()
    context = {
        "version": page.text.version,
        "nature": NATURES[page.text.version.nature],
        "adoption": page.adoption,
        "waiting": waiting_text(page.waiting),
        "statuses": STATUSES,
        "counts": [(status, page.text.counts[status]) for status in STATUSES if page.text.counts[status]],
        "total": sum(page.text.counts.values()),
        "bar": coverage_bar(page.text.counts),
        "paragraphs": [paragraph(one, page, known, month) for one in page.text.paragraphs],
        "matters": [matter(one, key, known) for one in page.matters],
        "month": f"{today.year}年{today.month}月",
        "zh_date": zh_date,
    }
    return render(request, "portal/directives/directive.html", context)


PAGES = [
    path("directives/", directives, name="directives"),
    path("directives/<str:key>/", directive, name="directive"),
]


def coverage_bar(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The parts of the coverage bar: x and width out of 200."""
    whole = sum(counts.values()) or 1
    parts, at = [], 0.0
    for status, (mark, zh) in STATUSES.items():
        count = counts.get(status, 0)
        if count:
            width = 200 * count / whole
            parts.append(
                {
                    "status": status,
                    "mark": mark,
                    "zh": zh,
                    "count": count,
                    "x": f"{at:.2f}",
                    "width": f"{width:.2f}",
                }
            )
            at += width
    return parts


def paragraph(one: Paragraph, page: Page, known: Library, month: str) -> dict[str, Any]:
    """A clause with its claims as the page lists them."""
    claims = [claim_line(claim, page, known, month) for claim in one.claims]
    return {
        "key": one.key,
        "cite": one.cite,
        "title": one.title,
        "simplified": one.simplified,
        "source": one.source,
        "confidence": CONFIDENCE.get(one.confidence, ""),
        "note": one.note,
        "segments": [
            {
                "text": segment.text,
                "numbers": segment.claims,
                "status": one.claims[segment.claims[0] - 1]["status"] if segment.claims else "",
            }
            for segment in one.segments
        ],
        "claims": claims,
    }


def claim_line(claim: Mapping[str, Any], page: Page, known: Library, month: str) -> dict[str, Any]:
    """What the program does with one sentence, or why it does nothing."""
    carriers = [carrier(name, page, known, month) for name in claim.get("by", ())]
    waits = claim.get("capability", "")
    reason = claim.get("reason", "")
    if claim["status"] == "planned":
        reason = f"等待功能：{known.themes.get(waits, waits)}" + (f"。{reason}" if reason else "")
    return {
        "id": claim.get("id", ""),
        "quote": claim["quote"],
        "status": claim["status"],
        "carriers": carriers,
        "reason": reason,
    }


def carrier(name: str, page: Page, known: Library, month: str) -> dict[str, Any]:
    """A rule with its sentence and this month's counts, a form, a paper, a measure or an act."""
    plain: dict[str, Any] = {"label": "", "title": "", "url": "", "sentence": "", "counts": ()}
    return plain | carried_by(name, page, known, month)


def carried_by(name: str, page: Page, known: Library, month: str) -> dict[str, Any]:
    """What differs from a carrier of which nothing is known."""
    kind, _, key = name.partition(":")
    match kind:
        case "rule" if key in page.text.rules:
            return rule_line(key, page, known, month)
        case "form":
            form = known.forms.get(key)
            return {
                "label": "登记表",
                "title": form.title if form else key,
                "url": reverse("registers:fill", args=[key]) if form else "",
            }
        case "paper":
            return {
                "label": "报送件",
                "title": known.words.get(f"paper:{key}", key),
                "url": reverse("papers:papers"),
            }
        case "measure":
            return {"label": "指标", "title": known.words.get(f"measure:{key}", key), "url": ""}
        case "act":
            return {"label": "行为", "title": known.words.get(f"act:{key}", key), "url": ""}
    return {"label": "", "title": key, "url": ""}


def rule_line(key: str, page: Page, known: Library, month: str) -> dict[str, Any]:
    """A rule: what it asks of whom, and how it stands this month as far as I may see."""
    rule_id, rule = page.text.rules[key]
    figure = page.figures.get(rule_id)
    leads = f"{reverse('portal:compliance-rule', args=[rule_id])}?{urlencode({'month': month})}"
    who = rule.who.actor or ""
    post = "、".join(page.posts.get(kind, kind) for kind in rule.by.posts) if rule.by else ""
    return {
        "label": "要求",
        "title": rule.title,
        "url": leads if page.sees_compliance and figure else "",
        "sentence": say_rule(rule, known.words),
        "who": f"{who}（{post}）" if who and post else who or post,
        "planned": known.themes.get(rule.planned, rule.planned) if rule.planned else "",
        "counts": counts_of(figure),
    }


def counts_of(figure: Figure | None) -> list[tuple[str, int]]:
    """(verdict, cells) for the verdicts that occur."""
    return (
        [(verdict, figure.verdicts[verdict]) for verdict in COUNTED if figure.verdicts[verdict]]
        if figure
        else []
    )


def matter(one: Strictest, key: str, known: Library) -> dict[str, Any]:
    """A matter about which another adopted directive speaks too: what holds, what stands behind it."""

    def line(asking: Asking) -> dict[str, Any]:
        binding = asking.binding
        return {
            "pack": binding.pack,
            "title": binding.rule.title,
            "cite": binding.cite,
            "sentence": say_rule(binding.rule, known.words),
            "url": f"{reverse('portal:directive', args=[binding.pack])}#{binding.rule.clauses[0]}",
            "here": binding.pack == key,
        }

    return {
        "key": one.matter.key,
        "zh": one.matter.zh,
        "compare": one.matter.compare,
        "winners": [line(asking) for asking in one.winners],
        "others": [line(asking) for asking in one.others],
        "undecided": one.undecided,
        "default": one.matter.default or "",
    }
