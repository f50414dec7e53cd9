"""A pack folder → its manifest and content, or every problem at once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from huyuan.packs.format import Manifest
from huyuan.packs.messages import explain
from huyuan.packs.registry import KINDS, Content, Item, PackKind, Problem, show
from huyuan.packs.yamltext import Fault, Tree, read_text, read_tree
from huyuan.packs.yamltext import Path as Place

MANIFEST = "pack.yaml"


@dataclass(frozen=True)
class Reading:
    """What a folder holds. With problems, `content` has the items that could be read and `manifest` may be
    absent."""

    folder: Path
    manifest: Manifest | None
    content: Content
    problems: tuple[Problem, ...]


def read(folder: Path) -> Reading:
    """Read a pack folder. Never raises for what stands in it; `Reading.problems` says everything that is
    wrong.

    Files and folders whose name begins with a dot are not part of a pack.
    """
    if not folder.is_dir():
        return Reading(folder, None, {}, (Problem(str(folder), 1, "", "没有这个文件夹"),))
    problems: list[Problem] = []
    content: dict[str, list[Item]] = {name: [] for name in KINDS}
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _hidden(path, folder))
    for path in files:
        file = path.relative_to(folder).as_posix()
        kind = next((kind for kind in KINDS.values() if _claims(kind, path.relative_to(folder))), None)
        if kind is None:
            problems.append(Problem(file, 1, "", f"没有哪一类内容用这个文件；可用的有：{_known_files()}"))
            continue
        items, faults = read_file(path, kind)
        content[kind.name] += [Item(i.key, i.value, file, i.line, i.lines) for i in items]
        problems += [Problem(file, fault.line, show(fault.path), fault.message) for fault in faults]
    if MANIFEST not in {path.relative_to(folder).as_posix() for path in files}:
        problems.append(Problem(MANIFEST, 1, "", f"缺少 {MANIFEST}"))
    for items in content.values():
        problems += _duplicates(items)
    manifests = content["pack"]
    return Reading(folder, manifests[0].value if manifests else None, content, tuple(problems))


def read_file(path: Path, kind: PackKind) -> tuple[list[Item], list[Fault]]:
    """The items of one file and its faults; items that don't fit the schema are left out."""
    text, fault = read_text(path)
    if fault:
        return [], [fault]
    tree = read_tree(text)
    if tree.faults:
        return [], tree.faults
    if kind.single:
        return _items(tree, kind, [(tree.value, ())])
    if not isinstance(tree.value, list):
        return [], [Fault(1, (), "整个文件应为列表（每项前加 - ）")]
    return _items(tree, kind, [(value, (index,)) for index, value in enumerate(tree.value)])


def _items(
    tree: Tree, kind: PackKind, values: Sequence[tuple[object, tuple[int, ...]]]
) -> tuple[list[Item], list[Fault]]:
    lines: dict[Place, dict[Place, int]] = defaultdict(dict)
    depth = 0 if kind.single else 1
    for path, line in tree.lines.items():
        lines[path[:depth]][path[depth:]] = line
    items, faults = [], []
    for raw, at in values:
        try:
            value = kind.schema.validate_python(raw)
        except ValidationError as error:
            found = explain(error, kind.schema, lines[at])
            faults += [Fault(fault.line, (*_name(raw, at), *fault.path), fault.message) for fault in found]
        else:
            items.append(Item(value.key, value, "", lines[at][()], lines[at]))
    return items, faults


def _name(raw: object, at: tuple[int, ...]) -> tuple[str | int, ...]:
    """What an item is called in a path: its key, else its position in the list."""
    key = raw.get("key", raw.get("id")) if isinstance(raw, Mapping) else None
    return (key,) if isinstance(key, str) and at else at


def _duplicates(items: Sequence[Item]) -> Iterator[Problem]:
    first: dict[str, Item] = {}
    for item in items:
        before = first.setdefault(item.key, item)
        if before is not item:
            where = f"{before.file}第{before.line}行"
            yield item.problem(f"key 重复：{where}已经有 {item.key}", "key")


def _claims(kind: PackKind, path: Path) -> bool:
    return len(path.parts) == len(Path(kind.files).parts) and path.match(kind.files)


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _known_files() -> str:
    return "、".join(sorted(kind.files for kind in KINDS.values()))
