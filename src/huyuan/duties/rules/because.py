"""The explanation of a verdict in sentences that an officer understands.

「10月5日—10月11日这一周要求安全隐患排查1次，已登记1次（10月9日，10月11日录入）→ 已完成」
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from huyuan.duties.rules.facts import ProofFact
from huyuan.duties.rules.have import Found
from huyuan.duties.rules.verdicts import MARKS, ZH, Cell, Reason
from huyuan.duties.schema import Predicate, Tiers
from huyuan.kernel.days import SHANGHAI, day_of, end_of, last_day, zh_date, zh_day
from huyuan.kernel.limits import say as say_limit
from huyuan.kernel.recurrence import Due
from huyuan.kernel.windows import ANCHOR_ZH

Words = Mapping[str, str]
"""Chinese names of the vocabulary: "act:hazard-check", "measure:guards.certified", "scope=whole-school"."""

SUBJECTS = {"class": "班级", "gate": "校门", "building": "楼栋"}


def say(cell: Cell, words: Words) -> list[str]:
    """The sentences, the first with the verdict; then what stands out, and what was learned after the
    close."""
    lines = [sentence(reason, cell, words) for reason in cell.because] or [opens(cell)]
    lines[0] = f"{lines[0]} → {verdict_zh(cell)}"
    if cell.correction:
        becomes = ZH[cell.correction.becomes]
        told = sentence(cell.correction.reason, cell, words)
        same = cell.correction.becomes == cell.verdict
        lines.append(f"事后：{told}。" if same else f"事后更正：{told}，应为“{becomes}”；原结论保留。")
    return lines


def verdict_zh(cell: Cell) -> str:
    """已完成, 补做（补录）"""
    marks = "、".join(MARKS[mark] for mark in cell.marks if mark in MARKS)
    return ZH[cell.verdict] + (f"（{marks}）" if marks else "")


def sentence(reason: Reason, cell: Cell, words: Words) -> str:
    return SENTENCES[reason.says](reason.facts, cell, words)


def opens(cell: Cell) -> str:
    return f"{cell.name}从{zh_day(day_of(cell.start_at))}开始"


# ---- parts of sentences ----------------------------------------------------------------------------------


def word(words: Words, kind: str, key: str) -> str:
    return words.get(f"{kind}:{key}", key)


def qualifier(words: Words, token: str) -> str:
    """A qualifier's value; which paper it was; of who took part or was told, the kind of organisation."""
    key, _, value = token.partition("=")
    return words.get(token) or words.get(f"{key}:{value}") or words.get(f"orgkind:{value}") or value


def moment(instant: datetime) -> str:
    """10月9日08:30, in Shanghai"""
    local = instant.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{local:%H:%M}"


def plain(day: date) -> str:
    return f"{day.month}月{day.day}日"


def number(value: Decimal | None) -> str:
    """No zeros behind the point."""
    if value is None:
        return "—"
    return str(int(value)) if value == int(value) else str(value.normalize())


def act_days(act: ProofFact) -> str:
    """10月9日，10月11日录入; what was recorded on its own day is named once."""
    done, recorded = day_of(act.occurred_at), day_of(act.recorded_at)
    return plain(done) if done == recorded else f"{plain(done)}，{plain(recorded)}录入"


def due_zh(due_at: datetime) -> str:
    day = last_day(due_at)
    return f"{plain(day)}24:00" if due_at == end_of(day) else moment(due_at)


# ---- one function for each reason ------------------------------------------------------------------------


def do(facts: Mapping[str, Any], cell: Cell, words: Words) -> str:
    plan, acts = facts["plan"], facts["acts"]
    names = "或".join(dict.fromkeys(word(words, "act", act) for act, _ in plan.asks))
    quals = "、".join(qualifier(words, token) for token in sorted(plan.asks[0][1]))
    asked = f"{names}（{quals}）" if quals else names
    gap = plan.rule.proof.gap_days
    apart = "" if plan.need == 1 else "，须在不同日期" if gap == 1 else f"，每次至少相隔{gap}天"
    done = f"已登记{len(acts)}次（{'；'.join(map(act_days, acts))}）" if acts else "没有登记"
    lacking = "、".join(qualifier(words, token) for token in facts.get("short", ()))
    due = f"，{due_zh(cell.due_at)}前" if cell.due_at and plan.cadence.due != Due() else ""
    return f"{cell.name}要求{asked}{plan.need}次{due}{apart}，{done}" + (
        f"，还缺{lacking}" if lacking else ""
    )


def have(facts: Mapping[str, Any], cell: Cell, words: Words) -> str:
    parts = [bound(found, words) for found in facts["found"] if found.state != "away"]
    short = f"，本月已有{facts['short']}天不足" if facts["short"] else ""
    return f"{cell.name}：{'；'.join(parts)}{short}"


def bound(found: Found, words: Words) -> str:
    threshold = found.threshold
    name = word(words, "measure", threshold.measure)
    if found.state == "unknown":
        of = threshold.at_least.of if isinstance(threshold.at_least, Tiers) else ""
        missing = word(words, "measure", of) if of and found.basis is None else name
        return f"没有“{missing}”的记录，请先登记"
    when = f"（{plain(found.day)}）" if found.day and found.state == "short" else ""
    if threshold.at_most is not None:
        return f"{name}不多于{number(found.need)}，实有{number(found.value)}{when}"
    basis = ""
    if isinstance(threshold.at_least, Tiers):
        basis = f"（按{word(words, 'measure', threshold.at_least.of)}{number(found.basis)}计）"
    return f"{name}不少于{number(found.need)}{basis}，实有{number(found.value)}{when}"


