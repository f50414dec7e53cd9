"""The working calendar: which cells stand on which day, and what kind of day it is. No database, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.schema import DoRule, HaveRule, PostRule
from huyuan.kernel.calendar import DAY_KINDS, Calendar, monday_of
from huyuan.kernel.days import ONE_DAY, days_between
from huyuan.portal.rules import told_together

WEEK = timedelta(days=6)


@dataclass(frozen=True)
class Day:
    """One day. `at_school`: pupils come. `notes`: what it is beside a weekday. `dated`: lines of cells that
    are due by its end; `daily`: of those that every such day asks for anew, and of hours of the day."""

    day: date
    at_school: bool
    notes: tuple[str, ...]
    dated: list[list[Cell]] = field(default_factory=list)
    daily: list[list[Cell]] = field(default_factory=list)


@dataclass(frozen=True)
class Agenda:
    """Days in order; `endless`: lines of clocks without a limit."""

    days: list[Day]
    endless: list[list[Cell]]

    @property
    def weeks(self) -> list[list[Day]]:
        """Seven days each, Monday to Sunday."""
        return [self.days[at : at + 7] for at in range(0, len(self.days), 7)]


def whole_weeks(first: date, last: date) -> tuple[date, date]:
    """From the Monday before (or on) the first day to the Sunday after (or on) the last."""
    return monday_of(first), monday_of(last) + WEEK


def month_of(day: date) -> tuple[date, date]:
    """First and last day of the month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - ONE_DAY


def is_daily(cell: Cell) -> bool:
    """Does it ask for something within one day or shift, each anew?"""
    match cell.binding.rule:
        case PostRule():
            return True
        case DoRule():
            return cell.due_at is not None and cell.due_at - cell.start_at <= ONE_DAY
    return False


def laid_out(cells: Iterable[Cell], calendar: Calendar, first: date, last: date) -> Agenda:
    """The cells of [first, last] on their days: what is due on the day by which it is due. A standard has
    no day and what does not apply has no place."""
    by_day: dict[date, list[Cell]] = {day: [] for day in days_between(first, last)}
    endless = []
    for cell in cells:
        if cell.verdict == "not_applicable" or isinstance(cell.binding.rule, HaveRule):
            continue
        if cell.due_at is None:
            endless.append(cell)
        elif cell.day in by_day:
            by_day[cell.day].append(cell)
    return Agenda(
        [
            Day(
                day,
                calendar.is_school_day(day),
                notes(calendar, day),
                in_order(told_together(cell for cell in mine if not is_daily(cell))),
                in_order(by_rule(cell for cell in mine if is_daily(cell))),
            )
            for day, mine in by_day.items()
        ],
        told_together(endless),
    )


def by_rule(cells: Iterable[Cell]) -> list[list[Cell]]:
    """The shifts and windows of a day as one line for each rule and verdict."""
    lines: dict[tuple[object, str], list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.start_at):
        lines.setdefault((cell.binding, cell.verdict), []).append(cell)
    return list(lines.values())


def in_order(lines: Iterable[list[Cell]]) -> list[list[Cell]]:
    """Lines by the hour at which they begin, then by name."""
    return sorted(lines, key=lambda line: (begins(line[0]), line[0].binding.rule.title, line[0].part))


def begins(cell: Cell) -> float:
    """The instant at which a window opens; what is not a window comes before them."""
    return cell.start_at.timestamp() if isinstance(cell.binding.rule, PostRule) else 0


def notes(calendar: Calendar, day: date) -> tuple[str, ...]:
    """开学, 国庆节, 调休上课: what people write into a calendar."""
    said = [f"{term.name.partition('学年')[2]}开学" for term in calendar.terms if day == term.first]
    said += [
        f"{term.name.partition('学年')[2]}结束" for term in calendar.terms if day == calendar.term_end(term)
    ]
    said += [f"{vacation.name[5:]}开始" for vacation in calendar.vacations if day == vacation.first]
    kind = calendar.days.get(day)
    if kind:
        said.append(KINDS[kind] if kind != "holiday" else calendar.names.get(day, "放假"))
    return tuple(said)


KINDS = {"makeup": "调休上课", "office": "调休上班", "closed": "停课", "school": "补课"}
assert KINDS.keys() | {"holiday"} == DAY_KINDS.keys()


def teaching_week(calendar: Calendar, monday: date) -> int | None:
    """第几教学周: which week of its term the week is; None outside terms."""
    days: Sequence[date] = days_between(monday, monday + WEEK)
    term = next((term for day in days if (term := calendar.term_of(day))), None)
    return (monday - monday_of(term.first)).days // 7 + 1 if term else None
