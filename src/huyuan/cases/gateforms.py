"""What is asked of parents and the public, and of whoever answers them."""

from huyuan.cases.forms import choice, options, words
from huyuan.cases.rules import AREAS
from huyuan.cases.schema import CaseSpec
from huyuan.cases.voices import KINDS
from huyuan.kernel.fields import Field

REPORT = (
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
