"""What a table may hold: its columns, told from the fields that are asked, and what may be chosen in them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from huyuan.kernel.fields import REFERENCES, STORED, Field

BETWEEN = re.compile(r"[、，,;；/\n]")
"""What stands between several names in a cell."""
MARKED = re.compile(r"(\((必填|选填)\)|\*)+$")
IN_BRACKETS = re.compile(r"\([^()]*\)$")


class Choices:
    """What may be chosen in a column: `names` in their order, and the values `behind` each name (several
    people may have one). A value that pack writers gave an option is a name of it, too."""

    def __init__(self, pairs: Sequence[tuple[str, str]], *, by_value: bool) -> None:
        self.names = list(dict.fromkeys(name for _, name in pairs))
        self.behind: dict[str, tuple[str, ...]] = {}
        for value, name in pairs:
            for known in {name, value} if by_value else {name}:
                self.behind[known] = tuple(dict.fromkeys((*self.behind.get(known, ()), value)))

    @cached_property
    def _longest_first(self) -> list[str]:
        return sorted(self.behind, key=len, reverse=True)

    def apart(self, text: str) -> list[str]:
        """The names in a cell. A name may itself hold what stands between names (学生宿舍、食堂), so the
        longest one that fits is taken first; what is no name is taken up to the next mark."""
        found, rest = [], text.strip()
        while rest:
            fits = (
                name for name in self._longest_first if rest.startswith(name) and _ends(rest[len(name) :])
            )
            name = next(fits, None) or BETWEEN.split(rest, maxsplit=1)[0]
            rest = BETWEEN.sub("", rest[len(name) :].strip(), count=1).strip()
            found += [name.strip()] if name.strip() else []
        return found


def _ends(rest: str) -> bool:
    rest = rest.strip()
    return not rest or BETWEEN.match(rest) is not None


@dataclass(frozen=True)
class Column:
    """A column: the `field` that it answers, of the rows of `group` if that is not empty; `heading`: as the
    template writes it; `choices`: None where anything may be written."""

    field: Field
    heading: str
    group: str = ""
    choices: Choices | None = None

    def names(self, text: str) -> bool:
        """Is this one of the choices?"""
        return self.choices is not None and text in self.choices.behind

    @property
    def required(self) -> bool:
        """Must every record answer it, whatever else it says?"""
        return self.field.required and not self.field.show_if and not self.group


@dataclass(frozen=True)
class Layout:
    """A table that can be read and handed out empty. `fields`: what is asked, as `kernel.fields.parse` takes
    it; photos and signatures do not come in a table and are not asked. `offered`: field id → (id, name) of
    what a person, place, organisation or event may be. `also`: field id → other headings under which people
    know it. `quiet`: ids of fields that are read where they stand, but not asked for in the empty table.
    """

    title: str
    fields: tuple[Field, ...]
    offered: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quiet: frozenset[str] = frozenset()

    @cached_property
    def asked(self) -> tuple[Field, ...]:
        """The fields that a table can answer."""
        return tuple(_askable(self.fields))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """One for each field, of a group one for each of its parts."""
        found: list[Column] = []
        for one in self.asked:
            if one.type == "group":
                found += [
                    Column(part, f"{one.label}：{titled(part)}", one.id, self._choices(part))
                    for part in one.fields
                ]
            else:
                found.append(Column(one, titled(one), choices=self._choices(one)))
        return tuple(found)

    @property
    def template(self) -> tuple[Column, ...]:
        """The columns of the empty table."""
        return tuple(column for column in self.columns if column.field.id not in self.quiet)

    @cached_property
    def headings(self) -> dict[str, Column]:
        """Every heading under which a column is known, as `plain_heading` leaves it. A part of a group goes
        by its own name, too, where nothing else has that name."""
        known = {plain_heading(column.heading): column for column in self.columns}
        own = [(plain_heading(column.field.label), column) for column in self.columns]
        own += [
            (plain_heading(text), column)
            for column in self.columns
            for text in self.also.get(column.field.id, ())
        ]
        times = Counter(text for text, _ in own)
        return {text: column for text, column in own if times[text] == 1} | known

    def _choices(self, one: Field) -> Choices | None:
        if one.type in REFERENCES:
            return Choices(self.offered.get(one.id, ()), by_value=False)
        if one.options:
            return Choices([(option.value, option.label) for option in one.options], by_value=True)
        return None


def _askable(fields: Sequence[Field]) -> list[Field]:
    """The fields without what does not come in a table."""
    kept = []
    for one in fields:
        if one.type == "group":
            parts = tuple(_askable(one.fields))
            kept += [one.model_copy(update={"fields": parts})] if parts else []
        elif one.type not in STORED:
            kept.append(one)
    return kept


def titled(one: Field) -> str:
    """The heading of a field's column, with its unit."""
    unit = "人" if one.type == "people_count" else one.unit
    return f"{one.label}（{unit}）" if unit else one.label


def plain_heading(text: str) -> str:
    """A heading as it is compared: 检查人数（人）*, 检查人数 (人) and 检查人数 are one."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return IN_BRACKETS.sub("", MARKED.sub("", plain)) or plain
