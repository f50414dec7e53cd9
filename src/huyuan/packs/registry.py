"""What a pack may hold: each package registers its kinds of pack content here in `AppConfig.ready()`.

`packs` reads, checks, diffs, versions and installs; what an item of a kind means is known only to the package that
registered the kind. So a lower package (packs) reaches a higher one (duties) without importing it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import TypeAdapter


class InstalledVersion(Protocol):
    """The row of `packs.PackVersion` that an installer writes for."""

    id: Any
    key: str
    version: str


@dataclass(frozen=True)
class Problem:
    """One fault in a pack. `file` is relative to the pack's folder, `line` is 1-based, `path` names the key."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.message}"


@dataclass(frozen=True)
class Item:
    """One item of a pack file with the place it came from; `value` is what the kind's schema validated."""

    key: str
    value: Any
    file: str
    line: int


#: content of one pack: kind name → its items in file order
Content = Mapping[str, Sequence[Item]]


@dataclass(frozen=True)
class PackKind:
    """One kind of pack content.

    `files` is a glob inside the pack folder ("rules.yaml", "forms/*.yaml"); a file holds a list of items, or one item
    when `single`. `check(pack_key, content, library)` yields problems across items and packs, `library` being every
    pack in reach (key → Content). `install(version, items)` writes the rows of one version set-wise, inside the
    caller's transaction. `say(value)` is the one Chinese line shown in diffs and lists.
    """

    name: str
    files: str
    schema: TypeAdapter[Any]
    say: Callable[[Any], str]
    check: Callable[[str, Content, Mapping[str, Content]], Iterable[Problem]] | None = None
    install: Callable[[InstalledVersion, Sequence[Item]], None] | None = None
    single: bool = False


KINDS: dict[str, PackKind] = {}


def register(kind: PackKind) -> None:
    """Add a kind; a second kind of the same name is a programming error."""
    if kind.name in KINDS:
        raise ValueError(f"pack kind {kind.name!r} is registered twice")
    KINDS[kind.name] = kind
