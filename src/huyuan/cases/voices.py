"""What may happen next to what parents and the public report at a school's gate. No database, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from huyuan.cases.rules import STATES
from huyuan.kernel.days import day_of, end_of
from huyuan.kernel.transitions import Table, Transition
from huyuan.orgs.rules import CODE_LENGTH, CODE_LETTERS

KINDS = {"hazard": "隐患", "problem": "问题", "suggestion": "建议"}
VOICE_STATES = {"received": "待答复", "taken": "整改中", "answered": "已答复", "aside": "不属于安全事项"}
OPEN_VOICE = ("received", "taken")
PUBLIC_STATES = {
    "received": "学校已收到，正在处理",
    "taken": "已转为安全隐患，正在整改",
    "answered": "已答复",
    "aside": "已答复",
}
"""How whoever reported it reads the state."""


@dataclass(frozen=True)
class VoiceFacts:
    """What the guards look at. `case_state`: of the hazard that it was taken up as; empty: none."""

    case_state: str = ""


def removed(facts: VoiceFacts) -> str | None:
    """What was taken up as a hazard is answered when the hazard is gone."""
    if facts.case_state in ("closed", "void"):
        return None
    return f"转成的隐患还是“{STATES[facts.case_state]}”。请先办到销号，再答复。"


VOICE: Table[VoiceFacts] = Table(
    rows=(
        Transition("received", "take-up", "taken", "answerer"),
        Transition("received", "answer", "answered", "answerer"),
        Transition("received", "set-aside", "aside", "answerer"),
        Transition("taken", "answer", "answered", "answerer", removed),
    ),
    states=VOICE_STATES,
    verbs={"take-up": "转为隐患", "answer": "答复", "set-aside": "不属于安全事项"},
)


def due(received_at: datetime, days: int) -> datetime:
    """Until when an answer is expected: the end of so many calendar days after the day it came."""
    return end_of(day_of(received_at) + timedelta(days=days))


def spelled(digest: str) -> str:
    """A keyed hash as a code that can be read out and typed: ABCDEFGHJKMN, some 59 bits."""
    number, letters = int(digest, 16), []
    for _ in range(CODE_LENGTH):
        number, rest = divmod(number, len(CODE_LETTERS))
        letters.append(CODE_LETTERS[rest])
    return "".join(letters)
