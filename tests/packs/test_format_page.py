"""docs/pack-format.md is true: its example is a pack without problems whose scenarios hold."""

import re
from pathlib import Path

from django.conf import settings

from huyuan.duties import scenarios
from huyuan.packs import checking

from .world import write

PAGE = Path(settings.ROOT) / "docs" / "pack-format.md"
FENCES = re.compile(r"^```yaml\n# (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_example_is_a_good_pack(tmp_path: Path) -> None:
    files = {name: text for name, text in FENCES.findall(PAGE.read_text(encoding="utf-8"))}
    named = re.search(r"^packs/example-2026-three/\n +(.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert named and set(named[1].split()) == set(files)
    folder = write(tmp_path / "example-2026-three", files)
    library = checking.load(settings.PACKS_DIR, folder)
    assert [str(problem) for problem in checking.check("example-2026-three", library)] == []
    assert [outcome for outcome in scenarios.run_all(library, "example-2026-three") if outcome.faults] == []
    removed = list(scenarios.run_removals(library, "example-2026-three"))
    assert [outcome for outcome in removed if outcome.faults] == []
    assert len(removed) == 5
