"""Every bad pack gets a sentence with file, line and key; nothing raises, nothing is reported twice."""

from pathlib import Path

import pytest

from huyuan.packs import checking

from .world import BASE, GOOD, build, write

# (file, what stands there, what is written instead, the problems reported)
SPOILT = [
    (
        "pack.yaml",
        "nature: directive",
        "nature: directve",
        ("pack.yaml:5: nature: 只能是 vocabulary、directive、campaign、report、norm",),
    ),
    (
        "pack.yaml",
        "effective: {from:",
        "efective: {from:",
        ("pack.yaml:8: efective: 不认识的键 efective。是不是想写 effective？",),
    ),
    (
        "pack.yaml",
        '"2026.1"',
        "2026.1",
        ("pack.yaml:2: version: 应为文字；像 2026.1 或 3.1 这样会读成数字的要加引号",),
    ),
    (
        "pack.yaml",
        "2026-08-01",
        "2026-02-30",
        ("pack.yaml:7: published: 没有这一天或这一时刻：2026-02-30",),
    ),
    (
        "pack.yaml",
        "2026-08-01",
        "八月一日",
        ("pack.yaml:7: published: 不是有效的日期，请写作 2026-09-01",),
    ),
    (
        "pack.yaml",
        "short: 三条\n",
        "",
        ("pack.yaml:1: short: 缺少 short",),
    ),
    (
        "pack.yaml",
        "nature: directive",
        "nature: directive\ndepends_on: [nowhere-2020]",
        ("pack.yaml:6: made-up-2026.depends_on[1]: 依赖的法规包不存在：nowhere-2020",),
    ),
    (
        "rules.yaml",
        "  theme: hazards\n",
        "  theme: hazards\n  theme: guards\n",
        ("rules.yaml:6: [1].theme: 键重复：第5行已经写过 theme",),
    ),
    (
        "rules.yaml",
        "  kind: do",
        "\tkind: do",
        ("rules.yaml:3: 这里用了制表符（Tab），请改用空格缩进",),
    ),
    (
        "rules.yaml",
        "who: {org: [school]}",
        "who: &all {org: [school]}\n  to: *all",
        ("rules.yaml:20: 不能使用引用（*），请把内容写全",),
    ),
    (
        "rules.yaml",
        "title: 每周排查",
        "title: !!python/name:os.system",
        ("rules.yaml:2: [1].title: 不能使用标签 tag:yaml.org,2002:python/name:os.system",),
    ),
    (
        "rules.yaml",
        "  every: {week: 1}",
        "  every: {week: 1",
        ("rules.yaml:9: YAML写法有误（while parsing a flow mapping did not find expected ',' or '}'）",),
    ),
    (
        "clauses.yaml",
        '- key: "1"',
        '---\n- key: "0"\n---\n- key: "1"',
        ("clauses.yaml:3: 一个文件只能有一份内容，请去掉 --- 分隔行",),
    ),
    (
        "rules.yaml",
        "every: {week: 1}",
        "every: {wek: 1}",
        ("rules.yaml:8: weekly-check.every.wek: 不认识的键 wek。是不是想写 week？",),
    ),
    (
        "rules.yaml",
        "every: {week: 1}",
        "every: {week: 每}",
        ("rules.yaml:8: weekly-check.every.week: 应为整数",),
    ),
    (
        "rules.yaml",
        "{local: times, ask: 每周查几次？}",
        "{local: times}",
        ("rules.yaml:12: weekly-check.proof.at_least.ask: 缺少 ask",),
    ),
    (
        "rules.yaml",
        "kind: do",
        "kind: does",
        ("rules.yaml:1: weekly-check: does 不在可选之列：do、have、post、when",),
    ),
    (
        "rules.yaml",
        "where: {scope: whole-school}",
        "were: {scope: whole-school}",
        ("rules.yaml:11: weekly-check.proof.were: 不认识的键 were。是不是想写 where？",),
    ),
    (
        "rules.yaml",
        'clauses: ["1"]',
        'clauses: "1"',
        ("rules.yaml:4: weekly-check.clauses: 应为列表（每项前加 - ，或写在 [ ] 里）",),
    ),
    (
        "tests/weekly.yaml",
        "now: 2026-10-14 08:00",
        "now: 2026-10-14 28:00",
        ("tests/weekly.yaml:7: [1].now: 没有这一天或这一时刻：2026-10-14 28:00",),
    ),
    (
        "clauses.yaml",
        "id: S0-P1-001",
        "id: S0-P1-999",
        (
            "clauses.yaml:5: 1.claims[1].id: 目录里没有 S0-P1-999",
            "pack.yaml:9: made-up-2026.source.document: 没有条文认领 S0-P1-001：每周排查一次",
        ),
    ),
    (
        "clauses.yaml",
        "quote: 每周排查一次",
        "quote: 每天排查一次",
        (
            "clauses.yaml:6: 1.claims[1].quote: 引文不在本条正文里，请照抄原文",
            "clauses.yaml:6: 1.claims[1].quote: 引文应包含目录里 S0-P1-001 的原句：每周排查一次",
        ),
    ),
    (
        "clauses.yaml",
        "quote: 每周排查一次",
        "quote: 排查一次",
        ("clauses.yaml:6: 1.claims[1].quote: 引文应包含目录里 S0-P1-001 的原句：每周排查一次",),
    ),
    (
        "clauses.yaml",
        'scenario: checked\n- key: "2"',
        'scenario: cheked\n- key: "2"',
        ("clauses.yaml:9: 1.claims[1].scenario: 没有这个场景（tests/*.yaml）：cheked，是不是 checked？",),
    ),
    (
        "clauses.yaml",
        "rule:weekly-check",
        "rule:weekly-chek",
        (
            "clauses.yaml:8: 1.claims[1].by[1]: 没有这个承担者 rule：weekly-chek，是不是 weekly-check？",
            "rules.yaml:1: weekly-check.key: 没有条文以它为承担者（by）；如果本应如此，请在 note 里说明",
        ),
    ),
    (
        "clauses.yaml",
        '"form:check"',
        '"from:check"',
        (
            "clauses.yaml:8: 1.claims[1].by[2]: 承担者应写作 rule:…、form:…、measure:…、paper:…、act:…，这里是 from:check",
        ),
    ),
    (
        "clauses.yaml",
        ", reason: 没有可以查验的要求",
        "",
        ("clauses.yaml:25: 3.claims[1]: guidance 须写明 reason",),
    ),
    (
        "clauses.yaml",
        "status: guidance, reason: 没有可以查验的要求",
        "status: planned, capability: gards",
        ("clauses.yaml:25: 3.claims[1].capability: 没有这个能力：gards，是不是 guards？",),
    ),
    (
        "clauses.yaml",
        "status: guidance, reason: 没有可以查验的要求",
        "status: fact",
        ("clauses.yaml:25: 3.claims[1].status: S0-P1-003 不是汇报里的数字或情况，不能算 fact",),
    ),
    (
        "clauses.yaml",
        '      status: carried\n      by: ["rule:guards"]\n      scenario: checked\n',
        "      status: guidance\n      reason: 无\n",
        (
            "clauses.yaml:18: 2.claims[1].status: S0-P1-002 有数量、期限或留痕要求（staffing），不能算 guidance",
            "rules.yaml:13: guards.key: 没有条文以它为承担者（by）；如果本应如此，请在 note 里说明",
        ),
    ),
    (
        "clauses.yaml",
        "{id: S0-P1-003, quote",
        "{quote",
        ("pack.yaml:9: made-up-2026.source.document: 没有条文认领 S0-P1-003：提高认识",),
    ),
    (
        "clauses.yaml",
        'key: "3"',
        'key: "2"',
        ("clauses.yaml:21: 2.key: key 重复：clauses.yaml第10行已经有 2",),
    ),
    (
        "clauses.yaml",
        'key: "3"',
        'key: "1.5"',
        ("clauses.yaml:21: 1.5.key: 条号应按原文顺序递增：1.5 排在 2 之后",),
    ),
    (
        "rules.yaml",
        'clauses: ["1"]',
        'clauses: ["7"]',
        ("rules.yaml:4: weekly-check.clauses[1]: 没有这个条：7",),
    ),
    (
        "rules.yaml",
        "act: hazard-check",
        "act: hazard-chek",
        ("rules.yaml:10: weekly-check.proof.act: 没有这个行为：hazard-chek，是不是 hazard-check？",),
    ),
    (
        "rules.yaml",
        "{scope: whole-school}",
        "{scop: whole-school}",
        ("rules.yaml:11: weekly-check.proof.where.scop: 没有这个限定（隐患排查）：scop，是不是 scope？",),
    ),
    (
        "rules.yaml",
        "{scope: whole-school}",
        "{scope: whole-shool}",
        (
            "rules.yaml:11: weekly-check.proof.where.scope: 没有这个范围的取值：whole-shool，是不是 whole-school？",
        ),
    ),
    (
        "rules.yaml",
        "org: [school], if",
        "org: [schol], if",
        ("rules.yaml:6: weekly-check.who.org[1]: 没有这个单位类别：schol，是不是 school？",),
    ),
    (
        "rules.yaml",
        "fact: boarding",
        "fact: boading",
        ("rules.yaml:6: weekly-check.who.if[1].fact: 没有这个情况（facts）：boading，是不是 boarding？",),
    ),
    (
        "rules.yaml",
        "post: safety-officer",
        "post: safety-oficer",
        ("rules.yaml:7: weekly-check.by.post: 没有这个岗位：safety-oficer，是不是 safety-officer？",),
    ),
    (
        "rules.yaml",
        "matter: guards.headcount",
        "matter: guard",
        ("rules.yaml:18: guards.matter: 没有这个事项：guard",),
    ),
    (
        "rules.yaml",
        "measure: guards.certified",
        "measure: guards.certifed",
        ("rules.yaml:21: guards.all_of[1].measure: 没有这个量：guards.certifed，是不是 guards.certified？",),
    ),
    (
        "rules.yaml",
        "of: students.enrolled",
        "of: pupils",
        ("rules.yaml:22: guards.all_of[1].at_least.of: 没有这个量：pupils",),
    ),
    (
        "rules.yaml",
        "theme: guards\n",
        "theme: guards\n  planned: robots\n",
        (
            "clauses.yaml:19: 2.claims[1].by[1]: 规则 guards 还在计划中（planned），不能算已承担",
            "rules.yaml:18: guards.planned: 没有这个能力：robots",
        ),
    ),
    (
        "rules.yaml",
        "theme: guards\n",
        "theme: guards\n  planned: guards\n",
        ("clauses.yaml:19: 2.claims[1].by[1]: 规则 guards 还在计划中（planned），不能算已承担",),
    ),
    (
        "tests/weekly.yaml",
        "rule: weekly-check",
        "rule: weekly",
        ("tests/weekly.yaml:9: checked.expect[1].rule: 没有这个规则：weekly，是不是 weekly-check？",),
    ),
    (
        "tests/weekly.yaml",
        "{form: check,",
        "{form: chek,",
        ("tests/weekly.yaml:6: checked.given.entries[1].form: 没有这个表：chek，是不是 check？",),
    ),
    (
        "tests/weekly.yaml",
        "{scope: whole",
        "{scop: whole",
        (
            "tests/weekly.yaml:6: checked.given.entries[1].body.scop: 没有这个字段（排查表）：scop，是不是 scope？",
        ),
    ),
    (
        "tests/weekly.yaml",
        "local: {times",
        "local: {time",
        ("tests/weekly.yaml:4: checked.given.local.time: 没有这个自定值：time，是不是 times？",),
    ),
]


