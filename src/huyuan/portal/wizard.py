"""Adopting a directive step by step: what each step asks, read from the rules. No database, no clock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple
from uuid import UUID

from huyuan.duties.rules.binding import Binding, locals_of, resolve
from huyuan.duties.rules.desk import Desk
from huyuan.duties.rules.do import Plan
from huyuan.duties.rules.facts import NO_TIMES
from huyuan.duties.schema import DoRule, HaveRule, Local, PostRule, RuleSpec, WhenRule
from huyuan.kernel.calendar import SEMESTER_ZH, Calendar
from huyuan.kernel.days import last_day, start_of, zh_day
from huyuan.kernel.fields import Field, Option, ShowIf
from huyuan.kernel.recurrence import Cadence
from huyuan.kernel.recurrence import say as say_cadence

STEPS: Mapping[str, str] = {
    "calendar": "学期和节假日",
    "subjects": "适用单位",
    "actors": "由谁负责",
    "values": "原文没有写明的",
    "points": "签到",
    "days": "期限和补登",
    "confirm": "核对",
}
# Cadences that an adopter is offered where the text names none.
CADENCES: Mapping[str, Mapping[str, int]] = {
    "day-1": {"day": 1},
    "week-1": {"week": 1},
    "week-2": {"week": 2},
    "month-1": {"month": 1},
    "month-2": {"month": 2},
    "quarter-1": {"quarter": 1},
    "semester-1": {"semester": 1},
    "school_year-1": {"school_year": 1},
}
UNITS: Mapping[str, str] = {"minutes": "分钟", "hours": "小时", "days": "天", "working_days": "个工作日"}
UNIT = "_unit"
SOME = "some"

Kind = Literal["cadence", "limit", "number"]


@dataclass
class Question:
    """What the text leaves open, and the rules that ask it."""

    name: str
    ask: str
    unit: str
    kind: Kind
    rules: list[RuleSpec] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The name of its field."""
        return f"v_{self.name.replace('-', '_').replace('.', '_')}"


def questions_of(rules: Sequence[RuleSpec]) -> list[Question]:
    """Each open question once, in the order of the rules."""
    found: dict[str, Question] = {}
    for rule in rules:
        for local, kind in _asked(rule):
            question = found.setdefault(local.local, Question(local.local, local.ask, local.unit or "", kind))
            if rule not in question.rules:
                question.rules.append(rule)
    return list(found.values())


def _asked(rule: RuleSpec) -> Iterator[tuple[Local, Kind]]:
    cadences = {rule.every.local} if isinstance(rule, DoRule) and isinstance(rule.every, Local) else set()
    limits = (
        {one.within.local for one in rule.then if isinstance(one.within, Local)}
        if isinstance(rule, WhenRule)
        else set()
    )
    for local in locals_of(rule):
        kind: Kind = "cadence" if local.local in cadences else "limit" if local.local in limits else "number"
        yield local, kind


def options_of(pairs: Iterable[tuple[str, str]]) -> tuple[Option, ...]:
    """(value, label) pairs as a field offers them."""
    return tuple(Option(value=value, label=label) for value, label in pairs)


def fields_of_values(questions: Sequence[Question]) -> list[Field]:
    """One field for each question; a limit has its unit beside it. Nothing is required but who decides."""
    found = []
    for one in questions:
        asked_by = f"要求：{'；'.join(rule.title for rule in one.rules)}"
        match one.kind:
            case "cadence":
                options = options_of(
                    (key, say_cadence(Cadence.model_validate(given))) for key, given in CADENCES.items()
                )
                found.append(Field(id=one.id, label=one.ask, type="choice", options=options, hint=asked_by))
            case "limit":
                units = options_of(UNITS.items())
                found.append(Field(id=one.id, label=one.ask, type="number", min=1, hint=asked_by))
                found.append(Field(id=one.id + UNIT, label=f"{one.ask}：单位", type="choice", options=units))
            case "number":
                found.append(
                    Field(id=one.id, label=one.ask, type="number", min=0, unit=one.unit, hint=asked_by)
                )
    if questions:
        hint = "例如会议或文件的名称；以后查得到是谁定的。"
        found.append(Field(id="decided_by", label="由谁决定", type="text", hint=hint, max_length=120))
    return found


