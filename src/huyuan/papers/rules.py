"""What a notice (临时通知) asks, what an answer must add up to, how a recipient stands: pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from huyuan.kernel.fields import Field, Option, ShowIf

#: what a notice may ask of those who receive it
ASKS = {
    "read": "签收即可",
    "table": "填一张表",
    "file": "交文件",
    "form": "填一次登记表",
}
#: how a recipient stands, the worst first: (state, word, icon of the house's states)
STATES = {
    "unread": "未签收",
    "read": "已签收，未报",
    "returned": "已退回，待重报",
    "late": "迟报",
    "answered": "已报",
}
UNFINISHED = ("unread", "read", "returned")
#: kinds of column that an officer may choose, and the field that comes of it
COLUMNS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "text": ("文字", {"type": "text"}),
    "long_text": ("多行文字", {"type": "long_text"}),
    "count": ("整数", {"type": "number", "min": 0}),
    "decimal": ("小数（两位）", {"type": "number", "decimals": 2}),
    "total": ("合计（前面各数字列之和）", {"type": "number"}),
    "date": ("日期", {"type": "date"}),
    "yes_no": ("是或否", {"type": "yes_no"}),
    "choice": ("单选", {"type": "choice"}),
}
FILE = (
    Field(id="files", label="文件", type="file", required=True),
    Field(id="remark", label="说明", type="long_text"),
)
ROWS = "rows"


def composing(forms: Sequence[tuple[str, str]]) -> tuple[Field, ...]:
    """The questions by which an officer writes a notice. `forms`: (key, title) of the registers to choose."""
    table, form = ShowIf(field="asks", equals="table"), ShowIf(field="asks", equals="form")
    return (
        Field(id="title", label="标题", type="text", required=True, max_length=80),
        Field(id="text", label="正文", type="long_text", required=True),
        Field(id="attachment", label="附件", type="file", max=1),
        Field(id="due", label="截止时间", type="datetime", required=True),
        Field(
            id="asks",
            label="要对方做什么",
            type="choice",
            required=True,
            options=tuple(Option(value=key, label=label) for key, label in ASKS.items()),
        ),
        Field(id="form", label="登记表", type="choice", required=True, show_if=form, options=options(forms))
        if forms
        else Field(id="form", label="登记表", type="text", show_if=form),
        Field(
            id="many",
            label="每个单位可以填多行",
            type="yes_no",
            required=True,
            show_if=table,
            hint="如逐人、逐车、逐处填写的花名册选“是”；每个单位只报一组数选“否”。",
        ),
        Field(
            id="columns",
            label="列",
            type="group",
            required=True,
            show_if=table,
            max=30,
            fields=(
                Field(id="label", label="列名", type="text", required=True, max_length=40),
                Field(
                    id="kind",
                    label="填什么",
                    type="choice",
                    required=True,
                    options=options([(key, label) for key, (label, _) in COLUMNS.items()]),
                ),
                Field(
                    id="choices",
                    label="选项",
                    type="text",
                    required=True,
                    show_if=ShowIf(field="kind", equals="choice"),
                    hint="用顿号隔开，如：已完成、未完成",
                ),
                Field(id="optional", label="可以不填", type="yes_no"),
            ),
        ),
    )


def options(pairs: Sequence[tuple[str, str]]) -> tuple[Option, ...]:
    """(value, label) pairs as options."""
    return tuple(Option(value=value, label=label) for value, label in pairs)


def questions(body: Mapping[str, Any]) -> tuple[Field, ...]:
    """The questions that recipients answer, from what the officer composed; none where reading or a register
    is all."""
    if body["asks"] == "file":
        return FILE
    if body["asks"] != "table":
        return ()
    exact = {total: exactness(body, parts) for total, parts in totals(body).items()}
    columns = tuple(
        column(f"c{number}", one, exact.get(f"c{number}", 0))
        for number, one in enumerate(body["columns"], start=1)
    )
    if not body["many"]:
        return columns
    return (Field(id=ROWS, label="行", type="group", required=True, fields=columns),)


def column(name: str, said: Mapping[str, Any], decimals: int) -> Field:
    """One column of the table; `decimals` of a total are those of what it sums."""
    _, qualities = COLUMNS[said["kind"]]
    given: dict[str, Any] = {
        **qualities,
        "id": name,
        "label": said["label"],
        "required": not said.get("optional", False),
    }
    if said["kind"] == "choice":
        given["options"] = list(dict.fromkeys(one.strip() for one in split(said["choices"]) if one.strip()))
    if said["kind"] == "total":
        given["decimals"] = decimals
    return Field.model_validate(given)


def exactness(body: Mapping[str, Any], parts: Sequence[str]) -> int:
    """The decimals of the columns that a total sums."""
    kinds = [body["columns"][int(part.removeprefix("c")) - 1]["kind"] for part in parts]
    return max((COLUMNS[kind][1].get("decimals", 0) for kind in kinds), default=0)


def split(text: str) -> list[str]:
    """A list as people write it in one line."""
    for mark in "，,;；":
        text = text.replace(mark, "、")
    return text.split("、")


def totals(body: Mapping[str, Any]) -> dict[str, list[str]]:
    """For each column that is a total the number columns that it sums: those since the total before it."""
    found: dict[str, list[str]] = {}
    since: list[str] = []
    for number, one in enumerate(body.get("columns", ()), start=1):
        if one["kind"] == "total":
            found[f"c{number}"], since = since, []
        elif one["kind"] in ("count", "decimal"):
            since.append(f"c{number}")
    return found


def wrong_totals(
    asked: Sequence[Field], sums: Mapping[str, Sequence[str]], body: Mapping[str, Any]
) -> dict[str, str]:
    """Field name → sentence for every total that its own row does not add up to."""
    grouped = bool(asked) and asked[0].id == ROWS
    columns = asked[0].fields if grouped else asked
    labels = {field.id: field.label for field in columns}
    rows = body.get(ROWS, []) if grouped else [body]
    wrong = {}
    for index, row in enumerate(rows):
        for name, parts in sums.items():
            due = round(sum(row.get(part, 0) for part in parts), 2)
            if name in row and round(row[name], 2) != due:
                place = f"{ROWS}.{index}.{name}" if grouped else name
                added = "、".join(f"“{labels[part]}”" for part in parts)
                wrong[place] = f"{labels[name]}：应等于{added}之和 {due:g}，现在是 {row[name]:g}，请核对。"
    return wrong


def lines(asked: Sequence[Field], body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of an answer: one, or as many as were filled in."""
    return list(body.get(ROWS, [])) if asked and asked[0].id == ROWS else [body]


def columns_of(asked: Sequence[Field]) -> Sequence[Field]:
    """The columns of the collated table."""
    return asked[0].fields if asked and asked[0].id == ROWS else asked


def state_of(*, read: bool, answered_at: datetime | None, returned: bool, due_at: datetime, asks: str) -> str:
    """How a recipient stands. Where only reading is asked, having read it is the answer."""
    if answered_at:
        return "late" if answered_at > due_at else "answered"
    if returned:
        return "returned"
    return "read" if read and asks != "read" else "unread"
