"""How the county stands: towns × themes, down to a town's schools, a rule, one school's cells explained.

Nobody is ranked: rows go by name. What needs attention stands first, as matters, not as schools.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from io import BytesIO
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_safe

from huyuan.duties.models import Rule
from huyuan.duties.queries import month_of
from huyuan.duties.queries.board import Shown
from huyuan.duties.rules.aggregate import WORST_FIRST, all_of, share
from huyuan.kernel.days import day_of
from huyuan.orgs.permissions import not_found, require
from huyuan.orgs.queries import organisation
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.vocabulary import school_kinds
from huyuan.portal.addresses import cell_url
from huyuan.portal.figures import (
    bar,
    cell_text,
    done_text,
    figure_row,
    heat_cell,
    numbers_columns,
    numbers_of,
    numbers_sheet,
    share_text,
    waiting_text,
)
from huyuan.portal.frame import COUNTY_POSTS
from huyuan.portal.queries.library import Library, library, texts_of
from huyuan.portal.sheets import Sheet, write_excel
from huyuan.reports import queries
from huyuan.reports.queries import ATTENTION, Board, Figure, Line, Matter
from huyuan.reports.tasks import ask_for

# So many cells of a rule are told one by one on the page of a school; a rule's own page tells all.
TOLD = 1


@dataclass
class Asked:
    """What the address asks for: a month, and perhaps a theme."""

    month: str
    theme: str
    library: Library

    @property
    def zh(self) -> str:
        """2026年10月"""
        year, month = self.month.split("-")
        return f"{year}年{int(month)}月"

    @cached_property
    def query(self) -> str:
        """The same for the next page."""
        return urlencode({"month": self.month} | ({"theme": self.theme} if self.theme else {}))

    def theme_zh(self, key: str) -> str:
        return self.library.themes.get(key, key)


@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """Themes × towns; with a theme its rules × towns. Who answers for one school alone goes to its page."""
    asked = asked_of(request)
    if not any(holding.post_kind in COUNTY_POSTS for holding in request.actor.holdings):
        # A parent committee below a school is on file there and owes nothing.
        owing = Q(id__in=request.actor.viewers) | Q(kind__in=school_kinds())
        mine = list(queries.organisations(request.actor).filter(owing).values_list("id", flat=True)[:2])
        if len(mine) == 1:
            return HttpResponseRedirect(org_url(str(mine[0]), asked))
    board = queries.towns(request.actor, asked.month, request.now, theme=asked.theme)
    matters = queries.attention(request.actor, asked.month, theme=asked.theme)
    waiting = told_to_wait(request, board.waiting, [asked.month])
    crosswise = [Line(line.key, line.name) for line in columns_of(board, asked)]
    context = page_of(asked, board) | {
        "waiting": waiting,
        "caption": f"{asked.zh}各乡镇落实情况",
        "corner": "要求" if asked.theme else "内容",
        "heat_rows": [
            {"key": line.key, "label": line.name, "url": column_url(line.key, asked)} for line in crosswise
        ],
        "heat_columns": [
            {"key": row.key, "label": row.name, "url": town_url(row.key, asked)} for row in board.rows
        ],
        "heat_cells": {
            line.key: {
                row.key: heat_cell(
                    board.figures[row.key][line.key], cell_url_of_town(row.key, line.key, asked)
                )
                for row in board.rows
                if line.key in board.figures[row.key]
            }
            for line in crosswise
        },
        "matters": [matter_line(matter, asked) for matter in matters],
        "filters": filters_of(asked),
        "action": reverse("portal:compliance"),
        "export_url": f"{reverse('portal:compliance-export')}?{asked.query}",
        "term_url": f"{reverse('portal:compliance-term')}?{asked.query}",
        "row_name": "乡镇",
    }
    return render(request, "portal/compliance/board.html", context)


@require_safe
def town(request: SignedInRequest, region_id: UUID) -> HttpResponse:
    """The schools of a town × themes, or × the rules of one theme."""
    asked = asked_of(request)
    name = queries.town_name(request.actor, region_id)
    board = queries.schools(request.actor, region_id, asked.month, request.now, theme=asked.theme)
    matters = queries.attention(request.actor, asked.month, theme=asked.theme, town=region_id)
    lines = columns_of(board, asked)
    here = address("town", str(region_id))
    context = page_of(asked, board) | {
        "waiting": told_to_wait(request, board.waiting, [asked.month]),
        "town": name,
        "caption": f"{asked.zh}{name}各单位落实情况",
        "corner": "单位",
        "heat_rows": [
            {"key": row.key, "label": row.name, "url": org_url(row.key, asked)} for row in board.rows
        ],
        "heat_columns": [
            {
                "key": line.key,
                "label": line.name,
                "url": rule_url(line.key, asked)
                if asked.theme
                else f"{here}?{narrowed(asked.month, line.key)}",
            }
            for line in lines
        ],
        "heat_cells": {
            row.key: {
                line.key: heat_cell(
                    board.figures[row.key][line.key],
                    org_url(row.key, asked) if asked.theme else org_url(row.key, asked, line.key),
                )
                for line in lines
                if line.key in board.figures[row.key]
            }
            for row in board.rows
        },
        "matters": [matter_line(matter, asked) for matter in matters],
        "filters": filters_of(asked),
        "action": here,
        "export_url": f"{reverse('portal:compliance-town-export', args=[region_id])}?{asked.query}",
        "term_url": "",
        "row_name": "单位",
    }
    return render(request, "portal/compliance/board.html", context)


@require_safe
def term(request: SignedInRequest) -> HttpResponse:
    """The months of the running term, one small chart for each town, with its table."""
    asked = asked_of(request)
    actor = request.actor
    months = queries.months_kept(actor.county_id, day_of(request.now))
    names = {str(key): name for key, name in queries.town_names(actor)}
    found, waiting = queries.course(actor, months, request.now, theme=asked.theme)
    charts = [
        {
            "label": names.get(key, queries.COUNTY),
            "url": town_url(key, asked),
            "points": [
                {"label": f"{int(month[5:])}月", "value": found[key].get(month, Figure()).share.percent}
                for month in months
            ],
        }
        for key in sorted(found, key=lambda key: (key not in names, names.get(key, "")))
    ]
    context = {
        "asked": asked,
        "charts": charts,
        "waiting": told_to_wait(request, waiting, months),
        "filters": filters_of(asked)[1:],
    }
    return render(request, "portal/compliance/term.html", context)


@require_safe
def rule(request: SignedInRequest, rule_id: UUID) -> HttpResponse:
    """One rule over everybody it speaks of: who needs attention first, then by town and name."""
    asked = asked_of(request)
    row = Rule.objects.select_related("pack_version__pack").filter(id=rule_id).first()
    if row is None:
        raise not_found()
    found, waiting = queries.rule_by_organisation(request.actor, row, asked.month, request.now)
    names = queries.organisations(request.actor).filter(id__in=list(found)).annotate(town=queries.TOWN_NAME)
    listed = sorted(
        names.values_list("id", "name", "town"),
        key=lambda one: (found[one[0]].worst not in ATTENTION, one[2], one[1]),
    )
    whole = Figure()
    for figure in found.values():
        whole.verdicts += figure.verdicts
        whole.becomes += figure.becomes
    context = {
        "asked": asked,
        "waiting": told_to_wait(request, waiting, [asked.month]),
        "rule": row,
        "text": texts_of(asked.library, [row.id])[row.id],
        "theme": asked.theme_zh(row.theme),
        "figure": figure_row(whole),
        "rows": [
            {
                "url": org_rule_url(str(org_id), asked, f"{row.pack_version.key}/{row.key}"),
                "name": name,
                "town": town_zh,
                "state": {"status": found[org_id].worst},
                "done": done_text(found[org_id].share),
                "share": share_text(found[org_id]),
            }
            for org_id, name, town_zh in listed
        ],
        "filters": filters_of(asked)[:1],
    }
    return render(request, "portal/compliance/rule.html", context)


@require_safe
def one_organisation(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """One school's month: every rule with sentence, verdict and arithmetic; `rule` tells all its cells."""
    asked = asked_of(request)
    require(request.actor, queries.SEE, org_id)
    org = organisation(request.actor, org_id)
    only = request.GET.get("rule", "")
    shown = [
        one
        for one in month_of(
            request.actor, org_id=org_id, month=date.fromisoformat(f"{asked.month}-01"), now=request.now
        )
        if (not only or one.cell.binding.key == only)
        and (not asked.theme or one.cell.binding.rule.theme == asked.theme)
    ]
    texts_of(asked.library, {one.cell.binding.rule_id for one in shown})
    groups: dict[str, list[dict[str, Any]]] = {}
    by_rule: dict[UUID, list[Shown]] = {}
    for one in shown:
        by_rule.setdefault(one.cell.binding.rule_id, []).append(one)
    for mine in by_rule.values():
        groups.setdefault(mine[0].cell.binding.rule.theme, []).append(rule_block(mine, asked, bool(only)))
    whole = share([one.verdict for one in shown])
    becomes = share([one.now_known for one in shown])
    context = {
        "asked": asked,
        "org": org,
        "only": only,
        "groups": [
            group_of(asked.theme_zh(theme), groups[theme])
            for theme in sorted(groups, key=asked.library.order)
        ],
        "figure": figure_row(Figure(whole.counts, becomes.counts)),
        "whole": bar("全部要求", whole),
        "filters": filters_of(asked),
        "action": address("org", str(org_id)),
        "back": org_url(str(org_id), asked),
    }
    return render(request, "portal/compliance/organisation.html", context)


