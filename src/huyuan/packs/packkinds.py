"""The kinds of content that no higher package owns: the manifest, the catalogue, words about
organisations."""

from pydantic import TypeAdapter

from huyuan.packs.catalogue import Capability, Obligation
from huyuan.packs.format import Manifest
from huyuan.packs.orgwords import FactSpec, OrgKindSpec, PostSpec
from huyuan.packs.registry import PackKind, register


def register_kinds() -> None:
    """Called once, when the program starts."""
    for kind in (
        PackKind("pack", "说明", "pack.yaml", TypeAdapter(Manifest), say=lambda m: m.title, single=True),
        PackKind("obligations", "义务", "obligations.yaml", TypeAdapter(Obligation), say=lambda o: o.quote),
        PackKind("capabilities", "能力", "capabilities.yaml", TypeAdapter(Capability), say=_zh),
        PackKind("orgkinds", "单位类别", "orgkinds.yaml", TypeAdapter(OrgKindSpec), say=_zh, shared=True),
        PackKind("posts", "岗位", "posts.yaml", TypeAdapter(PostSpec), say=_zh, shared=True),
        PackKind("facts", "情况", "facts.yaml", TypeAdapter(FactSpec), say=_zh, shared=True),
    ):
        register(kind)


def _zh(word: Capability | OrgKindSpec | PostSpec | FactSpec) -> str:
    return word.zh