def problems(folder: Path) -> list[str]:
    library = checking.load(folder.parent)
    return [str(problem) for problem in checking.check("made-up-2026", library)]


def test_the_good_pack_has_no_problems(tmp_path: Path) -> None:
    build(tmp_path)
    library = checking.load(tmp_path)
    assert {key: checking.check(key, library) for key in library.readings} == {
        "base": [],
        "catalogue": [],
        "made-up-2026": [],
    }


@pytest.mark.parametrize(("file", "there", "instead", "expected"), SPOILT, ids=range(len(SPOILT)))
def test_spoilt(tmp_path: Path, file: str, there: str, instead: str, expected: tuple[str, ...]) -> None:
    folder = build(tmp_path)
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(there) == 1, "the table is out of step with the good pack"
    (folder / file).write_text(text.replace(there, instead), encoding="utf-8")
    found = problems(folder)
    assert len(found) == len(expected), found
    for said, wanted in zip(found, expected, strict=True):
        assert said.startswith(wanted)


# (file, its bytes, the problem reported)
WHOLE_FILES = [
    ("rules.yaml", b"\xef\xbb\xbf- key: x\n", "rules.yaml:1: 文件开头有BOM"),
    ("rules.yaml", "# 周\n- title: 每周\n".encode("gb18030"), "rules.yaml:1: 文件不是UTF-8编码（看起来是GB18030/GBK）"),
    ("rules.yaml", b"- key: x\n- key: \xff\n", "rules.yaml:2: 文件不是UTF-8编码，请另存为UTF-8"),
    ("rules.yaml", "- key: x\n".encode("utf-16"), "rules.yaml:1: 文件不是UTF-8编码（是UTF-16）"),
    ("rules.yaml", b"", "rules.yaml:1: 文件是空的"),
    ("rules.yaml", b"key: x\n", "rules.yaml:1: 整个文件应为列表"),
    ("rules.yaml", b"- key: x\x07y\n", "rules.yaml:1: 文件里有不能使用的控制字符（U+0007）"),
    ("rules.yaml", b"- " + b"[" * 40 + b"]" * 40, "rules.yaml:1: 嵌套太深，最多30层"),
    ("rules.yaml", b"[" * 1_900_000, "rules.yaml:1: 嵌套太深"),
    ("rules.yaml", b"#" * 2_000_001, "rules.yaml:1: 文件太大（2000KB），最多2000KB，请拆成几个文件"),
    ("rules.yml", b"- key: x\n", "rules.yml:1: 没有哪一类内容用这个文件；可用的有："),
    ("forms/deep/x.yaml", b"key: x\n", "forms/deep/x.yaml:1: 没有哪一类内容用这个文件"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "content", "problem"), WHOLE_FILES, ids=range(len(WHOLE_FILES)))
