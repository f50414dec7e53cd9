"""What differs between two versions, and which version may follow which."""

import copy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huyuan.packs.reading import read
from huyuan.packs.versions import Kept, Snapshot, diff, refusals, snapshot

from .world import BASE, GOOD, build, write

WORDS = st.text("甲乙丙丁", max_size=3)
VALUES = st.recursive(
    st.booleans() | st.integers(0, 9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
ITEMS = st.dictionaries(st.sampled_from("xyz"), st.dictionaries(WORDS, VALUES, max_size=3)).map(
    lambda items: [{"key": key, "say": key, "value": {"key": key} | value} for key, value in items.items()]
)
PACK: list[Kept] = [{"key": "p", "say": "p", "value": {"version": "2026.1"}}]
SNAPSHOTS = st.builds(
    lambda rules, clauses: Snapshot("p", "2026.1", {"pack": PACK, "rules": rules, "clauses": clauses}),
    ITEMS,
    ITEMS,
)


@given(SNAPSHOTS)
def test_nothing_differs_from_itself(one: Snapshot) -> None:
    assert not diff(one, copy.deepcopy(one))
    assert list(refusals(one, copy.deepcopy(one))) == []


@given(SNAPSHOTS, SNAPSHOTS)
def test_a_diff_turned_round(one: Snapshot, other: Snapshot) -> None:
    there, back = diff(one, other), diff(other, one)
    assert {(c.kind, c.key) for c in there.added} == {(c.kind, c.key) for c in back.retired}
    assert {(c.kind, c.key) for c in there.retired} == {(c.kind, c.key) for c in back.added}
    turned = {(c.kind, c.key, path, repr(b), repr(a)) for c in back.changed for path, a, b in c.fields}
    assert {
        (c.kind, c.key, path, repr(a), repr(b)) for c in there.changed for path, a, b in c.fields
    } == turned


@given(SNAPSHOTS, SNAPSHOTS)
def test_what_differs_has_another_digest_and_every_change_names_a_field(
    one: Snapshot, other: Snapshot
) -> None:
    changes = diff(one, other)
    assert not changes or one.digest != other.digest
    assert all(change.fields for change in changes.changed)


def version_of(tmp_path: Path, **files: str) -> Snapshot:
    folder = write(
        tmp_path / "made-up-2026", GOOD | {name.replace("__", "."): text for name, text in files.items()}
    )
    reading = read(folder)
    assert not reading.problems
    return snapshot(reading)


def test_diff_field_by_field(tmp_path: Path) -> None:
    old = version_of(tmp_path)
    rules = GOOD["rules.yaml"].replace("every: {week: 1}", "every: {month: 1, due: {day: 28}}")
    rules = rules.replace("up_to: 500, value: 4", "up_to: 500, value: 5").replace(
        "key: weekly-check", "key: monthly"
    )
    rules += GOOD["rules.yaml"].split("- key: guards")[0].replace("title: 每周排查", "title: 每周查一次")
    new = version_of(tmp_path, rules__yaml=rules)
    assert list(diff(old, new).say()) == [
        "新增规则 monthly：每周排查",
        "修改规则 guards：保安配备",
        "    all_of[1].at_least.tiers[1].value：4 → 5",
        "修改规则 weekly-check：每周查一次",
        "    title：每周排查 → 每周查一次",
    ]


def test_comments_and_layout_change_no_digest(tmp_path: Path) -> None:
    old = version_of(tmp_path)
    assert version_of(tmp_path, rules__yaml="# 说明\n" + GOOD["rules.yaml"]).digest == old.digest
    assert version_of(tmp_path, pack__yaml=GOOD["pack.yaml"].replace("2026.1", "2026.2")).digest == old.digest


@pytest.mark.parametrize(
    ("old", "new", "changed", "reason"),
    [
        ("2026.1", "2026.1", True, "内容变了，版本号没变：请把 pack.yaml 的 version 从 2026.1 往上加"),
        ("2026.2", "2026.1", True, "已安装 2026.2，不能退回到 2026.1"),
        ("2026.10", "2026.9", False, "已安装 2026.10，不能退回到 2026.9"),
        ("2026.9", "2026.10", True, None),
        ("2026.1", "2026.1", False, None),
    ],
)
def test_which_version_may_follow(
    tmp_path: Path, old: str, new: str, changed: bool, reason: str | None
) -> None:
    def pack(version: str, title: str) -> Snapshot:
        text = GOOD["pack.yaml"].replace("2026.1", version).replace("县学校安全三条", title)
        return version_of(tmp_path, pack__yaml=text)

    found = list(refusals(pack(old, "甲"), pack(new, "乙" if changed else "甲")))
    assert found == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("there", "instead", "reasons"),
    [
        (
            "type: date",
            "type: datetime",
            ["登记表 check：字段 found_on 的类型从 date 变成了 datetime，请换一个新的 id"],
        ),
        ("id: found_on", "id: day", ["登记表 check：字段 found_on 去掉了，请把它写进 tombstones"]),
        ("title: 排查表", "title: 新表", ["登记表 check：字段编号 old_one 已经停用，请留在 tombstones 里"]),
        ("title: 排查表", "title: 新表\ntombstones: [old_one]", []),
        (
            "  - {id: found_on, label: 日期, type: date}\n",
            "  - {id: rows, label: 行, type: group, fields: [{id: found_on, label: 日期, type: date}]}\n",
            ["登记表 check：字段 found_on 去掉了，请把它写进 tombstones"],
        ),
    ],
)
def test_fields_live_once(tmp_path: Path, there: str, instead: str, reasons: list[str]) -> None:
    build(tmp_path)
    form = BASE["forms/check.yaml"]
    write(tmp_path / "base", {"forms/check.yaml": form + "tombstones: [old_one]\n"})
    old = snapshot(read(tmp_path / "base"))
    keep = "" if "新表" in instead else "tombstones: [old_one]\n"
    new_form = form.replace(there, instead).replace("happened: found_on\n", "") + keep
    pack = BASE["pack.yaml"].replace("2026.1", "2026.2")
    write(tmp_path / "base", {"forms/check.yaml": new_form, "pack.yaml": pack})
    reading = read(tmp_path / "base")
    assert not reading.problems
    assert list(refusals(old, snapshot(reading))) == reasons
