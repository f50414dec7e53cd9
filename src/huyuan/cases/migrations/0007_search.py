"""Search through cases (docs/adr/0010-search.md): as through entries, a function of the owner gives the ids
of those in which every term stands; who asks reads the rows under both locks."""

from django.db import migrations

# Of few organisations the index gives every case; of many, the newest are looked through first, and the index
# is asked for rare words. `shared`: cases of other organisations that the viewer may see.
FOUND = r"""
CREATE FUNCTION cases_found(asked text[], county int, orgs uuid[], shared uuid[], most int) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER COST 100000 ROWS 20
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_custom_plan
SET work_mem = '32MB'
AS $$
DECLARE
    words tsquery := huyuan_query(array_to_string(asked, ' '));
    patterns text[] := ARRAY(
        SELECT '%' || regexp_replace(term, '([\\%_])', '\\\1', 'g') || '%' FROM unnest(asked) AS term
    );
    ids uuid[];
BEGIN
    IF words IS NULL THEN
        RETURN;
    END IF;
    IF cardinality(orgs) > 10 THEN
        ids := ARRAY(
            SELECT found.id
            FROM (
                SELECT * FROM cases_case
                WHERE county_id = county ORDER BY recorded_at DESC LIMIT 10000
            ) AS found
            WHERE found.said ILIKE ALL (patterns) AND NOT found.confidential
                AND (found.org_id = ANY (orgs) OR found.id = ANY (shared))
            ORDER BY found.recorded_at DESC, found.id DESC LIMIT most
        );
        IF cardinality(ids) = most THEN
            RETURN QUERY SELECT unnest(ids);
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
        SELECT found.id
        FROM cases_case AS found
        WHERE found.county_id = county AND registers_words(found.said, found.org_id) @@ words
            AND found.said ILIKE ALL (patterns) AND NOT found.confidential
            AND (found.org_id = ANY (orgs) OR found.id = ANY (shared))
        ORDER BY found.recorded_at DESC, found.id DESC LIMIT most;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_care_locks"), ("registers", "0004_search")]

    operations = [
        migrations.RunSQL(
            "CREATE POLICY huyuan_search ON cases_case FOR SELECT TO CURRENT_USER USING (true)",
            "DROP POLICY huyuan_search ON cases_case",
        ),
        migrations.RunSQL(FOUND, "DROP FUNCTION cases_found(text[], int, uuid[], uuid[], int)"),
    ]
