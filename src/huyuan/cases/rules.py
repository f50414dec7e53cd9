"""What may happen next to a matter and to the parts of it that organisations got, when it is due, who may say
that it is done. No database, no clock."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from huyuan.kernel.transitions import Guard, Table, Transition

STATES = {
    "found": "待处理",
    "working": "整改中",
    "disputed": "待会商",
    "fixed": "待复查",
    "closed": "已销号",
    "void": "已作废",
}
OPEN = ("found", "working", "disputed", "fixed")
#: the word of the house's states that stands for a state of a case
SIGNS = {
    "found": "owed",
    "working": "owed",
    "disputed": "unknown",
    "fixed": "late",
    "closed": "met",
    "void": "waived",
}
PART_STATES = {
    "offered": "待接办",
    "accepted": "整改中",
    "done": "已整改",
    "returned": "已退回",
    "passed": "已转办",
    "reassigned": "另行交办",
    "withdrawn": "已撤回",
}
OPEN_PART = ("offered", "accepted")
AREAS = {"inside": "校内", "perimeter": "校园周边"}
PARTIES = ("holder", "owner", "overseer", "giver")
"""Who somebody is to a case: of an organisation that got a part; of the one where the matter lies; of one
above it; of the one that gave the part. In the order in which a step is taken where several fit."""


@dataclass(frozen=True)
class Facts:
    """What the guards look at.

    `mine_fixed`: the actor said that it is fixed; `verified_by`: who may say that it is gone; `grave`: major,
    and not to be fixed at once; `from_entry`: it stands in an entry of a form; `undated`: it has no deadline
    yet; `above`: it lies with the overseer already; `only_own`: nobody but the organisation itself works on
    it; `own`: the part is the organisation's own; `been`: organisations through whose hands the part went;
    `to`: who gets it.
    """

    mine_fixed: bool = False
    verified_by: str = "owner"
    grave: bool = False
    from_entry: bool = False
    undated: bool = False
    above: bool = False
    only_own: bool = True
    own: bool = False
    been: frozenset[UUID] = frozenset()
    to: frozenset[UUID] = frozenset()


def says(wrong: str, sentence: str) -> Guard[Facts]:
    """A guard that objects where the fact holds."""
    return lambda facts: sentence if getattr(facts, wrong) else None


def owner_verifies(facts: Facts) -> str | None:
    """Whoever fixed it does not say that it is gone, and of what is grave the one above says so."""
    if facts.verified_by == "overseer":
        return "重大隐患由上级单位复查。请等上级复查，或联系上级单位。"
    return two_people(facts)


def two_people(facts: Facts) -> str | None:
    """Whoever fixed it does not say that it is gone."""
    if facts.mine_fixed:
        return "整改人不能复查自己的整改。请本单位另一位负责人复查；没有别人的，由上级单位复查。"
    return None


def no_circle(facts: Facts) -> str | None:
    """What an organisation has handed on does not come back to it by the same way."""
    if facts.own:
        return "这是本单位自己的整改任务。自己办不了的，请用“报上级”。"
    if facts.been & facts.to:
        return "这件事已经由这个单位经手转出，不能再转回去。协商不成的，请退回，由会议商定。"
    return None


not_own = says("own", "这是本单位自己的整改任务，不能退回。自己办不了的，请用“报上级”。")
dated = says("undated", "还没有定整改期限，不用延期。")
not_above = says("above", "已经报到上级，请等上级交办。")
by_hand = says("from_entry", "这处隐患来自一份登记。登记有误的，请更正或作废那份登记，隐患随之改动。")


def only_own(facts: Facts) -> str | None:
    """The organisation itself works on it, and nobody else."""
    if facts.above:
        return not_above(facts)
    return None if facts.only_own else "已经交给别的单位整改。请在下面补充情况，或请上级督办。"


def grave(facts: Facts) -> str | None:
    """Major, and not to be fixed at once."""
    if facts.grave:
        return None
    return "重大且一时难以整改到位的才报告党委、政府。请先在“改类别”里改成重大、一时难以整改到位。"


CASE: Table[Facts] = Table(
    rows=(
        Transition("found", "take", "working", "owner"),
        Transition("found", "assign", "working", "overseer"),
        Transition("found", "assign", "working", "owner", not_above),
        Transition("found", "pass-up", "found", "owner", not_above),
        Transition("found", "dispute", "disputed", "overseer"),
        Transition("working", "assign", "working", "overseer"),
        Transition("working", "pass-up", "found", "owner", only_own),
        Transition("disputed", "assign", "working", "overseer"),
        Transition("disputed", "take", "working", "owner"),
        Transition("fixed", "verify", "closed", "overseer", two_people),
        Transition("fixed", "verify", "closed", "owner", owner_verifies),
        Transition("fixed", "reject", "working", "overseer", two_people),
        Transition("fixed", "reject", "working", "owner", owner_verifies),
        Transition("closed", "reopen", "working", "overseer"),
        Transition("closed", "reopen", "working", "owner"),
        *(
            Transition(state, verb, state, party, guard)
            for state in OPEN
            for verb, parties, guard in (
                ("interim", ("holder", "owner", "overseer"), None),
                ("classify", ("owner", "overseer"), None),
                ("report", ("owner", "overseer"), grave),
                ("supervise", ("overseer",), None),
                ("ask-extension", ("holder", "owner"), dated),
                ("extend", ("overseer",), dated),
                ("note", ("holder", "owner", "overseer"), None),
            )
            for party in parties
        ),
        *(Transition(state, "void", "void", "overseer", by_hand) for state in OPEN),
    ),
    states=STATES,
    verbs={
        "take": "本单位整改",
        "assign": "交办",
        "pass-up": "报上级",
        "dispute": "列入联席会议",
        "verify": "复查通过",
        "reject": "复查不通过",
        "reopen": "重新打开",
        "interim": "采取临时措施",
        "classify": "改类别",
        "report": "报告党委政府",
        "supervise": "督办",
        "ask-extension": "申请延期",
        "extend": "延期",
        "note": "补充情况",
        "void": "作废",
    },
)

PART: Table[Facts] = Table(
    rows=(
        Transition("offered", "accept", "accepted", "holder"),
        Transition("offered", "fix", "done", "holder"),
        Transition("accepted", "fix", "done", "holder"),
        *(
            Transition(state, verb, to, "holder", guard)
            for state in OPEN_PART
            for verb, to, guard in (("pass-on", "passed", no_circle), ("return", "returned", not_own))
        ),
        Transition("accepted", "bring-in", "accepted", "holder"),
        *(Transition[Facts](state, "withdraw", "withdrawn", "giver") for state in OPEN_PART),
    ),
    states=PART_STATES,
    verbs={
        "accept": "接办",
        "fix": "整改完成",
        "pass-on": "转办",
        "return": "退回",
        "bring-in": "请别的单位协办",
        "withdraw": "撤回交办",
    },
)

DISPUTE: Table[Facts] = Table(
    rows=(
        Transition("found", "take", "working", "owner"),
        Transition("disputed", "take", "working", "owner"),
        *(
            Transition[Facts](state, "assign", "working", "owner")
            for state in ("found", "working", "disputed")
        ),
        *(Transition[Facts]("working", "mediate", "working", party) for party in ("holder", "owner")),
        Transition("fixed", "visit", "fixed", "owner"),
        Transition("fixed", "verify", "closed", "owner"),
        Transition("fixed", "reject", "working", "owner"),
        Transition("closed", "reopen", "working", "owner"),
        *(Transition[Facts](state, "note", state, party) for state in OPEN for party in ("holder", "owner")),
        *(Transition[Facts](state, "void", "void", "owner") for state in OPEN),
    ),
    states={
        "found": "待调解",
        "working": "调解中",
        "disputed": "被退回",
        "fixed": "已化解（回访期）",
        "closed": "已办结",
        "void": "已作废",
    },
    verbs={
        "take": "开始调解",
        "assign": "移交有关部门",
        "mediate": "记一次调解",
        "visit": "回访",
        "verify": "回访稳定，办结",
        "reject": "又有反复",
        "reopen": "重新打开",
        "note": "补充情况",
        "void": "作废",
    },
)
"""A dispute: found, mediated, settled and visited again until it stays settled; what a school can't settle it
hands on to an office that can, which may send it back."""

DISPUTE_PART: Table[Facts] = Table(
    rows=(
        Transition("offered", "accept", "accepted", "holder"),
        *(Transition[Facts](state, "fix", "done", "holder") for state in OPEN_PART),
        *(Transition(state, "return", "returned", "holder", not_own) for state in OPEN_PART),
        *(Transition[Facts](state, "withdraw", "withdrawn", "giver") for state in OPEN_PART),
    ),
    states=PART_STATES | {"accepted": "调解中", "done": "已化解"},
    verbs={"accept": "接办", "fix": "已化解", "return": "退回", "withdraw": "撤回移交"},
)


@dataclass(frozen=True)
class Way:
    """How matters of a kind go: the table of the whole, and of its parts. `confidential`: seen by those of
    their own organisation who handle them and by whom they are shared with; upwards go counts."""

    case: Table[Facts]
    part: Table[Facts]
    confidential: bool = False

    @property
    def verbs(self) -> dict[str, str]:
        """What its steps are called."""
        return {**OF_NOBODY, **self.case.verbs, **self.part.verbs}


FOUND, SETTLED, UNDONE = "found", "settle", "undone"
OF_NOBODY = {FOUND: "发现", SETTLED: "当场整改", UNDONE: "登记作废"}
WAYS = {"hazard": Way(CASE, PART), "dispute": Way(DISPUTE, DISPUTE_PART, confidential=True)}
STEPS = {verb: zh for way in reversed(WAYS.values()) for verb, zh in way.verbs.items()}
"""What every step is called on record; those of nobody's choosing first."""

