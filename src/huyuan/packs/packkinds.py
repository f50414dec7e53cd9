"""The kinds of content that no higher package owns: the manifest, the catalogue, words about
organisations."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pydantic import TypeAdapter

from huyuan.orgs import vocabulary
from huyuan.orgs.vocabulary import FactSpec, OrgKindSpec, PostSpec, WordSpec
from huyuan.packs.catalogue import Capability, Obligation
from huyuan.packs.format import Manifest
from huyuan.packs.registry import (
    Content,
    InstalledVersion,
    Item,
    PackKind,
    Problem,
    known,
    register,
    unknown,
)


def register_kinds() -> None:
    """Called once, when the program starts."""
    for kind in (
        PackKind(
            "pack",
            "说明",
            "pack.yaml",
            TypeAdapter(Manifest),
            say=lambda manifest: manifest.title,
            check=_check_manifest,
            single=True,
        ),
        PackKind("obligations", "义务", "obligations.yaml", TypeAdapter(Obligation), say=lambda o: o.quote),
        PackKind("capabilities", "能力", "capabilities.yaml", TypeAdapter(Capability), say=_zh),
        PackKind(
            "orgkinds",
            "单位类别",
            "orgkinds.yaml",
            TypeAdapter(OrgKindSpec),
            say=_zh,
            install=_words("orgkind"),
            shared=True,
        ),
        PackKind(
            "posts",
            "岗位",
            "posts.yaml",
            TypeAdapter(PostSpec),
            say=_zh,
            check=_check_posts,
            install=_words("post"),
            shared=True,
        ),
        PackKind(
            "facts",
            "情况",
            "facts.yaml",
            TypeAdapter(FactSpec),
            say=_zh,
            install=_words("fact"),
            shared=True,
        ),
    ):
        register(kind)


def _zh(word: Capability | WordSpec) -> str:
    return word.zh


def _words(which: vocabulary.List) -> Callable[[InstalledVersion, Sequence[Item]], None]:
    return lambda version, items: vocabulary.install(which, [item.value for item in items])


def _check_manifest(pack_key: str, content: Content, library: Mapping[str, Content]) -> Iterator[Problem]:
    item = content["pack"][0]
    effective = item.value.effective
    if item.value.nature == "campaign" and not (effective.until or effective.until_event):
        yield item.problem(
            "专项行动（campaign）须写明最后一天：effective.until；原文只说到某件事为止的，写 until_event",
            "effective",
        )
    if effective.until and effective.until_event:
        yield item.problem("until 和 until_event 只写一个", "effective", "until_event")
    if effective.from_ and effective.until and effective.until < effective.from_:
        yield item.problem("until 早于 from", "effective", "until")


def _check_posts(pack_key: str, content: Content, library: Mapping[str, Content]) -> Iterator[Problem]:
    orgkinds = known(library, "orgkinds")
    for item in content["posts"]:
        for index, key in enumerate(item.value.at):
            if key not in orgkinds:
                yield item.problem(unknown("单位类别", key, orgkinds), "at", index)
