"""The navigation: nine themes at most, for every post, and each page under its theme."""

import pytest
from django.test import RequestFactory

from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import Actor, Holding
from huyuan.portal.frame import BUREAU_POSTS, COUNTY_POSTS, THEMES, frame


def shown(path: str, *posts: str) -> dict[str, bool]:
    """Theme → is it the page's, for whoever holds these posts."""
    request = RequestFactory().get(path)
    holdings = tuple(Holding(uuid7(), post, uuid7(), "school") for post in posts)
    vars(request)["actor"] = Actor(150421, uuid7(), "人员", holdings)
    context = frame(request)
    assert len(context["tabs"]) == 4
    return {item["label"]: item["active"] for item in context["nav_items"]}


@pytest.mark.parametrize("post", [*sorted(COUNTY_POSTS), "head", "guard", "class-teacher"])
def test_nobody_has_more_than_nine_themes(post: str) -> None:
    assert 4 <= len(shown("/", post)) <= 9


def test_somebody_with_every_post_has_nine_at_most() -> None:
    assert len(shown("/", *COUNTY_POSTS, "head")) == len(THEMES) <= 9


@pytest.mark.parametrize(
    ("path", "theme"),
    [
        ("/", "今日"),
        ("/agenda/week/", "今日"),
        ("/forms/hazard-check/", "登记"),
        ("/orgs/", "单位"),
        ("/map/", "单位"),
        ("/packs/coverage/", "文件依据"),
        ("/cases/list/", "隐患"),
        ("/search/", None),
    ],
)
def test_a_page_stands_under_one_theme(path: str, theme: str | None) -> None:
    here = [label for label, active in shown(path, *BUREAU_POSTS).items() if active]
    assert here == ([theme] if theme else [])


def test_strangers_see_no_frame() -> None:
    assert frame(RequestFactory().get("/")) == {}
