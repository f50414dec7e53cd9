"""What may happen next to an entry, and what tells one entry from another. No database, no clock."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from huyuan.kernel.days import SHANGHAI
from huyuan.kernel.fields import Field, display
from huyuan.kernel.finding import plain
from huyuan.kernel.transitions import Table, Transition
from huyuan.registers.schema import FormSpec, Sum

STATES = {
    "draft": "草稿",
    "submitted": "已提交",
    "confirmed": "已确认",
    "returned": "已退回",
    "void": "已作废",
}

#: what a form's page posts besides its fields; no field may be called so
PAGE_NAMES = (
    "csrfmiddlewaretoken",
    "client_uuid",
    "form_id",
    "org_id",
    "corrects",
    "device_at",
    "device_sent_at",
    "_recorded_by",
    "_reason",
    "_add",
    "_remove",
    "_draft",
)

#: so many filters of one ledger somebody may keep
SAVED_FILTERS = 20

#: types of fields whose answers are words
SPOKEN = ("text", "long_text", "choice", "choices")

#: a device's clock may be off by so much before it is called wrong, and what it says "has not happened yet"
CLOCK_TOLERANCE = timedelta(minutes=5)
#: so long a device keeps what finds no network (`draft.js`)
KEPT_ON_DEVICE = timedelta(days=14)


@dataclass(frozen=True)
class Facts:
    """What the guards look at: is the one who confirms also the filler, and is there nobody else who
    could?"""

    same_person: bool = False
    single_handed: bool = False


def two_people(facts: Facts) -> str | None:
    """Whoever filled it in does not confirm it, except in a school where nobody else could."""
    if facts.same_person and not facts.single_handed:
        return "登记人不能确认自己的登记，请由另一位负责人确认。"
    return None


ENTRY: Table[Facts] = Table(
    rows=(
        Transition("draft", "submit", "submitted", "filler"),
        Transition("returned", "submit", "submitted", "filler"),
        Transition("submitted", "confirm", "confirmed", "confirmer", two_people),
        Transition("submitted", "return", "returned", "confirmer", two_people),
        Transition("submitted", "correct", "void", "filler"),
        Transition("confirmed", "correct", "void", "filler"),
        Transition("submitted", "void", "void", "filler"),
        Transition("returned", "void", "void", "filler"),
        Transition("submitted", "void", "void", "overseer"),
        Transition("confirmed", "void", "void", "overseer"),
        Transition("returned", "void", "void", "overseer"),
    ),
    states=STATES,
    verbs={"submit": "提交", "confirm": "确认", "return": "退回", "correct": "更正", "void": "作废"},
)


def state_zh(state: str, spec: FormSpec) -> str:
    """What people call the state: where the form asks for a confirmation, what is submitted waits for it."""
    return "待确认" if state == "submitted" and spec.confirmed_by else STATES[state]


def number_of(org_short: str, form_title: str, year: int, running: int) -> str:
    """三中-隐患排查-2026-0007"""
    return f"{org_short}-{form_title}-{year}-{running:04d}"


def content_digest(spec: FormSpec, body: Mapping[str, Any]) -> str:
    """SHA-256 of what was said, apart from when it happened: a copied entry has the digest of its source."""
    said = {key: value for key, value in body.items() if key != spec.happened}
    text = json.dumps([spec.key, said], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


#: what an organisation says of what was recorded in its name
ANSWERS = {"confirmed": "对方确认属实", "contradicted": "对方说与事实不符"}
#: how it stands with what was recorded in somebody's name, as a ledger is narrowed by it
ASKED = {"any": "代录的（全部）", "unasked": "没有请对方确认", "waiting": "等对方答复", **ANSWERS}
#: so long a confirmation link may be opened
LINK_DAYS = 7


def why_shut(
    entry_state: str,
    *,
    expires_at: datetime,
    withdrawn_at: datetime | None,
    answered_at: datetime | None,
    answer: str,
    now: datetime,
) -> str:
    """Why a confirmation link takes no answer, as its page says it; empty: it does."""
    if answered_at:
        local = answered_at.astimezone(SHANGHAI)
        said = "确认属实" if answer == "confirmed" else "答复“与事实不符”"
        return (
            f"{local:%Y年%-m月%-d日 %H:%M} 已经有人用这个链接{said}，以先答复的为准。"
            "答复有误的，请联系登记的单位。"
        )
    if entry_state not in ("submitted", "confirmed"):
        return "登记的单位已经作废或退回了这份登记，不用再确认。"
    if withdrawn_at:
        return "登记的单位收回了这个链接。还需要确认的，请向登记的单位要新的链接。"
    if now >= expires_at:
        local = expires_at.astimezone(SHANGHAI)
        return f"这个链接已于{local:%Y年%-m月%-d日 %H:%M}过期。还需要确认的，请向登记的单位要新的链接。"
    return ""


# What is asked of an entry recorded for an organisation that does not sign in, beside what its form asks.
SHEET = Field(
    id="entry_sheet",
    label="对方签字的纸质表（照片或 PDF）",
    type="file",
    required=True,
    hint="代录的必须有：拍清楚签字和日期。",
)


def with_sheet(spec: FormSpec) -> FormSpec:
    """The form as it is filled in on behalf of another organisation: with the paper that this signed."""
    return spec.model_copy(update={"fields": (*spec.fields, SHEET)})


def naming_fields(spec: FormSpec, org_kind: str) -> list[str]:
    """The questions of a form, rows included, that an organisation of this kind may answer."""
    asked = [(field.id, field) for field in spec.fields]
    asked += [(field.id, part) for field in spec.fields for part in field.fields]
    return [
        name
        for name, field in asked
        if field.type == "organisation" and (not field.of or org_kind in field.of)
    ]


def school_may_record(spec: FormSpec, school_kind: str) -> bool:
    """May a school of this kind record the form for an agency? Where the form can name the school, or allows
    it."""
    return spec.by_school or bool(naming_fields(spec, school_kind))


def may_be_recorded_for(spec: FormSpec, org_kind: str) -> bool:
    """May entries of this form be recorded by others for an organisation of this kind?"""
    return not (spec.personal or spec.while_in_force) and (not spec.org or org_kind in spec.org)


@dataclass(frozen=True)
class Handed:
    """When somebody pressed the button. `at`: by the server's reckoning. `device_at`: what the device's clock
    showed, which ran `ahead` of the server's (behind: negative); None where the device did not say."""

    at: datetime
    device_at: datetime | None = None
    ahead: timedelta | None = None


