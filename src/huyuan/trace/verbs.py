"""What acts on record are called. A verb that nobody named is refused when it is written, so that whoever
reads the record never meets one."""

from collections.abc import Mapping
from typing import NamedTuple


class Group(NamedTuple):
    """Verbs that a reader looks for together, with their names."""

    zh: str
    verbs: Mapping[str, str]


GROUPS: dict[str, Group] = {}
VERBS: dict[str, str] = {}
OBJECTS: dict[str, str] = {}


def register(key: str, zh: str, verbs: Mapping[str, str], objects: Mapping[str, str] | None = None) -> None:
    """Name the verbs of a package and the kinds of object that they are about. Raises ValueError where a verb
    has another name already."""
    twice = [verb for verb, name in verbs.items() if VERBS.get(verb, name) != name]
    if twice:
        raise ValueError(f"verbs {twice} have two names")
    GROUPS[key] = Group(zh, verbs)
    VERBS.update(verbs)
    OBJECTS.update(objects or {})
