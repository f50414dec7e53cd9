"""What a table would change: worked out first, so that it can be shown, and then done whole or not at all."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import models

from huyuan.kernel.fields import Cell
from huyuan.kernel.sheets import Finding, Layout, Record
from huyuan.orgs.actor import ROOT_KIND
from huyuan.orgs.models import Attribute, Bell, Person
from huyuan.orgs.tables.scene import Scene

Step = TypeVar("Step", Attribute, Bell)


class Change(NamedTuple):
    """A row, the organisation under which it is traced, and the values that it gets."""

    row: models.Model
    org_id: UUID | None
    values: Mapping[str, Any]


@dataclass
class Plan:
    """New rows with their organisations, changes, people who leave with their last day, how many rows say
    what is there already, and what has to be said."""

    new: list[tuple[models.Model, UUID | None]] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    leaving: dict[Person, date] = field(default_factory=dict)
    same: int = 0
    findings: list[Finding] = field(default_factory=list)
    _first: dict[Hashable, Record] = field(default_factory=dict)

    @property
    def stopped(self) -> bool:
        return any(one.stops for one in self.findings)

    def stop(self, record: Record, column: str, text: str) -> None:
        """Nothing is brought in before this is put right."""
        self.findings.append(Finding(record.line, column, text))

    def note(self, record: Record, column: str, text: str) -> None:
        """Worth a look."""
        self.findings.append(Finding(record.line, column, text, stops=False))

    def is_first(self, key: Hashable, record: Record) -> bool:
        """Does the table say this for the first time? A second row about the same thing is found."""
        before = self._first.setdefault(key, record)
        if before is record:
            return True
        if before.body == record.body:
            self.note(record, "", f"和第{before.line}行完全相同，只算一次。")
        else:
            self.stop(record, "", f"和第{before.line}行说的是同一个，内容却不同。请只留一行。")
        return False

    def add(self, row: models.Model, org_id: UUID | None) -> None:
        self.new.append((row, org_id))

    def want(self, row: models.Model, org_id: UUID | None, **values: Any) -> None:
        """The row is there; it gets those of the values that differ."""
        differing = {name: value for name, value in values.items() if getattr(row, name) != value}
        if differing:
            self.changed.append(Change(row, org_id, differing))
        else:
            self.same += 1

    def step(self, found: dict[date, Step], step: Step, org_id: UUID, **values: Any) -> None:
        """A step of what holds from its day on, beside those found by their days: the same day is corrected,
        what holds already is left."""
        day = step.from_day
        before = in_force(found, day)
        if day in found:
            self.want(found[day], org_id, **values)
        elif before is not None and all(getattr(before, name) == value for name, value in values.items()):
            self.same += 1
        else:
            for name, value in values.items():
                setattr(step, name, value)
            found[day] = step
            self.add(step, org_id)


def in_force(steps: Mapping[date, Step], day: date) -> Step | None:
    """The step that holds on the day: the last one before or on it."""
    days = sorted(steps)
    place = bisect_right(days, day)
    return steps[days[place - 1]] if place else None


@dataclass(frozen=True)
class Table:
    """A table in and out. `action`: what its uploader may do to the organisations that it names, to the
    county's government where it is `at_root`; `layout`, `plan`, `rows`: how it is read, what it would change,
    and what is there now, in the same columns; `after`: what is derived from its rows and brought up to date
    once they are written, of a county and on a day."""

    key: str
    title: str
    hint: str
    action: str
    layout: Callable[[Scene], Layout]
    plan: Callable[[Scene, Sequence[Record]], Plan]
    rows: Callable[[Scene], Iterator[Mapping[str, Cell]]]
    at_root: bool = False
    after: Callable[[int, date], object] | None = None

    def open_to(self, scene: Scene) -> bool:
        """May the actor bring it in, for any organisation at all?"""
        able = scene.within(self.action)
        return any(scene.orgs[key].kind == ROOT_KIND for key in able) if self.at_root else bool(able)


def day_in(record: Record, name: str) -> date | None:
    """A day that the row gives."""
    text = record.body.get(name)
    return date.fromisoformat(str(text)) if text else None


def text_in(record: Record, name: str) -> str:
    """A text that the row gives; empty where it says nothing."""
    return str(record.body.get(name, ""))


def org_in(record: Record, name: str = "org") -> UUID:
    """An organisation that the row names, by a column that must be filled in."""
    return UUID(str(record.body[name]))
