"""docs/adding-a-directive.md is true: its pack, what its commands print, the rules it points at."""

import re
import shlex
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from huyuan.packs import actions, checking

from .world import write

PAGE = (Path(settings.ROOT) / "docs" / "adding-a-directive.md").read_text(encoding="utf-8")
KEY = "example-2026-winter"
FILES = dict(re.findall(r"^```yaml\n# (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
#: in the order of the page: a change (改: kept; 试改: undone after the next command), or a command and
#: what it prints
STEPS = re.findall(
    r"^```diff\n(试?改) (\S+)\n(.*?)^```|^```\n\$ \./huyuan ([^\n]*)\n(.*?)^```",
    PAGE,
    re.MULTILINE | re.DOTALL,
)
#: how a phrase of the text is written, pack and rule that write it so
PHRASES = re.findall(r"^\| .+? \| `(\{.+\})` \| ([\w-]+) `([\w-]+)` \|$", PAGE, re.MULTILINE)


def answer(command: str) -> str:
    """What the command line prints."""
    said = StringIO()
    try:
        call_command(*shlex.split(command), stdout=said)
    except CommandError as error:
        return f"{said.getvalue()}CommandError: {error}\n"
    return said.getvalue()


def changed(text: str, change: str) -> str:
    """The text with the lines marked - replaced by those marked +."""
    before, after = (
        "".join(f"{line[2:]}\n" for line in change.splitlines() if line[0] == mark) for mark in "-+"
    )
    assert text.count(before) == 1, before
    return text.replace(before, after)


@pytest.mark.django_db
def test_every_command_answers_as_printed(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pack in ("base", "catalogue"):
        shutil.copytree(settings.PACKS_DIR / pack, tmp_path / "packs" / pack)
        actions.install(tmp_path / "packs" / pack, now=timezone.now())
    settings.PACKS_DIR = tmp_path / "packs"
    folder = write(tmp_path / KEY, FILES)
    monkeypatch.chdir(tmp_path)
    undo: dict[Path, str] = {}
    for verb, file, change, command, printed in STEPS:
        if verb:
            path = folder / file
            text = path.read_text(encoding="utf-8")
            undo |= {path: text} if verb == "试改" else {}
            path.write_text(changed(text, change), encoding="utf-8")
            continue
        said = answer(command)
        assert said.endswith(printed.removeprefix("……\n")) if printed.startswith("……") else said == printed
        for path, text in undo.items():
            path.write_text(text, encoding="utf-8")
        undo.clear()
    assert len(STEPS) == 20


def test_each_rule_is_seen_done_and_not_done(tmp_path: Path) -> None:
    folder = write(tmp_path / KEY, FILES)
    library = checking.load(settings.PACKS_DIR, folder)
    scenarios = [item.value for item in library.readings[KEY].content["scenarios"]]
    rules = {item.key for item in library.readings[KEY].content["rules"]}
    verdicts = {(expect.rule, expect.verdict) for scenario in scenarios for expect in scenario.expect}
    assert {rule for rule, verdict in verdicts if verdict == "met"} == rules
    assert {rule for rule, verdict in verdicts if verdict in ("missed", "late")} == rules


def within(part: Any, whole: Any) -> bool:
    """Is everything that `part` says said by `whole`?"""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and within(part[key], whole[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(within(one, other) for other in whole) for one in part)
    return bool(part == whole)


@pytest.mark.parametrize(("written", "pack", "rule"), PHRASES)
def test_the_rules_it_points_at_are_written_so(written: str, pack: str, rule: str) -> None:
    rules = yaml.safe_load((settings.PACKS_DIR / pack / "rules.yaml").read_text(encoding="utf-8"))
    (whole,) = (one for one in rules if one["key"] == rule)
    assert within(yaml.safe_load(written), whole), whole


def test_no_phrase_is_left_out() -> None:
    rows = re.findall(
        r"^\| .* \| .* `[\w-]+` \|$", PAGE.split("## 十、")[1].split("## 十一、")[0], re.MULTILINE
    )
    assert len(PHRASES) == len(rows) == 18


def test_the_files_and_pages_it_names_are_there() -> None:
    named = re.findall(r"\b(packs/[\w./-]+\w)", PAGE, re.ASCII)
    assert named
    assert [name for name in named if not (Path(settings.ROOT) / name).exists()] == []
    links = re.findall(r"\]\(([\w./-]+)\)", PAGE)
    assert [link for link in links if not (Path(settings.ROOT) / "docs" / link).exists()] == []
