"""From what a kept result was made, so that it is made anew when that is no longer so: what was recorded by
then, the program that judged, the packs installed.

A result keeps `seen`, the database's snapshot in which its facts were read, and `made_with`. Changes name
their transaction; what a snapshot does not show is news to the result, whatever the order of commits.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from django.db import connection

import huyuan

SOURCES = Path(huyuan.__file__).parent
# What decides how the same facts are judged.
JUDGES = (
    "kernel/*.py",
    "kernel/recurrence/*.py",
    "packs/format.py",
    "orgs/predicates.py",
    "orgs/queries.py",
    "papers/queries/*.py",
    "duties/measures.py",
    "duties/migrations/*.py",
    "duties/queries/*.py",
    "duties/rules/*.py",
    "duties/schema.py",
    "perimeter/measures.py",
    "perimeter/rules.py",
)
MADE_WITH = "SELECT md5(%s || coalesce(string_agg(id::text, ',' ORDER BY id), '')) FROM packs_packversion"
# A row `made` is out of date when another program or other packs made it than those of a row `program`, or
# another database server: a copy that was restored elsewhere counts its transactions anew.
JUDGED_OTHERWISE = "made.made_with <> program.made_with"
MADE_ELSEWHERE = "pg_snapshot_xmax(made.seen::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())"
MADE_OTHERWISE = f"({JUDGED_OTHERWISE} OR {MADE_ELSEWHERE})"
# A row `change` is news to a row `made`.
UNSEEN = "NOT pg_visible_in_snapshot(change.xid::text::xid8, made.seen::pg_snapshot)"
NOW_SEEN = f"SELECT pg_current_snapshot()::text, pg_current_xact_id()::text::bigint, ({MADE_WITH})"


class Seen(NamedTuple):
    """What a result that is made from here on keeps."""

    seen: str
    made_with: str


def seen_now() -> Seen:
    """To be asked before the facts are read: what commits in between is judged now and once more, never
    missed."""
    with connection.cursor() as cursor:
        cursor.execute(NOW_SEEN, [judged_by()])
        snapshot, own, made_with = cursor.fetchone()
    return Seen(without(snapshot, own), made_with)


def without(snapshot: str, xid: int) -> str:
    """The snapshot ("xmin:xmax:xip,…") with a transaction counted as still running.

    A snapshot takes our own transaction for finished as soon as a later one is. What it records after its
    tallies were made would then never be noticed.
    """
    low, high, running = snapshot.split(":")
    if xid >= int(high):
        return snapshot
    among = sorted({xid, *(int(each) for each in running.split(",") if each)})
    return f"{min(int(low), xid)}:{high}:{','.join(map(str, among))}"


@cache
def judged_by() -> str:
    """The program's judging as a digest; it does not change while a process lives."""
    return digest_of(SOURCES)


def digest_of(sources: Path) -> str:
    """A digest of the files under `sources` that judge."""
    digest = sha256()
    for pattern in JUDGES:
        for path in sorted(sources.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
