"""A tiny library written to a folder: words, a catalogue of three ids and one good pack to spoil."""

from pathlib import Path

BASE = {
    "pack.yaml": 'key: base\nversion: "2026.1"\ntitle: 基本词汇\nshort: 词汇\nnature: vocabulary\n',
    "acts.yaml": """\
- key: hazard-check
  zh: 隐患排查
  qualifiers:
    - {key: scope, zh: 范围, values: {whole-school: 全校, special: 专项}}
    - {key: with, zh: 联合单位, of: orgkinds}
""",
    "events.yaml": """\
- key: hazard.found
  zh: 发现隐患
  qualifiers: [{key: severity, zh: 程度, values: {major: 重大}}]
""",
    "measures.yaml": """\
- {key: guards.certified, zh: 持证保安, unit: 人, source: counted}
- {key: students.enrolled, zh: 在校学生, unit: 人, source: attribute}
""",
    "points.yaml": "- {key: gate, zh: 校门口}\n",
    "qualified.yaml": "- {key: guard, zh: 保安}\n",
    "matters.yaml": "- {key: guards.headcount, zh: 保安人数, compare: headcount}\n",
    "facts.yaml": "- {key: boarding, zh: 寄宿, sentence: 有住宿生}\n"
    "- {key: nature, zh: 性质, sentence: 是, values: {public: 公办, private: 民办}}\n",
    "posts.yaml": "- {key: safety-officer, zh: 安全员, at: [school]}\n",
    "orgkinds.yaml": "- {key: school, zh: 学校, side: school}\n- {key: bureau, zh: 教育局, side: agency}\n",
    "forms/check.yaml": """\
key: check
title: 排查表
theme: hazards
posts: [safety-officer]
columns: [scope]
fields:
  - {id: scope, label: 范围, type: choice, options: [{value: whole-school, label: 全校}]}
  - {id: found_on, label: 日期, type: date}
happened: found_on
effects:
  - {effect: act, act: hazard-check, where: {scope: $scope}}
""",
}
CATALOGUE = {
    "pack.yaml": 'key: catalogue\nversion: "2026.1"\ntitle: 目录\nshort: 目录\nnature: vocabulary\n',
    "obligations.yaml": """\
- {id: S0-P1-001, document: 方案, quote: 每周排查一次, kind: cadence, capability: hazards}
- {id: S0-P1-002, document: 方案, quote: 保安至少4名, kind: staffing, threshold: {n: 4}, capability: guards}
- {id: S0-P1-003, document: 方案, quote: 提高认识, kind: duty, capability: guards}
- {id: S1-P1-001, document: 意见, quote: 每周排查一次, kind: cadence, capability: hazards}
""",
    "capabilities.yaml": """\
- {key: hazards, zh: 隐患, definition: hazards are found and closed}
- {key: guards, zh: 保安, definition: enough guards}
""",
}
GOOD = {
    "pack.yaml": """\
key: made-up-2026
version: "2026.1"
title: 县学校安全三条
short: 三条
nature: directive
issuer: 县教育局
published: 2026-08-01
effective: {from: 2026-09-01}
source: {title: 三条, document: S0-P1}
""",
    "clauses.yaml": """\
- key: "1"
  cite: 第一条
  text: 学校每周排查一次安全隐患。
  claims:
    - id: S0-P1-001
      quote: 每周排查一次
      status: carried
      by: ["rule:weekly-check", "form:check"]
      scenario: checked
- key: "2"
  cite: 第二条
  text: |
    500人以下的学校保安
    至少4名。
  claims:
    - id: S0-P1-002
      quote: 保安至少4名
      status: carried
      by: ["rule:guards"]
      scenario: checked
- key: "3"
  cite: 第三条
  text: 各校要提高认识。
  claims:
    - {id: S0-P1-003, quote: 提高认识, status: guidance, reason: 没有可以查验的要求}
""",
    "rules.yaml": """\
- key: weekly-check
  title: 每周排查
  kind: do
  clauses: ["1"]
  theme: hazards
  who: {org: [school], if: [{fact: boarding, not: true}]}
  by: {post: safety-officer}
  every: {week: 1}
  proof:
    act: hazard-check
    where: {scope: whole-school}
    at_least: {local: times, ask: 每周查几次？}
- key: guards
  title: 保安配备
  kind: have
  clauses: ["2"]
  theme: guards
  matter: guards.headcount
  who: {org: [school]}
  all_of:
    - measure: guards.certified
      at_least: {of: students.enrolled, tiers: [{up_to: 500, value: 4}], then: {per: 500, add: 1}}
""",
    "tests/weekly.yaml": """\
- key: checked
  title: 查了一次
  given:
    local: {times: 1}
    entries:
      - {form: check, body: {scope: whole-school, found_on: 2026-10-13}, at: 2026-10-13 08:00}
  now: 2026-10-14 08:00
  expect:
    - {rule: weekly-check, period: 2026-W42, verdict: met}
""",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write a pack folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def build(root: Path) -> Path:
    """The whole library under `root`; answers the folder of the good pack."""
    write(root / "base", BASE)
    write(root / "catalogue", CATALOGUE)
    return write(root / "made-up-2026", GOOD)
