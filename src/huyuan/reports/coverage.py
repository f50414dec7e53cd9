"""Coverage: what became of every obligation of the catalogue. Counted from the pack files; needs no
database."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from huyuan.duties.schema import Claim, ClauseSpec
from huyuan.packs.catalogue import Capability, Obligation
from huyuan.packs.checking import Library
from huyuan.packs.registry import known

#: statuses as counted, best first: an id that two packs claim counts once, as the better of the two
STATUSES = ("carried", "planned", "fact", "guidance", "not_ours", "unclaimed")
ZH = {
    "carried": "已承担",
    "planned": "计划中",
    "fact": "事实",
    "guidance": "倡导",
    "not_ours": "不由本系统管",
    "unclaimed": "无人认领",
}


@dataclass(frozen=True)
class Carried:
    """A claim that the program carries an obligation: by these carriers, shown by this scenario."""

    pack: str
    clause: str
    id: str | None
    by: tuple[str, ...]
    scenario: str


@dataclass(frozen=True)
class Line:
    """What became of one obligation. `by`: carriers; `reason`: why not carried, or the capability waited
    for; `pack` and `cite`: whose clause claims it; `scenario`: what shows that it is carried."""

    obligation: Obligation
    status: str
    by: tuple[str, ...] = ()
    reason: str | None = None
    pack: str = ""
    cite: str = ""
    scenario: str | None = None


def claims(library: Library) -> Iterator[tuple[str, ClauseSpec, Claim]]:
    """Every claim of every pack: (pack, clause, claim)."""
    for pack, content in library.content().items():
        for clause in content["clauses"]:
            for claim in clause.value.claims:
                yield pack, clause.value, claim


def iter_carried(library: Library) -> Iterator[Carried]:
    """Every claim with status carried, for the test that takes each carrier away."""
    for pack, clause, claim in claims(library):
        if claim.status == "carried":
            yield Carried(pack, clause.key, claim.id, claim.by, claim.scenario or "")


def cover(library: Library) -> list[Line]:
    """One line for each obligation, in the order of the catalogue."""
    found: dict[str, Line] = {}
    content = library.content()
    obligations: dict[str, Obligation] = known(content, "obligations")
    capabilities: dict[str, Capability] = known(content, "capabilities")
    for pack, clause, claim in claims(library):
        obligation = obligations.get(claim.id or "")
        if obligation:
            line = Line(
                obligation,
                claim.status.replace("-", "_"),
                claim.by,
                _reason(claim, capabilities),
                pack,
                clause.cite,
                claim.scenario,
            )
            before = found.setdefault(obligation.key, line)
            found[obligation.key] = min(before, line, key=lambda one: STATUSES.index(one.status))
    return [found.get(key, Line(obligation, "unclaimed")) for key, obligation in obligations.items()]


def _reason(claim: Claim, capabilities: dict[str, Capability]) -> str | None:
    if claim.status != "planned" or claim.capability is None:
        return claim.reason
    capability = capabilities.get(claim.capability)
    waits = f"等待 {claim.capability}{f'（{capability.zh}）' if capability else ''}"
    return f"{waits}：{claim.reason}" if claim.reason else waits


def as_json(lines: list[Line]) -> dict[str, Any]:
    """The figures and every id, as partners read them."""
    counts = Counter(line.status for line in lines)
    return {
        "total": len(lines),
        **{status: counts[status] for status in STATUSES},
        "items": [
            {
                "id": line.obligation.key,
                "status": line.status,
                "by": list(line.by),
                "reason": line.reason,
            }
            for line in lines
        ],
    }


def table(lines: list[Line], capabilities: dict[str, Capability]) -> Iterator[tuple[str, ...]]:
    """Rows for people: a heading, each document, each capability, the whole. A row is a name and its
    figures."""
    yield ("", "共", *(ZH[status] for status in STATUSES))
    documents: dict[str, list[Line]] = {}
    groups: dict[str, list[Line]] = {}
    for line in lines:
        documents.setdefault(f"{line.obligation.source} {line.obligation.document}", []).append(line)
        groups.setdefault(capabilities[line.obligation.capability].zh, []).append(line)
    for rows in (documents, groups, {"合计": lines}):
        for name, members in rows.items():
            counts = Counter(line.status for line in members)
            yield (name, str(len(members)), *(str(counts[status]) for status in STATUSES))
