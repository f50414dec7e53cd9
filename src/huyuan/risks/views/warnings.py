"""Early warning: the heat table of counts, the warnings among them, what was concluded."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from huyuan.kernel.errors import Refused
from huyuan.orgs.permissions import not_found, reached
from huyuan.orgs.request import SignedInRequest
from huyuan.papers.views.filing import uuid_given
from huyuan.registers.sheets import moment_text
from huyuan.risks import actions, queries
from huyuan.risks.permissions import REGIONAL
from huyuan.risks.queries import Board
from huyuan.risks.rules.warnings import UNSORTED, Warned, said

#: how levels of warning are drawn, the most serious first; what is as usual comes last
MARKS = ("missed", "overdue")
USUAL = "not_applicable"


def names() -> dict[str, str]:
    """What categories of hazards are called."""
    return {**queries.hazard_words("category"), UNSORTED: "未分类"}


def warning_lines(board: Board) -> list[dict[str, Any]]:
    """The warnings of a board as lines."""
    called = names()
    lines = []
    for one in board.warnings:
        if one.level is None:
            continue
        text = said(one, board.towns[one.count.town], one.count.category, board.month, called)
        about = f"{board.towns[one.count.town]}{called.get(one.count.category, one.count.category)}"
        asks = f"{text}。请各校对照排查，{board.month.month}月内完成整改。"
        query = urlencode({"about": f"关于防范{about}隐患的预警通知", "say": asks})
        lines.append(
            {
                "text": text,
                "level": one.level.zh,
                "mark": mark_of(one),
                "notice_url": f"{reverse('papers:notice-new')}?{query}",
            }
        )
    return lines


def mark_of(one: Warned) -> str:
    """The mark of a level: the most serious the strongest."""
    if one.level is None:
        return USUAL
    order = [level.key for level in queries.levels_of_warning()]
    return MARKS[min(order.index(one.level.key), len(MARKS) - 1)]


@require_http_methods(["GET", "HEAD", "POST"])
def warnings(request: SignedInRequest) -> HttpResponse:
    """This month's hazards by town and category beside the months before; what the bureaus conclude."""
    if not reached(request.actor, "risk-warning.see"):
        raise not_found()
    board = queries.board_of(request.actor, request.now)
    lines = warning_lines(board)
    analysing = next(
        (
            one.org_id
            for one in request.actor.holdings
            if one.org_kind in REGIONAL and one.org_id in reached(request.actor, "risk-warning.analyse")
        ),
        None,
    )
    refused: Refused | None = None
    if request.method == "POST":
        if analysing is None:
            raise not_found()
        try:
            analyse(request, analysing, [line["text"] for line in lines])
            return HttpResponseRedirect(f"{reverse('risks:warnings')}#analyses")
        except Refused as error:
            if error.http_status in (403, 404):
                raise
            refused = error
    called = names()
    used = {category for _, category in board.cells}
    columns = [{"key": key, "label": zh} for key, zh in called.items() if key in used]
    bases = queries.bases()
    context = {
        "month": f"{board.month.year}年{board.month.month}月",
        "rows": [{"key": key, "label": name} for key, name in board.towns.items()],
        "columns": columns,
        "cells": cells_of(board),
        "lines": lines,
        "levels": queries.levels_of_warning(),
        "marks": MARKS,
        "may_send": "notices" if analysing else "",
        "analysing": analysing,
        "bases": bases,
        "chosen": request.POST.getlist("basis") if refused else ["hazard-counts"],
        "conclusion": request.POST.get("conclusion", "") if refused else "",
        "client_id": uuid4(),
        "refused": refused,
        "analyses": [
            {
                "at": moment_text(one.at),
                "who": f"{one.org.short_name} {one.by_name}",
                "what": one.conclusion,
                "note": f"依据：{'、'.join(bases.get(key, key) for key in one.basis)}"
                + (f"。当时的预警：{'；'.join(one.warned)}" if one.warned else ""),
            }
            for one in queries.analyses(request.actor)
        ],
    }
    return render(request, "risks/warnings.html", context, status=refused.http_status if refused else 200)


def cells_of(board: Board) -> dict[str, dict[str, dict[str, Any]]]:
    """The heat table: how many this month, with the mean of the months before."""
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for (town, category), one in board.cells.items():
        cells.setdefault(town, {})[category] = {
            "figure": f"{one.count.now}（{one.count.mean:.1f}）",
            "verdict": mark_of(one),
            "word": one.level.zh if one.level else "正常",
        }
    return cells


def analyse(request: SignedInRequest, org_id: UUID, warned: list[str]) -> None:
    """Write down what was concluded."""
    actions.risk_analyse(
        actor=request.actor,
        org_id=org_id,
        client_id=uuid_given(request.POST.get("client_uuid", "")),
        basis=request.POST.getlist("basis"),
        conclusion=request.POST.get("conclusion", ""),
        warned=warned,
        now=request.now,
    )
