"""Compliance pages: the figures, who sees whose, the workbook equal to the page, queries that do not grow."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from python_calamine import CalamineWorkbook

from huyuan.duties.actions import close_due
from huyuan.duties.models import Rule
from huyuan.duties.tests.adopted import World, build, check, shanghai
from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.portal.tests.adopted import Tables, client_of, more_schools, queries_for, text_of

MONTH = "month=2026-10"


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """October 2026: the central school checked in one week, and entered the next one's check too late."""
    world = build()
    with acting(world.county.system):
        world.record("central", check("2026-10-07T09:00"), at=shanghai("2026-10-07T10:00"))
    close_due(COUNTY, shanghai("2026-11-20T00:00"))
    with acting(world.county.system):
        world.record("central", check("2026-10-14T09:00"), at=shanghai("2026-11-21T10:00"))
    yield world


@pytest.fixture
def committed_world(transactional_db: None) -> World:
    return build()


def cells_of(page: str, row: str) -> list[str]:
    """The texts of a heat table's row, as a screen reader says them."""
    return next(cells for name, *cells in Tables(page).found["heat"] if name == row)


def test_the_county_by_towns(world: World) -> None:
    page = text_of(client_of(world, "officer").get(f"/compliance/?{MONTH}&theme="))
    # One of four weeks done, by the correction two; 22 nights never manned; a month without a guard: 1 of 27.
    east, west = cells_of(page, "test")
    assert east == "未完成 3%／7%"
    assert west == "未完成 0%"


def test_what_takes_too_long_is_said_and_asked_for(world: World, settings: Settings) -> None:
    settings.FIGURES_SECONDS = 0
    client = client_of(world, "officer")
    for address in ("/compliance/?", "/compliance/term/?"):
        page = text_of(client.get(f"{address}{MONTH}"))
        assert "个单位的数字还没有统计完" in page and "没有要落实的要求" not in page
    assert "还没有统计完" in text_of(client.get(f"/compliance/?{MONTH}"))
    jobs = ProcrastinateJob.objects.filter(task_name="reports.catch_up", status="todo")
    assert [job.args["months"] for job in jobs].count("2026-10") == 1, "asked for once"
    settings.FIGURES_SECONDS = 60
    assert "还没有统计完" not in text_of(client.get(f"/compliance/?{MONTH}"))


def test_a_theme_shows_its_rules(world: World) -> None:
    client = client_of(world, "safety")
    school = world.county.orgs["central"]
    page = text_of(client.get(f"/compliance/org/{school.id}/?{MONTH}&rule=made-up/rule"))
    assert "10月5日—10月11日这一周" in page and "已登记1次（10月7日）" in page
    assert "按事后更正" in page
    assert f"/duties/{school.id}/made-up/rule/2026-10-05/2026-W41/" in page


def test_who_sees_whose_figures(world: World) -> None:
    central, other = world.county.orgs["central"], world.county.orgs["other"]
    east = central.region_id
    answers = {
        person: [
            client_of(world, person).get(address).status_code
            for address in (
                f"/compliance/org/{central.id}/?{MONTH}",
                f"/compliance/org/{other.id}/?{MONTH}",
                f"/compliance/town/{east}/?{MONTH}",
                f"/compliance/town/{other.region_id}/?{MONTH}",
            )
        ]
        for person in ("officer", "head", "safety", "town-officer", "police", "guard", "teacher", "governor")
    }
    assert answers == {
        "officer": [200, 200, 200, 200],
        "head": [200, 404, 200, 404],
        "safety": [200, 404, 200, 404],
        "town-officer": [200, 404, 200, 404],
        "police": [200, 404, 200, 404],
        "guard": [404, 403, 404, 404],
        "teacher": [404, 404, 404, 404],
        "governor": [200, 200, 200, 200],
    }


def test_the_overview_holds_only_what_is_mine(world: World) -> None:
    for person, shown in (("officer", True), ("town-officer", False), ("police", False)):
        page = text_of(client_of(world, person).get(f"/compliance/?{MONTH}"))
        assert "east" in page
        assert ("west" in page) is shown
    nothing = text_of(client_of(world, "guard").get(f"/compliance/?{MONTH}"))
    assert "没有要落实的要求" in nothing


def test_whoever_answers_for_one_school_goes_to_its_page(world: World) -> None:
    with acting(world.county.system):
        world.county.orgs["point"].parent = world.county.orgs["bureau"]
        world.county.orgs["point"].save()
        rebuild_reach(COUNTY, date(2026, 10, 14))
    answer = client_of(world, "head").get(f"/compliance/?{MONTH}")
    assert answer.status_code == 302
    assert answer["Location"] == f"/compliance/org/{world.county.orgs['central'].id}/?{MONTH}"


def test_a_rule_lists_who_needs_attention(world: World) -> None:
    rule = Rule.objects.get(key="rule")
    client = client_of(world, "officer")
    page = text_of(client.get(f"/compliance/rule/{rule.id}/?{MONTH}"))
    rows = {name: cells for name, *cells in Tables(page).found["data-table"][1:]}
    assert rows == {
        "central单位": ["east", "未完成", "1／4", "25%／50%"],
        "other单位": ["west", "未完成", "0／4", "0%"],
    }
    assert client.get(f"/compliance/rule/{world.adoption.id}/?{MONTH}").status_code == 404


def unmarked(cell: object) -> str:
    """What is written, without the apostrophe that keeps a worksheet from running it."""
    return str(int(cell)) if isinstance(cell, float) else str(cell).removeprefix("'")


@pytest.mark.parametrize("address", ["/compliance/export/", "/compliance/town/{town}/export/"])
def test_the_workbook_equals_the_page(world: World, address: str) -> None:
    with acting(world.county.system):
        world.county.orgs["central"].name = "=1+1单位"
        world.county.orgs["central"].save()
    client = client_of(world, "officer")
    address = address.format(town=world.county.orgs["central"].region_id)
    answer = client.get(f"{address}?{MONTH}")
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    heat, numbers = (book.get_sheet_by_name(name).to_python() for name in ("落实情况", "数字"))
    page = Tables(text_of(client.get(f"{address.removesuffix('export/')}?{MONTH}")))
    width = len(page.found["heat"][0])
    assert [[unmarked(cell) for cell in row[:width]] for row in heat[2:]] == [
        ["" if cell == "无" else cell for cell in row] for row in page.found["heat"]
    ]
    assert [[unmarked(cell) or "—" for cell in row] for row in numbers[2:]] == page.found["data-table"]
    formulas = [cell for row in (*heat, *numbers) for cell in row if str(cell).startswith("=")]
    assert formulas == []


def test_nonsense_in_the_address_is_this_month(world: World) -> None:
    client = client_of(world, "officer")
    for query in ("month=2026-13", "month=x", "theme=no-such-theme", "month=<script>"):
        page = text_of(client.get(f"/compliance/?{query}"))
        assert "<script>" not in page


def test_the_course_of_the_term(world: World) -> None:
    page = text_of(client_of(world, "officer").get("/compliance/term/"))
    assert "10月 3%" in page


@pytest.mark.parametrize(
    "address",
    [
        "/compliance/?month=2026-10",
        "/compliance/town/{town}/?month=2026-10",
        "/compliance/term/",
        "/directives/",
        "/directives/made-up/",
    ],
)
def test_more_schools_cost_no_more_queries(committed_world: World, address: str) -> None:
    client = client_of(committed_world, "officer")
    address = address.format(town=committed_world.county.orgs["other"].region_id)
    few = queries_for(client, address)
    more_schools(committed_world, 30)
    assert queries_for(client, address) == few <= 16
