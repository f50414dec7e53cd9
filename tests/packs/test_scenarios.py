"""Every scenario of every pack on file, and every claim without what carries it."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from huyuan.duties.scenarios import Outcome, run_all, run_removals
from huyuan.packs import checking

from .world import build

LIBRARY = checking.load(settings.PACKS_DIR)
# Packs with rules say by scenarios what they mean.
PACKS = [key for key, reading in LIBRARY.readings.items() if reading.content["rules"]]


def said(outcomes: list[Outcome]) -> str:
    """The faults, each with its file and line."""
    return "\n".join(
        f"{outcome.file}:{outcome.line} {outcome.key}\n  {fault}"
        for outcome in outcomes
        for fault in outcome.faults
    )


@pytest.mark.parametrize("pack", PACKS)
def test_every_scenario_comes_out_as_expected(pack: str) -> None:
    outcomes = list(run_all(LIBRARY, pack))
    assert outcomes, f"{pack} has rules and no scenario"
    assert said(outcomes) == ""


@pytest.mark.parametrize("pack", PACKS)
def test_no_claim_holds_without_its_carriers(pack: str) -> None:
    assert said(list(run_removals(LIBRARY, pack))) == ""


def test_what_cannot_be_read_is_not_called_right(tmp_path: Path) -> None:
    folder = build(tmp_path)
    manifest = (folder / "pack.yaml").read_text(encoding="utf-8")
    (folder / "pack.yaml").write_text(manifest.replace('"2026.1"', "2026.1"), encoding="utf-8")
    said = StringIO()
    with pytest.raises(CommandError, match="先改好这1处问题"):
        call_command("scenarios", str(folder), stdout=said)
    assert said.getvalue().startswith("made-up-2026/pack.yaml:2: version")
