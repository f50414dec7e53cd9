"""What every page's frame shows: who I am, where I can go.

A template context processor, and it asks nothing of the database: everything follows from the posts that the
request's actor already carries.
"""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils import timezone

from huyuan.orgs.actor import Actor, Holding


class Theme(NamedTuple):
    """One entry of the navigation. `posts`: whose; empty means everyone's. `also`: where else its pages
    are."""

    label: str
    url: str
    icon: str
    posts: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()

    def is_here(self, path: str) -> bool:
        """Is the page one of this theme's?"""
        if self.url == "/":
            return path == "/" or path.startswith(self.also)
        return path.startswith((self.url, *self.also))


# Posts of the school that answer for its registers and duties.
ANSWERABLE_POSTS = frozenset({"head", "vice-principal-safety", "safety-officer"})
BUREAU_POSTS = frozenset({"bureau-officer", "bureau-leader"})
# Posts under which a county begins, and by which directives come into force.
ADOPTING_POSTS = BUREAU_POSTS | {"admin"}
# Posts that look after schools that are not their own.
COUNTY_POSTS = ADOPTING_POSTS | {
    "county-leader",
    "town-officer",
    "town-leader",
    "police-liaison",
    "traffic-officer",
    "market-officer",
}

THEMES: tuple[Theme, ...] = (
    Theme("今日", "/", "today", also=("/agenda/", "/messages/", "/sign-on/")),
    Theme("登记", "/forms/", "register"),
    Theme("隐患", "/cases/", "hazard", also=("/disputes/", "/care/")),
    Theme("台账", "/ledgers/", "ledger"),
    Theme("落实情况", "/compliance/", "overview", COUNTY_POSTS | ANSWERABLE_POSTS, ("/risks/",)),
    Theme("文件依据", "/directives/", "directive", also=("/adoptions/", "/packs/", "/calendar/")),
    Theme("通知", "/notices/", "notice", COUNTY_POSTS | ANSWERABLE_POSTS, ("/risk-notices/",)),
    Theme("制度与报送", "/papers/", "paper", COUNTY_POSTS | ANSWERABLE_POSTS),
    Theme("单位", "/orgs/", "school", also=("/map/", "/perimeter/")),
)
ACCOUNT = Theme("我的", "/account/", "person")

# The tabs of a phone: for whoever looks after the whole county's schools, for all others.
COUNTY_TABS = ("今日", "隐患", "落实情况", "我的")
TABS = ("今日", "登记", "隐患", "我的")


def frame(request: HttpRequest) -> dict[str, Any]:
    """`me`, `nav_items`, `tabs`, `now` for `kernel/base.html`; nothing for people who have not signed in."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return {}
    posts = {holding.post_kind for holding in actor.holdings}
    items = {
        theme.label: {
            "label": theme.label,
            "url": theme.url,
            "icon": theme.icon,
            "active": theme.is_here(request.path),
        }
        for theme in (*THEMES, ACCOUNT)
        if not theme.posts or posts & theme.posts
    }
    tabs = COUNTY_TABS if posts & (BUREAU_POSTS | {"county-leader"}) else TABS
    return {
        "me": {
            "key": str(actor.person_id),
            "name": actor.name,
            "posts": [held(holding) for holding in actor.holdings],
            "organisation": actor.holdings[0].org_name if actor.holdings else "",
        },
        "nav_items": [item for item in items.values() if item["label"] != ACCOUNT.label],
        "tabs": [items[label] for label in tabs],
        "now": timezone.localtime(),
        "search_url": "/search/",
        "account_url": "/account/",
        "sign_out_url": "/sign-out/",
    }


def held(holding: Holding) -> str:
    """青禾县第二幼儿园 安全员（代理）"""
    return f"{holding.org_name} {holding.title}{'（代理）' if holding.acting else ''}"