def test_spoilt_file(tmp_path: Path, file: str, content: bytes, problem: str) -> None:
    folder = build(tmp_path)
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(content)
    found = problems(folder)
    assert len(found) == 1, found
    assert problem in found[0]


def test_missing_manifest(tmp_path: Path) -> None:
    folder = build(tmp_path)
    (folder / "pack.yaml").unlink()
    assert problems(folder) == ["pack.yaml:1: 缺少 pack.yaml"]


def test_no_such_folder(tmp_path: Path) -> None:
    build(tmp_path)
    library = checking.load(tmp_path, tmp_path / "nowhere")
    assert [str(p) for p in checking.check("nowhere", library)] == [
        f"{tmp_path / 'nowhere'}:1: 没有这个文件夹"
    ]


def test_dot_files_are_no_part_of_a_pack(tmp_path: Path) -> None:
    folder = build(tmp_path)
    (folder / ".DS_Store").write_bytes(b"\x00\x01")
    assert problems(folder) == []


def test_an_id_is_claimed_once(tmp_path: Path) -> None:
    folder = build(tmp_path)
    claim = "    - {id: S0-P1-003, quote: 提高认识, status: guidance, reason: 没有可以查验的要求}\n"
    with (folder / "clauses.yaml").open("a", encoding="utf-8") as file:
        file.write(claim)
    assert problems(folder) == ["clauses.yaml:26: 3.claims[2].id: S0-P1-003 已由第 3 条认领，只能认领一次"]


