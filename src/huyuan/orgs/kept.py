"""What a county's tables, or the library of packs, say and rarely say anew: kept in the process until one of
these tables changes (docs/adr/0013-what-a-county-keeps.md).

A migration lists `watch("table")` among its operations: whoever changes the table gives its county a new
revision, in the same transaction. A function that is `per_county` or `per_library` reads again when the
revision is another one.
"""

from collections.abc import Callable
from functools import lru_cache, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from django.db.migrations import RunSQL

from huyuan.orgs.session import LIBRARY, Revision, declared, revision

Value = TypeVar("Value")
Given = ParamSpec("Given")

MOST = 8
"""So many revisions are kept in a process, of counties and of the library, those asked for last."""


class per_county(Generic[Value]):
    """`read(county_id)` of tables that are watched.

    It runs without people and without organisations to look through, so what it gives doesn't depend on who
    asked; whoever gets it must not change it.
    """

    def __init__(self, read: Callable[[int], Value]) -> None:
        self.read = read
        update_wrapper(self, read)

    def __call__(self, county_id: int) -> Value:
        return _value(county_id, self.read, county_id)


class per_library(Generic[Given, Value]):
    """The same of the library of packs, which is one for all counties; what is given are a few words."""

    def __init__(self, read: Callable[Given, Value]) -> None:
        self.read = read
        update_wrapper(self, read)

    def __call__(self, *given: Given.args, **named: Given.kwargs) -> Value:
        return _value(LIBRARY, self.read, *given, **named)


def _value(county_id: int, read: Callable[..., Value], *given: Any, **named: Any) -> Value:
    values = _values(county_id, revision(county_id))
    key = (read, *given, *named.items())
    if key not in values:
        # Read after the revision: what was changed in between belongs to a later one, and is read again.
        with declared(county_id=county_id):
            values[key] = read(*given, **named)
    value: Value = values[key]
    return value


@lru_cache(maxsize=MOST)
def _values(county_id: int, at: Revision) -> dict[tuple[Any, ...], Any]:
    """What was read at a revision, by the function that read it and what it was given."""
    return {}


NOTE = """
CREATE FUNCTION orgs_note_revision() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF current_setting('huyuan.reading', true) = 'on' THEN
    RAISE insufficient_privilege USING MESSAGE = TG_TABLE_NAME || ' is changed by a request that only reads';
  END IF;
  EXECUTE 'INSERT INTO orgs_revision (county_id, number) SELECT whose.county_id, gen_random_uuid()'
    || ' FROM (SELECT DISTINCT ' || TG_ARGV[0] || ' FROM touched) AS whose (county_id) ORDER BY 1'
    || ' ON CONFLICT (county_id) DO UPDATE SET number = excluded.number';
  RETURN NULL;
END $body$
"""
FUNCTION = RunSQL(NOTE, "DROP FUNCTION orgs_note_revision()")
ROWS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def watch(table: str, county: str = "touched.county_id") -> RunSQL:
    """Triggers that give the county of the rows that a statement touched a new revision. `county`: its code,
    in SQL over those rows."""
    return RunSQL(
        [
            f"CREATE TRIGGER orgs_revision_{verb} AFTER {verb.upper()} ON {table}"
            f" REFERENCING {rows} TABLE AS touched FOR EACH STATEMENT"
            f" EXECUTE FUNCTION orgs_note_revision('{county}')"
            for verb, rows in ROWS.items()
        ],
        [f"DROP TRIGGER orgs_revision_{verb} ON {table}" for verb in ROWS],
    )


def watch_library(table: str) -> RunSQL:
    """The same for a table of the library, which belongs to no county."""
    return watch(table, str(LIBRARY))
