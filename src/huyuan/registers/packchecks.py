"""Checks of forms: fields that can be filled in, effects that name existing words and fields of a fitting
type."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from huyuan.kernel.fields import Field, FieldType, faults
from huyuan.packs.registry import Content, Item, Problem, known, unknown
from huyuan.registers.rules import PAGE_NAMES
from huyuan.registers.schema import Act, Effect, Event, FormSpec, Hours, Measure, Presence, Values

Library = Mapping[str, Content]
Part = str | int

#: which types of field may be meant by a reference, by what it is used for
INSTANT: tuple[FieldType, ...] = ("date", "datetime")
CLOCK: tuple[FieldType, ...] = ("datetime", "time")
NUMBER: tuple[FieldType, ...] = ("number", "people_count", "yes_no")
SUMMED: tuple[FieldType, ...] = ("number", "people_count")
WORD: tuple[FieldType, ...] = ("choice", "choices", "yes_no", "organisation", "text")
PEOPLE: tuple[FieldType, ...] = ("people_count", "number", "person")
PERSON: tuple[FieldType, ...] = ("person", "text")
ASKED: tuple[FieldType, ...] = ("yes_no", "choice", "choices")
ORGANISATION: tuple[FieldType, ...] = ("organisation",)
TEXT: tuple[FieldType, ...] = ("text", "choice", "date")
EVENT: tuple[FieldType, ...] = ("event",)
SAID: tuple[FieldType, ...] = ("text", "long_text", "choice", "choices", "date", "number", "organisation")
DETAIL: Mapping[str, tuple[FieldType, ...]] = {
    "org": ("organisation",),
    "spot": ("text", "place"),
    "description": ("text", "long_text"),
    "due": ("date",),
    "responsible": ("text", "person"),
    "interim": ("text", "long_text"),
    "photos": ("photo",),
}
#: type of field → the words of which its `of` names some, and how people call them
OF: Mapping[FieldType, tuple[str, str]] = {
    "event": ("events", "事件"),
    "organisation": ("orgkinds", "单位类别"),
}


def check_forms(pack_key: str, content: Content, library: Library) -> Iterator[Problem]:
    """Every problem of the forms of a pack."""
    for item in content["forms"]:
        yield from _form(item, item.value, library)


def forbids(old: Mapping[str, Any], new: FormSpec) -> Iterator[str]:
    """Why entries of the old form could no longer be read by the new one: a field id lives once, with one
    type."""
    before, after = _types(FormSpec.model_validate(old).fields), _types(new.fields)
    for name, kind in before.items():
        if name not in after and name not in new.tombstones:
            yield f"字段 {name} 去掉了，请把它写进 tombstones"
        elif name in after and after[name] != kind:
            yield f"字段 {name} 的类型从 {kind} 变成了 {after[name]}，请换一个新的 id"
    for name in old.get("tombstones", ()):
        if name not in new.tombstones:
            yield f"字段编号 {name} 已经停用，请留在 tombstones 里"


def _types(fields: Iterable[Field], inside: str = "") -> dict[str, str]:
    """Id → type; a field of a group goes by group.field."""
    found: dict[str, str] = {}
    for field in fields:
        found |= {f"{inside}{field.id}": field.type, **_types(field.fields, f"{field.id}.")}
    return found


def _form(item: Item, form: FormSpec, library: Library) -> Iterator[Problem]:
    for fault in faults(form.fields):
        yield item.problem(fault, "fields")
    fields = {field.id: field for field in form.fields}
    for taken in sorted(fields.keys() & set(PAGE_NAMES)):
        yield item.problem(f"字段编号 {taken} 由登记页面自己使用，填的内容会丢失，请换一个", "fields")
    for kind, keys, zh, at in (
        ("orgkinds", form.org, "单位类别", "org"),
        ("posts", form.posts, "岗位", "posts"),
        ("posts", form.confirmed_by, "岗位", "confirmed_by"),
    ):
        words = known(library, kind)
        for index, key in enumerate(keys):
            if key not in words:
                yield item.problem(unknown(zh, key, words), at, index)
    for name, types, at in (
        (form.happened, INSTANT, "happened"),
        (form.began, ("datetime",), "began"),
        (form.signed_by_partner, ORGANISATION, "signed_by_partner"),
        (form.for_month, ("month",), "for_month"),
    ):
        if name is not None:
            yield from _refers(item, name, fields, types, at)
    for name in (*form.carries, *form.carries.values()):
        yield from _refers(item, name, fields, SUMMED, "carries")
    if form.carries and not form.for_month:
        yield item.problem("carries 从上个月的那一份取数，须写 for_month", "carries")
    for index, each in enumerate(form.sums):
        for name in (*each.parts, *each.total):
            yield from _refers(item, name, fields, SUMMED, "sums", index)
        if each.unless is not None:
            yield from _refers(item, each.unless, fields, ("text", "long_text"), "sums", index, "unless")
    for index, name in enumerate(form.columns):
        if name not in fields:
            yield item.problem(unknown("字段", name, fields), "columns", index)
    for index, name in enumerate(form.tombstones):
        if name in _types(form.fields):
            yield item.problem(f"字段编号 {name} 已经停用，不能再用，请换一个", "tombstones", index)
    asked = [*form.fields, *(part for group in form.fields for part in group.fields)]
    for type_, key in ((field.type, key) for field in asked for key in field.of):
        kind, zh = OF[type_]
        words = known(library, kind)
        if key not in words:
            yield item.problem(unknown(zh, key, words), "fields")
    for index, effect in enumerate(form.effects):
        yield from _effect(item, effect, fields, library, "effects", index)


def _effect(
    item: Item, effect: Effect, fields: Mapping[str, Field], library: Library, *at: Part
) -> Iterator[Problem]:
    reach = dict(fields)
    if effect.repeat is not None:
        yield from _refers(item, effect.repeat, fields, ("group",), *at, "repeat")
        group = fields.get(effect.repeat)
        reach |= {field.id: field for field in group.fields} if group else {}
    if effect.if_ is not None:
        yield from _refers(item, effect.if_.field, reach, ASKED, *at, "if", "field")
        field = reach.get(effect.if_.field)
        for value in effect.if_.is_ if field else ():
            if field and value not in _values(field):
                yield item.problem(f"字段 {field.id} 不会等于 {value}", *at, "if", "is")
    if isinstance(effect, Measure) and isinstance(effect.value, Hours):
        ref = effect.value.hours_from.removeprefix("$")
        yield from _refers(item, ref, reach, ("datetime",), *at, "value", "hours_from")
    for name, types in _references(effect):
        value = getattr(effect, "from_" if name == "from" else name)
        if isinstance(value, str):
            yield from _refers(item, value.removeprefix("$"), reach, types, *at, name)
    match effect:
        case Act():
            yield from _word(item, "acts", effect.act, effect.where, reach, library, *at, "act")
        case Event():
            yield from _word(item, "events", effect.event, effect.where, reach, library, *at, "event")
            for index, ref in enumerate(effect.says):
                yield from _refers(item, ref[1:], reach, SAID, *at, "says", index)
            for name, ref in effect.details.items():
                yield from _refers(item, ref[1:], reach, DETAIL[name], *at, "details", name)
        case Measure():
            yield from _measure(item, effect, library, *at)
        case Presence():
            for kind, zh, name in (("points", "岗位点", "point"), ("qualified", "计入人员", "qualified")):
                yield from _either(item, getattr(effect, name), kind, zh, reach, library, *at, name)


def _references(effect: Effect) -> Iterable[tuple[str, tuple[FieldType, ...]]]:
    """Attributes of an effect that refer to fields, and the types that make sense there."""
    yield "at", INSTANT
    match effect:
        case Act():
            yield from (
                ("people", PEOPLE),
                ("partner", ORGANISATION),
                ("names_period", TEXT),
                ("answers", EVENT),
            )
        case Event():
            yield "occurred", INSTANT
        case Measure():
            yield "value", NUMBER
        case Presence():
            yield from (("person", PERSON), ("from", CLOCK), ("until", CLOCK))


def _refers(
    item: Item, name: str, fields: Mapping[str, Field], types: tuple[FieldType, ...], *at: Part
) -> Iterator[Problem]:
    field = fields.get(name)
    if field is None:
        yield item.problem(unknown("字段", name, fields), *at)
    elif field.type not in types:
        yield item.problem(f"字段 {name} 是 {field.type}，这里要用 {'、'.join(types)}", *at)


def _values(field: Field) -> list[str]:
    return ["yes", "no"] if field.type == "yes_no" else [option.value for option in field.options]


def _word(
    item: Item,
    kind: str,
    key: str,
    where: Values,
    fields: Mapping[str, Field],
    library: Library,
    *at: Part,
) -> Iterator[Problem]:
    """An act or event with qualifiers, each a literal value or a field whose every value is one."""
    words: dict[str, Any] = known(library, kind)
    word = words.get(key)
    if word is None:
        yield item.problem(unknown("行为" if kind == "acts" else "事件", key, words), *at)
        return
    qualifiers = {qualifier.key: qualifier for qualifier in word.qualifiers}
    for name, values in where.items():
        place = (*at[:-1], "where", name)
        qualifier = qualifiers.get(name)
        if qualifier is None:
            yield item.problem(unknown(f"限定（{word.zh}）", name, qualifiers), *place)
            continue
        for value in (values,) if isinstance(values, str) else values:
            given = [value]
            if value.startswith("$"):
                yield from _refers(item, value[1:], fields, WORD, *place)
                field = fields.get(value[1:])
                given = _values(field) if field and field.type in ASKED else []
            possible = known(library, qualifier.of) if qualifier.of else qualifier.values
            for one in given:
                if one not in possible:
                    yield item.problem(unknown(f"{qualifier.zh}的取值", one, possible), *place)


def _measure(item: Item, effect: Measure, library: Library, *at: Part) -> Iterator[Problem]:
    measures = known(library, "measures")
    measure = measures.get(effect.measure)
    if measure is None:
        yield item.problem(unknown("量", effect.measure, measures), *at, "measure")
    elif effect.add != (measure.source == "breaches"):
        wanted = "须写" if measure.source == "breaches" else "不能写"
        yield item.problem(f"量 {effect.measure} 的来源是 {measure.source}，{wanted} add: true", *at, "add")


def _either(
    item: Item, value: str, kind: str, zh: str, fields: Mapping[str, Field], library: Library, *at: Part
) -> Iterator[Problem]:
    """A word, or a field whose every value is one."""
    words = known(library, kind)
    given = [value]
    if value.startswith("$"):
        yield from _refers(item, value[1:], fields, ("choice", "choices"), *at)
        field = fields.get(value[1:])
        given = _values(field) if field else []
    for one in given:
        if one not in words:
            yield item.problem(unknown(zh, one, words), *at)