def test_an_id_of_another_document(tmp_path: Path) -> None:
    folder = build(tmp_path)
    write(
        folder,
        {
            "clauses.yaml": GOOD["clauses.yaml"]
            + '- {key: "4", cite: 第四条, text: 每周排查一次, claims: '
            + "[{id: S1-P1-001, quote: 每周排查一次, status: not-ours, reason: 归镇里}]}\n"
        },
    )
    assert problems(folder) == [
        "clauses.yaml:26: 4.claims[1].id: S1-P1-001 属于文件 S1-P1，pack.yaml 的 source.document 是 S0-P1"
    ]


def test_a_word_is_defined_by_one_pack(tmp_path: Path) -> None:
    folder = build(tmp_path)
    write(folder, {"points.yaml": "- {key: gate, zh: 大门}\n"})
    assert problems(folder) == ["points.yaml:1: gate.key: 法规包 base 已经有 gate，请直接使用或改名"]


def test_words_of_a_pack_are_in_reach_only_of_those_that_depend_on_it(tmp_path: Path) -> None:
    folder = build(tmp_path)
    write(
        tmp_path / "other-2025",
        {
            "pack.yaml": GOOD["pack.yaml"]
            .replace("made-up-2026", "other-2025")
            .replace(", document: S0-P1", ""),
            "points.yaml": "- {key: bridge, zh: 桥头}\n",
        },
    )
    scenario = GOOD["tests/weekly.yaml"].replace(
        "  now:",
        "    presence: [{point: bridge, qualified: guard, person: 甲, from: 2026-10-13 07:00, until: 2026-10-13 08:00}]\n"
        "  now:",
    )
    write(folder, {"tests/weekly.yaml": scenario})
    assert problems(folder) == [
        "tests/weekly.yaml:7: checked.given.presence[1].point: 没有这个岗位点：bridge"
    ]
    write(folder, {"pack.yaml": GOOD["pack.yaml"] + "depends_on: [other-2025]\n"})
    assert problems(folder) == []