def values_of(
    questions: Sequence[Question], body: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Local values as the rules take them, and what is wrong with them by field."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for one in questions:
        given = body.get(one.id)
        if given is None:
            continue
        match one.kind:
            case "cadence":
                values[one.name] = dict(CADENCES[str(given)])
            case "limit":
                unit = body.get(one.id + UNIT)
                if unit is None:
                    errors[one.id + UNIT] = f"{one.ask}：请选择单位。"
                else:
                    values[one.name] = {str(unit): int(given)}
            case "number":
                values[one.name] = int(given) if float(given) == int(given) else given
    if values and not body.get("decided_by"):
        errors["decided_by"] = "由谁决定：请填写，例如会议或文件的名称。"
    return values, errors


def actors_of(rules: Sequence[RuleSpec]) -> dict[str, str]:
    """The text's own words for who acts → the post that the pack proposes."""
    found: dict[str, str] = {}
    for rule in rules:
        if rule.who.actor:
            found.setdefault(rule.who.actor, rule.by.posts[0] if rule.by else "")
    return found


def fields_of_actors(actors: Mapping[str, str], posts: Mapping[str, str]) -> list[Field]:
    """Which of our posts each of the text's actors is; unanswered, each rule's own post answers."""
    options = options_of(posts.items())
    return [
        Field(
            id=f"a_{number}",
            label=actor,
            type="choice",
            options=options,
            hint=f"不选就按每条要求各自的岗位，例如{posts[proposed]}。" if proposed in posts else "",
        )
        for number, (actor, proposed) in enumerate(actors.items())
    ]


def points_of(rules: Sequence[RuleSpec]) -> list[str]:
    """The points at which somebody has to be, each once."""
    return list(dict.fromkeys(rule.point for rule in rules if isinstance(rule, PostRule)))


WINDOW_HINT = (
    "填0：时段一结束就算账，之后才补录的签到不改变结论，只写在旁边。例如夜班到早上6点，6点以后才补签的，"
    "这一夜仍是“未完成”。填30：6点30分以前补录的算数，再晚的不算。"
)


def fields_of_points(points: Sequence[str], names: Mapping[str, str]) -> list[Field]:
    """From when a roster alone proves nothing, and how long after a window a sign-in may still be entered."""
    days = [
        Field(id=f"p_{number}", label=f"{names.get(f'point:{point}', point)}从哪天起签到", type="date")
        for number, point in enumerate(points)
    ]
    label = "值班、值守时段结束以后，多少分钟以内补录的签到还算数？"
    late = Field(
        id="window_minutes", label=label, type="number", unit="分钟", min=0, max=1440, hint=WINDOW_HINT
    )
    return [*days, late] if days else []


GO_LIVE = Field(
    id="go_live", label="准备从哪天启用", type="date", required=True, hint="这一天以前的一概不算欠账。"
)


class Semester(NamedTuple):
    """A semester that go-live will meet; `span` empty: nobody has entered it."""

    year: str
    semester: int
    name: str
    first: date | None
    last: date | None


def semesters_from(calendar: Calendar, go_live: date) -> list[Semester]:
    """The semesters of the year from go-live on, also those that nobody has entered: they are asked for, not
    guessed."""
    known = {(term.year, term.semester): term for term in calendar.terms}
    found = []
    for begins in (go_live.year - 1, go_live.year, go_live.year + 1):
        for number, usual_end in ((1, date(begins + 1, 2, 1)), (2, date(begins + 1, 8, 1))):
            year = f"{begins}-{begins + 1}"
            term = known.get((year, 1 if number == 1 else 2))
            if go_live <= (term.last if term else usual_end):
                name = f"{begins}—{begins + 1}学年{SEMESTER_ZH[number]}"
                days = (term.first, term.last) if term else (None, None)
                found.append(Semester(year, number, name, *days))
    return found[:2]


def fields_of_term() -> list[Field]:
    """The days of one semester."""
    return [
        Field(id="first", label="第一天", type="date", required=True),
        Field(id="last", label="最后一个上课日", type="date", required=True),
    ]


def fields_of_days(until_event: str) -> list[Field]:
    """The end, and how long after a period things may still be entered. `until_event`: what the text says
    instead of its last day, which then has to be given."""
    ends = f"原文到“{until_event}”为止，没有写日期。" if until_event else "专项行动填写；长期执行的留空。"
    return [
        Field(id="until", label="最后一天", type="date", required=bool(until_event), hint=ends),
        Field(
            id="grace_long",
            label="每周及更长的要求，到期后几天内补登仍计为补做",
            type="number",
            unit="天",
            min=0,
            max=60,
            folded=True,
        ),
        Field(
            id="grace_daily",
            label="每天的要求，到期后几天内补登仍计为补做",
            type="number",
            unit="天",
            min=0,
            max=31,
            folded=True,
        ),
    ]


def fields_of_subjects(organisations: Sequence[tuple[UUID, str]]) -> list[Field]:
    """All that the directive speaks of, or some."""
    which = options_of([("all", "文件所说的全部单位"), (SOME, "只有选中的单位")])
    names = options_of((str(org_id), name) for org_id, name in organisations)
    fields = [Field(id="which", label="适用哪些单位", type="choice", options=which, required=True)]
    if names:
        fields.append(
            Field(
                id="only", label="选哪些单位", type="choices", options=names, required=True,
                show_if=ShowIf(field="which", equals=SOME),
            )
        )  # fmt: skip
    return fields


def first_due(
    rule: RuleSpec,
    kind: str,
    go_live: date,
    calendar: Calendar,
    values: Mapping[str, Any],
    schools: frozenset[str],
) -> str:
    """When the rule first asks something of an organisation of this kind; `schools`: the kinds that live by
    school terms."""
    resolved, _ = resolve(rule, values)
    match resolved:
        case HaveRule():
            return "启用后第一个完整的月份起，按月评判"
        case PostRule():
            return "启用日起，每个时段"
        case WhenRule():
            return "遇到时起算"
        case DoRule() if not isinstance(resolved.every, Cadence):
            return "没有约定频次，显示“资料不全”"
        case DoRule():
            binding = Binding(
                UUID(int=0), UUID(int=0), "", resolved, go_live, anchor=go_live, schools=schools
            )
            plan = Plan(binding, resolved)
            desk = Desk(calendar, go_live, date(go_live.year + 1, go_live.month, 1), start_of(go_live))
            slots = desk.slots(binding, plan.cadence, plan.grace, binding.active_for(kind), go_live, NO_TIMES)
            for slot in slots:
                if slot.fit == "in" and slot.period.active_days and slot.period.due_at:
                    return f"{zh_day(last_day(slot.period.due_at))}前"
    return "校历还没有排到"
