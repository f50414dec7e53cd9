"""The kinds of content that no higher package owns: the manifest, the catalogue, words about
organisations."""

from pydantic import TypeAdapter

from huyuan.packs.catalogue import Capability, Obligation
from huyuan.packs.format import Manifest
from huyuan.packs.orgwords import FactSpec, OrgKindSpec, PostSpec
from huyuan.packs.registry import PackKind, register


def register_kinds() -> None:
    """Called once, when the program starts."""
    register(PackKind("pack", "pack.yaml", TypeAdapter(Manifest), say=lambda m: m.title, single=True))
    register(PackKind("obligations", "obligations.yaml", TypeAdapter(Obligation), say=lambda o: o.quote))
    register(PackKind("capabilities", "capabilities.yaml", TypeAdapter(Capability), say=lambda c: c.zh))
    register(PackKind("orgkinds", "orgkinds.yaml", TypeAdapter(OrgKindSpec), say=lambda o: o.zh, shared=True))
    register(PackKind("posts", "posts.yaml", TypeAdapter(PostSpec), say=lambda p: p.zh, shared=True))
    register(PackKind("facts", "facts.yaml", TypeAdapter(FactSpec), say=lambda f: f.zh, shared=True))
