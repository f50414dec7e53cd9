from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any, LiteralString

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection

from huyuan.kernel.ids import uuid7
from huyuan.trace import sealing
from huyuan.trace.actions import Act, record, record_all
from huyuan.trace.models import Record, Seal
from huyuan.trace.sealing import counties, seal, verify

COUNTY = 150421
NOW = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)
ACTOR: dict[str, Any] = {"county": COUNTY, "person": None, "name": "测试", "system": "测试", "posts": []}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def county_scope(transactional_db: None) -> Iterator[None]:
    """For the whole connection, because these tests commit."""
    set_county(str(COUNTY))
    yield
    set_county("")


def set_county(county: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('huyuan.county', %s, false)", [county])


def write(count: int, county: int = COUNTY) -> None:
    acts = [
        Act("alter", "thing", str(n), None, {"n": n}, {"n": n + 1, "名": "改", "x": 0.1})
        for n in range(count)
    ]
    record_all(ACTOR | {"county": county}, acts, now=NOW)


def as_owner(owner: psycopg.Connection, sql: LiteralString, *values: object) -> int:
    """What somebody with the owner's password could do, having taken row-level security off for it."""
    owner.execute("ALTER TABLE trace_record NO FORCE ROW LEVEL SECURITY")
    changed = owner.execute(sql, values).rowcount
    owner.execute("ALTER TABLE trace_record FORCE ROW LEVEL SECURITY")
    return changed


def record_of(number: int) -> str:
    return str(Seal.objects.get(county_id=COUNTY, number=number).record_id)


def test_sealing_chains_each_record_once() -> None:
    write(3)
    assert seal(COUNTY, NOW) == 3
    assert seal(COUNTY, NOW) == 0
    write(2)
    assert verify(COUNTY).unsealed == 2
    assert seal(COUNTY, NOW) == 2
    found = verify(COUNTY)
    assert (found.sealed, found.broken, found.unsealed) == (5, None, 0)
    assert list(Seal.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_an_empty_county_is_whole() -> None:
    assert (verify(COUNTY).sealed, verify(COUNTY).broken) == (0, None)
    assert seal(COUNTY, NOW) == 0


@pytest.mark.parametrize(
    "change",
    [
        'actor = \'{"name": "别人"}\'',
        "at = at - interval '1 second'",
        "verb = 'create'",
        "object_id = '99'",
        "before = NULL",
        "after = '{}'",
        "org_id = gen_random_uuid()",
        "request_id = 'x'",
    ],
)
def test_an_altered_record_is_named(owner_connection: psycopg.Connection, change: LiteralString) -> None:
    write(5)
    seal(COUNTY, NOW)
    third = record_of(3)
    assert as_owner(owner_connection, "UPDATE trace_record SET " + change + " WHERE id = %s", third) == 1
    found = verify(COUNTY)
    assert found.sealed == 2
    assert found.broken is not None and "第 3 条" in found.broken and third in found.broken


def test_a_removed_record_is_named(owner_connection: psycopg.Connection) -> None:
    write(5)
    seal(COUNTY, NOW)
    third = record_of(3)
    assert as_owner(owner_connection, "DELETE FROM trace_seal WHERE number = 3") == 1
    assert as_owner(owner_connection, "DELETE FROM trace_record WHERE id = %s", third) == 1
    found = verify(COUNTY)
    assert found.broken is not None and "第 3 条封存记录不见了" in found.broken


def test_records_in_another_order_are_named(owner_connection: psycopg.Connection) -> None:
    write(4)
    seal(COUNTY, NOW)
    second, third = record_of(2), record_of(3)
    write(1)
    spare = str(Record.objects.exclude(seal__isnull=False).get().id)
    # A record has one seal only, so two change places by way of a third.
    for record_id, number in ((spare, 2), (second, 3), (third, 2)):
        as_owner(
            owner_connection, "UPDATE trace_seal SET record_id = %s WHERE number = %s", record_id, number
        )
    found = verify(COUNTY)
    assert found.broken is not None and "第 2 条" in found.broken


def test_a_seal_computed_anew_breaks_the_next(owner_connection: psycopg.Connection) -> None:
    """Whoever alters a record and makes a fitting seal for it has to make all later ones anew too."""
    write(3)
    seal(COUNTY, NOW)
    as_owner(owner_connection, "UPDATE trace_record SET verb = 'x' WHERE id = %s", record_of(2))
    rows = list(Seal.objects.order_by("number").select_related("record"))
    forged = sealing.chained(bytes(rows[0].digest), rows[1].record)
    as_owner(owner_connection, "UPDATE trace_seal SET digest = %s WHERE number = 2", forged)
    found = verify(COUNTY)
    assert found.broken is not None and "第 3 条" in found.broken


def test_a_late_commit_is_sealed_late_and_never_skipped() -> None:
    early = uuid7()
    write(2)
    assert seal(COUNTY, NOW) == 2
    Record.objects.create(
        id=early, county_id=COUNTY, at=NOW, actor=ACTOR, verb="x", object_type="t", object_id="1"
    )
    assert seal(COUNTY, NOW) == 1
    assert record_of(3) == str(early)
    assert verify(COUNTY).broken is None


def test_only_one_sealer_works_in_a_county(owner_connection: psycopg.Connection) -> None:
    write(1)
    owner_connection.execute("SELECT pg_advisory_lock(%s, %s)", [sealing.LOCK_SPACE, COUNTY])
    assert seal(COUNTY, NOW) == 0
    owner_connection.execute("SELECT pg_advisory_unlock(%s, %s)", [sealing.LOCK_SPACE, COUNTY])
    assert seal(COUNTY, NOW) == 1


def test_counties_have_chains_of_their_own() -> None:
    write(2)
    set_county(str(COUNTY + 1))
    write(3, COUNTY + 1)
    assert counties() == [COUNTY, COUNTY + 1]
    assert (seal(COUNTY, NOW), seal(COUNTY + 1, NOW)) == (2, 3)
    assert (verify(COUNTY).sealed, verify(COUNTY + 1).sealed) == (2, 3)
    assert verify(COUNTY).head != verify(COUNTY + 1).head


@pytest.mark.parametrize("table", ["trace_record", "trace_seal"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET county_id = 1", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_application_only_adds(table: str, sql: str) -> None:
    write(1)
    seal(COUNTY, NOW)
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(sql.format(table))
    assert verify(COUNTY).sealed == 1


def test_the_command_says_what_it_found(owner_connection: psycopg.Connection) -> None:
    write(2)
    seal(COUNTY, NOW)
    write(1)
    out = StringIO()
    call_command("trace", "verify", stdout=out)
    assert f"{COUNTY}：已封存 2 条，完好，另有 1 条尚未封存" in out.getvalue()
    assert verify(COUNTY).head in out.getvalue()
    as_owner(owner_connection, "UPDATE trace_record SET verb = 'x' WHERE id = %s", record_of(1))
    with pytest.raises(CommandError, match="被改动过"):
        call_command("trace", "verify", stdout=out)
    assert f"第 1 条与封存时不同：记录 {record_of(1)}" in out.getvalue()


def test_values_are_written_as_text_and_read_back_alike() -> None:
    record(ACTOR, "create", "thing", uuid7(), None, None, {"day": NOW.date(), "id": uuid7()}, now=NOW)
    assert (Record.objects.get().after or {})["day"] == "2026-10-14"
