"""YAML text → plain values with the line of every one of them. A closed, harmless part of YAML.

No tags or aliases (so no bombs), no documents after the first; every fault is a `Fault`, never an
exception. Only `true`/`false` are booleans and only decimal digits are numbers: `yes`, `07:30` and `010` stay
the words they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path as FilePath

import yaml

MAX_BYTES = 2_000_000
MAX_DEPTH = 30

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """Something wrong with the text at a 1-based line; `path` leads to the value."""

    line: int
    path: Path
    message: str


@dataclass
class Tree:
    """A document: its value, the line of every path in it, and its faults (the value is usable when there are
    none)."""

    value: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


class _Loader(yaml.CSafeLoader):
    """PyYAML's parser with the words of YAML 1.2: see the module's docstring."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_WORDS: tuple[tuple[str, str, str], ...] = (
    ("null", r"~|null|", "~n\0"),
    ("bool", r"true|false", "tf"),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
    (
        "timestamp",
        r"\d{4}-\d\d-\d\d(?:[Tt ]+\d\d?:\d\d(?::\d\d)?(?:\s*(?:Z|[-+]\d\d:\d\d))?)?",
        "0123456789",
    ),
)
for _name, _pattern, _first in _WORDS:
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}",
        re.compile(f"^(?:{_pattern})$"),
        ["" if c == "\0" else c for c in _first],
    )

#: what the scanner says → what we say; the first that fits
_SCANNER = (
    ("'\\t'", "这里用了制表符（Tab），请改用空格缩进"),
    ("but found another document", "一个文件只能有一份内容，请去掉 --- 分隔行"),
    ("mapping values are not allowed", "冒号的位置不对：缩进有误，或文字里有“: ”而没有加引号"),
    ("could not find expected ':'", "缺少冒号，或缩进有误"),
    ("did not find expected key", "缩进或引号不对，读不出这一段"),
    ("did not find expected '-' indicator", "列表的缩进不对：同一列表的 - 要对齐"),
    ("found unexpected end of stream", "引号没有成对"),
)


def read_text(path: FilePath) -> tuple[str, Fault | None]:
    """The text of a file, which must be UTF-8 without a BOM and of a size that people write by hand."""
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        return "", Fault(
            1, (), f"文件太大（{len(raw) // 1000}KB），最多{MAX_BYTES // 1000}KB，请拆成几个文件"
        )
    if raw.startswith(b"\xef\xbb\xbf"):
        return "", Fault(1, (), "文件开头有BOM，请另存为“UTF-8（无BOM）”")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", Fault(1, (), "文件不是UTF-8编码（是UTF-16），请另存为UTF-8")
    try:
        return raw.decode("utf-8"), None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return "", Fault(line, (), f"文件不是UTF-8编码{_guess(raw)}，请另存为UTF-8")


def _guess(raw: bytes) -> str:
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "（看起来是GB18030/GBK）"


def read_tree(text: str) -> Tree:
    """The document in a text. An empty text is a fault."""
    tree = Tree()
    try:
        fault = _guard(text)
        node = None if fault else yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        tree.faults.append(Fault(line, (), _say(error, text, line)))
        return tree
    except yaml.reader.ReaderError as error:
        tree.faults.append(Fault(1, (), f"文件里有不能使用的控制字符（U+{_code_point(error):04X}）"))
        return tree
    if node is None:
        tree.faults.append(fault or Fault(1, (), "文件是空的"))
        return tree
    tree.value = _Builder(tree).build(node, ())
    return tree


def _guard(text: str) -> Fault | None:
    """Refuse what must not be composed: composing is recursive in C, and aliases multiply."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            return Fault(line, (), f"嵌套太深，最多{MAX_DEPTH}层")
        if isinstance(event, yaml.AliasEvent):
            return Fault(line, (), "不能使用引用（*），请把内容写全")
    return None


def _code_point(error: yaml.reader.ReaderError) -> int:
    return error.character if isinstance(error.character, int) else ord(error.character[:1] or "\0")


def _say(error: yaml.MarkedYAMLError, text: str, line: int) -> str:
    said = f"{error.context or ''} {error.problem or ''}"
    rows = text.splitlines()
    if 0 < line <= len(rows) and "\t" in rows[line - 1][: len(rows[line - 1]) - len(rows[line - 1].lstrip())]:
        return _SCANNER[0][1]
    return next((ours for theirs, ours in _SCANNER if theirs in said), f"YAML写法有误（{said.strip()}）")


class _Builder:
    """Turns nodes into values, noting lines and faults."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def fault(self, path: Path, message: str, line: int | None = None) -> None:
        self.tree.faults.append(Fault(line or self.tree.lines[path], path, message))

    def build(self, node: yaml.Node, path: Path) -> object:
        self.tree.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return dict(self.pairs(node, path))
        if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        return self.scalar(node, path)

    def pairs(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, object]]:
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.fault(path, "键只能是文字", line)
                continue
            key = str(key_node.value)
            if key in lines:
                self.fault((*path, key), f"键重复：第{lines[key]}行已经写过 {key}", line)
                continue
            lines[key] = self.tree.lines[(*path, key)] = line
            yield key, self.build(value_node, (*path, key))

    def scalar(self, node: yaml.Node, path: Path) -> object:
        text = str(node.value)
        match node.tag.removeprefix("tag:yaml.org,2002:"):
            case "str":
                return text
            case "null":
                return None
            case "bool":
                return text == "true"
            case "int" if len(text) <= 20:
                return int(text)
            case "float":
                return float(text)
            case "timestamp":
                return self.moment(node, path, text)
            case "int":
                self.fault(path, f"数字太大：{text[:20]}…")
            case _:
                self.fault(path, f"不能使用标签 {node.tag}")
        return None

    def moment(self, node: yaml.Node, path: Path, text: str) -> date | datetime | None:
        try:
            return date.fromisoformat(text) if len(text) == 10 else _datetime(text)
        except ValueError:
            self.fault(path, f"没有这一天或这一时刻：{text}")
            return None


def _datetime(text: str) -> datetime:
    day, clock = re.split(r"[Tt ]+", text, maxsplit=1)
    return datetime.fromisoformat(f"{day}T{clock.replace(' ', '').zfill(5)}")
