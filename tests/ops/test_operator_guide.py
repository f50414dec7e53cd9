"""The operator's guide speaks of what is there: settings, commands, options, files."""

import argparse
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import load_command_class

from config import cli, serve

GUIDE = sorted((settings.ROOT / "docs" / "operator").rglob("*"))
PAGES = [path for path in GUIDE if path.is_file()]
SOURCES = "".join(
    path.read_text(encoding="utf-8") for path in sorted((settings.ROOT / "src" / "config").glob("*.py"))
)


def test_there_is_a_guide() -> None:
    assert {"README.md", "backup.md", "https.md", "huyuan.env"} <= {path.name for path in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_it_names_what_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    settings_named = set(re.findall(r"\b(?:HUYUAN|DATABASE)_[A-Z_]+[A-Z]\b", text))
    assert {name for name in settings_named if f'"{name}"' not in SOURCES} == set()
    commands = set(re.findall(r"(?:\./huyuan|/opt/huyuan/huyuan)(?: --data \S+)? ([a-z]+)\b", text))
    known = {name for name, _ in cli.COMMANDS}
    assert {name for name in commands if name not in known and not cli.is_command(name)} == set()
    links = re.findall(r"\]\(([\w./-]+)\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []
    named = re.findall(r"\b((?:docs|src|packs)/[\w./-]+\w)", text, re.ASCII)
    assert [name for name in named if not (settings.ROOT / name).exists()] == []


def test_the_units_start_what_serve_takes() -> None:
    unit = (settings.ROOT / "docs" / "operator" / "systemd" / "huyuan.service").read_text()
    (arguments,) = re.findall(r" serve (.*)", unit)
    assert serve.options_of(arguments.split()).listen == serve.Listen("127.0.0.1", 8000)
    for app, name in (("huyuan.portal", "county"), ("huyuan.orgs", "account")):
        parser = load_command_class(app, name).create_parser("huyuan", name)
        assert isinstance(parser, argparse.ArgumentParser)