PERSONAL = re.compile(r"(?<!\d)(?:\d{17}[\dX]|1\d{10})(?!\d)")


def names_somebody(text: str) -> bool:
    """Does it hold an identity number or a mobile number, in whatever digits, with or without gaps?"""
    plain = unicodedata.normalize("NFKC", text).upper()
    return bool(PERSONAL.search(re.sub(r"(?<=\d)[\s-]+(?=\d)", "", plain)))


CARE_KINDS = {
    "left-behind": "留守儿童",
    "hardship": "困境儿童",
    "learning": "学习与行为帮扶",
    "counselling": "心理疏导",
    "bullying": "欺凌干预",
    "other": "其他关爱",
}
"""Why a child is cared for: what is done, never what is wrong with it."""
CARE_ROLES = {"opener": "登记人", "paired": "结对教师", "leader": "校（园）领导"}
CARE_VERBS = {
    "open": "登记关爱帮教",
    "pair": "结对",
    "talk": "记一次谈话",
    "review": "复核",
    "end": "结束",
    "lapse": "无人复核，自动结束",
    "erase": "到期删除",
}


def months_after(day: date, months: int) -> date:
    """The same day so many months later, the month's last where it has no such day."""
    first = (day.year * 12 + day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return date(*first, min(day.day, monthrange(*first)[1]))


def standing(parts: Collection[str]) -> str:
    """The state of an open case that follows from the states of its parts: as long as somebody works on it,
    it is being worked on; what came back and was given to nobody else is for the joint meeting."""
    if any(state in OPEN_PART for state in parts):
        return "working"
    if "returned" in parts:
        return "disputed"
    return "fixed" if "done" in parts else "found"


def why_shut(
    case_state: str, part_state: str, *, expires_at: datetime, withdrawn: bool, used: bool, now: datetime
) -> str:
    """Why a one-time link to a part takes nothing, as its page says it; empty: it does."""
    if case_state in ("closed", "void"):
        return f"这件事{STATES[case_state]}，不用再办。"
    if used:
        return "已经通过这个链接办过了。还需要办的，请向发链接的单位要新的链接。"
    if withdrawn:
        return "发链接的单位收回了这个链接。还需要办的，请向对方要新的链接。"
    if part_state not in OPEN_PART:
        return f"交给贵单位的这一部分{PART_STATES[part_state]}，不用再办。"
    if now >= expires_at:
        return "这个链接已经过期。还需要办的，请向发链接的单位要新的链接。"
    return ""


def moved_due(due_at: datetime | None, judged_at: datetime | None, to: datetime, now: datetime) -> datetime:
    """The instant by which an extended matter is judged: the new one where it was given in time, else the
    first stays judged (semantics: an extension)."""
    return judged_at if judged_at and judged_at <= now else to


def remind_on(due_at: datetime, before: int, every: int, now: datetime) -> int | None:
    """Which reminder is due: 0 before the deadline, then 1, 2 … every so many days after it; None: none."""
    if now < due_at - timedelta(days=before):
        return None
    if now < due_at:
        return 0
    return 1 + (now - due_at) // timedelta(days=every)


def escalates(due_at: datetime, after: int | None, now: datetime) -> bool:
    """Has it been open for so many days after its deadline that the one above is told?"""
    return after is not None and now >= due_at + timedelta(days=after)


def chain(part: UUID, came_from: dict[UUID, UUID | None], held_by: dict[UUID, UUID]) -> frozenset[UUID]:
    """The organisations through whose hands a part went, its own among them."""
    been: set[UUID] = set()
    at: UUID | None = part
    while at is not None:
        been.add(held_by[at])
        at = came_from[at]
    return frozenset(been)


def tokens(quals: Iterable[str]) -> dict[str, str]:
    """Qualifiers "key=value" of an event by their keys."""
    return dict(qual.split("=", 1) for qual in quals)
