"""What is asked when something is reported, and at each step: the same fields read, check and draw it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from huyuan.cases.actions.deciding import GOVERNMENT
from huyuan.cases.models import Case
from huyuan.cases.rules import AREAS, CARE_KINDS
from huyuan.cases.schema import CaseSpec
from huyuan.cases.voices import KINDS
from huyuan.kernel.fields import Field, Option, ShowIf

Pairs = Sequence[tuple[str, str]]


def options(pairs: Pairs) -> tuple[Option, ...]:
    """(value, label) pairs as options."""
    return tuple(Option(value=value, label=label) for value, label in pairs)


def choice(
    id: str, label: str, pairs: Pairs, *, required: bool = True, hint: str = "", folded: bool = False
) -> Field:
    """One of a list; a text where there is nothing to choose from."""
    if not pairs:
        return Field(id=id, label=label, type="text", hint=hint, folded=folded)
    return Field(
        id=id, label=label, type="choice", required=required, hint=hint, folded=folded, options=options(pairs)
    )


def words(id: str, label: str, *, hint: str = "", required: bool = True, max_length: int = 500) -> Field:
    """What somebody writes."""
    return Field(id=id, label=label, type="long_text", required=required, hint=hint, max_length=max_length)


def photos(id: str, label: str, *, required: bool = False, hint: str = "") -> Field:
    return Field(id=id, label=label, type="photo", required=required, hint=hint, max=6)


def day(id: str, label: str, *, required: bool = True, hint: str = "", folded: bool = False) -> Field:
    return Field(id=id, label=label, type="date", required=required, hint=hint, folded=folded)


SHEET = Field(
    id="proxy", label="对方签字的纸质材料", type="photo", required=True, max=3,
    hint="代录：对方不上网的，照对方签字的材料填写，并拍照上传。",
)  # fmt: skip
WORKING_DAYS = Field(
    id="working_days",
    label="期限按工作日算",
    type="number",
    min=1,
    max=365,
    unit="个工作日",
    folded=True,
    hint="填了就以这一项为准；法定假日不算，调休上班的算。",
)
WHEN = day("on", "办理日期", required=False, hint="不是今天办的再填。", folded=True)


def reporting(spec: CaseSpec, places: Pairs) -> tuple[Field, ...]:
    """Photo and place first, words later; what is rarely said folds away."""
    return (
        photos("photos", "照片", hint="拍一张现场照片，没有也可以先报。"),
        choice("category", "类别", [(one.key, one.zh) for one in spec.categories]),
        Field(
            id="spot", label="在哪里", type="text", required=True, max_length=120, hint="如：东侧楼梯二层。"
        ),
        Field(
            id="description", label="什么情况", type="text", max_length=300, hint="如：扶手松动。可以不写。"
        ),
        choice(
            "severity", "程度", [(one.key, one.zh) for one in spec.severities], required=False, folded=True
        ),
        choice("area", "校内还是周边", list(AREAS.items()), required=False, folded=True),
        choice("place_id", "哪个楼栋、校门", places, required=False, folded=True),
        Field(id="cannot_fix_now", label="一时难以整改到位", type="yes_no", folded=True),
        Field(id="multi_department", label="需要多部门联合解决", type="yes_no", folded=True),
    )


def disputing(spec: CaseSpec) -> tuple[Field, ...]:
    """Who with whom, where, what about: less than a minute on a phone."""
    return (
        choice("category", "谁和谁", [(one.key, one.zh) for one in spec.categories]),
        Field(id="spot", label="在哪里", type="text", required=True, max_length=120, hint="如：三年级教室。"),
        words("description", "什么事", hint="只写事情，不写姓名、电话和身份证号。", max_length=300),
        Field(id="people", label="涉及几个人", type="number", min=1, max=999, unit="人", folded=True),
        choice(
            "severity", "程度", [(one.key, one.zh) for one in spec.severities], required=False, folded=True
        ),
    )


def classifying(spec: CaseSpec) -> tuple[Field, ...]:
    """What it is about and how grave it is."""
    branches = tuple(
        Field(
            id=f"branch_{category.key.replace('-', '_')}",
            label="小类",
            type="choice",
            show_if=ShowIf(field="category", equals=category.key),
            options=options([(one.key, one.zh) for one in category.branches]),
        )
        for category in spec.categories
        if category.branches
    )
    return (
        choice("category", "类别", [(one.key, one.zh) for one in spec.categories]),
        *branches,
        choice("severity", "程度", [(one.key, one.zh) for one in spec.severities]),
        choice("area", "校内还是周边", list(AREAS.items())),
        Field(id="cannot_fix_now", label="一时难以整改到位", type="yes_no", required=True),
        Field(id="multi_department", label="需要多部门联合解决", type="yes_no", required=True),
    )


@dataclass(frozen=True)
class Offered:
    """What a step's form can offer: organisations to give it to, those most likely first."""

    likely: Pairs = ()
    others: Pairs = ()

    @property
    def all(self) -> list[tuple[str, str]]:
        return [*self.likely, *self.others]


