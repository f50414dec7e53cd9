"""Versions of a pack: their canonical content and digest, and what changed from one to the next."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from huyuan.packs.reading import Reading
from huyuan.packs.registry import KINDS, Content

#: an item as kept with a version: {"key": …, "say": its Chinese line, "value": the JSON of what was
#: validated}
Kept = Mapping[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """One version of a pack, from a folder or from the database. `content`: kind → items in their order."""

    key: str
    version: str
    content: Mapping[str, list[Kept]]

    @property
    def digest(self) -> str:
        """sha256 of what the pack says; its version and the wording of `say` do not count."""
        said = {kind: [item["value"] for item in items] for kind, items in self.content.items() if items}
        said["pack"] = [{name: said["pack"][0][name] for name in said["pack"][0] if name != "version"}]
        return digest(said)


@dataclass(frozen=True)
class Change:
    """One item that differs. `fields`: (path, before, after), None where there was or is nothing."""

    kind: str
    key: str
    say: str
    fields: tuple[tuple[str, Any, Any], ...] = ()


@dataclass(frozen=True)
class Diff:
    """From one version to another, in the order of the content."""

    added: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    retired: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)

    def touched(self) -> dict[str, frozenset[str]]:
        """Kind → keys of everything that differs."""
        every = (*self.added, *self.changed, *self.retired)
        return {kind: frozenset(c.key for c in every if c.kind == kind) for kind in {c.kind for c in every}}

    def say(self) -> Iterator[str]:
        """Chinese lines, one per item and one per field."""
        for verb, changes in (("新增", self.added), ("修改", self.changed), ("停用", self.retired)):
            for change in changes:
                yield f"{verb}{KINDS[change.kind].zh} {change.key}：{change.say}"
                for path, before, after in change.fields:
                    yield f"    {path}：{_short(before)} → {_short(after)}"


def digest(value: object) -> str:
    """sha256 of the canonical JSON of a value."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def dump(kind: str, value: object) -> Any:
    """The JSON of an item: what was written, without defaults, so a new default changes no digest."""
    return KINDS[kind].schema.dump_python(value, mode="json", by_alias=True, exclude_defaults=True)


def snapshot(reading: Reading) -> Snapshot:
    """The version that a folder holds; the reading must have no problems."""
    assert reading.manifest is not None
    return Snapshot(reading.manifest.key, reading.manifest.version, _kept(reading.content))


def _kept(content: Content) -> dict[str, list[Kept]]:
    return {
        kind: [
            {"key": item.key, "say": KINDS[kind].say(item.value), "value": dump(kind, item.value)}
            for item in items
        ]
        for kind, items in content.items()
        if items
    }


def diff(old: Snapshot | None, new: Snapshot) -> Diff:
    """What the new version adds, changes (field by field) and retires; without an old one everything is
    added."""
    before = _by_key(old)
    after = _by_key(new)
    return Diff(
        added=tuple(Change(*at, item["say"]) for at, item in after.items() if at not in before),
        changed=tuple(
            Change(*at, item["say"], tuple(_fields(before[at]["value"], item["value"])))
            for at, item in after.items()
            if at in before and before[at]["value"] != item["value"]
        ),
        retired=tuple(Change(*at, item["say"]) for at, item in before.items() if at not in after),
    )


def _by_key(version: Snapshot | None) -> dict[tuple[str, str], Kept]:
    content = version.content if version else {}
    return {(kind, item["key"]): item for kind, items in content.items() for item in items}


def _fields(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two JSON values differ; paths as in `Problem`."""
    parts = _pairs(before, after)
    if parts is None:
        if before != after:
            yield path, before, after
        return
    for name, one, other in parts:
        yield from _fields(one, other, f"{path}{name}".removeprefix("."))


def _pairs(before: Any, after: Any) -> list[tuple[str, Any, Any]] | None:
    """The parts of two values that belong together. In lists: what has the same key or id, else (in lists of
    the same length) what has the same place. None: compared as a whole."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [(f".{name}", before.get(name), after.get(name)) for name in dict.fromkeys([*before, *after])]
    if not (isinstance(before, list) and isinstance(after, list)):
        return None
    if not all(isinstance(part, dict) for part in (*before, *after)):
        return None
    ours, theirs = _named(before), _named(after)
    if ours is not None and theirs is not None:
        return [(f"[{name}]", ours.get(name), theirs.get(name)) for name in dict.fromkeys([*ours, *theirs])]
    if len(before) == len(after):
        return [(f"[{place}]", *pair) for place, pair in enumerate(zip(before, after, strict=True), start=1)]
    return None


def _named(parts: list[dict[str, Any]]) -> dict[str, Any] | None:
    """List of things → key or id → thing, if each has its own."""
    named = {str(part.get("key") or part.get("id")): part for part in parts}
    return named if len(named) == len(parts) and "None" not in named else None


def _short(value: Any) -> str:
    if value is None:
        return "（无）"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}…"


def number(version: str) -> tuple[int, ...]:
    """2026.10 comes after 2026.9."""
    return tuple(map(int, version.split(".")))


def refusals(old: Snapshot, new: Snapshot) -> Iterator[str]:
    """Why the new version may not follow the installed one; nothing if it may."""
    if number(new.version) < number(old.version):
        yield f"已安装 {old.version}，不能退回到 {new.version}"
    elif new.version == old.version and new.digest != old.digest:
        yield f"内容变了，版本号没变：请把 pack.yaml 的 version 从 {old.version} 往上加"
    after = _by_key(new)
    read = {
        name: {key: kind.schema.validate_python(after[name, key]["value"]) for n, key in after if n == name}
        for name, kind in KINDS.items()
        if kind.evolve
    }
    for (name, key), item in _by_key(old).items():
        evolve = KINDS[name].evolve if name in KINDS else None
        if evolve and key in read[name]:
            yield from (f"{KINDS[name].zh} {key}：{why}" for why in evolve(item["value"], read[name][key]))