# (what stands in the form, what is written instead, the problem reported)
FORMS = [
    ("$scope", "$scop", "forms/check.yaml:11: check.effects[1].where.scope: 没有这个字段：scop，是不是 scope？"),
    ("act: hazard-check", "act: hazard", "forms/check.yaml:11: check.effects[1].act: 没有这个行为：hazard"),
    ("happened: found_on", "happened: scope", "forms/check.yaml:9: check.happened: 字段 scope 是 choice，这里要用 date、datetime"),
    ("[safety-officer]", "[officer]", "forms/check.yaml:4: check.posts[1]: 没有这个岗位：officer"),
    ("columns: [scope]", "columns: [place]", "forms/check.yaml:5: check.columns[1]: 没有这个字段：place"),
    ("value: whole-school", "value: everywhere", "forms/check.yaml:11: check.effects[1].where.scope: 没有这个范围的取值：everywhere"),
    ("happened: found_on", "tombstones: [found_on]", "forms/check.yaml:9: check.tombstones[1]: 字段编号 found_on 已经停用，不能再用，请换一个"),
    ("id: found_on", "id: scope", "forms/check.yaml:6: check.fields: 字段 scope 重复，请改名"),
    ("act: hazard-check, where: {scope: $scope}", "act: hazard-check, wher: {}", "forms/check.yaml:11: effects[1].wher: 不认识的键 wher。是不是想写 where？"),
    ("effect: act, act: hazard-check, where: {scope: $scope}", "effect: measure, measure: students.enrolled, value: $scope", "字段 scope 是 choice，这里要用 number、people_count、yes_no"),
    ("effect: act, act: hazard-check, where: {scope: $scope}", "effect: measure, measure: students.enrolled, value: 1, add: true", "量 students.enrolled 的来源是 attribute，不能写 add: true"),
    ("effect: act, act: hazard-check, where: {scope: $scope}", "effect: event, event: hazard.found, where: {severity: $scope}", "没有这个程度的取值：whole-school"),
    ("effect: act, act: hazard-check, where: {scope: $scope}", "effect: act, act: hazard-check, repeat: scope", "字段 scope 是 choice，这里要用 group"),
    ("effect: act, act: hazard-check, where: {scope: $scope}", "effect: act, act: hazard-check, if: {field: scope, is: [special]}", "字段 scope 不会等于 special"),
]  # fmt: skip


@pytest.mark.parametrize(("there", "instead", "problem"), FORMS)
def test_spoilt_form(tmp_path: Path, there: str, instead: str, problem: str) -> None:
    build(tmp_path)
    text = BASE["forms/check.yaml"]
    assert there in text
    write(tmp_path / "base", {"forms/check.yaml": text.replace(there, instead)})
    found = [str(p) for p in checking.check("base", checking.load(tmp_path))]
    assert problem in found[0], found


# (papers.yaml, the problem reported)
PAPERS = [
    ("- {key: p, title: 制度, nature: policy, required_by: [shool]}", "papers.yaml:1: p.required_by[1]: 没有这个单位类别：shool，是不是 school？"),
    ("- {key: p, title: 制度, nature: policy, to: [school]}", "papers.yaml:1: p: 只有 submission 能写 collects 和 to"),
    ("- {key: p, title: 清单, nature: submission, realises: {act: submit}}", "papers.yaml:1: p.realises.act: 没有这个行为：submit"),
    ("- {key: p, title: 清单, nature: submission, collects: {form: check, sheets: [{title: 一, columns: [{title: 甲, field: scop}]}]}}", "p.collects.sheets[1].columns[1].field: 没有这个字段：scop，是不是 scope？"),
    ("- {key: p, title: 清单, nature: submission, collects: {form: chek, sheets: []}}", "p.collects.form: 没有这个表：chek，是不是 check？"),
    ("- {key: p, title: 清单, nature: submission, collects: {form: check, sheets: [{title: 一, columns: [], rows: scope}]}}", "p.collects.sheets[1].rows: scope 不是这张表的分组（group）"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), PAPERS)
def test_spoilt_paper(tmp_path: Path, text: str, problem: str) -> None:
    folder = build(tmp_path)
    write(folder, {"papers.yaml": text + "\n"})
    found = problems(folder)
    assert len(found) == 1, found
    assert problem in found[0]
