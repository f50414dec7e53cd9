"""Directives of the library for the search (`orgs.search`); one statement."""

from collections.abc import Sequence
from datetime import datetime

from huyuan.orgs.actor import Actor
from huyuan.orgs.search import Hit
from huyuan.packs.queries import newest


class Directives:
    """Everybody may read them, adopted or not; vocabulary is no text. `key` is the pack's."""

    name, zh = "directives", "文件"

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """By title, short title and issuer, the newest published first."""
        found = []
        for key, version in newest().items():
            said = f"{version.title} {version.short} {version.manifest.get('issuer') or ''}".lower()
            if version.nature != "vocabulary" and all(term.lower() in said for term in asked):
                found.append((version.manifest.get("published") or "", key, version))
        return [
            Hit(key, version.title, version.manifest.get("issuer") or version.short)
            for _, key, version in sorted(found, key=lambda one: one[:2], reverse=True)[:most]
        ]
