"""The chain of seals: each committed record gets the next number of its county and a digest over all before
it.

Chaining inside the transaction of the act would make all writers queue, so a job does it every few seconds.
The order is that of sealing: a transaction that commits late is sealed late and never skipped
(docs/adr/0003-trace-sealing.md)."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from huyuan.trace.models import Record, Seal

LOCK_SPACE = 0x7365616C  # advisory locks (LOCK_SPACE, county): one sealer per county
BATCH = 5000
# No transaction lives longer than this between making a record's id and committing it.
LONGEST_TRANSACTION = timedelta(days=1)

COUNTIES = """
WITH RECURSIVE found(county_id) AS (
    (SELECT county_id FROM trace_record ORDER BY county_id LIMIT 1)
    UNION ALL
    SELECT (SELECT r.county_id FROM trace_record AS r WHERE r.county_id > found.county_id ORDER BY 1 LIMIT 1)
    FROM found WHERE found.county_id IS NOT NULL
)
SELECT county_id FROM found WHERE county_id IS NOT NULL
"""


@dataclass(frozen=True)
class Verified:
    """What `verify` found in a county's chain. `broken` names the first bad row in Chinese, None when all
    is whole; `head` is the last good digest, to be noted outside the system; `unsealed` counts records not
    yet chained."""

    county_id: int
    sealed: int
    head: str
    broken: str | None
    unsealed: int


def counties() -> list[int]:
    """The counties that have records, by jumping through the index instead of reading it all."""
    with _as_sealer(), connection.cursor() as cursor:
        cursor.execute(COUNTIES)
        return [county_id for (county_id,) in cursor.fetchall()]


def seal(county_id: int, now: datetime) -> int:
    """Chain what has been committed and is not sealed yet, at most `BATCH` records; returns how many.

    Returns 0 also while another sealer is at work in this county.
    """
    with _as_sealer():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_SPACE, county_id])
            if not cursor.fetchone()[0]:
                return 0
        last = Seal.objects.filter(county_id=county_id).order_by("-number").first()
        number = last.number if last else 0
        digest = bytes(last.digest) if last else _first_digest(county_id)
        unsealed = Record.objects.filter(
            ~Exists(Seal.objects.filter(record=OuterRef("pk"))), county_id=county_id
        )
        if last:
            unsealed = unsealed.filter(id__gte=_earliest_id(last.record_id))
        seals = []
        for record in unsealed.order_by("id")[:BATCH]:
            number += 1
            digest = chained(digest, record)
            seals.append(
                Seal(county_id=county_id, number=number, record=record, digest=digest, sealed_at=now)
            )
        Seal.objects.bulk_create(seals)
        return len(seals)


def verify(county_id: int) -> Verified:
    """Recompute the whole chain, streaming."""
    with _as_sealer():
        digest, sealed = _first_digest(county_id), 0
        broken = None
        seals = Seal.objects.filter(county_id=county_id).order_by("number").select_related("record")
        for row in seals.iterator(chunk_size=2000):
            if row.number != sealed + 1:
                broken = (
                    f"第 {sealed + 1} 条封存记录不见了（下一条是第 {row.number} 条，记录 {row.record_id}）"
                )
                break
            expected = chained(digest, row.record)
            if bytes(row.digest) != expected:
                broken = f"第 {row.number} 条与封存时不同：记录 {row.record_id}"
                break
            digest, sealed = expected, row.number
        unsealed = Record.objects.filter(
            ~Exists(Seal.objects.filter(record=OuterRef("pk"))), county_id=county_id
        )
        return Verified(county_id, sealed, digest.hex(), broken, unsealed.count())


def canonical(record: Record) -> bytes:
    """A record's content as bytes: JSON with sorted keys, UTF-8, instants in UTC."""
    content = {
        "id": str(record.id),
        "county": record.county_id,
        "at": record.at.astimezone(UTC).isoformat(),
        "actor": record.actor,
        "verb": record.verb,
        "object": [record.object_type, record.object_id],
        "org": str(record.org_id) if record.org_id else None,
        "before": record.before,
        "after": record.after,
        "request": record.request_id,
    }
    return json.dumps(
        content, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    ).encode()


def chained(digest: bytes, record: Record) -> bytes:
    """The digest of the seal that follows `digest`."""
    return hashlib.sha256(digest + canonical(record)).digest()


def _first_digest(county_id: int) -> bytes:
    return hashlib.sha256(f"huyuan {county_id}".encode()).digest()


def _earliest_id(sealed: UUID) -> UUID:
    """The smallest id of a record that may have been uncommitted when `sealed` was sealed: a UUIDv7 begins
    with its time in milliseconds, 48 bits."""
    milliseconds = (sealed.int >> 80) - LONGEST_TRANSACTION // timedelta(milliseconds=1)
    return UUID(int=milliseconds << 80)


@contextmanager
def _as_sealer() -> Iterator[None]:
    """A transaction that may read all records of all counties."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('huyuan.sealing', 'on', true)")
        yield
        cursor.execute("SELECT set_config('huyuan.sealing', '', true)")