def post(facts: Mapping[str, Any], cell: Cell, words: Words) -> str:
    asked = post_asked(facts, cell, words)
    if facts["minutes"]:
        return f"{asked}，最少时{facts['fewest']}人，缺岗{facts['minutes']}分钟"
    return f"{asked}，全程在岗"


def post_asked(facts: Mapping[str, Any], cell: Cell, words: Words) -> str:
    plan = facts["plan"]
    kinds = (cell.part,) if cell.part else plan.rule.at_least.qualified
    people = "、".join(word(words, "qualified", key) for key in kinds)
    return f"{cell.name}{word(words, 'point', plan.rule.point)}须有{plan.need}人（{people}）在岗"


def when(facts: Mapping[str, Any], cell: Cell, words: Words) -> str:
    asked, clock, plan, act = facts["asked"], facts["clock"], facts["plan"], facts["act"]
    event = word(words, "event", plan.rule.event)
    name = word(words, "act", asked.reaction.act)
    limit = (
        say_limit(asked.limit)
        if clock.due_at is None
        else f"{say_limit(asked.limit)}（{due_zh(clock.due_at)}前）"
    )
    done = f"已于{moment(act.occurred_at)}{name}" if act else f"已过{facts['days']}天，尚未登记"
    return f"{moment(clock.start_at)}{event}，要求{name}，{limit}，{done}"


def delayed(facts: Mapping[str, Any], cell: Cell, words: Words) -> str:
    act, due_at = facts["act"], facts["due_at"]
    late = act.occurred_at - due_at
    amount = f"{late.days}天" if late.days else f"{max(int(late.total_seconds() // 60), 1)}分钟"
    return f"{moment(act.occurred_at)}才{word(words, 'act', act.act)}，迟了{amount}"


def excluded(facts: Mapping[str, Any], cell: Cell, words: Words) -> str:
    predicate: Predicate = facts["predicate"]
    name = word(words, "fact", predicate.fact)
    values = predicate.is_ or ()
    listed = "、".join(values) if isinstance(values, tuple) else values
    asked = f"“{name}”为{listed}" if listed else f"“{name}”"
    return f"只对{'不' if predicate.not_ else ''}符合{asked}的单位有要求，{plain(facts['day'])}本单位不在其列"


def cut(facts: Mapping[str, Any], cell: Cell, words: Words) -> str:
    end = last_day(cell.due_at) if cell.due_at else cell.day
    if facts["closed"] and end >= facts["closed"]:
        return f"{cell.name}还没有到期，本单位{zh_date(facts['closed'])}起撤销，不作评判"
    if facts["last"] and end > facts["last"]:
        return f"{cell.name}不完整地落在施行期内（{zh_date(facts['last'])}为最后一天），不作评判"
    return f"{cell.name}不完整地落在施行期内（{zh_date(facts['first'])}起施行），不作评判"


GONE = "日历、单位的起止日期或登记后来更正了，这一期不再适用"
SENTENCES: Mapping[str, Callable[[Mapping[str, Any], Cell, Words], str]] = {
    "do": do,
    "have": have,
    "post": post,
    "post-now": lambda f, cell, words: f"{post_asked(f, cell, words)}，现在{f['people']}人",
    "post-ahead": lambda f, cell, words: post_asked(f, cell, words),
    "when": when,
    "delayed": delayed,
    "ended": lambda f, cell, words: f"{moment(f['at'])}此事已终止（{f['reason']}）",
    "excluded": excluded,
    "cut": cut,
    "gone": lambda f, cell, words: GONE,
    "no-active-day": lambda f, cell, words: f"{cell.name}没有适用的日子",
    "waived": lambda f, cell, words: f"{cell.name}已免除：{f['reason']}",
    "unanswered": lambda f, cell, words: f"原文没有写明，还没有人约定：{f['ask']}",
    "fact-missing": lambda f, cell, words: f"没有“{word(words, 'fact', f['fact'])}”的记录，请先补充单位资料",
    "no-subject": lambda f, cell, words: f"还没有登记{SUBJECTS[f['kind']]}，请先补充单位资料",
    "no-bells": lambda f, cell, words: f"还没有登记{ANCHOR_ZH[f['anchor']]}，请先补充作息时间",
    "recorded-since": lambda f, cell, words: (
        f"{act_days(f['act'])}的{word(words, 'act', f['act'].act)}到期后才登记"
    ),
    "voided-since": lambda f, cell, words: f"{act_days(f['act'])}的{word(words, 'act', f['act'].act)}已作废",
    "known-since": lambda f, cell, words: "；".join(
        ["按事后补充的记录", *(sentence(each, cell, words) for each in f["because"])]
    ),
}


def words_of(vocabulary: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """Words from (kind, spec) pairs of the vocabulary, qualifiers' values included."""
    words: dict[str, str] = {}
    for kind, spec in vocabulary:
        words[f"{kind}:{spec.key}"] = spec.zh
        for each in getattr(spec, "qualifiers", ()):
            words |= {f"{each.key}={value}": zh for value, zh in each.values.items()}
    return words
