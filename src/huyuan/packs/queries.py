"""Reading the library of installed packs. It belongs to no county, so everybody may read it."""

from collections.abc import Mapping
from typing import Any

from huyuan.orgs.kept import per_library
from huyuan.packs.models import PackVersion
from huyuan.packs.versions import Snapshot


@per_library
def newest() -> Mapping[str, PackVersion]:
    """Key → the newest installed version of each pack, without its content."""
    rows = PackVersion.objects.select_related("pack").defer("content").order_by("pack__key", "-installed_at")
    return {row.pack.key: row for row in rows.distinct("pack__key")}


def installed(key: str, version: str | None = None) -> Snapshot | None:
    """The content of a version, or of the newest one; None if it isn't installed."""
    rows = PackVersion.objects.filter(pack__key=key).order_by("-installed_at")
    row = (rows.filter(version=version) if version else rows).first()
    return Snapshot(key, row.version, row.content) if row else None


@per_library
def words(kind: str) -> dict[str, Any]:
    """Key → JSON value of every item of a kind in the newest version of each pack."""
    rows = PackVersion.objects.order_by("pack_id", "-installed_at").distinct("pack_id")
    kept = rows.values_list(f"content__{kind}", flat=True)
    return {item["key"]: item["value"] for items in kept for item in items or ()}
