"""docs/coverage.md: every sentence of the source documents and what carries it, for reading."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from huyuan.packs.checking import Library
from huyuan.packs.registry import Content, known
from huyuan.reports.coverage import STATUSES, ZH, Line, cover

#: carrier prefix → what it is called, the kind of pack content, and the attribute that names it
CARRIERS: Mapping[str, tuple[str, str, str]] = {
    "rule": ("规则", "rules", "title"),
    "form": ("登记表", "forms", "title"),
    "measure": ("量", "measures", "zh"),
    "paper": ("材料", "papers", "title"),
    "act": ("行为", "acts", "zh"),
}

HEAD = """\
# 每句话由什么承担 · Which sentence is carried by what

这一页由 `./huyuan coverage --markdown > docs/coverage.md` 生成，不用手改；测试会核对它是不是最新的。
This page is generated; a test compares it with the packs.

“已承担”的每一句都写明承担者和一个场景：去掉任何一个承担者，那个场景就不再通过。“计划中”写明等待的能力和已经有的部分。
"""


def page(library: Library) -> str:
    """The whole page as Markdown: the figures, then a table for each document."""
    return "\n".join(_lines(library)) + "\n"


def _lines(library: Library) -> Iterator[str]:
    lines = cover(library)
    documents: dict[str, list[Line]] = {}
    for line in lines:
        documents.setdefault(line.obligation.source, []).append(line)
    yield HEAD
    yield _row("文件", "共", *ZH.values())
    yield _row("---", *["---:"] * (len(ZH) + 1))
    for source, members in documents.items():
        yield _row(f"[{source}](#{source.lower()}) {members[0].obligation.document}", *_figures(members))
    yield _row("合计", *_figures(lines))
    reach: dict[str, dict[str, Content]] = {}
    for source, members in documents.items():
        yield f"\n## {source}\n\n{_about(library, members)}\n"
        yield _row("编号", "条", "原文", "结果", "由什么承担，或为什么")
        yield _row(*["---"] * 5)
        for line in members:
            if line.pack and line.pack not in reach:
                reach[line.pack] = library.reach(line.pack)
            why = _why(line, reach.get(line.pack, {}))
            yield _row(line.obligation.key, line.cite, line.obligation.quote, ZH[line.status], why)


def _figures(lines: Sequence[Line]) -> list[str]:
    counts = Counter(line.status for line in lines)
    return [str(len(lines)), *(str(counts[status]) for status in STATUSES)]


def _about(library: Library, lines: Sequence[Line]) -> str:
    """The document's name and the packs that encode it."""
    packs = dict.fromkeys(line.pack for line in lines if line.pack)
    manifests = [library.readings[pack].content["pack"][0].value for pack in packs]
    links = "、".join(f"[{one.title}](../packs/{one.key})" for one in manifests) or "还没有法规包"
    return f"{lines[0].obligation.document}，{len(lines)}条。法规包：{links}。"


def _why(line: Line, reach: Mapping[str, Content]) -> str:
    """Carriers by name and the scenario, or the reason with what there is already."""
    carriers = "；".join(_carrier(carrier, line.pack, reach) for carrier in line.by)
    if line.status == "carried":
        return f"{carriers}。场景：{_scenario(line, reach)}"
    return f"{line.reason or ''}{f'（已有 {carriers}）' if carriers else ''}"


def _carrier(carrier: str, pack: str, reach: Mapping[str, Content]) -> str:
    prefix, _, key = carrier.partition(":")
    zh, kind, attribute = CARRIERS[prefix]
    own: Mapping[str, Any] = {item.key: item.value for item in reach[pack][kind]}
    named = own.get(key) or known(reach, kind)[key]
    return f"{zh}：{getattr(named, attribute)}"


def _scenario(line: Line, reach: Mapping[str, Content]) -> str:
    titles = {item.key: str(item.value.title) for item in reach[line.pack]["scenarios"]}
    return titles[line.scenario or ""]


def _row(*cells: str) -> str:
    """A row of a Markdown table; a cell is one line."""
    return f"| {' | '.join(' '.join(cell.split()).replace('|', '｜') for cell in cells)} |"
