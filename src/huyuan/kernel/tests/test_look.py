"""Every page part, drawn without Django or database: well-formed, labelled, readable, read back by parse."""

import gzip
import hashlib
import re
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from huyuan.kernel.fields import Field, FieldType, parse

KERNEL = Path(__file__).resolve().parents[1]
ROOT = KERNEL.parents[2]
STATIC = KERNEL / "static"
TODAY = date(2026, 10, 9)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SELF_CLOSING = {"path", "rect", "line"}
WORDS = {
    "owed": ("○", "待办"),
    "overdue": ("▲", "超期"),
    "met": ("●", "已完成"),
    "late": ("◐", "补做"),
    "missed": ("✕", "未完成"),
    "waived": ("–", "免除"),
    "not_applicable": ("·", "不适用"),
    "unknown": ("?", "资料不全"),
    "planned": ("◌", "尚未判定"),
}
NAV = [{"label": f"栏目{n}", "url": f"/{n}", "active": n == 1, "icon": "today"} for n in range(1, 10)]
ME = {
    "name": "值班员",
    "posts": ["安全专干", {"label": "班主任", "url": "/post"}],
    "organisation": "示例小学",
}

environment = Environment(
    loader=FileSystemLoader(KERNEL / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Page(HTMLParser):
    """Reads a page; raises AssertionError where tags do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str]]] = []
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self.words: list[str] = []
        self.boxes: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert self.open == [], f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in <{tag} {attrs}>"
        attributes = {key: value or "" for key, value in attrs}
        self.elements.append((tag, attributes, [name for name, _ in self.open]))
        if tag not in VOID:
            self.open.append((tag, attributes))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SELF_CLOSING, f"<{tag}/> does not close itself"
        self.elements.append((tag, {key: value or "" for key, value in attrs}, []))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1][0] == tag, f"</{tag}> closes {self.open[-1:]} at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self.open and self.open[-1][0] == "textarea":
            name = self.open[-1][1]["name"]
            self.boxes[name] = self.boxes.get(name, "") + data

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def sent(self) -> dict[str, list[str]]:
        """What a browser would post: names with their values."""
        raw = {name: [text.removeprefix("\n")] for name, text in self.boxes.items()}
        select = ""
        for tag, attributes, inside in self.elements:
            if "template" in inside or "disabled" in attributes:
                continue
            kind = attributes.get("type", "")
            if tag == "select":
                select = attributes["name"]
            elif tag == "option" and "selected" in attributes:
                raw.setdefault(select, []).append(attributes["value"])
            elif (tag == "input" and kind not in ("file", "radio", "checkbox")) or "checked" in attributes:
                raw.setdefault(attributes["name"], []).append(attributes["value"])
        return raw


def parts(source: str, **context: object) -> str:
    return environment.from_string("{% import 'kernel/parts.html' as parts %}" + source).render(context)


def template(name: str) -> Template:
    return environment.get_template(f"kernel/{name}.html")


@pytest.fixture(scope="module")
def style() -> str:
    return template("style").render(
        today=TODAY,
        now=datetime(2026, 10, 9, 10, 32),
        nav_items=NAV,
        tabs=NAV[:4],
        me=ME,
        csrf_token="token",
        static=lambda path: f"/static/{path}",
    )


@pytest.fixture(scope="module")
def pages(style: str) -> dict[str, Page]:
    return {
        "style": Page(style),
        "error": Page(template("error").render()),
        "sign_in": Page(template("sign_in").render(error="密码不对，请再试一次。")),
    }


@pytest.mark.parametrize("name", ["style", "error", "sign_in"])
def test_a_page_keeps_to_the_security_policy(pages: dict[str, Page], name: str) -> None:
    for tag, attributes, _ in pages[name].elements:
        assert tag != "style" and "style" not in attributes, f"style inside <{tag} {attributes}>"
        assert tag != "script" or attributes.get("src", "").startswith("/static/"), attributes
        assert not [key for key in attributes if key.startswith("on")], attributes
        for key in ("src", "href", "action"):
            assert "//" not in attributes.get(key, ""), f"{key} leads outside: {attributes}"


@pytest.mark.parametrize("name", ["style", "error", "sign_in"])
def test_ids_are_unique_and_labels_and_links_find_theirs(pages: dict[str, Page], name: str) -> None:
    elements = pages[name].elements
    ids = [attributes["id"] for _, attributes, _ in elements if "id" in attributes]
    assert len(ids) == len(set(ids)), sorted(one for one in ids if ids.count(one) > 1)
    for tag, attributes, _ in elements:
        if tag == "label":
            assert attributes["for"] in ids, attributes
        for described in attributes.get("aria-describedby", "").split():
            assert described in ids, attributes
        if attributes.get("href", "").startswith("#f-"):
            assert attributes["href"][1:] in ids, attributes


@pytest.mark.parametrize("name", ["style", "sign_in"])
def test_every_control_has_a_label(pages: dict[str, Page], name: str) -> None:
    elements = pages[name].elements
    labelled = {attributes["for"] for tag, attributes, _ in elements if tag == "label"}
    controls = [
        attributes
        for tag, attributes, _ in elements
        if tag in ("input", "select", "textarea") and attributes.get("type") != "hidden"
    ]
    assert controls
    for attributes in controls:
        assert attributes["id"] in labelled, attributes


def test_the_style_page_draws_every_part_and_escapes_what_people_type(style: str) -> None:
    source = (KERNEL / "templates/kernel/parts.html").read_text(encoding="utf-8")
    names = set(re.findall(r"set (\w+) = \w+\.\w+", source))
    shown = (KERNEL / "templates/kernel/style.html").read_text(encoding="utf-8")
    through_others = {"field", "bar_row", "icon", "deadline", "print_head"}
    assert {name for name in names if f"parts.{name}" not in shown} == through_others
    assert "&lt;script&gt;用电安全" in style and "<script>用电安全" not in style


@pytest.mark.parametrize("verdict", WORDS)
def test_a_state_has_mark_word_and_colour(verdict: str) -> None:
    mark, word = WORDS[verdict]
    for short in (False, True):
        page = Page(parts("{{ parts.status(verdict, short) }}", verdict=verdict, short=short))
        assert page.text == mark + word
    assert f".status-{verdict} {{ color: var(--{verdict.replace('_', '-')})" in css()
    assert f".heat-{verdict} {{" in css() and f".fill-{verdict} {{" in css()


def css() -> str:
    return (STATIC / "kernel/huyuan.css").read_text(encoding="utf-8")


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb as WCAG 2 defines it."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_known() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_colour_can_be_read_on_screen_and_on_paper() -> None:
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css()))
    states = [verdict.replace("_", "-") for verdict in WORDS]
    pairs = [(state, ground) for state in states for ground in ("paper", f"{state}-tint")]
    pairs += [(text, ground) for text in ("ink", "ink-soft", "action") for ground in ("paper", "ground")]
    pairs += [("paper", ground) for ground in ("brand", "action", "action-dark", "missed")]
    pairs += [("ink", f"{state}-tint") for state in states] + [("action", "action-tint")]
    poor = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}
    # Frames of controls: 3:1 is what they need.
    assert contrast(colours["line-strong"], colours["paper"]) >= 3


@pytest.mark.parametrize(
    ("due", "done", "expected"),
    [
        (date(2026, 10, 11), False, "10月11日（周日）前，还剩2天"),
        (date(2026, 10, 9), False, "10月9日（周五）前，今天截止"),
        (date(2026, 10, 7), False, "10月7日（周三）前，已超2天"),
        (date(2027, 1, 4), False, "2027年1月4日（周一）前，还剩87天"),
        (date(2026, 10, 7), True, "10月7日（周三）前"),
    ],
)
def test_a_deadline_names_day_and_distance(due: date, done: bool, expected: str) -> None:
    page = Page(parts("{{ parts.deadline(due, today, done=done) }}", due=due, today=TODAY, done=done))
    assert page.text == expected


OPTIONS = [{"value": f"o{n}", "label": f"选项{n}"} for n in range(1, 4)]
PEOPLE = [{"value": "p-1", "label": "分管副校长"}, {"value": "p-2", "label": "安全专干"}]
# Each type with its qualifiers and an answer as it is stored.
ANSWERS: dict[str, tuple[dict[str, object], object]] = {
    "text": ({}, '引号"与<标签>&'),
    "long_text": ({}, "第一行\n<b>第二行</b>"),
    "number": ({"unit": "米", "decimals": 1, "min": -5}, -2.5),
    "people_count": ({}, 12),
    "yes_no": ({}, False),
    "choice": ({"options": OPTIONS}, "o2"),
    "choices": ({"options": OPTIONS}, ["o1", "o3"]),
    "date": ({}, "2026-10-09"),
    "time": ({}, "07:30"),
    "datetime": ({}, "2026-10-09T07:30+08:00"),
    "month": ({}, "2026-10"),
    "person": ({"many": True}, ["p-2"]),
    "place": ({}, "p-1"),
    "organisation": ({}, "p-2"),
    "event": ({"of": ["hazard.found"]}, "p-1"),
    "photo": ({}, ["f-1", "f-2"]),
    "file": ({}, ["f-3"]),
    "signature": ({}, "f-4"),
    "location": ({}, {"lat": 43.5, "lng": 116.1, "datum": "GCJ02", "name": "校门口"}),
    "group": (
        {
            "fields": [
                {"id": "what", "label": "什么", "type": "text"},
                {"id": "who", "label": "谁", "type": "person"},
            ]
        },
        [{"what": "电线", "who": "p-1"}, {"what": "围墙"}],
    ),
}


@pytest.mark.parametrize("kind", get_args(FieldType))
def test_a_drawn_field_is_read_back_as_it_was_stored(kind: str) -> None:
    qualifiers, stored = ANSWERS[kind]
    field = Field.model_validate({"id": "answer", "label": "答案", "type": kind, **qualifiers})
    options = {"answer": PEOPLE, "who": PEOPLE}
    page = Page(
        parts("{{ parts.field(field, value, {}, options) }}", field=field, value=stored, options=options)
    )
    body, errors = parse([field], page.sent())
    assert errors == {}
    assert body == {"answer": stored}


def test_errors_stand_at_their_fields_and_in_the_summary() -> None:
    spots = Field.model_validate(
        {"id": "spots", "label": "部位", "type": "group", "required": True, **ANSWERS["group"][0]}
    )
    found = Field(id="found", label="隐患", type="number", required=True)
    _, errors = parse([spots, found], {"spots.0.what": ["字" * 201]})
    page = Page(
        parts(
            "{{ parts.error_summary(errors) }}{{ parts.questions(fields, {}, errors, {'who': []}) }}",
            errors=errors,
            fields=[spots, found],
        )
    )
    assert set(errors) == {"spots.0.what", "found"}
    ids = {attributes.get("id") for _, attributes, _ in page.elements}
    for name, sentence in errors.items():
        assert f"f-{name}" in ids and f"f-{name}-error" in ids
        assert page.text.count(sentence) == 2


def test_dependent_and_repeated_questions_never_block_a_form_without_scripts() -> None:
    fields = [
        Field(id="joint", label="联合", type="yes_no", required=True),
        Field.model_validate(
            {
                "id": "how",
                "label": "怎样",
                "type": "text",
                "required": True,
                "show_if": {"field": "joint", "equals": True},
            }
        ),
        Field.model_validate(
            {
                "id": "rows",
                "label": "行",
                "type": "group",
                "fields": [{"id": "a", "label": "甲", "type": "text", "required": True}],
            }
        ),
    ]
    page = Page(parts("{{ parts.questions(fields, {}) }}", fields=fields))
    must = {attributes["name"] for _, attributes, _ in page.elements if "required" in attributes}
    assert must == {"joint"}
    condition = [a for _, a, _ in page.elements if "data-show-if" in a]
    assert [(a["data-show-if"], a["data-show-value"]) for a in condition] == [("joint", "yes")]


def test_folded_questions_open_when_they_hold_something() -> None:
    fields = [Field(id="rare", label="少见", type="text", folded=True)]
    source = "{{ parts.questions(fields, values, errors) }}"
    assert '<details class="rare"><' in parts(source, fields=fields, values={}, errors={})
    assert '<details class="rare" open><' in parts(source, fields=fields, values={"rare": "有"}, errors={})
    assert '<details class="rare" open><' in parts(
        source, fields=fields, values={}, errors={"rare": "太长。"}
    )


def test_small_multiples_share_one_scale() -> None:
    charts = [
        {"label": "甲", "points": [{"label": "9月", "value": 4}, {"label": "10月", "value": 4}]},
        {"label": "乙", "points": [{"label": "9月", "value": 2}, {"label": "10月", "value": None}]},
    ]
    page = Page(parts("{{ parts.small_multiples(charts, '每月', '处') }}", charts=charts))
    columns = [(a["x"], a["height"]) for tag, a, _ in page.elements if tag == "rect"]
    assert columns == [("12.0", "44.0"), ("92.0", "44.0"), ("12.0", "22.0")]


def test_bars_fill_their_width_in_proportion() -> None:
    rows = [
        {
            "label": "甲",
            "figure": "75%",
            "parts": [{"verdict": "met", "count": 3}, {"verdict": "missed", "count": 1}],
        }
    ]
    page = Page(parts("{{ parts.bar_table(rows, '构成', '乡镇', '完成率') }}", rows=rows))
    assert [(a["x"], a["width"]) for tag, a, _ in page.elements if tag == "rect"] == [
        ("0.00", "150.00"),
        ("150.00", "50.00"),
    ]
    assert "●3✕1" in page.text


@pytest.mark.parametrize(("page", "expected"), [(1, "1 2 9"), (5, "1 4 5 6 9"), (9, "1 8 9")])
def test_pagination_shows_the_ends_and_the_neighbours(page: int, expected: str) -> None:
    drawn = Page(parts("{{ parts.pagination(page, 9, '?page=') }}", page=page))
    numbers = [
        a["href"].removeprefix("?page=") for tag, a, _ in drawn.elements if tag == "a" and "rel" not in a
    ]
    assert " ".join(numbers) == expected
    assert parts("{{ parts.pagination(1, 1, '?page=') }}") == ""


def test_nothing_loads_from_outside() -> None:
    for path in [*STATIC.rglob("*.css"), *(STATIC / "kernel").glob("*.js")]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text and "https:" not in text and "@import" not in text, path
        assert "sourceMappingURL" not in text, path


def test_vendored_files_are_the_recorded_ones() -> None:
    listed = dict(
        re.findall(
            r"\| `(\S+)` \| `([0-9a-f]{64})` \|", (ROOT / "docs/vendored.md").read_text(encoding="utf-8")
        )
    )
    present = {
        path.relative_to(STATIC / "vendor").as_posix(): path
        for path in (STATIC / "vendor").rglob("*")
        if path.is_file()
    }
    assert listed == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in present.items()}


def test_a_first_visit_stays_light(style: str) -> None:
    """A page has 150 KB without its pictures; what every page loads must leave room for its content."""
    loaded = re.findall(r'(?:src|href)="/static/([^"]+)"', style)
    assert len(loaded) >= 6
    weight = sum(len(gzip.compress((STATIC / path).read_bytes())) for path in set(loaded))
    assert weight + len(gzip.compress(style.encode())) < 90_000
