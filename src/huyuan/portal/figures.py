"""Compliance figures as people read them: on pages and in worksheets alike."""

from collections.abc import Iterator
from typing import Any

from huyuan.duties.rules.aggregate import Share
from huyuan.duties.rules.verdicts import ZH, Verdict
from huyuan.portal.sheets import Sheet
from huyuan.reports.queries import Board, Figure

# The counts that stand beside a share, in this order.
COUNTED: tuple[Verdict, ...] = (
    "met",
    "late",
    "missed",
    "overdue",
    "owed",
    "unknown",
    "waived",
    "not_applicable",
)


def waiting_text(organisations: int) -> str:
    """What a page says while figures are not up to date; "" when they are."""
    if not organisations:
        return ""
    return (
        f"有{organisations}个单位的数字还没有统计完：没有统计过的不计入，其余是上一次的。"
        "后台正在统计，过一两分钟再打开这一页。"
    )


def figure_text(figure: Figure) -> str:
    """What a heat cell says: the share, corrected after a stroke; before anything is judged, how many."""
    if figure.share.judged:
        return share_text(figure)
    worst = figure.worst
    return "—" if worst == "not_applicable" else f"{figure.verdicts[worst]}项"


def share_text(figure: Figure) -> str:
    """97%, or 97%／98% where what was learned after the close makes a difference."""
    corrected = figure.corrected
    if corrected is None or corrected.text == figure.share.text:
        return figure.share.text
    return f"{figure.share.text}／{corrected.text}"


def done_text(one: Share) -> str | None:
    """done ／ judged"""
    return f"{one.done}／{one.judged}" if one.judged else None


def heat_cell(figure: Figure, url: str) -> dict[str, str]:
    return {"figure": figure_text(figure), "verdict": figure.worst, "url": url}


def cell_text(figure: Figure | None) -> str:
    """A heat cell in a worksheet: the words that a screen reader would say."""
    return "" if figure is None else f"{ZH[figure.worst]} {figure_text(figure)}"


def figure_row(figure: Figure) -> dict[str, Any]:
    """The share and the counts beside it."""
    corrected = figure.corrected
    return {
        "share": figure.share.text,
        "corrected": corrected.text if corrected else None,
        **{verdict: figure.verdicts[verdict] for verdict in COUNTED},
    }


def numbers_of(board: Board) -> Iterator[dict[str, Any]]:
    """The table of numbers below a heat table: one row for each of the board's rows."""
    for row in board.rows:
        yield {"key": row.key, "name": row.name, **figure_row(board.whole(row.key))}


def numbers_columns(row_name: str) -> list[dict[str, Any]]:
    """Headings of the table of numbers."""
    return [
        {"key": "name", "label": row_name},
        {"key": "share", "label": "完成率", "numeric": True},
        {"key": "corrected", "label": "更正后", "numeric": True},
        *({"key": verdict, "label": ZH[verdict], "numeric": True} for verdict in COUNTED),
    ]


def numbers_sheet(board: Board, title: str, row_name: str) -> Sheet:
    """The table of numbers as a worksheet."""
    columns = numbers_columns(row_name)
    rows = [[row[column["key"]] for column in columns] for row in numbers_of(board)]
    return Sheet("数字", title, [column["label"] for column in columns], rows)


def bar(label: str, one: Share) -> dict[str, Any]:
    """A row of bars."""
    parts = [{"verdict": verdict, "count": one.counts[verdict]} for verdict in COUNTED]
    return {"label": label, "parts": parts, "figure": one.text}
