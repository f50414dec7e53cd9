"""The guides (docs/guides): what they name is there, and no post is forgotten."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from config.settings import ROOT

GUIDES = ROOT / "docs" / "guides"
PAGES = sorted(GUIDES.glob("*.md"))
INDEX = GUIDES / "README.md"
SHOWN = (
    *(path for path in (ROOT / "src" / "huyuan").rglob("templates/**/*.html")),
    *(
        path
        for path in (ROOT / "src" / "huyuan").rglob("*.py")
        if not {"tests", "migrations"} & {*path.parts}
    ),
    *(ROOT / "packs").rglob("*.yaml"),
)
FORMS = sorted((ROOT / "packs").glob("*/forms/*.yaml"))
KEYS = {
    post["zh"]: post["key"] for post in yaml.safe_load((ROOT / "packs" / "base" / "posts.yaml").read_text())
}
VARIES = "……"
"""Stands in a name for what differs: 「催办……」."""
MOST_LINES = 60
MOST_BYTES = 80 * 1024


def links(page: Path) -> list[str]:
    """Addresses of the page's links and pictures that lie in the repository."""
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    return [address.partition("#")[0] for address in found if not address.startswith("http")]


@pytest.fixture(scope="module")
def words() -> str:
    """Everything that pages may show."""
    return "\n".join(path.read_text() for path in SHOWN)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_and_pictures_are_there(page: Path) -> None:
    assert links(page), "a guide leads somewhere"
    assert [each for each in links(page) if not (page.parent / each).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_stands_between_corner_brackets_is_on_a_page(page: Path, words: str) -> None:
    names = set(re.findall("「([^」]+)」", page.read_text()))
    assert names, "a guide names what is pressed"
    assert [name for name in sorted(names) if not shown(name, words)] == []


def shown(name: str, words: str) -> bool:
    """Is this a whole name on a page, not a piece of a longer one?"""
    pattern = ".{0,80}?".join(re.escape(part) for part in name.split(VARIES))
    before = "" if name.startswith(VARIES) else r"(?<![\u4e00-\u9fff])"
    after = "" if name.endswith(VARIES) else r"(?![\u4e00-\u9fff])"
    return re.search(before + pattern + after, words) is not None


def test_a_piece_of_a_name_is_not_a_name(words: str) -> None:
    assert shown("提交登记", words) and not shown("交登记", words) and not shown("没有这个按钮", words)


def rows_of_the_index() -> list[tuple[list[str], str]]:
    """The posts that each row is for, and its page; none for those who need not sign in."""
    cells = [line.split("|") for line in INDEX.read_text().splitlines() if line.startswith("| ")]
    found = []
    for _, posts, target, *_ in cells[1:]:
        page = re.search(r"\(([a-z-]+\.md)\)", target)
        assert page or "不用登录" in target, target
        found.append((posts.strip().split("、"), page[1] if page else ""))
    return found


def test_each_kind_of_post_finds_its_page() -> None:
    told = {zh for posts, _ in rows_of_the_index() for zh in posts}
    assert told == set(KEYS)


def test_a_guide_sends_nobody_to_a_form_of_other_posts() -> None:
    forms = {form["title"]: form for form in map(yaml.safe_load, map(Path.read_text, FORMS))}
    readers: dict[str, set[str]] = defaultdict(set)
    for posts, page in rows_of_the_index():
        if page:
            readers[page] |= {KEYS[zh] for zh in posts}
    named = [
        (page, title)
        for page in readers
        for title in re.findall("「([^」]+)」", (GUIDES / page).read_text())
        if title in forms
    ]
    assert len(named) > 20
    # A form without posts is everybody's.
    assert [
        (page, title)
        for page, title in named
        if not readers[page] & set(forms[title].get("posts", readers[page]))
    ] == []


def test_each_page_is_reached_from_the_index_and_from_both_readmes() -> None:
    assert {page.name for page in PAGES} - {INDEX.name} <= set(links(INDEX))
    for readme in ("README.md", "README.zh-CN.md"):
        assert "docs/guides/README.md" in links(ROOT / readme)


def test_pictures_are_small_each_is_shown_and_can_be_taken_anew() -> None:
    pictures = {path.stem: path.stat().st_size for path in (GUIDES / "pictures").iterdir()}
    used = {Path(each).stem for page in PAGES for each in links(page) if each.endswith(".png")}
    taken = re.findall(r'"([a-z-]+)": Picture\(', (GUIDES / "pictures.py").read_text())
    assert set(pictures) == used == set(taken)
    assert {name: size for name, size in pictures.items() if size > MOST_BYTES} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_guide_is_read_in_six_minutes(page: Path) -> None:
    assert len(page.read_text().splitlines()) <= MOST_LINES
