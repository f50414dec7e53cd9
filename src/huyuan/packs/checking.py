"""Checks of packs against each other: each kind's own `check`, and keys that two packs define."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from huyuan.packs.reading import MANIFEST, Reading, read
from huyuan.packs.registry import KINDS, Content, Problem

#: in reach of every pack, named by it or not
EVERYWHERE = ("base", "catalogue")


@dataclass(frozen=True)
class Library:
    """Packs that were read, by key (one that can't say its key goes by its folder's name)."""

    readings: Mapping[str, Reading]

    def content(self) -> dict[str, Content]:
        """Key → content of every pack."""
        return {key: reading.content for key, reading in self.readings.items()}

    def reach(self, key: str) -> dict[str, Content]:
        """What a pack may use: itself, what it depends on (and so on), and what is everywhere."""
        found: dict[str, Content] = {}
        wanted = [key, *EVERYWHERE]
        while wanted:
            name = wanted.pop()
            reading = self.readings.get(name)
            if reading is not None and name not in found:
                found[name] = reading.content
                wanted += reading.manifest.depends_on if reading.manifest else ()
        return found

    def order(self) -> list[str]:
        """Every key, each after what it uses; a circle of packs is cut where it is met."""
        ordered: list[str] = []

        def visit(key: str, path: tuple[str, ...]) -> None:
            if key in self.readings and key not in ordered and key not in path:
                manifest = self.readings[key].manifest
                needed = manifest.depends_on if manifest else ()
                for name in (*(EVERYWHERE if key not in EVERYWHERE else ()), *needed):
                    visit(name, (*path, key))
                ordered.append(key)

        for key in sorted(self.readings):
            visit(key, ())
        return ordered


def key_of(reading: Reading) -> str:
    """The pack's key, or its folder's name as long as the manifest can't be read."""
    return reading.manifest.key if reading.manifest else reading.folder.name


def folders(root: Path) -> list[Path]:
    """Every pack folder under the packs directory."""
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def load(root: Path, *more: Path) -> Library:
    """Read the packs directory, and other folders; one of these replaces a pack of the same key."""
    readings = [read(folder) for folder in (*folders(root), *more)]
    return Library({key_of(reading): reading for reading in readings})


def check(key: str, library: Library) -> list[Problem]:
    """Every problem of one pack, in the order of its files. A pack that can't be read is not checked
    further."""
    reading = library.readings[key]
    problems = [*reading.problems]
    if not problems:
        problems += _manifest(reading, library)
        problems += _defined_elsewhere(key, reading.content, library)
        reach = library.reach(key)
        for kind in KINDS.values():
            problems += kind.check(key, reading.content, reach) if kind.check else ()
    return sorted(problems, key=lambda problem: (problem.file, problem.line))


def _manifest(reading: Reading, library: Library) -> Iterator[Problem]:
    manifest = reading.content["pack"][0]
    if reading.folder.name != manifest.key:
        yield manifest.problem(f"文件夹名应与 key 相同，这里是 {reading.folder.name}", "key")
    for index, name in enumerate(manifest.value.depends_on):
        if name not in library.readings:
            yield manifest.problem(f"依赖的法规包不存在：{name}", "depends_on", index)
    for name in EVERYWHERE if manifest.key not in EVERYWHERE else ():
        broken = library.readings.get(name)
        if broken is not None and broken.problems:
            yield Problem(MANIFEST, 1, "", f"法规包 {name} 有{len(broken.problems)}处问题，请先改好它")


def _defined_elsewhere(key: str, content: Content, library: Library) -> Iterator[Problem]:
    for kind in KINDS.values():
        if kind.shared:
            for other, reading in library.readings.items():
                if other != key:
                    theirs = {item.key for item in reading.content[kind.name]}
                    for item in content[kind.name]:
                        if item.key in theirs:
                            yield item.problem(f"法规包 {other} 已经有 {item.key}，请直接使用或改名", "key")