@require_safe
def overview_excel(request: SignedInRequest) -> HttpResponse:
    """The overview as a workbook: the same cells."""
    asked = asked_of(request)
    board = queries.towns(request.actor, asked.month, request.now, theme=asked.theme)
    lines = columns_of(board, asked)
    title = f"{asked.zh}各乡镇落实情况{unfinished(board)}"
    heat = Sheet(
        "落实情况",
        title,
        ["要求" if asked.theme else "内容", *(row.name for row in board.rows)],
        [
            [line.name, *(cell_text(board.figures[row.key].get(line.key)) for row in board.rows)]
            for line in lines
        ],
    )
    return workbook(request, title, [heat, numbers_sheet(board, title, "乡镇")])


@require_safe
def town_excel(request: SignedInRequest, region_id: UUID) -> HttpResponse:
    """A town's page as a workbook: the same cells."""
    asked = asked_of(request)
    name = queries.town_name(request.actor, region_id)
    board = queries.schools(request.actor, region_id, asked.month, request.now, theme=asked.theme)
    lines = columns_of(board, asked)
    title = f"{asked.zh}{name}各单位落实情况{unfinished(board)}"
    heat = Sheet(
        "落实情况",
        title,
        ["单位", *(line.name for line in lines)],
        [
            [row.name, *(cell_text(board.figures[row.key].get(line.key)) for line in lines)]
            for row in board.rows
        ],
    )
    return workbook(request, title, [heat, numbers_sheet(board, title, "单位")])


