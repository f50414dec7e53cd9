"""What a pack may hold: each package registers its kinds of pack content here in `AppConfig.ready()`.

`packs` reads, checks, diffs, versions and installs; what an item of a kind means is known only to the package
that registered the kind. So a lower package (packs) reaches a higher one (duties) without importing it.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from pydantic import TypeAdapter


class InstalledVersion(Protocol):
    """The row of `packs.PackVersion` that an installer writes for."""

    pk: UUID
    pack_id: UUID
    version: str
    installed_at: datetime

    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Problem:
    """One fault in a pack. `file` is relative to the pack's folder, `line` is 1-based, `path` names the key.

    In `path` the items of a file go by their key and positions in a list count from 1:
    `weekly-check.clauses[2]`.
    """

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (f"{self.file}:{self.line}", self.path, self.message)))


def show(path: Sequence[str | int]) -> str:
    """("claims", 1, "quote") → "claims[2].quote"."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


@dataclass(frozen=True)
class Item:
    """One item of a pack file with the place it came from; `value` is what the kind's schema validated.

    `lines` leads from a path inside the item to its line.
    """

    key: str
    value: Any
    file: str
    line: int
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict, repr=False)

    def problem(self, message: str, *path: str | int) -> Problem:
        """A fault of this item at `path` inside it, at the line nearest to it that stands in the text."""
        near = path
        while near and near not in self.lines:
            near = near[:-1]
        return Problem(self.file, self.lines.get(near, self.line), show((self.key, *path)), message)


#: content of one pack: kind name → its items in file order
Content = Mapping[str, Sequence[Item]]


@dataclass(frozen=True)
class PackKind:
    """One kind of pack content.

    `files` is a glob inside the pack folder ("rules.yaml", "forms/*.yaml"); a file holds a list of items, or
    one item when `single`. Every item has a `key`, unique in its pack and kind. Keys of a `shared` kind are
    words that every pack may use, so no two packs may define the same one. `zh` names the kind and
    `say(value)` is the one Chinese line of an item, in diffs and lists.

    `check(pack_key, content, library)` yields problems across items and packs, `library` being every pack in
    reach (key → Content). `evolve(old, new)` yields what forbids turning the installed item (as JSON) into
    the new one. `install(version, items)` writes the rows of one version set-wise, inside the caller's
    transaction.
    """

    name: str
    zh: str
    files: str
    schema: TypeAdapter[Any]
    say: Callable[[Any], str]
    check: Callable[[str, Content, Mapping[str, Content]], Iterable[Problem]] | None = None
    evolve: Callable[[Mapping[str, Any], Any], Iterable[str]] | None = None
    install: Callable[[InstalledVersion, Sequence[Item]], None] | None = None
    single: bool = False
    shared: bool = False


KINDS: dict[str, PackKind] = {}


def register(kind: PackKind) -> None:
    """Add a kind; a second kind of the same name is a programming error."""
    if kind.name in KINDS:
        raise ValueError(f"pack kind {kind.name!r} is registered twice")
    KINDS[kind.name] = kind


@dataclass(frozen=True)
class Impact:
    """Whom a new version touches: organisations bound by the pack, and their duties not yet closed."""

    organisations: int = 0
    duties: int = 0


#: asked inside the installing transaction: (version, kind → keys added, changed or retired) → whom it touches
IMPACT: list[Callable[[InstalledVersion, Mapping[str, frozenset[str]]], Impact]] = []


def known(library: Mapping[str, Content], kind: str) -> dict[str, Any]:
    """Every item of a kind in reach, key → value."""
    return {item.key: item.value for content in library.values() for item in content.get(kind, ())}


def unknown(what: str, key: str, among: Iterable[str] | Mapping[str, object]) -> str:
    """The sentence for a key that doesn't exist, with the nearest one that does. Words have Chinese names,
    too: whoever wrote the name is told the key."""
    keys = {key: key for key in sorted(among)}
    names = {_name(value): key for key, value in sorted(among.items())} if isinstance(among, Mapping) else {}
    near = difflib.get_close_matches(key, keys | names, n=1, cutoff=0.6)
    return f"没有这个{what}：{key}" + (f"，是不是 {(keys | names)[near[0]]}？" if near else "")


def _name(word: object) -> str:
    """Its Chinese name, or nothing that anybody would write."""
    return word if isinstance(word, str) else str(getattr(word, "zh", ""))
