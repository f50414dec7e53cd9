"""Today: which cells ask something of somebody now, of whom, in which order. No database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from huyuan.duties.rules.because import Words, due_zh, sentence
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.strictest import Strictest
from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.schema import DoRule, HaveRule, PostRule, WhenRule
from huyuan.kernel.calendar import monday_of
from huyuan.kernel.days import day_of, last_day, zh_day, zh_deadline
from huyuan.orgs.actor import Holding

SUBMISSION = "submission"
"""The act of handing a paper in: it has its own verb and its own page."""

Bucket = Literal["overdue", "today", "week", "later", "unknown"]
BUCKETS: Mapping[Bucket, str] = {
    "overdue": "已经超期",
    "today": "今天",
    "week": "本周",
    "later": "以后",
    "unknown": "资料不全",
}
CALLED = {"class": "个班级", "gate": "个校门", "building": "栋楼"}


@dataclass(frozen=True)
class Staff:
    """The kinds of post of an organisation, with titles: those held today, and those that nobody holds."""

    held: Mapping[str, str]
    vacant: Mapping[str, str] = field(default_factory=dict)

    def falls_to(self, binding: Binding) -> tuple[str, str]:
        """The kind of post whose duty a rule's is, and the one that answers for it today: itself, where it is
        vacant whoever leads; empty: anybody there."""
        wanted = binding.post_at(self.held.keys() | self.vacant.keys())
        answers = (kind for kind in (wanted, *binding.leading) if kind in self.held)
        return wanted, next(answers, "")


@dataclass
class Duty:
    """One line on Today: cells of one rule that are told together, and what the same act also satisfies.

    `holding`: through which post it is mine. `instead_of`: the title of the vacant post whose duty it is.
    """

    cells: list[Cell]
    holding: Holding
    instead_of: str = ""
    also: list[Cell] = field(default_factory=list)

    @property
    def cell(self) -> Cell:
        """The one that is due first."""
        return self.cells[0]


def asks_now(cell: Cell, today: date, now: datetime) -> bool:
    """Is there something to do, or missing, about this cell now? A standard that holds asks nothing."""
    if cell.is_closed(now) or (cell.start_at > now and not isinstance(cell.binding.rule, PostRule)):
        return False
    match cell.binding.rule:
        case HaveRule():
            return cell.verdict in ("overdue", "unknown")
        case PostRule():
            return cell.verdict in ("owed", "overdue", "unknown") and cell.day == today
        case _:
            return cell.verdict in ("owed", "overdue", "unknown")


def mine(cell: Cell, holdings: Sequence[Holding], staff: Staff) -> tuple[Holding, str] | None:
    """Through which of my posts the duty is mine, and in place of which vacant post; None: it is not mine."""
    wanted, falls_to = staff.falls_to(cell.binding)
    for holding in holdings:
        if holding.org_id == cell.org_id and falls_to in ("", holding.post_kind):
            of_class = holding.class_id is not None and isinstance(cell.binding.rule, (DoRule, HaveRule))
            if of_class and cell.subject_id not in (cell.org_id, holding.class_id):
                continue
            return holding, "" if falls_to == wanted else staff.vacant.get(wanted, "")
    return None


def sorted_out(
    cells: Iterable[Cell], holdings: Sequence[Holding], staff: Staff
) -> tuple[list[Duty], list[list[Cell]]]:
    """My duties, and the lines of other posts. Whose a cell is decides before what is told together: of all
    classes a class teacher has one."""
    own: list[Cell] = []
    others: list[Cell] = []
    for cell in cells:
        (own if mine(cell, holdings, staff) else others).append(cell)
    duties = [
        Duty(line, *through)
        for line in told_together(own)
        if (through := mine(line[0], holdings, staff)) is not None
    ]
    return duties, told_together(others)


def told_together(cells: Iterable[Cell]) -> list[list[Cell]]:
    """Cells of one rule and verdict that are told as one line, the earliest first: the windows of a day, the
    classes of a period, the clocks without a limit."""
    lines: dict[tuple[object, ...], list[Cell]] = {}
    for cell in cells:
        match cell.binding.rule:
            case PostRule():
                together: tuple[object, ...] = (cell.day,)
            case WhenRule() if cell.due_at is None:
                together = (cell.part,)
            case _:
                together = (cell.period, cell.part)
        lines.setdefault((cell.binding, cell.verdict, *together), []).append(cell)
    return [sorted(line, key=due_first) for line in lines.values()]


def due_first(cell: Cell) -> tuple[bool, datetime]:
    """What has no end comes last."""
    return (cell.due_at is None, cell.due_at or cell.start_at)


def fold(duties: Iterable[Duty], matters: Iterable[Strictest]) -> list[Duty]:
    """Of several rules about one matter the strictest that is still open stands for the others.

    What they ask for at the same time folds behind it; each of its own periods is a line: it needs an act.
    """
    kept = list(duties)
    for matter in matters:
        if matter.matter.compare in ("decide", "evidence"):
            continue
        strict = {asking.binding.rule_id for asking in matter.winners}
        about = strict | {asking.binding.rule_id for asking in matter.others}
        same = [
            duty for duty in kept if duty.cell.binding.rule_id in about and duty.cell.verdict != "unknown"
        ]
        if not same:
            continue
        leader = min(same, key=lambda duty: (duty.cell.binding.rule_id not in strict, *due_first(duty.cell)))
        rule_id = leader.cell.binding.rule_id
        leading = sorted(
            (duty for duty in same if duty.cell.binding.rule_id == rule_id),
            key=lambda duty: due_first(duty.cell),
        )
        for duty in same:
            before = next((lead for lead in leading if at_the_same_time(lead.cell, duty.cell)), None)
            if duty.cell.binding.rule_id != rule_id and before:
                before.also += [duty.cell, *duty.also]
                kept.remove(duty)
    return kept


def at_the_same_time(lead: Cell, other: Cell) -> bool:
    """Would one act do for both? They stand at the same verdict, and their periods overlap."""
    ends = [cell.due_at for cell in (lead, other) if cell.due_at]
    starts = max(lead.start_at, other.start_at)
    return lead.verdict == other.verdict and all(starts < end for end in ends)


def bucket(cell: Cell, today: date) -> Bucket:
    """Under which heading a duty stands."""
    if cell.verdict in ("overdue", "unknown"):
        return cell.verdict
    if cell.due_at is None:
        return "later"
    due = last_day(cell.due_at)
    if due <= today:
        return "today"
    return "week" if monday_of(due) == monday_of(today) else "later"


def arranged(duties: Iterable[Duty], today: date) -> dict[Bucket, list[Duty]]:
    """The duties under their headings, empty ones left out, each heading by what is due first."""
    found: dict[Bucket, list[Duty]] = {name: [] for name in BUCKETS}
    for duty in sorted(duties, key=lambda duty: (*due_first(duty.cell), duty.cell.binding.rule.title)):
        found[bucket(duty.cell, today)].append(duty)
    return {name: mine for name, mine in found.items() if mine}


def title(cell: Cell, words: Words) -> str:
    """What the rule is called; of a clock, the reaction that is asked for."""
    rule = cell.binding.rule
    if isinstance(rule, WhenRule) and len(rule.then) > 1:
        act = cell.part.partition(".")[0]
        return f"{rule.title}：{words.get(f'act:{act}', act)}"
    return rule.title


def told(cells: Sequence[Cell], words: Words, now: datetime) -> str:
    """By when what is asked: 请在10月28日（周三）前报送，还剩2天."""
    cell = cells[0]
    line = _told(cell, words, now)
    if len(cells) == 1:
        return line
    match cell.binding.rule:
        case PostRule():
            # Several posts of one rule have the same windows: each is named once.
            others = dict.fromkeys(each.name for each in cells if each.name != cell.name)
            return f"{line}；{'、'.join(others)}也要" if others else line
        case DoRule() | HaveRule() as rule:
            return f"{line}（共{len(cells)}{CALLED[rule.subject]}）"
        case _:
            return line.replace("已过", f"共{len(cells)}件，最早的已过")


def _told(cell: Cell, words: Words, now: datetime) -> str:
    rule = cell.binding.rule
    if cell.verdict == "unknown" or isinstance(rule, (HaveRule, PostRule)):
        return sentence(cell.because[0], cell, words)
    verb = "报送" if isinstance(rule, DoRule) and rule.proof.act == SUBMISSION else "完成"
    if cell.due_at is None:
        days = (day_of(now) - day_of(cell.start_at)).days
        return f"没有规定时限，请尽快完成，已过{days}天" if days else "没有规定时限，请尽快完成"
    if cell.due_at <= now:
        until = f"，{due_zh(cell.close_at)}前补上仍计为补做" if cell.close_at else ""
        return f"应在{zh_day(last_day(cell.due_at))}前{verb}{until}"
    day, _, distance = zh_deadline(cell.due_at, now).rpartition("，")
    return f"请在{day}{verb}，{'今天截止' if distance == '今天' else distance}"
