"""What is asked of whoever writes down a risk point, and how one stands: pure."""

from collections.abc import Mapping
from datetime import date

from huyuan.kernel.fields import Field
from huyuan.risks.rules.notices import options

TEXTS = ("what", "spot", "controls")
"""Fields in which people write; nothing in them is about a person."""


def composing(
    categories: Mapping[str, str],
    levels: Mapping[str, str],
    places: Mapping[str, str],
    posts: Mapping[str, str],
    regional: bool,
) -> tuple[Field, ...]:
    """The questions about a risk point. `places` of the school by id, `posts` that may watch it by kind."""
    asked = [
        Field(
            id="what",
            label="什么风险",
            type="text",
            required=True,
            max_length=120,
            hint="如“放学时校门口人车混行”。写事和地方，不写具体的人。",
        ),
        Field(id="category", label="类别", type="choice", required=True, options=options(categories)),
        Field(id="level", label="等级", type="choice", required=True, options=options(levels)),
        Field(
            id="spot",
            label="一般在哪些部位" if regional else "具体位置",
            type="text",
            required=True,
            max_length=120,
        ),
    ]
    if places and not regional:
        asked.append(Field(id="place", label="学校的哪个场所", type="choice", options=options(places)))
    return (
        *asked,
        Field(
            id="controls", label="怎样管控", type="long_text", required=True, max_length=500,
        ),
        Field(id="major_source", label="是重大危险源", type="yes_no", required=True),
        Field(
            id="watch_post", label="由哪个岗位看管", type="choice", required=True, options=options(posts)
        ),
        Field(
            id="review_on", label="下次复查日期", type="date", required=True, hint="到时没有复查会提醒。"
        ),
    )  # fmt: skip


def review_error(review_on: date, today: date) -> str:
    """Why a next review can't be then; empty: it can."""
    return "" if review_on > today else "下次复查日期：应在今天以后。"


def overdue(review_on: date, removed_on: date | None, today: date) -> bool:
    """Should somebody have looked at it again by now? On its day it is due, not overdue."""
    return removed_on is None and review_on < today