@dataclass(frozen=True)
class Asked:
    """The form of a step. `button`: what the button says; `hint`: what happens then."""

    fields: tuple[Field, ...]
    hint: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def asked(
    verb: str, case: Case, spec: CaseSpec, offered: Offered, proposed_due: str, *, proxy: bool
) -> Asked:
    """What is asked at a step of this case. `proposed_due`: the day that the severity suggests, as text; of a
    case that has its deadline none is asked."""
    due: tuple[Field, ...] = () if case.due_at else (day("due", "整改期限", required=False), WORKING_DAYS)
    values = {"due": proposed_due} if due else {}
    sheet = (SHEET,) if proxy else ()
    match verb:
        case "take":
            who = Field(
                id="responsible", label="责任人（岗位）", type="text", max_length=60, hint="如：后勤主任。"
            )
            return Asked((*due, who, words("what", "怎么整改", required=False)), values=values)
        case "assign":
            meeting = (
                (words("meeting", "会商意见", hint="哪次会议、怎么定的。", required=False, max_length=300),)
                if case.state == "disputed"
                else ()
            )
            return Asked(
                (
                    choice("lead", "交给哪个单位（牵头）", offered.all),
                    Field(id="support", label="配合单位", type="organisation", many=True, folded=True),
                    words("what", "要求", required=False, hint="要对方做什么。", max_length=300),
                    *due,
                    *meeting,
                ),
                hint="对方可以接办，也可以说明理由退回；退回的列入联席会议商定。",
                values=values,
            )
        case "pass-up":
            return Asked((words("reason", "为什么本单位解决不了", hint="需要谁来解决、做什么。"),))
        case "pass-on":
            to = choice("to", "转给哪个单位", offered.all)
            return Asked((to, words("reason", "转办理由")), hint="整改期限不变。")
        case "bring-in":
            return Asked((choice("to", "请哪个单位协办", offered.all), words("what", "请对方做什么")))
        case "accept":
            who = Field(id="responsible", label="责任科室、岗位", type="text", max_length=60)
            return Asked((who, *sheet))
        case "return":
            return Asked((words("reason", "退回理由", hint="为什么不归本单位办，您认为归谁办。"), *sheet))
        case "fix":
            return Asked(
                (
                    photos("photos", "整改后的照片", hint="拍整改后的同一个地方。"),
                    words("what", "做了什么"),
                    Field(id="cost", label="费用", type="number", decimals=2, min=0, unit="元", folded=True),
                    WHEN,
                    *sheet,
                ),
                hint="提交后由别人复查，复查通过才销号。",
            )
        case "verify":
            return Asked((photos("photos", "复查照片"), words("what", "复查情况", required=False), WHEN))
        case "reject":
            return Asked(
                (words("reason", "哪里没有整改到位"), photos("photos", "照片")), hint="整改期限不变。"
            )
        case "interim":
            return Asked((words("what", "采取了什么临时防范措施"), photos("photos", "照片"), WHEN))
        case "report":
            to = Field(
                id="to",
                label="报告给",
                type="choices",
                required=True,
                options=options(list(GOVERNMENT.items())),
            )
            return Asked((to, words("what", "报告内容"), photos("papers", "报告的照片"), WHEN))
        case "supervise":
            levels = [(one.key, one.zh) for one in spec.levels if one.key != case.level]
            return Asked((choice("level", "级别", levels), words("reason", "理由和要求")))
        case "ask-extension" | "extend":
            label = "申请延期到" if verb == "ask-extension" else "延期到"
            return Asked(
                (day("until", label), words("reason", "理由")),
                hint="在期限前同意的，按新期限算；期限过后才同意的，仍按原期限算是否超期。",
            )
        case "classify":
            return Asked(
                classifying(spec),
                values={
                    "category": case.category,
                    f"branch_{case.category.replace('-', '_')}": case.branch,
                    "severity": case.severity,
                    "area": case.area,
                    "cannot_fix_now": case.cannot_fix_now,
                    "multi_department": case.multi_department,
                },
            )
        case "note":
            return Asked((words("what", "情况"), photos("photos", "照片")))
        case _:
            return Asked((words("reason", "理由"),))


