"""The second lock: row-level security, coarse and cheap, below all permissions
(docs/adr/0002-second-lock.md).

A migration lists `rls.protect("table")` among its operations. The policies read the settings that
`orgs.session` makes for a transaction; PostgreSQL evaluates each `(SELECT …)` once per statement, the reach
as a hashed subplan."""

from django.db.migrations import RunSQL

COUNTY = "county_id = (SELECT nullif(current_setting('huyuan.county', true), '')::int)"
PERSON = "(SELECT nullif(current_setting('huyuan.person', true), '')::uuid)"
VIEWERS = "(SELECT string_to_array(nullif(current_setting('huyuan.viewers', true), ''), ',')::uuid[])"
REACH = f"(SELECT org_id FROM orgs_reach WHERE viewer_id = ANY ({VIEWERS}::uuid[]))"


def protect(table: str, org_column: str = "org_id") -> RunSQL:
    """Lock a table whose rows belong to an organisation: seen and changed by whoever reaches it, inserted by
    anyone of the county (a school sends to its bureau what it can't see afterwards)."""
    return lock(table, f"{org_column} IN {REACH}")


def protect_through(table: str, column: str, parent: str) -> RunSQL:
    """Lock the parts of a protected `parent`: visible with the row that `column` points to."""
    return lock(table, f"EXISTS (SELECT FROM {parent} AS whole WHERE whole.id = {table}.{column})")


def protect_county(table: str) -> RunSQL:
    """Lock a table that everybody in the county may read: names of schools, posts, the calendar."""
    return lock(table, "true")


def lock(table: str, visible: str) -> RunSQL:
    """The policies of one table: its county, and a condition on the row for seeing, changing and removing
    it."""
    seen = f"{COUNTY} AND ({visible})"
    return RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY huyuan_select ON {table} FOR SELECT USING ({seen})",
            f"CREATE POLICY huyuan_insert ON {table} FOR INSERT WITH CHECK ({COUNTY})",
            f"CREATE POLICY huyuan_update ON {table} FOR UPDATE USING ({seen}) WITH CHECK ({seen})",
            f"CREATE POLICY huyuan_delete ON {table} FOR DELETE USING ({seen})",
        ],
        [
            *(
                f"DROP POLICY huyuan_{command} ON {table}"
                for command in ("select", "insert", "update", "delete")
            ),
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ],
    )


def fact_view(view: str, select: str, *locked: str) -> RunSQL:
    """A view through which everybody of a county sees some columns of `locked` tables, of the whole county
    (docs/adr/0014-verdicts-see-the-county.md).

    A view reads with its owner's rights, and for the owner alone a policy opens the county of these tables.
    `select` holds to the county by itself too ("{county}"), for an owner whom no policy binds.
    """
    return RunSQL(
        [
            f"CREATE VIEW {view} AS {select.format(county=COUNTY)}",
            *(
                f"CREATE POLICY {view} ON {table} FOR SELECT TO CURRENT_USER USING ({COUNTY})"
                for table in locked
            ),
        ],
        [*(f"DROP POLICY {view} ON {table}" for table in locked), f"DROP VIEW {view}"],
    )