PAGES = [
    path("compliance/", overview, name="compliance"),
    path("compliance/export/", overview_excel, name="compliance-export"),
    path("compliance/term/", term, name="compliance-term"),
    path("compliance/town/<uuid:region_id>/", town, name="compliance-town"),
    path("compliance/town/<uuid:region_id>/export/", town_excel, name="compliance-town-export"),
    path("compliance/rule/<uuid:rule_id>/", rule, name="compliance-rule"),
    path("compliance/org/<uuid:org_id>/", one_organisation, name="compliance-org"),
]


# ---- what the address asks ----


def asked_of(request: SignedInRequest) -> Asked:
    """The month (this one when none or nonsense is given) and the theme, if there is one of that name."""
    given = request.GET.get("month", "")
    try:
        month = queries.month_key(date.fromisoformat(f"{given}-01"))
    except ValueError:
        month = queries.month_key(day_of(request.now))
    known = library()
    theme = request.GET.get("theme", "")
    return Asked(month, theme if theme in known.themes else "", known)


@lru_cache(maxsize=4096)
def address(page: str, key: str) -> str:
    """The address of a town, a rule or an organisation; a table asks for hundreds."""
    return reverse(f"portal:compliance-{page}", args=[key])


@lru_cache(maxsize=1024)
def narrowed(month: str, theme: str) -> str:
    """The query for a month and a theme."""
    return urlencode({"month": month, "theme": theme})


def town_url(key: str, asked: Asked) -> str:
    return f"{address('town', key)}?{asked.query}"


def rule_url(key: str, asked: Asked) -> str:
    return f"{address('rule', key)}?{urlencode({'month': asked.month})}"


def column_url(key: str, asked: Asked) -> str:
    """Where a theme leads, or a rule."""
    if asked.theme:
        return rule_url(key, asked)
    return f"{reverse('portal:compliance')}?{narrowed(asked.month, key)}"


def cell_url_of_town(town_key: str, column: str, asked: Asked) -> str:
    """Where a town's figure leads: to its schools, with the theme."""
    return f"{address('town', town_key)}?{narrowed(asked.month, asked.theme or column)}"


def org_url(key: str, asked: Asked, theme: str = "") -> str:
    """A school's month, of one theme where there is one."""
    theme = theme or asked.theme
    query = narrowed(asked.month, theme) if theme else asked.query
    return f"{address('org', key)}?{query}"


def org_rule_url(key: str, asked: Asked, rule: str) -> str:
    """All cells of one rule ("pack/rule") at a school."""
    return f"{address('org', key)}?{urlencode({'month': asked.month, 'rule': rule})}"