def settling(verb: str, offered: Offered, *, proxy: bool) -> Asked:
    """What is asked at a step of a dispute."""
    sheet = (SHEET,) if proxy else ()
    match verb:
        case "take":
            who = Field(id="responsible", label="谁来调解（岗位）", type="text", max_length=60)
            return Asked((who, words("what", "打算怎么调解", required=False)))
        case "assign":
            return Asked(
                (
                    choice("lead", "移交给哪个部门", offered.likely),
                    words("what", "为什么移交，请对方做什么", hint="不写姓名、电话。", max_length=300),
                ),
                hint="移交以后，这个部门看得到这件事；可以接办，也可以说明理由退回。",
            )
        case "accept":
            return Asked((Field(id="responsible", label="责任岗位", type="text", max_length=60), *sheet))
        case "mediate":
            return Asked((words("what", "怎么调解的，结果怎样", hint="不写姓名、电话。"), WHEN))
        case "fix":
            return Asked((words("what", "怎么化解的"), WHEN, *sheet), hint="化解以后请回访，稳定了再办结。")
        case "visit" | "verify":
            return Asked((words("what", "回访的情况"), WHEN))
        case "note":
            return Asked((words("what", "情况"),))
        case _:
            return Asked((words("reason", "理由"), *sheet))


def caring(verb: str, staff: Pairs = ()) -> tuple[Field, ...]:
    """What is asked at a step of caring for a child: what is done, nothing that is wrong with it."""
    match verb:
        case "open":
            return (
                choice("kind", "哪一类", list(CARE_KINDS.items())),
                Field(id="child", label="孩子姓名", type="text", required=True, max_length=40),
                words("situation", "需要怎样的关爱、帮助", hint="写事实和需要，不写病名和诊断。"),
                day("review_on", "哪天复核", hint="到那天再看一次，还需要不需要。"),
            )
        case "talk":
            return (day("on", "哪天谈的"), words("summary", "谈了什么", max_length=2000))
        case "pair":
            return (
                choice("person", "结对教师", staff),
                Field(
                    id="purpose",
                    label="为了什么",
                    type="text",
                    required=True,
                    max_length=60,
                    hint="如：每周谈心一次。",
                ),
            )
        case "review":
            return (words("plan", "下一步怎么帮"), day("review_on", "下次哪天复核"))
        case _:
            return ()


def given(verb: str, body: Mapping[str, Any], uploads: Mapping[UUID, str]) -> dict[str, Any]:
    """The answers of a step as its action takes them."""
    values = dict(body)
    for name in ("photos", "papers", "proxy"):
        if name in values:
            values[name] = {UUID(key): uploads[UUID(key)] for key in values[name] if UUID(key) in uploads}
    for name in ("due", "on", "until"):
        if name in values:
            values[name] = date.fromisoformat(values[name])
    for name in ("lead",) if verb == "assign" else ("to",) if verb in ("pass-on", "bring-in") else ():
        values[name] = UUID(values[name])
    if verb == "assign":
        values["support"] = [UUID(one) for one in values.get("support", ())]
    if "working_days" in values:
        values["working_days"] = int(values["working_days"])
    if "cost" in values:
        values["cost"] = Decimal(str(values["cost"]))
    if verb == "classify":
        branch = values.get(f"branch_{values['category'].replace('-', '_')}", "")
        values = {name: value for name, value in values.items() if not name.startswith("branch_")}
        values["branch"] = branch
    return values


# ---- parents and the public, and whoever answers them
# ---------------------------------------------------------------------------------------------------------
GATE = (
    Field(id="kind", label="反映的是", type="choice", required=True, options=options(list(KINDS.items()))),
    Field(id="spot", label="在哪里", type="text", required=True, max_length=120, hint="如：东门口斑马线。"),
    words("content", "什么情况", hint="不用写姓名，也不要写孩子的姓名。"),
    Field(id="photos", label="照片", type="photo", max=3, hint="最多 3 张，可以不拍。"),
    Field(
        id="phone", label="手机号码", type="text", max_length=20,
        hint="可以不留。留了只有答复的人看得到，答复后按期删除。",
    ),
)  # fmt: skip
ANSWER = words("text", "答复", hint="反映的人凭链接看得到。不写内部情况，不写任何人的姓名。")
REASON = words("reason", "理由", hint="反映的人凭链接看得到。写明为什么，可以告诉对方找谁。")


def taking_up(spec: CaseSpec) -> tuple[Field, ...]:
    """What makes a hazard of it; photos come along, what was written does not."""
    return (
        choice("category", "类别", [(one.key, one.zh) for one in spec.categories]),
        Field(id="spot", label="在哪里", type="text", required=True, max_length=120),
        Field(
            id="description", label="什么情况", type="text", max_length=300,
            hint="用自己的话写。办理的单位都看得到，不写任何人的姓名、电话。",
        ),
        choice("severity", "程度", [(one.key, one.zh) for one in spec.severities], required=False),
        choice("area", "校内还是周边", list(AREAS.items()), required=False),
    )  # fmt: skip
