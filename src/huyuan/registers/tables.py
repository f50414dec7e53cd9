"""A register as a table: how past entries are brought in, and what each row of such a table says.

Photos, files and signatures do not come in a table; they are added by a correction where somebody has them.
"""

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huyuan.kernel.days import SHANGHAI, zh_date
from huyuan.kernel.fields import STORED, Field, display
from huyuan.kernel.sheets import Finding, Layout, Reading, named
from huyuan.registers.effects import happened_at, instant
from huyuan.registers.rules import STATES, ahead_of_time, content_digest
from huyuan.registers.schema import FormSpec

# What a ledger says of every entry, beside what its form asks.
HAPPENED = Field(id="entry_happened", label="发生时间", type="datetime", required=True)
FILLER = Field(id="entry_filler", label="登记人", type="text", max_length=40, hint="不填就是导入的人")
UNIT = Field(id="entry_unit", label="单位", type="text")
STATE = Field(id="entry_state", label="状态", type="text")
# Our own ledgers come back with them; nobody is asked to fill them in.
QUIET = frozenset((UNIT.id, STATE.id))
OUT_OF_FORCE = (STATES["void"], STATES["returned"])
# Why rows are left out.
FORCELESS = "已作废或已退回，没有导入。"
KNOWN = "已经登记过，没有再导入。"
TWICE = "和前面的行完全相同，只导入一次。确实有两次的，请写明不同的时刻或内容。"

Sameness = tuple[str, str]
"""What makes two entries of a form and an organisation the same: the digest of what they say, and when."""


@dataclass(frozen=True)
class Row:
    """An entry that a table holds. `line`: its first row there; `filler_name`: empty where the table names
    nobody."""

    line: int
    body: dict[str, Any]
    occurred_at: datetime
    filler_name: str
    same: Sameness


def layout_of(spec: FormSpec, offered: Mapping[str, Sequence[tuple[str, str]]]) -> Layout:
    """The table of a form. `offered`: field id → (id, name) of what its pickers offer."""
    labels = {field.label for field in spec.fields}
    header = [field for field in (FILLER, UNIT, STATE) if field.label not in labels]
    if spec.happened is None:
        header.insert(0, HAPPENED)
    return Layout(spec.title, (*spec.fields, *header), offered, quiet=QUIET)


def rows_of(
    spec: FormSpec,
    reading: Reading,
    own_names: Collection[str],
    known: Container[Sameness],
    now: datetime,
) -> tuple[list[Row], list[Finding]]:
    """The entries that a reading holds, and everything that has to be said of it.

    `own_names`: under which the organisation may stand in the table; `known`: the entries that are there
    already. What is there already, what stands twice in the table and what was out of force is left
    out.
    """
    rows: list[Row] = []
    findings = list(reading.findings)
    left_out: dict[str, list[int]] = {}
    seen: set[Sameness] = set()
    happened = next((field.label for field in spec.fields if field.id == spec.happened), HAPPENED.label)
    for record in reading.records:
        body = dict(record.body)
        header = {field.id: body.pop(field.id, "") for field in (HAPPENED, FILLER, UNIT, STATE)}
        unit = str(header[UNIT.id])
        if unit and unit not in own_names:
            findings.append(
                Finding(record.line, UNIT.label, f"这一行是“{unit}”的，请由该单位导入，或删去这一行。")
            )
        if str(header[STATE.id]).startswith(OUT_OF_FORCE):
            left_out.setdefault(FORCELESS, []).append(record.line)
            continue
        if not (header[HAPPENED.id] if spec.happened is None else spec.happened in body):
            continue  # Said already: when it happened can't be read.
        at = instant(header[HAPPENED.id], now) if spec.happened is None else happened_at(spec, body, now)
        if ahead_of_time(at, now):
            findings.append(Finding(record.line, happened, "还没有到这个时间，请核对年月日和时刻。"))
        same = sameness(spec, body, at)
        if same in known or same in seen:
            left_out.setdefault(KNOWN if same in known else TWICE, []).append(record.line)
            continue
        seen.add(same)
        rows.append(Row(record.line, body, at, str(header[FILLER.id]), same))
    findings += [Finding(0, "", f"有{named(lines)}{why}", stops=False) for why, lines in left_out.items()]
    return rows, sorted(findings, key=lambda one: one.line)


def sameness(spec: FormSpec, body: Mapping[str, Any], occurred_at: datetime) -> Sameness:
    """By what an entry is known again: what it says, and when it says that this happened."""
    when = body.get(spec.happened) if spec.happened else None
    return content_digest(spec, body), str(when) if when else minute_of(occurred_at)


def minute_of(instant: datetime) -> str:
    """An instant as entries store it: Shanghai's clock, to the minute."""
    return instant.astimezone(SHANGHAI).isoformat("T", "minutes")


def previewed(spec: FormSpec) -> list[Field]:
    """The fields by which people know an entry again, of those that come in a table."""
    shown = [field for field in spec.fields if not spec.columns or field.id in spec.columns]
    return [field for field in shown if field.type not in STORED]


def texts_of(spec: FormSpec, row: Row, names: Mapping[str, str]) -> Iterator[str]:
    """An entry as people read it: its row in the table, then the previewed fields."""
    yield f"第{row.line}行"
    for field in previewed(spec):
        yield display(field, row.body.get(field.id), names)


def span_of(rows: Sequence[Row]) -> str:
    """2026年3月2日—2026年7月3日: from the first to the last that a table holds."""
    days = sorted(row.occurred_at.astimezone(SHANGHAI).date() for row in rows)
    if not days:
        return ""
    first, last = zh_date(days[0]), zh_date(days[-1])
    return first if first == last else f"{first}—{last}"
