"""Writing many rows at once: COPY into a temporary table, then one INSERT … SELECT.

COPY alone is not allowed on tables with row-level security; the INSERT goes through its policies like any
other. Several times faster than `bulk_create` from some hundred rows on.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import AutoField, Field, JSONField, Model
from psycopg.types.json import Jsonb

TEMPORARY = "copied_rows"


def copy_rows(rows: Iterable[Model], *, ignore_conflicts: bool = False) -> int:
    """Insert unsaved rows of one model; returns how many were inserted, without ignored conflicts.

    Rows bring their own ids where the key is a UUID. Needs to run inside the transaction of an `acting`.
    """
    stream = iter(rows)
    first = next(stream, None)
    if first is None:
        return 0
    model = type(first)
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {TEMPORARY} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA"
        )
        with cursor.copy(f"COPY {TEMPORARY} ({columns}) FROM STDIN") as copy:
            for row in chain([first], stream):
                copy.write_row([_value(field, row) for field in fields])
        conflicts = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {TEMPORARY}{conflicts}")
        inserted = int(cursor.rowcount)
        cursor.execute(f"DROP TABLE {TEMPORARY}")
    return inserted


def _value(field: "Field[Any, Any]", row: Model) -> Any:
    """The value as psycopg writes it: JSON wrapped, everything else as the model holds it."""
    value = getattr(row, field.attname)
    if value is None:
        return None
    if isinstance(field, JSONField):
        return Jsonb(value)
    if isinstance(field, ArrayField):
        return list(value)
    return value
