"""Every bad pack gets a sentence with file, line and key; nothing raises, nothing is reported twice."""

from pathlib import Path

import pytest

from huyuan.packs import checking

from .world import BASE, GOOD, build, write

CASES = Path(__file__).with_name("spoilt.txt").read_text(encoding="utf-8").strip().split("\n\n")[1:]


def problems(folder: Path) -> list[str]:
    library = checking.load(folder.parent)
    key = next(key for key, reading in library.readings.items() if reading.folder == folder)
    return [str(problem) for problem in checking.check(key, library)]


def test_the_good_pack_has_no_problems(tmp_path: Path) -> None:
    build(tmp_path)
    library = checking.load(tmp_path)
    assert {key: checking.check(key, library) for key in library.readings} == {
        "base": [],
        "catalogue": [],
        "made-up-2026": [],
    }


def lines(case: str, mark: str) -> list[str]:
    return [line[2:] for line in case.splitlines() if line.startswith(mark)]


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_spoilt(tmp_path: Path, case: str) -> None:
    build(tmp_path)
    file, there, instead = case.split("\n", 1)[0], "\n".join(lines(case, "-")), "\n".join(lines(case, "+"))
    path = tmp_path / file
    text = path.read_text(encoding="utf-8") if there else ""
    assert there in text, "the table is out of step with the good pack"
    path.write_text(text.replace(there, instead) if there else instead, encoding="utf-8")
    assert problems(tmp_path / file.split("/")[0]) == lines(case, "!")


# (file, its bytes, the problem reported)
WHOLE_FILES = [
    ("rules.yaml", b"\xef\xbb\xbf- key: x\n", "rules.yaml:1: 文件开头有BOM"),
    ("rules.yaml", "# 周\n- title: 每周\n".encode("gb18030"), "rules.yaml:1: 文件不是UTF-8编码（看起来是GB"),
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
        "    presence:\n"
        "      - {point: bridge, qualified: guard, person: 甲, from: 2026-10-13, until: 2026-10-14}\n"
        "  now:",
    )
    write(folder, {"tests/weekly.yaml": scenario})
    assert problems(folder) == [
        "tests/weekly.yaml:8: checked.given.presence[1].point: 没有这个岗位点：bridge"
    ]
    write(folder, {"pack.yaml": GOOD["pack.yaml"] + "depends_on: [other-2025]\n"})
    assert problems(folder) == []


def test_a_rule_that_nothing_can_prove(tmp_path: Path) -> None:
    folder = build(tmp_path)
    form = BASE["forms/check.yaml"].split("effects:")[0]
    write(tmp_path / "base", {"forms/check.yaml": form})
    assert problems(folder) == ["rules.yaml:10: weekly-check.proof.act: 没有哪张表或材料能证明 hazard-check"]


def test_a_directive_has_a_text(tmp_path: Path) -> None:
    folder = build(tmp_path)
    for file in ("clauses.yaml", "rules.yaml", "tests/weekly.yaml"):
        (folder / file).unlink()
    write(folder, {"pack.yaml": GOOD["pack.yaml"].replace(", document: S0-P1", "")})
    assert problems(folder) == ["clauses.yaml:1: 缺少 clauses.yaml：法规包须有正文"]
