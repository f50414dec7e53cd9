"""Hazards in figures, and the way they went between organisations, drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from huyuan.cases import queries
from huyuan.cases.queries import HAZARD
from huyuan.cases.queries.figures import Figures, Flow, flows, grouped, rows_of, whole
from huyuan.cases.queries.lists import month_of
from huyuan.cases.views import boards
from huyuan.kernel.days import day_of
from huyuan.orgs.request import SignedInRequest

#: what the drawing measures in its own units
WIDTH, COLUMN, STEP, GAP, TOP = 720, 210, 10, 14, 8
MOST = 12
"""So many flows are drawn; the table beneath has the others."""


@require_safe
def figures(request: SignedInRequest) -> HttpResponse:
    """How many, of what, whose, how fast; `?month=` for those that became known in it."""
    spec = queries.spec_of(HAZARD)
    month = boards.month_of(request.GET.get("month", ""))
    first, until = month_of(month) if month else (None, None)
    rows = rows_of(request.actor, HAZARD, first, until)
    zh = {one.key: one.zh for one in spec.categories} | {one.key: one.zh for one in spec.severities}
    asked = {"month": month} if month else {}
    gone = flows(rows)
    by = {name: grouped(rows, name, request.now) for name in ("category", "severity", "town", "org", "month")}
    by_category, by_severity = by["category"], by["severity"]
    context = {
        "month": month,
        "whole": whole(rows, request.now),
        "tables": [
            table("按类别", [(zh.get(key, key), link(asked, category=key), one) for key, one in by_category]),
            table("按程度", [(zh.get(key, key), link(asked, severity=key), one) for key, one in by_severity]),
            table("按乡镇", [(key, link(asked, town=key), one) for key, one in by["town"]]),
            table("按单位", [(key[1], link(asked, org=str(key[0])), one) for key, one in by["org"]]),
            table(
                "按月",
                [
                    (f"{key.year}年{key.month}月", link({}, month=f"{key:%Y-%m}"), one)
                    for key, one in sorted(by["month"], key=lambda pair: pair[0], reverse=True)
                ],
            ),
        ],
        "flows": [
            {
                "giver": one.giver,
                "receiver": {"text": one.receiver, "url": link(asked, agency=str(one.receiver_id))},
                "given": one.given, "done": one.done, "open": one.open, "returned": one.returned,
            }
            for one in gone
        ],
        "picture": drawn(gone[:MOST]) if gone else None,
        "this_month": f"{day_of(request.now):%Y-%m}",
    }  # fmt: skip
    return render(request, "cases/figures.html", context)


def link(asked: Mapping[str, str], **narrowed: str) -> str:
    """The list of the cases behind a figure."""
    return f"{reverse('cases:list')}?{urlencode({**asked, **narrowed})}"


def table(title: str, rows: Sequence[tuple[str, str, Figures]]) -> dict[str, Any]:
    """One grouping as a table."""
    return {
        "title": title,
        "rows": [
            {
                "name": name, "url": url, "found": one.found, "closed": one.closed, "open": one.open,
                "overdue": one.overdue, "rate": one.rate, "days": one.days, "reopened": one.reopened,
            }
            for name, url, one in rows
        ],
    }  # fmt: skip


@dataclass(frozen=True)
class Box:
    """An organisation in the drawing: its bar, and its name beside it."""

    name: str
    count: int
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Band:
    """What went from one to the other, as thick as it is much."""

    path: str
    width: float
    title: str
    returned: bool


@dataclass(frozen=True)
class Picture:
    """The drawing: givers on the left, receivers on the right."""

    width: int
    height: int
    left: list[Box]
    right: list[Box]
    bands: list[Band]


def drawn(gone: Sequence[Flow]) -> Picture:
    """Who gave how much to whom. Bars are as high as what they gave or got; a band of which most came back is
    marked."""
    unit = min(STEP, 320 / sum(one.given for one in gone))
    left = column([(one.giver, one.given) for one in gone], COLUMN, unit)
    right = column([(one.receiver, one.given) for one in gone], WIDTH - COLUMN, unit)
    filled: dict[tuple[str, str], float] = {}
    bands = []
    for one in gone:
        ends = []
        for side, boxes, name in (("left", left, one.giver), ("right", right, one.receiver)):
            box = boxes[name]
            at = filled.get((side, name), 0.0)
            filled[side, name] = at + one.given * unit
            ends.append((box.x, box.y + at + one.given * unit / 2))
        (x1, y1), (x2, y2) = ends
        middle = (x1 + x2) / 2
        bands.append(
            Band(
                f"M{x1} {y1:.1f}C{middle} {y1:.1f} {middle} {y2:.1f} {x2} {y2:.1f}",
                round(max(one.given * unit, 1.5), 1),
                f"{one.giver}→{one.receiver} {one.given}件",
                one.returned * 2 > one.given,
            )
        )
    height = max(box.y + box.height for box in (*left.values(), *right.values()))
    return Picture(WIDTH, round(height + TOP), list(left.values()), list(right.values()), bands)


def column(counts: Sequence[tuple[str, int]], x: int, unit: float) -> dict[str, Box]:
    """The bars of one side, below each other."""
    sums: dict[str, int] = {}
    for name, count in counts:
        sums[name] = sums.get(name, 0) + count
    boxes: dict[str, Box] = {}
    y = float(TOP)
    for name, count in sums.items():
        boxes[name] = Box(name, count, x, round(y, 1), round(max(count * unit, 2), 1))
        y += max(count * unit, 10) + GAP
    return boxes
