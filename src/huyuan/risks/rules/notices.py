"""What a risk notice asks of its writer, what it must never hold, and how it and its recipients stand."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from huyuan.kernel.fields import Field, Option, ShowIf

State = Literal["in-force", "expired", "withdrawn"]
STATES: Mapping[State, str] = {"in-force": "有效", "expired": "已过期", "withdrawn": "已撤回"}
Receipt = Literal["overdue", "waiting", "unsigned", "signed"]
#: how a recipient stands, what asks for attention first
RECEIPTS: Mapping[Receipt, str] = {
    "overdue": "超时未签收",
    "waiting": "待签收",
    "unsigned": "到失效没有签收",
    "signed": "已签收",
}

# What points to one person. The same patterns stand in constraints of the tables, so they use only what
# PostgreSQL and Python read alike.
PLACES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
IDENTITY = "[0-9]{17}[0-9Xx]"
PHONE = "(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)"
PLATE = f"[{PLACES}][A-Z][·•]?[A-Z0-9]{{5}}"
PERSONAL = f"{IDENTITY}|{PHONE}|{PLATE}"
NAMED = {IDENTITY: "身份证号", PHONE: "手机号", PLATE: "车牌号"}


def personal(text: str) -> str:
    """Why the text can't be taken, as a sentence; empty: it holds no number that points to a person. Digits
    in full width, or with spaces or dashes between them, are read as what they are."""
    plain = re.sub(r"(?<=[0-9])[\s\-—]+(?=[0-9Xx])", "", unicodedata.normalize("NFKC", text))
    plates = re.sub(r"(?<=[A-Z])[\s.\-](?=[A-Z0-9])", "", plain.upper())
    for pattern, what in NAMED.items():
        if re.search(pattern, plates if pattern == PLATE else plain):
            return (
                f"里面像是有{what}。学校只需要知道在哪里、什么时候、怎样防范；关于具体人的信息由公安机关掌握，"
                "不写进提示。请删去后再提交"
            )
    return ""


def impersonal(labels: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    """Field → sentence for every text that holds what points to a person; `labels` by field."""
    found = {name: personal(text) for name, text in texts.items()}
    return {name: f"{labels[name]}：{why}。" for name, why in found.items() if why}


def options(pairs: Mapping[str, str]) -> tuple[Option, ...]:
    """Value → label as options."""
    return tuple(Option(value=value, label=label) for value, label in pairs.items())


def composing(
    kinds: Mapping[str, str], towns: Mapping[str, str], schools: Mapping[str, str], sheet: Field | None
) -> tuple[Field, ...]:
    """The questions by which a notice is written; there is none about a person. `sheet`: the signed paper,
    where somebody else records it (代录)."""
    to = {"all": f"全部{len(schools)}所学校", "chosen": "选学校"}
    if len(towns) > 1:
        to = {"all": to["all"], "town": "按乡镇", "chosen": to["chosen"]}
    asked = [
        Field(id="kind", label="哪种风险", type="choice", required=True, options=options(kinds)),
        Field(
            id="place",
            label="在哪里",
            type="text",
            required=True,
            max_length=120,
            hint="写地点，如“中心小学东门外路口”。不写人名、证件号、电话、车牌，也不描述具体的人。",
        ),
        Field(id="starts", label="从什么时候", type="datetime", required=True),
        Field(id="ends", label="到什么时候", type="datetime", required=True),
        Field(
            id="measure",
            label="请学校怎样防范",
            type="long_text",
            required=True,
            max_length=500,
            hint="写学校要做的事，如“上下学时段增加2名教职工在东门值守”。",
        ),
        Field(id="expires", label="有效到哪一天", type="date", required=True, hint="过了这一天自动失效。"),
        Field(id="to", label="发给谁", type="choice", required=True, options=options(to)),
    ]
    if "town" in to:
        asked.append(
            Field(
                id="towns",
                label="乡镇",
                type="choices",
                required=True,
                options=options(towns),
                show_if=ShowIf(field="to", equals="town"),
            )
        )
    asked.append(
        Field(
            id="schools",
            label="学校",
            type="choices",
            required=True,
            options=options(schools),
            show_if=ShowIf(field="to", equals="chosen"),
        )
    )
    asked.append(Field(id="point", label="地图上的位置", type="location", folded=True))
    return (*asked, sheet) if sheet else tuple(asked)


def wrong_times(
    starts: datetime, ends: datetime, expires: datetime, days: int, now: datetime
) -> dict[str, str]:
    """Field → sentence where the span or the expiry can't be: `expires` is 24:00 of the last day, `days` how
    long a notice of this kind may be in force."""
    errors = {}
    if ends <= starts:
        errors["ends"] = "到什么时候：早于开始的时间，请核对。"
    if expires <= now:
        errors["expires"] = "有效到哪一天：已经过了，请往后定。"
    elif expires < ends:
        errors["expires"] = "有效到哪一天：早于风险结束的时间，请往后定，或把结束时间提前。"
    elif expires > now + timedelta(days=days + 1):
        errors["expires"] = f"有效到哪一天：这类提示最长{days}天，到期还需要的请再发一份。"
    return errors


def state_of(expires_at: datetime, withdrawn_at: datetime | None, now: datetime) -> State:
    """How a notice stands: it expires by itself."""
    if withdrawn_at:
        return "withdrawn"
    return "expired" if now >= expires_at else "in-force"


def receipt_of(signed_at: datetime | None, sign_by: datetime, state: State, now: datetime) -> Receipt:
    """How a recipient stands with a notice in this state."""
    if signed_at:
        return "signed"
    if state != "in-force":
        return "unsigned"
    return "overdue" if now >= sign_by else "waiting"
