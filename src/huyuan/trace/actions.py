"""Write what was done, in the transaction of the act itself: no act without its record, no record alone."""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from huyuan.kernel.copying import insert_rows
from huyuan.trace.models import Record
from huyuan.trace.verbs import VERBS

#: Identifies the web request of an act; set by the middleware, empty in jobs and commands.
request_id: ContextVar[str] = ContextVar("huyuan_request_id", default="")

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """One act on one object, for `record_all`. `before` / `after`: JSON values of what changed, None where
    there was nothing; sensitive values only as ciphertext."""

    verb: str
    object_type: str
    object_id: str | UUID
    org_id: UUID | None = None
    before: Values | None = None
    after: Values | None = None


def record(
    actor: Values,
    verb: str,
    object_type: str,
    object_id: str | UUID,
    org_id: UUID | None = None,
    before: Values | None = None,
    after: Values | None = None,
    *,
    now: datetime,
) -> None:
    """Insert one record. `actor` is `Actor.snapshot()`, whose `county` the record belongs to; dates, decimals
    and ids in `before` and `after` are written as text."""
    record_all(actor, [Act(verb, object_type, object_id, org_id, before, after)], now=now)


def record_all(actor: Values, acts: Iterable[Act], *, now: datetime) -> None:
    """Insert many records of one actor set-wise, in their order. Raises ValueError for a verb without a name
    (`trace.verbs`)."""
    acts = list(acts)
    nameless = {act.verb for act in acts} - VERBS.keys()
    if nameless:
        raise ValueError(f"verbs {sorted(nameless)} have no name; register them")
    insert_rows(
        [
            Record(
                county_id=actor["county"],
                at=now,
                actor=dict(actor),
                verb=act.verb,
                object_type=act.object_type,
                object_id=str(act.object_id),
                org_id=act.org_id,
                before=act.before,
                after=act.after,
                request_id=request_id.get(),
            )
            for act in acts
        ]
    )
