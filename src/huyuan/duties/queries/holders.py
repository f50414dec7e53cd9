"""Whose duty a cell is, and who held the post on its day."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.verdicts import Cell
from huyuan.orgs.models import Post

CHUNK = 2000


class Holders:
    """Which posts some organisations have and who held them when, read once. A vacant post's duty falls to
    whoever leads, and the vacancy is shown."""

    def __init__(self, org_ids: Collection[UUID], bindings: Collection[Binding]) -> None:
        kinds = {kind for binding in bindings for kind in (*binding.posts, *binding.leading)}
        rows = (
            Post.objects.filter(org_id__in=list(org_ids), kind__in=kinds)
            .order_by("appointments__acting", "appointments__from_day", "appointments__id")
            .values_list(
                "org_id",
                "kind",
                "appointments__from_day",
                "appointments__until",
                "appointments__person__left",
                "appointments__person__name",
            )
        )
        self._held: dict[UUID, dict[str, list[tuple[date, date | None, str]]]] = {}
        for org_id, kind, since, until, left, name in rows.iterator(chunk_size=CHUNK):
            held = self._held.setdefault(org_id, {}).setdefault(kind, [])
            if since:
                held.append((since, min((day for day in (until, left) if day), default=None), name))

    def at(self, cell: Cell) -> tuple[str, str]:
        """The kind of post whose duty the cell is, and the name of who held it on the cell's day."""
        binding = cell.binding
        kind = binding.post_at(self._held.get(cell.org_id, {}).keys())
        name = self._name(cell.org_id, kind, cell.day)
        if name or not kind:
            return kind, name
        leaders = (self._name(cell.org_id, leading, cell.day) for leading in binding.leading)
        return kind, f"{next(filter(None, leaders), '')}（岗位空缺）"

    def _name(self, org_id: UUID, kind: str, day: date) -> str:
        held = self._held.get(org_id, {}).get(kind, ())
        return next((name for since, until, name in held if since <= day and (not until or day <= until)), "")
