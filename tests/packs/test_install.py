"""Installing into a real database: once, whole, set-wise, or not at all."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from huyuan.duties.models import Clause, Rule, Term
from huyuan.kernel.errors import Refused
from huyuan.orgs import vocabulary
from huyuan.packs import actions, queries
from huyuan.packs.models import PackVersion
from huyuan.packs.registry import IMPACT, Impact
from huyuan.papers.models import PaperKind
from huyuan.registers.models import Form

from .world import BASE, CATALOGUE, GOOD, build, write

NOW = datetime(2026, 9, 1, tzinfo=UTC)
LATER = datetime(2026, 9, 2, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(tmp_path: Path, settings: Settings) -> Path:
    build(tmp_path)
    settings.PACKS_DIR = tmp_path
    return tmp_path


def rows() -> dict[str, int]:
    models = (PackVersion, Term, Clause, Rule, Form, PaperKind)
    return {model.__name__: model.objects.count() for model in models}


def bump(root: Path, pack: str = "made-up-2026", **files: str) -> None:
    source = GOOD if pack == "made-up-2026" else BASE
    text = source["pack.yaml"].replace('"2026.1"', '"2026.2"')
    write(root / pack, {"pack.yaml": text, **{name.replace("__", "."): file for name, file in files.items()}})


def test_everything_in_order(root: Path) -> None:
    done = actions.install_all(now=NOW)
    assert [one.key for one in done] == ["base", "catalogue", "made-up-2026"]
    assert rows() == {"PackVersion": 3, "Term": 7, "Clause": 3, "Rule": 2, "Form": 1, "PaperKind": 0}
    clause = Clause.objects.get(key="2")
    assert (clause.number, clause.cite, clause.claims[0]["id"]) == (2, "第二条", "S0-P1-002")
    rule = Rule.objects.get(key="weekly-check")
    assert (rule.kind, rule.clauses, rule.spec["every"]) == ("do", ["1"], {"week": 1})
    assert vocabulary.names("orgkind") == {"school": "学校", "bureau": "教育局"}
    assert queries.words("capabilities")["hazards"]["zh"] == "隐患"


def test_twice_changes_nothing(root: Path) -> None:
    actions.install_all(now=NOW)
    before = rows()
    assert not any(one.changed for one in actions.install_all(now=LATER))
    assert rows() == before


def test_dry_run_takes_everything_back(root: Path) -> None:
    actions.install(root / "base", now=NOW)
    actions.install(root / "catalogue", now=NOW)
    before = rows()
    done = actions.install(root / "made-up-2026", now=NOW, dry_run=True)
    assert done.changed and len(done.diff.added) == 7
    assert rows() == before


def test_what_it_uses_comes_first(root: Path) -> None:
    with pytest.raises(Refused) as refused:
        actions.install(root / "made-up-2026", now=NOW)
    assert refused.value.code == "needs-pack"
    assert rows()["PackVersion"] == 0
    actions.install_all(now=NOW)
    bump(root, "base", points__yaml="- {key: gate, zh: 大门}\n")
    bump(root)
    with pytest.raises(Refused) as stale:
        actions.install(root / "made-up-2026", now=NOW)
    assert stale.value.facts == {"pack": "base"}


@pytest.mark.parametrize(
    ("version", "rules", "code"),
    [
        ('"2026.1"', GOOD["rules.yaml"].replace("每周排查", "每周查"), "bad-version"),
        ('"2025.9"', GOOD["rules.yaml"], "bad-version"),
        ('"2026.2"', GOOD["rules.yaml"].replace("hazard-check", "nothing"), "bad-pack"),
    ],
)
def test_refused_changes_nothing(root: Path, version: str, rules: str, code: str) -> None:
    actions.install_all(now=NOW)
    before = rows()
    pack = GOOD["pack.yaml"].replace('"2026.1"', version)
    write(root / "made-up-2026", {"pack.yaml": pack, "rules.yaml": rules})
    with pytest.raises(Refused) as refused:
        actions.install(root / "made-up-2026", now=LATER)
    assert refused.value.code == code
    assert rows() == before


def test_a_new_version_moves_what_is_current(root: Path) -> None:
    actions.install_all(now=NOW)
    bump(root, "base", points__yaml="- {key: gate, zh: 大门}\n- {key: bridge, zh: 桥头}\n")
    done = actions.install(root / "base", now=LATER)
    assert (done.before, done.version) == ("2026.1", "2026.2")
    assert done.diff.touched() == {"pack": {"base"}, "points": {"gate", "bridge"}}
    points = Term.objects.filter(kind="point", current=True)
    assert {point.key: point.zh for point in points} == {"gate": "大门", "bridge": "桥头"}
    assert Term.objects.filter(kind="act", current=True).count() == 1
    assert [form.pack_version.version for form in Form.objects.filter(current=True)] == ["2026.2"]
    assert Form.objects.count() == 2


def test_statements_do_not_grow_with_the_pack(root: Path) -> None:
    actions.install_all(now=NOW)

    def statements(clauses: int, version: str) -> int:
        extra = "".join(
            f"- {{key: '{number}', cite: 第{number}条, text: 一句话。}}\n" for number in range(4, 4 + clauses)
        )
        pack = GOOD["pack.yaml"].replace('"2026.1"', version)
        write(root / "made-up-2026", {"pack.yaml": pack, "clauses.yaml": GOOD["clauses.yaml"] + extra})
        with CaptureQueriesContext(
            connection,
        ) as captured:
            actions.install(root / "made-up-2026", now=LATER)
        return len(captured)

    few, many = statements(1, '"2026.2"'), statements(100, '"2026.3"')
    assert few == many
    assert many <= 40


def test_impact_is_asked_of_whoever_knows(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def ask(version: object, touched: object) -> Impact:
        asked.append(touched)
        return Impact(organisations=3, duties=12)

    actions.install_all(now=NOW)
    monkeypatch.setattr("huyuan.packs.actions.IMPACT", [ask, ask])
    bump(root, rules__yaml=GOOD["rules.yaml"].replace("title: 保安配备", "title: 保安人数"))
    out = StringIO()
    call_command("packs", "install", str(root / "made-up-2026"), "--dry-run", stdout=out)
    assert asked == [{"pack": {"made-up-2026"}, "rules": {"guards"}}] * 2
    assert "    title：保安配备 → 保安人数\n" in out.getvalue()
    assert out.getvalue().endswith("将安装 made-up-2026 2026.2（原为 2026.1）\n影响6个单位、24项未结的义务\n")
    assert all(callable(hook) for hook in IMPACT)


def test_the_command_line(root: Path) -> None:
    out = StringIO()
    call_command("packs", "check", stdout=out)
    call_command("packs", "install", str(root / "base"), stdout=out)
    call_command("packs", "install", str(root / "base"), stdout=out)
    call_command("packs", "diff", "base@2026.1", str(root / "base"), stdout=out)
    call_command("packs", "list", stdout=out)
    text = out.getvalue()
    assert text.startswith("3个法规包，没有问题\n新增说明 base：基本词汇\n")
    assert (
        "已安装 base 2026.1\n影响0个单位、0项未结的义务\nbase 2026.1 已经安装，没有改动\n没有不同\n" in text
    )
    assert "catalogue  目录  未安装，文件为 2026.1\n" in text
    write(root / "made-up-2026", {"rules.yaml": "- key: x\n"})
    with pytest.raises(CommandError, match="3个法规包，1处问题"):
        call_command("packs", "check", stdout=out)
    with pytest.raises(CommandError, match="改好后再安装"):
        call_command("packs", "install", str(root / "made-up-2026"), stdout=out)


def test_the_catalogue_is_kept_with_its_version(root: Path) -> None:
    actions.install_all(now=NOW)
    kept = queries.words("obligations")
    assert len(kept) == CATALOGUE["obligations.yaml"].count("- {id:")
