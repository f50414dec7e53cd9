"""Coverage: every obligation once, whatever the packs say of it."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from pytest_django import Settings

from huyuan.packs import checking
from huyuan.packs.registry import known
from huyuan.reports.coverage import STATUSES, as_json, cover, iter_carried, table
from huyuan.reports.coverage_page import page

from .world import GOOD, build, write


@pytest.fixture
def root(tmp_path: Path, settings: Settings) -> Path:
    build(tmp_path)
    settings.PACKS_DIR = tmp_path
    return tmp_path


def test_json(root: Path) -> None:
    clauses = (
        GOOD["clauses.yaml"]
        .replace("form:check", "act:hazard-check")
        .replace("status: guidance, reason: 没有可以查验的要求", "status: planned, capability: guards")
    )
    write(root / "made-up-2026", {"clauses.yaml": clauses})
    out = StringIO()
    call_command("coverage", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {
        "total": 4,
        "carried": 2,
        "planned": 1,
        "fact": 0,
        "guidance": 0,
        "not_ours": 0,
        "unclaimed": 1,
        "items": [
            {
                "id": "S0-P1-001",
                "status": "carried",
                "by": ["rule:weekly-check", "act:hazard-check"],
                "reason": None,
            },
            {"id": "S0-P1-002", "status": "carried", "by": ["rule:guards"], "reason": None},
            {"id": "S0-P1-003", "status": "planned", "by": [], "reason": "等待 guards（保安）"},
            {"id": "S1-P1-001", "status": "unclaimed", "by": [], "reason": None},
        ],
    }


def test_table(root: Path) -> None:
    library = checking.load(root)
    rows = list(table(cover(library), known(library.content(), "capabilities")))
    assert rows[0] == ("", "共", "已承担", "计划中", "事实", "倡导", "不由本系统管", "无人认领")
    assert rows[1:] == [
        ("S0-P1 方案", "3", "2", "0", "0", "1", "0", "0"),
        ("S1-P1 意见", "1", "0", "0", "0", "0", "0", "1"),
        ("隐患", "2", "1", "0", "0", "0", "0", "1"),
        ("保安", "2", "1", "0", "0", "1", "0", "0"),
        ("合计", "4", "2", "0", "0", "1", "0", "1"),
    ]


def test_page(root: Path) -> None:
    """Carriers and scenarios by their names, what is planned with what there is already."""
    clauses = GOOD["clauses.yaml"].replace(
        "status: guidance, reason: 没有可以查验的要求",
        'status: planned, capability: guards, by: ["rule:guards"], reason: 还要登记',
    )
    write(root / "made-up-2026", {"clauses.yaml": clauses})
    lines = page(checking.load(root)).splitlines()
    assert "| [S0-P1](#s0-p1) 方案 | 3 | 2 | 1 | 0 | 0 | 0 | 0 |" in lines
    assert "| 合计 | 4 | 2 | 1 | 0 | 0 | 0 | 1 |" in lines
    assert lines[lines.index("## S0-P1") + 2 :] == [
        "方案，3条。法规包：[县学校安全三条](../packs/made-up-2026)。",
        "",
        "| 编号 | 条 | 原文 | 结果 | 由什么承担，或为什么 |",
        "| --- | --- | --- | --- | --- |",
        "| S0-P1-001 | 第一条 | 每周排查一次 | 已承担 | 规则：每周排查；登记表：排查表。场景：查了一次 |",
        "| S0-P1-002 | 第二条 | 保安至少4名 | 已承担 | 规则：保安配备。场景：查了一次 |",
        "| S0-P1-003 | 第三条 | 提高认识 | 计划中 | 等待 guards（保安）：还要登记（已有 规则：保安配备） |",
        "",
        "## S1-P1",
        "",
        "意见，1条。法规包：还没有法规包。",
        "",
        "| 编号 | 条 | 原文 | 结果 | 由什么承担，或为什么 |",
        "| --- | --- | --- | --- | --- |",
        "| S1-P1-001 |  | 每周排查一次 | 无人认领 |  |",
    ]


def test_the_committed_page_is_current() -> None:
    """If this fails: ./huyuan coverage --markdown > docs/coverage.md"""
    committed = (settings.PACKS_DIR.parent / "docs/coverage.md").read_text(encoding="utf-8")
    assert committed == page(checking.load(settings.PACKS_DIR))


def test_the_catalogue_is_whole() -> None:
    """592 obligations in 11 documents and 54 capabilities, each in use; no e-mail address in a quote."""
    library = checking.load(settings.PACKS_DIR)
    assert checking.check("catalogue", library) == []
    obligations = known(library.content(), "obligations")
    capabilities = known(library.content(), "capabilities")
    assert len(obligations) == 592
    assert len({obligation.source for obligation in obligations.values()}) == 11
    assert len(capabilities) == 54
    assert {obligation.capability for obligation in obligations.values()} == set(capabilities)
    assert not [o.key for o in obligations.values() if "@" in o.quote]
    data = as_json(cover(library))
    assert data["total"] == sum(data[status] for status in STATUSES) == 592
    assert Counter(item["status"] for item in data["items"])["unclaimed"] == data["unclaimed"]


def test_whatever_is_carried_names_carrier_and_scenario() -> None:
    carried = list(iter_carried(checking.load(settings.PACKS_DIR)))
    assert [one for one in carried if not one.by or not one.scenario] == []
