"""What a form may ask: the field types and the checks that hold before anybody fills it in."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic import Field as Constrained

FieldType = Literal[
    "text",
    "long_text",
    "number",
    "people_count",
    "yes_no",
    "choice",
    "choices",
    "date",
    "time",
    "datetime",
    "month",
    "person",
    "place",
    "organisation",
    "event",
    "photo",
    "file",
    "signature",
    "location",
    "group",
]
REFERENCES: tuple[FieldType, ...] = ("person", "place", "organisation", "event")
STORED: tuple[FieldType, ...] = ("photo", "file", "signature")
# How long a text or how many things are taken when the form says nothing.
LENGTH: Mapping[str, int] = {"text": 200, "long_text": 5000}
COUNT: Mapping[str, int] = {"photo": 9, "file": 9, "signature": 1, "group": 200}
# Which types may carry which qualifier.
QUALIFIERS: Mapping[str, tuple[FieldType, ...]] = {
    "options": ("choice", "choices"),
    "unit": ("number",),
    "decimals": ("number",),
    "min": ("number", "people_count", "choices", "photo", "file", "group"),
    "max": ("number", "people_count", "choices", "photo", "file", "group"),
    "max_length": ("text", "long_text"),
    "many": REFERENCES,
    "of": ("event", "organisation"),
    "fields": ("group",),
}

Id = Annotated[str, Constrained(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Scalar = bool | int | float | str


class Option(BaseModel):
    """One choice: `value` is stored and never reused, `label` is read. A bare text is both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str
    label: str


def _option(value: object) -> object:
    return {"value": value, "label": value} if isinstance(value, str) else value


class ShowIf(BaseModel):
    """Show the field only when an earlier one has this value (for choices: contains it)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: Id
    equals: Scalar


class Field(BaseModel):
    """One question of a form.

    `min` and `max` bound a number, or the count of choices, photos, files or rows of a group. `folded`
    fields stay out of the way until asked for; `personal` marks data about a person, which retention and
    masking look for. `of`: the kinds of event or organisation that such a field offers (empty: all).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    label: Annotated[str, Constrained(min_length=1)]
    type: FieldType
    required: bool = False
    hint: str = ""
    folded: bool = False
    personal: bool = False
    show_if: ShowIf | None = None
    options: tuple[Annotated[Option, BeforeValidator(_option)], ...] = ()
    unit: str = ""
    decimals: Annotated[int, Constrained(strict=True, ge=0, le=6)] = 0
    min: float | None = None
    max: float | None = None
    max_length: Annotated[int, Constrained(strict=True, ge=1, le=20000)] | None = None
    many: bool = False
    of: tuple[str, ...] = ()
    fields: tuple["Field", ...] = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> "Field":
        for qualifier, types in QUALIFIERS.items():
            if qualifier in self.model_fields_set and self.type not in types:
                raise ValueError(f"字段 {self.id}：{self.type} 不能写 {qualifier}")
        values = [option.value for option in self.options]
        for fault, message in (
            (self.type in ("choice", "choices") and not values, "须写 options"),
            (len(values) != len(set(values)), "options 有重复的值"),
            (self.type == "group" and not self.fields, "须写 fields"),
            (any(field.type == "group" for field in self.fields), "分组里不能再有分组"),
            (self.min is not None and self.max is not None and self.min > self.max, "min 大于 max"),
        ):
            if fault:
                raise ValueError(f"字段 {self.id}：{message}")
        return self

    @property
    def most(self) -> int:
        """How many photos, files or rows are taken."""
        return int(self.max) if self.max is not None else COUNT.get(self.type, 1)


def faults(fields: Sequence[Field]) -> list[str]:
    """What is wrong between the fields of a form, as Chinese sentences; empty when it can be filled in."""
    return list(_faults(fields))


def _faults(fields: Sequence[Field]) -> Iterator[str]:
    earlier: dict[str, Field] = {}
    for field in fields:
        if field.id in earlier:
            yield f"字段 {field.id} 重复，请改名"
        condition = field.show_if
        if condition and condition.field not in earlier:
            yield f"字段 {field.id} 的 show_if 引用了 {condition.field}，须引用排在它前面的字段"
        elif condition and not _possible(earlier[condition.field], condition.equals):
            yield f"字段 {field.id} 的 show_if：{condition.field} 不会等于 {condition.equals}"
        yield from _faults(field.fields)
        earlier[field.id] = field


def _possible(field: Field, value: Scalar) -> bool:
    if field.type == "yes_no":
        return isinstance(value, bool)
    if field.type in ("choice", "choices"):
        return value in [option.value for option in field.options]
    return field.type in ("number", "people_count", "text") and not isinstance(value, bool)
