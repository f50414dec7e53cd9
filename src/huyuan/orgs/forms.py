"""What the pages about organisations and people ask; the same fields read, check and draw it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any
from uuid import UUID

from django.http import QueryDict

from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, Option, parse
from huyuan.orgs.models import Organisation, Person, Place, Post, SchoolClass, Word
from huyuan.orgs.permissions import not_found
from huyuan.orgs.tables.belongings import bell_fields

Offered = Mapping[str, Sequence[Mapping[str, str]]]


@dataclass(frozen=True)
class Form:
    """A form of a page: `verb` names it in the address; `values` stand in it, `offered` are its choices."""

    verb: str
    title: str
    button: str
    fields: tuple[Field, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    offered: Offered = field(default_factory=dict)
    hint: str = ""


def read(form: Form, sent: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    """What was sent, with days, times and ids as such, and the errors by field. A field that was left empty
    is None."""
    raw = {name: [text.replace("\0", "") for text in texts] for name, texts in sent.lists()}
    body, errors = parse(form.fields, raw)
    given: dict[str, Any] = {}
    for one in form.fields:
        value = body.get(one.id)
        if one.type == "date" and value:
            value = date.fromisoformat(str(value))
        elif one.type == "time" and value:
            value = time.fromisoformat(str(value))
        elif one.type in ("person", "organisation") and value:
            if value not in {option["value"] for option in form.offered.get(one.id, ())}:
                errors.setdefault(one.id, f"{one.label}：请从列出的里面选。")
                continue
            value = UUID(str(value))
        given[one.id] = value
    return given, errors


@dataclass(frozen=True)
class Tried:
    """A form of a page that was sent and could not be taken: it stands there open, with what was typed."""

    verb: str = ""
    sent: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return 422 if self.errors else 200


UNTRIED = Tried()


def attempt(form: Form | None, sent: QueryDict, do: Callable[[dict[str, Any]], object]) -> Tried | None:
    """Read the form and do what it asks; None: done. Raises `not-found` where the page has no such form."""
    if form is None:
        raise not_found()
    given, errors = read(form, sent)
    if not errors:
        try:
            do(given)
        except Refused as refused:
            errors = {"": refused.message}
        else:
            return None
    typed = {name: texts if len(texts) > 1 else texts[0] for name, texts in sent.lists() if texts}
    return Tried(form.verb, typed, errors)


def shown(offered: Mapping[str, Form], tried: Tried, done: str) -> dict[str, Any]:
    """What a page with such forms shows of them; `done`: what was just done, in words."""
    return {
        "forms": list(offered.values()),
        "open": tried.verb,
        "sent": tried.sent,
        "errors": tried.errors,
        "done": "" if tried.errors else done,
    }


def chosen(pairs: Sequence[tuple[UUID, str]]) -> list[dict[str, str]]:
    """(id, name) pairs as the choices of a field."""
    return [{"value": str(key), "label": name} for key, name in pairs]


def day(name: str, label: str, *, required: bool = True, hint: str = "") -> Field:
    return Field(id=name, label=label, type="date", required=required, hint=hint)


def text(name: str, label: str, most: int, *, required: bool = True, hint: str = "") -> Field:
    return Field(id=name, label=label, type="text", required=required, max_length=most, hint=hint)


# ---- one organisation
# ---------------------------------------------------------------------------------------------------------
def standing(
    org: Organisation, kinds: Sequence[Option], parents: Offered, regions: Sequence[tuple[UUID, str]]
) -> Form:
    """Name, kind and place in the county."""
    fields = (
        text("name", "单位名称", 80),
        text("short_name", "简称", 30),
        Field(id="kind", label="类别", type="choice", required=True, options=tuple(kinds)),
        Field(id="parent_id", label="上级单位", type="organisation"),
        Field(id="region_id", label="所在乡镇、村", type="organisation", required=True),
        day("opened", "设立日期", required=False),
        day(
            "closed", "撤销日期", required=False, hint="从这一天起不再办学、办公；并入别的单位的，请用“并入”"
        ),
    )
    values = {one.id: getattr(org, one.id) for one in fields}
    return Form("standing", "名称和归属", "保存", fields, values, {**parents, "region_id": chosen(regions)})


def fact(words: Sequence[Word], today: date) -> Form:
    """One fact from a day on."""
    options = tuple(Option(value=word.key, label=word.zh) for word in words)
    fields = [
        Field(id="key", label="哪一项", type="choice", required=True, options=options),
        day("from_day", "从哪天起"),
    ]
    for word in words:
        fields.append(_value(word))
    return Form("fact", "登记一项情况", "登记", tuple(fields), {"from_day": today})


def _value(word: Word) -> Field:
    """The answer to one fact, shown when that fact is chosen."""
    values = word.detail.get("values", {})
    kind = "choices" if values else "number" if word.detail.get("number") else "yes_no"
    more: dict[str, Any] = {"min": 0} if kind == "number" else {}
    if values:
        more["options"] = tuple(Option(value=key, label=zh) for key, zh in values.items())
    return Field.model_validate(
        {
            "id": fact_field(word.key), "label": word.zh, "type": kind, "required": True,
            "show_if": {"field": "key", "equals": word.key}, **more,
        }
    )  # fmt: skip


def fact_field(key: str) -> str:
    """The field of a fact: students.enrolled → value_students_enrolled"""
    return "value_" + key.replace(".", "_").replace("-", "_")


def place() -> Form:
    options = tuple(Option(value=key, label=zh) for key, zh in Place.KINDS)
    fields = (
        Field(id="kind", label="类别", type="choice", required=True, options=options),
        text("name", "名称", 60),
    )
    return Form("place", "登记楼栋、校门", "登记", fields)


def bell(today: date) -> Form:
    """A time of day from a day on; the same day again corrects it."""
    hint = "门口、巡逻、值班的要求按这些时刻算。"
    fields = (*bell_fields(), day("from_day", "从哪天起"))
    return Form("bell", "登记作息时间", "登记", fields, {"from_day": today, "number": 1}, hint=hint)


def school_class(year: str) -> Form:
    fields = (text("name", "班级", 40), Field(id="pupils", label="学生人数", type="people_count"))
    return Form("class", f"登记{year}学年的班级", "登记", fields)


# ---- people of an organisation
# ---------------------------------------------------------------------------------------------------------
def new_person() -> Form:
    return Form("person", "登记人员", "登记", (text("name", "姓名", 40),))


def new_post(words: Sequence[Word], classes: Sequence[SchoolClass]) -> Form:
    options = tuple(Option(value=word.key, label=word.zh) for word in words)
    fields = [
        Field(id="kind", label="职务", type="choice", required=True, options=options),
        text("title", "职务名称", 60, required=False, hint="不填的和职务同名"),
    ]
    if classes:
        fields.append(Field(id="class_id", label="班级", type="organisation", hint="班主任才选"))
    offered = {"class_id": chosen([(one.id, one.name) for one in classes])}
    return Form("post", "增设职务", "增设", tuple(fields), offered=offered)


def appointment(posts: Sequence[Post], people: Sequence[Person], today: date) -> Form:
    fields = (
        Field(id="post_id", label="职务", type="organisation", required=True),
        Field(
            id="person_id",
            label="由谁担任",
            type="person",
            required=True,
            hint="外单位的人兼任、代理的，用表格办",
        ),
        day("from_day", "从哪天起"),
        day("until", "到哪天止", required=False, hint="没有定的不填"),
        Field(id="acting_for", label="是否代理", type="yes_no", required=True),
    )
    offered = {
        "post_id": chosen([(post.id, post_name(post)) for post in posts]),
        "person_id": chosen([(person.id, person.name) for person in people]),
    }
    return Form("appoint", "任职", "任职", fields, {"from_day": today, "acting_for": False}, offered)


def post_name(post: Post) -> str:
    """班主任 一年级1班; the title alone where it names the class already."""
    if post.school_class is None or post.school_class.name in post.title:
        return post.title
    return f"{post.title} {post.school_class.name}"


# ---- one person
# ---------------------------------------------------------------------------------------------------------
def rename(person: Person) -> Form:
    return Form("rename", "更正姓名", "更正", (text("name", "姓名", 40),), {"name": person.name})


def leave(today: date) -> Form:
    fields = (day("last_day", "最后一天", hint="这一天还在职；任职同时结束，账号停用"),)
    return Form("leave", "离开", "登记离开", fields, {"last_day": today})


def move(orgs: Sequence[tuple[UUID, str]], today: date) -> Form:
    fields = (
        Field(id="to_id", label="调到哪个单位", type="organisation", required=True),
        day("last_day", "在本单位的最后一天", hint="在本单位的任职同时结束，账号不变"),
    )
    return Form("move", "调动", "登记调动", fields, {"last_day": today}, {"to_id": chosen(orgs)})