def handed_in(pressed: datetime | None, sent: datetime | None, now: datetime) -> Handed:
    """When the button was pressed, of something received `now`: as long before as, by the device's clock, it
    was sent after being pressed. So a clock that is wrong moves nothing; it is only seen to be wrong.

    A device that says what cannot be (sent before it was pressed, or kept longer than devices keep) has said
    nothing.
    """
    if pressed is None or sent is None or not timedelta(0) <= sent - pressed <= KEPT_ON_DEVICE:
        return Handed(now)
    return Handed(now - (sent - pressed), pressed, sent - now)


def clock_is_off(ahead: timedelta | None) -> bool:
    """Was the device's clock wrong by more than is forgiven? Then both times are kept, and it is marked."""
    return ahead is not None and abs(ahead) > CLOCK_TOLERANCE


def said(
    org_name: str, number: str, spec: FormSpec, body: Mapping[str, Any], names: Mapping[str, str]
) -> str:
    """What search looks through: whose entry, its number, then the texts, choices and names in it.

    Nothing personal: of a personal form only the number. `names`: those behind ids of places, organisations
    and events; people are found by their posts.
    """
    texts = () if spec.personal else _said(spec.fields, body, names)
    return plain("，".join(filter(None, (f"{org_name} {number}", *texts))))


def _said(fields: Sequence[Field], body: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    for field in fields:
        value = body.get(field.id)
        if field.personal or value is None:
            continue
        if field.type == "group":
            for row in value:
                yield from _said(field.fields, row, names)
        elif field.type in ("place", "organisation", "event"):
            ids = value if isinstance(value, list) else [value]
            yield from (names[key] for key in ids if key in names)
        elif field.type in SPOKEN:
            yield display(field, value)


def sole(spec: FormSpec, body: Mapping[str, Any]) -> str:
    """What its organisation says once: the form and its month; empty where the form is not of a month."""
    month = body.get(spec.for_month) if spec.for_month else None
    return f"{spec.key}/{month}" if month else ""


def amiss(spec: FormSpec, body: Mapping[str, Any], today: date) -> dict[str, str]:
    """Field → what is wrong with the answers beside each other, or with the month that they are about."""
    fields = {field.id: field for field in spec.fields}
    errors: dict[str, str] = {}
    if sole(spec, body) and str(body[str(spec.for_month)]) > f"{today:%Y-%m}":
        field = fields[str(spec.for_month)]
        errors[field.id] = f"{field.label}：{display(field, body[field.id])}还没有到，请核对。"
    for each in spec.sums:
        parts, total = (sum(body.get(name, 0) for name in names) for names in (each.parts, each.total))
        fits = parts <= total if each.may_be_less else parts == total
        if not fits and not (each.unless and body.get(each.unless)):
            errors.setdefault(each.parts[0], _unequal(fields, each, parts, total))
    return errors


def _unequal(fields: Mapping[str, Field], each: Sum, parts: int, total: int) -> str:
    """“还没有化解”＋“本月化解”是7，“上月没有化解”＋“本月排查出”是6：应当相等，请核对。"""
    left, right = (
        "＋".join(f"“{fields[name].label}”" for name in names) for names in (each.parts, each.total)
    )
    said = f"{left}是{parts}，{right}是{total}：{'不能更多' if each.may_be_less else '应当相等'}，请核对"
    return said + (f"；确实如此的，在“{fields[each.unless].label}”里写明原因。" if each.unless else "。")


def ahead_of_time(occurred_at: datetime, now: datetime) -> bool:
    """Does the entry report what has not happened yet?"""
    return occurred_at > now + CLOCK_TOLERANCE
