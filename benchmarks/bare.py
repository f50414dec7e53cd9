"""The floor of a write: the very rows that the program wrote, inserted with nothing around them.

The tables have the same columns, checks and indexes as the program's, but no foreign keys, triggers or
policies.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

Written = list[tuple[str, list[str], list[tuple[Any, ...]]]]
"""What was written: table, columns, rows."""


def written_by(work: Callable[[], object], superuser_url: str) -> Written:
    """Do it, and say what it wrote: the last rows of every table that grew. Nobody else may be writing."""
    with psycopg.connect(superuser_url, autocommit=True) as admin:
        before = _counts(admin)
        work()
        after = _counts(admin)
        grown = {
            table: after[table] - before[table] for table in sorted(after) if after[table] > before[table]
        }
        return [(table, *_last_rows(admin, table, count)) for table, count in grown.items()]


def _counts(admin: psycopg.Connection) -> dict[str, int]:
    tables = admin.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    each = sql.SQL("SELECT {}, count(*) FROM {}")
    return dict(
        admin.execute(
            sql.SQL(" UNION ALL ").join(
                each.format(sql.Literal(name), sql.Identifier(name)) for (name,) in tables.fetchall()
            )
        ).fetchall()
    )


def _last_rows(admin: psycopg.Connection, table: str, count: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns that an insert names, and the rows written last."""
    found = admin.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND is_identity = 'NO' ORDER BY ordinal_position",
        [table],
    )
    columns = [name for (name,) in found.fetchall()]
    last = sql.SQL("SELECT {} FROM {} ORDER BY ctid DESC LIMIT {}").format(
        _names(columns), sql.Identifier(table), count
    )
    return columns, admin.execute(last).fetchall()


def make_tables(owner_url: str, written: Written) -> None:
    """The empty tables, made anew."""
    with psycopg.connect(owner_url) as owner:
        for table, _, _ in written:
            names = {"bare": _bare(table), "table": sql.Identifier(table)}
            owner.execute(sql.SQL("DROP TABLE IF EXISTS {bare}").format(**names))
            owner.execute(sql.SQL("CREATE TABLE {bare} (LIKE {table} INCLUDING ALL)").format(**names))


def inserter(owner_url: str, written: Written) -> Callable[[], None]:
    """Inserts the rows with new ids, one statement for each table, and commits."""
    connection = psycopg.connect(owner_url)
    statements = [
        (
            sql.SQL("INSERT INTO {} ({}) VALUES {}").format(
                _bare(table), _names(columns), sql.SQL(", ").join([_placeholders(columns)] * len(rows))
            ),
            [_plain(value) for row in rows for value in row],
        )
        for table, columns, rows in written
    ]

    def insert() -> None:
        for statement, values in statements:
            # Any id will do where nothing is referred to, and unique ones have to differ.
            connection.execute(statement, [uuid4() if isinstance(each, UUID) else each for each in values])
        connection.commit()

    return insert


def _bare(table: str) -> sql.Identifier:
    return sql.Identifier(f"bench_{table}")


def _names(columns: list[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _placeholders(columns: list[str]) -> sql.Composable:
    return sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(columns)))


def _plain(value: Any) -> Any:
    """Objects and lists of objects came from jsonb and go back there; other lists are arrays."""
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value)):
        return Jsonb(value)
    return value