def filters_of(asked: Asked) -> list[dict[str, Any]]:
    """Month picker and theme."""
    themes = [{"value": key, "label": name} for key, name in asked.library.themes.items()]
    return [
        {"name": "month", "label": "月份", "type": "month", "value": asked.month},
        {"name": "theme", "label": "内容", "type": "select", "options": themes, "value": asked.theme},
    ]


def columns_of(board: Board, asked: Asked) -> Sequence[Line]:
    """The board's columns with Chinese names, themes in the catalogue's order."""
    if asked.theme:
        return board.columns
    lines = [Line(line.key, asked.theme_zh(line.key)) for line in board.columns]
    return sorted(lines, key=lambda line: asked.library.order(line.key))


def page_of(asked: Asked, board: Board) -> dict[str, Any]:
    """What the overview and a town's page have in common."""
    used = {
        verdict for row in board.figures.values() for figure in row.values() for verdict in figure.verdicts
    }
    differs = any(figure.corrected is not None for row in board.figures.values() for figure in row.values())
    return {
        "asked": asked,
        "theme": asked.theme_zh(asked.theme) if asked.theme else "",
        "numbers": list(numbers_of(board)),
        "numbers_columns": numbers_columns,
        "legend": [verdict for verdict in (*WORST_FIRST, "waived", "not_applicable") if verdict in used],
        "differs": differs,
        "town": "",
    }


def matter_line(matter: Matter, asked: Asked) -> dict[str, Any]:
    """15个单位 · 每周一次排查安全隐患"""
    return {
        "title": matter.title,
        "url": rule_url(str(matter.rule_id), asked),
        "who": asked.theme_zh(matter.theme),
        "note": f"{matter.organisations}个单位",
        "status": matter.verdict,
    }


def rule_block(mine: list[Shown], asked: Asked, every: bool) -> dict[str, Any]:
    """One rule of a school: verdict, share, and the cells that say most, worst and latest first."""
    cell = mine[0].cell
    verdicts = [one.verdict for one in mine]
    order = {verdict: number for number, verdict in enumerate((*WORST_FIRST, "waived", "not_applicable"))}
    begun = [one for one in mine if one.cell.because] or mine
    ranked = begun if every else sorted(begun, key=lambda one: order[one.verdict])[:TOLD]
    counts = share(verdicts)
    known = share([one.now_known for one in mine])
    return {
        "title": cell.binding.rule.title,
        "verdict": all_of(verdicts),
        "share": share_text(Figure(counts.counts, known.counts)) if counts.judged else "",
        "done": done_text(counts),
        "citation": asked.library.texts[cell.binding.rule_id],
        "cells": [told(one, asked.library.words) for one in ranked],
        "more": len(mine) - len(ranked),
        "url": org_rule_url(str(cell.org_id), asked, cell.binding.key),
    }


def group_of(label: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    """The rules of a theme with the worst of their verdicts."""
    verdict = all_of(block["verdict"] for block in blocks)
    return {"label": label, "rules": sorted(blocks, key=by_need), "verdict": verdict}


def by_need(block: dict[str, Any]) -> tuple[bool, str]:
    """What is overdue or unknown first, the others by name."""
    return block["verdict"] not in ATTENTION, block["title"]


def told(one: Shown, words: Mapping[str, str]) -> dict[str, Any]:
    """A cell with its arithmetic, the way to its own page, and what became known later."""
    return {
        "name": one.cell.name,
        "verdict": one.verdict,
        "url": cell_url(one.cell),
        "because": one.because(words)[:2],
        "becomes": one.now_known if one.now_known != one.verdict else "",
    }


def told_to_wait(request: SignedInRequest, organisations: int, months: Sequence[str]) -> str:
    """What the page says of figures that are not up to date; they are made at once, whatever the month."""
    if organisations:
        ask_for(request.actor.county_id, months)
    return waiting_text(organisations)


# ---- the workbook ----


def unfinished(board: Board) -> str:
    """What a worksheet's title says while figures are not up to date."""
    return f"（有{board.waiting}个单位还没有统计完）" if board.waiting else ""


def workbook(request: SignedInRequest, title: str, sheets: Sequence[Sheet]) -> HttpResponse:
    """The answer with the file."""
    out = BytesIO()
    actor = request.actor
    heading = actor.holdings[0].org_name if actor.holdings else ""
    write_excel(out, sheets, heading=heading, made_by=actor.name, now=request.now)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = content_disposition_header(True, f"{title}.xlsx")
    return HttpResponse(out.getvalue(), content_type=kind, headers={"Content-Disposition": name or ""})
